package nginx

import (
	"fmt"
	"strings"
	"time"
)

// nginx compares no numbers. The seconds since 1970 have ten digits from 2001 to 2286, so
// that a span of them is a few beginnings: all of $msec that begin with one of them.
const (
	firstSecond = 1_000_000_000
	lastSecond  = 9_999_999_999
)

// between is the pattern of the moments from one on, and before another.
func between(from, to time.Time) string { return pattern(from.Unix(), to.Unix()-1) }

// before is the pattern of the moments before one.
func before(to time.Time) string { return pattern(0, to.Unix()-1) }

// pattern matches the seconds from first to last.
func pattern(first, last int64) string {
	first, last = max(first, firstSecond), min(last, lastSecond)
	if last < first {
		return "~^-" // nothing
	}
	return "~^(" + strings.Join(beginnings(fmt.Sprint(first), fmt.Sprint(last)), "|") + ")"
}

// beginnings are the shortest beginnings of numbers of as many digits from first to last.
func beginnings(first, last string) []string {
	n := 0
	for n < len(first) && first[n] == last[n] {
		n++
	}
	switch same := first[:n]; {
	case n == len(first):
		return []string{same}
	case all(first[n:], '0') && all(last[n:], '9'):
		return []string{same}
	}
	var list []string
	head := first[:n]
	low, high := first[n], last[n]
	if !all(first[n+1:], '0') {
		list = append(list, beginnings(first, head+string(low)+strings.Repeat("9", len(first)-n-1))...)
		low++
	}
	end := high
	if !all(last[n+1:], '9') {
		end--
	}
	if low <= end {
		list = append(list, head+digits(low, end))
	}
	if end != high {
		list = append(list, beginnings(head+string(high)+strings.Repeat("0", len(last)-n-1), last)...)
	}
	return list
}

func all(s string, digit byte) bool { return strings.Trim(s, string(rune(digit))) == "" }

// digits is a class of digits.
func digits(low, high byte) string {
	if low == high {
		return string(rune(low))
	}
	return "[" + string(rune(low)) + "-" + string(rune(high)) + "]"
}
