// Package answer is what the pages and the API of the console ask of a tenant: each
// question is a method of [Tenant] and its answer a document. Nothing here knows of HTTP
// but for the status of a mistake, which both tell.
package answer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"tlsready/internal/console/answer/intake"
	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
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
	heavy   chan struct{}       // who judges a whole fleet
	taking  *semaphore.Weighted // who takes in what was sent
}

// New makes a room. Now is the clock.
func New(db store.Database, now func() time.Time) (*Room, error) {
	js, err := judges.New()
	return &Room{db: db, now: now, judges: js, courses: judges.NewLRU[courseKey, course](maxCourses), heavy: make(chan struct{}, maxHeavy), taking: semaphore.NewWeighted(maxTaking)}, err
}

// maxTaking bounds how many requests are read into memory at a time. What others send lies
// on the disk until it is their turn.
const maxTaking = 4

// largeFile is the size of a file, in bytes, that takes two of those turns; one that is three
// times as large is read by itself. An export of 170 MB with a value in each key takes 2 GB
// of memory while it is read.
const largeFile = 32 << 20

// turn waits for a turn to take something in; done ends it. Largest is the size of the
// largest file of it: files are read one after the other.
func (r *Room) turn(ctx context.Context, largest int64) (done func(), err error) {
	n := min(maxTaking, 1+largest/largeFile)
	if err := r.taking.Acquire(ctx, n); err != nil {
		return nil, context.Cause(ctx)
	}
	return func() { r.taking.Release(n) }, nil
}

// Tenant is the fleet of a tenant.
type Tenant struct {
	room *Room
	name string
	kept
}

// kept is what is kept of the tenant.
type kept interface{ store.Store }

// Of is the fleet of a tenant. One that is not there is a mistake.
func (r *Room) Of(ctx context.Context, tenant string) (*Tenant, error) {
	s, err := r.db.Tenant(ctx, tenant)
	if err != nil {
		return nil, known(err)
	}
	return &Tenant{room: r, name: tenant, kept: s}, nil
}

// Today is the day of the room's clock.
func (t *Tenant) Today() service.Date {
	now := t.room.now()
	return service.Date{Time: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
}

// Now is the room's clock.
func (t *Tenant) Now() time.Time { return t.room.now() }

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

// searched gives a list that does not go on where somebody says the status of a mistake.
func searched(err error) error {
	var p *message.Problem
	if errors.As(err, &p) && p.What.ID == "store.cursor" {
		return web.Mistake(http.StatusBadRequest, p)
	}
	return err
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

// intake begins to take in what is sent.
func (t *Tenant) intake(ctx context.Context, lang string) (*intake.Intake, error) {
	asked, err := t.AllSeries(ctx)
	if err != nil {
		return nil, err
	}
	return intake.New(ctx, intake.Options{Judges: t.room.judges, Tenant: t.name, Now: t.room.now(), Asked: asked, Lang: lang, Into: t.kept})
}

// Results takes in lines of what runs found. When it returns, they are on the disk.
func (t *Tenant) Results(ctx context.Context, lang string, lines io.Reader) (*document.Recorded, error) {
	done, err := t.room.turn(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer done()
	in, err := t.intake(ctx, lang)
	if err != nil {
		return nil, err
	}
	err = in.Lines(ctx, "", lines)
	doc, end := in.End(ctx) // what came before a mistake is recorded: to send it again changes nothing
	return doc, errors.Join(err, end)
}

// AddHost takes in one host, in any form that check reads, under an id; "" for the name
// that it has. Spends is the token for one use whose use that takes; "" for none.
func (t *Tenant) AddHost(ctx context.Context, lang, id, name string, spends store.Hash, body io.Reader) (*document.Recorded, error) {
	id, err := word(id)
	if err != nil {
		return nil, err
	}
	doc, err := t.files(ctx, lang, func(f *intake.Folder) error { return f.Add(cmp.Or(name, "host"), body) },
		func(in *intake.Intake, f *intake.Folder) error {
			in.Spend(spends)
			taken, err := in.One(ctx, f, id)
			if taken != "" {
				web.Remark(ctx, taken)
			}
			return asMistake(err)
		})
	var bad *store.TokenError
	if errors.As(err, &bad) {
		err = web.Mistake(http.StatusUnauthorized, message.Error("access.error.token-"+bad.Reason).Hinted("access.hint.token"))
	}
	return doc, err
}

// Import takes in any files that check reads, and lines of what runs found. Each is given
// to add by its name; archives are unpacked.
func (t *Tenant) Import(ctx context.Context, lang string, each func(add func(name string, r io.Reader) error) error) (*document.Recorded, error) {
	return t.files(ctx, lang, func(f *intake.Folder) error { return each(f.Add) },
		func(in *intake.Intake, f *intake.Folder) error { return in.Files(ctx, f) })
}

func (t *Tenant) files(ctx context.Context, lang string, fill func(*intake.Folder) error, take func(*intake.Intake, *intake.Folder) error) (*document.Recorded, error) {
	folder, err := intake.NewFolder()
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	if err := fill(folder); err != nil {
		return nil, err
	}
	done, err := t.room.turn(ctx, folder.Largest())
	if err != nil {
		return nil, err
	}
	defer done()
	in, err := t.intake(ctx, lang)
	if err != nil {
		return nil, err
	}
	if err := take(in, folder); err != nil {
		return nil, err
	}
	return in.End(ctx)
}

// asMistake is what was wrong with what somebody sent.
func asMistake(err error) error {
	var p *message.Problem
	var status *web.Status
	if errors.As(err, &p) && !errors.As(err, &status) {
		return web.Mistake(http.StatusBadRequest, p)
	}
	return err
}
