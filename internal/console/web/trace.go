package web

import "context"

// Trace is what is noted of a request while it is answered: by which route, and to whom.
type Trace struct {
	Route   string // its pattern; "" if no route has answered
	Visitor Visitor
}

type traceKey struct{}

// Traced is a context whose request is noted.
func Traced(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{}
	return context.WithValue(ctx, traceKey{}, t), t
}

// Note notes the route that answers the request of a context.
func Note(ctx context.Context, route string) {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		t.Route, t.Visitor = route, Of(ctx)
	}
}
