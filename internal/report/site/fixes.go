package site

import (
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// demand is what a service takes, and who says so.
type demand struct {
	Accepts, Certainty string
	Sources            []source
}

type source struct {
	URL  string // "" if it is no address that a page may lead to
	Word string
	Says string
}

// maxSources bounds the sources that a page names.
const maxSources = 8

func (b *builder) demand(s *document.Service) *demand {
	d := &demand{Certainty: fleetparts.Short(b.W.Certainty(s))}
	if s.Accepts != nil {
		d.Accepts = fleetparts.Short(b.W.Acceptance(s.Accepts))
	}
	for _, c := range s.Citations[:min(len(s.Citations), maxSources)] {
		says := c.Says
		if own := c.SaysIn[b.W.Lang()]; own != "" {
			says = own
		}
		one := source{Word: fleetparts.Short(c.URL), Says: fleetparts.Short(says)}
		if strings.HasPrefix(c.URL, "https://") && one.Word == c.URL {
			one.URL = c.URL
		}
		d.Sources = append(d.Sources, one)
	}
	if d.Accepts == "" && len(d.Sources) == 0 {
		return nil
	}
	return d
}

// hostFix is what helps a host: as for its group, with what stands there now.
func (b *builder) hostFix(g *document.FleetGroup, s *document.FleetHostService) *fleetparts.Fix {
	own := b.fixes[s.Fix]
	if own == nil {
		return b.Fix(g)
	}
	of := *g
	of.Changes = own.Changes
	return b.Fix(&of)
}

// commands are the fix of a host and its undo, to be pasted at its prompt.
type commands struct {
	Apply, Undo                  string
	ApplyTitle, UndoTitle, Where string
}

// maxCommands bounds both in bytes, so that a page stays small. Who has more to change
// takes the files of "tlsready fix".
const maxCommands = 30 << 10

// commands are nil where a value cannot be typed or the undo is not known.
func (b *builder) commands(h *document.FleetHost, s *document.FleetHostService) *commands {
	own := b.fixes[s.Fix]
	if own == nil {
		return nil
	}
	one := &document.Host{OS: h.OS, Changes: own.Changes}
	apply, ok := view.RegCommands(one, false)
	undo, known := view.RegCommands(one, true)
	c := &commands{strings.Join(apply, "\n"), strings.Join(undo, "\n"), b.W.T("html.apply"), b.W.T("html.undo"), b.W.T("html.elevated")}
	if !ok || !known || len(c.Apply)+len(c.Undo) > maxCommands {
		return nil
	}
	return c
}
