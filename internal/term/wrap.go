package term

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width is the number of terminal columns that s takes; East Asian wide
// characters take two (UAX #11; ambiguous ones count as one).
func Width(s string) int { return uniseg.StringWidth(s) }

// Pad fills s with spaces on the right up to w columns.
func Pad(s string, w int) string { return s + blanks(w-Width(s)) }

// PadLeft fills s with spaces on the left up to w columns.
func PadLeft(s string, w int) string { return blanks(w-Width(s)) + s }

func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }

// MinWrap is the narrowest column that text is wrapped to: it still holds a word
// of most languages.
const MinWrap = 8

// Wrap breaks s, made [Safe], into lines of at most w columns, where the line
// breaking rules of Unicode allow (UAX #14, which keeps Japanese punctuation off
// the start of a line). A backslash allows a break too, since registry keys are
// long; a hyphen does not, so that --flag and azure-backup stay whole. A word is
// broken only if it alone is too long. It always gives at least one line.
func Wrap(s string, w int) []string {
	w = max(w, MinWrap)
	var lines []string
	line, used := "", 0
	for _, piece := range pieces(Safe(s)) {
		bare := Width(strings.TrimRight(piece, " "))
		if used > 0 && used+bare > w {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		for bare > w {
			var part string
			part, piece = cut(piece, w)
			lines = append(lines, part)
			bare = Width(strings.TrimRight(piece, " "))
		}
		line += piece
		used += Width(piece)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// pieces cuts s wherever a line may break.
func pieces(s string) []string {
	var list []string
	state := -1
	for s != "" {
		var segment string
		segment, s, _, state = uniseg.FirstLineSegmentInString(s, state)
		for strings.HasSuffix(segment, "-") && s != "" {
			var more string
			more, s, _, state = uniseg.FirstLineSegmentInString(s, state)
			segment += more
		}
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

// cut cuts s after at most w columns, between characters as people see them, and
// after at least one.
func cut(s string, w int) (before, after string) {
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
