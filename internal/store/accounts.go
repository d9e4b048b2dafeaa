package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Accounts are those who may use a server, and what they did. They belong to the database
// and to no tenant: a user has a role in some tenants, and whoever serves a request has
// to ask which. No secret is kept: of passwords and tokens there are hashes alone, which
// are the caller's to make, see [TokenHash].
type Accounts interface {
	// User is a user. One that is not there is a [NoUserError].
	User(ctx context.Context, name string) (User, error)
	// Users are all of them, by name.
	Users(ctx context.Context) ([]User, error)
	// PutUser adds a user, or replaces the one of that name.
	PutUser(ctx context.Context, u User) error
	// RemoveUser removes a user; their tokens and sessions are the caller's business.
	RemoveUser(ctx context.Context, name string) error

	// AddToken adds tokens, all or none. One of a hash that is there is replaced.
	AddToken(ctx context.Context, list ...Token) error
	// UseToken is the token of a hash, if it is good at a moment: not over. An error for
	// those who may not is a [TokenError]. The use of one that is for one use is not taken:
	// what comes with it takes it, see [Spending].
	UseToken(ctx context.Context, hash Hash, now time.Time) (Token, error)
	// Tokens are all tokens, the newest first.
	Tokens(ctx context.Context) ([]Token, error)
	// RemoveToken removes a token.
	RemoveToken(ctx context.Context, hash Hash) error

	// Sessions keep the sessions of browsers.
	Sessions() Sessions

	// Audit writes down what somebody did. Of two entries the later one has the larger
	// number, which the store gives.
	Audit(ctx context.Context, e AuditEntry) error
	// AuditLog is what was written down, the newest first.
	AuditLog(ctx context.Context, q AuditQuery) ([]AuditEntry, error)

	// Expire removes what is over at a moment: sessions and tokens, and entries of the
	// audit log before a day; "" keeps all of them.
	Expire(ctx context.Context, now time.Time, audit Day) error
}

// User is somebody who may sign in.
type User struct {
	Name string
	// Password is what the caller's hash of it is: salt and parameters are in it. "" for
	// somebody who signs in elsewhere.
	Password string
	// Roles are what the user may do, by tenant; "*" stands for all tenants.
	Roles    map[string]string
	Disabled bool
	Created  time.Time
}

// Token lets a program in.
type Token struct {
	Hash Hash // of the secret, see [TokenHash]
	Name string
	Kind TokenKind
	Role string
	// Tenant is that of the token; "*" for all.
	Tenant string
	// Single is for one use.
	Single bool
	// Host is the computer that a token for one use is bound to; "" for any.
	Host      string
	CreatedBy string
	Created   time.Time
	Expires   time.Time // zero for never
	// Used is when it was used last, to the hour for those of many uses; zero for never.
	Used time.Time
	// SpentOn is what a token for one use was spent on, see [ReportHash]; "" for nothing.
	SpentOn Hash
}

// TokenKind is what a token is for.
type TokenKind string

// What tokens are for.
const (
	TokenAPI    TokenKind = "api"    // the API, as its role allows
	TokenEnrol  TokenKind = "enrol"  // a host that reports itself
	TokenWorker TokenKind = "worker" // a worker at a site
)

// TokenHash is how the secret of a token is kept. Secrets have to be random and long: of
// a word that can be guessed a hash of this kind is no protection.
func TokenHash(secret string) Hash {
	sum := sha256.Sum256([]byte(secret))
	return Hash(hex.EncodeToString(sum[:]))
}

// Sessions is what github.com/alexedwards/scs/v2 asks of a store (Store, CtxStore and
// IterableCtxStore). Of the token of a session its hash is kept.
type Sessions interface {
	FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	// DeleteCtx takes a token, or a key of AllCtx.
	DeleteCtx(ctx context.Context, token string) error
	// AllCtx are the sessions that are not over, by the hash of their tokens: enough to
	// end them, and not to take them over.
	AllCtx(ctx context.Context) (map[string][]byte, error)

	Find(token string) (data []byte, found bool, err error)
	Commit(token string, data []byte, expiry time.Time) error
	Delete(token string) error
}

// AuditEntry is something that somebody did, or was refused.
type AuditEntry struct {
	Number  int64 // given by the store
	At      time.Time
	Who     string // a user, or the name of a token; "" for nobody that is known
	Tenant  string // its name; "" for none
	Action  string // such as "sign-in", "fix.approve"
	What    string // such as the id of a host
	From    string // the address that it came from
	Outcome string // such as "done", "refused"
}

// AuditQuery asks for entries. What is left empty does not narrow it.
type AuditQuery struct {
	Tenant, Who, Action string
	Since               time.Time
	Before              int64 // entries with a smaller number: the page after the last entry of a page
	Limit               int   // 0 for [DefaultLimit], and [MaxLimit] at most
}

// Decisions are what people decide about the hosts of a tenant, and what they were told.
// Every [Store] has them.
type Decisions interface {
	// Approve approves the fix that is offered for a host and service. It has to be by
	// another person than who offered it, and of the same changes: a fix that was offered
	// anew since it was looked at is not approved. Errors are told to people.
	Approve(ctx context.Context, f Fix) error
	// Offers are the fixes that are offered and not yet approved, rejected, given, applied or
	// undone since, oldest first.
	Offers(ctx context.Context) ([]Fix, error)
	// ClaimNotices are the notices to tell now of some keys: those of which nobody was told,
	// and with which nobody else is busy. They are claimed at once, for as long as a lease: of
	// two who ask at the same time one gets each. Whoever told them says so by NoticesTold; of
	// one who died meanwhile they are given to another when the lease is over, so that each is
	// told at least once.
	ClaimNotices(ctx context.Context, kind string, keys []string, at time.Time, lease time.Duration) ([]Notice, error)
	// NoticesTold says that the keys of a notice were told.
	NoticesTold(ctx context.Context, kind string, keys []string) error
	// NoticesLater gives the keys of a notice back, to be claimed again from a moment on.
	NoticesLater(ctx context.Context, kind string, keys []string, from time.Time) error
}

// MaxNoticeWait bounds a lease, and how much later a notice is tried again: one that is
// further ahead was made by a clock that has been set back since, and holds nobody.
const MaxNoticeWait = 24 * time.Hour

// Notice is what is told at once.
type Notice struct {
	// ID is the same as long as the keys are: whoever is told twice can tell by it.
	ID   string
	Keys []string
	// Tries is how often it was claimed, this time included.
	Tries int
}
