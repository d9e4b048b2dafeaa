// Package storetest holds every kind of database to what package store says.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/store"
	"tlsready/internal/testkit/hostgen"
)

// Place is a database that a test may open, close and open again.
type Place interface {
	Open(ctx context.Context, o store.Options) (store.Database, error)
	// Exec runs a statement past the store.
	Exec(t *testing.T, text string)
}

// Run runs the contract. fresh gives a place with nothing in it.
func Run(t *testing.T, fresh func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"recorded twice":     recordedTwice,
		"history":            histories,
		"verdicts":           verdicts,
		"endpoints":          endpoints,
		"observations":       observations,
		"people":             people,
		"said tags":          saidTags,
		"tenants":            tenants,
		"tenants' methods":   everyMethod,
		"prune":              prune,
		"hostile names":      hostile,
		"secrets":            secrets,
		"versions":           versions,
		"earlier versions":   earlier,
		"changed columns":    changedColumns,
		"writers":            writers,
		"cancelled":          cancelled,
		"never read":         neverRead,
		"opened for reading": reading,
		"hosts found":        hostsFound,
		"groups":             groups,
		"progress":           progress,
		"standings":          standings,
		"endpoints found":    endpointsFound,
		"newest answers":     newestAnswers,
		"clients found":      clientsFound,
		"seen between":       seenBetween,
		"hostile queries":    hostileQueries,
		"decisions":          decisions,
		"notices":            notices,
		"accounts":           accounts,
		"tokens":             tokens,
		"spending":           spending,
		"sessions":           sessions,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
	t.Run("backup", func(t *testing.T) { backup(t, fresh(t), fresh(t)) })
	t.Run("restored over", func(t *testing.T) { restoredOver(t, fresh(t), fresh(t)) })
	t.Run("damaged backups", func(t *testing.T) { damagedBackups(t, fresh(t), fresh(t)) })
}

// holder is who opens a database in these tests.
var holder = store.Options{Holder: "storetest", Patience: 10 * time.Second}

func open(t *testing.T, p Place) store.Database {
	t.Helper()
	db, err := p.Open(t.Context(), holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func tenant(t *testing.T, db store.Database, name string) store.Store {
	t.Helper()
	s, err := db.AddTenant(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func record(t *testing.T, s store.Store, b *store.Batch) {
	t.Helper()
	if err := s.Record(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// text is everything in a database, one row to a line.
func text(t *testing.T, db store.Database) string {
	t.Helper()
	var packed bytes.Buffer
	if _, err := db.Backup(t.Context(), &packed); err != nil {
		t.Fatal(err)
	}
	return unpack(t, packed.Bytes())
}

func unpack(t *testing.T, packed []byte) string {
	t.Helper()
	r, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func pack(t *testing.T, text string) io.Reader {
	t.Helper()
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &packed
}

// night is a moment of a run.
func night(n int) time.Time { return time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

var azure = store.Series{Service: "azure-backup", On: "2026-12-01"}

func ptr[T any](v T) *T { return &v }

// hostResult is a host that fails for want of TLS 1.2 until it is mended.
func hostResult(id string, at time.Time, mended bool) store.HostResult {
	s := hostgen.New(uint64(len(id)) + 1).Next()
	s.Name, s.CollectedAt, s.Labels = id, at, map[string]string{"owner": "tills", "site": "大阪"}
	outcome := store.Outcome{
		Host: document.Host{
			Host: id, Service: azure.Service, Verdict: "fails", Cause: ptr("version"), FailsFrom: ptr("2026-12-01"), Fixable: ptr(true), Restart: "process",
			Changes: []document.Change{{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)}},
		},
		Rows: []document.Verdict{{Host: id, Service: azure.Service, Caller: "mars", Stack: "dotnet-4.5-x64", Verdict: "fails"}},
	}
	if mended {
		s.Registry = append(s.Registry, host.Value{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v9`, Name: "SchUseStrongCrypto", Data: host.Dword(1)})
		outcome.Host = document.Host{Host: id, Service: azure.Service, Verdict: "connects", Restart: "none"}
		outcome.Rows[0].Verdict = "connects"
	}
	return store.HostResult{ID: id, At: at, Settings: s, Outcomes: []store.JudgedService{{Series: azure, Day: store.DayOf(at), Outcome: outcome}}}
}

// endpointResult is an endpoint that was asked in so many connections.
func endpointResult(at time.Time, tls13 bool, connections int) store.EndpointResult {
	e := document.NewEndpoint("www.example.com:443")
	e.Address, e.ServerName, e.Connections = "192.0.2.1", "www.example.com", connections
	e.Evidence = []document.EndpointEvidence{{Asked: "TLS 1.2", Answer: "TLS 1.2", Tries: connections}}
	if tls13 {
		e.Evidence = append(e.Evidence, document.EndpointEvidence{Asked: "TLS 1.3", Answer: "TLS 1.3", Tries: connections})
	}
	return store.EndpointResult{At: at, Endpoint: e}
}

func observation(day store.Day, client string, count int64) store.Observation {
	at, _ := time.Parse(time.DateOnly, string(day))
	return store.Observation{
		Day: day, Client: client, Server: "192.0.2.1:443", ServerName: "www.example.com", Stack: "schannel", Offered: "TLS 1.0", Negotiated: "TLS 1.0",
		Survives: "no", ClientName: "FS01", Owner: "tills", Count: count, First: at.Add(time.Hour), Last: at.Add(time.Duration(count) * time.Hour),
	}
}

// everything has something in every table.
func everything(of string) *store.Batch {
	return &store.Batch{
		Hosts:        []store.HostResult{hostResult(of+"/DC01", night(0), false), hostResult(of+"/FS01", night(0), true), {ID: of + "/gone", At: night(0), Error: "no answer"}},
		Endpoints:    []store.EndpointResult{endpointResult(night(0), true, 12)},
		Observations: []store.Observation{observation("2026-09-01", of+".example.com", 5)},
		Fixes:        []store.Fix{{Host: of + "/DC01", Service: azure.Service, State: store.FixGiven, At: night(0), Changes: []document.Change{{Key: `HKLM\A`, Name: of, Data: host.Dword(1)}}}},
		Owners:       []store.Owner{{Kind: store.KindClient, ID: of + ".example.com", Owner: of, Mail: of + "@example.com", At: night(0)}},
		Exemptions:   []store.Exemption{{Kind: store.KindHost, ID: of + "/DC01", Service: azure.Service, Until: "2026-12-31", Owner: of, Reason: "moved in winter", At: night(0)}},
	}
}

// recordedTwice proves that a batch that is recorded again changes nothing, and that a
// night on which all is as before keeps no new content.
func recordedTwice(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	record(t, s, everything("acme"))
	once := text(t, db)
	record(t, s, everything("acme"))
	if again := text(t, db); again != once {
		t.Errorf("recorded again:\n%s\n%s", once, again)
	}
	before, _ := s.Count(t.Context())
	record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("acme/DC01", night(1), false)}})
	after, err := s.Count(t.Context())
	if err != nil || !reflect.DeepEqual(before, after) || before["contents"] == 0 {
		t.Errorf("a night without changes: %v, then %v, %v", before, after, err)
	}
}

// histories proves that settings are kept by their changes, that a host which changes
// back has three spans, and that a result that comes late finds its place.
func histories(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	for n, mended := range []bool{false, false, true, true, false} {
		record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("FS01", night(n), mended)}})
	}
	spans, err := s.History(t.Context(), "FS01")
	if err != nil || len(spans) != 3 || spans[0].Hash != spans[2].Hash || spans[0].Hash == spans[1].Hash {
		t.Fatalf("%v, %v", spans, err)
	}
	if !spans[0].From.Equal(night(0)) || !spans[0].To.Equal(night(1)) || !spans[1].From.Equal(night(2)) || !spans[1].To.Equal(night(3)) {
		t.Errorf("times: %v", spans)
	}
	record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("FS01", night(-3), false)}})
	if spans, _ = s.History(t.Context(), "FS01"); len(spans) != 3 || !spans[0].From.Equal(night(-3)) {
		t.Errorf("a late result: %v", spans)
	}
	snapshot, err := s.Snapshot(t.Context(), "FS01", spans[1])
	if err != nil {
		t.Fatal(err)
	}
	want := hostResult("FS01", night(3), true).Settings
	if !same(t, snapshot, want) {
		t.Errorf("the settings of the second span differ")
	}
	page, err := s.Latest(t.Context(), "", 10)
	if err != nil || len(page) != 1 || !same(t, page[0].Snapshot, hostResult("FS01", night(4), false).Settings) || page[0].Host.About.Labels["site"] != "大阪" {
		t.Errorf("the newest settings: %+v, %v", page, err)
	}
}

func same(t *testing.T, a, b *host.Snapshot) bool {
	t.Helper()
	one, err := a.Encode()
	other, err2 := b.Encode()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(one, other)
}

// verdicts proves that the verdicts of a series are kept by their changes, and that
// another day and other callers are series of their own.
func verdicts(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	for n, mended := range []bool{false, false, true} {
		record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("DC01", night(n), false), hostResult("FS01", night(n), mended)}})
	}
	other := hostResult("FS01", night(0), false)
	other.Outcomes[0].Series.Callers = "dotnet-4.5-x64"
	record(t, s, &store.Batch{Hosts: []store.HostResult{other}})
	history, err := s.VerdictHistory(t.Context(), azure, "FS01")
	if err != nil || len(history) != 2 || history[0].Verdict != "fails" || history[1].Verdict != "connects" || history[0].Span.To != "2026-09-02" || history[1].Span.From != "2026-09-03" {
		t.Fatalf("%+v, %v", history, err)
	}
	page, err := s.Verdicts(t.Context(), azure, "", 10)
	if err != nil || len(page) != 2 || page[0].Host != "DC01" || page[1].Verdict != "connects" || page[0].Cause != "version" || page[0].Fixable != "yes" || page[0].Fix == "" || page[1].Fix != "" || page[0].FailsFrom != "2026-12-01" {
		t.Errorf("%+v, %v", page, err)
	}
	if page[0].Span.Hash != history[0].Span.Hash {
		t.Error("two hosts of which the same was found do not share it")
	}
	if rest, _ := s.Verdicts(t.Context(), azure, "DC01", 10); len(rest) != 1 || rest[0].Host != "FS01" {
		t.Errorf("the page after DC01: %+v", rest)
	}
	series, err := s.AllSeries(t.Context())
	if err != nil || len(series) != 2 || series[0] != azure || series[1].Callers != "dotnet-4.5-x64" {
		t.Errorf("%v, %v", series, err)
	}
	outcome, err := s.Outcome(t.Context(), page[0])
	if err != nil || outcome.Host.Host != "DC01" || len(outcome.Rows) != 1 || outcome.Rows[0].Host != "DC01" || outcome.Rows[0].Caller != "mars" || outcome.Host.Changes[0].Number != 1 {
		t.Errorf("%+v, %v", outcome, err)
	}
}

// endpoints proves that a probe that found the same is none of its own, however many
// connections it took.
func endpoints(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	for n, tls13 := range []bool{false, false, true} {
		record(t, s, &store.Batch{Endpoints: []store.EndpointResult{endpointResult(night(n), tls13, 10+n)}})
	}
	key := store.EndpointKey{Target: "www.example.com:443", Address: "192.0.2.1", ServerName: "www.example.com"}
	list, err := s.Probes(t.Context(), key)
	if err != nil || len(list) != 2 || !list[0].Span.To.Equal(night(1)) || len(list[1].Endpoint.Evidence) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	newest, err := s.Endpoints(t.Context(), store.EndpointKey{}, 10)
	if err != nil || len(newest) != 1 || newest[0].Key != key || len(newest[0].Endpoint.Evidence) != 2 {
		t.Errorf("%+v, %v", newest, err)
	}
	if rest, _ := s.Endpoints(t.Context(), key, 10); len(rest) != 0 {
		t.Errorf("after the last: %+v", rest)
	}
}

// observations proves that a log that is read again counts once, that a longer one counts
// in its place, and that no page loses any.
func observations(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	for _, count := range []int64{5, 5, 9, 3} {
		record(t, s, &store.Batch{Observations: []store.Observation{observation("2026-09-01", "192.0.2.7", count)}})
	}
	var many []store.Observation
	for n := range 2100 {
		many = append(many, observation("2026-09-02", fmt.Sprintf("192.0.2.%04d", n), 1))
	}
	record(t, s, &store.Batch{Observations: append(many, observation("2026-09-03", "192.0.2.7", 1))})
	got := seen(t, s, "2026-09-01", "2026-09-01")
	if len(got) != 1 || got[0].Count != 9 || got[0].First.Hour() != 1 || got[0].Last.Hour() != 9 || got[0].Owner != "tills" || got[0].Survives != "no" {
		t.Errorf("%+v", got)
	}
	if got := seen(t, s, "2026-09-02", "2026-09-02"); len(got) != 2100 || got[2099].Client != "192.0.2.2099" {
		t.Errorf("%d observations", len(got))
	}
	if got := seen(t, s, "2026-09-01", "2026-09-03"); len(got) != 2102 {
		t.Errorf("%d observations of three days", len(got))
	}
}

func seen(t *testing.T, s store.Store, first, last store.Day) (list []store.Observation) {
	t.Helper()
	for o, err := range s.Observations(t.Context(), first, last) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// people proves that owners, tags, exemptions and fixes read back, and that what was said
// later counts, in whichever order it is recorded.
func people(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	record(t, s, everything("acme"))
	late := store.Owner{Kind: store.KindClient, ID: "acme.example.com", Owner: "nobody", At: night(-1)}
	record(t, s, &store.Batch{Owners: []store.Owner{late}})
	owners, err := s.Owners(t.Context())
	if err != nil || len(owners) != 1 || owners[0] != everything("acme").Owners[0] {
		t.Errorf("%+v, %v", owners, err)
	}
	exemptions, err := s.Exemptions(t.Context())
	if err != nil || len(exemptions) != 1 || exemptions[0] != everything("acme").Exemptions[0] {
		t.Errorf("%+v, %v", exemptions, err)
	}
	fixes, err := s.Fixes(t.Context(), "acme/DC01")
	if err != nil || !reflect.DeepEqual(fixes, everything("acme").Fixes) {
		t.Errorf("%+v, %v", fixes, err)
	}
	next := hostResult("acme/DC01", night(1), false)
	next.Settings.Labels = map[string]string{"site": "東京"}
	record(t, s, &store.Batch{Hosts: []store.HostResult{next}})
	tags, err := s.Tags(t.Context())
	want := []store.Tag{{Host: "acme/DC01", Name: "site", Value: "東京"}, {Host: "acme/FS01", Name: "owner", Value: "tills"}, {Host: "acme/FS01", Name: "site", Value: "大阪"}}
	if err != nil || !reflect.DeepEqual(tags, want) {
		t.Errorf("%+v, %v", tags, err)
	}
}

// saidTags proves that what people said of a host counts in place of its own label, stays
// when the host is read again, and that the label is there again when it is taken back.
func saidTags(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	read := func(at int, site string) {
		one := hostResult("FS01", night(at), false)
		one.Settings.Labels = map[string]string{"site": site, "room": "2"}
		record(t, s, &store.Batch{Hosts: []store.HostResult{one, hostResult("FS02", night(at), false)}})
	}
	read(0, "osaka")
	say := func(name, value string) {
		b := &store.Batch{Tags: []store.Tag{{Host: "FS01", Name: name, Value: "first"}, {Host: "FS01", Name: name, Value: value}}}
		record(t, s, b)
		record(t, s, b) // an acknowledgement was lost
	}
	held := func(want ...store.Tag) {
		t.Helper()
		for i := range want {
			want[i].Host = "FS01"
		}
		if got, err := s.TagsOf(t.Context(), "FS01"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, not %+v", got, err, want)
		}
	}
	say("site", "tokyo")
	say("ring", "1")
	say("owner", "tills")
	read(1, "nagoya")
	held(store.Tag{Name: "owner", Value: "tills", Said: true}, store.Tag{Name: "ring", Value: "1", Said: true}, store.Tag{Name: "room", Value: "2"}, store.Tag{Name: "site", Value: "tokyo", Said: true})
	page, err := s.FindHosts(t.Context(), store.HostQuery{Series: azure, Tags: []store.Tag{{Name: "site", Value: "tokyo"}}})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != "FS01" || page.Rows[0].Owner != "tills" {
		t.Errorf("%+v, %v", page, err)
	}
	say("site", "")
	say("owner", "")
	held(store.Tag{Name: "ring", Value: "1", Said: true}, store.Tag{Name: "room", Value: "2"}, store.Tag{Name: "site", Value: "nagoya"})
	if page, err = s.FindHosts(t.Context(), store.HostQuery{Series: azure, Text: "fs01"}); err != nil || len(page.Rows) != 1 || page.Rows[0].Owner == "tills" {
		t.Errorf("%+v, %v", page, err)
	}
}

// neverRead proves that a host that cannot be read keeps its settings and says why.
func neverRead(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("DC01", night(0), false)}})
	record(t, s, &store.Batch{Hosts: []store.HostResult{{ID: "DC01", At: night(1), Error: "no answer"}, {ID: "new", At: night(1), Error: "no answer"}}})
	page, err := s.Hosts(t.Context(), "", 10)
	if err != nil || len(page) != 2 || page[0].Error != "no answer" || !page[0].Seen.Equal(night(0)) || !page[0].Tried.Equal(night(1)) || page[0].About.Name != "DC01" || !page[1].Seen.IsZero() {
		t.Errorf("%+v, %v", page, err)
	}
	if latest, _ := s.Latest(t.Context(), "", 10); len(latest) != 1 || latest[0].Host.ID != "DC01" {
		t.Errorf("%+v", latest)
	}
	record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("DC01", night(2), false)}})
	if page, _ = s.Hosts(t.Context(), "", 1); len(page) != 1 || page[0].Error != "" {
		t.Errorf("read again: %+v", page)
	}
}

// tenants proves that one of them is not mixed up with another, and that a wrong name is
// refused with those that are there.
func tenants(t *testing.T, p Place) {
	db := open(t, p)
	record(t, tenant(t, db, "acme"), everything("acme"))
	record(t, tenant(t, db, "globex"), everything("globex"))
	if again := tenant(t, db, "acme"); len(must(again.Hosts(t.Context(), "", 10))(t)) != 3 {
		t.Error("a tenant that is added again is another one")
	}
	if names, err := db.Tenants(t.Context()); err != nil || strings.Join(names, " ") != "acme globex" {
		t.Errorf("%v, %v", names, err)
	}
	var none *store.NoTenantError
	if _, err := db.Tenant(t.Context(), "acmee"); !errors.As(err, &none) || !strings.Contains(err.Error(), "acmee") {
		t.Errorf("a tenant that is not there: %v", err)
	}
	for _, name := range []string{"", "a\x00b", strings.Repeat("x", 101)} {
		if _, err := db.AddTenant(t.Context(), name); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sum stands for everything in a database in a message.
func sum(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))[:12] }
