package regcmdtest

import (
	"context"
	"fmt"
	"strings"
)

// Run runs a command line as cmd.exe, or PowerShell, would: commands of reg.exe
// with "&" between them, and the few of cmd.exe that stand among these. The error
// is one of the test itself.
func (f *Reg) Run(ctx context.Context, line string) (out []byte, errs string, status int, err error) {
	f.Lines = append(f.Lines, line)
	inner, nested := strings.CutPrefix(line, "cmd /d /s /c '")
	if !nested || f.Quote == '"' {
		return f.line(ctx, line)
	}
	cmd := *f
	cmd.Quote = '"'
	return cmd.line(ctx, strings.ReplaceAll(strings.TrimSuffix(inner, "'"), "''", "'"))
}

// line runs a line without what PowerShell puts around it.
func (f *Reg) line(ctx context.Context, line string) (out []byte, errs string, status int, err error) {
	commands := []string{line}
	if f.Quote == '"' {
		commands = apart(line)
	}
	var said []string
	for _, command := range commands {
		text := ""
		switch word, rest, _ := strings.Cut(command, "echo "); word {
		case "(if errorlevel 0 if not errorlevel 1 ":
			if status == 0 {
				out = append(out, strings.TrimSuffix(rest, ")")+"\r\n"...)
			}
		case "":
			out = append(out, rest+"\r\n"...)
		case ">&2 ":
			text = rest
		default:
			if !strings.HasPrefix(command, "reg ") {
				return nil, "", 0, fmt.Errorf("%q is no command of reg.exe", command)
			}
			var printed []byte
			if printed, text, status, err = f.command(ctx, command); err != nil {
				return nil, "", 0, err
			}
			out = append(out, printed...)
		}
		if text != "" {
			said = append(said, text)
		}
	}
	return out, strings.Join(said, "\r\n"), status, nil
}

// apart splits a line at each "&" that does not stand between quotes or is part of
// ">&2".
func apart(line string) []string {
	var list []string
	quoted, from := false, 0
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '&' && !quoted && (i == 0 || line[i-1] != '>'):
			list = append(list, line[from:i])
			from = i + 1
		}
	}
	return append(list, line[from:])
}
