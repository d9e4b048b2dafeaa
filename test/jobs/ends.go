//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// ends are many endpoints: one listener takes what comes to any address of 127.0.0.0/8.
type ends struct {
	listener net.Listener
	port     string
	delay    time.Duration

	mu    sync.Mutex
	asked map[string]int // connections by address
}

// perNet is how many addresses are taken of each /24.
const perNet = 250

// most is as many endpoints as there are addresses for.
const most = 250 * perNet

// address is that of an endpoint.
func address(i int) string { return fmt.Sprintf("127.1.%d.%d", i/perNet, 1+i%perNet) }

// targets are the first endpoints.
func (e *ends) targets(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = net.JoinHostPort(address(i), e.port)
	}
	return list
}

// newEnds opens endpoints that answer after a delay, until their listener is closed.
func newEnds(port int, delay time.Duration) (*ends, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("0.0.0.0", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	_, own, err := net.SplitHostPort(l.Addr().String())
	e := &ends{listener: l, port: own, delay: delay, asked: map[string]int{}}
	go e.accept()
	return e, err
}

func (e *ends) accept() {
	for {
		conn, err := e.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go e.handle(conn)
		}
	}
}

// longest is how long a connection may last.
const longest = 30 * time.Second

func (e *ends) handle(conn net.Conn) {
	defer conn.Close()
	to, is := conn.LocalAddr().(*net.TCPAddr)
	if !is || !to.IP.IsLoopback() {
		return
	}
	e.mu.Lock()
	e.asked[to.IP.String()]++
	e.mu.Unlock()
	_ = conn.SetDeadline(time.Now().Add(longest))
	hello, err := readHello(conn)
	if err != nil {
		return
	}
	time.Sleep(e.delay)
	if answer, err := answerTo(hello); err == nil {
		_, _ = conn.Write(answer)
		_, _ = io.Copy(io.Discard, conn)
	}
}

func readHello(conn net.Conn) (*wire.ClientHello, error) {
	buf := make([]byte, 2048)
	var in wire.Reader
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, err
		}
		_, _ = in.Write(buf[:n])
		m, ok, err := in.Next()
		if err != nil {
			return nil, err
		}
		if ok {
			return wire.ParseClientHello(m.Data)
		}
	}
}

// answerTo takes TLS 1.2 and 1.3, without cryptography, and refuses what is older.
func answerTo(hello *wire.ClientHello) ([]byte, error) {
	answer := &wire.ServerHello{Version: tlsready.TLS12, Random: make([]byte, 32), Suite: 0xc02f, Extensions: []wire.Extension{}}
	switch highest := hello.Max(); {
	case highest < tlsready.TLS12:
		return []byte{21, 3, byte(highest), 0, 2, 2, 70}, nil // fatal protocol_version (RFC 8446, section 6.2)
	case highest == tlsready.TLS13:
		answer.Suite = 0x1301
		answer.Extensions = []wire.Extension{{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}}}
	}
	reply, err := answer.Marshal()
	if err != nil {
		return nil, err
	}
	reply = append(reply, 11, 0, 0, 3, 0, 0, 0) // it goes on, with a chain of nothing
	return wire.Records(wire.ContentHandshake, tlsready.TLS12, reply, 0), nil
}

// counted says how many endpoints were asked, and how many connections there were.
func (e *ends) counted() (endpoints, connections int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.asked {
		connections += n
	}
	return len(e.asked), connections
}
