//go:build linux

package sshkit

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// socketVariable names, to a process that sshd started for a command, the socket
// on which the test answers it.
const socketVariable = "SSHKIT_SOCKET"

// answer is how a command ended.
type answer struct {
	Out, Errors []byte
	Status      int
}

// Command runs a command that sshd started this test binary for: it is handed to
// the test, and what that says is printed. False: this is no such process. Call it
// first in TestMain: if status, ok := sshkit.Command(); ok { os.Exit(status) }.
func Command() (status int, ok bool) {
	socket := os.Getenv(socketVariable)
	if socket == "" {
		return 0, false
	}
	if home := filepath.Join(filepath.Dir(socket), "home"); os.Getenv("HOME") != home {
		fmt.Fprintf(os.Stderr, "sshkit: HOME is %s, not %s: the shell has read the account's start files\n", os.Getenv("HOME"), home)
		return 255, true
	}
	a, err := ask(socket, os.Getenv("SSH_ORIGINAL_COMMAND"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "sshkit:", err)
		return 255, true
	}
	_, _ = os.Stdout.Write(a.Out) // who reads it may be gone
	_, _ = os.Stderr.Write(a.Errors)
	return a.Status, true
}

func ask(socket, line string) (a answer, err error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return a, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(line); err != nil {
		return a, err
	}
	return a, json.NewDecoder(conn).Decode(&a)
}

// Serve starts a server whose commands are answered by a function of the test, until the
// end of the test. The functions are listed by the name of the key that was used, such as
// "cmd". It skips the test if OpenSSH is not installed. TestMain has to call [Command].
func Serve(t *testing.T, shells map[string]func(line string) (out, errs []byte, status int)) *Server {
	t.Helper()
	need(t)
	s := &Server{dir: t.TempDir()}
	self, err := os.Executable()
	must(t, err)
	programs := map[string]string{}
	for name, run := range shells {
		socket := filepath.Join(s.dir, name+".sock")
		l, err := net.Listen("unix", socket)
		must(t, err)
		t.Cleanup(func() { _ = l.Close() })
		go s.answer(t, l, run)
		programs[name] = fmt.Sprintf("%s=%s exec %s", socketVariable, socket, self)
	}
	s.start(t, programs)
	return s
}

// answer answers one command after the other.
func (s *Server) answer(t *testing.T, l net.Listener, run func(line string) (out, errs []byte, status int)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // the test has ended
		}
		var line string
		err = json.NewDecoder(conn).Decode(&line)
		if err == nil {
			err = s.note(line)
		}
		if err == nil {
			var a answer
			a.Out, a.Errors, a.Status = run(line)
			err = json.NewEncoder(conn).Encode(a)
		}
		_ = conn.Close()
		if err != nil && err != io.EOF {
			t.Error(err)
		}
	}
}

// note adds a command to those that were run.
func (s *Server) note(line string) error {
	f, err := os.OpenFile(s.Path("commands"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	if end := f.Close(); err == nil {
		err = end
	}
	return err
}
