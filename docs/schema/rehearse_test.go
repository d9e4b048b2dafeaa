package schema

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
)

// Every line of a rehearsal fits the schema of connections: of a visit that was completed,
// of one that was refused, and of what was no hello.
func TestRehearsalFits(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	at, log := l.Addr().String(), filepath.Join(t.TempDir(), "visits.jsonl")
	_ = l.Close()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"rehearse", "--listen", at, "--strict", "-o", log}, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: &errs}, []string{"LANG=C"})
	}()
	visit := func(config *tls.Config, say string) {
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			raw, err := net.Dial("tcp", at)
			if err != nil {
				continue
			}
			conn := raw
			if config != nil {
				conn = tls.Client(raw, config)
			}
			_, _ = io.WriteString(conn, say)
			_, _ = io.Copy(io.Discard, conn)
			_ = raw.Close()
			return
		}
	}
	const request = "GET /line HTTP/1.1\r\nHost: localhost\r\n\r\n"
	visit(&tls.Config{InsecureSkipVerify: true}, request)
	visit(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, request)
	visit(nil, request)
	stop()
	if status := <-ended; status != 0 {
		t.Fatalf("status %d, %s", status, errs.String())
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(lines) != 3 {
		t.Fatalf("%d lines: %s", len(lines), text)
	}
	schema := schemaOf(t, "connection")
	for _, line := range lines {
		if err := schema.Validate(decode(t, line)); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
	if schema.Validate(decode(t, bytes.Replace(lines[0], []byte(`"outcome":"completed"`), []byte(`"outcome":"odd"`), 1))) == nil {
		t.Error("an outcome that there is not is accepted")
	}
}
