// Package judges judges hosts for the console: it keeps the questions of each tenant ready,
// so that a page does not wait for them, and judges with the same rooms as check and fix.
package judges

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// maxKept bounds the questions that are kept ready. Each has a memory of its own of what
// it found, some megabytes when it is full; a tenant asks about a dozen services.
const maxKept = 32

// Judges keeps questions ready. It may be used by many goroutines at once.
type Judges struct {
	Model *stack.Model
	kept  *LRU[Key, *judge.Judging]
}

// New makes one that has no question ready.
func New() (*Judges, error) {
	model, err := stack.New()
	return &Judges{model, NewLRU[Key, *judge.Judging](maxKept)}, err
}

// Key is a question of a tenant on a day. Tenants do not share what is kept: what one
// customer's hosts are told by is in it. Without a service, those are asked whose programs
// a host has, as check does.
type Key struct {
	Tenant string
	Series store.Series
	Today  string
}

// For is how hosts are judged for a question.
func (js *Judges) For(ctx context.Context, k Key) (*judge.Judging, error) {
	return js.kept.Get(k, func() (*judge.Judging, error) { return js.make(ctx, k) })
}

func (js *Judges) make(ctx context.Context, k Key) (*judge.Judging, error) {
	s, q := k.Series, judge.Question{}
	var err error
	if q.Today, err = day(k.Today); err != nil {
		return nil, err
	}
	if s.Service == "" {
		return q.Judging(ctx)
	}
	q.Services, q.On = []string{s.Service}, q.Today
	if s.On != "" {
		if q.On, err = day(s.On); err != nil {
			return nil, err
		}
	}
	if s.Callers != "" {
		q.Callers = strings.Split(s.Callers, ",")
	}
	// Names of files mean files of this machine, which nobody may ask for from outside.
	for _, name := range append(slices.Clone(q.Callers), s.Service) {
		if judge.IsFile(name) || strings.HasPrefix(name, judge.ServerPrefix) {
			return nil, web.Missing("service", message.Quote("service", name))
		}
	}
	j, err := q.Judging(ctx)
	return j, Asked(err)
}

// Asked gives a mistake in what was asked for its status.
func Asked(err error) error {
	var mistake *judge.Mistake
	var p *message.Problem
	if errors.As(err, &mistake) && errors.As(err, &p) {
		return web.Mistake(http.StatusBadRequest, p)
	}
	return err
}

func day(text string) (service.Date, error) {
	d, err := service.ParseDate(text)
	if err != nil {
		return d, web.Wrong("day", message.Quote("value", text))
	}
	return d, nil
}

// SeriesOf is the question that check asks of a service without further flags: it is
// judged for the day of its last phase, or for today once that has come.
func SeriesOf(p *service.Profile, today service.Date) store.Series {
	s := store.Series{Service: p.ID}
	if from := p.Last().From; from.After(today.Time) {
		s.On = from.String()
	}
	return s
}
