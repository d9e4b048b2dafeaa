package page

import (
	"context"
	"path"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
)

// WhatIf is what another day, service or recipe would make of the hosts of the last
// check.
type WhatIf struct {
	Headline string   `json:"headline"`
	Before   string   `json:"before"` // the headline as it is
	Gain     []Moved  `json:"gain"`   // hosts that then connect and do not now
	Lose     []Moved  `json:"lose"`   // hosts that connect now and then do not
	Other    []Moved  `json:"other"`  // hosts that change in another way
	Same     int      `json:"same"`
	Assumed  []string `json:"assumed"` // the recipe, and what is to be said of it
	Warnings []string `json:"warnings"`
}

// Moved is a host whose verdict changes.
type Moved struct {
	Host   string `json:"host"`
	Before string `json:"before"` // verdicts
	After  string `json:"after"`
	Why    string `json:"why,omitempty"` // of a host that then fails or is not judged
}

// WhatIf asks the hosts of the last check another question. Its sources are those of
// that check.
func (s *Session) WhatIf(ctx context.Context, q Question, lang string) (*WhatIf, error) {
	if s.last == nil {
		return nil, errNothing
	}
	q.Sources, q.Label, q.Today = s.last.Sources, s.last.Label, s.last.Today
	if q.OS == "" {
		q.OS = s.last.OS
	}
	other, err := s.run(ctx, q)
	if err != nil {
		return nil, err
	}
	s.other = other
	words := digest.NewWords(lang)
	doc, was := other.document(message.For(lang)), s.last.document(message.For(lang))
	if doc.Assumed != nil { // it was dropped, and lies in no folder of the user's
		doc.Assumed.Recipe = path.Base(doc.Assumed.Recipe)
	}
	w := &WhatIf{
		Headline: words.Headline(digest.Of(doc)), Before: words.Headline(digest.Of(was)),
		Gain: []Moved{}, Lose: []Moved{}, Other: []Moved{}, Warnings: []string{}, Assumed: words.Assumed(doc),
	}
	for _, text := range other.warnings {
		w.Warnings = append(w.Warnings, message.For(lang).Render(text))
	}
	w.compare(verdicts(was), verdicts(doc))
	return w, nil
}

// Take makes what was asked by WhatIf the result.
func (s *Session) Take(lang string) (*Result, error) {
	if s.other == nil {
		return nil, errNothing
	}
	s.last, s.other = s.other, nil
	return s.result(s.last, lang)
}

// compare sorts the hosts by what becomes of them.
func (w *WhatIf) compare(before, after map[string]Moved) {
	for host, now := range after {
		m := Moved{Host: host, Before: before[host].After, After: now.After, Why: now.Why}
		connected, connects := m.Before == document.Connects, m.After == document.Connects
		switch {
		case m.Before == m.After:
			w.Same++
		case connects:
			w.Gain = append(w.Gain, m)
		case connected:
			w.Lose = append(w.Lose, m)
		default:
			w.Other = append(w.Other, m)
		}
	}
	for _, list := range [][]Moved{w.Gain, w.Lose, w.Other} {
		slices.SortFunc(list, func(a, b Moved) int { return strings.Compare(a.Host, b.Host) })
	}
}

// verdicts gives the worst outcome of each host, with its first reason.
func verdicts(c *document.Check) map[string]Moved {
	worst := make(map[string]Moved, c.Summary.Hosts)
	for i := range c.Hosts {
		h := &c.Hosts[i]
		if had, known := worst[h.Host]; !known || document.Rank(h.Verdict) < document.Rank(had.After) {
			worst[h.Host] = Moved{Host: h.Host, After: h.Verdict}
		}
	}
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		m, known := worst[v.Host]
		if !known || m.Why != "" || v.Verdict != m.After || v.Verdict == document.Connects || len(v.Reasons) == 0 {
			continue
		}
		m.Why = v.Reasons[0].Text
		worst[v.Host] = m
	}
	return worst
}

// Meaning is what an error may mean, in one language.
type Meaning struct {
	Title   string              `json:"title"`
	Note    string              `json:"note,omitempty"`
	Causes  []Cause             `json:"causes"`
	Collect []string            `json:"collect"`
	Sources []document.Citation `json:"sources"`
	Also    []string            `json:"also"` // less likely meanings
	Here    []Here              `json:"here"` // what the last check found
}

// Cause is a likely cause and what tells it from the others.
type Cause struct {
	Text string `json:"text"`
	Tell string `json:"tell"`
}

// Here is a group of the checked hosts with what was found there.
type Here struct {
	Verdict string `json:"verdict"`
	Hosts   string `json:"hosts"`
	Why     string `json:"why"`
	Set     string `json:"set,omitempty"` // what is to be set
}

// maxAlso is how many further meanings are named.
const maxAlso = 5

// maxPasted bounds a pasted text, in bytes: a stack trace is far below it.
const maxPasted = 1 << 20

// tooLong refuses a text that nobody pasted on purpose.
func tooLong(text string) error {
	if len(text) <= maxPasted {
		return nil
	}
	return message.Error("web.error.pasted", message.Int("limit", maxPasted))
}
