package cli

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsready/internal/cli/frame"
	"tlsready/internal/testkit/loopback"
)

// serverHello12 is a ServerHello of TLS 1.2 that chooses TLS_RSA_WITH_AES_128_CBC_SHA.
func serverHello12() []byte {
	hello := append([]byte{2, 0, 0, 38, 3, 3}, make([]byte, 32)...)
	hello = append(hello, 0, 0, 0x2f, 0)
	return append([]byte{22, 3, 3, 0, byte(len(hello))}, hello...)
}

// hugeCertificates answers every hello with a chain of a megabyte and more.
func hugeCertificates(c net.Conn) {
	if _, err := c.Read(make([]byte, 4096)); err != nil {
		return
	}
	_, _ = c.Write(serverHello12())
	size := 1<<20 + 6
	_, _ = c.Write([]byte{22, 3, 3, 0, 10, 11, byte(size >> 16), byte(size >> 8), byte(size), byte((size - 3) >> 16), byte((size - 3) >> 8), byte(size - 3), 0x10, 0, 0})
	record := append([]byte{22, 3, 3, 0x40, 0}, make([]byte, 1<<14)...)
	for {
		if _, err := c.Write(record); err != nil {
			return
		}
	}
}

// says answers every hello with the same bytes and keeps the connection open.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// dripping sends a ServerHello byte by byte, without an end in sight.
func dripping(c net.Conn) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for _, b := range serverHello12() {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		<-ticker.C
	}
}

// Proves that every kind of bad endpoint is a line with its error, in either language,
// within the time that the connections may take, all in one run; and that a sound
// server among them is judged.
func TestBadEndpoints(t *testing.T) {
	kinds := []struct {
		target, en, ja string
	}{
		{loopback.Listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), "takes connections and says nothing", "何も応答しません"},
		{loopback.Listen(t, dripping), "takes connections and says nothing", "何も応答しません"},
		{loopback.Listen(t, plainHTTP), "does not speak TLS", "TLS を話さない"},
		{loopback.Listen(t, says("\x00\xff garbage \x80\x81 and more of it\r\n")), "does not speak TLS", "TLS を話さない"},
		{loopback.Listen(t, hugeCertificates), "the certificates could not be read", "証明書を読み取れません"},
		{loopback.Listen(t, says("\x16\x03\x03\x00\x04\x02\xff\xff\xff")), "no hello was answered", "ServerHello が返りません"},
		{loopback.Listen(t, says("\x16\x03\x03\xff\xff\x02")), "no hello was answered", "ServerHello が返りません"},
		{loopback.Listen(t, func(net.Conn) {}), "no hello was answered", "ServerHello が返りません"},
		{strings.Repeat("a", 64) + ".example.com:443", "there is no host of the name", "という名前のホストはありません"}, // too long a label: not even asked for
		{closedPort(t), "connection refused", "接続できません"},
		{tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}}), "", ""},
	}
	args := []string{"probe", "--certificates", "--timeout", "1500ms"} // on a busy machine the sound server takes its time
	for _, k := range kinds {
		args = append(args, k.target)
	}
	japanese := make(chan string, 1)
	go func() {
		_, out, _ := runProbe(t, "", append(slices.Clone(args), "--lang", "ja")...)
		japanese <- out
	}()
	began := time.Now()
	status, out, errs := runProbe(t, "", append(slices.Clone(args), "-f", "jsonl")...)
	if took := time.Since(began); took > 5*time.Minute { // none of the eleven may wait for ever; a busy machine takes its time
		t.Errorf("it took %v", took)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != frame.ExitIncomplete || len(lines) != len(kinds) {
		t.Fatalf("status %d, %d lines of %d: %s", status, len(lines), len(kinds), errs)
	}
	for i, k := range kinds {
		var line struct {
			Target string
			Error  *string
		}
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil || line.Target != k.target {
			t.Fatalf("%v %s", err, lines[i])
		}
		if k.en == "" && line.Error != nil || k.en != "" && (line.Error == nil || !strings.Contains(*line.Error, k.en)) {
			t.Errorf("want %q: %s", k.en, lines[i])
		}
	}
	out = <-japanese
	text := strings.ReplaceAll(out, "\n", "")
	for _, k := range kinds {
		if k.ja != "" && !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(k.ja, " ", "")) {
			t.Errorf("%q is not in %s", k.ja, out)
		}
	}
}

// Proves that the pace of all addresses together is kept, with some chance in it, and
// that what the flags cannot be is refused.
func TestTotalRate(t *testing.T) {
	var connections atomic.Int64
	config := &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}, MinVersion: tls.VersionTLS13}
	server := loopback.Listen(t, func(c net.Conn) {
		connections.Add(1)
		_ = tls.Server(c, config).Handshake()
	})
	began := time.Now()
	status, _, errs := runProbe(t, "", "probe", server, server, server, server, "--rate", "0", "--total-rate", "8", "--jitter", "10ms")
	took, n := time.Since(began), connections.Load()
	if least := time.Duration(n-9) * time.Second / 8; status != 0 || n < 10 || took < least {
		t.Errorf("status %d: %d connections in %v, at least %v: %s", status, n, took, least, errs)
	}
	for _, args := range [][]string{{"--total-rate", "-1"}, {"--jitter", "-1s"}, {"--jitter", "1h"}, {"--timeout", "0s"}, {"--timeout", "1h"}} {
		if status, _, errs := runProbe(t, "", append([]string{"probe", server}, args...)...); status != frame.ExitUsage || !strings.Contains(errs, args[0]+" cannot be "+args[1]) && !strings.Contains(errs, args[0]+" cannot be 1h0m0s") {
			t.Errorf("%v: %d %s", args, status, errs)
		}
	}
}
