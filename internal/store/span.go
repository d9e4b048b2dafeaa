package store

import (
	"cmp"
	"slices"
	"time"
)

// Ordered is a time of a [Span]: moments or days.
type Ordered interface{ time.Time | Day }

// Add is the history with something that was found at a moment. The history is sorted
// and its spans do not meet; so is the result. What is there already changes nothing.
// Something else at a moment within a span splits it: of the moments between its ends it
// is not known any more who looked.
func Add[T Ordered](history []Span[T], at T, found Hash) []Span[T] {
	var list []Span[T]
	for _, s := range history {
		switch {
		case s.Hash == found || compare(s.To, at) < 0 || compare(at, s.From) < 0:
			list = append(list, s)
			continue
		case compare(s.From, at) < 0:
			list = append(list, Span[T]{s.From, s.From, s.Hash})
		}
		if compare(at, s.To) < 0 {
			list = append(list, Span[T]{s.To, s.To, s.Hash})
		}
	}
	list = append(list, Span[T]{at, at, found})
	slices.SortFunc(list, func(a, b Span[T]) int { return cmp.Or(compare(a.From, b.From), compare(a.To, b.To)) })
	return joined(list)
}

// joined makes one span of neighbours with the same content.
func joined[T Ordered](list []Span[T]) []Span[T] {
	out := list[:0]
	for _, s := range list {
		if last := len(out) - 1; last >= 0 && out[last].Hash == s.Hash {
			if compare(out[last].To, s.To) < 0 {
				out[last].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

func compare[T Ordered](a, b T) int {
	switch a := any(a).(type) {
	case time.Time:
		return a.Compare(any(b).(time.Time))
	case Day:
		return cmp.Compare(a, any(b).(Day))
	}
	return 0
}
