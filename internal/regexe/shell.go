package regexe

import (
	"strings"

	"tlsready/internal/message"
)

// Shell is what hands a command line to reg.exe, and so decides on the quotes.
type Shell int

// The shells.
const (
	Batch      Shell = iota // a line of a .cmd file
	Console                 // typed or pasted at the prompt of cmd.exe
	Cmd                     // handed to cmd.exe by another program: WinRM, OpenSSH
	PowerShell              // Windows PowerShell, if OpenSSH's DefaultShell says so
)

// refuse says why text cannot be handed on: the text regexe.<id>.
func refuse(id, text string) error {
	return &message.Problem{What: message.New("regexe."+id, message.Str("text", text))}
}

// In is the command as a line of a shell. It fails for text that the shell does
// not hand on unchanged.
func (c Command) In(s Shell) (string, error) {
	line := make([]string, len(c.words))
	for i, w := range c.words {
		line[i] = w.text
		if w.plain || w.name && s == Console && plain(w.text) {
			continue
		}
		var err error
		if line[i], err = s.Quote(w.text); err != nil {
			return "", err
		}
	}
	return strings.Join(line, " "), nil
}

// plain says whether a word needs no quotes at a prompt.
func plain(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) < 0
}

// Quote makes text one argument of a program. What would arrive changed is
// refused: a double quote, on which no two shells and programs agree, a percent
// sign that cmd.exe may take for a variable (in a batch file it is doubled), an
// exclamation mark if delayed expansion may be on.
func (s Shell) Quote(text string) (string, error) {
	if strings.ContainsAny(text, "\"\r\n\x00") || s.typed() && strings.ContainsFunc(text, isControl) {
		return "", refuse("character", text)
	}
	if s == PowerShell {
		return quotePowerShell(text)
	}
	if bad := map[Shell]string{Console: "%!", Cmd: "%"}[s]; bad != "" && strings.ContainsAny(text, bad) {
		return "", refuse("cmd", text)
	}
	return `"` + Percent(s, text) + trailing(text) + `"`, nil
}

// typed says whether a text passes through a file or a keyboard, where something
// may take a control character for a command.
func (s Shell) typed() bool { return s == Batch || s == Console }

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// Percent doubles percent signs for a batch file.
func Percent(s Shell, text string) string {
	if s != Batch {
		return text
	}
	return strings.ReplaceAll(text, "%", "%%")
}

// trailing are the backslashes at the end of a text: before the closing quote
// each has to be doubled, or the last one would escape the quote.
func trailing(text string) string { return text[len(strings.TrimRight(text, `\`)):] }

// quotePowerShell puts text in single quotes. Windows PowerShell adds double
// quotes of its own around an argument with a blank and does not double the
// backslashes before them; the typographic quotes count as single quotes.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func quotePowerShell(text string) (string, error) {
	if text == "" || trailing(text) != "" && strings.Contains(text, " ") || strings.ContainsAny(text, "\u2018\u2019\u201a\u201b") {
		return "", refuse("powershell", text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
}
