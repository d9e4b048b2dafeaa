//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/worker"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
)

// tenant and site are those of all work here.
const (
	tenant = "acme"
	site   = "osaka"
)

// queue is an open queue over an open store.
type queue struct {
	*jobs.Jobs
	db store.Database
}

// sizes are what differs from "tlsready serve"; 0 is what it has.
type sizes struct {
	batch, concurrency int // endpoints and hosts of a batch, endpoints at a time
	// silence is how long a worker may say nothing; the dead are looked after twice in it.
	silence time.Duration
}

// openQueue opens both.
func openQueue(ctx context.Context, where string, o sizes) (*queue, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	db, err := open.Database(ctx, where, store.Options{Holder: "test/jobs"})
	if err != nil {
		return nil, err
	}
	j, err := jobs.Open(ctx, where, jobs.Options{
		Store: db, Tools: tools(o.concurrency), Log: log, Now: time.Now, Silence: o.silence, Watch: o.silence / 2, BatchEndpoints: o.batch, BatchHosts: o.batch,
		Who: func(r *http.Request) desk.Visitor { return desk.Visitor{ID: "t", Name: "t", Tenant: tenant} },
		Refuse: func(w http.ResponseWriter, _ *http.Request, code int, p *message.Problem) {
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": p.Error()})
		},
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &queue{j, db}, nil
}

func (q *queue) close() error { return errors.Join(q.Close(), q.db.Close()) }

func tools(concurrency int) *doing.Tools {
	return &doing.Tools{Now: time.Now, Concurrency: concurrency}
}

// serveProcess is a server as "tlsready serve" is one, with batches as small and a patience
// with workers as short as the test needs, and without a guard. It says how many jobs there
// are of which kind and state.
func serveProcess(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	where := flags.String("store", "", "a store")
	address := flags.String("listen", "", "an address")
	var o sizes
	flags.DurationVar(&o.silence, "silence", 0, "how long a worker may say nothing")
	flags.IntVar(&o.batch, "batch", 0, "endpoints and hosts of a batch")
	flags.IntVar(&o.concurrency, "concurrency", 0, "endpoints at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	q, err := openQueue(ctx, *where, o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *address)
	if err != nil {
		return errors.Join(err, q.close())
	}
	mux := http.NewServeMux()
	for _, r := range q.Routes() {
		mux.Handle(r.Pattern, r.Handle)
	}
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, r *http.Request) {
		counts, err := q.Count(r.Context(), tenant)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(counts)
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	return errors.Join(q.Run(ctx), server.Close(), q.close())
}

// plain is a server that is asked without a token.
type plain struct{ url string }

func (p plain) URL(path string) string { return p.url + "/" + path }
func (p plain) String() string         { return p.url }
func (p plain) Do(r *http.Request) (*http.Response, error) {
	return http.DefaultClient.Do(r)
}

// workProcess is a worker as "tlsready worker" is one.
func workProcess(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("work", flag.ContinueOnError)
	url := flags.String("server", "", "a server")
	name := flags.String("name", "", "its name")
	concurrency := flags.Int("concurrency", 0, "endpoints at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return worker.Run(ctx, worker.Options{
		Server: plain{*url}, Name: *name, Site: site, Slots: 2, Tools: tools(*concurrency),
		Tell: func(t message.Text) { _, _ = os.Stderr.WriteString(message.English(t) + "\n") },
	})
}
