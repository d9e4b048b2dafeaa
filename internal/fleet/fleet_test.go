package fleet

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

func ptr[T any](x T) *T { return &x }

// outcome is a host with a verdict; a failing one needs a value to be set.
func outcome(name, verdict string) *document.Host {
	h := &document.Host{Host: name, Service: "x", Verdict: verdict, Labels: map[string]string{"owner": "team"}}
	if verdict == document.Fails {
		h.Cause, h.Fixable = ptr("protocol-version"), ptr(true)
		h.Changes = []document.Change{{Key: `HKLM\SOFTWARE\A`, Name: "B", Data: host.Dword(1), Before: &document.Before{State: host.Absent}}}
	}
	return h
}

// night is a run of a day, counted from 2026-01-01.
func night(l *Ledger, day int, file string, hosts ...*document.Host) *Run {
	r := &Run{File: file, Day: ParseDay("2026-01-01") + Day(day), Services: []document.Service{{ID: "x", From: "2026-06-01", DaysLeft: ptr(0)}}}
	for _, h := range hosts {
		r.Rows = append(r.Rows, l.Row(h))
	}
	l.Add(r)
	return r
}

// Proves, of many random courses, that each day's counts are those of its lines alone,
// host by host the worst; that a day's point and its unseen hosts add up to the hosts that
// count; and that the order in which files are read changes nothing.
func TestCountsAreThoseOfTheLines(t *testing.T) {
	verdicts := []string{document.Fails, document.Unknown, document.Connects, document.NotInstalled}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		want := map[string]document.Summary{}
		var lines []func(*Ledger)
		for day := range 30 {
			if random.IntN(6) == 0 {
				continue // no run that night
			}
			var list []document.Host
			for i := range 12 {
				for _, service := range []string{"x", "y"} {
					if random.IntN(5) > 0 {
						h := *outcome(fmt.Sprint("h", i), verdicts[random.IntN(len(verdicts))])
						h.Service = service
						list = append(list, h)
					}
				}
			}
			date := (ParseDay("2026-01-01") + Day(day)).String()
			want[date] = document.Count(list)
			for part, some := range [][]document.Host{list[:len(list)/2], list[len(list)/2:]} {
				lines = append(lines, func(l *Ledger) {
					hosts := make([]*document.Host, len(some))
					for i := range some {
						hosts[i] = &some[i]
					}
					night(l, day, fmt.Sprint("part", part), hosts...)
				})
			}
		}
		one := made(lines)
		for _, d := range one.Days {
			if d.Summary != want[d.Date] {
				t.Fatalf("seed %d, %s: %+v, want %+v", seed, d.Date, d.Summary, want[d.Date])
			}
		}
		if len(one.Days) != len(want) {
			t.Fatalf("seed %d: %d days, want %d", seed, len(one.Days), len(want))
		}
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		if two := made(lines); !reflect.DeepEqual(asJSON(t, one), asJSON(t, two)) {
			t.Fatalf("seed %d: the order of the files changes the result", seed)
		}
		for i := range one.Deadlines {
			last := one.Deadlines[i].Last()
			counting := 0
			for _, h := range one.Hosts {
				for _, s := range h.Services {
					if s.Service == one.Deadlines[i].Service.ID && !s.Gone && s.Verdict != document.NotInstalled {
						counting++
					}
				}
			}
			if last.Date == one.Days[len(one.Days)-1].Date && last.Ready+last.Open() != counting {
				t.Fatalf("seed %d: %+v, and %d hosts count", seed, last, counting)
			}
		}
	}
}

func made(lines []func(*Ledger)) *document.Fleet {
	l := New()
	for _, add := range lines {
		add(l)
	}
	return l.Document(ParseDay("2026-02-01"))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Proves what is said of a host by the verdicts that it came through.
func TestTurns(t *testing.T) {
	for _, c := range []struct{ verdicts, want string }{
		{"F", ""},
		{"FF", ""},
		{"FC", document.TurnMended},
		{"FUC", document.TurnMended},
		{"CF", document.TurnFellBack},
		{"CUF", document.TurnFellBack},
		{"UF", document.TurnJudged},
		{"FUF", document.TurnJudged},
		{"FU", document.TurnUnjudged},
		{"UU", ""},
		{"FN", ""},
		{"NF", ""},
		{"FCF", document.TurnFellBack},
		{"CFC", document.TurnMended},
	} {
		l := New()
		for day, letter := range c.verdicts {
			night(l, day, "", outcome("a", map[rune]string{'F': document.Fails, 'C': document.Connects, 'U': document.Unknown, 'N': document.NotInstalled}[letter]))
		}
		if got := l.Document(0).Hosts[0].Services[0].Turn; got != c.want {
			t.Errorf("%s: %q, want %q", c.verdicts, got, c.want)
		}
	}
}

// Proves that a host that is not in the lines counts as last seen for two weeks, then no
// longer; that the later of two runs of a day wins, host by host; and that a run that was
// cut short says so, moves no forecast and makes no host vanish.
func TestHostsThatAreNotThere(t *testing.T) {
	l := New()
	night(l, 0, "", outcome("a", document.Fails), outcome("b", document.Fails))
	night(l, 1, "2.jsonl", outcome("a", document.Fails))
	night(l, 1, "2-again.jsonl", outcome("a", document.Connects))
	night(l, 2, "", outcome("a", document.Connects)).Cut = true
	doc := l.Document(0)
	last := doc.Deadlines[0].Last()
	if last.Ready != 1 || last.NotReady != 1 || last.Unseen != 1 || !last.Cut || !doc.Hosts[1].Unseen || doc.Hosts[1].Gone || doc.Hosts[1].LastSeen != "2026-01-01" || doc.Days[2].Unseen != 1 {
		t.Errorf("%+v, %+v", last, doc.Hosts[1])
	}
	if doc.Hosts[0].Services[0].Turn != document.TurnMended || doc.Hosts[0].Services[0].Since != "2026-01-02" {
		t.Errorf("%+v", doc.Hosts[0].Services[0])
	}
	if len(doc.Groups) != 1 || !slices.Equal(doc.Groups[0].Hosts, []string{"b"}) || doc.Owners[0].Unseen != 1 {
		t.Errorf("%+v, %+v", doc.Groups, doc.Owners)
	}
	night(l, KeepDays, "", outcome("a", document.Connects))
	if p := l.Document(0).Deadlines[0].Last(); p.NotReady != 1 {
		t.Errorf("on day %d: %+v", KeepDays, p)
	}
	night(l, KeepDays+1, "", outcome("a", document.Connects))
	if doc := l.Document(0); doc.Deadlines[0].Last().NotReady != 0 || !doc.Hosts[1].Gone || len(doc.Groups) != 0 {
		t.Errorf("on day %d: %+v", KeepDays+1, doc.Deadlines[0].Last())
	}
}

// Proves that a group has one id whatever stood there before, however keys are spelled, and
// whatever number an error has; and that another value is another group.
func TestGroups(t *testing.T) {
	l := New()
	b, c, d, e := outcome("b", document.Fails), outcome("c", document.Fails), outcome("d", document.Fails), outcome("e", document.Unknown)
	b.Changes[0].Before = &document.Before{State: host.Present, Data: host.Dword(0)}
	c.Changes[0].Key = `hklm\Software\A`
	d.Changes[0].Data = host.Dword(2)
	e.Error = "2026-01-01/e.json: line 7: no JSON"
	f := *e
	f.Host, f.Error = "f", "2026-01-02/f.json: line 8: no JSON"
	night(l, 0, "", outcome("a", document.Fails), b, c, d, e, &f)
	doc := l.Document(0)
	if len(doc.Groups) != 3 || len(doc.Groups[0].Hosts) != 3 || doc.Groups[2].Verdict != document.Unreadable || len(doc.Groups[2].Hosts) != 2 {
		t.Errorf("%+v", doc.Groups)
	}
	if doc.Groups[0].Changes[0].Key != `HKLM\SOFTWARE\A` || doc.Groups[0].Changes[0].Before != nil {
		t.Errorf("%+v", doc.Groups[0].Changes)
	}
}

// Proves that a moved date and another demand are told, and that days before another demand
// are not in the forecast.
func TestMoves(t *testing.T) {
	l := New()
	for day := range 20 {
		r := night(l, day, "", outcome("a", document.Fails), outcome("b", document.Fails))
		switch {
		case day >= 12:
			r.Services[0].Accepts = &document.Acceptance{Versions: tlsready.Only(tlsready.TLS13)}
		case day >= 5:
			r.Services[0].From = "2026-09-01"
		}
		if day >= 12 {
			r.Services[0].From = "2026-09-01"
		}
	}
	d := l.Document(ParseDay("2026-08-01")).Deadlines[0]
	if len(d.Changes) != 2 || d.Changes[0].Before != "2026-06-01" || d.Changes[0].After != "2026-09-01" || !d.Changes[1].Demand || d.Changes[1].Date != "2026-01-13" {
		t.Errorf("%+v", d.Changes)
	}
	if *d.Service.DaysLeft != 31 || d.Forecast.From != "2026-01-13" {
		t.Errorf("%d days left, %+v", *d.Service.DaysLeft, d.Forecast)
	}
}

// Proves when a client is cut off, proven or not known: enough counts only after too
// little, never in the same moment.
func TestClients(t *testing.T) {
	at := func(hour int, survives tlsready.Answer, likely string) *document.Connection {
		return &document.Connection{Time: time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC), Client: "[2001:db8::1]:4711", Stack: "s", Survives: survives, Likely: likely, Old: survives == tlsready.No}
	}
	for _, c := range []struct {
		name string
		seen []*document.Connection
		want string
	}{
		{"enough", []*document.Connection{at(1, tlsready.Yes, "")}, document.ClassSurvives},
		{"too little", []*document.Connection{at(1, tlsready.No, "")}, document.ClassCannot},
		{"too little, then enough", []*document.Connection{at(1, tlsready.No, ""), at(2, tlsready.Yes, "")}, document.ClassProven},
		{"enough, then too little", []*document.Connection{at(2, tlsready.No, ""), at(1, tlsready.Yes, "")}, document.ClassCannot},
		{"both at once", []*document.Connection{at(1, tlsready.Yes, ""), at(1, tlsready.No, "")}, document.ClassCannot},
		{"probably too little", []*document.Connection{at(1, tlsready.Unknown, document.LikelyNo)}, document.ClassLikely},
		{"not known", []*document.Connection{at(1, tlsready.Unknown, "")}, document.ClassUnknown},
		{"mended, then not known", []*document.Connection{at(1, tlsready.No, ""), at(2, tlsready.Yes, ""), at(3, tlsready.Unknown, "")}, document.ClassUnknown},
	} {
		l := New()
		for _, one := range c.seen {
			l.Connection(ParseDay("2026-01-01"), one)
		}
		got := l.Document(0).Clients
		if len(got) != 1 || got[0].Class != c.want || got[0].Client != "2001:db8::1" || got[0].Connections != len(c.seen) {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

// Proves that an endpoint has one line of history for each way in which it answered, and
// that of two probes of a day the later file says it.
func TestEndpoints(t *testing.T) {
	l := New()
	first := ParseDay("2026-01-01")
	for i, answer := range []tlsready.Answer{tlsready.Yes, tlsready.Yes, tlsready.No} {
		e := document.NewEndpoint("a.example.com:443")
		e.Versions[tlsready.TLS10], e.Versions[tlsready.TLS12] = answer, tlsready.Yes
		l.Endpoint(first+Day(i), "b", e)
	}
	stale := document.NewEndpoint("a.example.com:443")
	failed := message.Literal("refused")
	stale.Error = &failed
	l.Endpoint(first+2, "a", stale)
	e := l.Document(0).Endpoints[0]
	if len(e.History) != 2 || e.Since != "2026-01-03" || e.LastSeen != "2026-01-03" || e.Error != "" || !slices.Equal(e.Versions, []tlsready.Version{tlsready.TLS12}) || e.History[0].To != "2026-01-02" {
		t.Errorf("%+v", e)
	}
}

// BenchmarkYear folds a year of 10,000 hosts.
func BenchmarkYear(b *testing.B) {
	l := New()
	for day := range 365 {
		r := &Run{Day: Day(20000 + day)}
		for i := range 10000 {
			verdict := document.Connects
			if i > day*20 {
				verdict = document.Fails
			}
			r.Rows = append(r.Rows, l.Row(outcome(fmt.Sprint("host", i), verdict)))
		}
		l.Add(r)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Document(Day(20400))
	}
}

// Proves that a fleet of which there are no lines of check has empty lists, as its schema
// wants them, and none that is null: of watch and probe alone one can make pages too.
func TestNothingIsAnEmptyList(t *testing.T) {
	l := New()
	l.Connection(ParseDay("2026-11-28"), &document.Connection{Client: "192.0.2.1:50000", Survives: tlsready.Yes})
	text, err := json.Marshal(l.Document(ParseDay("2026-11-29")))
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	delete(members, "sources") // the caller's
	for name, value := range members {
		if string(value) == "null" {
			t.Errorf("%s is null", name)
		}
	}
}
