package web

import (
	"context"
	"crypto/rand"
)

// Trace is what is noted of a request while it is answered: by which route, and to whom.
type Trace struct {
	ID      string // tells it apart in the log, and in what the one who asked was answered
	Route   string // its pattern; "" if no route has answered
	Visitor Visitor
	From    string // the address of the one who asks, behind proxies that are trusted; "" if nobody has found it out
	Failure error  // why the server could not answer; nil if it could
}

type traceKey struct{}

// idLength is that of the id of a request: 60 bits tell apart those of years.
const idLength = 12

// Traced is a context whose request is noted.
func Traced(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{ID: rand.Text()[:idLength]}
	return context.WithValue(ctx, traceKey{}, t), t
}

// Note notes the route that answers the request of a context.
func Note(ctx context.Context, route string) {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		t.Route, t.Visitor = route, Of(ctx)
	}
}

// From notes the address of the one who asks in a context.
func From(ctx context.Context, address string) {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		t.From = address
	}
}

// failed notes why the request of a context could not be answered.
func failed(ctx context.Context, err error) {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		t.Failure = err
	}
}
