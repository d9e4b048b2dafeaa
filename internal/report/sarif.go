package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path"
	"regexp"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// The parts of SARIF 2.1.0 that a check needs (OASIS, "Static Analysis Results
// Interchange Format Version 2.1.0", sections 3.13, 3.14, 3.19, 3.27, 3.49).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool       `json:"tool"`
		Language   string          `json:"language"`
		ColumnKind string          `json:"columnKind"`
		Results    []sarifResult   `json:"results"`
		Properties sarifProperties `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		HelpURI          string    `json:"helpUri,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Full string `json:"fullyQualifiedName"`
	}
	sarifProperties map[string]any
)

const (
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
	sarifVersion = "2.1.0"
)

// sarifFormat is for the code scanning of a forge.
func sarifFormat() view.Format {
	return view.Format{Name: "sarif", Extensions: []string{".sarif", ".sarif.json"}, JSON: true, Check: SARIF}
}

// SARIF writes one result for each host and service that fails (level error) or
// could not be judged (level warning). A result's rule is the first one that
// bore on the verdict by something that it read, or the cause where none did.
//
// Its words are English whatever the language, as those of all JSON are.
func SARIF(w io.Writer, c *document.Check, _ view.Options) error {
	b := &sarifBuilder{w: view.NewWords("en"), index: map[string]int{}, rules: []sarifRule{}, results: []sarifResult{}}
	rows, services := view.RowsByHost(c), view.ServiceIndex(c)
	for i := range c.Hosts {
		h := &c.Hosts[i]
		if h.Verdict == document.Fails || h.Verdict == document.Unknown || h.Verdict == document.Unreadable {
			b.add(&view.Group{Service: services[h.Service], Hosts: []*document.Host{h}, Rows: rows[view.HostService{Host: h.Host, Service: h.Service}]}, c.Today)
		}
	}
	log := sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{{
		Tool:       sarifTool{sarifDriver{"tlsready", b.rules}},
		Language:   b.w.Lang(),
		ColumnKind: "utf16CodeUnits",
		Results:    b.results,
		Properties: sarifProperties{"on": c.On, "today": c.Today},
	}}}
	buffered := bufio.NewWriterSize(w, view.BufferSize)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(log); err != nil {
		return err
	}
	return buffered.Flush()
}

type sarifBuilder struct {
	w       view.Words
	index   map[string]int // rule id → position in rules
	rules   []sarifRule
	results []sarifResult
}

func (b *sarifBuilder) add(g *view.Group, today string) {
	h := g.First()
	rule, at := b.rule(g)
	level := "warning"
	if h.Verdict == document.Fails {
		level = "error"
	}
	b.results = append(b.results, sarifResult{
		RuleID: rule, RuleIndex: at, Level: level,
		Message:      sarifText{b.message(g, today)},
		Locations:    []sarifLocation{location(h)},
		Fingerprints: map[string]string{"hostService/v1": fingerprint(h)},
		Properties: sarifProperties{
			"host": h.Host, "service": h.Service, "verdict": h.Verdict, "cause": h.Cause, "failsFrom": h.FailsFrom, "rules": firedRules(g),
		},
	})
}

// rule returns the result's rule, and adds it to the list if it is new.
func (b *sarifBuilder) rule(g *view.Group) (string, int) {
	h := g.First()
	rule := sarifRule{ID: view.Deref(h.Cause), ShortDescription: sarifText{b.w.Code("cause", view.Deref(h.Cause))}}
	if h.Verdict == document.Unreadable || rule.ID == "" {
		rule = sarifRule{ID: h.Verdict, ShortDescription: sarifText{b.w.Code("verdict", h.Verdict)}}
	}
	if r := telling(view.Reasons(g)); r != nil {
		rule = sarifRule{ID: r.Rule, ShortDescription: sarifText{b.ruleText(r)}}
		if len(r.Citations) > 0 {
			rule.HelpURI = r.Citations[0]
		}
	}
	at, ok := b.index[rule.ID]
	if !ok {
		at = len(b.rules)
		b.index[rule.ID] = at
		b.rules = append(b.rules, rule)
	}
	return rule.ID, at
}

// telling is the reason that says most: the first that read something, else the
// first.
func telling(list []view.Reason) *view.Reason {
	for i := range list {
		if len(list[i].Settings) > 0 {
			return &list[i]
		}
	}
	if len(list) > 0 {
		return &list[0]
	}
	return nil
}

// ruleText describes a rule apart from any host: in its own words with an ellipsis for
// each argument, or in the reason's if the rule has none.
func (b *sarifBuilder) ruleText(r *view.Reason) string {
	id := "rule." + r.Rule
	if !b.w.Has(id) {
		return r.Text
	}
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(b.w.Text(id), "…")
}

// message says in one line who, what, why and what to do.
func (b *sarifBuilder) message(g *view.Group, today string) string {
	h := g.First()
	parts := []string{h.Host + ": " + b.w.ServiceName(g.Service) + ": " + b.w.Code("verdict", h.Verdict)}
	for _, more := range []string{h.Error, h.Hint, b.cause(g), b.w.When(g.Service, h.Verdict, h.FailsFrom, today), b.fix(g)} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	return strings.Join(parts, "; ")
}

func (b *sarifBuilder) cause(g *view.Group) string {
	if g.First().Verdict == document.Unreadable {
		return ""
	}
	return b.w.Cause(g)
}

func (b *sarifBuilder) fix(g *view.Group) string {
	if g.First().Verdict == document.Unreadable {
		return ""
	}
	return b.w.T("label.fix") + ": " + b.w.FixOf(g)
}

func firedRules(g *view.Group) []string {
	list := []string{}
	for _, r := range view.Reasons(g) {
		list = append(list, r.Rule)
	}
	return list
}

// location is the file that the host was read from, if there was one, and the host by
// name.
func location(h *document.Host) sarifLocation {
	loc := sarifLocation{Logical: []sarifLogical{{Name: path.Base(h.Host), Full: h.Host}}}
	if uri := relativeURI(h.File); uri != "" {
		loc.Physical = &sarifPhysical{sarifArtifact{uri}}
	}
	return loc
}

// relativeURI turns a file's path into a relative URI reference (RFC 3986 section
// 4.2): without the drive and the root.
func relativeURI(file string) string {
	file = strings.ReplaceAll(file, `\`, "/")
	if drive, rest, ok := strings.Cut(file, ":"); ok && len(drive) == 1 {
		file = rest
	}
	var kept []string
	for _, part := range strings.Split(path.Clean("/"+file), "/") {
		if part != "" {
			kept = append(kept, url.PathEscape(part))
		}
	}
	return strings.Join(kept, "/")
}

// fingerprint tells the same finding in two runs.
func fingerprint(h *document.Host) string {
	sum := sha256.Sum256([]byte(h.Host + "\x00" + h.Service))
	return hex.EncodeToString(sum[:16])
}
