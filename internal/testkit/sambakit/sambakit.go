//go:build linux

// Package sambakit runs a samba server on loopback for tests, with a registry of
// its own.
package sambakit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/smb"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
)

// The account of the server: samba maps it to the system's own root.
const (
	Account  = "root"
	Password = "Correct-Horse 表 7"
)

// Server is a samba server on loopback with its own folder and registry.
type Server struct {
	Dir  string // its files; its logs are in log
	Port int

	conf string
	smbd *exec.Cmd
}

var shared = sync.OnceValues(start)

// dirVariable hands the folder of the server from TestMain to start.
const dirVariable = "TLSREADY_SAMBA_DIR"

// Main runs the tests of a package, then ends the server, if one was started, and
// removes its folder. Call it from TestMain.
func Main(m interface{ Run() int }) int {
	dir, err := os.MkdirTemp("", "samba-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv(dirVariable, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if _, err := os.Stat(filepath.Join(dir, "smb.conf")); err == nil { // one was started
		if s, err := shared(); err == nil {
			s.stop()
		}
	}
	return code
}

// Need returns the server of this test binary, started at the first call. It skips the
// test if samba is not installed or the user is not root.
func Need(t testing.TB) *Server {
	t.Helper()
	parts.Root(t, "smbd")
	for _, program := range []string{"smbd", "smbpasswd", "net"} {
		parts.Need(t, program, "samba smbclient samba-common-bin")
	}
	if os.Getenv(dirVariable) == "" {
		t.Fatal("TestMain must call sambakit.Main")
	}
	s, err := shared()
	if err != nil {
		t.Fatalf("start samba: %v", err)
	}
	return s
}

// confText: every path is absolute, since samba's RPC servers start in another
// folder.
const confText = `[global]
server role = standalone server
realm = EXAMPLE.COM
kerberos method = dedicated keytab
dedicated keytab file = FILE:%[1]s/smb.keytab
interfaces = lo 127.0.0.1
bind interfaces only = yes
smb ports = %[2]d
disable netbios = yes
private dir = %[1]s/private
lock directory = %[1]s/lock
state directory = %[1]s/state
cache directory = %[1]s/cache
ncalrpc dir = %[1]s/ncalrpc
pid directory = %[1]s/pid
log file = %[1]s/log/%%m
passdb backend = tdbsam:%[1]s/private/passdb.tdb
rpc start on demand helpers = yes
load printers = no
printing = bsd
printcap name = /dev/null
max smbd processes = 0
`

func start() (*Server, error) {
	s := &Server{Dir: os.Getenv(dirVariable)}
	for _, sub := range []string{"private", "lock", "state", "cache", "ncalrpc", "pid", "log"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	ports, err := loopback.FreePorts(1)
	if err != nil {
		return nil, err
	}
	s.Port = ports[0]
	s.conf = filepath.Join(s.Dir, "smb.conf")
	if err := os.WriteFile(s.conf, fmt.Appendf(nil, confText, s.Dir, s.Port), 0o600); err != nil {
		return nil, err
	}
	if out, err := s.tool(Password+"\n"+Password+"\n", "smbpasswd", "-c", s.conf, "-a", "-s", Account); err != nil {
		return nil, fmt.Errorf("smbpasswd: %w\n%s", err, out)
	}
	s.smbd = exec.Command("smbd", "-s", s.conf, "-F", "--no-process-group", "-l", filepath.Join(s.Dir, "log"))
	s.smbd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children share the group, so that all can be ended
	if err := s.smbd.Start(); err != nil {
		return nil, err
	}
	return s, s.await()
}

// await returns when the server takes connections.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port)); err == nil {
			return c.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("smbd takes no connections")
		}
	}
}

// stop ends the server: its process group, then the RPC servers that left the
// group, which are known by the test's own folder among their arguments.
func (s *Server) stop() {
	_ = syscall.Kill(-s.smbd.Process.Pid, syscall.SIGTERM)
	_ = s.smbd.Wait()
	_ = syscall.Kill(-s.smbd.Process.Pid, syscall.SIGKILL)
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		args, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(args, []byte("\x00--configfile="+s.conf+"\x00")) {
			continue
		}
		if id, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			_ = syscall.Kill(id, syscall.SIGTERM)
		}
	}
}

// tool runs a program of samba with text on its standard input.
func (s *Server) tool(input, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// Registry runs "net registry …" on the server's own files.
func (s *Server) Registry(t testing.TB, args ...string) string {
	t.Helper()
	out, err := s.tool("", "net", append([]string{"-s", s.conf, "registry"}, args...)...)
	if err != nil {
		t.Fatalf("net registry %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// RegistryStatus is [Server.Registry] for what may fail.
func (s *Server) RegistryStatus(t testing.TB, args ...string) error {
	t.Helper()
	_, err := s.tool("", "net", append([]string{"-s", s.conf, "registry"}, args...)...)
	return err
}

// Target is the server's address with its account.
func (s *Server) Target() peer.Target {
	return peer.Target{Scheme: "smb", User: Account, Host: "127.0.0.1", Port: s.Port}
}

// Open opens the server's registry.
func (s *Server) Open(t testing.TB) *smb.Conn {
	t.Helper()
	c, err := smb.Open(t.Context(), s.Target(), smb.Options{Password: peer.NewSecret(Password)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
