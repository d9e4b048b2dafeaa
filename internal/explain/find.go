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

// nearLatin is the same for texts in Latin letters, of which unlike ones share more pairs.
const nearLatin = 0.8

// A message whose end was cut off is known by its beginning: at least cutLeast
// characters and at least cutShare of the text.
const (
	cutLeast = 24
	cutShare = 0.6
)

// smallCode is the smallest decimal number that is taken for a code inside a text; smaller
// ones are counts, ports, lines and processes there.
const smallCode = 10000

// The ranks of the ways to match, best first; a text adds its length.
const (
	byState     = 9500 // an event with its state
	byAlertToo  = 9200 // the number of an alert in an event that reports one
	byEvent     = 9000
	byAlertWord = 8800 // "alert 40"
	byName      = 8500
	byCode      = 8000
	byAlert     = 7000 // the number alone
	byReason    = 5005 // a code of OpenSSL
	byAlertName = 5010 // a name such as handshake_failure: a longer text that holds it says more
	byCore      = 5000 // the query holds a text
	byCut       = 4400 // the query holds the beginning of a text
	byWrapper   = 4100 // the query holds a text that wraps others
	byPart      = 4000 // a text holds the query
	byLikeness  = 1000
)

type hit struct {
	at    int // in the book
	score int
}

// Find lists the entries that a code, an event, an alert or an error text may
// mean, the likeliest first. Case, punctuation, full-width and half-width forms
// and the text's ends do not matter; codes may be hexadecimal, decimal or
// negative.
func (b *Book) Find(query string) []Entry {
	q := parseQuery(query)
	var hits []hit
	for i, e := range b.entries {
		if score := b.index[i].score(e, &q); score > 0 {
			hits = append(hits, hit{i, score})
		}
	}
	hits = b.withStates(hits, &q)
	if len(hits) == 0 && !q.onlyNumber {
		for i := range b.entries {
			if likeness := b.index[i].likeness(&q); likeness >= near {
				hits = append(hits, hit{i, int(likeness * byLikeness)})
			}
		}
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return cmp.Compare(y.score, x.score) })
	found := make([]Entry, len(hits))
	for i, h := range hits {
		found[i] = b.entryFor(h.at, &q)
	}
	return found
}

// withStates adds the entries of an event's states if the event was found by its words
// and the state is given with them.
func (b *Book) withStates(hits []hit, q *query) []hit {
	for _, h := range slices.Clone(hits) {
		event := b.entries[h.at].Event
		if event.ID == 0 || event.State != 0 || h.score >= byEvent {
			continue
		}
		for i, e := range b.entries {
			known := slices.ContainsFunc(hits, func(other hit) bool { return other.at == i })
			if e.Event.ID == event.ID && e.Event.State != 0 && slices.Contains(q.numbers, e.Event.State) && !known {
				hits = append(hits, hit{i, h.score + 1})
			}
		}
	}
	return hits
}

// entryFor is an entry as the answer to a query. If a program with its own TLS reports
// the alert, the answer first says that the registry cannot change it.
func (b *Book) entryFor(at int, q *query) Entry {
	e := b.entries[at]
	if !q.ownTLS || e.Alert == nil || slices.ContainsFunc(e.Causes, func(c Cause) bool { return c.ID == b.own.ID }) {
		return e
	}
	e.Causes = append([]Cause{b.own}, e.Causes...)
	return e
}

// folded is an entry made ready for comparing.
type folded struct {
	texts  []pattern
	names  []string
	alerts []string // "alert" and its like with the name of the alert behind it
}

// pattern is a text with gaps: "*" in a file stands for what differs from one message
// to the next, such as a URL.
type pattern struct {
	whole  string // without the gaps
	parts  []string
	digits []string // runs of digits: a text with other numbers is another message
	tokens []string // numbers that have to stand in the query by themselves
	length int      // of whole, in characters
	ends   []int    // where in whole a truncated message may end, the longest first; in bytes
}

func foldText(text string) pattern {
	p := pattern{whole: fold(text)}
	for part := range strings.SplitSeq(text, "*") {
		p.parts = append(p.parts, fold(part))
	}
	p.digits = digitForm().FindAllString(p.whole, -1)
	bare := strings.Trim(p.whole, "0123456789") == ""
	for _, token := range tokens(strings.ToLower(text)) {
		if bare || len(token) >= longToken {
			p.tokens = append(p.tokens, token)
		}
	}
	p.length = len([]rune(p.whole))
	if least := max(cutLeast, int(float64(p.length)*cutShare)); len(p.parts) == 1 && len(p.digits) == 0 && p.length > least {
		n := 0
		for at := range p.whole {
			if n >= least {
				p.ends = append([]int{at}, p.ends...)
			}
			n++
		}
	}
	return p
}

// longToken is how long a number must be to be searched for by itself: shorter ones are
// parts of versions and names, which people write in several ways.
const longToken = 3

// in says whether the query contains the parts, one after the other, and the numbers as
// numbers: 0x80094766 does not contain 4.7.66.
func (p pattern) in(q *query) bool {
	if slices.ContainsFunc(p.tokens, func(token string) bool { return !slices.Contains(q.tokens, token) }) {
		return false
	}
	s := q.text
	for _, part := range p.parts {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}

// cut says how many characters of the text's beginning end the query, 0 if they are too
// few for a truncated message.
func (p pattern) cut(s string) int {
	for i, end := range p.ends {
		if strings.HasSuffix(s, p.whole[:end]) {
			return p.length - 1 - i
		}
	}
	return 0
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
		if e.Alert != nil {
			f.alerts = append(f.alerts, "alert"+fold(name), "fatal"+fold(name), "description"+fold(name))
		}
		if rest, ok := strings.CutPrefix(name, "ERROR_INTERNET_"); ok { // the HRESULT of the same error
			f.names = append(f.names, fold("WININET_E_"+rest))
		}
	}
	return f
}

// score says how well an entry fits, 0 for not at all.
func (f folded) score(e Entry, q *query) int {
	best := max(f.scoreNumbers(e, q), f.scoreTexts(e, q))
	for _, name := range f.names {
		if slices.Contains(q.words, name) {
			best = max(best, nameScore(e))
		}
	}
	for _, name := range f.alerts {
		if q.saysAlert && strings.Contains(q.text, name) {
			best = max(best, byAlertName)
		}
	}
	return best
}

func nameScore(e Entry) int {
	switch {
	case e.Alert != nil:
		return byAlertName
	case e.Wraps:
		return byWrapper
	}
	return byName
}

func (f folded) scoreNumbers(e Entry, q *query) int {
	best := 0
	if e.Event.ID != 0 && slices.Contains(q.numbers, e.Event.ID) {
		switch {
		case e.Event.State == 0:
			best = byEvent
		case slices.Contains(q.numbers, e.Event.State):
			best = byState
		}
	}
	if e.Event.State != 0 && q.saysSchannel && slices.Contains(q.numbers, e.Event.State) {
		best = max(best, byCode)
	}
	for _, code := range e.Codes {
		switch {
		case !slices.Contains(q.codes, code) || code < smallCode && !q.onlyNumber && !slices.Contains(q.marked, code):
		case e.Wraps:
			best = max(best, byWrapper)
		default:
			best = max(best, byCode)
		}
	}
	for _, reason := range e.OpenSSL {
		if slices.Contains(q.reasons, reason) {
			best = max(best, byReason)
		}
	}
	if e.Alert != nil {
		best = max(best, alertScore(uint32(*e.Alert), q))
	}
	return best
}

// alertScore says how plainly the query means the alert of a number.
func alertScore(alert uint32, q *query) int {
	switch {
	case slices.Contains(q.reasons, opensslAlert+alert):
		return byAlertName
	case slices.Contains(q.alerts, alert) && q.ownTLS:
		return byAlertName // such a program's own words say more than the bare number
	case slices.Contains(q.alerts, alert) && q.reportsIt:
		return byAlertToo
	case slices.Contains(q.alerts, alert):
		return byAlertWord
	case !slices.Contains(q.numbers, alert):
		return 0
	case q.onlyNumber && alert != 0 && !q.saysEvent:
		return byAlert
	case q.reportsIt && !q.saysAlert:
		return byAlertToo
	}
	return 0
}

func (f folded) scoreTexts(e Entry, q *query) int {
	best, core := 0, byCore
	if e.Wraps {
		core = byWrapper
	}
	for _, text := range f.texts {
		length := text.length
		switch {
		case text.in(q):
			best = max(best, core+length)
		case q.partOf(text.whole, length):
			best = max(best, byPart-length) // the shorter the text, the more of it was asked for
		default:
			if n := text.cut(q.text); n > 0 {
				best = max(best, byCut+n)
			}
		}
	}
	return best
}

// partOf says whether the query is enough of a text to mean it: a third of it, and more
// than one word.
func (q *query) partOf(text string, length int) bool {
	n := len([]rune(q.text))
	return n >= shortest && n*3 >= length && !q.onlyNumber && !q.oneWord && strings.Contains(text, q.text)
}

// likeness is the best Dice coefficient of the entry's texts with the query. A text with
// other numbers is another message, however alike the words are.
func (f folded) likeness(q *query) float64 {
	best := 0.0
	if len([]rune(q.text)) < shortest || q.oneWord {
		return best
	}
	asked := pairs(q.text)
	scale := 1.0
	if q.latin {
		scale = near / nearLatin
	}
	for _, text := range f.texts {
		if slices.ContainsFunc(text.digits, func(run string) bool { return !slices.Contains(q.digits, run) }) {
			continue
		}
		best = max(best, scale*dice(asked, pairs(text.whole)))
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
