package notices

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/store"
)

// fleet is a tenant with one series, three failing hosts of which one fell back.
type fleet struct {
	store.Store
	claims map[string]*claim
	day    store.Day
}

// claim is what the store keeps of a key.
type claim struct {
	id    string
	until time.Time
	told  bool
	tries int
}

func (f *fleet) Tenant(context.Context, string) (store.Store, error) { return f, nil }

func (f *fleet) Totals(context.Context, store.Day) ([]store.Total, error) {
	return []store.Total{{Series: store.Series{Service: "own", On: "2026-06-30"}, Verdicts: map[string]int{"fails": 3, "connects": 9}, Exempt: 1}}, nil
}

func (f *fleet) Fell(_ context.Context, _ store.Series, _ store.Day, after string, _ int) ([]store.HostRow, error) {
	if after != "" || f.day == "" {
		return nil, nil
	}
	row := store.HostRow{Host: store.Host{ID: "FS01<b>"}}
	row.Since = f.day
	return []store.HostRow{row}, nil
}

// ClaimNotices is that of a store for what a test needs: one key at a time.
func (f *fleet) ClaimNotices(_ context.Context, kind string, keys []string, at time.Time, lease time.Duration) (all []store.Notice, err error) {
	for _, k := range keys {
		c := f.claims[kind+k]
		if c == nil {
			c = &claim{id: rand.Text()}
			f.claims[kind+k] = c
		}
		if c.told || at.Before(c.until) && c.until.Sub(at) <= store.MaxNoticeWait {
			continue
		}
		c.until = at.Add(lease)
		c.tries++
		all = append(all, store.Notice{ID: c.id, Keys: []string{k}, Tries: c.tries})
	}
	return all, nil
}

func (f *fleet) NoticesTold(_ context.Context, kind string, keys []string) error {
	for _, k := range keys {
		f.claims[kind+k].told = true
	}
	return nil
}

func (f *fleet) NoticesLater(_ context.Context, kind string, keys []string, from time.Time) error {
	for _, k := range keys {
		f.claims[kind+k].until = from
	}
	return nil
}

type database struct {
	store.Database
	f *fleet
}

func (d database) Tenant(ctx context.Context, name string) (store.Store, error) {
	return d.f.Tenant(ctx, name)
}

// Proves that a webhook is told once for each step before a deadline and each host that
// fell back, signed, in its language, whatever the clock does; and that what fails is told
// later.
func TestToldOnce(t *testing.T) {
	var got []document.Notice
	fail := true
	secret := []byte("0123456789abcdef")
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seconds, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(SignatureHeader), "t="), ",")
		at, _ := strconv.ParseInt(seconds, 10, 64)
		if r.Header.Get(SignatureHeader) != sign(secret, body, time.Unix(at, 0)) {
			t.Errorf("signature %q", r.Header.Get(SignatureHeader))
		}
		if fail {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var n document.Notice
		if err := json.Unmarshal(body, &n); err != nil {
			t.Error(err)
		}
		got = append(got, n)
	}))
	defer sink.Close()
	now := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	f := &fleet{claims: map[string]*claim{}}
	hook := Hook{Name: "chat", URL: sink.URL, Secret: secret, Tenant: "acme", Events: []string{EventDeadline, EventFell}, Days: []int{14, 7, 1}, Internal: true, Lang: "ja"}
	teller := &Teller{Store: database{f: f}, Hooks: []Hook{hook}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	look := func(day string, want int) {
		t.Helper()
		now, _ = time.Parse(time.DateTime, day+":00")
		if teller.Look(t.Context()); len(got) != want {
			t.Fatalf("%s: told %d times, want %d", day, len(got), want)
		}
	}
	look("2026-06-01 08:00", 0) // too early
	look("2026-06-20 08:00", 0) // fails
	fail = false
	look("2026-06-20 08:00", 0) // not yet tried again
	look("2026-06-20 08:02", 1)
	look("2026-06-20 09:00", 1)
	look("2026-06-10 09:00", 1) // the clock went back
	look("2026-06-21 09:00", 1)
	look("2026-06-29 09:00", 2) // and ahead: of the step of 7 nothing is told any more
	f.day = "2026-06-29"
	look("2026-06-29 10:00", 3)
	look("2026-06-29 11:00", 3)
	look("2026-07-02 09:00", 3) // it has passed
	if one, two := got[0], got[2]; one.Event != EventDeadline || *one.DaysLeft != 10 || one.Failing != 2 || two.Event != EventFell || len(two.Hosts) != 1 || two.Hosts[0].Host != "FS01<b>" || one.ID == two.ID {
		t.Errorf("%+v\n%+v", one, two)
	}
	if text := got[0].Text; !strings.Contains(text, "あと 10 日") || !strings.Contains(text, "2 台") {
		t.Errorf("in Japanese: %q", text)
	}
}

// Proves that a signature is the one that docs/deploy.md has receivers make: this one was
// made by "printf '1782000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef".
func TestSignature(t *testing.T) {
	want := "t=1782000000,v1=52a81ef21a5ef7191698ceaea462f35fc57e834fc60427994eb3e8865b3421ac"
	if got := sign([]byte("0123456789abcdef"), []byte("{}"), time.Unix(1782000000, 999)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Proves that no webhook reaches what only this machine, its link or its cloud has, unless
// it may: by the address itself, whatever the name.
func TestInternalAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "169.254.169.254": true, "fe80::1": true, "0.0.0.0": true, "::ffff:127.0.0.1": true, "fd00:ec2::254": true, "64:ff9b::7f00:1": true, "224.0.0.1": true,
		"64:ff9b:1::7f00:1": true, "fd20:ce::254": true, "100.100.100.200": true, "168.63.129.16": true, "::ffff:168.63.129.16": true,
		"10.0.0.1": false, "192.0.2.1": false, "2001:db8::1": false, "fd12::1": false, "fd20:ce::255": false, "100.100.100.201": false,
	} {
		if internal(netip.MustParseAddr(address)) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
	sink := httptest.NewServer(http.NotFoundHandler())
	defer sink.Close()
	h := Hook{URL: sink.URL, Secret: []byte("x")}
	if err := h.deliver(t.Context(), client(false), nil, time.Now()); err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v", err)
	}
}

// sink is what webhooks tell, as a test has it answer.
type sink struct {
	*httptest.Server
	answer func(http.ResponseWriter, *http.Request)
	ids    []string // of what came, whatever was answered
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n document.Notice
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		s.ids = append(s.ids, n.ID)
		s.answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// Proves that each notice is told at least once, and that a repeat can be told by its id:
// with a sink that is away, slow, or has a fault of its own; with a server that dies before
// it tells, while it does, and after, and another that goes on with its store; and that
// what nobody takes is given up after some two days, and said.
func TestAtLeastOnce(t *testing.T) {
	took := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() } // longer than anybody waits
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, bad := range map[string]func(http.ResponseWriter, *http.Request){"500": status(500), "a redirection": status(307), "404": status(404), "slow": slow, "cut off": cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, sink := time.Date(2026, 6, 20, 8, 0, 0, 0, time.UTC), newSink(t)
			f := &fleet{claims: map[string]*claim{}}
			counts, patience := map[string]int{}, time.Minute
			if name == "slow" {
				patience = 3 * time.Second
			}
			teller := func() *Teller {
				return &Teller{
					Store: database{f: f}, Hooks: []Hook{{Name: "chat", URL: sink.URL, Secret: []byte("0123456789abcdef"), Tenant: "acme", Events: []string{EventDeadline}, Days: []int{14}, Internal: true}},
					Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Count: func(result string) { counts[result]++ }, Patience: patience,
				}
			}
			sink.answer = bad
			teller().Look(t.Context())
			teller().Look(t.Context()) // it is not asked again at once, by another either
			if len(sink.ids) != 1 || counts["failed"] != 1 {
				t.Fatalf("%d came, %v", len(sink.ids), counts)
			}
			now, sink.answer, patience = now.Add(Interval), took, time.Minute
			teller().Look(t.Context())
			now = now.Add(48 * time.Hour)
			teller().Look(t.Context())
			if len(sink.ids) != 2 || sink.ids[0] != sink.ids[1] || counts["sent"] != 1 {
				t.Errorf("%q came, %v", sink.ids, counts)
			}
		})
	}
	t.Run("killed", func(t *testing.T) {
		now, sink := time.Date(2026, 6, 20, 8, 0, 0, 0, time.UTC), newSink(t)
		sink.answer = took
		f := &fleet{claims: map[string]*claim{}}
		hook := Hook{Name: "chat", URL: sink.URL, Secret: []byte("0123456789abcdef"), Tenant: "acme", Events: []string{EventDeadline}, Days: []int{14}, Internal: true}
		look := func(d store.Database) {
			(&Teller{Store: d, Hooks: []Hook{hook}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}).Look(t.Context())
		}
		dead, die := context.WithCancel(t.Context())
		die()
		// A server that dies right after it has claimed.
		if _, err := f.ClaimNotices(dead, "webhook:chat:deadline", []string{"own|2026-06-30||2026-06-30|14"}, now, lease); err != nil {
			t.Fatal(err)
		}
		look(database{f: f})
		if len(sink.ids) != 0 {
			t.Fatal("told while somebody else may be telling it")
		}
		now = now.Add(lease)
		look(forgetful{database{f: f}}) // it tells, and dies before it has written that down
		look(database{f: f})
		now = now.Add(lease)
		look(database{f: f})
		now = now.Add(48 * time.Hour)
		look(database{f: f})
		if len(sink.ids) != 2 || sink.ids[0] != sink.ids[1] {
			t.Errorf("%q came", sink.ids)
		}
	})
	t.Run("given up", func(t *testing.T) {
		now, sink, counts := time.Date(2026, 6, 20, 8, 0, 0, 0, time.UTC), newSink(t), map[string]int{}
		sink.answer = status(500)
		f := &fleet{claims: map[string]*claim{}}
		hook := Hook{Name: "chat", URL: sink.URL, Secret: []byte("0123456789abcdef"), Tenant: "acme", Events: []string{EventDeadline}, Days: []int{14}, Internal: true}
		for end := now.Add(96 * time.Hour); now.Before(end); now = now.Add(10 * time.Minute) {
			(&Teller{Store: database{f: f}, Hooks: []Hook{hook}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Count: func(result string) { counts[result]++ }}).Look(t.Context())
		}
		if counts["failed"] != tries-1 || counts["given-up"] != 1 || len(sink.ids) != tries {
			t.Errorf("%v, %d came", counts, len(sink.ids))
		}
	})
}

// forgetful is a store that is cut off from a server that dies: nothing of what was told
// reaches it.
type forgetful struct{ database }

func (d forgetful) Tenant(context.Context, string) (store.Store, error) { return mute{d.f}, nil }

type mute struct{ *fleet }

func (mute) NoticesTold(context.Context, string, []string) error { return context.Canceled }
