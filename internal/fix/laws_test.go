package fix_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
	"tlsready/internal/verdict"
)

// lawHosts is how many generated hosts each law is held against, for each of
// the demands.
const lawHosts = 400

func suite(t testing.TB, name string) tlsready.Suite {
	t.Helper()
	s, err := tlsready.ParseSuite(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// demands are of every kind: versions alone, suites, groups, signatures, roots.
func demands(t testing.TB) map[string]verdict.Demand {
	one := func(a tlsready.Acceptance) verdict.Demand {
		return verdict.Demand{Service: "law", Phases: []verdict.Phase{{From: "2020-01-01", Accepts: a}}}
	}
	only12 := tlsready.Only(tlsready.TLS12)
	return map[string]verdict.Demand{
		"tls12": one(tlsready.Acceptance{Versions: only12}),
		"tls13": one(tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13)}),
		"suites": one(tlsready.Acceptance{Versions: only12, Suites: tlsready.Only(
			suite(t, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), suite(t, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"))}),
		"dheCBC": one(tlsready.Acceptance{Versions: only12, Suites: tlsready.Only(suite(t, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"))}),
		"rsa1k":  one(tlsready.Acceptance{Versions: only12, Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 1024}}),
		"gcm":    one(tlsready.Acceptance{Versions: only12, Suites: tlsready.Only(suite(t, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"))}),
		"group":  one(tlsready.Acceptance{Versions: only12, Groups: tlsready.Only(tlsready.Secp384r1)}),
		"sha512": one(tlsready.Acceptance{Versions: only12, Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA512}}),
	}
}

func callers(t testing.TB) []*caller.Caller {
	t.Helper()
	var list []*caller.Caller
	for _, id := range []string{"mars", "dotnet-3.5-x64", "dotnet-4.7.2-x86", "winhttp-x86", "schannel", "powershell-5.1-x64", "wininet", "wcf-tcp-4.7", "dotnet-4.5.2-x64:tls1.2", "dotnet-4.5-x64", "wsus-sync", "exchange", "azure-file-sync"} {
		c, ok, err := caller.ByID(id)
		if !ok || err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		list = append(list, c)
	}
	return list
}

func newFixer(t testing.TB) *fix.Fixer {
	t.Helper()
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	f, err := fix.New(&verdict.Judge{Model: m}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLaws proves over generated hosts, for every caller alone: with the fix the
// verdict is connects; with any one change left out it is not; and the undo
// brings back the same snapshot.
func TestLaws(t *testing.T) {
	f := newFixer(t)
	for name, d := range demands(t) {
		t.Run(name, func(t *testing.T) {
			given := 0
			g := hostgen.New(uint64(len(name))*7 + uint64(name[0]))
			all := callers(t)
			for i := range lawHosts {
				s := g.Next()
				demand := fix.Demand{Demand: d, Callers: []*caller.Caller{all[i%len(all)]}}
				if holdLaws(t, f, s, demand) {
					given++
				}
				if t.Failed() {
					text, _ := json.MarshalIndent(s, "", " ")
					t.Fatalf("host %d, caller %s:\n%s", i, all[i%len(all)].ID, text)
				}
			}
			if given == 0 {
				t.Error("no fix was given for any host: the law was not held against anything")
			}
			t.Logf("%d fixes", given)
		})
	}
}

func holdLaws(t *testing.T, f *fix.Fixer, s *host.Snapshot, d fix.Demand) bool {
	v := host.NewView(s)
	out := f.Judge.Host(v, d.Callers, d.Demand)
	plan, err := f.Host(v, []fix.Demand{d}, []verdict.Judgement{out})
	if err != nil {
		t.Fatal(err)
	}
	if out.Verdict != verdict.Fails {
		if plan.Given {
			t.Errorf("a fix for a host that does not fail (%s)", out.Verdict)
		}
		return false
	}
	if !plan.Given {
		return false
	}
	after := s.Apply(plan.Changes...)
	after.Files = nil
	after.Updates = withUpdates(s.Updates, plan.Prerequisites)
	after.Registry = append(after.Registry, withRuntime(plan.Prerequisites)...)
	if got := f.Judge.Host(host.NewView(after), d.Callers, d.Demand); got.Verdict != verdict.Connects {
		t.Errorf("after the fix %v %v: %s %s", plan.Changes, plan.Prerequisites, got.Verdict, got.Cause)
	}
	for i := range plan.Changes {
		less := s.Apply(slices.Delete(slices.Clone(plan.Changes), i, i+1)...)
		less.Files, less.Updates = nil, after.Updates
		less.Registry = append(less.Registry, withRuntime(plan.Prerequisites)...)
		if got := f.Judge.Host(host.NewView(less), d.Callers, d.Demand).Verdict; got == verdict.Connects {
			t.Errorf("without %s %s it connects as well; the plan is %v %v", plan.Changes[i].Key, plan.Changes[i].Name, plan.Changes, plan.Prerequisites)
		}
	}
	holdUndo(t, s, plan.Changes)
	return true
}

// withRuntime is what the installation of a newer .NET Framework writes.
func withRuntime(need []fix.Prerequisite) []host.Value {
	releases := map[string]uint32{stack.RuntimePrefix + "4.6": 393297, stack.RuntimePrefix + "4.8": 528049}
	for _, p := range need {
		if n, ok := releases[p.ID]; ok {
			return []host.Value{{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(n)}}
		}
	}
	return nil
}

func withUpdates(u *host.Updates, need []fix.Prerequisite) *host.Updates {
	next := &host.Updates{}
	if u != nil {
		next.Complete, next.IDs = u.Complete, slices.Clone(u.IDs)
	}
	for _, p := range need {
		if p.Kind == fix.Update {
			next.IDs = append(next.IDs, p.ID)
		}
	}
	return next
}

// holdUndo proves that the inverse changes, last first, restore the registry.
func holdUndo(t *testing.T, s *host.Snapshot, changes []host.Change) {
	undo := make([]host.Change, 0, len(changes))
	for _, c := range slices.Backward(changes) {
		undo = append(undo, c.Undo())
	}
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := json.Marshal(s.Apply(changes...).Apply(undo...))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, restored) {
		t.Errorf("the undo restores\n%s\nof\n%s", restored, before)
	}
}

// BenchmarkJudge counts host × caller verdicts for hosts in memory.
func BenchmarkJudge(b *testing.B) {
	f := newFixer(b)
	d := demands(b)["tls12"]
	all := callers(b)
	g := hostgen.New(1)
	views := make([]*host.View, 1000)
	for i := range views {
		views[i] = host.NewView(g.Next())
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, c := range all {
			f.Judge.Host(views[n%len(views)], []*caller.Caller{c}, d)
		}
		n++
	}
	b.ReportMetric(float64(n*len(all))/b.Elapsed().Seconds(), "verdicts/s")
}
