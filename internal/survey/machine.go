package survey

import (
	"cmp"
	"context"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/live"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/survey/judge"
)

// Machine is a running machine whose registry can be changed.
type Machine struct {
	ID, URL string // as the source names it; the URL never holds a password
	Scheme  string // local, smb, ssh, winrm
	Account string // whose rights count; "" for that of this process
	// MayWrite is false if the account is known to lack the right. Over a network that
	// only shows when it is tried.
	MayWrite bool
	Open     func(ctx context.Context) (Connection, error)
}

// Connection is the open registry of a machine.
type Connection interface {
	registry.Writer
	Close() error
}

// Unclosed is a registry that needs no closing.
type Unclosed struct{ registry.Writer }

// Close does nothing.
func (Unclosed) Close() error { return nil }

// MachineAt names the machine of a URL without reaching for it; far is how others
// are reached. What is no running machine is a [Mistake].
func MachineAt(url string, far remote.Options) (*Machine, error) {
	if peer.IsTarget(url) {
		t, err := peer.Parse(url)
		if err != nil {
			return nil, &Mistake{Err: err}
		}
		open := func(ctx context.Context) (Connection, error) { return openFar(ctx, t, far) }
		return &Machine{ID: t.ID(), URL: t.String(), Scheme: t.Scheme, Account: t.Account(), MayWrite: true, Open: open}, nil
	}
	scheme := live.Scheme()
	if !strings.EqualFold(url, live.URL) {
		return nil, mistake("apply-file", message.Str("source", url))
	}
	id, err := scheme.ID(url)
	if err != nil {
		return nil, judge.SourceError(err)
	}
	open := func(context.Context) (Connection, error) {
		w, err := live.Open()
		return Unclosed{w}, err
	}
	return &Machine{ID: id, URL: live.URL, Scheme: scheme.Name, MayWrite: live.Elevated(), Open: open}, nil
}

// openFar opens another machine within the time limit for one. Whoever types the
// password is not under it.
func openFar(ctx context.Context, t peer.Target, far remote.Options) (Connection, error) {
	if far.NeedsPassword(t) {
		_, _ = far.Passwords.Find(ctx, t) // what is wrong with it, remote.Open says better
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(far.Limit, remote.DefaultLimit))
	defer cancel()
	return remote.Open(ctx, t.String(), far)
}

// line is the connection to a machine, and the one that takes its place.
type line struct {
	open func(ctx context.Context) (Connection, error)
	now  Connection
}

func (l *line) again(ctx context.Context) (registry.Writer, error) {
	l.close()
	c, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	l.now = c
	return c, nil
}

func (l *line) close() {
	if l.now != nil {
		_ = l.now.Close() // what was to be done is done and read back
	}
	l.now = nil
}
