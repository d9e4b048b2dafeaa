//go:build linux

package winrm

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/winrm"
	"tlsready/internal/source/remote/winrm/winrmtest"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

const (
	account  = "admin"
	password = "Correct-Horse-9"
)

// server is a WinRM service that runs commands under Wine.
type server struct {
	*winrmtest.Server
	wine *winekit.Wine
	dir  string
}

func start(t *testing.T) *server {
	t.Helper()
	s := &server{wine: winekit.Prefix(t), dir: t.TempDir()}
	s.Server = &winrmtest.Server{User: account, Domain: "CORP", Password: password, Run: func(line string) ([]byte, []byte, int) { return s.run(t, line) }}
	winrmtest.Start(t, s.Server, nil)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run hands a command to Wine's cmd in a batch file, since Wine puts backslashes
// before the quotes of an argument. Wine's own servers would keep pipes open, so
// output goes through files.
func (s *server) run(t *testing.T, line string) (out, errs []byte, status int) {
	file := func(name string) string { return filepath.Join(s.dir, name) }
	write := func(name, text string) *os.File {
		f, err := os.Create(file(name))
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err != nil {
			t.Error(err)
		}
		return f
	}
	defer write("c.cmd", "@echo off\r\n"+line+"\r\n").Close()
	stdout, stderr := write("out", ""), write("err", "")
	defer stdout.Close()
	defer stderr.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	wine := s.wine.Command("cmd", "/d", "/c", s.wine.Path(t, file("c.cmd")))
	cmd := exec.CommandContext(ctx, wine[0], wine[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.wine.Environ(), s.dir, stdout, stderr
	_ = cmd.Run() // its status is the answer
	out, err := os.ReadFile(file("out"))
	if err == nil {
		errs, err = os.ReadFile(file("err"))
	}
	if err != nil {
		t.Error(err)
	}
	return out, bytes.TrimSpace(errs), cmd.ProcessState.ExitCode()
}

// target is the service over HTTPS, or over HTTP with encrypted messages.
func target(port int) peer.Target {
	return peer.Target{Scheme: "winrm", User: account, Host: winrmtest.Host, Port: port}
}

func (s *server) options(t *testing.T) winrm.Options {
	t.Helper()
	return winrm.Options{CA: s.CA(t)}
}
