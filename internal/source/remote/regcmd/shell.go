package regcmd

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/regdata"
	"tlsready/internal/registry"
)

// Shell is what the machine hands our commands to.
type Shell int

const (
	Cmd        Shell = iota // cmd.exe, the default of WinRM and of OpenSSH for Windows
	PowerShell              // where OpenSSH's DefaultShell says so
)

// quote makes text one argument of reg.exe. What cannot be said so that it
// arrives unchanged is refused: cmd.exe replaces %NAME% even between quotes, and
// Windows PowerShell loses double quotes.
func (s Shell) quote(text string) (string, error) {
	if strings.ContainsAny(text, "\"\r\n\x00") {
		return "", fmt.Errorf("%q holds a character that no command line carries unchanged", text)
	}
	slashes := len(text) - len(strings.TrimRight(text, `\`))
	if s == PowerShell {
		if text == "" || slashes > 0 && strings.Contains(text, " ") || strings.ContainsAny(text, "\u2018\u2019\u201a\u201b") {
			return "", fmt.Errorf("PowerShell does not hand %q on unchanged", text)
		}
		return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
	}
	if strings.Contains(text, "%") {
		return "", fmt.Errorf("cmd.exe does not hand %q on unchanged", text)
	}
	// A backslash before the closing quote would be read as part of it.
	return `"` + text + strings.Repeat(`\`, slashes) + `"`, nil
}

// command joins words of our own with quoted ones, which stand after a "@".
func (s Shell) command(words ...string) (string, error) {
	line := make([]string, len(words))
	for i, word := range words {
		text, quoted := strings.CutPrefix(word, "@")
		line[i] = text
		if quoted {
			var err error
			if line[i], err = s.quote(text); err != nil {
				return "", err
			}
		}
	}
	return strings.Join(line, " "), nil
}

// valueWords name a value: /v NAME, or /ve for the default value.
func valueWords(name string) []string {
	if name == "" {
		return []string{"/ve"}
	}
	return []string{"/v", "@" + name}
}

// addWords are the words of reg add for a value. A value that reg.exe would write
// in other bytes is refused.
func addWords(key string, v registry.Value) ([]string, error) {
	d := v.Data()
	number, raw, err := regdata.Encode(d)
	if err != nil || number != v.Type || string(raw) != string(v.Bytes) {
		return nil, fmt.Errorf("%q: reg.exe cannot write these %d bytes as %s; use smb:// for this value", v.Name, len(v.Bytes), d.Type)
	}
	words := append([]string{"reg", "add", "@" + key}, valueWords(v.Name)...)
	words = append(words, "/t", string(d.Type), "/f")
	text := ""
	switch d.Type {
	case host.DWORD, host.QWORD:
		text = strconv.FormatUint(d.Number, 10)
	case host.SZ, host.ExpandSZ:
		text = d.Text
	case host.MultiSZ:
		if text = strings.Join(d.Strings, `\0`); strings.Count(text, `\0`) != max(0, len(d.Strings)-1) {
			return nil, fmt.Errorf(`%q: reg.exe cannot write a list that holds \0; use smb:// for this value`, v.Name)
		}
	case host.Binary, host.None:
		text = hex.EncodeToString(d.Bytes)
	default:
		return nil, fmt.Errorf("%q: reg.exe cannot write a %s; use smb:// for this value", v.Name, d.Type)
	}
	if text == "" {
		return words, nil
	}
	return append(words, "/d", "@"+text), nil
}
