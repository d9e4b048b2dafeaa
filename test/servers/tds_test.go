//go:build linux

package servers

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsready/internal/testkit/loopback"
	"tlsready/test/lab/labkit"
)

// Packet types and values of [MS-TDS] sections 2.2.3.1.1 and 2.2.6.5.
const (
	tdsTabular  = 0x04
	tdsLogin7   = 0x10
	tdsPrelogin = 0x12
	tdsOn       = 1          // ENCRYPT_ON
	tdsNone     = 2          // ENCRYPT_NOT_SUP
	tds74       = 0x74000004 // TDSVersion of LOGIN7, section 2.2.6.4
)

// tdsServer is as much of a SQL Server as comes before the login: Debian has none.
// FreeTDS, a client of other hands, says whether it is one.
type tdsServer struct {
	config     *tls.Config
	encryption byte
	logins     chan []byte // the first packet of each client that finished the handshake
}

// serve listens on loopback until the test ends.
func (s *tdsServer) serve(t *testing.T) string {
	t.Helper()
	return loopback.Listen(t, s.handle)
}

func (s *tdsServer) handle(c net.Conn) {
	kind, body, err := tdsRead(c)
	if err != nil || kind != tdsPrelogin || !wantsTLS(body) {
		return
	}
	answer := []byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0x10, 0, 0, 0, s.encryption}
	if _, err := c.Write(tdsPacket(tdsTabular, answer)); err != nil || s.encryption == tdsNone {
		return
	}
	inner := &tdsConn{Conn: c}
	server := tls.Server(inner, s.config)
	if server.Handshake() != nil {
		return
	}
	inner.bare = true // from here on records follow each other without packets
	kind, body, err = tdsRead(server)
	if err == nil {
		s.logins <- append([]byte{kind}, body...)
	}
}

// wantsTLS says whether a PRELOGIN is well formed and asks for encryption: the
// option VERSION first, each inside the packet, then the end mark.
func wantsTLS(body []byte) bool {
	if len(body) == 0 || body[0] != 0 {
		return false
	}
	encrypt := false
	for at := 0; at < len(body); at += 5 {
		if body[at] == 0xff {
			return encrypt
		}
		if at+5 > len(body) {
			return false
		}
		place, size := int(binary.BigEndian.Uint16(body[at+1:])), int(binary.BigEndian.Uint16(body[at+3:]))
		if place+size > len(body) {
			return false
		}
		if body[at] == 1 {
			encrypt = size == 1 && body[place] == tdsOn
		}
	}
	return false
}

// tdsRead reads one message of one packet.
func tdsRead(r io.Reader) (kind byte, body []byte, err error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint16(head[2:]))
	if n < len(head) {
		return 0, nil, errors.New("a packet shorter than its header")
	}
	body = make([]byte, n-len(head))
	_, err = io.ReadFull(r, body)
	return head[0], body, err
}

func tdsPacket(kind byte, body []byte) []byte {
	return append([]byte{kind, 1, byte((len(body) + 8) >> 8), byte(len(body) + 8), 0, 0, 1, 0}, body...)
}

// tdsConn carries the handshake in PRELOGIN packets.
type tdsConn struct {
	net.Conn
	bare  bool
	ready []byte
}

// Read gives the bytes of the records.
func (c *tdsConn) Read(p []byte) (int, error) {
	if c.bare && len(c.ready) == 0 {
		return c.Conn.Read(p)
	}
	for len(c.ready) == 0 {
		kind, body, err := tdsRead(c.Conn)
		if err != nil {
			return 0, err
		}
		if kind != tdsPrelogin {
			return 0, fmt.Errorf("packet type %#x in the handshake", kind)
		}
		c.ready = body
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// Write sends the bytes of records.
func (c *tdsConn) Write(p []byte) (int, error) {
	if c.bare {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(tdsPacket(tdsPrelogin, p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Proves that probe --starttls mssql says exactly what a TDS server takes, and that
// one without encryption is told as such; and that FreeTDS takes the same server
// for one, through the handshake to the encrypted login.
func TestTDS(t *testing.T) {
	t.Parallel()
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	config := func(k labkit.Key, low uint16, suites ...uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{k.TLS}, MinVersion: low, MaxVersion: tls.VersionTLS12, CipherSuites: suites}
	}
	rsa := "TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_CBC_SHA"
	modern := &tdsServer{config(keys.RSA, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384), tdsOn, make(chan []byte, 1)}
	rows := []labkit.Row{
		{Name: "1.2 alone", Address: modern.serve(t), Versions: "1.2", Key: &keys.RSA, Suites: gcmRSA},
		{Name: "1.0 to 1.2", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Suites: "1.0: " + rsa + "; 1.1: " + rsa + "; 1.2: " + rsa, Groups: "-"},
		{Name: "no encryption", Error: refuses},
	}
	rows[1].Address = (&tdsServer{config: config(keys.RSA, tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA), encryption: tdsOn}).serve(t)
	rows[2].Address = (&tdsServer{encryption: tdsNone}).serve(t)
	for i := range rows {
		rows[i].Flags = []string{"--starttls", "mssql"}
	}
	check(t, rows)
	t.Run("FreeTDS", func(t *testing.T) { freeTDS(t, modern, rows[0].Address, dir) })
}

// freeTDS lets tsql log in, and looks at what came through the handshake.
func freeTDS(t *testing.T, s *tdsServer, address, dir string) {
	tsql := labkit.Need(t, "tsql", "freetds-bin")
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "freetds.conf")
	labkit.Write(t, conf, fmt.Sprintf("[lab]\nhost = %s\nport = %s\ntds version = 7.4\nencryption = require\n", host, port))
	cmd := exec.CommandContext(t.Context(), tsql, "-S", "lab", "-U", "lab", "-P", "Correct-Horse-7")
	cmd.Env = []string{"FREETDSCONF=" + conf, "HOME=" + dir}
	cmd.Stdin = bytes.NewReader(nil)
	out, err := cmd.CombinedOutput() // it fails: nobody answers the login
	if err == nil {
		t.Errorf("tsql logged in: %s", out)
	}
	select {
	case login := <-s.logins:
		if len(login) < 9 || login[0] != tdsLogin7 || binary.LittleEndian.Uint32(login[5:]) != tds74 {
			t.Errorf("not a login of TDS 7.4: %.16x", login)
		}
	default:
		t.Errorf("tsql did not come through the handshake: %s", out)
	}
}
