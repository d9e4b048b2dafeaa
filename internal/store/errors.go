package store

import (
	"errors"

	"tlsready/internal/message"
)

// ErrAway is in the error of a database that does not answer, and may come back: what was
// not done may be done later as it is.
var ErrAway = errors.New("the database is away")

// NoTenantError says that a tenant is not in the database.
type NoTenantError struct{ *message.Problem }

// NoTenant is the error of a tenant that is not there.
func NoTenant(name string, known []string) error {
	p := message.Error("store.no-tenant", message.Quote("name", name))
	if len(known) > 0 {
		p.Hinted("store.hint.tenants", message.List("known", known))
	} else {
		p.Hinted("store.hint.no-tenants")
	}
	return &NoTenantError{p}
}

// Unwrap gives the problem, which has the hint.
func (e *NoTenantError) Unwrap() error { return e.Problem }

// NoHostError says that a host is not in the store.
type NoHostError struct{ *message.Problem }

// NoHost is the error of a host that is not there.
func NoHost(id string) error {
	return &NoHostError{message.Error("store.no-host", message.Quote("id", id)).Hinted("store.hint.no-host")}
}

// Unwrap gives the problem, which has the hint.
func (e *NoHostError) Unwrap() error { return e.Problem }

// NoUserError says that there is no such user.
type NoUserError struct{ *message.Problem }

// NoUser is the error of a user who is not there.
func NoUser(name string) error {
	return &NoUserError{message.Error("store.no-user", message.Quote("name", name))}
}

// Unwrap gives the problem.
func (e *NoUserError) Unwrap() error { return e.Problem }

// TokenError says that a token is not good, and in Reason why: whoever shows it is told
// nothing of that.
type TokenError struct {
	*message.Problem
	Reason string
}

// Why a token is not good.
const (
	TokenUnknown = "unknown"
	TokenOver    = "over"
	TokenUsed    = "used"
	TokenHost    = "host" // it is bound to another computer
)

// BadToken is the error of a token that is not good.
func BadToken(reason string) error {
	return &TokenError{message.Error("store.token." + reason), reason}
}

// Unwrap gives the problem.
func (e *TokenError) Unwrap() error { return e.Problem }

// TooNew is the error of a database, or of a backup, that a newer version of the program
// made. Reading it as if it were known would lose what was added since.
func TooNew(where string, have, known int) error {
	return message.Error("store.too-new", message.Int("have", have), message.Int("known", known)).At(where).Hinted("store.hint.too-new")
}

// maxTenant bounds the name of a tenant in bytes: it is typed, and shown in lists.
const maxTenant = 100

// CheckTenant says what is wrong with the name of a tenant that is to be added.
func CheckTenant(name string) error {
	if name == "" || len(name) > maxTenant || Text(name) != name {
		return message.Error("store.tenant-name", message.Quote("name", name), message.Int("most", maxTenant))
	}
	return nil
}
