// Package queue is the queue of jobs of "serve": its flags, its schedules, and what
// workers ask for.
package queue

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/console/web"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/message"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/store"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Flags are those about jobs.
type Flags struct {
	schedules, passwordFile string
	slots                   int
}

// maxSlots is the most batches that a server does at a time.
const maxSlots = 64

// Add adds the flags to the command.
func (f *Flags) Add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.schedules, "schedules", "", "")
	cmd.Flags().StringVar(&f.passwordFile, "password-file", "", "")
	cmd.Flags().IntVar(&f.slots, "slots", 0, "")
}

// Open opens the queue of jobs beside an open store.
func (f *Flags) Open(ctx context.Context, app *frame.App, where string, db store.Database, log *slog.Logger) (*jobs.Jobs, error) {
	if f.slots < 0 || f.slots > maxSlots {
		return nil, app.UsageError("worker-slots", message.Int("value", f.slots), message.Int("most", maxSlots))
	}
	if bad := peer.CheckFile(f.passwordFile); bad != nil {
		return nil, frame.Usage(bad)
	}
	schedules, err := readSchedules(f.schedules)
	if err != nil {
		return nil, err
	}
	passwords := &peer.Passwords{File: f.passwordFile, Environment: app.Getenv("TLSREADY_PASSWORD"), Named: named(schedules)}
	reach := remote.Options{Passwords: passwords, Now: time.Now}
	return jobs.Open(ctx, where, jobs.Options{
		Store: db, Slots: f.slots, Schedules: schedules, Log: log, Now: time.Now,
		Tools: &doing.Tools{Remote: reach.Defaults(app.Getenv), Now: time.Now},
		Who: func(r *http.Request) desk.Visitor {
			v := web.Of(r.Context())
			return desk.Visitor{ID: v.ID, Name: v.Name, Tenant: v.Tenant}
		},
		Refuse: func(w http.ResponseWriter, r *http.Request, code int, p *message.Problem) {
			web.Refuse(w, r, web.Mistake(code, p))
		},
	})
}

// readSchedules reads --schedules.
func readSchedules(path string) ([]jobs.Schedule, error) {
	if path == "" {
		return nil, nil
	}
	text, err := userfile.Read(path, strictyaml.MaxSize)
	if err != nil {
		return nil, frame.CannotRead(path, err)
	}
	list, err := jobs.ReadSchedules(text)
	if err != nil {
		return nil, &judge.Mistake{Err: message.At(path, err)}
	}
	return list, nil
}

// named says which machines the password is for: those that a schedule reaches in the same
// way and with the same account. Whoever orders work in a browser cannot have it sent
// elsewhere.
func named(schedules []jobs.Schedule) func(peer.Target) bool {
	var places []string
	for _, s := range schedules {
		if s.Order.Site == "" {
			places = append(append(places, s.Order.Via), s.Order.Sources...)
		}
	}
	return func(t peer.Target) bool {
		for _, place := range places {
			if place != "" && peer.SameAccount(place, t) {
				return true
			}
		}
		return false
	}
}

// Begin does jobs until the returned function is called, which waits for their end.
func Begin(ctx context.Context, j *jobs.Jobs, log *slog.Logger) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		if err := j.Run(ctx); err != nil && ctx.Err() == nil {
			log.Error("the queue of jobs has stopped", "err", err)
		}
	})
	return func() {
		cancel()
		work.Wait()
	}
}

// Routes are what workers ask for.
func Routes(j *jobs.Jobs) []web.Route {
	var list []web.Route
	for _, r := range j.Routes() {
		list = append(list, web.Route{Pattern: r.Pattern, Needs: web.Work, Handle: r.Handle})
	}
	return list
}
