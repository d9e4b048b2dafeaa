package explain

import (
	"cmp"
	"slices"
	"strings"
)

// maxQuery bounds what is searched: a pasted exception with its stack has a few
// KiB, and what comes after 16 is no longer about one error.
const maxQuery = 16 << 10

// shortest is the least number of characters of a text that a search by a part
// of it needs: fewer fit too many texts.
const shortest = 6

// near is the least likeness (Dice coefficient of character pairs) at which a
// text that differs in wording still counts; found by trying the variants of
// translated documents.
const near = 0.55

// The ranks of the ways to match, best first; a text adds its length.
const (
	byState     = 9500 // an event with its state
	byEvent     = 9000
	byAlertWord = 8800 // "alert 40"
	byName      = 8500
	byCode      = 8000
	byAlertName = 5010 // a name such as handshake_failure: a longer text that holds it says more
	byAlert     = 7000 // the number alone
	byCore      = 5000 // the query holds a text
	byPart      = 4000 // a text holds the query
	byAlertToo  = 9200 // the number of an alert in an event that reports one
	byLikeness  = 1000
)

// Find lists the entries that a code, an event, an alert or an error text may
// mean, the likeliest first. Case, punctuation, full-width and half-width forms
// and the text's ends do not matter; codes may be hexadecimal, decimal or
// negative.
func (b *Book) Find(query string) []Entry {
	q := parseQuery(query)
	type hit struct {
		entry Entry
		score int
	}
	var hits []hit
	for i, e := range b.entries {
		if score := b.index[i].score(e, q); score > 0 {
			hits = append(hits, hit{e, score})
		}
	}
	if len(hits) == 0 {
		for i, e := range b.entries {
			if likeness := b.index[i].likeness(q); likeness >= near {
				hits = append(hits, hit{e, int(likeness * byLikeness)})
			}
		}
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return cmp.Compare(y.score, x.score) })
	found := make([]Entry, len(hits))
	for i, h := range hits {
		found[i] = h.entry
	}
	return found
}

// folded is an entry made ready for comparing.
type folded struct {
	texts []pattern
	names []string
}

// pattern is a text with gaps: "*" in a file stands for what differs from one message
// to the next, such as a URL.
type pattern struct {
	whole string // without the gaps
	parts []string
}

func foldText(text string) pattern {
	p := pattern{whole: fold(text)}
	for part := range strings.SplitSeq(text, "*") {
		p.parts = append(p.parts, fold(part))
	}
	return p
}

// in says whether the parts stand in s, one behind the other.
func (p pattern) in(s string) bool {
	for _, part := range p.parts {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}

func foldEntry(e Entry) folded {
	var f folded
	for _, lang := range []string{"en", "ja"} {
		for _, text := range e.Texts[lang] {
			f.texts = append(f.texts, foldText(text))
		}
	}
	for _, name := range e.Names {
		f.names = append(f.names, fold(name))
	}
	return f
}

// score says how well an entry fits, 0 for not at all.
func (f folded) score(e Entry, q query) int {
	best := max(f.scoreNumbers(e, q), f.scoreTexts(q))
	for _, name := range f.names {
		if slices.Contains(q.words, name) {
			best = max(best, nameScore(e))
		}
	}
	return best
}

func nameScore(e Entry) int {
	if e.Alert != nil {
		return byAlertName
	}
	return byName
}

func (f folded) scoreNumbers(e Entry, q query) int {
	best := 0
	if e.Event.ID != 0 && slices.Contains(q.numbers, e.Event.ID) {
		switch {
		case e.Event.State == 0:
			best = byEvent
		case slices.Contains(q.numbers, e.Event.State):
			best = byState
		}
	}
	for _, code := range e.Codes {
		if slices.Contains(q.codes, code) {
			best = max(best, byCode)
		}
	}
	if e.Alert != nil && slices.Contains(q.numbers, uint32(*e.Alert)) {
		switch {
		case q.saysAlert:
			best = max(best, byAlertWord)
		case q.onlyNumber && *e.Alert != 0 && !q.saysEvent:
			best = max(best, byAlert)
		case q.reportsAlert:
			best = max(best, byAlertToo)
		}
	}
	return best
}

func (f folded) scoreTexts(q query) int {
	best := 0
	for _, text := range f.texts {
		length := len([]rune(text.whole))
		switch {
		case text.in(q.text):
			best = max(best, byCore+length)
		case len([]rune(q.text)) >= shortest && !q.onlyNumber && strings.Contains(text.whole, q.text):
			best = max(best, byPart-length) // the shorter the text, the more of it was asked for
		}
	}
	return best
}

// likeness is the best Dice coefficient of the entry's texts with the query.
func (f folded) likeness(q query) float64 {
	best := 0.0
	if len([]rune(q.text)) < shortest {
		return best
	}
	asked := pairs(q.text)
	for _, text := range f.texts {
		best = max(best, dice(asked, pairs(text.whole)))
	}
	return best
}

func pairs(s string) map[[2]rune]int {
	runes, set := []rune(s), map[[2]rune]int{}
	for i := 0; i+1 < len(runes); i++ {
		set[[2]rune{runes[i], runes[i+1]}]++
	}
	return set
}

func dice(a, b map[[2]rune]int) float64 {
	common, total := 0, 0
	for p, n := range a {
		common += min(n, b[p])
		total += n
	}
	for _, n := range b {
		total += n
	}
	if total == 0 {
		return 0
	}
	return 2 * float64(common) / float64(total)
}
