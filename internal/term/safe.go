package term

import (
	"strings"
	"unicode"
)

// Safe makes text from outside fit for one line of a terminal: a line break or a
// tab becomes a space; what [Unsafe] names and what is no UTF-8 becomes U+FFFD,
// so that it is seen.
func Safe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case Unsafe(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// SafeLines is Safe for text of several lines: line feeds stay.
func SafeLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Safe(line)
	}
	return strings.Join(lines, "\n")
}

// Unsafe says whether a character can move the cursor, change a terminal, forge a
// line, or show text in another order than it has: control characters (also the
// C1 ones, by which some terminals begin an escape sequence), the separators of
// lines and paragraphs, and those with the Unicode property Bidi_Control
// (https://trojansource.codes).
func Unsafe(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Bidi_Control, r)
}

// OneLine is Safe text with every run of blanks as one space.
func OneLine(s string) string { return strings.Join(strings.Fields(Safe(s)), " ") }
