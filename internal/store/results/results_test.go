package results_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/store/sqlite"
)

func open(t *testing.T) store.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := db.AddTenant(t.Context(), store.DefaultTenant)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Proves that everything arrives, over several batches and the rest, and that all that was
// found before an interrupt is recorded: also the batch that was on its way.
func TestRecorder(t *testing.T) {
	for _, interrupted := range []bool{false, true} {
		s := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := results.NewRecorder(s)
		for n := range 1234 {
			if err := r.Host(ctx, store.HostResult{ID: fmt.Sprintf("host%04d", n), At: time.Unix(1_800_000_000, 0), Error: "no answer"}); err != nil {
				t.Fatal(err)
			}
		}
		if interrupted {
			cancel()
		}
		if err := r.End(ctx); err != nil {
			t.Fatal(err)
		}
		page, err := s.Hosts(t.Context(), "", 9999)
		if err != nil || len(page) != 1234 || r.Hosts != 1234 || page[len(page)-1].ID != "host1233" {
			t.Errorf("interrupted %v: %d hosts, %v", interrupted, len(page), err)
		}
	}
}

// broken is a store that takes nothing.
type broken struct{ store.Store }

var errBroken = errors.New("broken")

func (broken) Record(context.Context, *store.Batch) error { return errBroken }

// Proves that a store that fails ends the run soon, and not at its end alone.
func TestBrokenStore(t *testing.T) {
	r := results.NewRecorder(broken{})
	for n := range 5000 {
		if err := r.Host(t.Context(), store.HostResult{ID: fmt.Sprint(n)}); errors.Is(err, errBroken) {
			return
		}
	}
	t.Error("nothing was said")
}

// Proves what counts as the moment and the series of a result.
func TestAsked(t *testing.T) {
	day := func(text string) service.Date {
		d, err := service.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a := results.Asked{On: day("2026-12-01"), Today: day("2026-11-29"), Callers: []string{"mars", "dotnet-4.5-x64"}}
	collected := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	h := a.Host("FS01", &host.Snapshot{CollectedAt: collected}, nil, nil)
	if !h.At.Equal(collected) || h.Error != "" {
		t.Errorf("%+v", h)
	}
	if h = a.Host("FS01", &host.Snapshot{}, nil, nil); store.DayOf(h.At) != "2026-11-29" {
		t.Errorf("without a time: %v", h.At)
	}
	if h = a.Host("FS01", nil, errors.New("no answer"), nil); h.Error != "no answer" || h.Settings != nil {
		t.Errorf("%+v", h)
	}
}

func connection(at time.Time, client string, offered tlsready.Version, survives tlsready.Answer) *document.Connection {
	return &document.Connection{
		Time: at, Client: client, Server: "192.0.2.1:443", ServerName: "www.example.com", Stack: "schannel", Survives: survives,
		Offered: &document.ConnectionOffer{Max: offered}, Owner: "tills " + at.Format("15"), OwnerMail: "tills@example.com",
	}
}

// seen records connections in some order and gives what is in the store.
func seen(t *testing.T, list []*document.Connection) ([]store.Observation, []store.Owner) {
	t.Helper()
	sum := results.NewSeen("2026-11-29")
	for _, c := range list {
		sum.Add(c)
	}
	s := open(t)
	r := results.NewRecorder(s)
	if err := errors.Join(sum.Record(t.Context(), r), r.End(t.Context())); err != nil {
		t.Fatal(err)
	}
	var all []store.Observation
	for o, err := range s.Observations(t.Context(), "2026-01-01", "2026-12-31") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	owners, err := s.Owners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all, owners
}

// Proves that connections are summed up by day, client without its port, and version, the
// worst answer and the last owner counting, in whichever order they come.
func TestSeen(t *testing.T) {
	at := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	list := []*document.Connection{
		connection(at, "192.0.2.7:50000", tlsready.TLS10, tlsready.Unknown),
		connection(at.Add(2*time.Hour), "192.0.2.7:50001", tlsready.TLS10, tlsready.No),
		connection(at.Add(time.Hour), "192.0.2.7", tlsready.TLS10, tlsready.Yes),
		connection(at, "[2001:db8::1]:50000", tlsready.TLS12, tlsready.Yes),
		connection(at.AddDate(0, 0, 1), "192.0.2.7:50002", tlsready.TLS12, tlsready.Yes),
		{Client: "192.0.2.9", Survives: tlsready.Unknown, Negotiated: &document.ConnectionNegotiated{Version: tlsready.TLS12}},
	}
	all, owners := seen(t, list)
	if len(all) != 4 || all[0].Client != "192.0.2.7" || all[0].Count != 3 || all[0].Survives != "no" || !all[0].First.Equal(at) || !all[0].Last.Equal(at.Add(2*time.Hour)) || all[0].Offered != "TLS 1.0" {
		t.Fatalf("%+v", all)
	}
	if all[1].Client != "2001:db8::1" || all[2].Day != "2026-11-02" || all[3].Day != "2026-11-29" || all[3].Negotiated != "TLS 1.2" || all[3].Offered != "" {
		t.Errorf("%+v", all)
	}
	if len(owners) != 2 || owners[0].Owner != "tills 10" || owners[0].ID != "192.0.2.7" || !owners[0].At.Equal(at.AddDate(0, 0, 1)) {
		t.Errorf("%+v", owners)
	}
	for range 5 {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		again, same := seen(t, list)
		if !reflect.DeepEqual(again, all) || !reflect.DeepEqual(same, owners) {
			t.Fatalf("in another order:\n%+v\n%+v", again, all)
		}
	}
}
