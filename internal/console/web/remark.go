package web

import "context"

type remarkKey struct{}

// Remarked is a context for whose request a remark can be left, and where it will stand.
func Remarked(ctx context.Context) (context.Context, *string) {
	remark := new(string)
	return context.WithValue(ctx, remarkKey{}, remark), remark
}

// Remark says what the request of a context was about, for the audit log: what its route
// and its path do not say.
func Remark(ctx context.Context, text string) {
	if to, ok := ctx.Value(remarkKey{}).(*string); ok {
		*to = text
	}
}
