//go:build linux

package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// inFlight is how many endpoints the loops have in hand at a time: more gains
// nothing on loopback.
const inFlight = 128

// loop is a stand-in for a tool: for each endpoint of a list and each version from
// TLS 1.3 to TLS 1.0 one connection. It prints how many were answered, by version.
//
//	bare       writes a ready hello, reads once, resets: the least there is
//	handshake  one whole handshake of crypto/tls, as most Go tools do it
func loop(kind, list string) error {
	file, err := os.Open(list)
	if err != nil {
		return err
	}
	defer file.Close()
	hellos, err := readyHellos()
	if err != nil {
		return err
	}
	one := func(address string, i int) bool { return bare(address, hellos[i]) }
	if kind == "handshake" {
		one = func(address string, i int) bool { return handshake(address, versions()[i]) }
	}
	endpoints := make(chan string)
	answered := make([]atomic.Int64, len(hellos))
	var work sync.WaitGroup
	for range inFlight {
		work.Go(func() {
			for address := range endpoints {
				for i := range answered {
					if one(address, i) {
						answered[i].Add(1)
					}
				}
			}
		})
	}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		endpoints <- lines.Text()
	}
	close(endpoints)
	work.Wait()
	for i, v := range versions() {
		if n := answered[i].Load(); n > 0 {
			fmt.Printf("%v (%d)\n", v, n)
		}
	}
	return nil
}

func versions() []tlsready.Version {
	return []tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}
}

func bare(address string, hello []byte) bool {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(hello); err != nil {
		return false
	}
	buf := make([]byte, 4096)
	n, _ := conn.Read(buf)
	return n > 5 && buf[0] == byte(wire.ContentHandshake)
}

// readyHellos makes one hello for each version, of the size that probers send: the
// suites that ordinary servers know. TLS 1.3 has no key share, so that the server
// answers before it makes a key.
func readyHellos() ([][]byte, error) {
	var list [][]byte
	for _, v := range versions() {
		h := &wire.ClientHello{Version: min(v, tlsready.TLS12), Random: make([]byte, 32), Compression: []byte{0}}
		if _, err := rand.Read(h.Random); err != nil {
			return nil, err
		}
		for _, s := range tlsready.Suites() {
			if fits := s.Fits(v) || v == tlsready.TLS13 && s.Fits(tlsready.TLS12); fits && ordinary(s.Info()) {
				h.Suites = append(h.Suites, s)
			}
		}
		h.Extensions = []wire.Extension{
			wire.GroupsExtension([]tlsready.Group{tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1}), wire.PointFormatsExtension(),
			wire.SignatureAlgorithmsExtension([]tlsready.SignatureScheme{
				tlsready.ECDSAP256SHA256, tlsready.RSAPSSRSAESHA256, tlsready.RSAPKCS1SHA256, tlsready.RSAPKCS1SHA1, tlsready.ECDSASHA1,
			}),
		}
		if v == tlsready.TLS13 {
			h.SessionID = h.Random
			h.Extensions = append(h.Extensions, wire.SupportedVersionsExtension(versions()), wire.PSKModesExtension(), wire.KeyShareExtension())
		}
		bytes, err := h.Records(0)
		if err != nil {
			return nil, err
		}
		list = append(list, bytes)
	}
	return list, nil
}

func ordinary(i tlsready.SuiteInfo) bool {
	switch i.KeyExchange {
	case tlsready.TLS13KeyExchange, tlsready.ECDHE, tlsready.RSA:
		return !i.Signalling
	}
	return false
}

func handshake(address string, v tlsready.Version) bool {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", address, &tls.Config{
		MinVersion: uint16(v), MaxVersion: uint16(v), InsecureSkipVerify: true, // it looks, it trusts nothing
	})
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
