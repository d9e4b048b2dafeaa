package storetest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// offered is a fix that somebody offers.
func offered() store.Fix {
	return store.Fix{Host: "acme/FS01", Service: azure.Service, State: store.FixOffered, At: night(0), By: "ada", Changes: []document.Change{{Key: `HKLM\A`, Name: "offered", Data: host.Dword(1)}}}
}

// decisions proves that a fix is approved by another person than who offered it, as it was
// when that person looked at it, and once.
func decisions(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	approve := func(by string, f store.Fix, want string) {
		t.Helper()
		f.By, f.At = by, night(1)
		err := s.Approve(t.Context(), f)
		if what, _ := message.For("en").Problem(err); want == "" && err != nil || want != "" && !strings.Contains(what, want) {
			t.Errorf("by %s: %v, want %q", by, err, want)
		}
	}
	approve("bob", offered(), "no fix is offered")
	record(t, s, &store.Batch{Fixes: []store.Fix{offered()}})
	if offers, err := s.Offers(t.Context()); err != nil || len(offers) != 1 || offers[0].By != "ada" || !reflect.DeepEqual(offers[0].Changes[0].Name, "offered") {
		t.Errorf("%+v, %v", offers, err)
	}
	approve("ada", offered(), "another person")
	approve("", offered(), "another person")
	other := offered()
	other.Changes[0].Name = "otherwise"
	approve("bob", other, "offered anew")
	other.Host = "acme/DC01"
	approve("bob", other, "no fix is offered")
	approve("bob", offered(), "")
	approve("cyd", offered(), "no fix is offered")
	fixes, err := s.Fixes(t.Context(), "acme/FS01")
	if err != nil || len(fixes) != 2 || fixes[1].State != store.FixApproved || fixes[1].By != "bob" {
		t.Errorf("%+v, %v", fixes, err)
	}
	again := offered()
	again.At = night(5) // the clock of who approves is behind
	record(t, s, &store.Batch{Fixes: []store.Fix{again}})
	approve("bob", offered(), "")
	if offers, err := s.Offers(t.Context()); err != nil || len(offers) != 0 {
		t.Errorf("%+v, %v", offers, err)
	}
}

// notices proves that of many who ask at once one is to tell each thing, that what could
// not be told, or what somebody was telling who died, is told later under the same id, and
// that clocks that jump hold nothing up.
func notices(t *testing.T, p Place) {
	db := open(t, p)
	s, other := tenant(t, db, "acme"), tenant(t, db, "globex")
	const lease = time.Minute
	claim := func(s store.Store, kind string, at time.Time, keys ...string) []store.Notice {
		t.Helper()
		list, err := s.ClaimNotices(t.Context(), kind, keys, at, lease)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	var claimed atomic.Int64
	var first atomic.Pointer[store.Notice]
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for _, n := range claim(s, "fell", night(0), "DC01", "FS01", "DC01") {
				first.Store(&n)
				claimed.Add(int64(len(n.Keys)))
			}
		})
	}
	work.Wait()
	if claimed.Load() != 2 || first.Load() == nil || first.Load().ID == "" || first.Load().Tries != 1 {
		t.Fatalf("%d claims of two notices: %+v", claimed.Load(), first.Load())
	}
	id := first.Load().ID
	says := func(what string, got []store.Notice, tries int, same bool, keys ...string) string {
		t.Helper()
		if len(keys) == 0 && len(got) == 0 {
			return ""
		}
		if len(got) != 1 || !slices.Equal(got[0].Keys, keys) || got[0].Tries != tries || (got[0].ID == id) != same {
			t.Errorf("%s: %+v, want %q, try %d, the same id %t", what, got, keys, tries, same)
			return ""
		}
		return got[0].ID
	}
	both := []string{"DC01", "FS01"}
	says("while somebody tells it", claim(s, "fell", night(0).Add(lease-time.Second), both...), 0, false)
	says("of another kind", claim(s, "deadline", night(0), both...), 1, false, both...)
	says("of another customer", claim(other, "fell", night(0), both...), 1, false, both...)
	says("when the lease is over", claim(s, "fell", night(0).Add(lease), both...), 2, true, both...)
	later := night(0).Add(time.Hour)
	if err := s.NoticesLater(t.Context(), "fell", both, later); err != nil {
		t.Fatal(err)
	}
	says("before its time", claim(s, "fell", later.Add(-time.Second), both...), 0, false)
	// What comes anew meanwhile is a notice of its own.
	if list := claim(s, "fell", later, "DC01", "FS01", "FS02"); len(list) != 2 || list[0].ID == list[1].ID || len(list[0].Keys)+len(list[1].Keys) != 3 {
		t.Errorf("%+v", list)
	}
	// A clock that was set back by days: what is claimed far ahead holds nobody.
	says("a clock that went back", claim(s, "fell", night(-5), both...), 4, true, both...)
	part := says("a part of it", claim(s, "fell", night(-5).Add(lease), "FS01"), 5, false, "FS01")
	if err := s.NoticesTold(t.Context(), "fell", both); err != nil || part == "" {
		t.Fatal(err, part)
	}
	for _, at := range []time.Time{night(-9), night(0), night(300)} {
		says("what was told", claim(s, "fell", at, both...), 0, false)
	}
	says("what was told of another customer", claim(other, "fell", night(1), both...), 2, false, both...)
}

// accounts proves that users are kept as they are given, that what they did is written
// down in order, and that names are no obstacle.
func accounts(t *testing.T, p Place) {
	a := open(t, p).Accounts()
	ada := store.User{Name: "ada", Password: "$argon2id$…", Roles: map[string]string{"acme": "approve", "*": "view"}, Created: night(0)}
	for _, name := range []string{"'; DROP TABLE users; --", "a\x00b", strings.Repeat("長", 3000), "アダ"} {
		if err := a.PutUser(t.Context(), store.User{Name: name, Disabled: true}); err != nil {
			t.Errorf("%.20q: %v", name, err)
		}
		if u, err := a.User(t.Context(), name); err != nil || !u.Disabled {
			t.Errorf("%.20q: %+v, %v", name, u, err)
		}
	}
	if err := a.PutUser(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	ada.Disabled = true
	err := a.PutUser(t.Context(), ada)
	if got, err2 := a.User(t.Context(), "ada"); errors.Join(err, err2) != nil || !reflect.DeepEqual(got, ada) {
		t.Errorf("%+v, %v", got, errors.Join(err, err2))
	}
	if all, err := a.Users(t.Context()); err != nil || len(all) != 5 {
		t.Errorf("%d users, %v", len(all), err)
	}
	var none *store.NoUserError
	if err := a.RemoveUser(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.User(t.Context(), "ada"); !errors.As(err, &none) {
		t.Errorf("a user who is not there: %v", err)
	}
	for i := range 5 {
		e := store.AuditEntry{At: night(i), Who: "ada", Tenant: []string{"acme", ""}[i%2], Action: "sign-in", What: "\x00", From: "192.0.2.7", Outcome: "refused"}
		if err := a.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	first, err := a.AuditLog(t.Context(), store.AuditQuery{Tenant: "acme", Who: "ada", Action: "sign-in", Since: night(0), Limit: 2})
	if err != nil || len(first) != 2 || first[0].Number <= first[1].Number || !first[0].At.Equal(night(4)) || first[0].From != "192.0.2.7" || first[0].Outcome != "refused" {
		t.Fatalf("%+v, %v", first, err)
	}
	if rest, err := a.AuditLog(t.Context(), store.AuditQuery{Tenant: "acme", Before: first[1].Number}); err != nil || len(rest) != 1 || !rest[0].At.Equal(night(0)) {
		t.Errorf("%+v, %v", rest, err)
	}
	if err := a.Expire(t.Context(), night(9), store.DayOf(night(3))); err != nil {
		t.Fatal(err)
	}
	if rest, err := a.AuditLog(t.Context(), store.AuditQuery{}); err != nil || len(rest) != 2 {
		t.Errorf("%+v, %v", rest, err)
	}
}

// tokens proves that tokens are good until they are over or removed, and that nothing but a
// report takes the use of one that is for one use.
func tokens(t *testing.T, p Place) {
	a := open(t, p).Accounts()
	once := store.Token{Hash: store.TokenHash("once"), Name: "DC01", Kind: store.TokenEnrol, Role: "report", Tenant: "acme", Single: true, Host: "DC01", CreatedBy: "ada", Created: night(0), Expires: night(5)}
	often := store.Token{Hash: store.TokenHash("often"), Name: "tokyo", Kind: store.TokenWorker, Tenant: "*", Created: night(1)}
	if err := errors.Join(a.AddToken(t.Context(), once), a.AddToken(t.Context(), often)); err != nil {
		t.Fatal(err)
	}
	refused := func(hash store.Hash, at time.Time, reason string) {
		t.Helper()
		_, err := a.UseToken(t.Context(), hash, at)
		badToken(t, err, reason)
	}
	refused(once.Hash, night(5), store.TokenOver)
	refused(store.TokenHash("none"), night(0), store.TokenUnknown)
	refused("once\x00", night(0), store.TokenUnknown)
	for range 3 {
		if got, err := a.UseToken(t.Context(), once.Hash, night(1)); err != nil || !reflect.DeepEqual(got, once) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := a.UseToken(t.Context(), often.Hash, night(9)); err != nil {
			t.Error(err)
		}
	}
	if all, err := a.Tokens(t.Context()); err != nil || len(all) != 2 || all[0].Name != "tokyo" || !all[0].Used.Equal(night(9)) || !reflect.DeepEqual(all[1], once) {
		t.Errorf("%+v, %v", all, err)
	}
	if err := errors.Join(a.RemoveToken(t.Context(), often.Hash), a.Expire(t.Context(), night(5), "")); err != nil {
		t.Fatal(err)
	}
	refused(often.Hash, night(9), store.TokenUnknown)
	if all, err := a.Tokens(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func badToken(t *testing.T, err error, reason string) {
	t.Helper()
	var bad *store.TokenError
	if !errors.As(err, &bad) || bad.Reason != reason {
		t.Errorf("%v, want %s", err, reason)
	}
}

// spending proves that a token for one use is spent with the report that it comes with, both
// or neither: by one host of many that come at once, whose report may come again while any
// other is refused and not kept; by nobody of another tenant, and, if it is bound to a
// computer, by no other one.
func spending(t *testing.T, p Place) {
	db := open(t, p)
	a, s, other := db.Accounts(), tenant(t, db, "acme"), tenant(t, db, "globex")
	add := func(name, host string) store.Hash {
		t.Helper()
		token := store.Token{Hash: store.TokenHash(name), Name: name, Kind: store.TokenEnrol, Tenant: "acme", Single: true, Host: host, Created: night(0), Expires: night(5)}
		if err := a.AddToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		return token.Hash
	}
	report := func(s store.Store, token store.Hash, host string, day int, ready bool) error {
		one := hostResult(host, night(day), ready)
		one.Settings.Name = host[strings.LastIndex(host, "/")+1:]
		return s.Record(t.Context(), &store.Batch{Hosts: []store.HostResult{one}, Spent: &store.Spending{Token: token, At: night(day)}})
	}
	once, bound := add("once", ""), add("bound", "FS01.osaka.example.com")
	badToken(t, report(other, once, "DC01", 0, true), store.TokenUnknown)
	badToken(t, report(s, store.TokenHash("none"), "DC01", 0, true), store.TokenUnknown)
	badToken(t, report(s, once, "DC01", 5, true), store.TokenOver)
	var won, lost atomic.Int64
	var winner atomic.Pointer[string]
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			host := "PC" + string(rune('0'+i))
			err := report(s, once, host, 0, true)
			var bad *store.TokenError
			switch {
			case err == nil:
				won.Add(1)
				winner.Store(&host)
			case errors.As(err, &bad) && bad.Reason == store.TokenUsed:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	work.Wait()
	hosts, err := s.Hosts(t.Context(), "", 99)
	if err != nil || won.Load() != 1 || lost.Load() != 7 || len(hosts) != 1 || hosts[0].ID != *winner.Load() {
		t.Fatalf("%d won, %d lost, %+v is there, %v", won.Load(), lost.Load(), hosts, err)
	}
	if err := report(s, once, *winner.Load(), 1, true); err != nil {
		t.Errorf("the same again: %v", err)
	}
	badToken(t, report(s, once, *winner.Load(), 1, false), store.TokenUsed)
	for _, name := range []string{"FS02", "FS01.tokyo.example.com", "osaka/FS02", ""} {
		badToken(t, report(s, bound, name, 0, true), store.TokenHost)
	}
	for _, name := range []string{"osaka/fs01", "osaka/fs01"} {
		if err := report(s, bound, name, 0, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := a.RemoveToken(t.Context(), bound); err != nil {
		t.Fatal(err)
	}
	badToken(t, report(s, bound, "osaka/fs01", 0, true), store.TokenUnknown)
	if hosts, err = s.Hosts(t.Context(), "", 99); err != nil || len(hosts) != 2 {
		t.Errorf("%+v, %v", hosts, err)
	}
}

// sessions proves what scs asks of a store, and that no token of a session is kept.
func sessions(t *testing.T, p Place) {
	db := open(t, p)
	s := db.Accounts().Sessions()
	later := time.Now().Add(time.Hour)
	for _, text := range []string{"first", "second"} {
		if err := s.Commit("token", []byte(text), later); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Commit("over", []byte("x"), time.Now().Add(-time.Second)), s.Commit("other", []byte{0, 1}, later)); err != nil {
		t.Fatal(err)
	}
	if data, found, err := s.Find("token"); err != nil || !found || string(data) != "second" {
		t.Errorf("%q, %v, %v", data, found, err)
	}
	for _, token := range []string{"none", "over", string(store.TokenHash("token"))} {
		if data, found, err := s.Find(token); err != nil || found || data != nil {
			t.Errorf("%s: %q, %v, %v", token, data, found, err)
		}
	}
	all, err := s.AllCtx(t.Context())
	if err != nil || len(all) != 2 || all["token"] != nil {
		t.Fatalf("%v, %v", all, err)
	}
	if err := s.Delete("token"); err != nil {
		t.Fatal(err)
	}
	for key := range all {
		if err := s.DeleteCtx(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if _, found, err := s.Find("other"); err != nil || found {
		t.Errorf("a session that was ended is found: %v", err)
	}
	if err := s.Delete("none"); err != nil {
		t.Error(err)
	}
	if strings.Contains(text(t, db), "sessions") {
		t.Error("sessions are in the backup")
	}
}
