//go:build linux

package samba

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between the program and the server and watches what the program
// sends.
type proxy struct {
	url string
	// sent is told of every piece that the program sends: the number of the
	// connection and how many bytes went before, both counted from 0. False cuts the
	// connection before the piece. It may be nil, and is called by one goroutine for
	// each connection.
	sent func(connection, before int) bool
	// take says whether a connection is taken; nil: all are.
	take func(connection int) bool

	mu          sync.Mutex
	connections int
	bytes       []int // that the program sent over each connection
}

// newProxy listens on an address of the loopback network, such as 127.0.0.2. It
// ends with the test.
func (s *server) newProxy(t *testing.T, address, user string) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{url: fmt.Sprintf("smb://%s@%s", user, l.Addr())}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(ctx, c, s.port) })
		}
	})
	return p
}

// begin numbers a connection; false: it is not taken.
func (p *proxy) begin() (n int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = p.connections
	p.connections++
	p.bytes = append(p.bytes, 0)
	return n, p.take == nil || p.take(n)
}

// again begins a new count of connections.
func (p *proxy) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connections, p.bytes = 0, nil
}

func (p *proxy) serve(ctx context.Context, in net.Conn, port int) {
	defer in.Close()
	n, ok := p.begin()
	if !ok {
		return
	}
	out, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return
	}
	defer out.Close()
	stop := context.AfterFunc(ctx, func() { _ = in.Close(); _ = out.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}()
	buffer, sum := make([]byte, 64<<10), 0
	for {
		got, err := in.Read(buffer)
		if got > 0 {
			if p.sent != nil && !p.sent(n, sum) {
				return
			}
			sum += got
			p.mu.Lock()
			if n < len(p.bytes) {
				p.bytes[n] = sum
			}
			p.mu.Unlock()
			if _, err := out.Write(buffer[:got]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
