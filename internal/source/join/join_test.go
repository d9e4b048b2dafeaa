package join

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

const (
	dotnet = `HKLM\SOFTWARE\Microsoft\.NETFramework`
	clr4   = dotnet + `\v4.0.30319`
	tls12  = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
)

func strong(n uint32) host.Value {
	return host.Value{Key: clr4, Name: "SchUseStrongCrypto", Data: host.Dword(n)}
}

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

func part(path string, s host.Snapshot) source.Host {
	s.Schema, s.Name, s.Source = host.Schema, "FS01", "test:"+path
	return source.Host{ID: "FS01", Path: path, Snapshot: &s}
}

var (
	s2012r2 = host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Type: "server"}
	s2016   = host.OS{Name: "Windows Server 2016", Version: "10.0", Build: 14393, Type: "server"}
)

func english(notes []message.Text) []string {
	list := make([]string, len(notes))
	for i, n := range notes {
		list[i] = message.English(n)
	}
	return list
}

// state looks up what the joined host says of SchUseStrongCrypto.
func state(h source.Host) (uint32, host.State) {
	return host.NewView(h.Snapshot).Dword(host.NewRef(clr4, "SchUseStrongCrypto"))
}

// TestPolicies proves that two reports of policies add up, and that both policy objects are named
// where they differ.
func TestPolicies(t *testing.T) {
	policy := func(name, gpo string) host.PolicyValue { return host.PolicyValue{Key: clr4, Name: name, GPO: gpo} }
	one := part("old.xml", host.Snapshot{Policies: []host.PolicyValue{policy("A", "First"), policy("B", "First")}})
	two := part("new.xml", host.Snapshot{Policies: []host.PolicyValue{policy("a", "Second"), policy("C", "Second")}})
	facts := part("fs01.reg", host.Snapshot{OS: s2012r2, Covered: []string{dotnet}, Registry: []host.Value{strong(1)}})
	h := Hosts([]source.Host{facts, one, two})
	var got []string
	for _, p := range h.Snapshot.Policies {
		got = append(got, p.Name+"="+p.GPO)
	}
	if want := "A=First, Second B=First C=Second"; strings.Join(got, " ") != want {
		t.Errorf("got %v", got)
	}
	if notes := english(h.Snapshot.Notes); len(notes) != 1 || !strings.Contains(notes[0], "old.xml") || !strings.Contains(notes[0], "new.xml") {
		t.Errorf("notes %q", notes)
	}
	if n, s := state(h); n != 1 || s != host.Present {
		t.Errorf("the registry is lost: %d %s", n, s)
	}
}

// TestHosts proves that each fact comes from the source that has it, and that two that
// differ are told: the newer counts, and without dates neither does.
func TestHosts(t *testing.T) {
	list := part("ad.csv", host.Snapshot{OS: s2012r2, Labels: map[string]string{"owner": "backup-team"}})
	export := part("fs01.reg", host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Covered: []string{dotnet}, Registry: []host.Value{strong(1)}})
	updates := part("updates.csv", host.Snapshot{OS: s2012r2, Updates: &host.Updates{IDs: []string{"KB3140245"}}, Programs: &[]host.Program{{Name: "Agent", Version: "1"}}})
	h := Hosts([]source.Host{list, export, updates})
	if h.Err != nil || len(h.Snapshot.Notes) != 0 {
		t.Fatalf("error %v, notes %q", h.Err, english(h.Snapshot.Notes))
	}
	s := h.Snapshot
	if s.OS != s2012r2 || s.Labels["owner"] != "backup-team" || s.Updates == nil || s.Programs == nil || len(*s.Programs) != 1 {
		t.Errorf("joined: %+v", s)
	}
	if n, st := state(h); n != 1 || st != host.Present {
		t.Errorf("SchUseStrongCrypto is %d, %s", n, st)
	}
	if s.Source != "test:fs01.reg + test:ad.csv + test:updates.csv" {
		t.Errorf("source %q", s.Source)
	}
}

// TestContradictions proves what counts if two sources differ, and that both are
// named.
func TestContradictions(t *testing.T) {
	for _, c := range []struct {
		name     string
		one, two host.Snapshot
		value    uint32
		state    host.State
		counts   string // which path the note says counts; "" neither
	}{
		{"newer counts", host.Snapshot{CollectedAt: day(1), Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{CollectedAt: day(2), Covered: []string{dotnet}, Registry: []host.Value{strong(0)}}, 0, host.Present, "two"},
		{"a newer absence counts", host.Snapshot{CollectedAt: day(1), Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{CollectedAt: day(2), Covered: []string{dotnet}}, 0, host.Absent, "two"},
		{"no dates", host.Snapshot{Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{Covered: []string{dotnet}, Registry: []host.Value{strong(0)}}, 0, host.NotAsked, ""},
		{"one date", host.Snapshot{CollectedAt: day(2), Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{Covered: []string{dotnet}}, 0, host.NotAsked, ""},
		{"the same date", host.Snapshot{CollectedAt: day(2), Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{CollectedAt: day(2), Covered: []string{dotnet}}, 0, host.NotAsked, ""},
		{"absent by name against present", host.Snapshot{Absent: []host.ValueName{{Key: clr4, Name: "SchUseStrongCrypto"}}}, host.Snapshot{Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, 0, host.NotAsked, ""},
		{"another type", host.Snapshot{Covered: []string{dotnet}, Registry: []host.Value{strong(1)}}, host.Snapshot{Covered: []string{dotnet}, Registry: []host.Value{{Key: clr4, Name: "SchUseStrongCrypto", Data: host.String("1")}}}, 0, host.NotAsked, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.one.OS, c.two.OS = s2016, s2016
			for _, list := range [][]source.Host{{part("one", c.one), part("two", c.two)}, {part("two", c.two), part("one", c.one)}} {
				h := Hosts(list)
				if h.Err != nil {
					t.Fatal(h.Err)
				}
				if n, st := state(h); st != c.state || st == host.Present && n != c.value {
					t.Errorf("%d, %s", n, st)
				}
				notes := english(h.Snapshot.Notes)
				if len(notes) != 1 || !strings.Contains(notes[0], "one") || !strings.Contains(notes[0], "two") {
					t.Fatalf("notes %q do not name both", notes)
				}
				if c.counts != "" && !strings.Contains(notes[0], c.counts+" was collected later") || c.counts == "" && !strings.Contains(notes[0], "not asked") {
					t.Errorf("note %q", notes[0])
				}
			}
		})
	}
}

// TestSystems proves that a list gives way to the machine itself, and that two lists
// that differ settle nothing.
func TestSystems(t *testing.T) {
	list := part("ad.csv", host.Snapshot{OS: s2012r2})
	machine := part("fs01.reg", host.Snapshot{OS: s2016, Covered: []string{dotnet}})
	if h := Hosts([]source.Host{list, machine}); h.Err != nil || h.Snapshot.OS != s2016 || len(h.Snapshot.Notes) != 1 {
		t.Errorf("machine against list: %+v", h)
	}
	if h := Hosts([]source.Host{list, part("wsus.csv", host.Snapshot{OS: s2016})}); h.Err == nil || h.Snapshot != nil {
		t.Errorf("two lists: %+v", h)
	}
	if h := Hosts([]source.Host{part("vault.csv", host.Snapshot{}), list}); h.Err != nil || h.Snapshot.OS != s2012r2 {
		t.Errorf("a list of names beside one of systems: %+v", h)
	}
	if h := Hosts([]source.Host{{ID: "FS01", Path: "bad.reg", Err: message.Error("source.no-text")}, list}); h.Err != nil || len(h.Snapshot.Notes) != 1 {
		t.Errorf("an unreadable file beside a list: %+v", h)
	}
}

// TestSystemParts proves that two architectures or kinds of one system are told: the machine
// counts before a list and the newer before the older, and else neither does. All of three lists
// with three systems are named.
func TestSystemParts(t *testing.T) {
	with := func(arch, kind string, revision int) host.OS {
		return host.OS{Name: s2016.Name, Version: s2016.Version, Build: s2016.Build, Architecture: arch, Type: kind, Revision: revision}
	}
	for name, test := range map[string]struct {
		one, two source.Host
		want     host.OS
		notes    int
	}{
		"two lists":         {part("a", host.Snapshot{OS: with("x86", "client", 200)}), part("b", host.Snapshot{OS: with("x64", "server", 100)}), with("", "", 100), 2},
		"the machine":       {part("a", host.Snapshot{OS: with("x86", "client", 0)}), part("b", host.Snapshot{OS: with("x64", "server", 0), Covered: []string{dotnet}}), with("x64", "server", 0), 0},
		"the newer":         {part("a", host.Snapshot{OS: with("x86", "client", 100), CollectedAt: day(2)}), part("b", host.Snapshot{OS: with("x64", "server", 200), CollectedAt: day(1)}), with("x86", "client", 100), 2},
		"two exports":       {part("a", host.Snapshot{OS: with("x86", "", 0), Covered: []string{dotnet}}), part("b", host.Snapshot{OS: with("x64", "", 0), Covered: []string{tls12}}), with("", "", 0), 1},
		"one says nothing":  {part("a", host.Snapshot{OS: with("", "server", 0)}), part("b", host.Snapshot{OS: with("x64", "", 5)}), with("x64", "server", 5), 0},
		"a list of servers": {part("a", host.Snapshot{OS: with("x64", "server", 0)}), part("b", host.Snapshot{OS: with("x64", "domain-controller", 0)}), with("x64", "domain-controller", 0), 0},
	} {
		h := Hosts([]source.Host{test.one, test.two})
		if h.Err != nil || h.Snapshot.OS != test.want || len(h.Snapshot.Notes) != test.notes {
			t.Errorf("%s: %v %+v %q", name, h.Err, h.Snapshot.OS, english(h.Snapshot.Notes))
		}
	}
	three := Hosts([]source.Host{
		part("ad.csv", host.Snapshot{OS: s2012r2}), part("wsus.csv", host.Snapshot{OS: s2016}),
		part("sccm.csv", host.Snapshot{OS: host.OS{Name: "Windows Server 2019", Version: "10.0", Build: 17763}}),
	})
	for _, want := range []string{"ad.csv says Windows Server 2012 R2", "wsus.csv says Windows Server 2016", "sccm.csv says Windows Server 2019"} {
		if three.Err == nil || !strings.Contains(three.Err.Error(), want) {
			t.Errorf("three lists: %v", three.Err)
		}
	}
}

// TestOtherFacts proves the same for updates, programs, files, certificates and labels.
func TestOtherFacts(t *testing.T) {
	one := part("one", host.Snapshot{
		OS: s2016, Updates: &host.Updates{Complete: true, IDs: []string{"KB1"}}, Programs: &[]host.Program{{Name: "Agent", Version: "1"}},
		Files: map[string]string{"winhttp.dll": "1"}, Certificates: &host.Certificates{Root: []string{"A"}}, Labels: map[string]string{"owner": "a"},
	})
	two := part("two", host.Snapshot{
		OS: s2016, Updates: &host.Updates{IDs: []string{"KB2"}}, Programs: &[]host.Program{{Name: "agent", Version: "2"}, {Name: "Other"}},
		Files: map[string]string{"winhttp.dll": "2", "schannel.dll": "3"}, Certificates: &host.Certificates{Root: []string{"B"}, Intermediate: []string{"C"}}, Labels: map[string]string{"owner": "b"},
	})
	s := Hosts([]source.Host{one, two}).Snapshot
	if s.Updates.Complete || len(s.Updates.IDs) != 2 {
		t.Errorf("updates %+v", s.Updates)
	}
	if p := *s.Programs; len(p) != 2 || p[0].Version != "" {
		t.Errorf("programs %+v", p)
	}
	if _, there := s.Files["winhttp.dll"]; there || s.Files["schannel.dll"] != "3" {
		t.Errorf("files %+v", s.Files)
	}
	if s.Certificates.Root != nil || len(s.Certificates.Intermediate) != 1 {
		t.Errorf("certificates %+v", s.Certificates)
	}
	if len(s.Notes) != 5 {
		t.Errorf("notes %q", english(s.Notes))
	}
}

// TestNeverMoreThanTheParts proves on made hosts that a joined host states of a value
// only what one of its parts states and none contradicts without being older.
func TestNeverMoreThanTheParts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	keys := []string{dotnet, clr4, tls12, `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`}
	refs := []host.Ref{host.NewRef(clr4, "SchUseStrongCrypto"), host.NewRef(clr4, "SystemDefaultTlsVersions"), host.NewRef(tls12, "Enabled"), host.NewRef(tls12, "DisabledByDefault")}
	made := func() host.Snapshot {
		s := host.Snapshot{OS: s2016}
		if random.IntN(2) == 0 {
			s.CollectedAt = day(1 + random.IntN(3))
		}
		for _, key := range keys {
			switch random.IntN(4) {
			case 0:
				s.Covered = append(s.Covered, key)
			case 1:
				s.Shallow = append(s.Shallow, key)
			}
		}
		v := host.NewView(&s)
		for _, r := range refs {
			switch {
			case !v.Covers(r) && random.IntN(4) == 0:
				s.Absent = append(s.Absent, host.ValueName{Key: r.Key, Name: r.Name})
			case v.Covers(r) && random.IntN(2) == 0:
				s.Registry = append(s.Registry, host.Value{Key: r.Key, Name: r.Name, Data: host.Dword(uint32(random.IntN(2)))})
			}
		}
		return s
	}
	for range 20000 {
		var parts []source.Host
		for i := range 2 + random.IntN(2) {
			parts = append(parts, part(string(rune('a'+i)), made()))
		}
		joined := host.NewView(Hosts(parts).Snapshot)
		for _, r := range refs {
			checkValue(t, joined, parts, r)
		}
	}
}

func checkValue(t *testing.T, joined *host.View, parts []source.Host, r host.Ref) {
	t.Helper()
	data, state := joined.Lookup(r)
	if state == host.NotAsked {
		return
	}
	stated := false
	var at time.Time
	for _, p := range parts {
		if d, s := host.NewView(p.Snapshot).Lookup(r); s == state && d.Equal(data) {
			stated = true
			if p.Snapshot.CollectedAt.After(at) {
				at = p.Snapshot.CollectedAt
			}
		}
	}
	if !stated {
		t.Fatalf("%s %s: %s %v is stated by no part", r.Key, r.Name, state, data)
	}
	for _, p := range parts {
		d, s := host.NewView(p.Snapshot).Lookup(r)
		older := !p.Snapshot.CollectedAt.IsZero() && p.Snapshot.CollectedAt.Before(at)
		if s != host.NotAsked && (s != state || !d.Equal(data)) && !older {
			t.Fatalf("%s %s: %s %v is contradicted by %s: %s %v", r.Key, r.Name, state, data, p.Path, s, d)
		}
	}
}
