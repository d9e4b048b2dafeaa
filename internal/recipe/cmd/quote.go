package cmd

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/regexe"
)

// setLine writes `set "NAME=value"`, where backslashes mean nothing.
func setLine(name, value string) string { return `set "` + name + "=" + percent(value) + `"` }

func percent(s string) string { return regexe.Percent(regexe.Batch, s) }

// printed is a value as reg query prints it behind the name, with the blanks
// that it puts between type and data.
func printed(d host.Data) (string, error) {
	text, err := regexe.DataText(d)
	switch {
	case err != nil:
		return "", err
	case d.Type == host.DWORD || d.Type == host.QWORD:
		text = "0x" + strconv.FormatUint(d.Number, 16)
	case d.Type == host.None:
		return "", recipe.Refuse("type", message.Str("type", string(d.Type)))
	case !ascii(text):
		return "", recipe.Refuse("cmd-ascii")
	case strings.Contains(text, `"`) || strings.HasPrefix(text, " "):
		return "", recipe.Refuse("cmd-compare")
	}
	return string(d.Type) + "    " + text, nil
}

// check refuses keys and names that would not arrive as they are: for /f
// runs its command in a second cmd, where %% is no longer one percent sign.
func check(c host.Change) error {
	for _, s := range []string{c.Key, c.Name} {
		if !ascii(s) || strings.ContainsAny(s, `%"!^&|<>'`) {
			return recipe.Refuse("cmd-name", message.Str("name", s))
		}
	}
	if c.Name == "" {
		return recipe.Refuse("cmd-default")
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 })
}

// echoed makes a sentence safe behind echo in every code page. In code page 932
// the second byte of a character may be ^ or |, which a console with another
// code page would act on; such characters, and cmd's own special ones, become a
// question mark. The sentences of this package hold none (a test says so).
func echoed(s string) string {
	enc := encoding.ReplaceUnsupported(japanese.ShiftJIS.NewEncoder())
	return strings.Map(func(r rune) rune {
		raw, err := enc.String(string(r))
		if err != nil || strings.ContainsAny(raw, "^|&<>%!\"\x1a") {
			return '?'
		}
		return r
	}, recipe.OneLine(s))
}

// comment makes a text safe behind "rem - ": cmd reads one argument of rem,
// the dash, and passes over the rest, but it still expands percent signs.
func comment(s string) string { return percent(recipe.OneLine(s)) }

// encode is the file as bytes: CR LF, and code page 932 for Japanese. cmd
// decodes a batch file by the console's code page, which is 932 on Japanese
// Windows; UTF-8 would come out as noise there, and cmd takes a byte order mark
// for a command. The commands are ASCII, so that they work in any code page.
func encode(lines []string, lang string) ([]byte, error) {
	var enc *encoding.Encoder
	if lang == "ja" {
		enc = encoding.ReplaceUnsupported(japanese.ShiftJIS.NewEncoder())
	}
	var b strings.Builder
	for _, line := range lines {
		if len(line) > maxLine {
			return nil, recipe.Refuse("cmd-line", message.Int("length", len(line)), message.Int("limit", maxLine))
		}
		out := plainASCII(line)
		if enc != nil {
			var err error
			if out, err = enc.String(line); err != nil {
				return nil, recipe.Refuse("code-page", message.Cause("why", err))
			}
			out = strings.ReplaceAll(out, "\x1a", "?") // the encoding's own replacement ends a file for old tools
		}
		b.WriteString(out + "\r\n")
	}
	return []byte(b.String()), nil
}

// maxLine is what cmd takes on one line.
// https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
const maxLine = 8191

func plainASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, s)
}
