//go:build linux

package logs

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/observe"
)

// logOf makes a log of about the given size: 5,000 clients, 30 user agents, one client
// in fifty with TLS 1.0.
func logOf(size int, header string, format func(r *rand.Rand, at time.Time, client, agent, version string) string) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := bytes.NewBufferString(header)
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for b.Len() < size {
		n := r.IntN(5000)
		version := []string{"TLSv1.2", "TLSv1.3"}[n%2]
		if n%50 == 0 {
			version = "TLSv1"
		}
		at = at.Add(time.Duration(r.IntN(5000)) * time.Microsecond)
		agent := fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+n%30)
		b.WriteString(format(r, at, fmt.Sprintf("192.0.%d.%d", n/250, n%250+1), agent, version))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func benchLogs() map[string][]byte {
	const size = 64 << 20
	return map[string][]byte{
		"combined": logOf(size, "", func(r *rand.Rand, at time.Time, client, agent, version string) string {
			return fmt.Sprintf(`%s - - [%s] "GET /assets/%x/index.html?id=%d HTTP/1.1" 200 %d "https://www.example.com/" "%s" %s ECDHE-RSA-AES128-GCM-SHA256`,
				client, at.Format("02/Jan/2006:15:04:05 -0700"), r.Uint64(), r.IntN(1e6), r.IntN(1e5), agent, version)
		}),
		"iis": logOf(size, "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken crypt-protocol crypt-cipher crypt-hash crypt-keyexchange\n",
			func(r *rand.Rand, at time.Time, client, agent, version string) string {
				return fmt.Sprintf(`%s 198.51.100.9 GET /assets/%x/index.html id=%d 443 - %s %s 200 0 0 %d %s 6610 800d ae06`,
					at.Format("2006-01-02 15:04:05"), r.Uint64(), r.IntN(1e6), client, bytes.ReplaceAll([]byte(agent), []byte(" "), []byte("+")), r.IntN(1000),
					map[string]string{"TLSv1": "40", "TLSv1.2": "400", "TLSv1.3": "1000"}[version])
			}),
		"zeek-json": logOf(size, "", func(r *rand.Rand, at time.Time, client, _, version string) string {
			return fmt.Sprintf(`{"ts":%.6f,"uid":"C%x","id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"198.51.100.9","id.resp_p":443,"version":"%s","cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","curve":"x25519","server_name":"www.example.com","resumed":false,"next_protocol":"h2","established":true,"ssl_history":"CsxknGIti"}`,
				float64(at.UnixMicro())/1e6, r.Uint64(), client, r.IntN(60000)+1024, map[string]string{"TLSv1": "TLSv10", "TLSv1.2": "TLSv12", "TLSv1.3": "TLSv13"}[version])
		}),
	}
}

// BenchmarkRead measures whole logs, from memory to a sink that counts.
func BenchmarkRead(b *testing.B) {
	for name, log := range benchLogs() {
		b.Run(name, func(b *testing.B) {
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
