// Package answer is what the pages and the API of the console ask of a tenant: each
// question is a method of [Tenant] and its answer a document. Nothing here knows of HTTP
// but for the status of a mistake, which both tell.
package answer

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// Room answers for all tenants of a database. It may be used by many goroutines at once.
type Room struct {
	db      store.Database
	now     func() time.Time
	judges  *judges.Judges
	courses *judges.LRU[courseKey, course]
	heavy   chan struct{} // who judges a whole fleet
}

// New makes a room. Now is the clock.
func New(db store.Database, now func() time.Time) (*Room, error) {
	js, err := judges.New()
	return &Room{db: db, now: now, judges: js, courses: judges.NewLRU[courseKey, course](maxCourses), heavy: make(chan struct{}, maxHeavy)}, err
}

// Tenant is the fleet of a tenant.
type Tenant struct {
	room *Room
	name string
	kept
}

// kept is what is asked of a store.
type kept interface {
	store.Store
	store.Queries
	store.Decisions
}

// Of is the fleet of a tenant. One that is not there is a mistake.
func (r *Room) Of(ctx context.Context, tenant string) (*Tenant, error) {
	s, err := r.db.Tenant(ctx, tenant)
	if err != nil {
		return nil, known(err)
	}
	k, ok := s.(kept)
	if !ok {
		return nil, errors.New("the store does not answer questions")
	}
	return &Tenant{room: r, name: tenant, kept: k}, nil
}

// Today is the day of the room's clock.
func (t *Tenant) Today() service.Date {
	now := t.room.now()
	return service.Date{Time: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
}

func (t *Tenant) today() string { return t.Today().String() }

// known gives an error of the store the status that it has for whoever asked.
func known(err error) error {
	var noTenant *store.NoTenantError
	var noHost *store.NoHostError
	switch {
	case errors.As(err, &noTenant):
		// Whether another customer is there is nobody's business: the hint would name all.
		return web.Mistake(http.StatusNotFound, message.Error("console.answer.tenant"))
	case errors.As(err, &noHost):
		return web.Mistake(http.StatusNotFound, noHost.Problem)
	}
	return judges.Asked(err)
}

// key is a question of the tenant today.
func (t *Tenant) key(s store.Series) judges.Key {
	return judges.Key{Tenant: t.name, Series: s, Today: t.today()}
}

// judging is how hosts are judged for a series.
func (t *Tenant) judging(ctx context.Context, s store.Series) (*judge.Judging, error) {
	return t.room.judges.For(ctx, t.key(s))
}

// maxName bounds the id of a host, an owner, a reason and whatever else is sent as a word:
// a path of Windows has 32,767 characters, and nobody reads a thousand.
const maxName = 1000

// word is a text that came from outside, as it is kept.
func word(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxName || store.Text(s) != s {
		return "", web.Wrong("word", message.Int("most", maxName))
	}
	return s, nil
}
