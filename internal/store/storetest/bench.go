//go:build unix

package storetest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/store"
)

// The size of the fleet that pages are measured at. BenchHosts is a multiple of the hosts of a
// [BenchBatch].
const (
	BenchHosts  = 100_000
	benchOwners = 400
	benchSites  = 60
	benchFixes  = 300
	benchNights = 3
)

// BenchFolder is the folder in which the environment variable TLSREADY_BENCH_STORE asks to
// keep a large store between measurements, else one that goes with the benchmark: to record
// the fleet takes longer than to measure it.
func BenchFolder(b *testing.B) string {
	if dir := os.Getenv("TLSREADY_BENCH_STORE"); dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		return dir
	}
	return b.TempDir()
}

// BenchFleet is the tenant of the large fleet. It is recorded if it is not there yet; ready
// runs after that, and may be nil.
func BenchFleet(b *testing.B, db store.Database, ready func()) store.Store {
	s, err := db.AddTenant(b.Context(), "acme")
	if err != nil {
		b.Fatal(err)
	}
	totals, err := s.Totals(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	if len(totals) > 0 && totals[0].Last == store.DayOf(benchNight(benchNights-1)) && totals[0].Verdicts["fails"]+totals[0].Verdicts["connects"] == BenchHosts {
		return s
	}
	begun := time.Now()
	for night := range benchNights {
		for from := 0; from < BenchHosts; from += 500 {
			if err := s.Record(b.Context(), BenchBatch(night, from)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Logf("%d nights recorded in %v", benchNights, time.Since(begun).Round(time.Second))
	if ready != nil {
		ready()
	}
	return s
}

// BenchPages measures what pages ask of the store of a [BenchFleet], see [BenchTimes].
func BenchPages(b *testing.B, s store.Store, processor func() time.Duration) {
	for _, c := range benchCalls(s, b) {
		b.Run(c.name, func(b *testing.B) { BenchTimes(b, processor, c.call) })
	}
}

// BenchTimes measures a call in milliseconds: the 95th percentile; the shortest; and the time
// of the processor, of which processor is the sum until now: on a busy machine it is the
// figure to go by.
func BenchTimes(b *testing.B, processor func() time.Duration, call func() error) {
	if err := call(); err != nil { // the first reads what later ones have at hand
		b.Fatal(err)
	}
	var times []time.Duration
	used := processor()
	for b.Loop() {
		begun := time.Now()
		if err := call(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begun))
	}
	used = (processor() - used) / time.Duration(len(times))
	slices.Sort(times)
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(milliseconds(times[(len(times)*95+99)/100-1]), "p95-ms") // the nearest rank
	b.ReportMetric(milliseconds(times[0]), "min-ms")
	b.ReportMetric(milliseconds(used), "cpu-ms")
	b.ReportMetric(0, "ns/op")
}

// Processor is the time of the processor that this process has used.
func Processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchNight(n int) time.Time { return time.Date(2026, 9, 1+n, 2, 0, 0, 0, time.UTC) }

// BenchBatch are 500 hosts of a night, of which some differ from those of the night before.
func BenchBatch(night, from int) *store.Batch {
	b := &store.Batch{}
	at := benchNight(night)
	base := hostResult("host", at, false)
	for i := from; i < from+500; i++ {
		h := hostResult("x", at, (i+night)%7 < 3+night)
		h.ID = fmt.Sprintf("site%02d/HOST%06d", i%benchSites, i)
		snapshot := *base.Settings
		snapshot.Name, snapshot.Labels = h.ID, map[string]string{"owner": fmt.Sprintf("team %03d", i%benchOwners), "site": fmt.Sprintf("site %02d", i%benchSites), "system": fmt.Sprintf("system %04d", i%2000)}
		snapshot.OS.Name = []string{"Windows Server 2012 R2", "Windows Server 2016", "Windows Server 2019", "Windows 10"}[i%4]
		h.Settings = &snapshot
		if o := &h.Outcomes[0].Outcome.Host; o.Changes != nil {
			o.Changes[0].Name = fmt.Sprint("Value", i%benchFixes)
		}
		b.Hosts = append(b.Hosts, h)
		if night > 0 {
			continue
		}
		e := endpointResult(at, i%2 == 0, 12)
		e.Endpoint.Target = fmt.Sprintf("www%06d.example.com:443", i)
		e.Endpoint.Versions[tlsready.TLS10] = []tlsready.Answer{tlsready.Yes, tlsready.No}[i%2]
		b.Endpoints = append(b.Endpoints, e)
		o := observation("2026-09-01", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), 5)
		o.Owner = fmt.Sprintf("team %03d", i%benchOwners)
		b.Observations = append(b.Observations, o)
	}
	return b
}

type benchCall struct {
	name string
	call func() error
}

func benchCalls(s store.Store, b *testing.B) []benchCall {
	ctx := b.Context()
	hosts := func(q store.HostQuery) func() error {
		return func() error {
			q.Series = azure
			page, err := s.FindHosts(ctx, q)
			if err == nil && page.Total == 0 {
				err = fmt.Errorf("%+v: nothing found", q)
			}
			return err
		}
	}
	groups := func(by store.GroupBy, q store.HostQuery) func() error {
		return func() error {
			q.Series = azure
			_, err := s.Groups(ctx, q, by)
			return err
		}
	}
	middle := func(order store.HostOrder) func() error {
		after := sync.OnceValue(func() string {
			q := store.HostQuery{Series: azure, Order: order, Limit: store.MaxLimit}
			for range BenchHosts / 2 / store.MaxLimit {
				page, err := s.FindHosts(ctx, q)
				if err != nil {
					b.Fatal(err)
				}
				q.After = page.Next
			}
			return q.After
		})
		return func() error { return hosts(store.HostQuery{Order: order, After: after()})() }
	}
	list := []benchCall{
		{"hosts", hosts(store.HostQuery{})},
		{"hosts that fail", hosts(store.HostQuery{Verdicts: []string{"fails"}, Order: store.ByVerdict})},
		{"hosts of an owner", hosts(store.HostQuery{Owner: "team 007"})},
		{"hosts of a tag", hosts(store.HostQuery{Tags: []store.Tag{{Name: "site", Value: "site 07"}}})},
		{"hosts with a text", hosts(store.HostQuery{Text: "ost0999", Verdicts: []string{"fails", "connects"}})},
		{"hosts with a text, by day", hosts(store.HostQuery{Text: "ost0999", Order: store.ByFailsFrom})},
		{"hosts of a tag, by verdict", hosts(store.HostQuery{Tags: []store.Tag{{Name: "site", Value: "site 07"}}, Order: store.ByVerdict})},
		{"hosts of a system, with a text", hosts(store.HostQuery{OS: "Windows 10", Text: "host", Order: store.ByOwner})},
		{"hosts that were mended, by verdict", hosts(store.HostQuery{MendedSince: "2026-09-03", Order: store.ByVerdict})},
		{"groups by fix", groups(store.GroupByFix, store.HostQuery{})},
		{"groups by fix of an owner", groups(store.GroupByFix, store.HostQuery{Owner: "team 007"})},
		{"groups by owner", groups(store.GroupByOwner, store.HostQuery{})},
		{"groups by system", groups(store.GroupByOS, store.HostQuery{})},
		{"groups by tag", groups(store.ByTag("site"), store.HostQuery{})},
		{"groups by tag of those that fail", groups(store.ByTag("system"), store.HostQuery{Verdicts: []string{"fails"}})},
		{"progress", func() error { _, err := s.Progress(ctx, azure, "2026-08-01", "2026-10-01"); return err }},
		{"totals", func() error { _, err := s.Totals(ctx, "2026-09-03"); return err }},
		{"host", func() error { _, err := s.Standings(ctx, "site07/HOST000007"); return err }},
		{"tag names", func() error { _, err := s.TagNames(ctx); return err }},
		{"endpoints", func() error { _, err := s.FindEndpoints(ctx, store.EndpointQuery{}); return err }},
		{"endpoints with a text", func() error { _, err := s.FindEndpoints(ctx, store.EndpointQuery{Text: "www0999"}); return err }},
		{"endpoints that take TLS 1.0", func() error { _, err := s.FindEndpoints(ctx, store.EndpointQuery{Accepts: "TLS 1.0"}); return err }},
		{"clients", func() error { _, err := s.FindClients(ctx, store.ClientQuery{}); return err }},
		{"clients of an owner", func() error { _, err := s.FindClients(ctx, store.ClientQuery{Owner: "team 007"}); return err }},
		{"clients with a text", func() error {
			_, err := s.FindClients(ctx, store.ClientQuery{Text: "10.1.13", First: "2026-09-01"})
			return err
		}},
	}
	for _, order := range []store.HostOrder{store.ByID, store.ByVerdict, store.ByFailsFrom, store.ByOwner} {
		list = append(list, benchCall{strings.TrimSpace("hosts in the middle " + string(order)), middle(order)})
	}
	return list
}
