// Package smb opens the registry of a Windows machine over SMB: the named pipe
// of its RemoteRegistry service.
package smb

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/cloudsoda/go-smb2"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/winreg"
)

// Options is what the caller adds to the target.
type Options struct {
	Password peer.Secret
	Tickets  *Tickets // for a target without a user; nil: a user is needed
	// Dial makes the TCP connection; nil is a plain one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Conn is an open remote registry. It is not safe for several goroutines.
type Conn struct {
	*winreg.Registry

	target  peer.Target
	tcp     net.Conn
	session *smb2.Session
}

// farewell bounds how long a log-off may take.
const farewell = 2 * time.Second

// Open logs in and opens the registry. Errors are a *message.Problem that says what
// to try.
func Open(ctx context.Context, t peer.Target, opt Options) (*Conn, error) {
	login, err := opt.login(ctx, t)
	if err != nil {
		return nil, err
	}
	dial := opt.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	tcp, err := dial(ctx, "tcp", t.Address())
	if err != nil {
		return nil, peer.Unreachable(t, err, message.New("smb.hint.firewall", message.Int("port", t.Port)))
	}
	c := &Conn{target: t, tcp: tcp}
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	err = c.open(ctx, login)
	stop()
	if err != nil {
		_ = tcp.Close()
		if ctx.Err() != nil {
			return nil, peer.Late(t, ctx.Err())
		}
		return nil, err
	}
	return c, nil
}

// login is by the user's password, or without a user by Kerberos ticket.
func (o Options) login(ctx context.Context, t peer.Target) (smb2.Initiator, error) {
	if t.User == "" && o.Tickets != nil {
		return o.Tickets.initiator(ctx, t)
	}
	return &smb2.NTLMInitiator{User: t.User, Password: o.Password.Reveal(), Domain: t.Domain}, nil
}

// open logs in over the connection, which is signed: what is read decides what
// is changed.
func (c *Conn) open(ctx context.Context, login smb2.Initiator) error {
	dialer := smb2.Dialer{
		Negotiator: smb2.Negotiator{RequireMessageSigning: true},
		Initiator:  login,
	}
	session, err := dialer.DialConn(ctx, c.tcp, c.target.Host)
	if err != nil {
		return loginFailed(c.target, err)
	}
	c.session = session
	share, err := session.WithContext(ctx).Mount("IPC$")
	if err != nil {
		return loginFailed(c.target, err)
	}
	// The calls on the pipe end with the connection, which the context of each
	// call closes.
	pipe, err := openPipe(ctx, share.WithContext(context.WithoutCancel(ctx)))
	if err != nil {
		return pipeFailed(c.target, err)
	}
	c.Registry, err = winreg.Open(ctx, pipe, func() { _ = c.tcp.Close() })
	if err != nil {
		return registryFailed(c.target, err)
	}
	return nil
}

// A service that starts on demand is not there at the first knock.
const (
	knocks    = 4
	knockWait = time.Second
)

func openPipe(ctx context.Context, share *smb2.Share) (*smb2.File, error) {
	for n := 1; ; n++ {
		pipe, err := share.OpenFile("winreg", os.O_RDWR, 0)
		if n == knocks || !isStatus(err, statusPipeNotAvailable) {
			return pipe, err
		}
		select {
		case <-time.After(knockWait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close logs off.
func (c *Conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.tcp.Close() })
	defer stop()
	err := c.session.WithContext(ctx).Logoff()
	if closed := c.tcp.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) && err == nil {
		err = closed
	}
	return err
}
