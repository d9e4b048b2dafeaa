// Package cases holds judging against the acceptance cases: a host, a service,
// callers, a date, and what has to be said of them. Whoever judges is handed in, so
// that the judgement itself and the command line are held against the same.
package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Case is one file: a host, a service, callers, a date, and what check has to say.
// Its fields are described in docs/formats.md, section "Acceptance cases".
type Case struct {
	ID, Title string
	Host      json.RawMessage
	Service   json.RawMessage
	Callers   []string
	On        string
	Expect    struct {
		Verdict       oneOrMore
		Cause         []string
		Fixable       *bool
		Changes       [][]wantedChange
		MustNotChange []struct{ KeyPrefix, Name string }
		Prerequisites []string
		PerCaller     map[string]string
		AlsoOn        []struct{ On, Verdict string }
		FailsFrom     string
		Redundant     []struct{ Key, Name string }
		Warns         string
	}
}

type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

type wantedChange struct {
	Key, Name, Type  string
	Delete           bool
	Value            json.RawMessage
	ValueAnyOf       []json.RawMessage
	ValueHasBits     *uint64
	ValueContainsAny []string
	ValueContainsAll []string
}

// Check judges a snapshot for the service and the callers of a case on a day.
type Check func(t *testing.T, c *Case, snapshot []byte, on string) document.Check

// Run holds every case against what check says of it; and that every fix that is
// given makes the host connect, and does not with any of its changes left out.
func Run(t *testing.T, check Check) {
	for _, dir := range folders(t) {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no cases (%v)", dir, err)
		}
		for _, file := range files {
			name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".json")
			t.Run(name, func(t *testing.T) { runCase(t, file, check) })
		}
	}
}

// folders are our own copies, and the shared ones if they are available. The paths are
// those of tests in folders below internal.
func folders(t *testing.T) []string {
	own := []string{filepath.Join("..", "assess", "testdata", "cases")}
	shared := filepath.Join("..", "..", "..", "shared", "cases")
	if _, err := os.Stat(shared); err == nil {
		return append(own, shared)
	}
	t.Log("not run: the cases of the shared folder, which is not there")
	return own
}

func runCase(t *testing.T, file string, check Check) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c Case
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	doc := check(t, &c, c.Host, c.On)
	c.compare(t, doc)
	for _, other := range c.Expect.AlsoOn {
		if got := check(t, &c, c.Host, other.On).Hosts[0].Verdict; got != other.Verdict {
			t.Errorf("on %s: %s, want %s", other.On, got, other.Verdict)
		}
	}
	if c.Expect.Fixable != nil && *c.Expect.Fixable && doc.Hosts[0].Verdict == "fails" {
		c.holdFix(t, check, doc.Hosts[0])
	}
	if t.Failed() {
		text, _ := json.MarshalIndent(doc.Hosts, "", " ")
		t.Logf("%s: %s\n%s", c.ID, c.Title, text)
		for _, v := range doc.Verdicts {
			t.Logf("%s %s %s %v", v.Caller, v.Stack, v.Verdict, deref(v.Cause))
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func (c *Case) compare(t *testing.T, doc document.Check) {
	h := doc.Hosts[0]
	if !slices.Contains(c.Expect.Verdict, h.Verdict) {
		t.Errorf("verdict %s, want %v", h.Verdict, c.Expect.Verdict)
	}
	if c.Expect.Cause != nil && h.Verdict != "connects" && !slices.ContainsFunc(doc.Verdicts, func(v document.Verdict) bool {
		return v.Verdict == h.Verdict && slices.Contains(c.Expect.Cause, deref(v.Cause))
	}) {
		t.Errorf("no row with the cause %v", c.Expect.Cause)
	}
	if c.Expect.Fixable != nil && h.Verdict == "fails" && (h.Fixable == nil || *h.Fixable != *c.Expect.Fixable) {
		t.Errorf("fixable, want %v", *c.Expect.Fixable)
	}
	if c.Expect.Changes != nil && h.Verdict == c.Expect.Verdict[len(c.Expect.Verdict)-1] && !slices.ContainsFunc(c.Expect.Changes, func(set []wantedChange) bool { return matchSet(set, h.Changes) }) {
		t.Errorf("the changes are not among the acceptable sets")
	}
	for _, forbidden := range c.Expect.MustNotChange {
		for _, ch := range h.Changes {
			if strings.HasPrefix(strings.ToLower(ch.Key), strings.ToLower(forbidden.KeyPrefix)) && (forbidden.Name == "" || strings.EqualFold(forbidden.Name, ch.Name)) {
				t.Errorf("must not change %s %s", ch.Key, ch.Name)
			}
		}
	}
	if c.Expect.Prerequisites != nil && !slices.ContainsFunc(h.Prerequisites, func(p document.Prerequisite) bool { return slices.Contains(c.Expect.Prerequisites, p.ID) }) {
		t.Errorf("none of the prerequisites %v", c.Expect.Prerequisites)
	}
	for id, want := range c.Expect.PerCaller {
		if got := worstOf(doc.Verdicts, id); got != want {
			t.Errorf("caller %s: %s, want %s", id, got, want)
		}
	}
	c.compareRest(t, doc)
}

func (c *Case) compareRest(t *testing.T, doc document.Check) {
	h := doc.Hosts[0]
	for _, v := range doc.Verdicts {
		if c.Expect.FailsFrom != "" && v.Verdict == "fails" && deref(v.FailsFrom) != c.Expect.FailsFrom {
			t.Errorf("%s fails from %s, want %s", v.Stack, deref(v.FailsFrom), c.Expect.FailsFrom)
		}
	}
	for _, r := range c.Expect.Redundant {
		if !slices.ContainsFunc(h.Redundant, func(x document.Change) bool {
			return strings.EqualFold(x.Key, r.Key) && strings.EqualFold(x.Name, r.Name)
		}) {
			t.Errorf("%s %s is not named as redundant", r.Key, r.Name)
		}
	}
	if c.Expect.Warns != "" {
		rx := regexp.MustCompile(c.Expect.Warns)
		var said []string
		for _, n := range h.Warnings {
			said = append(said, n.Code+" "+n.Text)
		}
		for _, v := range doc.Verdicts {
			for _, r := range v.Reasons {
				said = append(said, r.Rule+" "+r.Text)
			}
		}
		if !slices.ContainsFunc(said, rx.MatchString) {
			t.Errorf("nothing matches %s in %q", c.Expect.Warns, said)
		}
	}
}

func worstOf(rows []document.Verdict, id string) string {
	worst := "connects"
	for _, v := range rows {
		if v.Caller == id && (v.Verdict == "fails" || worst == "connects") {
			worst = v.Verdict
		}
	}
	return worst
}

func matchSet(want []wantedChange, got []document.Change) bool {
	if len(want) != len(got) {
		return false
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, w.match) {
			return false
		}
	}
	return true
}

func (w wantedChange) match(g document.Change) bool {
	if !strings.EqualFold(w.Key, g.Key) || !strings.EqualFold(w.Name, g.Name) || w.Delete != g.Delete {
		return false
	}
	if w.Delete {
		return true
	}
	if w.Type != string(g.Type) {
		return false
	}
	raw, err := g.JSON()
	return err == nil && w.matchValue(raw)
}

func (w wantedChange) matchValue(got json.RawMessage) bool {
	same := func(v json.RawMessage) bool { return compact(v) == compact(got) }
	switch {
	case w.Value != nil:
		return same(w.Value)
	case w.ValueAnyOf != nil:
		return slices.ContainsFunc(w.ValueAnyOf, same)
	case w.ValueHasBits != nil:
		var n uint64
		return json.Unmarshal(got, &n) == nil && n&*w.ValueHasBits == *w.ValueHasBits
	}
	names := suiteNames(got)
	for _, all := range w.ValueContainsAll {
		if !slices.Contains(names, all) {
			return false
		}
	}
	return w.ValueContainsAny == nil || slices.ContainsFunc(w.ValueContainsAny, func(n string) bool { return slices.Contains(names, n) })
}

func compact(v json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return string(v)
	}
	return b.String()
}

// suiteNames reads a list of suites; curve suffixes do not count.
func suiteNames(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		var text string
		_ = json.Unmarshal(raw, &text)
		list = strings.Split(text, ",")
	}
	suffix := regexp.MustCompile(`_P(256|384|521)$`)
	for i := range list {
		list[i] = suffix.ReplaceAllString(strings.TrimSpace(list[i]), "")
	}
	return list
}

// holdFix applies the changes and adds the updates: the host has to connect, and
// not with any one change left out.
func (c *Case) holdFix(t *testing.T, check Check, h document.Host) {
	for skip := -1; skip < len(h.Changes); skip++ {
		got := check(t, c, c.after(t, h, skip), c.On).Hosts[0].Verdict
		if (skip < 0) != (got == "connects") {
			t.Errorf("with change %d left out (-1: none): %s", skip, got)
		}
	}
}

func (c *Case) after(t *testing.T, h document.Host, skip int) []byte {
	s, err := host.Decode(c.Host, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, ch := range h.Changes {
		if i == skip {
			continue
		}
		s = s.Apply(host.Change{Key: ch.Key, Name: ch.Name, Data: ch.Data, Delete: ch.Delete})
	}
	s.Files = nil
	for _, p := range h.Prerequisites {
		if p.Kind == "update" {
			if s.Updates == nil {
				s.Updates = &host.Updates{}
			}
			s.Updates = &host.Updates{Complete: s.Updates.Complete, IDs: append(slices.Clone(s.Updates.IDs), p.ID)}
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", c.ID, err))
	}
	return text
}
