package notices

import (
	"context"
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
	told map[string]bool
	day  store.Day
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

func (f *fleet) ClaimNotices(_ context.Context, kind string, keys []string, _ time.Time) (mine []string, err error) {
	for _, k := range keys {
		if !f.told[kind+k] {
			f.told[kind+k], mine = true, append(mine, k)
		}
	}
	return mine, nil
}

func (f *fleet) DropNotices(_ context.Context, kind string, keys []string) error {
	for _, k := range keys {
		delete(f.told, kind+k)
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
// fell back, signed, whatever the clock does; and that what fails is told later.
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
	f := &fleet{told: map[string]bool{}}
	hook := Hook{Name: "chat", URL: sink.URL, Secret: secret, Tenant: "acme", Events: []string{EventDeadline, EventFell}, Days: []int{14, 7, 1}, Internal: true}
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
}

// Proves that no webhook reaches what only this machine, its link or its cloud has, unless
// it may: by the address itself, whatever the name.
func TestInternalAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "169.254.169.254": true, "fe80::1": true, "0.0.0.0": true, "::ffff:127.0.0.1": true, "fd00:ec2::254": true, "64:ff9b::7f00:1": true, "224.0.0.1": true,
		"10.0.0.1": false, "192.0.2.1": false, "2001:db8::1": false, "fd12::1": false,
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
