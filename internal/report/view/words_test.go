package view

import (
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Proves that running the collector is suggested only if something was not collected.
func TestFixOfAsksForMissingFacts(t *testing.T) {
	cause := "not-asked"
	h := &document.Host{Host: "a", Verdict: document.Unknown, Cause: &cause}
	row := func(rule string, e ...document.Evidence) *document.Verdict {
		return &document.Verdict{Verdict: document.Unknown, Cause: &cause, Reasons: []document.Reason{{Rule: rule, Evidence: e}}}
	}
	w := NewWords("en")
	for _, c := range []struct {
		name string
		rows []*document.Verdict
		want bool
	}{
		{"nothing known", nil, true},
		{"a value", []*document.Verdict{row("not-asked", document.Evidence{Key: `HKLM\X`, Name: "n", State: host.NotAsked})}, true},
		{"an update", []*document.Verdict{row("not-asked", document.Evidence{Key: "updates", Name: "KB3140245", State: host.NotAsked})}, true},
		{"sources disagree", []*document.Verdict{row("winhttp-schannel-disputed", document.Evidence{Key: `HKLM\X`, Name: "n", State: host.Present})}, false},
		{"nobody knows", []*document.Verdict{row("winhttp-value-zero")}, false},
	} {
		got := w.FixOf(&Group{Hosts: []*document.Host{h}, Rows: c.rows})
		if strings.Contains(got, "collector") != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// Proves that a value which a vendor documents and the host has is called set, with its
// view, and never not needed; and that the view which the fix sets is in neither list.
func TestRedundantTellsWhatIsSet(t *testing.T) {
	const key, key32 = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	set := func(key, name string, state host.State) document.Change {
		c := document.Change{Key: key, Name: name, Data: host.Dword(1), Before: &document.Before{State: state}}
		if state == host.Present {
			c.Before.Data = host.Dword(1)
		}
		return c
	}
	h := &document.Host{
		Changes:   []document.Change{set(key32, "SystemDefaultTlsVersions", host.Absent)},
		Redundant: []document.Change{set(key, "SystemDefaultTlsVersions", host.Present), set(key, "SchUseStrongCrypto", host.Absent), set(key32, "SchUseStrongCrypto", host.Absent)},
	}
	w := NewWords("en")
	if got := w.AlreadySet(h); !strings.HasPrefix(got, "SystemDefaultTlsVersions=1 (64 bit) ") {
		t.Errorf("already set: %q", got)
	}
	if got := w.Redundant(h); !strings.HasPrefix(got, "SchUseStrongCrypto=1 (64+32 bit) ") || strings.Contains(got, "SystemDefault") {
		t.Errorf("not needed: %q", got)
	}
	tree := TreeOf(&Group{Hosts: []*document.Host{h}})
	if len(tree) != 1 || len(tree[0].Values) != 3 {
		t.Fatalf("%+v", tree)
	}
	for i, want := range []string{"absent → 1", "1  (already set, as the vendor documents it)", "absent  (the vendor documents 1; not needed here)"} {
		if got := w.Value(tree[0].Values[i]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if tree[0].Values[0].Views != "32" || tree[0].Values[1].Views != "64" || tree[0].Values[2].Views != "64+32" {
		t.Errorf("views: %+v", tree[0].Values)
	}
}
