package store

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// Proves how something that was found at a moment changes a history.
func TestAdd(t *testing.T) {
	span := func(from, to Day, hash Hash) Span[Day] { return Span[Day]{from, to, hash} }
	for name, c := range map[string]struct {
		have []Span[Day]
		at   Day
		hash Hash
		want []Span[Day]
	}{
		"first":              {nil, "05", "a", []Span[Day]{span("05", "05", "a")}},
		"same later":         {[]Span[Day]{span("01", "03", "a")}, "05", "a", []Span[Day]{span("01", "05", "a")}},
		"same earlier":       {[]Span[Day]{span("03", "04", "a")}, "01", "a", []Span[Day]{span("01", "04", "a")}},
		"same within":        {[]Span[Day]{span("01", "05", "a")}, "03", "a", []Span[Day]{span("01", "05", "a")}},
		"other later":        {[]Span[Day]{span("01", "03", "a")}, "05", "b", []Span[Day]{span("01", "03", "a"), span("05", "05", "b")}},
		"other earlier":      {[]Span[Day]{span("03", "04", "a")}, "01", "b", []Span[Day]{span("01", "01", "b"), span("03", "04", "a")}},
		"other within":       {[]Span[Day]{span("01", "05", "a")}, "03", "b", []Span[Day]{span("01", "01", "a"), span("03", "03", "b"), span("05", "05", "a")}},
		"other at the end":   {[]Span[Day]{span("01", "05", "a")}, "05", "b", []Span[Day]{span("01", "01", "a"), span("05", "05", "b")}},
		"other at the start": {[]Span[Day]{span("01", "05", "a")}, "01", "b", []Span[Day]{span("01", "01", "b"), span("05", "05", "a")}},
		"other at one day":   {[]Span[Day]{span("05", "05", "a")}, "05", "b", []Span[Day]{span("05", "05", "b")}},
		"between two":        {[]Span[Day]{span("01", "02", "a"), span("05", "06", "b")}, "04", "b", []Span[Day]{span("01", "02", "a"), span("04", "06", "b")}},
	} {
		if got := Add(c.have, c.at, c.hash); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Proves for any results in any order that adding one again changes nothing, that spans
// are sorted and do not meet, and that neighbours differ.
func TestAddAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var list []Span[Day]
		for range random.IntN(20) {
			at, hash := Day('a'+rune(random.IntN(12))), Hash('x'+rune(random.IntN(3)))
			list = Add(list, at, hash)
			if again := Add(list, at, hash); !reflect.DeepEqual(again, list) {
				t.Fatalf("%v + %s %s: %v", list, at, hash, again)
			}
			for i, s := range list {
				if s.To < s.From || i > 0 && (list[i-1].To >= s.From || list[i-1].Hash == s.Hash) {
					t.Fatalf("%v", list)
				}
			}
		}
	}
}
