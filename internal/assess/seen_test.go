package assess

import (
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// sightingOf is a line of watch.
func sightingOf(client, name, stack string, at time.Time, versions ...tlsready.Version) *document.Connection {
	return &document.Connection{
		Client: client, ClientName: name, Stack: stack, Time: at,
		Offered: &document.ConnectionOffer{Max: versions[0], Versions: versions, Exact: true},
	}
}

// Proves that what was seen stands beside the verdict where the two differ, with the likely
// reason, that it is joined by address and by name, and that it changes no verdict.
func TestSeen(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	schannel, ok, err := caller.ByID("schannel")
	if err != nil || !ok {
		t.Fatal(err)
	}
	collected := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	before, after := collected.AddDate(0, 0, -1), collected.AddDate(0, 0, 1)
	modern := host.OS{Version: "10.0", Build: 20348, Architecture: "x64", Type: "server"}
	old := host.OS{Version: "6.1", Build: 7601, ServicePack: 1, Architecture: "x64", Type: "server"}
	for _, c := range []struct {
		name         string
		os           host.OS
		seen         []*document.Connection
		code, reason string
	}{
		{"connects, and came with less later", modern, []*document.Connection{sightingOf("192.0.2.7:1", "", "windows/schannel", after, tlsready.TLS10)}, "seen-otherwise", "seen.reason.restart-or-program"},
		{"connects, and came with less before", modern, []*document.Connection{sightingOf("192.0.2.7:1", "", "windows/schannel", before, tlsready.TLS10)}, "seen-otherwise", "seen.reason.changed-since"},
		{"connects, and another stack came with less", modern, []*document.Connection{sightingOf("192.0.2.7:1", "", "java-6", after, tlsready.TLS10)}, "seen-otherwise", "seen.reason.own-tls"},
		{"connects, and came with both", modern, []*document.Connection{sightingOf("192.0.2.7:1", "", "", after, tlsready.TLS10), sightingOf("192.0.2.7:1", "", "", after, tlsready.TLS12)}, "", ""},
		{"fails, and came with enough", old, []*document.Connection{sightingOf("", "FS01.example.com", "", after, tlsready.TLS12)}, "seen-otherwise", "seen.reason.names-it-itself"},
		{"fails, and came with less", old, []*document.Connection{sightingOf("192.0.2.7:1", "", "", after, tlsready.TLS10)}, "", ""},
		{"fails, and the address came with another name", old, []*document.Connection{sightingOf("192.0.2.7:1", "FS02.example.com", "", after, tlsready.TLS12)}, "", ""},
		{"fails, and its name came from another address", old, []*document.Connection{sightingOf("198.51.100.7:1", "FS01", "", after, tlsready.TLS12)}, "seen-otherwise", "seen.reason.names-it-itself"},
		{"somebody else", old, []*document.Connection{sightingOf("192.0.2.70:1", "fs02", "", after, tlsready.TLS12)}, "", ""},
		{"a log without a hello", old, []*document.Connection{{Client: "192.0.2.7:1", Time: after}}, "", ""},
	} {
		a, err := New(model)
		if err != nil {
			t.Fatal(err)
		}
		accepts := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}
		a.Services = []Demanded{{Demand: verdict.Demand{Phases: []verdict.Phase{{Accepts: accepts}}}, Callers: []*caller.Caller{schannel}, Explicit: true}}
		s := &host.Snapshot{Name: "fs01", Addresses: []string{"2001:db8::7", "192.0.2.7"}, CollectedAt: collected, OS: c.os, Covered: []string{"HKLM"}}
		plain, err := a.Assess("osaka/fs01", s)
		if err != nil {
			t.Fatal(err)
		}
		a.Seen = NewSeen()
		for _, one := range c.seen {
			a.Seen.Add(one)
		}
		list, err := a.Assess("osaka/fs01", s)
		if err != nil {
			t.Fatal(err)
		}
		row := list[0].Judgement.Rows[0]
		if row.Verdict != plain[0].Judgement.Rows[0].Verdict {
			t.Errorf("%s: the verdict changed to %s", c.name, row.Verdict)
		}
		var found []string
		for _, w := range row.Warnings {
			if strings.HasPrefix(w.Rule, "seen") {
				found = append(found, w.Rule+" "+message.English(message.New("warn."+w.Rule, w.Args...)))
			}
		}
		want := message.English(message.New(c.reason))
		if c.code == "" && len(found) > 0 || c.code != "" && (len(found) != 1 || !strings.HasPrefix(found[0], c.code) || !strings.Contains(found[0], want)) {
			t.Errorf("%s: %q", c.name, found)
		}
	}
}
