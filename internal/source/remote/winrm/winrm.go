// Package winrm opens the registry of a Windows machine through its WinRM service
// (WS-Management). It runs reg query, reg add, reg delete and ver there, and
// nothing else but echo between questions.
package winrm

import (
	"context"
	"net"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd"
)

// PlainPort is the port of WinRM over HTTP, where each message is encrypted with
// the key of the log-in. Every other port is taken for HTTPS.
const PlainPort = 5985

// Options is what the caller adds to the target.
type Options struct {
	// CA is a PEM file with certificates that are trusted besides those of the
	// system: of authorities, or of listeners that signed their own.
	CA string
	// Certificate and Key are PEM files of a client certificate. With them no
	// password is asked for, and the user of the target plays no part.
	Certificate, Key string
	// Password gives the password, if there is no client certificate.
	Password func(ctx context.Context) (peer.Secret, error)
	// Dial makes the TCP connections; nil makes plain ones.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Defaults are the files that the environment names.
func Defaults(getenv func(string) string) Options {
	return Options{CA: getenv("TLSREADY_WINRM_CA"), Certificate: getenv("TLSREADY_WINRM_CERT"), Key: getenv("TLSREADY_WINRM_KEY")}
}

// HasCertificate says whether the log-in is by certificate, without a password.
func (o Options) HasCertificate() bool { return o.Certificate != "" || o.Key != "" }

// Conn is an open registry with its connection and its shell. It is not safe for
// several goroutines.
type Conn struct {
	*regcmd.Registry

	shell  *shell
	system host.OS
}

// Open logs in, opens a shell and asks it for the system's version. Errors are a
// *message.Problem that says what to try.
func Open(ctx context.Context, t peer.Target, opt Options) (*Conn, error) {
	s, err := opt.shell(t)
	if err != nil {
		return nil, err
	}
	c := &Conn{shell: s, Registry: regcmd.New(s, regcmd.Cmd)}
	if err := c.greet(ctx); err != nil {
		_ = c.Close()
		if ctx.Err() != nil {
			err = peer.Late(t, ctx.Err())
		}
		if s.link.taken {
			err = peer.LoginTaken.Answered(err)
		}
		return nil, err
	}
	return c, nil
}

// shell prepares a shell; nothing is sent yet.
func (o Options) shell(t peer.Target) (*shell, error) {
	l := &link{target: t, opt: o, plain: t.Port == PlainPort, dial: o.Dial}
	if l.dial == nil {
		l.dial = new(net.Dialer).DialContext
	}
	if !l.plain {
		config, err := o.tls(t)
		if err != nil {
			return nil, err
		}
		l.tls = config
	} else if o.HasCertificate() {
		return nil, peer.Failure(t, "winrm.certificate-http").Hinted("winrm.hint.certificate-http")
	}
	return &shell{link: l}, nil
}

// greet learns the system's version, and that commands are run at all.
func (c *Conn) greet(ctx context.Context) error {
	a, err := c.shell.Run(ctx, "ver")
	if err != nil {
		return err
	}
	system, ok := regcmd.System(a)
	if !ok {
		return peer.Failure(c.shell.link.target, "winrm.no-windows").Hinted("winrm.hint.address")
	}
	c.system = system
	return nil
}

// System is the version that the machine says it has.
func (c *Conn) System() host.OS { return c.system }

// farewell bounds how long closing the shell may take, with a new log-in if the
// connection is lost.
const farewell = 2 * time.Second

// Close deletes the shell, which ends what still runs in it, and ends the
// connection. It does so too after the context of a call has ended. A machine that
// cannot be reached any more drops the shell by itself, see idleTime.
func (c *Conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := c.shell.delete(ctx)
	c.shell.link.drop()
	return err
}
