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

// openQueue opens both with batches of so many endpoints and hosts.
func openQueue(ctx context.Context, where string, batch int, silence time.Duration) (*queue, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	db, err := open.Database(ctx, where, store.Options{Holder: "test/jobs"})
	if err != nil {
		return nil, err
	}
	j, err := jobs.Open(ctx, where, jobs.Options{
		Store: db, Tools: tools(), Log: log, Now: time.Now, Silence: silence, Watch: time.Second, BatchEndpoints: batch, BatchHosts: batch, Slots: 4,
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

// tools are those of server and workers: few connections at a time, so that a batch takes
// long enough to be killed in.
func tools() *doing.Tools { return &doing.Tools{Now: time.Now, Concurrency: 2, Rate: -1} }

// serveProcess is a server as "tlsready serve" is one, with batches as small and a patience
// with workers as short as the test needs, and without a guard. It says how many jobs there
// are of which kind and state.
func serveProcess(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	where := flags.String("store", "", "a store")
	address := flags.String("listen", "", "an address")
	silence := flags.Duration("silence", time.Minute, "how long a worker may say nothing")
	batch := flags.Int("batch", 1, "endpoints and hosts of a batch")
	if err := flags.Parse(args); err != nil {
		return err
	}
	q, err := openQueue(ctx, *where, *batch, *silence)
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
	if err := flags.Parse(args); err != nil {
		return err
	}
	return worker.Run(ctx, worker.Options{
		Server: plain{*url}, Name: *name, Site: site, Slots: 2, Tools: tools(),
		Tell: func(t message.Text) { _, _ = os.Stderr.WriteString(message.English(t) + "\n") },
	})
}
