// Package loopback makes small servers for tests.
package loopback

import (
	"net"
	"sync"
	"testing"
	"time"
)

// longest is how long a connection may last: a bound, so that no test hangs on one
// that nobody ends.
const longest = 30 * time.Second

// Listen hands connections to handle until the test ends, each in a goroutine of
// its own, and gives the address. The connection is closed when handle returns.
func Listen(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	return ListenAt(t, "127.0.0.1", handle)
}

// ListenAt is Listen at an address of one's own choice: on Linux, any in
// 127.0.0.0/8 does.
func ListenAt(t testing.TB, address string, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(longest))
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

// Reset ends a connection without a word.
func Reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// Limited lets n connections a second through to next and resets the others.
func Limited(n int, next func(net.Conn)) func(net.Conn) {
	var mu sync.Mutex
	var recent []time.Time
	return func(c net.Conn) {
		mu.Lock()
		now := time.Now()
		for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
			recent = recent[1:]
		}
		over := len(recent) >= n
		if !over {
			recent = append(recent, now)
		}
		mu.Unlock()
		if over {
			Reset(c)
			return
		}
		next(c)
	}
}
