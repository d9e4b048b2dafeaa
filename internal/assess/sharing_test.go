package assess

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
)

// TestSharingIsExact proves over thousands of hosts that what hosts share is what each of them
// would have got by itself, to the byte. Each generated host comes with neighbours that differ
// from it in one fact, read or not: sharing too much would show there.
func TestSharingIsExact(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	sharing, alone := asking(t, model, "azure-backup", "entra-id", "azure-sql"), asking(t, model, "azure-backup", "entra-id", "azure-sql")
	w := &Writer{Words: message.For("en"), Model: model}
	hosts := 80
	if testing.Short() {
		hosts = 25
	}
	g := hostgen.New(11)
	random := rand.New(rand.NewPCG(11, 2))
	shared, all := 0, 0
	for range hosts {
		s := g.Next()
		decorate(random, s)
		for _, one := range append([]*host.Snapshot{s, again(s)}, neighbours(random, s)...) {
			v := host.NewView(one)
			if _, known := sharing.found.Find(v); known {
				shared++
			}
			want, got := written(t, w, alone, v, alone.work(v)), written(t, w, alone, v, sharing.find(v))
			if want != got {
				t.Fatalf("shared and by itself differ for\n%s\nby itself %s\nshared %s", asJSON(t, one), want, got)
			}
			all++
		}
	}
	if shared < all/10 || all < 30*hosts {
		t.Errorf("%d of %d hosts shared what was found", shared, all)
	}
	t.Logf("%d of %d hosts shared what was found", shared, all)
}

// TestOutcomes proves that verdicts and causes alone are those that come with reasons and a
// fix.
func TestOutcomes(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	a := asking(t, model, "azure-backup", "entra-id", "azure-sql")
	g, random := hostgen.New(13), rand.New(rand.NewPCG(13, 2))
	seen := map[Outcome]bool{}
	for range 60 {
		s := g.Next()
		decorate(random, s)
		for _, a.AssumeUpdates = range []bool{false, true} {
			judged, _ := a.Assess("host", s) // services that contradict each other have verdicts as well
			got := a.Outcomes(host.NewView(s))
			if len(got) != len(judged) {
				t.Fatalf("%d outcomes, want %d", len(got), len(judged))
			}
			for i, j := range judged {
				seen[got[i]] = true
				if want := (Outcome{j.Judgement.Verdict, j.Judgement.Cause}); got[i] != want {
					t.Fatalf("%s: %+v, want %+v for\n%s", j.Demand.Service, got[i], want, asJSON(t, s))
				}
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v", seen)
	}
}

// TestRemembering proves that a writer that remembers says of every host what one says that
// does not, however often and in whichever order it is asked.
func TestRemembering(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	a := asking(t, model, "azure-backup", "entra-id", "azure-sql")
	plain := &Writer{Words: message.For("en"), Model: model}
	remembering := (&Writer{Words: message.For("en"), Model: model}).Remembering()
	g := hostgen.New(12)
	for range 20 {
		list, err := a.Assess("host", g.Next())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for _, j := range list {
				if got, want := asJSON(t, remembering.Rows(j)), asJSON(t, plain.Rows(j)); got != want {
					t.Fatalf("rows: %s, want %s", got, want)
				}
				if got, want := asJSON(t, remembering.Host(j)), asJSON(t, plain.Host(j)); got != want {
					t.Fatalf("host: %s, want %s", got, want)
				}
			}
		}
	}
}

// asking is an assessor that asks for services, with certificates among their demands.
func asking(t *testing.T, model *stack.Model, ids ...string) *Assessor {
	t.Helper()
	a, err := New(model)
	if err != nil {
		t.Fatal(err)
	}
	a.WithDocumented = true
	on, err := service.ParseDate("2026-01-15")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		p, ok, err := service.ByID(id)
		if err != nil || !ok {
			t.Fatalf("%s: %v", id, err)
		}
		d := Demanded{Profile: p, Demand: DemandOf(p, on)}
		for _, id := range p.Callers {
			c, ok, err := caller.ByID(id)
			if err != nil || !ok {
				t.Fatalf("%s: %v", id, err)
			}
			d.Callers = append(d.Callers, c)
		}
		a.Services = append(a.Services, d)
	}
	return a
}

// written is everything that is said of a host.
func written(t *testing.T, w *Writer, a *Assessor, v *host.View, found finding) string {
	t.Helper()
	list, err := a.of("host", v, found)
	out := fmt.Sprintln(err)
	for _, j := range list {
		out += asJSON(t, w.Rows(j)) + asJSON(t, w.Host(j))
	}
	return out
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// again is another host in the same state.
func again(s *host.Snapshot) *host.Snapshot {
	next := *s
	next.Registry = slices.Clone(s.Registry)
	return &next
}

// decorate gives a host the parts that generated ones lack.
func decorate(random *rand.Rand, s *host.Snapshot) {
	if random.IntN(3) > 0 {
		s.Programs = &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: []string{"2.0.9207.0", "2.0.9000.0", ""}[random.IntN(3)]}}
	}
	if random.IntN(2) == 0 {
		s.Certificates = &host.Certificates{Root: []string{"df3c24f9bfd666761b268073fe06d1cc8d4f82a4"}}
	}
	if random.IntN(3) == 0 {
		s.Files = map[string]string{"schannel.dll": "6.1.7601.24000", "winhttp.dll": []string{"6.1.7601.23375", "6.1.7601.17514"}[random.IntN(2)]}
	}
}

// neighbours are hosts that differ from one in a single fact.
func neighbours(random *rand.Rand, s *host.Snapshot) []*host.Snapshot {
	var list []*host.Snapshot
	change := func(f func(next *host.Snapshot)) {
		next := again(s)
		f(next)
		list = append(list, next)
	}
	for i := range s.Registry {
		change(func(next *host.Snapshot) { next.Registry = slices.Delete(next.Registry, i, i+1) })
		change(func(next *host.Snapshot) { next.Registry[i].Data = host.Dword(uint32(random.IntN(3))) })
	}
	for i := range s.Covered {
		change(func(next *host.Snapshot) { next.Covered = slices.Delete(slices.Clone(next.Covered), i, i+1) })
	}
	change(func(next *host.Snapshot) { next.OS.Revision++ })
	change(func(next *host.Snapshot) { next.Updates = nil })
	change(func(next *host.Snapshot) { next.Updates = &host.Updates{Complete: true} })
	change(func(next *host.Snapshot) { next.Updates = &host.Updates{IDs: []string{"KB3140245", "KB3154518"}} })
	change(func(next *host.Snapshot) { next.Files = nil })
	change(func(next *host.Snapshot) { next.Certificates = nil })
	change(func(next *host.Snapshot) { next.Certificates = &host.Certificates{Root: []string{"00"}} })
	change(func(next *host.Snapshot) { next.Programs = nil })
	change(func(next *host.Snapshot) { next.Programs = &[]host.Program{} })
	change(func(next *host.Snapshot) {
		next.Programs = &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "1.0"}, {Name: "Microsoft Azure AD Connect", Version: "1.1"}}
	})
	for _, p := range []host.PolicyValue{
		{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SystemDefaultTlsVersions", GPO: "Baseline"},
		{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SystemDefaultTlsVersions", GPO: "Baseline", Data: host.Dword(1)},
		{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "**delvals.", GPO: "Other"},
	} {
		change(func(next *host.Snapshot) { next.Policies = []host.PolicyValue{p} })
	}
	extra := []host.Value{
		{Key: `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers\AES 128/128`, Name: "Enabled", Data: host.Dword(0)},
		{Key: `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server`, Name: "Enabled", Data: host.Dword(0)},
		{Key: `HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot`, Name: "DisableRootAutoUpdate", Data: host.Dword(1)},
		{Key: `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "ProxyServer", Data: host.String("proxy.example.com:8080")},
		{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SchUseStrongCripto", Data: host.Dword(1)},
	}
	for _, v := range extra {
		change(func(next *host.Snapshot) { next.Registry = append(next.Registry, v) })
	}
	change(func(next *host.Snapshot) {
		next.Absent = append(slices.Clone(next.Absent), host.ValueName{Key: extra[2].Key, Name: extra[2].Name})
	})
	return list
}
