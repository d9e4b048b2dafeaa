//go:build linux

package samba

import (
	"os"
	"testing"

	"tlsready/internal/source/remote/smb"
	"tlsready/internal/testkit/sambakit"
)

const (
	account  = sambakit.Account
	password = sambakit.Password
)

func TestMain(m *testing.M) { os.Exit(sambakit.Main(m)) }

// server is the samba server of these tests.
type server struct {
	*sambakit.Server
	dir  string
	port int
}

func needServer(t testing.TB) *server {
	t.Helper()
	s := sambakit.Need(t)
	return &server{Server: s, dir: s.Dir, port: s.Port}
}

func (s *server) registry(t testing.TB, args ...string) string {
	t.Helper()
	return s.Registry(t, args...)
}

func (s *server) open(t testing.TB) *smb.Conn {
	t.Helper()
	return s.Open(t)
}
