package view

import (
	"path"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/regexe"
	"tlsready/internal/term"
)

// next is a command that the user may want to type next.
type next struct{ ID, Command string }

// NextCommands derives them from the command line as typed, and returns none if it is not
// a check. A fix is offered if there is one.
func NextCommands(command string, w Words, c *document.Check) []next {
	words := splitCommand(command)
	at := slices.Index(words, "check")
	if at < 0 {
		return nil
	}
	base := withoutOutput(words)
	fix := slices.Clone(base)
	fix[slices.Index(fix, "check")] = "fix"
	write := strings.Join(fix, " ") + " --as ps1 --dir " + w.T("next.dir")
	var list []next
	if !slices.Contains(words, "--with") && slices.ContainsFunc(c.Hosts, func(h document.Host) bool { return len(h.Changes) > 0 }) {
		list = append(list, next{"next.fix", write})
		if slices.ContainsFunc(c.Hosts, func(h document.Host) bool { return h.Documented != nil }) {
			list = append(list, next{"next.documented", write + " --documented"})
		}
	}
	return append(list, next{"next.html", strings.Join(base, " ") + " -o html=" + w.T("next.file")})
}

// Commands are what a user may type next.
type Commands struct {
	Check string // the same again, without what says where the output goes
	Fix   string // writes the fixes; "" if a recipe is taken as run

	words []string
}

// Next derives them from the command line as typed; nil if it is neither check nor fix.
func Next(command string, w Words) *Commands {
	words := withoutOutput(splitCommand(command))
	at := slices.IndexFunc(words, func(s string) bool { return s == "check" || s == "fix" })
	if at < 0 || slices.Contains(words, "--apply") {
		return nil
	}
	check, fix := slices.Clone(words), slices.Clone(words)
	check[at], fix[at] = "check", "fix"
	c := &Commands{Check: strings.Join(check, " "), words: check}
	if !slices.Contains(words, "--with") {
		if lang := w.Lang(); lang != "en" && !slices.Contains(words, "--lang") {
			fix = append(fix, "--lang", lang)
		}
		c.Fix = strings.Join(append(fix, "--dir", w.T("next.dir")), " ")
	}
	return c
}

// With are the commands with one source more.
func (c *Commands) With(source string) *Commands {
	at := slices.IndexFunc(c.words, func(s string) bool { return s == "check" || s == "fix" }) + 1
	for at < len(c.words) && !strings.HasPrefix(c.words[at], "-") {
		at++
	}
	next := *c
	next.words = slices.Insert(slices.Clone(c.words), at, source)
	next.Check = strings.Join(next.words, " ")
	return &next
}

// ServiceNamed is what names a service in the command line as typed: its id, or the file
// of the user's own that has it.
func ServiceNamed(command, id string) string {
	var files []string
	words := splitCommand(command)
	for i, word := range words {
		value, joined := strings.CutPrefix(word, "--service=")
		if word == "--service" && i+1 < len(words) {
			value, joined = words[i+1], true
		}
		if !joined || !strings.ContainsAny(value, `./\`) || strings.HasPrefix(value, "host:") {
			continue
		}
		if stem, _, _ := strings.Cut(path.Base(strings.ReplaceAll(value, `\`, "/")), "."); strings.EqualFold(stem, id) {
			return value
		}
		files = append(files, value)
	}
	if len(files) == 1 && !slices.Contains(words, id) {
		return files[0]
	}
	return id
}

// QuoteName writes a host's name as a shell takes it.
func QuoteName(name string) string {
	if strings.ContainsAny(name, " &()[]{}^=;!'+,`~|<>$*?#") {
		return `"` + name + `"`
	}
	return name
}

// ChangedNothing says that the command only reads.
func ChangedNothing(command string) bool {
	words := splitCommand(command)
	return !slices.Contains(words, "--apply") && !slices.Contains(words, "--undo")
}

// splitCommand cuts a command line at spaces outside quotes, which it keeps.
func splitCommand(s string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	for _, r := range s {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		case quote == 0 && r == ' ':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}

// withoutOutput leaves out the flags that say where the output goes and how.
func withoutOutput(words []string) []string {
	var kept []string
	for i := 0; i < len(words); i++ {
		name, _, joined := strings.Cut(words[i], "=")
		switch name {
		case "-f", "--format", "-o", "--output":
			if !joined {
				i++
			}
			continue
		case "--json":
			continue
		}
		kept = append(kept, words[i])
	}
	return kept
}

// RegCommands writes the changes, or with undo their reversal, as reg.exe lines. ok is
// false if a value cannot be typed safely in a console, or if the state before is not
// known, which rules out an exact undo.
func RegCommands(h *document.Host, undo bool) (lines []string, ok bool) {
	view := regexe.View64
	if h.OS != nil && h.OS.X86() {
		view = regexe.NoView
	}
	for i := range h.Changes {
		line, ok := regCommand(&h.Changes[i], undo, view)
		if !ok {
			return nil, false
		}
		lines = append(lines, line)
	}
	if undo {
		slices.Reverse(lines)
	}
	return lines, len(lines) > 0
}

func regCommand(c *document.Change, undo bool, view regexe.View) (string, bool) {
	change := host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete}
	if undo {
		if c.Before == nil || c.Before.State == host.NotAsked {
			return "", false
		}
		change.Data, change.Delete = c.Before.Data, c.Before.State == host.Absent
	}
	return Console(change, view)
}

// Console is a change as a line to type or paste at a prompt. ok is false if it would not
// arrive unchanged, or holds something that no page should print.
func Console(c host.Change, view regexe.View) (line string, ok bool) {
	command, err := regexe.Change(c, view)
	if err == nil {
		line, err = command.In(regexe.Console)
	}
	return line, err == nil && term.Safe(line) == line
}
