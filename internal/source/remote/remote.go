// Package remote reads and changes the registry of other Windows machines, many
// at a time.
package remote

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/smb"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/source/remote/winrm"
)

// What is used unless the user asks for something else.
const (
	// DefaultConcurrency is how many machines are read at a time: each costs one
	// connection and some hundred kilobytes.
	DefaultConcurrency = 50
	// DefaultLimit is how long one machine may take. A server with ten thousand
	// servicing packages on a slow line needs most of it.
	DefaultLimit = 2 * time.Minute
)

// Options is what the caller adds to the targets.
type Options struct {
	Passwords   *peer.Passwords // nil: none is known
	Concurrency int             // machines at a time; 0 is DefaultConcurrency
	Limit       time.Duration   // for one machine; 0 is DefaultLimit
	// Dial makes the TCP connections; nil makes plain ones.
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Tickets *smb.Tickets     // Kerberos, for smb without a user; nil: none
	SSH     ssh.Options      // keys and known hosts; see ssh.Defaults
	WinRM   winrm.Options    // certificates; see winrm.Defaults
	Now     func() time.Time // when a machine was read; nil is the clock

	logins         *logins                         // what became of the log-ins of this run; nil: they are not watched
	beforePassword func(ctx context.Context) error // over SSH, before the password is sent; may be nil
}

// Defaults learns from the environment where Kerberos, ssh and WinRM keep tickets, keys
// and certificates. Now is the clock that says how long a ticket lasts.
func (o Options) Defaults(getenv func(string) string) Options {
	home := getenv("HOME")
	if home == "" {
		home = getenv("USERPROFILE")
	}
	o.Tickets = &smb.Tickets{Cache: getenv("KRB5CCNAME"), Config: getenv("KRB5_CONFIG"), Now: o.Now}
	o.SSH, o.WinRM = ssh.Defaults(getenv, home), winrm.Defaults(getenv)
	return o
}

// Conn is the open registry of another machine. It is not safe for several
// goroutines.
type Conn interface {
	registry.Writer
	Close() error
}

// osReporter is a connection that learned the system's version otherwise than
// from its registry.
type osReporter interface{ System() host.OS }

// readOnly is a connection that needs fewer questions if the machine is read once
// and never changed.
type readOnly interface{ ReadOnly() }

// Schemes are the ways to other machines, as sources. All machines that the
// sources name share one limit on how many are read at a time.
func Schemes(opt Options) []source.Scheme {
	q := newQueue(opt)
	var list []source.Scheme
	for _, name := range []string{"smb", "ssh", "winrm"} {
		list = append(list, source.Scheme{Name: name, ID: q.id, Expect: q.expect, Read: q.read, Left: q.left})
	}
	return list
}

// Open opens the registry of the machine that a URL names. Errors are a
// *message.Problem that says what to try.
func Open(ctx context.Context, url string, opt Options) (Conn, error) {
	t, err := peer.Parse(url)
	if err != nil {
		return nil, forUser(t, err)
	}
	c, err := opt.open(ctx, t)
	if err != nil {
		return nil, forUser(t, err)
	}
	return c, nil
}

func (o Options) open(ctx context.Context, t peer.Target) (Conn, error) {
	switch t.Scheme {
	case "smb":
		if t.User == "" && o.Tickets != nil {
			return smb.Open(ctx, t, smb.Options{Tickets: o.Tickets, Dial: o.Dial})
		}
		password, err := o.password(ctx, t)
		if err != nil {
			return nil, err
		}
		return smb.Open(ctx, t, smb.Options{Password: password, Dial: o.Dial})
	case "ssh":
		if t.User == "" {
			return nil, noUser(t)
		}
		return ssh.Open(ctx, t, o.forSSH(t))
	case "winrm":
		if t.User == "" && !o.WinRM.HasCertificate() {
			return nil, noUser(t)
		}
		w := o.WinRM
		w.Dial, w.Password = o.Dial, func(ctx context.Context) (peer.Secret, error) { return o.password(ctx, t) }
		return winrm.Open(ctx, t, w)
	}
	return nil, peer.Failure(t, "remote.no-way")
}

// NeedsPassword says whether a machine cannot be reached without the password of
// its user: over SSH a key may do, over WinRM a certificate does.
func (o Options) NeedsPassword(t peer.Target) bool {
	return t.User != "" && (t.Scheme == "smb" || t.Scheme == "winrm" && !o.WinRM.HasCertificate())
}

func (o Options) password(ctx context.Context, t peer.Target) (peer.Secret, error) {
	passwords := o.Passwords
	if passwords == nil {
		passwords = &peer.Passwords{}
	}
	if t.User == "" {
		return peer.Secret{}, noUser(t)
	}
	return passwords.Find(ctx, t)
}

func noUser(t peer.Target) error {
	return peer.Failure(t, "remote.no-user").Hinted("remote.hint.user", message.Str("url", t.Scheme+"://USER@"+t.Host))
}

// forSSH adds password and connection to what was asked for.
func (o Options) forSSH(t peer.Target) ssh.Options {
	s := o.SSH
	s.Dial = o.Dial
	if o.Passwords != nil {
		s.Password = func(ctx context.Context) (peer.Secret, error) {
			if o.beforePassword != nil {
				if err := o.beforePassword(ctx); err != nil {
					return peer.Secret{}, err
				}
			}
			return o.Passwords.Find(ctx, t)
		}
	}
	return s
}

// snapshot reads one machine within the time limit.
func (o Options) snapshot(ctx context.Context, t peer.Target, opt source.Options) (*host.Snapshot, error) {
	limit := o.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	// Whoever types a password is not under the time limit.
	if t.Scheme == "ssh" || o.NeedsPassword(t) {
		if _, err := o.password(ctx, t); err != nil && t.Scheme != "ssh" {
			return nil, forUser(t, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	o.Dial = withConnectTimeout(o.Dial)
	c, err := o.carefully(ctx, t)
	if err != nil {
		return nil, forUser(t, err)
	}
	defer c.Close()
	now := o.Now
	if now == nil {
		now = time.Now
	}
	m := gather.Machine{URL: t.String(), Name: t.Host, Registry: &oneLook{Reader: c}, CollectedAt: now().UTC().Truncate(time.Second)}
	if s, ok := c.(osReporter); ok {
		m.OS = s.System()
	}
	if r, ok := c.(readOnly); ok {
		r.ReadOnly()
	}
	s, err := gather.FromMachine(ctx, m, opt)
	if err != nil {
		return nil, forUser(t, within(ctx, limit, err))
	}
	return s, nil
}

// within says that the time was up, if it was.
func within(ctx context.Context, limit time.Duration, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return message.Error("remote.took-longer", message.Str("limit", limit.String())).Hinted("peer.hint.late")
	}
	return err
}

// forUser gives an error the machine as its place, unless it names a machine.
func forUser(t peer.Target, err error) error {
	var known *message.Problem
	if errors.As(err, &known) && strings.Contains(known.Where, "://") {
		return err
	}
	return message.At(t.String(), err)
}
