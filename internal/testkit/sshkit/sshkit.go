//go:build linux

// Package sshkit runs OpenSSH's server on loopback for tests, which hands each
// command to Wine's cmd and reg.
package sshkit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/ssh"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
	"tlsready/internal/testkit/winekit"
)

// Server is an SSH server on loopback that runs commands under Wine.
type Server struct {
	Account string // who may log in: the user of the tests
	Port    int
	Wine    *winekit.Wine // nil if no Wine takes the commands

	dir string
}

// wrapper hands a command to Wine's cmd in a batch file, since Wine puts
// backslashes before the quotes of an argument. Wine's own servers would keep
// the output open, so it goes through files.
const wrapper = `#!/bin/sh
printf '%%s\n' "$SSH_ORIGINAL_COMMAND" >>%[1]q/commands
export WINEPREFIX=%[2]q WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= LC_ALL=C.UTF-8
unset DISPLAY
d=$(mktemp -d)
line=$SSH_ORIGINAL_COMMAND
%[3]s
printf '@echo off\r\n%%s\r\n' "$line" >"$d/c.cmd"
timeout 600 %[4]s /d /c "$d/c.cmd" >"$d/o" 2>"$d/e" </dev/null
rc=$?
cat "$d/o"
cat "$d/e" >&2
rm -rf "$d"
exit $rc
`

// asPowerShell stands for a PowerShell as the default shell: it knows no "ver",
// and takes single quotes where cmd takes double ones.
const asPowerShell = `if [ "$line" = ver ]; then echo "The term 'ver' is not recognized" >&2; rm -rf "$d"; exit 1; fi
line=$(printf '%s' "$line" | sed "s/''/\x01/g; s/'/\"/g; s/\x01/'/g")`

// config gives the commands an empty home: a shell that sshd starts would else run
// the start files of the account (bash its .bashrc, zsh its .zshenv) before each of
// them, which may take longer than the command. By default sshd turns some away while ten
// log in, and whoever takes two minutes for it.
const config = `Port %[1]d
ListenAddress 127.0.0.1
HostKey %[2]s/host
AuthorizedKeysFile %[2]s/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
PermitUserEnvironment no
MaxStartups 1000
LoginGraceTime 0
SetEnv HOME=%[2]s/home
`

// Start makes keys and configuration and starts the server, until the end of the test. It
// skips the test if OpenSSH or Wine is not installed. TestMain has to call winekit.Main.
func Start(t *testing.T) *Server {
	t.Helper()
	need(t)
	s := &Server{dir: t.TempDir(), Wine: winekit.Prefix(t)}
	interpreter := "'" + strings.Join(s.Wine.Command("cmd"), "' '") + "'"
	s.write(t, "cmd.sh", 0o755, fmt.Sprintf(wrapper, s.dir, s.Wine.Dir, "", interpreter))
	s.write(t, "powershell.sh", 0o755, fmt.Sprintf(wrapper, s.dir, s.Wine.Dir, asPowerShell, interpreter))
	s.start(t, map[string]string{"cmd": s.Path("cmd.sh"), "powershell": s.Path("powershell.sh")})
	return s
}

// need skips the test if the server cannot be run.
func need(t *testing.T) {
	t.Helper()
	parts.Need(t, "/usr/sbin/sshd", "openssh-server")
	parts.Root(t, "sshd, which has its own folder /run/sshd,")
}

// start starts the server with the programs that take the commands of those who
// log in with a key, by its name.
func (s *Server) start(t *testing.T, programs map[string]string) {
	t.Helper()
	who, err := user.Current()
	must(t, err)
	s.Account = who.Username
	must(t, os.MkdirAll("/run/sshd", 0o755))
	must(t, os.Mkdir(s.Path("home"), 0o700))
	s.write(t, "commands", 0o600, "")
	s.key(t, "host")
	authorized := ""
	for name, program := range programs {
		authorized += fmt.Sprintf("command=\"%s\",restrict %s", program, s.key(t, name))
	}
	s.write(t, "authorized", 0o600, authorized)
	s.key(t, "stranger")
	s.run(t)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Path is a file in the server's folder: "host", "stranger", "cmd", "powershell" and
// "authorized" are keys, "log" is what it prints.
func (s *Server) Path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(t *testing.T, name string, mode os.FileMode, text string) {
	t.Helper()
	must(t, os.WriteFile(s.Path(name), []byte(text), mode))
}

// key makes a key pair and gives the line of its public half.
func (s *Server) key(t *testing.T, name string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := xssh.MarshalPrivateKey(private, "")
	must(t, err)
	s.write(t, name, 0o600, string(pem.EncodeToMemory(block)))
	half, err := xssh.NewPublicKey(public)
	must(t, err)
	line := string(xssh.MarshalAuthorizedKey(half))
	s.write(t, name+".pub", 0o600, line)
	return line
}

// run starts sshd and waits until it takes connections.
func (s *Server) run(t *testing.T) {
	t.Helper()
	ports, err := loopback.FreePorts(1)
	must(t, err)
	s.Port = ports[0]
	s.write(t, "sshd.conf", 0o600, fmt.Sprintf(config, s.Port, s.dir))
	cmd := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", s.Path("sshd.conf"))
	log, err := os.Create(s.Path("log"))
	must(t, err)
	cmd.Stdout, cmd.Stderr = log, log
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = log.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", s.address()); err == nil {
			must(t, c.Close())
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(s.Path("log"))
			t.Fatalf("sshd takes no connections: %s", text)
		}
	}
}

func (s *Server) address() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Target is the server's address with its account.
func (s *Server) Target() peer.Target {
	return peer.Target{Scheme: "ssh", User: s.Account, Host: "127.0.0.1", Port: s.Port}
}

// Options log in with the key whose commands go to a shell.
func (s *Server) Options(t *testing.T, shell string) ssh.Options {
	t.Helper()
	return ssh.Options{Keys: []string{s.Path(shell)}, KnownHosts: []string{s.Known(t, "host")}}
}

// Known writes a list of known hosts with one of the keys.
func (s *Server) Known(t *testing.T, key string) string {
	t.Helper()
	public, err := os.ReadFile(s.Path(key + ".pub"))
	must(t, err)
	s.write(t, "known_hosts."+key, 0o600, fmt.Sprintf("# for the tests\n[127.0.0.1]:%d %s", s.Port, public))
	return s.Path("known_hosts." + key)
}

// Open logs in and opens the registry.
func (s *Server) Open(t *testing.T, shell string) *ssh.Conn {
	t.Helper()
	c, err := ssh.Open(t.Context(), s.Target(), s.Options(t, shell))
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Commands are the commands that the server was asked to run.
func (s *Server) Commands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(s.Path("commands"))
	must(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
