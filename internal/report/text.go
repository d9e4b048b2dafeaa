package report

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// width is the number of terminal columns that s takes; East Asian wide
// characters take two (UAX #11; ambiguous ones count as one).
func width(s string) int { return uniseg.StringWidth(s) }

// clean makes text from outside safe for a terminal: control characters, which
// could hide or forge lines, and direction overrides become U+FFFD, line breaks
// a space.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// pad fills s with spaces on the right up to w columns.
func pad(s string, w int) string { return s + strings.Repeat(" ", max(0, w-width(s))) }

// padLeft fills s with spaces on the left up to w columns.
func padLeft(s string, w int) string { return strings.Repeat(" ", max(0, w-width(s))) + s }

// wrap breaks s into lines of at most w columns, where the line breaking rules
// of Unicode allow (UAX #14, which keeps Japanese punctuation off the start of a
// line), also after a backslash, and inside a word only where a word alone is
// too long. It never gives no line.
func wrap(s string, w int) []string {
	w = max(w, minWrap)
	var lines []string
	line, used := "", 0
	for _, piece := range pieces(clean(s)) {
		bare := width(strings.TrimRight(piece, " "))
		if used > 0 && used+bare > w {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		for bare > w {
			var part string
			part, piece = cutColumns(piece, w)
			lines = append(lines, part)
			bare = width(strings.TrimRight(piece, " "))
		}
		line += piece
		used += width(piece)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// minWrap is the narrowest column that still holds a word of most languages.
const minWrap = 8

// pieces cuts s at every place where a line may break.
func pieces(s string) []string {
	var list []string
	state := -1
	for s != "" {
		var segment string
		segment, s, _, state = uniseg.FirstLineSegmentInString(s, state)
		for {
			at := strings.IndexByte(segment, '\\')
			if at < 0 || at == len(segment)-1 {
				break
			}
			list = append(list, segment[:at+1])
			segment = segment[at+1:]
		}
		list = append(list, segment)
	}
	return list
}

// cutColumns cuts s after at most w columns, between characters as people see
// them, and after at least one.
func cutColumns(s string, w int) (before, after string) {
	rest, used, state := s, 0, -1
	for rest != "" {
		var next string
		var wide int
		_, next, wide, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+wide > w && used > 0 {
			break
		}
		used += wide
		rest = next
	}
	return s[:len(s)-len(rest)], rest
}
