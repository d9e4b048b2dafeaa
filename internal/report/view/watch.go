package view

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// WatchGroup is clients of which the same is said.
type WatchGroup struct {
	Class   string
	Stack   string // for people; "" if it is not known
	Why     message.Text
	Remedy  message.Text
	Clients []*document.WatchClient
	Last    time.Time // the last time that one of them came with too little, or else at all
}

// WatchGroups puts clients together that would end alike for the same reason, and of whom
// the same is asked: the most urgent class first, in it the largest group.
func WatchGroups(clients []document.WatchClient) []*WatchGroup {
	type alike struct{ class, stack, why, remedy string }
	var groups []*WatchGroup
	at, english := map[alike]*WatchGroup{}, englishOnce()
	for i := range clients {
		c := &clients[i]
		stack, key := cmp.Or(c.StackName, c.Stack), alike{class: c.Class}
		if c.Class != document.ClassSurvives && c.Class != document.ClassBetter && c.Class != document.ClassProven {
			key = alike{c.Class, stack, english(c.Why), english(c.Remedy)}
		}
		g := at[key]
		if g == nil {
			g = &WatchGroup{Class: c.Class, Stack: stack, Why: c.Why, Remedy: c.Remedy}
			at[key] = g
			groups = append(groups, g)
		}
		g.Clients = append(g.Clients, c)
		if last := cmpTime(c.LastOld, c.Last); last.After(g.Last) {
			g.Last = last
		}
	}
	order := document.WatchClasses()
	slices.SortStableFunc(groups, func(a, b *WatchGroup) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Class), slices.Index(order, b.Class)), cmp.Compare(len(b.Clients), len(a.Clients)))
	})
	return groups
}

// englishOnce gives texts in English, and those that share their arguments, as those of
// many thousands of clients do, from memory.
func englishOnce() func(message.Text) string {
	type shared struct {
		id   string
		args *message.Arg
	}
	have := map[shared]string{}
	return func(t message.Text) string {
		if len(t.Args) == 0 {
			return message.English(t)
		}
		key := shared{t.ID, &t.Args[0]}
		text, ok := have[key]
		if !ok {
			text = message.English(t)
			have[key] = text
		}
		return text
	}
}

func cmpTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// WatchName is what a client is called: its machine's name with its address, and its
// owner if somebody asked for owners.
func WatchName(c *document.WatchClient) string {
	name := cmp.Or(c.Client, "-")
	if len(c.Names) > 0 {
		name = c.Names[0] + " (" + name + ")"
	}
	return name
}

// WatchState is how urgent a sum is, as a verdict.
func WatchState(s *document.WatchSummary) string {
	switch {
	case s.Cannot > 0:
		return document.Fails
	case s.Likely+s.Unknown > 0 || s.Clients == 0:
		return document.Unknown
	}
	return document.Connects
}

// WatchHeadline is the sentence that decides.
func WatchHeadline(w *message.Catalog, s *document.WatchSummary) string {
	n, likely, all := message.Int("n", s.Cannot), message.Int("likely", s.Likely), message.Int("all", s.Clients)
	switch {
	case s.Clients == 0:
		return w.Text("watch.head.none")
	case s.Cannot > 0 && s.Likely > 0:
		return w.Text("watch.head.both", n, likely, all)
	case s.Cannot > 0:
		return w.Text("watch.head.cannot", n, all)
	case s.Likely > 0:
		return w.Text("watch.head.likely", likely, all)
	case s.Unknown > 0:
		return w.Text("watch.head.unknown", message.Int("n", s.Unknown), all)
	}
	if s.Clients == 1 {
		return w.Text("watch.head.survive.one")
	}
	return w.Text("watch.head.survive", all)
}

// WatchTotals counts the clients by class and the connections by version.
func WatchTotals(w *message.Catalog, s *document.WatchSummary) string {
	var parts []string
	for _, one := range []struct {
		id string
		n  int
	}{
		{"cannot", s.Cannot},
		{"likely", s.Likely},
		{"unknown", s.Unknown},
		{"survive", s.Survive},
		{"kept-down", s.KeptDown},
		{"proven", s.Proven},
		{"could-do-better", s.Better},
	} {
		if one.n > 0 {
			parts = append(parts, w.Text("watch.total."+one.id, message.Int("n", one.n)))
		}
	}
	return strings.Join(parts, " · ")
}

// WatchVersions counts the connections by what was agreed on.
func WatchVersions(w *message.Catalog, s *document.WatchSummary) string {
	parts := []string{w.Text("watch.connections", message.Int("n", s.Connections))}
	for _, v := range VersionsOf(s.Negotiated) {
		parts = append(parts, v.String()+": "+strconv.Itoa(s.Negotiated[v]))
	}
	if s.QUIC > 0 {
		parts = append(parts, "QUIC: "+strconv.Itoa(s.QUIC))
	}
	if s.Refused > 0 {
		parts = append(parts, w.Text("watch.refused", message.Int("n", s.Refused)))
	}
	return strings.Join(parts, " · ")
}

// WatchSpan is what the sources cover.
func WatchSpan(w *message.Catalog, c *document.WatchCoverage) string {
	files := message.Int("files", len(c.Sources))
	if c.From.IsZero() {
		return w.Text("watch.span.none", files)
	}
	args := []message.Arg{files, message.Int("days", c.Days), message.Int("gaps", len(c.Gaps)), message.Str("from", Moment(c.From)), message.Str("to", Moment(c.To))}
	if len(c.Gaps) > 0 {
		return w.Text("watch.span.gaps", args...)
	}
	return w.Text("watch.span", args...)
}

// WatchTroubles are what there is to know of the sources: what was not read, lines that
// were not understood, formats without a version, clocks that differ, and what did not
// fit into memory.
func WatchTroubles(w *message.Catalog, c *document.WatchCoverage) []string {
	var list []string
	passed := 0
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.PassedOver {
			passed++
			continue
		}
		for _, t := range []message.Text{hinted(s.Error, s.Hint), s.Missing} {
			if !t.IsZero() {
				list = append(list, w.Render(message.New("problem.at", message.Str("where", s.Source), message.Sub("what", t))))
			}
		}
		for _, l := range s.Losses {
			id := "watch.loss"
			if l.Example != "" {
				id = "watch.loss.example"
			}
			list = append(list, w.Render(message.New(id, message.Str("where", cmp.Or(l.Where, s.Source)), message.Sub("what", l.What), message.Int("n", l.Count), message.Str("example", l.Example))))
		}
	}
	list = append(list, watchAssumed(w, c)...)
	if passed > 0 {
		list = append(list, w.Text("watch.passed-over", message.Int("n", passed)))
	}
	for _, s := range c.Skews {
		list = append(list, w.Text("watch.skew", message.Str("one", s.One), message.Str("other", s.Other),
			message.Str("seconds", seconds(s.Seconds)), message.Int("n", s.Connections)))
	}
	for _, t := range c.Overflow {
		list = append(list, w.Render(t))
	}
	return list
}

// hinted is a text with what helps, if anything is known to.
func hinted(what, hint message.Text) message.Text {
	if hint.IsZero() {
		return what
	}
	return message.New("watch.hinted", message.Sub("what", what), message.Sub("hint", hint))
}

// watchAssumed says once what was taken for granted of several sources.
func watchAssumed(w *message.Catalog, c *document.WatchCoverage) []string {
	var order, list []string
	sources := map[string][]string{}
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Assumed.IsZero() {
			continue
		}
		text := w.Render(s.Assumed)
		if sources[text] == nil {
			order = append(order, text)
		}
		sources[text] = append(sources[text], s.Source)
	}
	for _, text := range order {
		id, more := "watch.assumed", len(sources[text])-1
		if more > 0 {
			id = "watch.assumed.many"
		}
		list = append(list, w.Text(id, message.Str("where", sources[text][0]), message.Int("n", more), message.Str("what", text)))
	}
	return list
}

// VersionsOf are the versions of a count, oldest first.
func VersionsOf(counts map[tlsready.Version]int) []tlsready.Version {
	return slices.SortedFunc(maps.Keys(counts), func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
}

// Moment is a time for people, to the minute, in UTC; "" for none.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) }
