package program

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// maxParts bounds the libraries that are read as parts of one program.
const maxParts = 64

// Switches of System.Net (Microsoft's published source,
// AppContextDefaultValues.Defaults.cs): "false" turns the newer behaviour on.
const (
	strongSwitch = "Switch.System.Net.DontEnableSchUseStrongCrypto"
	systemSwitch = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
)

// noTarget is what a program without a target framework is treated as
// (Microsoft's published source, AppContextDefaultValues.cs).
const noTarget = "4.0"

// managed reads a .NET program or library.
func (p *inspection) managed(im *image, conf *config) error {
	m, err := openMetadata(im)
	if err != nil {
		return err
	}
	bits, code := bitness(im, m)
	p.neutral = code == "bits-any"
	text, stated := m.targetFramework()
	identifier, version, _ := strings.Cut(text, ",")
	if identifier == ".NETCoreApp" || identifier == ".NETStandard" && !im.dll {
		p.why("core", "target", text)
		p.name("dotnetcore", "", p.allCode(im, m, ""))
		return nil
	}
	places := p.allCode(im, m, "")
	if im.dll {
		if !m.usesNet() && len(places) == 0 {
			p.why("library-no-net")
			return nil
		}
		p.why("library")
		if identifier == ".NETStandard" {
			stated, text = false, ""
		}
	}
	p.why(code, "machine", machineName(im.machine))
	target := ""
	if stated {
		if target, stated = cleanTarget(strings.TrimPrefix(strings.TrimSpace(version), "Version=")); !stated {
			p.why("target-unreadable", "text", text)
		}
	}
	p.Target = target
	p.clr(m, conf, target, bits, places)
	if m.usesWCF() || conf != nil && conf.tcpBinding > 0 {
		p.wcf(m, target)
	}
	return nil
}

// clr decides which line of the framework runs the program, and judges it by
// that.
func (p *inspection) clr(m *metadata, conf *config, target, bits string, places []named) {
	p.why("clr", "version", m.version)
	old := strings.HasPrefix(m.version, "v1.") || strings.HasPrefix(m.version, "v2.")
	if run := conf.runtime(); old && strings.HasPrefix(run.text, "v4") {
		p.why("runtime-config", "file", conf.file, "line", strconv.Itoa(run.line), "version", run.text)
		old = false
	}
	if old {
		p.name("dotnet-3.5-"+bits, "3.5", places)
		return
	}
	if target != "" {
		p.why("target", "target", target)
	} else {
		p.why("no-target")
	}
	p.framework(conf, target, bits, places)
}

// framework names a program on the 4.x line: its target, and what the switches
// of its configuration make of it.
func (p *inspection) framework(conf *config, target, bits string, places []named) {
	as := target
	if as == "" {
		as = noTarget
	}
	if conf != nil {
		p.switchReasons(conf)
		if acts := actsAs(as, conf.switches); acts != as {
			p.why("switches-act", "target", as, "as", acts)
			as = acts
		}
	}
	p.name("dotnet-"+as+"-"+bits, as, places)
}

func (p *inspection) switchReasons(c *config) {
	for _, name := range c.ignored {
		p.why("switch-ignored", "file", c.file, "line", strconv.Itoa(c.switchLines[name]), "name", name)
	}
	for _, name := range sortedKeys(c.switches) {
		if strings.Contains(name, "System.Net.") || strings.Contains(name, "ServiceModel") {
			p.why("switch", "file", c.file, "line", strconv.Itoa(c.switchLines[name]), "name", name, "value", c.switches[name])
		}
	}
}

// actsAs is the target framework whose defaults the switches give: the system's
// choice is the default from 4.7 on, TLS 1.0 to 1.2 by name from 4.6 on.
func actsAs(target string, switches map[string]string) string {
	off := func(name, limit string) bool {
		switch switches[name] {
		case "true":
			return true
		case "false":
			return false
		}
		return below(target, limit)
	}
	strong, system := !off(strongSwitch, "4.6"), !off(systemSwitch, "4.7")
	switch {
	case system && below(target, "4.7"):
		return "4.7"
	case !system && strong && (below(target, "4.6") || !below(target, "4.7")):
		return "4.6"
	case !system && !strong && !below(target, "4.6"):
		return "4.5.2"
	}
	return target
}

func below(target, limit string) bool { return host.CompareVersions(target, limit) < 0 }

// bitness is how the program runs on 64-bit Windows (ECMA-335, II.25.3.3.1; the
// corflags tool's page), and the code of the reason.
func bitness(im *image, m *metadata) (bits, code string) {
	switch {
	case im.plus:
		return "x64", "bits-64"
	case m.flags&flagILOnly == 0:
		return "x86", "bits-native"
	case m.flags&flag32BitRequired != 0 && m.flags&flag32BitPreferred != 0:
		return "x86", "bits-preferred"
	case m.flags&flag32BitRequired != 0:
		return "x86", "bits-required"
	}
	return "x64", "bits-any"
}

func machineName(machine uint16) string {
	switch machine {
	case machineX86:
		return "x86"
	case machineX64:
		return "x64"
	case machineARM64:
		return "ARM64"
	}
	return fmt.Sprintf("%#04x", machine)
}

// cleanTarget reads "v4.7.2", "4.7.2" and "v4.0,Profile=Client"; ok is false
// if text is not a version of the framework.
func cleanTarget(text string) (target string, ok bool) {
	text, _, _ = strings.Cut(text, ",")
	text = strings.TrimPrefix(strings.TrimSpace(text), "v")
	if !strings.Contains(text, ".") && text != "" {
		text += ".0"
	}
	if _, err := stack.Parse("dotnet-" + text + "-x64"); err != nil {
		return "", false
	}
	return text, true
}

// usesNet says whether the module refers to the network classes.
func (m *metadata) usesNet() bool {
	for row := uint32(1); row <= m.rows[tTypeRef]; row++ {
		space := m.text(m.cell(tTypeRef, row, 2))
		if space == "System.Net" || strings.HasPrefix(space, "System.Net.") || strings.HasPrefix(space, "System.ServiceModel") {
			return true
		}
	}
	return false
}

// usesWCF says whether the module makes net.tcp bindings itself.
func (m *metadata) usesWCF() bool {
	for row := uint32(1); row <= m.rows[tTypeRef]; row++ {
		if name := m.typeName(tTypeRef, row); name == "System.ServiceModel.NetTcpBinding" || name == "System.ServiceModel.Channels.SslStreamSecurityBindingElement" {
			return true
		}
	}
	return false
}

func (p *inspection) wcf(m *metadata, target string) {
	if strings.HasPrefix(m.version, "v2.") {
		target = "3.5"
	} else if target == "" {
		target = noTarget
	}
	p.why("wcf")
	p.is("wcf-tcp-" + target)
}

// allCode finds the places that name TLS versions, in the program and in the
// libraries next to it that it refers to.
func (p *inspection) allCode(im *image, m *metadata, file string) []named {
	places := p.codeOf(im, m, file)
	bits, _ := bitness(im, m)
	p.pinvoke(m, bits, file)
	queue, seen := m.names(tAssemblyRef, 6), map[string]bool{}
	for len(queue) > 0 && len(p.parts) < maxParts {
		name := queue[0]
		queue = queue[1:]
		if seen[strings.ToLower(name)] || !plainFileName(name) || isFramework(name) {
			continue
		}
		seen[strings.ToLower(name)] = true
		part, meta, err := p.part(name + ".dll")
		if err != nil || meta == nil {
			continue // not next to the program, or not readable: reported on its own if it is asked for
		}
		places = append(places, p.codeOf(part, meta, name+".dll")...)
		queue = append(queue, meta.names(tAssemblyRef, 6)...)
	}
	return places
}

// part opens a library next to the program; nil if there is none.
func (p *inspection) part(name string) (*image, *metadata, error) {
	data, err := p.read(p.dir + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	im, err := openImage(data)
	if err != nil {
		return nil, nil, err
	}
	p.parts = append(p.parts, p.dir+name)
	if im.dirs[dirCLI].rva == 0 {
		return im, nil, nil
	}
	m, err := openMetadata(im)
	return im, m, err
}

// plainFileName keeps names from leading out of the folder.
func plainFileName(name string) bool {
	return name != "" && !strings.ContainsAny(name, `/\:`) && name != ".." && name != "."
}

// isFramework spares the framework's own assemblies, whose code names versions
// on behalf of others.
func isFramework(name string) bool {
	low := strings.ToLower(name)
	return low == "mscorlib" || low == "netstandard" || low == "system" || strings.HasPrefix(low, "system.")
}

func (p *inspection) codeOf(im *image, m *metadata, file string) []named {
	hits, whole := m.protocolCode(im)
	if !whole {
		p.why("code-cut", "file", fileOr(file, baseOf(p.Path)))
	}
	var places []named
	for _, h := range hits {
		places = append(places, h.places(file)...)
	}
	for _, one := range m.scriptStrings() {
		one.file, one.quoted = file, true
		places = append(places, one)
	}
	return places
}

func fileOr(file, other string) string {
	if file != "" {
		return file
	}
	return other
}

// pinvoke looks for native TLS libraries that managed code calls itself.
func (p *inspection) pinvoke(m *metadata, bits, file string) {
	for _, name := range m.names(tModuleRef, 0) {
		if id, ok := libraryCaller(name, bits); ok && id != "schannel" {
			p.why("import", "library", name, "file", fileOr(file, baseOf(p.Path)))
			p.Also = append(p.Also, id)
		}
	}
}

// name gives the program its ids: the base with the versions that are named in
// its code. If places name different versions, each is a way in which the
// program connects; the one that reaches least far comes first.
func (p *inspection) name(base, target string, places []named) {
	var sets [][]tlsready.Version
	known := slices.ContainsFunc(places, func(n named) bool { return !n.unknown })
	for _, n := range places {
		if n.unknown && known {
			continue // the constants that are handed on are seen elsewhere
		}
		p.placeReason(n, target)
		if !n.unknown {
			sets = append(sets, n.inForce(target))
		}
	}
	slices.SortFunc(sets, compareReach)
	sets = slices.CompactFunc(sets, slices.Equal)
	also := p.Also
	p.Also = nil
	if len(sets) == 0 {
		p.is(base)
	}
	if len(sets) > 1 {
		p.why("several")
	}
	for _, set := range sets {
		switch {
		case len(set) > 0:
			p.is(base + ":" + suffix(set))
		case base == "dotnetcore":
			p.is(base)
		default:
			p.is("schannel") // set to the system's choice, whatever the registry says to .NET
		}
	}
	for _, id := range also {
		p.is(id)
	}
}

// compareReach puts first what ends at the older version; the system's choice
// comes last.
func compareReach(a, b []tlsready.Version) int {
	newest := func(list []tlsready.Version) int {
		if len(list) == 0 {
			return 1 << 30
		}
		return list[len(list)-1].Rank()
	}
	if c := newest(a) - newest(b); c != 0 {
		return c
	}
	return slices.CompareFunc(a, b, func(v, w tlsready.Version) int { return v.Rank() - w.Rank() })
}

func (p *inspection) placeReason(n named, target string) {
	code := "code"
	if n.line > 0 {
		code = "line"
	}
	args := []string{"file", fileOr(n.file, baseOf(p.Path)), "to", n.to}
	if n.quoted {
		code = "text"
	} else if n.line > 0 {
		args = append(args, "line", strconv.Itoa(n.line))
	} else {
		args = append(args, "where", n.where)
	}
	switch {
	case n.unknown:
		code += "-unknown"
	case len(n.inForce(target)) == 0:
		code += "-system"
	case n.adds:
		code += "-adds"
		args = append(args, "versions", title(n.versions))
	default:
		code += "-sets"
		args = append(args, "versions", title(n.versions))
	}
	p.why(code, args...)
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
