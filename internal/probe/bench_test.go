package probe

import (
	"io"
	"net"
	"sync"
	"testing"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

// responder answers every hello at once and without cryptography, as a server of
// TLS 1.0 to TLS 1.3.
func responder(c net.Conn) {
	buf := make([]byte, 2048)
	var r wire.Reader
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		r.Write(buf[:n])
		m, ok, err := r.Next()
		if err != nil {
			return
		}
		if !ok {
			continue
		}
		h, err := wire.ParseClientHello(m.Data)
		if err != nil {
			return
		}
		answer := &wire.ServerHello{Version: h.Version, Random: make([]byte, 32), Suite: 0x2f, Extensions: []wire.Extension{}}
		if h.Max() == tlsready.TLS13 {
			answer.Suite = 0x1301
			answer.Extensions = append(answer.Extensions, wire.Extension{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}})
		}
		msg, err := answer.Marshal()
		if err != nil {
			return
		}
		msg = append(msg, 11, 0, 0, 3, 0, 0, 0) // it goes on, with a chain of nothing
		_, _ = c.Write(wire.Records(wire.ContentHandshake, tlsready.TLS12, msg, 0))
		_, _ = io.Copy(io.Discard, c)
		return
	}
}

// BenchmarkVersions measures one endpoint of four versions, 128 in flight, against
// a loop that does the least: connect, write a ready hello, read once, reset.
func BenchmarkVersions(b *testing.B) {
	const inFlight = 128
	target, _ := listen(b, responder)
	b.Run("probe", func(b *testing.B) {
		p := prober(b, Options{})
		n, odd := 0, 0
		probeMany(b.Context(), p, b.N, inFlight, func(int) Target { return target }, func(r Result) {
			if n += r.Connections; words(r) != "1.0 1.1 1.2 1.3" {
				odd++
				b.Logf("%s, %v, %+v", words(r), r.Err, r.Evidence)
			}
		})
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "connections/s")
		if odd > 0 {
			b.Errorf("%d wrong results", odd)
		}
	})
	b.Run("bare", func(b *testing.B) {
		s := newScan(nil, Options{}, newLists(), newKeys())
		var hellos [][]byte
		for _, v := range []tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10} {
			q := s.broad(v)
			m := new(memory)
			h, err := q.hello(newReady(), m, "lab.example.com")
			if err != nil {
				b.Fatal(err)
			}
			_, hello, err := q.framed(h, m)
			if err != nil {
				b.Fatal(err)
			}
			hellos = append(hellos, hello)
		}
		jobs := make(chan struct{})
		var work sync.WaitGroup
		for range inFlight {
			work.Go(func() {
				buf := make([]byte, 2048)
				for range jobs {
					for _, hello := range hellos {
						c, err := net.Dial("tcp", target.Address.String())
						if err != nil {
							b.Error(err)
							return
						}
						_, _ = c.Write(hello)
						_, _ = c.Read(buf)
						loopback.Reset(c)
					}
				}
			})
		}
		for range b.N {
			jobs <- struct{}{}
		}
		close(jobs)
		work.Wait()
		b.ReportMetric(float64(4*b.N)/b.Elapsed().Seconds(), "connections/s")
	})
}
