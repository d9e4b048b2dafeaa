package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/testkit/loopback"
)

// Proves that an interrupted run leaves the lines that were finished, each whole, and
// that --resume goes on from them.
func TestInterruptedAndResumed(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}, MinVersion: tls.VersionTLS12}
	first := tlsServer(t, config)
	ctx, cancel := context.WithCancel(context.Background())
	silent := loopback.Listen(t, func(c net.Conn) {
		cancel() // the second target has begun, so the first is finished
		_, _ = io.Copy(io.Discard, c)
	})
	file := filepath.Join(t.TempDir(), "result.jsonl")
	args := []string{"probe", first, silent, "--rate", "0", "--concurrency", "1", "-o", file}
	var out, errs strings.Builder
	if status := Run(ctx, args, Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil); status != frame.ExitInterrupted {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	if targets := targetsIn(t, file); len(targets) != 1 || targets[0] != first {
		t.Fatalf("%v", targets)
	}
	second := tlsServer(t, config)
	status, _, text := runProbe(t, "", "probe", first, second, "--rate", "0", "-o", file, "--resume")
	if targets := targetsIn(t, file); status != 0 || len(targets) != 2 || targets[0] != first || targets[1] != second {
		t.Errorf("%d %v %s", status, targets, text)
	}
}

func targetsIn(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		var e struct{ Target string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, e.Target)
	}
	return list
}

// Proves that -f json is one array with an entry for each address, also with none.
func TestProbeFormats(t *testing.T) {
	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}})
	for in, want := range map[string]int{"": 0, server: 1, server + "\n" + server: 2} {
		status, out, errs := runProbe(t, in, "probe", "-", "--rate", "0", "--json")
		var list []struct{ Schema string }
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != want || status != 0 {
			t.Errorf("%q: %d, %v, %d entries, %s", in, status, err, len(list), errs)
		}
	}
}

// Proves that check judges against the live server: the same host connects to one and
// fails on the other.
func TestCheckEndpoint(t *testing.T) {
	cert := certificateOf(t, "rsa", 2048)
	modern := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	old := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{0x2f}})
	host := serverFile(t, "FS01", "6.3", 9600)
	for endpoint, want := range map[string]string{modern: "fails", old: "connects"} {
		_, out, errs := runProbe(t, "", "check", host, "--endpoint", endpoint, "--caller", "powershell-5.1-x64", "-f", "json")
		var doc struct {
			Verdicts []struct{ Service, Verdict string }
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Verdicts) != 1 || doc.Verdicts[0].Verdict != want || doc.Verdicts[0].Service != "endpoint:"+endpoint {
			t.Errorf("want %s: %v %+v %s", want, err, doc, errs)
		}
	}
}
