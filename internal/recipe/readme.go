package recipe

import (
	"slices"
	"strings"

	"tlsready/internal/message"
)

// readme is README.txt of a group's folder: UTF-8 with a byte order mark, since
// Notepad before Windows 10 1903 takes other files for the ANSI code page, and
// CR LF.
func readme(p Plan, formats []Format, w *message.Catalog) []byte {
	lines := []string{say(w, "readme.title", message.Str("system", systemName(p.OS))), ""}
	lines = append(lines, say(w, "readme.hosts", message.Int("n", len(p.Hosts))), say(w, "readme.id", message.Str("plan", p.ID())), restartLine(p, w))
	lines = append(lines, p.Notes...)
	if n := needs(p, w); n != nil {
		lines = append(append(lines, ""), n...)
	}
	lines = append(lines, "", say(w, "readme.changes"))
	for _, c := range p.Changes {
		key, name := message.Str("key", c.Key), message.Str("name", c.Name)
		what := say(w, "readme.set", key, name, message.Str("data", showData(c.Data)))
		if c.Delete {
			what = say(w, "readme.delete", key, name)
		}
		lines = append(lines, "- "+what, "  "+tag(c, w))
	}
	lines = append(lines, "", say(w, "readme.order"))
	if p.Restart == RestartNone {
		lines = append(lines, say(w, "readme.order0"))
	} else {
		lines = append(lines, say(w, "readme.order1", message.Str("restart", say(w, "act."+string(p.Restart)))))
	}
	lines = append(lines, say(w, "readme.order2"), say(w, "readme.order3"), say(w, "readme.keys"), "")
	lines = append(lines, usage(p, formats, w)...)
	lines = append(lines, say(w, "readme.exit"), say(w, "readme.last"), say(w, "readme.states"))
	for i := range lines {
		lines[i] = oneLine(lines[i])
	}
	return []byte("\ufeff" + strings.Join(lines, "\r\n") + "\r\n")
}

// usage says how to run each format that was written.
func usage(p Plan, formats []Format, w *message.Catalog) []string {
	has := func(name string) bool {
		return slices.ContainsFunc(formats, func(f Format) bool { return f.Name == name })
	}
	var lines []string
	if has("ps1") {
		lines = append(lines, say(w, "readme.ps1"), say(w, "readme.ps1state", message.Str("file", `%ProgramData%\tlsready\`+p.ID()+".json")))
	}
	if has("cmd") {
		lines = append(lines, say(w, "readme.cmd"))
	}
	switch {
	case has("reg") && p.OS.X86():
		lines = append(lines, say(w, "readme.reg32"))
	case has("reg"):
		lines = append(lines, say(w, "readme.reg", message.Str("view", " /reg:64")))
	}
	return lines
}
