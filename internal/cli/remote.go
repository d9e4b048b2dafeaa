package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/live"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/smb"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/source/remote/winrm"
)

// remoteOptions is how other machines are reached, to read and to change them. A
// password comes from a file, the environment or the terminal, never from a flag,
// which every user of the machine could read; what was typed once is not asked
// again in this run.
func (app *App) remoteOptions(f *sourceFlags) remote.Options {
	if app.passwords == nil {
		app.passwords = &peer.Passwords{File: f.passwordFile, Environment: app.getenv("TLSREADY_PASSWORD")}
		app.passwords.Ask = app.AskPassword(func(account string) string {
			return app.text("cli.remote.password", message.Str("account", account)) + " "
		})
	}
	return remote.Options{
		Passwords: app.passwords, Concurrency: f.concurrency, Limit: f.hostTimeout, Now: app.Clock,
		Tickets: &smb.Tickets{Cache: app.getenv("KRB5CCNAME"), Config: app.getenv("KRB5_CONFIG"), Now: app.Clock},
		SSH:     ssh.Defaults(app.getenv, firstOf(app.getenv("HOME"), app.getenv("USERPROFILE"))),
		WinRM:   winrm.Defaults(app.getenv),
	}
}

// target is a running machine whose registry can be changed.
type target struct {
	id, url string // as the source names it; the URL never holds a password
	scheme  string // local, smb, ssh, winrm
	account string // whose rights count; "" for that of this process
	// mayWrite is false where the account is known to lack the right. Over a
	// network that shows when it is tried.
	mayWrite bool
	open     func(ctx context.Context) (conn, error)
}

// conn is the open registry of a target.
type conn interface {
	registry.Writer
	Close() error
}

// local is the registry of this machine, which needs no closing.
type local struct{ registry.Writer }

// Close does nothing.
func (local) Close() error { return nil }

// targetOf names the machine of a URL without reaching for it. Far is how others
// are reached.
func (app *App) targetOf(url string, far remote.Options) (*target, error) {
	if peer.IsTarget(url) {
		t, err := peer.Parse(url)
		if err != nil {
			return nil, app.peerError(err)
		}
		open := func(ctx context.Context) (conn, error) { return openFar(ctx, t, far) }
		return &target{id: t.ID(), url: t.String(), scheme: t.Scheme, account: t.Account(), mayWrite: true, open: open}, nil
	}
	scheme := live.Scheme()
	if !strings.EqualFold(url, live.URL) {
		return nil, app.usageError("apply-file", message.Str("source", url))
	}
	id, err := scheme.ID(url)
	if err != nil {
		return nil, app.sourceError(err)
	}
	open := func(context.Context) (conn, error) {
		w, err := live.Open()
		return local{w}, err
	}
	return &target{id: id, url: live.URL, scheme: scheme.Name, mayWrite: live.Elevated(), open: open}, nil
}

// openFar opens another machine within the time limit for one. Whoever types the
// password is not under it.
func openFar(ctx context.Context, t peer.Target, far remote.Options) (conn, error) {
	if far.NeedsPassword(t) {
		_, _ = far.Passwords.Find(ctx, t) // what is wrong with it, remote.Open says better
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(far.Limit, remote.DefaultLimit))
	defer cancel()
	return remote.Open(ctx, t.String(), far)
}

// peerError is a URL that names no machine.
func (app *App) peerError(err error) error {
	e := &UserError{Msg: app.why(err), Code: ExitUsage, Err: err}
	var wrong *peer.Error
	if errors.As(err, &wrong) {
		e.Hint = wrong.Hint
	}
	return e
}
