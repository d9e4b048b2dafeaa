//go:build linux

package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// server is a process of its own: it listens, says that it does, and for each line
// on its input says how many connections it took. It ends with its input.
type server struct {
	accepted atomic.Int64
	delay    time.Duration
	limit    int         // connections a second; 0: any number
	config   *tls.Config // nil: a canned answer without cryptography

	mu    sync.Mutex
	since time.Time
	count int
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	keys := flags.String("keys", "", "folder of the keys")
	port := flags.Int("port", 0, "port on 127.0.0.1, or the first of -many")
	many := flags.Int("many", 0, "endpoints")
	oldest := flags.Int("oldest", 0, "oldest version, 0 for a canned answer")
	newest := flags.Int("newest", tls.VersionTLS13, "newest version")
	s := &server{}
	flags.DurationVar(&s.delay, "delay", 0, "before the answer")
	flags.IntVar(&s.limit, "limit", 0, "connections a second, all others are reset")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *oldest != 0 {
		pair, err := tls.LoadX509KeyPair(filepath.Join(*keys, "rsa.crt"), filepath.Join(*keys, "rsa.key"))
		if err != nil {
			return err
		}
		s.config = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: uint16(*oldest), MaxVersion: uint16(*newest)}
		if *oldest < tls.VersionTLS12 {
			for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				s.config.CipherSuites = append(s.config.CipherSuites, suite.ID)
			}
		}
	}
	addresses := []string{loopback(*port)}
	if *many > 0 {
		addresses = bulk(*port, *many)
	}
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go s.accept(l)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(s.accepted.Load())
	}
	return nil
}

func (s *server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.accepted.Add(1)
		if !s.admit(time.Now()) {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			continue
		}
		go s.handle(conn)
	}
}

// admit counts connections in each second by itself, as simple limiters do.
func (s *server) admit(now time.Time) bool {
	if s.limit == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.since) >= time.Second {
		s.since, s.count = now, 0
	}
	s.count++
	return s.count <= s.limit
}

func (s *server) handle(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if s.delay > 0 {
		time.Sleep(s.delay)
	}
	if s.config == nil {
		_ = canned(conn)
		return
	}
	secure := tls.Server(conn, s.config)
	if secure.Handshake() == nil {
		_, _ = io.Copy(io.Discard, secure)
	}
}

// canned answers a hello with the version that it asks for, and reads to the end.
func canned(conn net.Conn) error {
	buf := make([]byte, 2048)
	var in wire.Reader
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		_, _ = in.Write(buf[:n])
		m, ok, err := in.Next()
		if err != nil {
			return err
		}
		if ok {
			return cannedAnswer(conn, m.Data)
		}
	}
}

func cannedAnswer(conn net.Conn, msg []byte) error {
	hello, err := wire.ParseClientHello(msg)
	if err != nil {
		return err
	}
	answer := &wire.ServerHello{Version: hello.Version, Random: make([]byte, 32), Suite: 0x2f, Extensions: []wire.Extension{}}
	if hello.Max() == tlsready.TLS13 {
		answer.Suite = 0x1301
		answer.Extensions = []wire.Extension{{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}}}
	}
	reply, err := answer.Marshal()
	if err != nil {
		return err
	}
	reply = append(reply, 11, 0, 0, 3, 0, 0, 0) // it goes on, with a chain of nothing
	if _, err := conn.Write(wire.Records(wire.ContentHandshake, tlsready.TLS12, reply, 0)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}
