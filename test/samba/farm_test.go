//go:build linux

package samba

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// farm gives one samba server many addresses of loopback, so that the program
// itself reads many machines. It counts, for each, connections on which the
// client said something.
type farm struct {
	port   int
	hosts  []string // addresses, in the order of ids
	talked []atomic.Int32
	onTalk func(i int) // called at the first word of each connection; may be nil
}

// newFarm opens n addresses, all at the port that the first one is given. Those
// that dead names take no connections.
func newFarm(t testing.TB, s *server, n int, dead ...int) *farm {
	t.Helper()
	f := &farm{talked: make([]atomic.Int32, n)}
	var open []net.Listener
	var work sync.WaitGroup
	t.Cleanup(func() {
		for _, l := range open {
			_ = l.Close()
		}
		work.Wait()
	})
	for i := range n {
		address := fmt.Sprintf("127.20.%d.%d", 100+i/100, 100+i%100) // three digits each: ids in the order of i
		f.hosts = append(f.hosts, address)
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, f.port))
		if err != nil {
			t.Fatal(err)
		}
		f.port = l.Addr().(*net.TCPAddr).Port
		if len(dead) > 0 && i == dead[0] {
			dead = dead[1:]
			_ = l.Close()
			continue
		}
		open = append(open, l)
		work.Go(func() { f.serve(l, i, s.port) })
	}
	return f
}

// serve passes every connection on to the samba server.
func (f *farm) serve(l net.Listener, i, port int) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go f.pass(client, i, port)
	}
}

func (f *farm) pass(client net.Conn, i, port int) {
	defer client.Close()
	first := make([]byte, 1)
	if _, err := io.ReadFull(client, first); err != nil {
		return
	}
	f.talked[i].Add(1)
	if f.onTalk != nil {
		f.onTalk(i)
	}
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(first); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	_, _ = io.Copy(server, client)
}

// counts are the connections of each host so far.
func (f *farm) counts() []int {
	list := make([]int, len(f.talked))
	for i := range f.talked {
		list[i] = int(f.talked[i].Load())
	}
	return list
}

// id is a host's id in the program.
func (f *farm) id(i int) string { return fmt.Sprintf("%s:%d", f.hosts[i], f.port) }

var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.Getenv("TLSREADY_SAMBA_DIR"), "tlsready")
	if out, err := exec.Command("go", "build", "-o", path, "tlsready/cmd/tlsready").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// program is one run of tlsready with the list of the farm's machines.
type program struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// check prepares "tlsready check" of the farm's machines with more arguments.
func (f *farm) check(t testing.TB, password string, args ...string) *program {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "names.txt")
	if err := os.WriteFile(list, []byte(strings.Join(f.hosts, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	all := append([]string{
		"check", "--hosts", list, "--via", fmt.Sprintf("smb://%s@:%d", account, f.port), "--os", "Windows Server 2012 R2",
		"--service", "azure-backup", "--on", "2021-09-01", "--lang", "en",
	}, args...)
	p := &program{Cmd: exec.Command(path, all...)}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	p.Env = append(os.Environ(), "TLSREADY_PASSWORD="+password)
	return p
}

// wait gives the exit status.
func (p *program) wait(t testing.TB) int {
	t.Helper()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}
