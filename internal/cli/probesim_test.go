package cli

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/endpoint"
	"tlsready/internal/stack"
	"tlsready/internal/wire"
)

// clientHello is the hello of a modelled client.
func clientHello(t testing.TB, as string) *wire.ClientHello {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	r := &probeRun{app: ruleApp(), flags: &probeFlags{as: []string{as}}}
	clients, err := r.clientNames().Clients(t.Context(), model)
	if err != nil {
		t.Fatal(err)
	}
	sending, err := endpoint.NewSimulator(model, clients).Sending()
	if err != nil {
		t.Fatal(err)
	}
	return sending.Hellos("lab.example.com", nil)[0]
}

// Proves that the hello of a file is sent and judged, also against a server that
// lets nothing in that it does not like.
func TestRecordedHello(t *testing.T) {
	record, err := clientHello(t, "windows-7/schannel").Records(0)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "windows-7.bin")
	if err := os.WriteFile(file, record, 0o600); err != nil {
		t.Fatal(err)
	}
	cert := certificateOf(t, "rsa", 2048)
	old := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{0x2f}})
	modern := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	status, out, errs := runProbe(t, "", "probe", old, modern, "--hello", file, "-f", "jsonl")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || len(lines) != 2 || !strings.Contains(lines[0], `"connects":"yes","version":"TLS 1.0"`) || !strings.Contains(lines[1], `"connects":"no"`) {
		t.Errorf("%d %s\n%s", status, errs, out)
	}
}
