package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/document"
	"tlsready/internal/store"
)

// slow is a database whose tenants hold back the settings of their hosts: a large fleet
// that is judged for long.
type slow struct {
	store.Database
	asked, release, ended chan struct{}
}

func newSlow(db store.Database) *slow {
	return &slow{db, make(chan struct{}, 8), make(chan struct{}), make(chan struct{}, 8)}
}

func (s *slow) Tenant(ctx context.Context, name string) (store.Store, error) {
	t, err := s.Database.Tenant(ctx, name)
	return &slowTenant{t, s}, err
}

type slowTenant struct {
	store.Store
	*slow
}

func (t *slowTenant) Latest(ctx context.Context, after string, limit int) ([]store.Settings, error) {
	t.asked <- struct{}{}
	select {
	case <-t.release:
		return t.Store.Latest(ctx, after, limit)
	case <-ctx.Done():
		t.ended <- struct{}{}
		return nil, ctx.Err()
	}
}

const whatIfPath = "what-if?service=azure-backup&on=2021-09-01&versions=TLS%201.3"

// Proves that while a fleet is judged for somebody, everything else is answered; that the
// judging ends when who asked for it has gone, and the next one begins; and that its answer
// is that of a fleet which nobody holds back.
func TestWhatIfBeside(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	var want document.WhatIf
	f.must(call{path: whatIfPath}, &want)
	if want.Hosts == 0 || len(want.Lose) == 0 {
		t.Fatalf("nothing is lost: %+v", want)
	}
	db := newSlow(f.db)
	room, err := answer.New(db, func() time.Time { return today })
	if err != nil {
		t.Fatal(err)
	}
	f.h = console.Handler(console.Options{Store: db, Guard: byHeader{}}, Routes(room, nil))

	ctx, leave := context.WithCancel(t.Context())
	first := f.begin(ctx)
	wait(t, db.asked, "the first is judged")
	second := f.begin(t.Context())
	for _, path := range []string{"hosts", "deadlines", "services", "clients", "endpoints"} {
		f.must(call{path: path}, nil)
	}
	leave()
	wait(t, db.ended, "the store is left alone once the first has gone")
	if w := <-first; w.Body.Len() > 0 && w.Code < 400 {
		t.Errorf("the first was answered: %d %s", w.Code, w.Body)
	}
	wait(t, db.asked, "the second is judged after it")
	close(db.release)
	var got document.WhatIf
	w := <-second
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %d\n%+v\nwant\n%+v", err, w.Code, got, want)
	}
}

// Proves that what-if asks the hosts that the pages count for a service, not those that have
// no program that uses it; and all hosts about a service that nobody has asked about.
func TestWhatIfOfWhom(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	most := f.fill().Hosts
	var all document.HostPage
	f.must(call{path: "hosts?service=azure-backup&on=2021-09-01"}, &all)
	for path, want := range map[string]int{whatIfPath: all.Total, "what-if?service=tls13": most} {
		var got document.WhatIf
		if f.must(call{path: path}, &got); got.Hosts != want {
			t.Errorf("%s: %d hosts, want %d", path, got.Hosts, want)
		}
	}
	if all.Total == most {
		t.Error("all hosts are judged: the test shows nothing")
	}
}

// begin asks what would be if, beside the test.
func (f *fixture) begin(ctx context.Context) <-chan *httptest.ResponseRecorder {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		f.h.ServeHTTP(w, call{path: whatIfPath, method: http.MethodGet}.request().WithContext(ctx))
		done <- w
	}()
	return done
}

func wait(t *testing.T, event <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(time.Minute):
		t.Fatal("not within a minute: " + what)
	}
}
