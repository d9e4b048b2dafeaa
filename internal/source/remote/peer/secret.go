package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// Secret is a password. Nothing prints it: not %v, not %+v, not JSON.
type Secret struct{ text string }

// NewSecret wraps a password.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal is the password, for the library that logs in.
func (s Secret) Reveal() string { return s.text }

// hidden stands for the password wherever a secret is printed.
const hidden = "(hidden)"

// Format prints "(hidden)" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String is "(hidden)".
func (s Secret) String() string { return hidden }

// MarshalText writes "(hidden)", for JSON and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// ErrNoPassword: no password was given, and there is nobody to ask.
var ErrNoPassword error = message.Error("peer.no-password").Hinted("peer.hint.no-password")

// ErrNotNamed: the machine is named only in a file, and a file must not decide where
// a password goes.
var ErrNotNamed error = message.Error("peer.not-named").Hinted("peer.hint.not-named")

// Passwords finds the password of a target: in a file, in the environment, or by
// asking once for each account. The zero value has none.
type Passwords struct {
	File        string                                                    // --password-file or TLSREADY_PASSWORD_FILE
	Environment string                                                    // TLSREADY_PASSWORD
	Ask         func(ctx context.Context, account string) (string, error) // hidden input at the terminal; may be nil
	// Named says whether the user named the target. One that only a file names gets no
	// password but what is typed for it, by its URL; nil: every target was named.
	Named func(t Target) bool

	mu    sync.Mutex
	known map[string]Secret
}

// Find gives the password of a target's account. It is safe for several
// goroutines; others wait while somebody types.
func (p *Passwords) Find(ctx context.Context, t Target) (Secret, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	account := strings.ToLower(t.Account())
	named := p.Named == nil || p.Named(t)
	if !named {
		account = t.String()
	}
	if s, ok := p.known[account]; ok {
		return s, nil
	}
	s, err := p.find(ctx, t, named)
	if err != nil {
		return s, err
	}
	if p.known == nil {
		p.known = map[string]Secret{}
	}
	p.known[account] = s
	return s, nil
}

func (p *Passwords) find(ctx context.Context, t Target, named bool) (Secret, error) {
	switch {
	case !named && p.Ask == nil:
		return Secret{}, ErrNotNamed
	case !named:
		text, err := p.Ask(ctx, t.String())
		return Secret{text}, err
	case p.File != "":
		return readSecret(p.File)
	case p.Environment != "":
		return NewSecret(p.Environment), nil
	case p.Ask != nil:
		text, err := p.Ask(ctx, t.Account())
		return NewSecret(text), err
	}
	return Secret{}, ErrNoPassword
}

// maxSecret bounds a password file: Windows takes 256 characters.
const maxSecret = 4096

// CheckFile refuses what is not a password file before any machine is reached: a pipe,
// a device, a folder, or a file that holds more than a password. A missing file is
// reported by the first machine that needs it.
func CheckFile(path string) *message.Problem {
	if err := userfile.Check(path, maxSecret); path != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
		return message.Error("peer.password-unreadable", message.Str("path", path)).From(userfile.Why(err)).Hinted("peer.hint.password-file")
	}
	return nil
}

// readSecret reads the first line of a file.
func readSecret(path string) (Secret, error) {
	bad := func(id string, cause error) (Secret, error) {
		return Secret{}, message.Error(id, message.Str("path", path)).From(cause).Hinted("peer.hint.password-file")
	}
	data, err := userfile.Read(path, maxSecret)
	line, _, _ := strings.Cut(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	line = strings.TrimSuffix(line, "\r")
	switch {
	case err != nil:
		return bad("peer.password-unreadable", userfile.Why(err))
	case line == "":
		return bad("peer.password-empty", nil)
	}
	return NewSecret(line), nil
}

// WithoutPassword hides the password of a URL, well formed or not: what stands between
// the first colon of its account and the last @.
func WithoutPassword(url string) string {
	at := strings.LastIndexByte(url, '@')
	if at < 0 {
		return url
	}
	scheme, account := "", url[:at]
	if before, rest, ok := strings.Cut(account, "://"); ok {
		scheme, account = before+"://", rest
	}
	user, _, ok := strings.Cut(account, ":")
	if !ok {
		return url
	}
	return scheme + user + ":(hidden)" + url[at:]
}
