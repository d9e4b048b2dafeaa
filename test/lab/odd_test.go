//go:build linux

package lab

import (
	"crypto/tls"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/probe"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
	"tlsready/test/lab/labkit"
)

var lossRuns = flag.Int("loss-runs", 12, "runs of each kind of loss")

// failing meets a share of all connections with fail in place of next.
func failing(share float64, fail, next func(net.Conn)) func(net.Conn) {
	random, mu := rand.New(rand.NewPCG(7, 7)), sync.Mutex{}
	return func(c net.Conn) {
		mu.Lock()
		fails := random.Float64() < share
		mu.Unlock()
		if fails {
			fail(c)
			return
		}
		next(c)
	}
}

func alerting(code byte) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		says([]byte{21, 3, 3, 0, 2, 2, code})(c)
	}
}

// Proves that no version is called absent if a third or a half of all connections is lost
// or turned away, and measures it: docs/performance.md has the figures of -loss-runs 500.
func TestLossyRelay(t *testing.T) {
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	old := golang(&tls.Config{Certificates: []tls.Certificate{keys.RSA.TLS}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: everySuite()})
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name  string
		share float64
		fail  func(net.Conn)
	}{
		{"30 % reset", 0.3, loopback.Reset},
		{"50 % reset", 0.5, loopback.Reset},
		{"50 % alert 80", 0.5, alerting(80)},
		{"30 % closed", 0.3, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }},
		{"30 % silent", 0.3, silent},
		{"30 % alert 40", 0.3, alerting(40)},
		{"30 % alert 80", 0.3, alerting(80)},
		{"30 % alert 90", 0.3, alerting(90)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := netip.MustParseAddrPort(loopback.Listen(t, failing(c.share, c.fail, old)))
			p := probe.New(probe.Options{Nodes: probe.DefaultNodes, Timeout: impatience})
			var work sync.WaitGroup
			var wrong, open, connections atomic.Int64
			places := make(chan struct{}, 64) // they mostly wait, for a server that may count
			begun, longest := time.Now(), atomic.Int64{}
			for range *lossRuns {
				places <- struct{}{}
				work.Go(func() {
					defer func() { <-places }()
					start := time.Now()
					r := p.Probe(t.Context(), probe.Target{Address: at, ServerName: labkit.Name})
					for took := int64(time.Since(start)); ; {
						if most := longest.Load(); took <= most || longest.CompareAndSwap(most, took) {
							break
						}
					}
					connections.Add(int64(r.Connections))
					for _, v := range []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12} {
						switch r.Versions[v] {
						case tlsready.No:
							wrong.Add(1)
							t.Logf("%v is called absent: %+v", v, r.Evidence)
						case tlsready.Unknown:
							open.Add(1)
						}
					}
				})
			}
			work.Wait()
			if wrong.Load() > 0 {
				t.Errorf("%d versions are called absent", wrong.Load())
			}
			if time.Duration(longest.Load()) > probe.DefaultDeadline+10*time.Second {
				t.Errorf("a run took %v", time.Duration(longest.Load()))
			}
			t.Logf("%d runs: %d of %d versions wrong, %d unknown, %d connections a run; %v in all, the longest run %v",
				*lossRuns, wrong.Load(), 3**lossRuns, open.Load(), connections.Load()/int64(*lossRuns), time.Since(begun).Round(time.Second), time.Duration(longest.Load()).Round(time.Second))
		})
	}
}

// Proves what is said of servers that other probers misread: a retry that is refused,
// machines that differ, a ban, a hello without extensions, one that wants ALPN.
func TestOddServers(t *testing.T) {
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	config := func(low, high uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{keys.RSA.TLS}, MinVersion: low, MaxVersion: high, CipherSuites: everySuite()}
	}
	old, modern := golang(config(tls.VersionTLS10, tls.VersionTLS12)), golang(config(tls.VersionTLS12, tls.VersionTLS12))
	var turn, made atomic.Int64
	for _, c := range []struct {
		name   string
		handle func(net.Conn)
		ask    probe.Questions
		want   string
		check  func(r *probe.Result) bool
	}{
		{"the second hello is refused with alert 80", retrying, probe.Questions{}, "?1.0 ?1.1 ?1.2 ?1.3", func(r *probe.Result) bool { return r.Err != nil }},
		{"one machine of three has TLS 1.0 and 1.1", func(c net.Conn) {
			if turn.Add(1)%3 == 0 {
				old(c)
			} else {
				modern(c)
			}
		}, probe.Questions{}, "?1.0 ?1.1 1.2", func(r *probe.Result) bool { return r.NodesDiffer }},
		{"a ban after ten connections", func(c net.Conn) {
			if made.Add(1) <= 10 {
				old(c)
			} else {
				loopback.Reset(c)
			}
		}, probe.Questions{Suites: true}, "1.0 1.1 1.2", func(r *probe.Result) bool { return r.Err != nil && r.Incomplete && r.Connections <= 15 }},
		{"any extension is refused", reading(func(h *wire.ClientHello) func(net.Conn) {
			if h.Extensions != nil {
				return says([]byte{21, 3, 3, 0, 2, 2, 40})
			}
			return flight(tlsready.TLS10, keys.RSA.TLS.Certificate, 0x2f)
		}), probe.Questions{}, "1.0", func(r *probe.Result) bool { return r.Versions[tlsready.TLS10] == tlsready.Yes }},
		{"ALPN is wanted", reading(func(h *wire.ClientHello) func(net.Conn) {
			if len(h.ALPN()) == 0 {
				return says([]byte{21, 3, 3, 0, 2, 2, 40})
			}
			return modern
		}), probe.Questions{}, "1.2", func(r *probe.Result) bool { return r.Versions[tlsready.TLS12] == tlsready.Yes }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := netip.MustParseAddrPort(loopback.Listen(t, c.handle))
			p := probe.New(probe.Options{Questions: c.ask, Nodes: probe.DefaultNodes, Timeout: patience})
			r := p.Probe(t.Context(), probe.Target{Address: at, ServerName: labkit.Name})
			if got := versions(&r); got != c.want || !c.check(&r) {
				t.Errorf("%q, want %q; error %v, %d connections, %+v", got, c.want, r.Err, r.Connections, r.Evidence)
			}
		})
	}
}

// retrying answers every hello of TLS 1.3 with a HelloRetryRequest, and what comes
// then, and every other hello, with alert 80.
func retrying(c net.Conn) {
	reading(func(h *wire.ClientHello) func(net.Conn) {
		refuse := says([]byte{21, 3, 3, 0, 2, 2, 80})
		if h.Max() != tlsready.TLS13 {
			return refuse
		}
		return func(c net.Conn) {
			retry := &wire.ServerHello{Version: tlsready.TLS12, Random: []byte(retryRandom), SessionID: h.SessionID, Suite: 0x1301, Extensions: []wire.Extension{
				{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}}, {Type: wire.ExtKeyShare, Data: []byte{0, 24}},
			}}
			msg, err := retry.Marshal()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 8192)) // the hello again
			_, _ = c.Write(wire.Records(wire.ContentHandshake, tlsready.TLS12, msg, 0))
			_, _ = c.Read(make([]byte, 4096))
			refuse(c)
		}
	})(c)
}

// retryRandom marks a HelloRetryRequest (RFC 8446 section 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
