//go:build linux

package sshd

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/regtext"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/testkit/sshkit"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) {
	if status, ok := sshkit.Command(); ok {
		os.Exit(status)
	}
	os.Exit(winekit.Main(m))
}

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

// inMemory is a server behind which a reg.exe of our own answers, over one
// registry in memory for cmd.exe and PowerShell.
func inMemory(t *testing.T, language string) (*server, *registrytest.Memory) {
	t.Helper()
	m := registrytest.NewMemory()
	for _, v := range settings() {
		m.Put(v.Key, v.Name, v.Data)
	}
	answers := func(quote byte, ver string) func(line string) (out, errs []byte, status int) {
		reg := &regcmdtest.Reg{Memory: m, Quote: quote, Language: language}
		return func(line string) (out, errs []byte, status int) {
			switch line {
			case ver:
				return []byte("\r\nMicrosoft Windows [Version 6.3.9600]\r\n"), nil, 0
			case "ver":
				return nil, []byte("The term 'ver' is not recognized"), 1
			}
			out, text, status, err := reg.Run(context.Background(), line)
			if err != nil {
				t.Error(err)
			}
			return out, []byte(text), status
		}
	}
	s := sshkit.Serve(t, map[string]func(line string) (out, errs []byte, status int){"cmd": answers('"', "ver"), "powershell": answers('\'', "cmd /c ver")})
	return &server{Server: s, account: s.Account}, m
}

// load imports values with one run of Wine's reg, after keys were removed.
func (s *server) load(t *testing.T, without []string, values []host.Value) {
	t.Helper()
	text := strings.Builder{}
	text.WriteString("Windows Registry Editor Version 5.00\r\n")
	for _, key := range without {
		text.WriteString("\r\n[-" + strings.Replace(key, "HKLM", "HKEY_LOCAL_MACHINE", 1) + "]\r\n")
	}
	must(t, os.WriteFile(s.path("without.reg"), []byte(text.String()), 0o600))
	var changes []host.Change
	for _, v := range values {
		changes = append(changes, host.Change{Key: v.Key, Name: v.Name, Data: v.Data})
	}
	var out bytes.Buffer
	must(t, regtext.Write(&out, changes))
	must(t, os.WriteFile(s.path("with.reg"), out.Bytes(), 0o600))
	for _, name := range []string{"without.reg", "with.reg"} {
		s.wine.Run(t, "reg", "import", s.wine.Path(t, s.path(name)))
	}
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

// shown is an error and its hint as they are shown.
func shown(t *testing.T, err error) (what, hint string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	return message.For("en").Problem(err)
}
