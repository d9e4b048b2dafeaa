// Package ssh opens the registry of a Windows machine through its OpenSSH server.
// It runs reg query, reg add, reg delete and ver there, and nothing else but echo
// between questions.
package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd"
	"tlsready/internal/userfile"
)

// maxKey bounds a file of a private key in bytes: RSA of 16,384 bits, the longest that
// ssh-keygen makes, takes 13 KB.
const maxKey = 1 << 20

// Options is what the caller adds to the target.
type Options struct {
	KnownHosts []string // files; missing ones are skipped
	Keys       []string // private keys; missing ones are skipped
	Agent      string   // socket of an agent; "" for none
	// Password is called if no key is accepted; nil: there is no password.
	Password func(ctx context.Context) (peer.Secret, error)
	// Dial makes the TCP connection; nil is a plain one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Defaults are the files of the ssh program of this account.
func Defaults(getenv func(string) string, home string) Options {
	o := Options{Agent: getenv("SSH_AUTH_SOCK"), KnownHosts: []string{filepath.Join(home, ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"}}
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
		o.Keys = append(o.Keys, filepath.Join(home, ".ssh", name))
	}
	return o
}

// Conn is an open registry with its connection. It is not safe for several
// goroutines.
type Conn struct {
	*regcmd.Registry

	client *ssh.Client
	system host.OS
}

// Open logs in and finds out which shell answers. Errors are a *message.Problem that
// says what to try.
func Open(ctx context.Context, t peer.Target, opt Options) (*Conn, error) {
	dial := opt.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	known, err := opt.knownHosts(t)
	if err != nil {
		return nil, err
	}
	tcp, err := dial(ctx, "tcp", t.Address())
	if err != nil {
		return nil, peer.Unreachable(t, err, message.New("ssh.hint.reach", message.Int("port", t.Port)))
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	defer stop()
	c, err := opt.login(ctx, tcp, t, known)
	if err == nil {
		if err = c.greet(ctx, t); err != nil {
			_ = c.Close()
		}
	}
	if err != nil {
		_ = tcp.Close()
		if ctx.Err() != nil {
			return nil, peer.Late(t, ctx.Err())
		}
		return nil, err
	}
	return c, nil
}

// login makes an SSH connection of a TCP connection.
func (o Options) login(ctx context.Context, tcp net.Conn, t peer.Target, known *hostKeys) (*Conn, error) {
	auth, done := o.auth(ctx)
	defer done()
	config := &ssh.ClientConfig{
		User: t.Account(), Auth: auth,
		HostKeyCallback: known.check, HostKeyAlgorithms: known.algorithms(t.Address()),
	}
	conn, channels, requests, err := ssh.NewClientConn(tcp, t.Address(), config)
	if err != nil {
		return nil, loginFailed(t, err)
	}
	c := &Conn{client: ssh.NewClient(conn, channels, requests)}
	return c, nil
}

// auth are the ways to log in: the agent's keys, key files, the password. The
// agent's connection is ended by done.
func (o Options) auth(ctx context.Context) (methods []ssh.AuthMethod, done func()) {
	done = func() {}
	var signers []ssh.Signer
	if o.Agent != "" {
		if conn, err := new(net.Dialer).DialContext(ctx, "unix", o.Agent); err == nil {
			done = func() { _ = conn.Close() }
			signers, _ = agent.NewClient(conn).Signers() // an agent that does not answer has no keys
		}
	}
	for _, path := range o.Keys {
		// A key that is not there, or that is locked, is skipped, as ssh does.
		if text, err := userfile.Read(path, maxKey); err == nil {
			if signer, err := ssh.ParsePrivateKey(text); err == nil {
				signers = append(signers, signer)
			}
		}
	}
	if len(signers) > 0 {
		methods = append(methods, ssh.PublicKeys(signers...))
	}
	if o.Password != nil {
		methods = append(methods, ssh.PasswordCallback(func() (string, error) {
			secret, err := o.Password(ctx)
			return secret.Reveal(), err
		}))
	}
	return methods, done
}

// greet finds out the shell by what it makes of "ver", which cmd.exe alone knows,
// and learns the system's version by the way.
func (c *Conn) greet(ctx context.Context, t peer.Target) error {
	for _, try := range []struct {
		line  string
		shell regcmd.Shell
	}{{"ver", regcmd.Cmd}, {"cmd /c ver", regcmd.PowerShell}} {
		run := sessions{c.client}
		a, err := run.Run(ctx, try.line)
		if err != nil {
			return peer.Failure(t, "ssh.no-commands").From(err).Hinted("ssh.hint.shell")
		}
		if system, ok := regcmd.System(a); ok {
			c.Registry, c.system = regcmd.New(run, try.shell), system
			return nil
		}
	}
	return peer.Failure(t, "ssh.no-windows").Hinted("ssh.hint.shell")
}

// System is the version that the machine says it has.
func (c *Conn) System() host.OS { return c.system }

// Close ends the connection.
func (c *Conn) Close() error {
	err := c.client.Close()
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// sessions runs each command in a session of its own.
type sessions struct{ client *ssh.Client }

// Run runs a command line. The connection is ended when the context is.
func (c sessions) Run(ctx context.Context, line string) (regcmd.Answer, error) {
	if err := ctx.Err(); err != nil {
		return regcmd.Answer{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.client.Close() })
	defer stop()
	session, err := c.client.NewSession()
	if err != nil {
		return regcmd.Answer{}, ended(ctx, err)
	}
	defer session.Close()
	var printed regcmd.Output
	session.Stdout, session.Stderr = printed.Stdout(), printed.Stderr()
	err = session.Run(line)
	var exit *ssh.ExitError
	status := 0
	if errors.As(err, &exit) {
		status, err = exit.ExitStatus(), nil
	}
	if err != nil {
		return regcmd.Answer{}, ended(ctx, err)
	}
	return printed.Answer(line, status)
}

// ended is the context's error if the context ended the call.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
