//go:build linux

package sshd

import (
	"errors"
	"os"
	"testing"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/testkit/sshkit"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

// server is the SSH server of a test.
type server struct {
	*sshkit.Server
	account string
	wine    *winekit.Wine
}

func start(t *testing.T) *server {
	t.Helper()
	s := sshkit.Start(t)
	return &server{Server: s, account: s.Account, wine: s.Wine}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *server) path(name string) string { return s.Path(name) }

func (s *server) target() peer.Target { return s.Target() }

func (s *server) options(t *testing.T, shell string) ssh.Options {
	t.Helper()
	return s.Options(t, shell)
}

func (s *server) known(t *testing.T, key string) string {
	t.Helper()
	return s.Known(t, key)
}

func (s *server) open(t *testing.T, shell string) *ssh.Conn {
	t.Helper()
	return s.Open(t, shell)
}

func (s *server) commands(t *testing.T) []string {
	t.Helper()
	return s.Commands(t)
}

// asPeer is the error as it is shown.
func asPeer(t *testing.T, err error) *peer.Error {
	t.Helper()
	var e *peer.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no error for users", err)
	}
	return e
}
