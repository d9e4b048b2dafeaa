package cli

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
	"tlsready/internal/testkit/hostgen"
)

// BenchmarkCheckFolder checks a folder of generated snapshots to JSON lines; one
// operation is 1,000 hosts.
func BenchmarkCheckFolder(b *testing.B) {
	dir := b.TempDir()
	g := hostgen.New(1)
	const hosts = 1000
	for i := range hosts {
		s := g.Next()
		s.Programs = &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}}
		text, err := json.Marshal(s)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".json"), text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if status := Run(context.Background(), []string{"check", dir, "--service", "azure-backup", "--on", "2021-09-01", "-f", "jsonl", "-q"}, Streams{Out: io.Discard, Err: os.Stderr}, nil); status != frame.ExitFails {
			b.Fatalf("exit status %d", status)
		}
	}
	b.ReportMetric(float64(hosts*b.N)/b.Elapsed().Seconds(), "hosts/s")
}
