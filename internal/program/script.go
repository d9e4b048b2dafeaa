package program

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/program/scripts"
	"tlsready/internal/script"
)

// isScript says whether a file is a script by its name.
func isScript(path string) bool {
	return hasExt(path, ".ps1", ".psm1", ".cmd", ".bat") || isHostScript(path)
}

// isHostScript says whether a file is a script of Windows Script Host, or a page with
// scripts of that kind.
func isHostScript(path string) bool {
	return hasExt(path, ".vbs", ".js", ".wsf", ".hta", ".asp", ".asa", ".vbe", ".jse")
}

// files gives the text of a file that a script takes in, by its name relative to
// the script's folder.
func (p *inspection) files(name string) (string, bool) {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || strings.HasPrefix(name, "..") || strings.HasPrefix(name, "/") || strings.Contains(name, ":") {
		return "", false
	}
	separator := "/"
	if strings.Contains(p.dir, `\`) {
		separator = `\`
	}
	data, err := p.read(p.dir + strings.ReplaceAll(name, "/", separator))
	if err != nil || len(data) > script.MaxSize {
		return "", false
	}
	return script.Decode(data), true
}

// script names the callers that a script is.
func (p *inspection) script(data []byte) {
	p.neutral = true
	text := script.Decode(data)
	switch {
	case hasExt(p.Path, ".ps1", ".psm1"):
		r := scripts.PowerShell(text, hasExt(p.Path, ".psm1"), p.files)
		if r.Core.Text != "" {
			p.why("script-core", "line", strconv.Itoa(r.Core.Line), "text", r.Core.Text)
		} else {
			p.why("script")
		}
		if !slices.ContainsFunc(r.Uses, func(u scripts.Use) bool { return u.Stack == scripts.Framework }) {
			r.Uses = append(r.Uses, scripts.Use{Stack: scripts.Framework})
		}
		for i := range r.Uses {
			r.Uses[i].Core = r.Uses[i].Core || r.Core.Text != ""
		}
		p.uses(r, []string{"x64"})
	case isHostScript(p.Path):
		p.hostScript(scripts.WSH(text, strings.ToLower(filepath.Ext(baseOf(p.Path))), p.files))
	default:
		p.uses(scripts.Batch(text, p.files), []string{"x64"})
		p.orNone()
	}
}

// hostScript names the callers of a script of Windows Script Host or of a page. Whether
// its host is a 64-bit or a 32-bit program stands in no script.
func (p *inspection) hostScript(r scripts.Reading) {
	encoded := slices.ContainsFunc(r.Unclear, func(place scripts.Place) bool { return place.Code == "encoded" })
	if encoded {
		p.is("schannel") // whichever library it takes
	}
	p.uses(r, []string{"x64", "x86"})
	if slices.ContainsFunc(r.Uses, func(u scripts.Use) bool { return u.Stack == scripts.WinHTTP }) {
		p.why("host-bits")
	}
	p.orNone()
}

// orNone says of a script that nothing in it makes TLS connections.
func (p *inspection) orNone() {
	if len(p.Why) == 0 {
		p.why("script-no-tls")
	}
}

// uses names the callers of a script; bits are those of its host, for uses that do
// not say.
func (p *inspection) uses(r scripts.Reading, bits []string) {
	plain := func(u scripts.Use) bool {
		return u.Stack == scripts.WinHTTP && !u.Set && strings.HasPrefix(strings.ToLower(u.To), "winhttp.")
	}
	if slices.ContainsFunc(r.Uses, func(u scripts.Use) bool { return u.Stack == scripts.WinHTTP && u.Set }) {
		r.Uses = slices.DeleteFunc(r.Uses, plain) // it names its versions
	}
	slices.SortStableFunc(r.Uses, byReach)
	var ids []string
	for _, u := range r.Uses {
		if u.Set || !slices.ContainsFunc(r.Unclear, func(place scripts.Place) bool { return place.Line == u.Line }) {
			p.useReason(u) // else what is not certain there says more
		}
		for _, id := range idsOf(u, bits) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	own := func(id string) bool {
		return strings.HasPrefix(id, "powershell-") || strings.HasPrefix(id, "dotnetcore") || id == "schannel"
	}
	if n := len(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !own(id) })); n > 1 {
		p.why("several")
	}
	for _, id := range ids {
		p.is(id)
	}
	for _, place := range r.Idle {
		p.why("idle-"+place.Code, p.placeArgs(place)...)
	}
	for _, place := range r.Unclear {
		p.why("unclear-"+place.Code, p.placeArgs(place)...)
		p.Unclear = append(p.Unclear, p.Why[len(p.Why)-1])
	}
}

func (p *inspection) placeArgs(place scripts.Place) []string {
	return []string{"file", baseOf(p.Path), "line", strconv.Itoa(place.Line), "text", place.Text}
}

// byReach puts the PowerShell's own connections first, and of these the default, then
// what ends at the older version.
func byReach(a, b scripts.Use) int {
	weight := func(u scripts.Use) int {
		switch {
		case u.Stack != scripts.Framework:
			return 2
		case u.Set:
			return 1
		}
		return 0
	}
	if c := weight(a) - weight(b); c != 0 || weight(a) != 1 {
		return c
	}
	return compareReach(force(a), force(b))
}

// force is what a use of the PowerShell's own stack leaves in force.
func force(u scripts.Use) []tlsready.Version {
	return named{versions: u.Versions, adds: u.Adds, without: u.Without}.inForce("")
}

// idsOf are the callers that a use is.
func idsOf(u scripts.Use, bits []string) []string {
	if u.X86 {
		bits = []string{"x86"}
	}
	versions := ""
	if u.Set && len(u.Versions) > 0 {
		versions = ":" + suffix(u.Versions)
	}
	switch u.Stack {
	case scripts.WinHTTP:
		var ids []string
		for _, b := range bits {
			ids = append(ids, "winhttp-"+b+versions)
		}
		return ids
	case scripts.WinINET:
		return []string{"wininet"}
	case scripts.SQL:
		return []string{"sql-client"}
	case scripts.Other:
		return []string{"other"}
	case scripts.None:
		return []string{"schannel"} // whichever library it takes
	}
	switch {
	case u.Core:
		return []string{"dotnetcore" + versions}
	case !u.Set:
		return []string{"powershell-5.1-" + bits[0]}
	case len(force(u)) == 0:
		return []string{"schannel"} // set to the system's choice, whatever the registry says to .NET
	}
	return []string{"powershell-5.1-" + bits[0] + ":" + suffix(force(u))}
}

// useReason says where a script makes a connection, or names versions for it.
func (p *inspection) useReason(u scripts.Use) {
	if u.Line == 0 {
		return // the PowerShell itself
	}
	args := []string{"file", baseOf(p.Path), "line", strconv.Itoa(u.Line), "to", u.To}
	if u.Set && len(u.Versions) > 0 {
		args = append(args, "versions", title(u.Versions))
	}
	switch {
	case u.Set && u.Adds:
		p.why("line-adds", args...)
	case u.Set && len(u.Versions) > 0:
		p.why("line-sets", args...)
	case u.Set:
		p.why("line-system", args...)
	case u.Stack == scripts.Framework:
		p.why("line-default", args...)
	case u.Stack == scripts.Other:
		p.why("line-own-tls", args...)
	default:
		p.why("line-"+string(u.Stack), args...)
	}
}
