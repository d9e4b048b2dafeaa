package tty

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	xterm "golang.org/x/term"
)

// terminal makes a pseudo-terminal: what is written to keys is typed at tty.
func terminal(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatalf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return keys, tty
}

// onceHidden calls then as soon as the terminal hides what is typed.
func onceHidden(t *testing.T, tty *os.File, then func()) {
	tick, fd := time.NewTicker(time.Millisecond), int(tty.Fd())
	go func() {
		defer tick.Stop()
		for t.Context().Err() == nil {
			if state, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil && state.Lflag&unix.ECHO == 0 {
				then()
				return
			}
			<-tick.C
		}
	}()
}

// Proves that a password is read from a terminal without being shown, that the
// question names the account, and that the end of the run gives the terminal back
// as it was.
func TestPasswordAt(t *testing.T) {
	question := func(account string) string { return "password for " + account + ": " }
	keys, tty := terminal(t)
	onceHidden(t, tty, func() { _, _ = keys.WriteString("s3cret 表\n") })
	out := &bytes.Buffer{}
	got, err := passwordAt(tty, out, question)(t.Context(), `CORP\admin`)
	if err != nil || got != "s3cret 表" {
		t.Errorf("%q %v", got, err)
	}
	if text := out.String(); !strings.Contains(text, `password for CORP\admin: `) || strings.Contains(text, "s3cret") {
		t.Errorf("shown %q", text)
	}

	_, tty = terminal(t)
	before, err := xterm.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	onceHidden(t, tty, cancel)
	if _, err := passwordAt(tty, io.Discard, question)(ctx, "admin"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if after, err := xterm.GetState(int(tty.Fd())); err != nil || *after != *before {
		t.Errorf("the terminal was %v and is %v (%v)", before, after, err)
	}

	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := Console{Streams: Streams{In: file, Err: out, ErrTerminal: true}}
	if c.AskPassword(question) != nil || c.CanAsk() {
		t.Error("a file is taken for a terminal")
	}
	c.In, c.InTerminal = tty, true
	if c.AskPassword(question) == nil || !c.CanAsk() {
		t.Error("a terminal is taken for a file")
	}
}
