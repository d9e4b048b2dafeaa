package assess

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/verdict"
)

// Judged is everything that is known of one host and one service.
type Judged struct {
	ID         string
	File       string // what the host was read from, as far as that is a file or a folder
	View       *host.View
	Profile    *service.Profile // nil for a demand that comes from no profile
	Demand     fix.Demand
	Judgement  verdict.Judgement
	Fixable    []bool // by row
	Plan       fix.Plan
	Share      []host.Change // what of the plan this service needs
	Exposure   string
	Documented *Recipe
	Warnings   []stack.Fired
	NearMisses []nearmiss.NearMiss // values that almost are ones that Windows reads
	Err        error               // unreadable: everything else is empty
}

// Recipe is the vendor's whole recipe for a host and what it achieves.
type Recipe struct {
	Changes []host.Change
	Updates []string // that the recipe asks for first and the host may lack
	After   verdict.Judgement
}

// Writer turns what was judged into documents in one language.
type Writer struct {
	Words *message.Catalog
	Model *stack.Model

	wrote map[*Judged]*saidOf // see [Writer.Remembering]
}

// saidOf are the documents of one host and service; nil is not written yet.
type saidOf struct {
	host *document.Host
	rows []document.Verdict
}

// maxWrote is how many services of hosts are remembered: those of one host, as a rule.
const maxWrote = 16

// Remembering gives the same writer, which from now on remembers what it wrote last: where
// an output and a store are given the same host one after the other, in the same language,
// it is written once. Neither may change the lists in it. It is for one goroutine.
func (w *Writer) Remembering() *Writer {
	w.wrote = map[*Judged]*saidOf{}
	return w
}

// remembered is what is known of one host and service.
func (w *Writer) remembered(j *Judged) *saidOf {
	one := w.wrote[j]
	if one == nil {
		if len(w.wrote) == maxWrote {
			clear(w.wrote)
		}
		one = &saidOf{}
		w.wrote[j] = one
	}
	return one
}

// Rows writes the verdicts of one host and service.
func (w *Writer) Rows(j *Judged) []document.Verdict {
	if w.wrote == nil {
		return w.rows(j)
	}
	one := w.remembered(j)
	if one.rows == nil {
		one.rows = w.rows(j)
	}
	return one.rows
}

// Host writes the outcome of one host and service.
func (w *Writer) Host(j *Judged) document.Host {
	if w.wrote == nil {
		return w.host(j)
	}
	one := w.remembered(j)
	if one.host == nil {
		h := w.host(j)
		one.host = &h
	}
	return *one.host
}

func (w *Writer) rows(j *Judged) []document.Verdict {
	files := map[string][]string{}
	for _, c := range j.Demand.Callers {
		files[c.ID] = c.Files
	}
	rows := make([]document.Verdict, 0, len(j.Judgement.Rows))
	for i := range j.Judgement.Rows {
		r := &j.Judgement.Rows[i]
		v := document.Verdict{
			Host: j.ID, Service: j.Demand.Service, Caller: r.Caller, Stack: r.Stack, Verdict: string(r.Verdict),
			Cause: orNull(string(r.Cause)), FailsFrom: orNull(r.FailsFrom),
			Accepts: document.Accept(*r.Accepts), Reasons: w.reasons(r), Warnings: w.notes(r.Warnings),
			Programs: files[r.Caller],
		}
		if j.View.AssumesUpdates() {
			v.Warnings = append(v.Warnings, w.note(stack.Fired{Rule: "updates-assumed"}))
		}
		if r.Cause != verdict.OutOfScope {
			v.Offer = document.OfferOf(r.Offer)
		}
		if r.Verdict == verdict.Fails && i < len(j.Fixable) {
			if v.Fixable = &j.Fixable[i]; *v.Fixable && !j.Plan.Given {
				v.Fixable = nil // something may help, but nothing is given
			}
		}
		rows = append(rows, v)
	}
	return rows
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (w *Writer) host(j *Judged) document.Host {
	h := document.Host{
		Host: j.ID, Service: j.Demand.Service, File: j.File, Folder: folder(j.ID), Exposure: j.Exposure, Restart: "none",
		Changes: []document.Change{}, Prerequisites: []document.Prerequisite{}, Redundant: []document.Change{}, Warnings: []document.Note{},
	}
	if j.Err != nil {
		h.Verdict = string(verdict.Unreadable)
		h.Error, h.Hint = w.Words.Problem(j.Err)
		return h
	}
	os := j.View.OS
	h.OS, h.Labels, h.Source = &os, j.View.Labels, j.View.Source
	h.Program = strings.TrimSpace(j.Judgement.Program.Name + " " + j.Judgement.Program.Version)
	h.Verdict, h.Cause, h.FailsFrom = string(j.Judgement.Verdict), orNull(string(j.Judgement.Cause)), orNull(j.Judgement.FailsFrom())
	h.Warnings = w.notes(append(append(append([]stack.Fired(nil), j.Warnings...), j.Judgement.Warnings...), rowWarnings(j.Judgement.Rows)...))
	for _, note := range j.View.Notes {
		h.Warnings = append(h.Warnings, document.Note{Code: "reading", Text: w.Words.Render(note)})
	}
	h.Warnings = append(h.Warnings, w.workarounds(j)...)
	w.nearMisses(&h, j)
	if j.Judgement.Verdict == verdict.Fails {
		w.fixInto(&h, j)
	}
	if j.Profile != nil && (j.Judgement.Verdict == verdict.Connects || j.Plan.Given) {
		for _, c := range fix.WithBefore(j.View, fix.Redundant(j.Demand.Documented, j.Share)) {
			one := document.ChangeOf(c)
			one.Citation = j.Profile.CitationOf(c, os)
			h.Redundant = append(h.Redundant, one)
		}
	}
	if j.Documented != nil {
		h.Documented = w.recipe(j.Documented)
	}
	return h
}

// workarounds offers what the user of a failing program can do without changing
// the host.
func (w *Writer) workarounds(j *Judged) []document.Note {
	var list []document.Note
	for _, c := range j.Demand.Callers {
		text := c.Workaround[w.Words.Lang()]
		if text != "" && slices.ContainsFunc(j.Judgement.Rows, func(r verdict.Row) bool { return r.Caller == c.ID && r.Verdict == verdict.Fails }) {
			if n := (document.Note{Code: "workaround", Text: text}); !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

func folder(id string) string {
	if at := strings.LastIndex(id, "/"); at >= 0 {
		return id[:at]
	}
	return ""
}

func (w *Writer) fixInto(h *document.Host, j *Judged) {
	if fixable := j.Plan.Fixable; j.Plan.Given || !fixable {
		h.Fixable = &fixable
	}
	for _, p := range j.Plan.Advice {
		h.Prerequisites = append(h.Prerequisites, w.prerequisite(p))
	}
	if !j.Plan.Given {
		if j.Plan.Fixable {
			h.Warnings = append(h.Warnings, w.missingFacts("fix-needs-facts", j.Plan.Missing))
		}
		return
	}
	if j.Plan.Partial {
		h.Warnings = append(h.Warnings, w.missingFacts("fix-leaves-unknown", j.Plan.Missing))
	}
	for _, c := range j.Share {
		h.Changes = append(h.Changes, document.ChangeOf(c))
	}
	for _, p := range j.Plan.Prerequisites {
		h.Prerequisites = append(h.Prerequisites, w.prerequisite(p))
	}
	h.Restart = j.Plan.Restart.String()
	for _, e := range j.Plan.Effects {
		h.Effects = append(h.Effects, document.Effect{Caller: e.Caller, Before: string(e.Before), After: string(e.After)})
	}
	h.Loses = losses(j.Plan.Warnings)
	h.Warnings = append(h.Warnings, w.notes(j.Plan.Warnings)...)
}

// losses are the versions that other callers no longer offer after a fix.
func losses(warnings []stack.Fired) []document.Loss {
	var list []document.Loss
	for _, f := range warnings {
		if f.Rule != "offers-less" {
			continue
		}
		var l document.Loss
		for _, a := range f.Args {
			switch a.Name {
			case "client":
				l.Callers = strings.Split(a.Value, ", ")
			case "version":
				l.Versions = strings.Split(a.Value, ", ")
			}
		}
		list = append(list, l)
	}
	return list
}

// maxFacts is how many missing facts a warning names one by one; the rows have them
// all.
const maxFacts = 4

// missingFacts is a warning that names facts which were not collected.
func (w *Writer) missingFacts(code string, missing []stack.Missing) document.Note {
	var names []string
	for _, m := range missing {
		name := m.Update
		if name == "" {
			name = m.Ref.Key + " " + m.Ref.Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > maxFacts {
		names = append(names[:maxFacts], "…")
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	return document.Note{Code: code, Text: w.Words.Text("warn."+code, message.Str("facts", strings.Join(names, "; ")))}
}

func (w *Writer) prerequisite(p fix.Prerequisite) document.Prerequisite {
	one := document.Prerequisite{Kind: string(p.Kind), ID: p.ID}
	if u, ok := w.Model.UpdateInfo(p.ID); ok {
		one.Text = u.Gives[w.Words.Lang()]
		one.Or = w.Words.Text("prerequisite.or-later")
	} else {
		one.Text = w.Words.Text("prerequisite."+string(p.Kind), message.Str("id", p.ID))
	}
	if p.By != "" {
		one.Text = w.Words.Text("prerequisite.gpo", message.Str("gpo", p.By))
	}
	return one
}

func (w *Writer) recipe(r *Recipe) *document.Documented {
	d := &document.Documented{Changes: []document.Change{}, Updates: r.Updates, Verdict: string(r.After.Verdict)}
	for _, c := range r.Changes {
		d.Changes = append(d.Changes, document.ChangeOf(c))
	}
	for _, row := range r.After.Rows {
		if row.Verdict != verdict.Connects && !slices.Contains(d.Lacks, row.Stack) {
			d.Lacks = append(d.Lacks, row.Stack)
		}
	}
	return d
}

func rowWarnings(rows []verdict.Row) []stack.Fired {
	var all []stack.Fired
	for _, r := range rows {
		all = append(all, r.Warnings...)
	}
	return all
}

// notes writes warnings, each once.
func (w *Writer) notes(fired []stack.Fired) []document.Note {
	list := []document.Note{}
	for _, f := range fired {
		if n := w.note(f); !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func (w *Writer) note(f stack.Fired) document.Note {
	return document.Note{Code: f.Rule, Text: w.Words.Render(message.New("warn."+f.Rule, arguments(f)...))}
}

func arguments(f stack.Fired) []message.Arg {
	args := slices.Clone(f.Args)
	if len(f.Evidence) > 0 {
		args = append(args, message.Str("key", f.Evidence[0].Key), message.Str("name", f.Evidence[0].Name))
	}
	return args
}

// reasons writes why: first what the two sides had in common, then the rules
// that made the offer, then the facts that are missing.
func (w *Writer) reasons(r *verdict.Row) []document.Reason {
	list := []document.Reason{}
	if f, ok := stepReason(r); ok {
		list = append(list, w.reason(f))
		if r.Step == tlsready.StepCertificate && r.Offer.Limits.MinRSA > r.Accepts.Certificate.KeyBits && !limitSet(r) {
			list = append(list, w.reason(stack.Fired{Rule: "rsa-2048-by-default"}))
		}
	}
	for _, f := range r.Fired {
		if one := w.reason(f); !slices.ContainsFunc(list, func(x document.Reason) bool { return x.Rule == one.Rule && x.Text == one.Text }) {
			list = append(list, one)
		}
	}
	for _, m := range r.Missing {
		list = append(list, w.missing(m))
	}
	return list
}

// limitSet says that the host has a least or greatest key size of its own.
func limitSet(r *verdict.Row) bool {
	return slices.ContainsFunc(r.Fired, func(f stack.Fired) bool { return f.Rule == "key-size-limit" })
}

// stepReason says on which step of the handshake a row fails.
func stepReason(r *verdict.Row) (stack.Fired, bool) {
	if r.Verdict != verdict.Fails || r.Cause == verdict.InstallerGate || (r.Cause == verdict.CertificateTrust && len(r.Roots) > 0) {
		return stack.Fired{}, false
	}
	rule := [...]string{"nothing-to-offer", "no-common-version", "no-common-suite", "no-common-group", "no-common-signature", "certificate-refused", ""}[r.Step]
	return stack.Fired{Rule: rule, Args: []message.Arg{message.List("offered", versionNames(r.Offer)), message.List("accepted", axisNames(r.Accepts.Versions.List()))}}, rule != ""
}

func versionNames(o tlsready.Offer) []string {
	names := make([]string, 0, len(o.Versions))
	for _, v := range o.Versions {
		names = append(names, v.Version.String())
	}
	return names
}

func axisNames(list []tlsready.Version) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.String()
	}
	return names
}

func (w *Writer) reason(f stack.Fired) document.Reason {
	rule, _ := w.Model.Rule(f.Rule)
	one := document.Reason{Rule: f.Rule, Text: w.Words.Render(message.New("rule."+f.Rule, arguments(f)...)), Basis: rule.Basis, Citations: rule.Citations, Args: f.Args}
	for _, e := range f.Evidence {
		one.Evidence = append(one.Evidence, evidenceOf(e))
	}
	return one
}

func (w *Writer) missing(m stack.Missing) document.Reason {
	if m.Update != "" {
		return document.Reason{
			Rule: "not-asked", Text: w.Words.Text("rule.update-not-asked", message.Str("id", m.Update)),
			Evidence: []document.Evidence{{Key: "updates", Name: m.Update, State: host.NotAsked}},
		}
	}
	return document.Reason{
		Rule: "not-asked", Text: w.Words.Text("rule.not-asked", message.Str("key", m.Ref.Key), message.Str("name", m.Ref.Name)),
		Evidence: []document.Evidence{{Key: m.Ref.Key, Name: m.Ref.Name, State: host.NotAsked}},
	}
}

func evidenceOf(e stack.Evidence) document.Evidence {
	one := document.Evidence{Key: e.Key, Name: e.Name, State: e.State}
	if e.State == host.Present || e.State == host.WrongType {
		one.Data = e.Data
	}
	return one
}
