package regcmd

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/regdata"
	"tlsready/internal/regexe"
	"tlsready/internal/registry"
)

// Shell is what the machine hands our commands to.
type Shell int

const (
	Cmd        Shell = iota // cmd.exe, the default of WinRM and of OpenSSH for Windows
	PowerShell              // if OpenSSH's DefaultShell says so
)

// line is the shell for a whole command line of reg.exe.
func (s Shell) line() regexe.Shell {
	if s == PowerShell {
		return regexe.PowerShell
	}
	return regexe.Cmd
}

// command joins words of our own with quoted ones, which stand after a "@".
func (s Shell) command(words ...string) (string, error) {
	line := make([]string, len(words))
	for i, word := range words {
		text, quoted := strings.CutPrefix(word, "@")
		line[i] = text
		if quoted {
			var err error
			if line[i], err = s.line().Quote(text); err != nil {
				return "", err
			}
		}
	}
	return strings.Join(line, " "), nil
}

// adding is the command that writes a value. A value that reg.exe would write in
// other bytes is refused.
func (s Shell) adding(key string, v registry.Value) (string, error) {
	d := v.Data()
	number, raw, err := regdata.Encode(d)
	if err != nil || number != v.Type || string(raw) != string(v.Bytes) {
		return "", message.Error("regcmd.not-writable", message.Quote("name", v.Name), message.Int("size", len(v.Bytes)), message.Str("type", string(d.Type)))
	}
	c, err := regexe.Add(key, v.Name, d, regexe.NoView)
	if err != nil {
		return "", message.Error("regcmd.not-writable-why", message.Quote("name", v.Name), message.Cause("why", err))
	}
	return c.In(s.line())
}
