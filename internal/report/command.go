package report

import (
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/term"
)

// next is a command that the user may want to type next.
type next struct{ ID, Command string }

// nextCommands derives them from the command line as typed; none where it is
// not a check. A fix is offered where there is one.
func nextCommands(command string, w words, c *document.Check) []next {
	words := splitCommand(command)
	at := slices.Index(words, "check")
	if at < 0 {
		return nil
	}
	base := withoutOutput(words)
	fix := slices.Clone(base)
	fix[slices.Index(fix, "check")] = "fix"
	write := strings.Join(fix, " ") + " --as ps1 --dir " + w.t("next.dir")
	var list []next
	if !slices.Contains(words, "--with") && slices.ContainsFunc(c.Hosts, func(h document.Host) bool { return len(h.Changes) > 0 }) {
		list = append(list, next{"next.fix", write})
		if slices.ContainsFunc(c.Hosts, func(h document.Host) bool { return h.Documented != nil }) {
			list = append(list, next{"next.documented", write + " --documented"})
		}
	}
	return append(list, next{"next.html", strings.Join(base, " ") + " -o html=" + w.t("next.file")})
}

// changedNothing says that the command only reads.
func changedNothing(command string) bool {
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

// regCommands writes the changes, or with undo their reversal, as reg.exe lines.
// ok is false where a value cannot be typed safely in a console, or where the
// state before is not known so that an exact undo is not.
func regCommands(h *document.Host, undo bool) (lines []string, ok bool) {
	view := " /reg:64"
	if h.OS != nil && h.OS.X86() {
		view = ""
	}
	for i := range h.Changes {
		line, ok := regCommand(&h.Changes[i], undo)
		if !ok {
			return nil, false
		}
		lines = append(lines, line+view)
	}
	if undo {
		slices.Reverse(lines)
	}
	return lines, len(lines) > 0
}

func regCommand(c *document.Change, undo bool) (string, bool) {
	typ, raw, remove := c.Type, c.Value, c.Delete
	if undo {
		if c.Before == nil || c.Before.State == host.NotAsked {
			return "", false
		}
		typ, raw, remove = c.Before.Type, c.Before.Value, c.Before.State == host.Absent
	}
	if !typeable(c.Key) || !typeable(c.Name) {
		return "", false
	}
	name := nameFlag(c.Name)
	if remove {
		return `reg delete "` + c.Key + `" ` + name + ` /f`, true
	}
	d, err := host.ParseData(typ, raw)
	if err != nil {
		return "", false
	}
	data, ok := regData(d)
	if !ok {
		return "", false
	}
	return `reg add "` + c.Key + `" ` + name + ` /t ` + string(typ) + ` /d ` + data + ` /f`, true
}

// nameFlag names a value for reg.exe; the empty name is the key's default value.
func nameFlag(name string) string {
	switch {
	case name == "":
		return "/ve"
	case plainName(name):
		return "/v " + name
	}
	return `/v "` + name + `"`
}

// regData writes data as reg.exe takes it ("reg add", learn.microsoft.com/
// windows-server/administration/windows-commands/reg-add).
func regData(d host.Data) (string, bool) {
	switch d.Type {
	case host.DWORD, host.QWORD:
		return fmt.Sprint(d.Number), true
	case host.SZ, host.ExpandSZ:
		return quoted(d.Text)
	case host.MultiSZ:
		for _, s := range d.Strings {
			if strings.Contains(s, `\0`) || s == "" {
				return "", false
			}
		}
		return quoted(strings.Join(d.Strings, `\0`))
	case host.Binary, host.None:
		return fmt.Sprintf("%x", d.Bytes), len(d.Bytes) > 0
	}
	return "", false
}

// quoted puts text in quotes; a backslash at the end would escape the closing
// one (the rule of CommandLineToArgvW).
func quoted(s string) (string, bool) {
	if !typeable(s) {
		return "", false
	}
	tail := len(s) - len(strings.TrimRight(s, `\`))
	return `"` + s + strings.Repeat(`\`, tail) + `"`, true
}

// typeable says that text means itself inside quotes at a console prompt.
func typeable(s string) bool {
	return !strings.ContainsAny(s, "\"%!") && term.Safe(s) == s
}

func plainName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) < 0
}
