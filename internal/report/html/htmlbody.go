package html

import (
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// htmlBody is what opens below a group's line.
type htmlBody struct {
	Meetings []htmlMeeting
	Exposure string
	Reasons  []htmlReason
	First    []string // prerequisites
	Changes  []string
	FixNote  string // if there is nothing to set
	Apply    string // reg.exe lines
	Undo     string
	FixLines []htmlTerm
	Warnings []document.Note
}

type (
	htmlMeeting struct {
		Verdict, Word, Sign, Offer, Accepts, Cause, When string
		Stacks                                           []string
		Lists, AcceptLists                               []htmlItems
	}
	htmlItems struct {
		Title string
		Items []string
	}
	htmlReason struct {
		Rule, Text, Basis   string
		Evidence, Citations []string
	}
)

func (b *pageBuilder) body(g *view.Group, today string) htmlBody {
	h := g.First()
	body := htmlBody{Warnings: view.Warnings(g), Exposure: b.w.Exposure(h)}
	for _, s := range view.Meetings(g, b.w.Words) {
		body.Meetings = append(body.Meetings, b.meeting(s, g.Service, today))
	}
	for _, r := range view.Reasons(g) {
		made := htmlReason{Rule: r.Rule, Text: r.Text, Citations: r.Citations}
		if r.Basis != "" {
			made.Basis = b.w.Code("basis", r.Basis)
		}
		for _, s := range r.Settings {
			made.Evidence = append(made.Evidence, b.w.Evidence(s))
		}
		body.Reasons = append(body.Reasons, made)
	}
	b.fix(&body, g)
	return body
}

func (b *pageBuilder) meeting(s view.Meeting, of *document.Service, today string) htmlMeeting {
	made := htmlMeeting{
		Verdict: s.Verdict.Verdict, Word: b.w.Code("verdict", s.Verdict.Verdict), Sign: view.Sign(s.Verdict.Verdict),
		Offer: b.w.Offered(s.Offer), Accepts: b.w.Acceptance(s.Accepts), Stacks: s.Stacks,
		When: b.w.When(of, s.Verdict.Verdict, s.FailsFrom, today),
	}
	if s.Cause != nil {
		made.Cause = b.w.Code("cause", *s.Cause)
	}
	if o := s.Offer; o != nil {
		made.Lists = b.lists(o.Suites, o.Groups, o.SignatureAlgorithms)
	}
	if a := s.Accepts; a != nil {
		made.AcceptLists = b.lists(view.Texts(a.Suites.List()), view.Texts(a.Groups.List()), view.Texts(a.SignatureAlgorithms.List()))
	}
	return made
}

// lists are the long axes of an offer or an acceptance, those that name anything.
func (b *pageBuilder) lists(suites, groups, signatures []string) []htmlItems {
	var list []htmlItems
	for _, axis := range []struct {
		id    string
		items []string
	}{{"accepts.suites", suites}, {"accepts.groups", groups}, {"accepts.signatures", signatures}} {
		if len(axis.items) > 0 {
			list = append(list, htmlItems{b.w.T(axis.id, message.Int("n", len(axis.items))), axis.items})
		}
	}
	return list
}

func (b *pageBuilder) fix(body *htmlBody, g *view.Group) {
	h := g.First()
	for _, p := range h.Prerequisites {
		text := b.w.Prerequisite(p)
		if p.Text != "" {
			text += ": " + p.Text
		}
		body.First = append(body.First, text)
	}
	for _, s := range view.ChangeSettings(h.Changes) {
		body.Changes = append(body.Changes, b.w.Change(s))
	}
	apply, ok := view.RegCommands(h, false)
	undo, exact := view.RegCommands(h, true)
	body.Apply = strings.Join(apply, "\n")
	body.Undo = strings.Join(undo, "\n")
	switch {
	case len(h.Changes)+len(h.Prerequisites) > 0:
		body.FixLines = append(body.FixLines, htmlTerm{b.w.T("label.restart"), b.w.Restart(h)})
		if len(h.Changes) > 0 && (!ok || !exact) {
			body.FixNote = b.w.T("html.inexact")
		}
	case h.Verdict == document.Connects:
		body.FixNote = b.w.T("html.nofix")
	default:
		body.FixNote = b.w.FixOf(g)
	}
	for _, one := range []htmlTerm{{b.w.T("label.already-set"), b.w.AlreadySet(h)}, {b.w.T("label.redundant"), b.w.Redundant(h)}} {
		if one.Text != "" {
			body.FixLines = append(body.FixLines, one)
		}
	}
	for _, e := range h.Effects {
		body.FixLines = append(body.FixLines, htmlTerm{b.w.T("label.effect"), b.w.Effect(e)})
	}
	if h.Documented != nil {
		body.FixLines = append(body.FixLines, htmlTerm{b.w.T("label.documented"), b.w.Documented(h.Documented)})
	}
}
