package recipe

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/regexe"
)

// cmdSet writes `set "NAME=value"`, where backslashes mean nothing.
func cmdSet(name, value string) string { return `set "` + name + "=" + cmdPercent(value) + `"` }

func cmdPercent(s string) string { return regexe.Percent(regexe.Batch, s) }

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
		return "", fmt.Errorf("type %s cannot be written as .cmd", d.Type)
	case !ascii(text):
		return "", fmt.Errorf("only ASCII data can be written as .cmd: the bytes of other characters depend on the console")
	case strings.Contains(text, `"`) || strings.HasPrefix(text, " "):
		return "", fmt.Errorf("data with a quote or a leading blank cannot be compared in a .cmd file")
	}
	return string(d.Type) + "    " + text, nil
}

// cmdChecks refuses keys and names that would not arrive as they are: for /f
// runs its command in a second cmd, where %% is no longer one percent sign.
func cmdChecks(c host.Change) error {
	for _, s := range []string{c.Key, c.Name} {
		if !ascii(s) || strings.ContainsAny(s, `%"!^&|<>'`) {
			return fmt.Errorf("%q cannot be named in a .cmd file", s)
		}
	}
	if c.Name == "" {
		return fmt.Errorf("the default value cannot be checked by a .cmd file: reg query prints its name in the system's language")
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 })
}

// cmdEcho makes a sentence safe behind echo in every code page. In code page 932
// the second byte of a character may be ^ or |, which a console with another
// code page would act on; such characters, and cmd's own special ones, become a
// question mark. The sentences of this package hold none (a test says so).
func cmdEcho(s string) string {
	enc := encoding.ReplaceUnsupported(japanese.ShiftJIS.NewEncoder())
	return strings.Map(func(r rune) rune {
		raw, err := enc.String(string(r))
		if err != nil || strings.ContainsAny(raw, "^|&<>%!\"\x1a") {
			return '?'
		}
		return r
	}, oneLine(s))
}

// cmdComment makes a text safe behind "rem - ": cmd reads one argument of rem,
// the dash, and passes over the rest, but it still expands percent signs.
func cmdComment(s string) string { return cmdPercent(oneLine(s)) }

// cmdBytes is the file as bytes: CR LF, and code page 932 for Japanese. cmd
// decodes a batch file by the console's code page, which is 932 on Japanese
// Windows; UTF-8 would come out as noise there, and cmd takes a byte order mark
// for a command. The commands are ASCII, so that they work in any code page.
func cmdBytes(lines []string, lang string) ([]byte, error) {
	var enc *encoding.Encoder
	if lang == "ja" {
		enc = encoding.ReplaceUnsupported(japanese.ShiftJIS.NewEncoder())
	}
	var b strings.Builder
	for _, line := range lines {
		if len(line) > maxCmdLine {
			return nil, fmt.Errorf("a line of %d characters: cmd takes %d at most", len(line), maxCmdLine)
		}
		out := plainASCII(line)
		if enc != nil {
			var err error
			if out, err = enc.String(line); err != nil {
				return nil, fmt.Errorf("code page 932: %w", err)
			}
			out = strings.ReplaceAll(out, "\x1a", "?") // the encoding's own replacement ends a file for old tools
		}
		b.WriteString(out + "\r\n")
	}
	return []byte(b.String()), nil
}

// maxCmdLine is what cmd takes on one line.
// https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
const maxCmdLine = 8191

func plainASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, s)
}
