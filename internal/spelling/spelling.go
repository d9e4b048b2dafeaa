// Package spelling compares words as people mistype them: letters, blanks, characters of
// double width, parts left out.
package spelling

import (
	"strings"
	"unicode"
)

// Distance is the number of letters put in, left out, changed or swapped with the next
// between two words; more than most is most+1. Bytes are compared: a character outside of
// ASCII counts for as many letters as it has bytes.
func Distance(a, b string, most int) int {
	far := most + 1
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return far
	}
	if a == b {
		return 0
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			changed := last[j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			row[j] = min(last[j]+1, row[j-1]+1, changed)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return far
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], far)
}

// Strip drops case, blanks, dots and backslashes, which are lost most easily.
func Strip(s string) string { return dropping(s, ".\\") }

// Squeeze drops case and blanks alone.
func Squeeze(s string) string { return dropping(s, "") }

// dropping lowers a text, makes full-width characters (U+FF01 to U+FF5E) plain ones,
// and drops some, with every kind of blank.
func dropping(s, some string) string {
	return strings.Map(func(r rune) rune {
		const fullWidth, zeroWidth, mark = 0xff01 - '!', 0x200b, 0xfeff
		if r >= '!'+fullWidth && r <= '~'+fullWidth {
			r -= fullWidth
		}
		if unicode.IsSpace(r) || r == zeroWidth || r == mark || strings.ContainsRune(some, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// IsPart says that all letters of a word stand in another one, in the same order.
func IsPart(part, whole string) bool {
	i := 0
	for j := 0; j < len(whole) && i < len(part); j++ {
		if whole[j] == part[i] {
			i++
		}
	}
	return i == len(part)
}
