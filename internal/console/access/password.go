package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"

	"tlsready/internal/message"
)

// Cost is what one hash of a password takes.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB
	Lanes  uint8
}

// Strong is the second recommended option of RFC 9106, section 4, which is for machines
// that have other things to do with their memory; it is above each of the settings that
// the password storage cheat sheet of OWASP asks for. A hash takes some 0.1 s.
func Strong() Cost { return Cost{Passes: 3, Memory: 64 << 10, Lanes: 4} }

// The lengths of RFC 9106, section 4, in bytes.
const (
	saltLength = 16
	hashLength = 32
)

// Bounds of what is read from a store: a hash that asks for more was not made here, and
// would take the memory of the machine.
const (
	maxPasses = 16
	maxMemory = 256 << 10 // KiB
)

// At most two passwords are hashed at a time, in 128 MiB, and a few more wait; the rest is
// told to come again. A flood of sign-ins costs time and no memory.
const (
	hashesAtOnce  = 2
	hashesWaiting = 16
)

// errBusy says that more people sign in than passwords can be looked at.
var errBusy = errors.New("too many passwords at once")

// Passwords hashes passwords by Argon2id.
type Passwords struct {
	cost  Cost
	slots chan struct{}
	queue chan struct{} // nil for no bound
}

// NewPasswords hashes at a cost, which is [Strong] but in tests.
func NewPasswords(cost Cost) *Passwords {
	return &Passwords{cost: cost, slots: make(chan struct{}, hashesAtOnce), queue: make(chan struct{}, hashesAtOnce+hashesWaiting)}
}

// patient hashes in the same turns, and waits for one however many others do.
func (p *Passwords) patient() *Passwords { return &Passwords{cost: p.cost, slots: p.slots} }

// Hash is what is kept of a password.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // it never fails (crypto/rand)
	sum, err := p.sum(ctx, p.cost, password, salt)
	if err != nil {
		return "", err
	}
	return encoded(p.cost, salt, sum), nil
}

// Check says whether a password is the one of which a hash was kept. Of "", which stands
// for somebody who is not there or has no password, it takes as long to say no.
func (p *Passwords) Check(ctx context.Context, kept, password string) (bool, error) {
	cost, salt, want, ok := decoded(kept)
	if !ok {
		cost, salt, want = p.cost, make([]byte, saltLength), nil
	}
	got, err := p.sum(ctx, cost, password, salt)
	return err == nil && ok && subtle.ConstantTimeCompare(got, want) == 1, err
}

// Old says whether a hash was made at another cost than today's.
func (p *Passwords) Old(kept string) bool {
	cost, _, _, ok := decoded(kept)
	return ok && cost != p.cost
}

func (p *Passwords) sum(ctx context.Context, c Cost, password string, salt []byte) ([]byte, error) {
	if p.queue != nil {
		select {
		case p.queue <- struct{}{}:
			defer func() { <-p.queue }()
		default:
			return nil, errBusy
		}
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(prepared(password)), salt, c.Passes, c.Memory, c.Lanes, hashLength), nil
}

// prepared is a password as keyboards of all systems come to it (RFC 8265, section 4): the
// same letters in another Unicode form are the same password.
func prepared(password string) string {
	if same, err := precis.OpaqueString.String(password); err == nil {
		return same
	}
	return password // what the profile refuses is compared as it is
}

// encoded is a hash in the PHC string format, which says how it was made.
func encoded(c Cost, salt, sum []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Lanes, b64(salt), b64(sum))
}

func decoded(kept string) (c Cost, salt, sum []byte, ok bool) {
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Lanes); err != nil {
		return c, nil, nil, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	ok = err1 == nil && err2 == nil && len(sum) == hashLength && c.Lanes > 0 &&
		c.Passes > 0 && c.Passes <= maxPasses && c.Memory > 0 && c.Memory <= maxMemory
	return c, salt, sum, ok
}

// What a password has to be. It is all that somebody needs to sign in, so that NIST SP
// 800-63B-4, section 3.1.1.2, asks for 15 characters and for nothing about their kinds.
const (
	minPassword = 15 // characters
	maxPassword = 1024
	// minDistinct keeps out what is long and still guessed first: "aaaaaaaaaaaaaaa",
	// "121212121212121".
	minDistinct = 5
)

// CheckPassword says what is wrong with a password that somebody chooses.
func CheckPassword(user, password string) error {
	plain := prepared(password)
	distinct := map[rune]bool{}
	for _, r := range plain {
		distinct[r] = true
	}
	name, _, _ := strings.Cut(user, "@")
	switch n := len([]rune(plain)); {
	case n < minPassword:
		return message.Error("access.password.short", message.Int("least", minPassword)).Hinted("access.hint.password")
	case len(plain) > maxPassword:
		return message.Error("access.password.long", message.Int("most", maxPassword))
	case len(distinct) < minDistinct, len([]rune(name)) > 3 && strings.Contains(strings.ToLower(plain), name):
		return message.Error("access.password.guessed").Hinted("access.hint.password")
	}
	return nil
}

// maxName bounds the name of a user in bytes: it is typed, and shown in lists.
const maxName = 100

// UserName is the name of a user as it is kept: names that differ in case, width or Unicode
// form alone are the same (RFC 8265, section 3.3).
func UserName(name string) (string, error) {
	kept, err := precis.UsernameCaseMapped.String(strings.TrimSpace(name))
	if err != nil || kept == "" || len(kept) > maxName || strings.Contains(kept, foreignMark) {
		return "", message.Error("access.user-name", message.Quote("name", cut(name))).Hinted("access.hint.user-name", message.Int("most", maxName))
	}
	return kept, nil
}

// cut bounds what is shown of a text from outside.
func cut(s string) string {
	if len(s) <= maxName {
		return s
	}
	return strings.ToValidUTF8(s[:maxName], "") + "…"
}

// clampSeconds rounds a wait up to whole seconds, as Retry-After has it (RFC 9110, section
// 10.2.3).
func clampSeconds(seconds float64) int { return max(1, int(math.Ceil(seconds))) }
