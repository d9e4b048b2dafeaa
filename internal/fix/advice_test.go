package fix_test

import (
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/testkit/hostgen"
	"tlsready/internal/verdict"
)

// planFor judges and mends one host for Schannel's defaults, or the named caller.
func planFor(t *testing.T, os host.OS, id string, a tlsready.Acceptance, values ...host.Value) fix.Plan {
	t.Helper()
	c, ok, err := caller.ByID(id)
	if !ok || err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	f := newFixer(t)
	v := host.NewView(&host.Snapshot{Schema: host.Schema, OS: os, Covered: hostgen.Covered(), Registry: values})
	d := fix.Demand{Demand: verdict.Demand{Service: "advice", Phases: []verdict.Phase{{From: "2020-01-01", Accepts: a}}}, Callers: []*caller.Caller{c}}
	out := f.Judge.Host(v, d.Callers, d.Demand)
	if out.Verdict != verdict.Fails {
		t.Fatalf("the host is meant to fail: %s", out.Verdict)
	}
	plan, err := f.Host(v, []fix.Demand{d}, []verdict.Judgement{out})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestNewerSystemOnlyWhereItHelps proves that a newer Windows is advised, by the name of its
// kind, only if the model says that it would be enough.
func TestNewerSystemOnlyWhereItHelps(t *testing.T) {
	gcm := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: tlsready.Only(suite(t, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"))}
	rc4 := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: tlsready.Only(suite(t, "TLS_RSA_WITH_RC4_128_SHA"))}
	tls13 := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS13)}
	s2012r2 := host.OS{Version: "6.3", Build: 9600, Type: "server", Architecture: "x64"}
	w81 := host.OS{Version: "6.3", Build: 9600, Type: "client", Architecture: "x64"}
	s2019 := host.OS{Version: "10.0", Build: 17763, Type: "server", Architecture: "x64"}
	for _, c := range []struct {
		name, caller string
		os           host.OS
		accepts      tlsready.Acceptance
		want         string // "": no advice
	}{
		{"server without ECDHE_RSA GCM", "schannel", s2012r2, gcm, "Windows Server 2016"},
		{"client without ECDHE_RSA GCM", "schannel", w81, gcm, "Windows 10"},
		{"server without TLS 1.3", "schannel", s2012r2, tls13, "Windows Server 2022"},
		{"2019 without TLS 1.3", "schannel", s2019, tls13, "Windows Server 2022"},
		{"no newer system has RC4 for strong .NET", "dotnet-4.7.2-x64", s2012r2, rc4, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := planFor(t, c.os, c.caller, c.accepts)
			if plan.Fixable {
				t.Error("a setting is said to help")
			}
			got := ""
			for _, p := range plan.Advice {
				got += p.ID
			}
			if got != c.want {
				t.Errorf("advice %q, want %q", got, c.want)
			}
		})
	}
}

// TestCandidatesOfLists proves the fixes of a signature list without RSA-PSS, which
// TLS 1.3 needs, and of FIPS mode, which takes X25519 away.
func TestCandidatesOfLists(t *testing.T) {
	s2022 := host.OS{Version: "10.0", Build: 20348, Type: "server", Architecture: "x64"}
	list := host.Value{
		Key: `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010003`, Name: "Functions",
		Data: host.Multi("RSA/SHA256", "RSA/SHA384", "ECDSA/SHA256"),
	}
	fips := host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, Name: "Enabled", Data: host.Dword(1)}
	for _, c := range []struct {
		name    string
		accepts tlsready.Acceptance
		value   host.Value
		want    host.Data
		warns   string
	}{
		{
			"RSA-PSS",
			tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS13), Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA256}},
			list,
			host.Multi("RSA/SHA256", "RSA/SHA384", "ECDSA/SHA256", "RSAE-PSS/SHA256"), "",
		},
		{"X25519", tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS13), Groups: tlsready.Only(tlsready.X25519)}, fips, host.Dword(0), "fips-off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := planFor(t, s2022, "schannel", c.accepts, c.value)
			if !plan.Given || len(plan.Changes) != 1 || plan.Changes[0].Key != c.value.Key || !plan.Changes[0].Data.Equal(c.want) {
				t.Fatalf("given %v, changes %v", plan.Given, plan.Changes)
			}
			if plan.Restart != fix.Reboot {
				t.Errorf("restart %s", plan.Restart)
			}
			warned := false
			for _, w := range plan.Warnings {
				warned = warned || w.Rule == c.warns
			}
			if c.warns != "" && !warned {
				t.Errorf("no warning %s in %v", c.warns, plan.Warnings)
			}
		})
	}
}
