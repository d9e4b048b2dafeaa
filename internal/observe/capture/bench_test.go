package capture

import (
	"context"
	"testing"

	"tlsready/internal/observe"
	"tlsready/internal/testkit/capturekit"
	"tlsready/internal/testkit/certkit"
)

// benchmark reads a capture of size bytes that is made as it is read.
func benchmark(b *testing.B, size int64, block, bulk int) {
	der := certificate(b)
	connections := 0
	b.SetBytes(size)
	for b.Loop() {
		b.StopTimer()
		traffic := capturekit.NewTraffic(size, block, bulk, der)
		traffic.Pause, traffic.Go = b.StopTimer, b.StartTimer
		b.StartTimer()
		found := 0
		coverage, err := Read(context.Background(), traffic, "made.pcap", func(observe.Connection) error {
			found++
			return nil
		})
		if err != nil || found != traffic.Connections || len(coverage.Losses) > 0 {
			b.Fatalf("%d of %d connections, %v, %+v", found, traffic.Connections, err, coverage.Losses)
		}
		connections += found
	}
	b.ReportMetric(float64(connections)/b.Elapsed().Seconds(), "conn/s")
}

// Measures ordinary HTTPS: 48 KiB in each connection.
func BenchmarkBig(b *testing.B) { benchmark(b, 1<<30, 32<<20, 48<<10) }

// Measures handshakes alone.
func BenchmarkHandshakes(b *testing.B) { benchmark(b, 256<<20, 16<<20, 0) }

func certificate(t testing.TB) []byte {
	c, _ := certkit.Issue(t, "service.example.com", nil, nil)
	return c.Raw
}
