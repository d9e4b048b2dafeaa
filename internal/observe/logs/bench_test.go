//go:build linux

package logs

import (
	"bytes"
	"context"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/observe"
	"tlsready/internal/testkit/logkit"
)

// BenchmarkRead measures whole logs, from memory to a sink that counts.
func BenchmarkRead(b *testing.B) {
	for _, kind := range logkit.Kinds() {
		b.Run(kind.Name, func(b *testing.B) {
			log := kind.Make(64 << 20)
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			before := cpu()
			for b.Loop() {
				n := 0
				_, err := Read(context.Background(), bytes.NewReader(log), "log", Options{}, func(observe.Connection) error { n++; return nil })
				if err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(log))/1e6/(cpu()-before).Seconds(), "MB/cpu-s")
		})
	}
}

// cpu is the processors' time that the process has used: what a machine with other work
// can still measure.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
