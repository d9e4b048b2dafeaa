package decide

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
	"tlsready/internal/verdict"
)

func judge(t testing.TB) *verdict.Judge {
	t.Helper()
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	return &verdict.Judge{Model: m}
}

func callers(t testing.TB, ids ...string) (list []*caller.Caller) {
	t.Helper()
	for _, id := range ids {
		c, ok, err := caller.ByID(id)
		if err != nil || !ok {
			t.Fatal(id, err)
		}
		list = append(list, c)
	}
	return list
}

func question(accepts tlsready.Acceptance, callers []*caller.Caller) Question {
	return Question{Demand: verdict.Demand{Service: "x", Phases: []verdict.Phase{{Accepts: accepts}}}, Callers: callers, Explicit: true}
}

// builds are those of which hostgen makes machines, fewer of the newer ones: they are
// alike.
func builds() []int { return []int{7601, 9600, 14393} }

// TestSameAsModel proves on thousands of machines in chance states, for several kinds
// of programs and acceptances, that the decisions say what the model says, or leave the
// machine to check; that they settle a good part; and that what they advise mends it.
func TestSameAsModel(t *testing.T) {
	j := judge(t)
	backup, _, err := service.ByID("azure-backup")
	if err != nil {
		t.Fatal(err)
	}
	tls12, old := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS10, tlsready.TLS11, tlsready.TLS12)}
	tls13 := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13)}
	for _, c := range []struct {
		name    string
		accepts tlsready.Acceptance
		ids     []string
		least   int // of 300 machines how many have to be settled
	}{
		{"azure-backup", backup.Last().Acceptance(), []string{"mars"}, 80},
		{"native", tls12, []string{"schannel", "winhttp-x64", "winhttp-x86"}, 60},
		{"dotnet", tls12, []string{"dotnet-3.5-x64", "dotnet-4.0-x86", "dotnet-4.7.2-x64"}, 80},
		{"powershell", tls12, []string{"powershell-5.1-x64", "wcf-tcp-4.7.2", "dotnet-4.5.2-x64:tls1.2"}, 60},
		{"before the day", old, []string{"winhttp-x64", "dotnet-4.5-x64"}, 50},
		{"TLS 1.3 too", tls13, []string{"schannel"}, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := question(c.accepts, callers(t, c.ids...))
			q.Documented, q.Builds = backup.DocumentedFor, builds()
			holdAgainst(t, j, Compile(j, q), c.least)
		})
	}
}

func holdAgainst(t *testing.T, j *verdict.Judge, d *Decision, least int) {
	t.Helper()
	machines := hostgen.New(7)
	settled, mended := 0, 0
	for n := 0; n < 300; {
		s := machines.Next()
		if !slices.Contains(d.Builds, s.OS.Build) {
			continue
		}
		n++
		v := host.NewView(s)
		want := j.Host(v, d.Callers, d.Demand).Verdict
		got := d.decide(j.Model, v)
		if got.verdict == verdict.Unknown {
			continue
		}
		settled++
		if got.verdict != want {
			t.Fatalf("%s, want %s: %+v", got.verdict, want, s)
		}
		if advice, ok := got.advice(v); ok {
			mended++
			if after := j.Host(advice, d.Callers, d.Demand).Verdict; after != verdict.Connects {
				t.Fatalf("%s after the advice: %+v %+v", after, s.Registry, s.Updates)
			}
		}
	}
	if settled < least || mended < 10 && len(d.Demand.Now().Versions.List()) == 1 {
		t.Errorf("%d of 300 machines are settled, %d with advice", settled, mended)
	}
}

// TestCases proves the same on every acceptance case: the service, the callers and the
// machine of the case.
func TestCases(t *testing.T) {
	j := judge(t)
	files, err := filepath.Glob(filepath.Join("..", "assess", "testdata", "cases", "*.json"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	count := map[verdict.Verdict]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Host, Service json.RawMessage
			Callers       []string
			On            string
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		s, err := host.Decode(c.Host, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := service.Parse(c.Service)
		if err != nil {
			t.Fatal(err)
		}
		on, err := service.ParseDate(c.On)
		if err != nil {
			t.Fatal(err)
		}
		q := question(p.PhaseOn(on).Acceptance(), callers(t, c.Callers...))
		q.Builds = []int{s.OS.Build}
		d := Compile(j, q)
		v := host.NewView(s)
		want := j.Host(v, q.Callers, d.Demand).Verdict
		got := d.decide(j.Model, v)
		count[got.verdict]++
		if got.verdict != verdict.Unknown && got.verdict != want {
			t.Errorf("%s: %s, want %s", filepath.Base(file), got.verdict, want)
		}
	}
	if count[verdict.Connects] < 5 || count[verdict.Fails] < 25 {
		t.Errorf("settled %v", count)
	}
}
