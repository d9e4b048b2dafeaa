package capture

import (
	"context"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/observe"
	"tlsready/internal/testkit/capturekit"
	"tlsready/internal/testkit/certkit"
)

// processor is the time that the process has had of the processors: on a machine that
// does other work, the figure that says something.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchmark reads a capture of size bytes that is made as it is read.
func benchmark(b *testing.B, size int64, block, bulk int) {
	der := certificate(b)
	connections := 0
	var used, since time.Duration
	stop := func() {
		b.StopTimer()
		used += processor(b) - since
	}
	start := func() {
		since = processor(b)
		b.StartTimer()
	}
	since = processor(b)
	b.SetBytes(size)
	for b.Loop() {
		stop()
		traffic := capturekit.NewTraffic(size, block, bulk, der)
		traffic.Pause, traffic.Go = stop, start
		start()
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
	used += processor(b) - since
	b.ReportMetric(float64(connections)/b.Elapsed().Seconds(), "conn/s")
	b.ReportMetric(float64(connections)/used.Seconds(), "conn/cpu-s")
	b.ReportMetric(float64(size)*float64(b.N)/1e6/used.Seconds(), "MB/cpu-s")
}

// Measures ordinary HTTPS: 48 KiB in each connection.
func BenchmarkBig(b *testing.B) { benchmark(b, 1<<30, 32<<20, 48<<10) }

// Measures handshakes alone.
func BenchmarkHandshakes(b *testing.B) { benchmark(b, 256<<20, 16<<20, 0) }

func certificate(t testing.TB) []byte {
	c, _ := certkit.Issue(t, "service.example.com", nil, nil)
	return c.Raw
}
