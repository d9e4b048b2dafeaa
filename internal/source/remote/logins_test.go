package remote

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
)

// tries opens n machines at once as the queue does; each is asked through the
// login's own dial and answers as ask says. It gives the errors and how many were
// asked, and how many of them before the first answer.
func tries(t *testing.T, n int, scheme string, answer func(i int) error) (errs []error, asked, first int) {
	t.Helper()
	var mu sync.Mutex
	var work sync.WaitGroup
	all := &logins{}
	errs = make([]error, n)
	answered := false
	for i := range n {
		work.Go(func() {
			l := &login{logins: all, target: peer.Target{Scheme: scheme, User: "admin", Domain: "CORP", Host: fmt.Sprintf("fs%02d", i)}}
			if errs[i] = l.begin(t.Context()); errs[i] != nil {
				return
			}
			mu.Lock()
			asked++
			if !answered {
				first++
			}
			mu.Unlock()
			time.Sleep(time.Second) // the bubble's own clock: all that can be asked now are
			mu.Lock()
			answered = true
			mu.Unlock()
			errs[i] = answer(i)
			_ = l.end(resultOf(errs[i]))
		})
	}
	work.Wait()
	return errs, asked, first
}

func resultOf(err error) peer.Login {
	if err == nil {
		return peer.LoginTaken
	}
	return peer.LoginOf(err)
}

var errRefused = peer.LoginRefused.Answered(message.Error("smb.status-c000006d"))

// Proves that a wrong password is tried on three machines and no more, however
// many are read at a time, and that the others say why they were not tried.
func TestWrongPasswordStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs, asked, _ := tries(t, 50, "smb", func(int) error { return errRefused })
		kept := 0
		for _, err := range errs {
			if err != nil && strings.Contains(err.Error(), `not tried: 3 machines refused the log-in of CORP\admin`) && !message.HintOf(err).IsZero() {
				kept++
			}
		}
		if asked != 3 || kept != 47 {
			t.Errorf("%d asked, %d not tried", asked, kept)
		}
	})
}

// Proves that a password that one machine takes is tried on all, whatever the
// others say; that until then three are asked at a time; and that a machine that
// let us in and failed later counts as one that took it.
func TestRightPasswordGoesOn(t *testing.T) {
	for name, right := range map[string]error{"taken": nil, "taken, then failed": peer.LoginTaken.Answered(message.Error("smb.no-service"))} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			n := 0
			_, asked, first := tries(t, 50, "smb", func(int) error {
				mu.Lock()
				defer mu.Unlock()
				if n++; n == 3 {
					return right
				}
				return errRefused
			})
			if asked != 50 || first != 3 {
				t.Errorf("%s: %d asked, %d before the first answer", name, asked, first)
			}
		})
	}
}

// Proves that machines that take the connection and never answer the log-in hold
// up the others for a time only, and that their late refusals count.
func TestSilentLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &logins{}
		make1 := func(i int) *login {
			return &login{logins: all, target: peer.Target{Scheme: "smb", User: "admin", Host: fmt.Sprint("fs", i)}}
		}
		var silent []*login
		for i := range maxRefused {
			silent = append(silent, make1(i))
			if err := silent[i].begin(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		if err := make1(10).begin(t.Context()); err != nil || time.Since(began) != loginTime {
			t.Errorf("%v after %s, want %s", err, time.Since(began), loginTime)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for i := range maxRefused - 1 {
			_ = make1(11 + i).begin(short)
		}
		if err := make1(20).begin(short); err == nil || !strings.Contains(err.Error(), "not tried: others") {
			t.Errorf("at the time limit: %v", err)
		}
		for _, l := range silent {
			_ = l.end(peer.LoginRefused)
		}
		if err := make1(30).begin(t.Context()); err == nil || !strings.Contains(err.Error(), "not tried: 3 machines") {
			t.Errorf("after late refusals: %v", err)
		}
	})
}

// Proves that machines that cannot be reached neither hold up the others nor
// count, and that a key that is refused over SSH does not: no password was sent.
func TestNotAsked(t *testing.T) {
	all := &logins{}
	unreachable := func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	for i := range 10 {
		for _, scheme := range []string{"smb", "ssh"} {
			opt := Options{logins: all, Passwords: &peer.Passwords{Environment: password}, Dial: unreachable}
			_, err := opt.carefully(t.Context(), peer.Target{Scheme: scheme, User: "admin", Host: fmt.Sprint("fs", i), Port: 1})
			if err == nil || !strings.Contains(err.Error(), "no connection") {
				t.Errorf("%s: %v", scheme, err)
			}
		}
		l := &login{logins: all, target: peer.Target{Scheme: "ssh", User: "admin"}}
		_ = l.end(peer.LoginRefused)
	}
	l := &login{logins: all, target: peer.Target{Scheme: "smb", User: "ADMIN"}}
	if err := l.begin(t.Context()); err != nil {
		t.Error(err)
	}
	_ = l.end(peer.LoginTaken)
}
