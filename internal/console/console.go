// Package console is the web server over a store: it puts together the pages, the API and
// what guards them. What is answered stands in its subfolders: console/web has what they
// share, console/answer the questions that pages and API both ask of a tenant.
package console

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Options are what a server is made of.
type Options struct {
	Store store.Database
	// Guard finds out who asks.
	Guard Guard
	Now   func() time.Time
	Log   *slog.Logger
	// Version is that of the program.
	Version string
}

// Guard finds out who asks. It is given the routes' handler, and puts a [web.Visitor] into
// the context of every request of somebody whom it knows; the others reach what is
// [web.Open], and are challenged at everything else.
type Guard interface {
	// Routes are those of signing in and out.
	Routes() []web.Route
	Around(next http.Handler) http.Handler
	// Challenge answers somebody who has not signed in and asks for what needs it.
	Challenge(w http.ResponseWriter, r *http.Request)
}

// Handler answers everything that the routes name: it holds each request against the right
// that its route needs.
func Handler(o Options, routes []web.Route) http.Handler {
	guard := o.Guard
	early, mux := http.NewServeMux(), http.NewServeMux()
	for _, r := range append(guard.Routes(), routes...) {
		if r.Early {
			early.Handle(r.Pattern, needing(r, guard))
			continue
		}
		mux.Handle(r.Pattern, needing(r, guard))
	}
	known := guard.Around(mux)
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := early.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		known.ServeHTTP(w, r)
	}))
}

// needing refuses those who have not the right of a route, and has those who are not known
// sign in.
func needing(r web.Route, guard Guard) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		web.Note(req.Context(), r.Pattern)
		switch v := web.Of(req.Context()); {
		case v.May(r.Needs):
			if v.Right > web.Open { // a connection that cannot be told so has no bound
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
			}
			r.Handle(w, req)
		case v.Right == web.Open:
			guard.Challenge(w, req)
		default:
			web.Refuse(w, req, web.Mistake(http.StatusForbidden, message.Error("console.error.right",
				message.Str("needs", r.Needs.String()), message.Str("has", v.Right.String()))))
		}
	})
}

// policy allows the server's own files alone, and no script in a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guarded sets what every answer says to the browser, and refuses what another site makes a
// browser send (see [http.CrossOriginProtection]) or fetch.
func guarded(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(isolated(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// isolated lets another site lead to the pages of this server, and to nothing else: what it
// embeds or fetches it could measure, and the server would work for it, which asks nobody who
// they are as long as this machine alone reaches it (w3.org/TR/fetch-metadata). Another port
// of this machine is another site as well. Programs say nothing of it.
func isolated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		led := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" && !web.IsAPI(r)
		switch site := r.Header.Get("Sec-Fetch-Site"); {
		case site == "", site == "none", site == "same-origin", led:
			next.ServeHTTP(w, r)
		default:
			web.Refuse(w, r, web.Mistake(http.StatusForbidden, message.Error("console.error.other-site").Hinted("console.hint.other-site")))
		}
	})
}

// Bounds of a connection: a browser sends its head at once, and whoever is not known the
// little that a form has soon. An upload of 2 GB over a slow line takes its time.
const (
	headTime   = 10 * time.Second
	bodyTime   = time.Minute
	uploadTime = 30 * time.Minute
	idleTime   = 2 * time.Minute
	// stopTime is how long requests may go on after the server was told to stop.
	stopTime = 20 * time.Second
)

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headTime, ReadTimeout: bodyTime, IdleTimeout: idleTime,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Serve answers until the context ends, and then lets what has begun come to its end.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := newServer(h, log)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(rest); err != nil {
		_ = server.Close() // what has not ended by now is cut off
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
