package tty

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
)

// Proves that a run tells how many hosts there are, how many could not be read,
// and how long the rest takes; and that hosts that cost no time, since an earlier
// run read them, do not spoil the estimate.
func TestProgressOfARun(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var out bytes.Buffer
	c := &Console{Streams: Streams{Err: &out, ErrTerminal: true}, Words: message.For("en"), Clock: func() time.Time { return now }}
	p := c.Progress("hosts read", 0)
	last := func() string {
		text := out.String()
		return text[strings.LastIndex(text, "\x1b[K")+3:]
	}
	p.Set(0, 500, 0, 0)
	if out.Len() > 0 {
		t.Errorf("before the first host: %q", out.String())
	}
	for i := range 300 {
		p.Set(i+1, 500, min(i+1, 3), i+1)
	}
	now = now.Add(10 * time.Second)
	for i := range 100 {
		p.Set(301+i, 500, 4, 300)
	}
	now = now.Add(time.Second)
	p.Set(401, 500, 4, 300)
	// 101 hosts took 11 s, so 99 take as long.
	if got, want := last(), "hosts read: 401 of 500, about 11s left; unreadable: 4"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Done()
	if !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("the line stays: %q", out.String())
	}
}
