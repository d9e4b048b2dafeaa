package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/golden"
)

func newModel(t *testing.T) *stack.Model {
	t.Helper()
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDefaults holds what every stack of every Windows version offers with
// nothing set, against the committed table: a change of the data shows as a
// change of the table.
func TestDefaults(t *testing.T) {
	m := newModel(t)
	var b strings.Builder
	for _, sys := range m.Systems() {
		v := host.NewView(&host.Snapshot{OS: sys.OS, Covered: []string{"HKLM", "HKCU"}, Registry: []host.Value{
			{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(528049)},
		}})
		fmt.Fprintf(&b, "%s (%s.%d)\n", sys.Name, sys.OS.Version, sys.OS.Build)
		for _, id := range []string{"schannel", "winhttp-x64", "wininet", "dotnet-3.5-x64", "dotnet-4.5.2-x64", "dotnet-4.6.2-x64", "dotnet-4.7.2-x64", "wcf-tcp-4.7", "powershell-5.1-x64"} {
			s, err := stack.Parse(id)
			if err != nil {
				t.Fatal(err)
			}
			p := m.Predict(v, s, stack.Ask{})
			fmt.Fprintf(&b, "  %-20s %s  %d suites, %d groups, %d signature algorithms\n", id, versions(p.Offer), len(p.Offer.Suites), len(p.Offer.Groups), len(p.Offer.SignatureAlgorithms))
		}
	}
	golden.Equal(t, "testdata/defaults.txt", []byte(b.String()))
}

func versions(o tlsready.Offer) string {
	var names []string
	for _, v := range o.Versions {
		name := strings.TrimPrefix(v.Version.String(), "TLS ")
		if v.Maybe {
			name += "?"
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " ")
}

// TestStockWindows7 proves that the list of a real Windows 7 SP1 without
// KB3042058 is the model's: 26 suites that programs offer, no DHE_RSA, no RSA
// with GCM.
func TestStockWindows7(t *testing.T) {
	m := newModel(t)
	s, _ := stack.Parse("schannel:tls1.2")
	v := host.NewView(&host.Snapshot{
		OS:      host.OS{Version: "6.1", Build: 7601, Architecture: "x64"},
		Covered: []string{"HKLM"}, Updates: &host.Updates{Complete: true},
	})
	p := m.Predict(v, s, stack.Ask{Suites: true})
	if len(p.Offer.Suites) != 26 {
		t.Errorf("%d suites, want 26", len(p.Offer.Suites))
	}
	for _, o := range p.Offer.Suites {
		i := o.Suite.Info()
		if i.KeyExchange == tlsready.DHE && i.Auth == tlsready.AuthRSA || i.KeyExchange == tlsready.RSA && i.AEAD {
			t.Errorf("%s needs KB3042058", o.Suite)
		}
	}
}

// TestParse proves which caller ids are understood, and that others are refused.
func TestParse(t *testing.T) {
	for id, want := range map[string]stack.Stack{
		"schannel:tls1.2":         {Kind: stack.Schannel, Named: []tlsready.Version{tlsready.TLS12}},
		"winhttp-x86":             {Kind: stack.WinHTTP, Wow: true, Bits: 32},
		"dotnet-4.5.2-x64:tls1.0": {Kind: stack.DotNet, Bits: 64, Target: 40502, Named: []tlsready.Version{tlsready.TLS10}},
		"dotnet-3.5-x86":          {Kind: stack.DotNet, Wow: true, Bits: 32, CLR2: true, Target: 30500},
		"dotnet-4.8.1-x64":        {Kind: stack.DotNet, Bits: 64, Target: 40801},
		"powershell-2.0-x64":      {Kind: stack.PowerShell, Bits: 64, CLR2: true},
		"wcf-tcp-4.7.2":           {Kind: stack.WCF, Target: 40702},
	} {
		got, err := stack.Parse(id)
		want.ID = id
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %+v %v, want %+v", id, got, err, want)
		}
	}
	for _, id := range []string{"", "winhttp", "winhttp-x32", "dotnet-x64", "dotnet-9.9-x64", "dotnet-4.-x64", "powershell-7-x64", "schannel:", "schannel:tls2.0", "wcf-tcp-", "dotnet-4.5.2-x64:"} {
		if _, err := stack.Parse(id); err == nil {
			t.Errorf("%q was understood", id)
		}
	}
}

// TestUpdateEvidence proves which facts prove an update, the strongest first.
func TestUpdateEvidence(t *testing.T) {
	m := newModel(t)
	os := host.OS{Version: "6.1", Build: 7601}
	files := func(winhttp, webio string) map[string]string {
		return map[string]string{"WinHttp.dll": winhttp, "webio.dll": webio}
	}
	const enough, old = "6.1.7601.23375", "6.1.7601.17514"
	for name, c := range map[string]struct {
		s    host.Snapshot
		want tlsready.Answer
	}{
		"files are new enough":           {host.Snapshot{OS: os, Files: files(enough, "6.1.7601.24000")}, tlsready.Yes},
		"one file is old":                {host.Snapshot{OS: os, Files: files(enough, old)}, tlsready.No},
		"an old file beats the KB list":  {host.Snapshot{OS: os, Files: files(old, old), Updates: &host.Updates{IDs: []string{"KB3140245"}}}, tlsready.No},
		"one file is not enough":         {host.Snapshot{OS: os, Files: map[string]string{"winhttp.dll": enough}}, tlsready.Unknown},
		"listed":                         {host.Snapshot{OS: os, Updates: &host.Updates{IDs: []string{"kb3140245"}}}, tlsready.Yes},
		"a partial list proves nothing":  {host.Snapshot{OS: os, Updates: &host.Updates{IDs: []string{"KB1"}}}, tlsready.Unknown},
		"a complete list proves absence": {host.Snapshot{OS: os, Updates: &host.Updates{Complete: true, IDs: []string{"KB1"}}}, tlsready.No},
		"a later build has it":           {host.Snapshot{OS: host.OS{Version: "10.0", Build: 14393}, Updates: &host.Updates{Complete: true}}, tlsready.Yes},
		"nothing asked":                  {host.Snapshot{OS: os}, tlsready.Unknown},
	} {
		if got := m.Update(host.NewView(&c.s), "KB3140245"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// FuzzParse proves that no caller id makes the parser panic, and that what it
// takes it takes again.
func FuzzParse(f *testing.F) {
	for _, id := range stack.Generic() {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		s, err := stack.Parse(id)
		if err == nil && s.ID != id {
			t.Errorf("%q became %q", id, s.ID)
		}
	})
}
