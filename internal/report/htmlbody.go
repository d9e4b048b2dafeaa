package report

import (
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// htmlBody is what opens below a group's line.
type htmlBody struct {
	Sides    []htmlSide
	Exposure string
	Reasons  []htmlReason
	First    []string // prerequisites
	Changes  []string
	FixNote  string // where there is nothing to set
	Apply    string // reg.exe lines
	Undo     string
	FixLines []htmlTerm
	Warnings []document.Note
}

type (
	htmlSide struct {
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

func (b *pageBuilder) body(g *group, today string) htmlBody {
	h := g.first()
	body := htmlBody{Warnings: warnings(g), Exposure: b.w.exposure(h)}
	for _, s := range sides(g, b.w) {
		body.Sides = append(body.Sides, b.side(s, today))
	}
	for _, r := range reasons(g) {
		made := htmlReason{Rule: r.Rule, Text: r.Text, Citations: r.Citations}
		if r.Basis != "" {
			made.Basis = b.w.code("basis", r.Basis)
		}
		for _, s := range r.Settings {
			made.Evidence = append(made.Evidence, b.w.evidence(s))
		}
		body.Reasons = append(body.Reasons, made)
	}
	b.fix(&body, h)
	return body
}

func (b *pageBuilder) side(s side, today string) htmlSide {
	made := htmlSide{
		Verdict: s.Verdict.Verdict, Word: b.w.code("verdict", s.Verdict.Verdict), Sign: sign(s.Verdict.Verdict),
		Offer: b.w.offered(s.Offer), Accepts: b.w.acceptance(s.Accepts), Stacks: s.Stacks,
		When: b.w.when(s.Verdict.Verdict, s.FailsFrom, today),
	}
	if s.Cause != nil {
		made.Cause = b.w.code("cause", *s.Cause)
	}
	if o := s.Offer; o != nil {
		made.Lists = b.lists(o.Suites, o.Groups, o.SignatureAlgorithms)
	}
	if a := s.Accepts; a != nil {
		made.AcceptLists = b.lists(texts(a.Suites.List()), texts(a.Groups.List()), texts(a.SignatureAlgorithms.List()))
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
			list = append(list, htmlItems{b.w.t(axis.id, message.Int("n", len(axis.items))), axis.items})
		}
	}
	return list
}

func (b *pageBuilder) fix(body *htmlBody, h *document.Host) {
	for _, p := range h.Prerequisites {
		text := b.w.prerequisite(p)
		if p.Text != "" {
			text += ": " + p.Text
		}
		body.First = append(body.First, text)
	}
	for _, s := range changeSettings(h.Changes) {
		body.Changes = append(body.Changes, b.w.change(s))
	}
	apply, ok := regCommands(h, false)
	undo, exact := regCommands(h, true)
	body.Apply = strings.Join(apply, "\n")
	body.Undo = strings.Join(undo, "\n")
	switch {
	case len(h.Changes)+len(h.Prerequisites) > 0:
		body.FixLines = append(body.FixLines, htmlTerm{b.w.t("label.restart"), b.w.restart(h)})
		if len(h.Changes) > 0 && (!ok || !exact) {
			body.FixNote = b.w.t("html.inexact")
		}
	case h.Verdict == connects:
		body.FixNote = b.w.t("html.nofix")
	default:
		body.FixNote = b.w.fix(h)
	}
	if len(h.Redundant) > 0 {
		body.FixLines = append(body.FixLines, htmlTerm{b.w.t("label.redundant"), b.w.redundant(h)})
	}
	for _, e := range h.Effects {
		body.FixLines = append(body.FixLines, htmlTerm{b.w.t("label.effect"), b.w.effect(e)})
	}
	if h.Documented != nil {
		body.FixLines = append(body.FixLines, htmlTerm{b.w.t("label.documented"), b.w.documented(h.Documented)})
	}
}
