package fix_test

import (
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/verdict"
)

// TestCertainFixIsGiven proves that the fix of one program does not wait for the facts
// of another, that it names those facts, that the program connects after it, and that a
// program is mended as a whole or not at all.
func TestCertainFixIsGiven(t *testing.T) {
	const client = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	s := &host.Snapshot{
		Schema: host.Schema, OS: host.OS{Version: "6.3", Build: 9600, Type: "server", Architecture: "x64"},
		Covered:  []string{`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`},
		Registry: []host.Value{{Key: client, Name: "Enabled", Data: host.Dword(0)}},
	}
	f := newFixer(t)
	v := host.NewView(s)
	byID := func(ids ...string) (list []*caller.Caller) {
		for _, id := range ids {
			c, _, err := caller.ByID(id)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	plan := func(ids ...string) fix.Plan {
		d := fix.Demand{Demand: demands(t)["tls12"], Callers: byID(ids...)}
		p, err := f.Host(v, []fix.Demand{d}, []verdict.Judgement{f.Judge.Host(v, d.Callers, d.Demand)})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := plan("schannel", "dotnet-4.5.2-x64")
	if !p.Given || !p.Partial || len(p.Changes) != 1 || len(p.Missing) == 0 {
		t.Fatalf("given %v, partial %v, changes %v, missing %v", p.Given, p.Partial, p.Changes, p.Missing)
	}
	d := demands(t)["tls12"]
	if got := f.Judge.Host(host.NewView(s.Apply(p.Changes...)), byID("schannel"), d).Verdict; got != verdict.Connects {
		t.Errorf("Schannel after it: %s", got)
	}
	if p := plan("dotnet-4.5.2-x64"); p.Given {
		t.Errorf("a fix is given for the program whose facts are missing: %v", p.Changes)
	}
}
