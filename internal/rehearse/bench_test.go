package rehearse

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"tlsready"
)

// visitOnce makes a full handshake with TLS 1.2 and ECDSA, asks, and gives how long it took
// from the dialling to the first byte of the answer.
func visitOnce(b *testing.B, at string, config *tls.Config) time.Duration {
	begun := time.Now()
	raw, err := net.Dial("tcp", at)
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	conn := tls.Client(raw, config)
	if _, err := io.WriteString(conn, "GET /line HTTP/1.1\r\nHost: lab.example.com\r\n\r\n"); err != nil {
		b.Fatal(err)
	}
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	_, _ = io.Copy(io.Discard, conn)
	return took
}

func benchmark(b *testing.B, run func(at string, config *tls.Config)) {
	r := start(b, only(tlsready.TLS12), true, nil)
	config := trusting(b, tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
	visitOnce(b, r.at, config)
	b.ResetTimer()
	run(r.at, config)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "visits/s")
	b.StopTimer()
	if sum := r.end().sum; sum.Survive < b.N {
		b.Fatalf("%+v", sum)
	}
}

// BenchmarkVisits is many visitors at once, with the clients on the same processors: full
// handshakes, each with its request and its line.
func BenchmarkVisits(b *testing.B) {
	benchmark(b, func(at string, config *tls.Config) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				visitOnce(b, at, config)
			}
		})
	})
}

// BenchmarkFirstByte is one visitor after the other, and reports the median from the
// dialling to the first byte of the answer.
func BenchmarkFirstByte(b *testing.B) {
	benchmark(b, func(at string, config *tls.Config) {
		times := make([]time.Duration, b.N)
		for i := range times {
			times[i] = visitOnce(b, at, config)
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/first-byte")
	})
}
