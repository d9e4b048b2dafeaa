package console

import (
	"context"
	"io"
	"net/http"
	"time"

	"tlsready/internal/console/web"
)

// readyTime is how long the store may take to answer before the server counts as not ready.
const readyTime = 2 * time.Second

// Health are the routes that tell whether the server lives, and whether it can work. They
// are answered without the store but for the question whether it is there: a server that
// waits for its database must not be taken for dead and killed.
func Health(o Options) []web.Route {
	say := func(w http.ResponseWriter, code int, word string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, word+"\n") // the one who asked has gone
	}
	return []web.Route{
		{Pattern: "GET /healthz", Early: true, Handle: func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }},
		{Pattern: "GET /readyz", Early: true, Handle: func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), readyTime)
			defer cancel()
			if _, err := o.Store.Schema(ctx); err != nil {
				o.Log.Warn("the store does not answer", "err", err)
				say(w, http.StatusServiceUnavailable, "the store does not answer")
				return
			}
			say(w, http.StatusOK, "ok")
		}},
	}
}
