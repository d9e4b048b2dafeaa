package view

import (
	"slices"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/reporttest"
)

// Proves that the parts of a split hold every host and row once, in order of
// their names, with counts of their own.
func TestSplit(t *testing.T) {
	c := reporttest.TwoServices("en")
	for by, want := range map[string][]string{
		"": {""}, ByFolder: {"acme", "globex"}, ByOwner: {"backup-team", "infra", ""}, ByCause: {"not-asked", "program", "protocol-version", ""},
	} {
		var names []string
		hosts, rows := 0, 0
		for _, p := range Split(c, by) {
			names = append(names, p.Name)
			hosts += len(p.Check.Hosts)
			rows += len(p.Check.Verdicts)
			if p.Check.Summary != document.Count(p.Check.Hosts) {
				t.Errorf("%s %s: summary %+v", by, p.Name, p.Check.Summary)
			}
			if p.Check.On != c.On || p.Check.Schema != c.Schema || len(p.Check.Services) == 0 {
				t.Errorf("%s %s: the head is not the document's", by, p.Name)
			}
		}
		if !slices.Equal(names, want) || hosts != len(c.Hosts) || rows != len(c.Verdicts) {
			t.Errorf("%s: %q with %d hosts and %d rows, want %q", by, names, hosts, rows, want)
		}
	}
}

// Proves that a host counts once, by its worst outcome.
func TestCount(t *testing.T) {
	got := document.Count([]document.Host{
		{Host: "a", Service: "x", Verdict: document.Connects},
		{Host: "a", Service: "y", Verdict: document.Fails},
		{Host: "b", Verdict: document.NotInstalled},
		{Host: "c", Service: "x", Verdict: document.Unknown},
		{Host: "c", Service: "y", Verdict: document.Connects},
		{Host: "d", Verdict: document.Unreadable},
	})
	if want := (document.Summary{Hosts: 4, Fails: 1, Unknown: 1, NotInstalled: 1, Unreadable: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
