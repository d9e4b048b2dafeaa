package recipe

import (
	"strings"

	"tlsready/internal/message"
)

// readme is README.txt of a group's folder: UTF-8 with a byte order mark, since
// Notepad before Windows 10 1903 takes other files for the ANSI code page, and
// CR LF.
func readme(p Plan, formats []Format, w *message.Catalog) []byte {
	lines := []string{Say(w, "readme.title", message.Str("system", systemName(p.OS))), ""}
	lines = append(lines, Say(w, "readme.hosts", message.Int("n", len(p.Hosts))), Say(w, "readme.id", message.Str("plan", p.ID())), restartLine(p, w))
	lines = append(lines, notes(p, w)...)
	if n := Needs(p, w); n != nil {
		lines = append(append(lines, ""), n...)
	}
	lines = append(lines, "", Say(w, "readme.changes"))
	for _, c := range p.Changes {
		key, name := message.Str("key", c.Key), message.Str("name", c.Name)
		what := Say(w, "readme.set", key, name, message.Str("data", showData(c.Data)))
		if c.Delete {
			what = Say(w, "readme.delete", key, name)
		}
		lines = append(lines, "- "+what, "  "+Tag(c, w))
	}
	lines = append(lines, "", Say(w, "readme.order"))
	if p.Restart == RestartNone {
		lines = append(lines, Say(w, "readme.order0"))
	} else {
		lines = append(lines, Say(w, "readme.order1", message.Str("restart", Say(w, "act."+string(p.Restart)))))
	}
	lines = append(lines, Say(w, "readme.order2"), Say(w, "readme.order3"), Say(w, "readme.keys"), "")
	lines = append(lines, usage(p, formats, w)...)
	lines = append(lines, Say(w, "readme.exit"), Say(w, "readme.last"), Say(w, "readme.states"))
	for i := range lines {
		lines[i] = OneLine(lines[i])
	}
	return []byte("\ufeff" + strings.Join(lines, "\r\n") + "\r\n")
}

// usage says how to run each format that was written: the text recipe.usage.<format>,
// or on 32-bit systems recipe.usage.<format>.x86 if it exists. A line break in it begins
// a new line of the file.
func usage(p Plan, formats []Format, w *message.Catalog) []string {
	var lines []string
	for _, f := range formats {
		id := "usage." + f.Name
		if p.OS.X86() && w.Has("recipe."+id+".x86") {
			id += ".x86"
		}
		lines = append(lines, strings.Split(Say(w, id, message.Str("plan", p.ID())), "\n")...)
	}
	return lines
}

// allReadme is README.txt of the folder "all".
func allReadme(hosts int, written map[string]bool, w *message.Catalog) []byte {
	lines := []string{Say(w, "all.title"), "", Say(w, "all.hosts", message.Int("n", hosts)), Say(w, "all.picks"), Say(w, "all.state"), Say(w, "all.again"), ""}
	for _, f := range []string{"ps1", "cmd"} {
		if written["apply."+f] {
			lines = append(lines, Say(w, "all.usage."+f))
		}
	}
	lines = append(lines, Say(w, "all.verify"), Say(w, "all.undo"), "", Say(w, "readme.exit"), Say(w, "readme.last"), Say(w, "all.states"))
	for i := range lines {
		lines[i] = OneLine(lines[i])
	}
	return []byte("\ufeff" + strings.Join(lines, "\r\n") + "\r\n")
}
