package web

import (
	"context"

	"tlsready/internal/store"
)

// Right is what a route needs, and what a visitor has. From View to Admin each has those
// before it; Enrol and Work are for machines, and stand for nothing else. Who may operate may
// report hosts as well.
type Right int

// The rights, from the least to the most.
const (
	Open    Right = iota // nobody has to sign in: the sign-in page, style sheets, health
	Enrol                // report one host, with a token that is used up by it
	Work                 // lease batches and report what was found
	View                 // read everything of one's tenant
	Operate              // add data, order work, give fixes
	Approve              // release a fix that another has offered
	Admin                // users, tokens, tenants, retention
)

// Names are the rights as people and documents name them.
func (r Right) String() string {
	return [...]string{"open", "enrol", "work", "view", "operate", "approve", "admin"}[r]
}

// Visitor is who asks.
type Visitor struct {
	// Name is the name of a user, or that of a token.
	Name   string
	Right  Right
	Tenant string
	// Tenants are those that the visitor may change to, sorted; nil if there is no other.
	Tenants []string
	// Everywhere says that the right holds for all tenants.
	Everywhere bool
	// Session says that a person signed in, and can sign out.
	Session bool
	// Token says that a program asks, with a token: it has no session, and no browser
	// can be made to ask in its name.
	Token bool
	// ID tells tokens apart: the hash of the one that was given; "" for people.
	ID string
	// Spends is the token for one use that a report of a host takes the use of; "" for none.
	Spends store.Hash
}

// May says whether a visitor may use what needs a right.
func (v Visitor) May(needs Right) bool {
	switch {
	case needs == Open:
		return true
	case needs == Enrol && v.Right >= Operate:
		return true // to report a host is to add data
	case needs == Enrol || needs == Work || v.Right == Enrol || v.Right == Work:
		return v.Right == needs
	}
	return v.Right >= needs
}

type visitorKey struct{}

// With is a context in which a visitor asks.
func With(ctx context.Context, v Visitor) context.Context {
	return context.WithValue(ctx, visitorKey{}, v)
}

// Of is who asks; nobody, who may use what is [Open], if no one has signed in.
func Of(ctx context.Context) Visitor {
	v, _ := ctx.Value(visitorKey{}).(Visitor)
	return v
}
