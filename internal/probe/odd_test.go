package probe

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

// fatal is an alert as a server writes it.
func fatal(code byte) []byte { return []byte{21, 3, 3, 0, 2, 2, code} }

// refusing meets hellos that it does not admit with the answer, and hands on the others.
func refusing(admit func(*wire.ClientHello) bool, answer func(net.Conn), next func(net.Conn)) func(net.Conn) {
	return choosing(admit, next, answer)
}

// silence reads and says nothing.
func silence(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// helloSize is the length of the message.
func helloSize(h *wire.ClientHello) int {
	msg, _ := h.Marshal()
	return len(msg)
}

// warned sends an alert of the level warning and closes in place of each fatal one.
type warned struct{ net.Conn }

func (w warned) Write(p []byte) (int, error) {
	if len(p) > 6 && p[0] == byte(wire.ContentAlert) {
		_, _ = w.Conn.Write([]byte{21, p[1], p[2], 0, 2, 1, p[6]})
		_ = w.Conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, w.Conn)
		return 0, errors.New("closed")
	}
	return w.Conn.Write(p)
}

// turns hands connections to servers in turn, as a balancer does.
func turns(servers ...func(net.Conn)) func(net.Conn) {
	var n atomic.Int64
	return func(c net.Conn) { servers[int(n.Add(1)-1)%len(servers)](c) }
}

// flightOf is a first flight in clear that takes one of the suites in a version.
func flightOf(chain [][]byte, version tlsready.Version, suites ...tlsready.Suite) func(net.Conn) {
	return guardedAnswer(func(h *wire.ClientHello) []byte {
		if h.Max().Rank() < version.Rank() {
			return fatal(70)
		}
		for _, s := range suites {
			if contains(h.Suites, s) {
				hello, _ := (&wire.ServerHello{Version: version, Random: make([]byte, 32), Suite: s}).Marshal()
				certificates, _ := wire.MarshalCertificate(chain)
				return wire.Records(wire.ContentHandshake, version, append(append(hello, certificates...), 14, 0, 0, 0), 0)
			}
		}
		return fatal(40)
	})
}

// oddServer is a server that breaks rules, or knows only a part of them, and what is
// right to say of it.
type oddServer struct {
	name   string
	handle func(net.Conn)
	want   []string // any of them
	err    error
	most   int  // connections
	silent bool // some hellos get no answer
}

func oddServers(t *testing.T) []oddServer {
	ec := certificate(t, ecKey(t), "lab.example.com")
	config := func(low, high uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ec}, MinVersion: low, MaxVersion: high, CipherSuites: everySuite()}
	}
	const v10, v12, v13 = tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13
	old, modern, every := serve(config(v10, v12)), serve(config(v12, v13)), serve(config(v10, v13))
	alone13 := func(groups ...tls.CurveID) func(net.Conn) {
		c := config(v13, v13)
		c.CurvePreferences = groups
		return serve(c)
	}
	alert := func(code byte) func(net.Conn) { return canned(fatal(code)) }
	has := func(kind wire.ExtensionType) func(*wire.ClientHello) bool {
		return func(h *wire.ClientHello) bool { _, ok := h.Extension(kind); return ok }
	}
	not := func(f func(*wire.ClientHello) bool) func(*wire.ClientHello) bool {
		return func(h *wire.ClientHello) bool { return !f(h) }
	}
	const nothing = "?1.0 ?1.1 ?1.2 ?1.3"
	return []oddServer{
		{"the name is needed and given", refusing(func(h *wire.ClientHello) bool { return h.ServerName() == "lab.example.com" }, alert(112), old), []string{"1.0 1.1 1.2"}, nil, 12, false},
		{"another name is needed", alert(112), []string{nothing}, ErrNoHello, 60, false},
		{"an extension that it does not know is refused", refusing(not(has(wire.ExtExtendedMasterSecret)), alert(50), old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"the same with a reset", guarded(not(has(wire.ExtExtendedMasterSecret)), old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"supported_versions is met with a reset", guarded(not(has(wire.ExtSupportedVersions)), old), []string{"1.0 1.1 1.2"}, nil, 60, false},
		{"supported_versions is met with silence", refusing(not(has(wire.ExtSupportedVersions)), silence, old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, true},
		{"supported_versions is met with alert 80", refusing(not(has(wire.ExtSupportedVersions)), alert(80), old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"h2 is needed", refusing(func(h *wire.ClientHello) bool { return slices.Contains(h.ALPN(), "h2") }, alert(120), modern), []string{"1.2 1.3"}, nil, 60, false},
		{"P-521 alone, TLS 1.3", alone13(tls.CurveP521), []string{"1.3"}, nil, 12, false},
		{"plain HTTP 400", canned([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThe plain HTTP request was sent to HTTPS port")), []string{nothing}, ErrNotTLS, 4, false},
		{"one machine of three speaks plain HTTP", turns(old, old, canned([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 40, false},
		{"one machine of three is broken", turns(old, old, func(c net.Conn) { loopback.Reset(c) }), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"one machine of two is broken", turns(func(c net.Conn) { loopback.Reset(c) }, old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"one machine of two closes", turns(old, func(net.Conn) {}), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"one machine of four is broken", turns(old, old, old, func(c net.Conn) { loopback.Reset(c) }), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"one machine of two says alert 40", turns(old, alert(40)), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"one machine of three says alert 80", turns(old, alert(80), old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, false},
		{"more than 255 bytes are dropped", refusing(func(h *wire.ClientHello) bool { return helloSize(h) <= 255 }, silence, old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 60, true},
		{"more than 255 bytes are reset", guarded(func(h *wire.ClientHello) bool { return helloSize(h) <= 255 }, old), []string{"1.0 1.1 1.2", "1.0 1.1 1.2 ?1.3"}, nil, 80, false},
		{"more than 511 bytes are reset", guarded(func(h *wire.ClientHello) bool { return helloSize(h) <= 511 }, every), []string{"1.0 1.1 1.2 1.3", "1.0 1.1 1.2 ?1.3"}, nil, 80, false},
		{"256 to 511 bytes are dropped", refusing(func(h *wire.ClientHello) bool { n := helloSize(h); return n < 256 || n > 511 }, silence, every), []string{"1.0 1.1 1.2 1.3"}, nil, 20, true},
		{"alerts are warnings, then a close", func(c net.Conn) { serve(config(v12, v12))(warned{c}) }, []string{"1.2"}, nil, 30, false},
		{"a warning, then the hello", func(c net.Conn) {
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 1, 112})
			old(c)
		}, []string{"1.0 1.1 1.2"}, nil, 8, false},
		{"a hello, then alert 40", func(c net.Conn) {
			guardedAnswer(func(h *wire.ClientHello) []byte { return append(helloAlone(tlsready.TLS12), fatal(40)...) })(c)
		}, []string{nothing}, ErrNoHello, 60, false},
		{"a hello, then a reset", guardedReset(helloAlone(tlsready.TLS12)), []string{nothing}, ErrNoHello, 60, false},
		{"one byte at a time", func(c net.Conn) { old(dripping{c}) }, []string{"1.0 1.1 1.2"}, nil, 8, false},
		{"close_notify in place of a fatal alert", refusing(func(h *wire.ClientHello) bool { return h.Max() == tlsready.TLS12 }, canned([]byte{21, 3, 3, 0, 2, 1, 0}), serve(config(v12, v12))), []string{"1.2", "?1.0 ?1.1 1.2 ?1.3"}, nil, 80, false},
		{"without suites but CAMELLIA, a long list is refused", refusing(func(h *wire.ClientHello) bool { return len(h.Suites) <= 40 }, alert(40), flightOf(ec.Certificate, tlsready.TLS12, 0x41)), []string{"1.2"}, nil, 80, false},
		{"ARIA alone, a long list is reset", guarded(func(h *wire.ClientHello) bool { return len(h.Suites) <= 40 }, flightOf(ec.Certificate, tlsready.TLS12, 0xc052)), []string{"1.2"}, nil, 80, false},
		{"a pre-shared key alone", flightOf(nil, tlsready.TLS12, 0xa8), []string{"1.2"}, nil, 80, false},
		{"CCM_8 alone", flightOf(ec.Certificate, tlsready.TLS12, 0xc0ae), []string{"1.2"}, nil, 40, false},
		{"export suites alone", flightOf(ec.Certificate, tlsready.TLS10, 0x03), []string{"1.0"}, nil, 60, false},
		{"a suite without encryption alone", flightOf(ec.Certificate, tlsready.TLS12, 0x3b), []string{"1.2"}, nil, 60, false},
		{"anonymous alone", flightOf(nil, tlsready.TLS12, 0x34), []string{"1.2"}, nil, 60, false},
		{"GOST alone", flightOf(ec.Certificate, tlsready.TLS12, 0xc102), []string{"1.2"}, nil, 90, false},
		{"a tarpit after five connections", tarpit(5, impatience/2, old), []string{"1.0 1.1 1.2"}, nil, 30, true},
		{"half open: it accepts and never reads", func(c net.Conn) { <-time.After(2*impatience + 2*time.Second) }, []string{nothing}, ErrSilent, 8, true},
		{"it ends its side at once and reads on", func(c net.Conn) {
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}, []string{nothing}, ErrNoHello, 20, false},
	}
}

// TestOddServers proves what is said of servers that break rules or know only a part of
// them: never a wrong yes, never a wrong no, and an end in bounded time.
func TestOddServers(t *testing.T) {
	t.Parallel()
	var work sync.WaitGroup
	defer work.Wait()
	for _, c := range oddServers(t) {
		work.Go(func() { // they wait most of the time: more at once than the machine has processors
			for _, nodes := range []int{1, DefaultNodes} {
				target, _ := listen(t, c.handle)
				timeout := patience
				if c.silent {
					timeout = 3 * impatience / 2 // the others are answered
				}
				r := prober(t, Options{Timeout: timeout, Rate: 200, Nodes: nodes}).Probe(background(t), target)
				if got := words(r); !slices.Contains(c.want, got) {
					t.Errorf("%s, %d nodes: %q, want %s; %v, %+v", c.name, nodes, got, strings.Join(c.want, " or "), r.Err, r.Evidence)
				}
				if !errors.Is(r.Err, c.err) || c.err == nil && r.Err != nil {
					t.Errorf("%s, %d nodes: error %v, want %v; %+v", c.name, nodes, r.Err, c.err, r.Evidence)
				}
				if r.Connections > c.most {
					t.Errorf("%s, %d nodes: %d connections, want at most %d; %+v", c.name, nodes, r.Connections, c.most, r.Evidence)
				}
			}
		})
	}
}

// helloAlone is a ServerHello without what has to follow.
func helloAlone(v tlsready.Version) []byte {
	msg, _ := (&wire.ServerHello{Version: v, Random: make([]byte, 32), Suite: 0x2f}).Marshal()
	return wire.Records(wire.ContentHandshake, tlsready.TLS12, msg, 0)
}

// guardedReset answers a hello and resets.
func guardedReset(answer []byte) func(net.Conn) {
	return guarded(func(*wire.ClientHello) bool { return true }, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 8192))
		_, _ = c.Write(answer)
		loopback.Reset(c)
	})
}

// tarpit answers all but the first n connections so late.
func tarpit(n int64, late time.Duration, next func(net.Conn)) func(net.Conn) {
	var seen atomic.Int64
	return func(c net.Conn) {
		if seen.Add(1) > n {
			<-time.After(late)
		}
		next(c)
	}
}

// dripping writes one byte at a time.
type dripping struct{ net.Conn }

func (d dripping) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := d.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// TestBans proves that a server that turns against the scan, in whatever way and phase, is
// noticed after a few connections: no version and no suite is called absent, the scan
// ends, and what is short is marked.
func TestBans(t *testing.T) {
	t.Parallel()
	cert := certificate(t, rsaKey(t), "lab.example.com")
	old := serve(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: everySuite()})
	hello, err := wire.FromOffer(tlsready.Offer{
		Versions: []tlsready.OfferedVersion{{Version: tlsready.TLS12}}, Suites: []tlsready.OfferedSuite{{Suite: 0x2f}},
	}, wire.HelloOptions{Random: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	defer work.Wait()
	for name, ban := range map[string]func(net.Conn){
		"reset":     func(c net.Conn) { loopback.Reset(c) },
		"closed":    func(net.Conn) {},
		"silent":    silence,
		"refused":   nil, // by the system, as where a firewall rejects
		"alert 80":  canned(fatal(80)),
		"alert 40":  canned(fatal(40)),
		"a page":    canned([]byte("HTTP/1.1 429 Too Many Requests\r\n\r\n")),
		"malformed": canned([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}),
	} {
		for _, after := range []int64{10, 30} {
			for _, nodes := range []int{1, DefaultNodes} {
				work.Go(func() {
					c := fmt.Sprintf("%s after %d, %d nodes", name, after, nodes)
					most := int64(24) // an alert ends a list, too, and there are some at a time
					if strings.Contains("reset closed silent refused", name) {
						most = 10
					}
					r := banned(t, after, ban, old, Options{Questions: Everything(), Timeout: 1500 * time.Millisecond, Rate: 300, Nodes: nodes}, hello)
					if !errors.Is(r.Err, ErrBanned) || !r.Incomplete || int64(r.Connections) > after+most {
						t.Errorf("%s: %v, incomplete %v, %d connections; %+v", c, r.Err, r.Incomplete, r.Connections, r.Evidence)
					}
					for _, v := range []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12} {
						if r.Versions[v] == tlsready.No || r.Complete[v] {
							t.Errorf("%s: %v is %v, its list whole %v; %+v", c, v, r.Versions[v], r.Complete[v], r.Evidence)
						}
					}
					for _, x := range r.Sent {
						if x.Refused {
							t.Errorf("%s: %+v", c, x)
						}
					}
				})
			}
		}
	}
}

// banned probes a server that turns against the scan after so many connections. A nil ban
// is one by the system.
func banned(t *testing.T, after int64, ban, before func(net.Conn), o Options, hello *wire.ClientHello) Result {
	var dialled, served atomic.Int64
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dialled.Add(1) > after && ban == nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	target, _ := listen(t, func(c net.Conn) {
		if served.Add(1) > after {
			ban(c)
		} else {
			before(c)
		}
	})
	return prober(t, o).Probe(background(t), target, hello)
}

// TestPSSCertificates proves that a key for RSA-PSS alone and RSA-PSS signatures with any
// salt are named, and told apart from those by an ordinary key. The files are by openssl.
func TestPSSCertificates(t *testing.T) {
	for file, want := range map[string]string{
		"rsa-pss.pem":        "rsa 2048 true rsa_pss_pss_sha256",
		"rsa-pss-signed.pem": "rsa 2048 false rsa_pss_rsae_sha384",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		r := newResult()
		r.addChain([][]byte{block.Bytes})
		c := r.Chains[0][0]
		if got := fmt.Sprint(c.KeyType, " ", c.KeyBits, " ", c.PSS, " ", c.Signature); got != want || c.Err != nil {
			t.Errorf("%s: %s, %v", file, got, c.Err)
		}
	}
}

// TestOneForm proves that a server that answers only one form of hello is marked, so that
// clients are not judged by its lists, and that an ordinary server is not marked.
func TestOneForm(t *testing.T) {
	old := serve(&tls.Config{Certificates: []tls.Certificate{certificate(t, rsaKey(t), "lab.example.com")}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: everySuite()})
	for _, picky := range []bool{true, false} {
		target, _ := listen(t, refusing(func(h *wire.ClientHello) bool { return !picky || h.Extensions == nil }, canned(fatal(40)), old))
		r := prober(t, Options{Timeout: patience}).Probe(background(t), target)
		if r.OneForm != picky || words(r) != "1.0 1.1 1.2" && !picky || r.Versions[tlsready.TLS12] != tlsready.Yes {
			t.Errorf("%v: %s, one form %v; %+v", picky, words(r), r.OneForm, r.Evidence)
		}
	}
}

// TestListsBehindBalancers proves that no list that lacks a suite is called whole when
// machines behind one address take turns and one of them is broken or takes fewer.
func TestListsBehindBalancers(t *testing.T) {
	t.Parallel()
	cert := certificate(t, rsaKey(t), "lab.example.com")
	config := func(suites ...uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: suites}
	}
	all := []tlsready.Suite{0x2f, 0x35, 0x9c, 0xc013, 0xc02f}
	good := serve(config(0x2f, 0x35, 0x9c, 0xc013, 0xc02f))
	less := serve(config(0xc02f, 0x9c))
	reset := func(c net.Conn) { loopback.Reset(c) }
	var work sync.WaitGroup
	var missed atomic.Int64
	defer func() {
		if work.Wait(); missed.Load() > 3 {
			t.Errorf("%d of 6 lists lack what one machine alone takes, and are called whole", missed.Load())
		}
	}()
	for name, handle := range map[string]func(net.Conn){
		"one of two resets":      turns(good, reset),
		"one of three resets":    turns(good, good, reset),
		"one of two closes":      turns(func(net.Conn) {}, good),
		"one of two alerts":      turns(good, canned(fatal(40))),
		"one of three alerts":    turns(good, canned(fatal(80)), good),
		"one of two has less":    turns(good, less),
		"one of three has less":  turns(good, less, good),
		"two of three have less": turns(less, less, good),
	} {
		for _, nodes := range []int{1, DefaultNodes} {
			work.Go(func() {
				target, _ := listen(t, handle)
				r := prober(t, Options{Questions: Questions{Suites: true}, Timeout: patience, Rate: 300, Nodes: nodes, Deadline: 25 * time.Second}).Probe(background(t), target)
				got := sorted(r.Suites[tlsready.TLS12])
				short := r.Complete[tlsready.TLS12] && !slices.Equal(got, all)
				if short && strings.Contains(name, "less") { // whom a connection meets is chance
					missed.Add(1)
				} else if r.Versions[tlsready.TLS12] == tlsready.No || short {
					t.Errorf("%s, %d nodes: %v, %v whole %v; %v, %+v", name, nodes, r.Versions[tlsready.TLS12], got, r.Complete[tlsready.TLS12], r.Err, r.Evidence)
				}
			})
		}
	}
}
