package recipe

import (
	"slices"
	"strconv"
	"strings"
)

// readme is README.txt of a group's folder: UTF-8 with a byte order mark, since
// Notepad before Windows 10 1903 takes other files for the ANSI code page, and
// CR LF.
func readme(p Plan, formats []Format, w words) []byte {
	lines := []string{w.say("readme.title", systemName(p.OS)), ""}
	lines = append(lines, w.say("readme.hosts", strconv.Itoa(len(p.Hosts))), w.say("readme.id", p.ID()), w.say("head.restart", w.say("restart."+string(p.Restart))))
	lines = append(lines, p.Notes...)
	if n := needs(p, w); n != nil {
		lines = append(append(lines, ""), n...)
	}
	lines = append(lines, "", w.say("readme.changes"))
	for _, c := range p.Changes {
		what := w.say("readme.set", c.Key, c.Name, showData(c.Data))
		if c.Delete {
			what = w.say("readme.delete", c.Key, c.Name)
		}
		lines = append(lines, "- "+what, "  "+tag(c, w))
	}
	lines = append(lines, "", w.say("readme.order"))
	if p.Restart == RestartNone {
		lines = append(lines, w.say("readme.order0"))
	} else {
		lines = append(lines, w.say("readme.order1", w.say("act."+string(p.Restart))))
	}
	lines = append(lines, w.say("readme.order2"), w.say("readme.order3"), w.say("readme.keys"), "")
	lines = append(lines, usage(p, formats, w)...)
	lines = append(lines, w.say("readme.exit"), w.say("readme.last"), w.say("readme.states"))
	for i := range lines {
		lines[i] = oneLine(lines[i])
	}
	return []byte("\ufeff" + strings.Join(lines, "\r\n") + "\r\n")
}

// usage says how to run each format that was written.
func usage(p Plan, formats []Format, w words) []string {
	has := func(name string) bool {
		return slices.ContainsFunc(formats, func(f Format) bool { return f.Name == name })
	}
	var lines []string
	if has("ps1") {
		lines = append(lines, w.say("readme.ps1"), w.say("readme.ps1state", `%ProgramData%\tlsready\`+p.ID()+".json"))
	}
	if has("cmd") {
		lines = append(lines, w.say("readme.cmd"))
	}
	switch {
	case has("reg") && p.OS.X86():
		lines = append(lines, w.say("readme.reg32"))
	case has("reg"):
		lines = append(lines, w.say("readme.reg", " /reg:64"))
	}
	return lines
}
