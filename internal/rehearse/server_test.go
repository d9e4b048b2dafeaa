package rehearse

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/wire"
)

// everySuite is every suite that a Go client can offer, the old ones included.
func everySuite() []uint16 {
	var list []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		list = append(list, s.ID)
	}
	return list
}

// Proves that clients of every version are answered by a server that takes everybody, and
// that one which behaves as the service does refuses those that the service will refuse,
// with alert 70, and takes the others; the line says the same of both.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		r := start(t, only(tlsready.TLS11, tlsready.TLS12, tlsready.TLS13), strict, nil)
		for v, survives := range map[uint16]tlsready.Answer{tls.VersionTLS10: tlsready.No, tls.VersionTLS11: tlsready.Yes, tls.VersionTLS12: tlsready.Yes, tls.VersionTLS13: tlsready.Yes} {
			answer, err := r.get(trusting(t, v, v, everySuite()...))
			line := r.next()
			refused := strict && survives == tlsready.No
			switch {
			case line.Survives != survives:
				t.Errorf("strict %v, %s: survives %s", strict, tlsready.Version(v), line.Survives)
			case refused && (err == nil || !strings.Contains(err.Error(), "protocol version") || line.Rehearsal.Outcome != document.RehearsalRefused || line.Alert == nil || line.Alert.Description != 70 || line.Alert.From != "server"):
				t.Errorf("strict, %s: %v, %+v, alert %+v", tlsready.Version(v), err, line.Rehearsal, line.Alert)
			case !refused && (err != nil || answer != survives.String() || line.Rehearsal.Outcome != document.RehearsalCompleted || line.Negotiated.Version != tlsready.Version(v) || line.Identity.UserAgent != "kit/1"):
				t.Errorf("strict %v, %s: %q, %v, %+v", strict, tlsready.Version(v), answer, err, line)
			}
		}
		sum := r.end().sum
		if sum.Visits != 4 || sum.Survive != 3 || sum.Cannot != 1 || sum.Addresses != 1 {
			t.Errorf("%+v", sum)
		}
	}
}

// Proves that a service that asks for more than a version is rehearsed with all of it:
// its suites, groups, signatures and kind of certificate.
func TestStrictAxes(t *testing.T) {
	t.Parallel()
	suites := only(tlsready.TLS12)
	suites.Suites = tlsready.Only[tlsready.Suite](0xc030, 0x000a)
	groups := only(tlsready.TLS13)
	groups.Groups = tlsready.Only[tlsready.Group](24)
	rsa := only(tlsready.TLS12)
	rsa.Certificate.KeyType = "rsa"
	pss := only(tlsready.TLS13)
	pss.SignatureAlgorithms = tlsready.Only[tlsready.SignatureScheme](0x0805)
	all, p384 := everySuite(), func(c *tls.Config) *tls.Config { c.CurvePreferences = []tls.CurveID{tls.CurveP384}; return c }
	x25519 := func(c *tls.Config) *tls.Config { c.CurvePreferences = []tls.CurveID{tls.X25519}; return c }
	for name, c := range map[string]struct {
		accepts tlsready.Acceptance
		client  *tls.Config
		suite   string // "" for a refusal
	}{
		"a suite of the list":    {suites, trusting(t, tls.VersionTLS12, tls.VersionTLS12, all...), "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
		"the old one of it":      {suites, trusting(t, tls.VersionTLS10, tls.VersionTLS12, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		"no suite of the list":   {suites, trusting(t, tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), ""},
		"the group":              {groups, p384(trusting(t, tls.VersionTLS13, tls.VersionTLS13)), "TLS_AES_128_GCM_SHA256"},
		"another group":          {groups, x25519(trusting(t, tls.VersionTLS13, tls.VersionTLS13)), ""},
		"a key of RSA":           {rsa, trusting(t, tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		"suites of another kind": {rsa, trusting(t, tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), ""},
		"one signature":          {pss, trusting(t, tls.VersionTLS13, tls.VersionTLS13), "TLS_AES_128_GCM_SHA256"},
	} {
		r := start(t, c.accepts, true, nil)
		_, err := r.get(c.client)
		line := r.next()
		switch {
		case c.suite == "" && (err == nil || !strings.Contains(err.Error(), "handshake failure") || line.Rehearsal.Outcome != document.RehearsalRefused || line.Survives != tlsready.No):
			t.Errorf("%s: %v, %+v", name, err, line.Rehearsal)
		case c.suite != "" && (err != nil || line.Negotiated == nil || line.Negotiated.Suite != c.suite || line.Survives != tlsready.Yes):
			t.Errorf("%s: %v, %+v, survives %s", name, err, line.Negotiated, line.Survives)
		}
		r.stop()
	}
}

// Proves that a client that breaks off at the certificate is told apart from one that
// fails: its version and suite are proven, whether it says why or closes without a word.
func TestHelloOnly(t *testing.T) {
	r := start(t, only(tlsready.TLS12, tlsready.TLS13), true, nil)
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if _, err := r.get(&tls.Config{ServerName: "lab.example.com", MinVersion: v, MaxVersion: v}); err == nil {
			t.Fatal("the client trusts what it does not know")
		}
		line := r.next()
		if line.Rehearsal.Outcome != document.RehearsalHelloOnly || line.Survives != tlsready.Yes || line.Negotiated == nil || line.Negotiated.Version != tlsready.Version(v) || line.Alert == nil || line.Alert.From != "client" {
			t.Errorf("%s: %+v, %+v, %+v", tlsready.Version(v), line.Rehearsal, line.Negotiated, line.Alert)
		}
		if proves := english(line.Rehearsal.Proves); !strings.Contains(proves, tlsready.Version(v).String()) {
			t.Errorf("proves %q", proves)
		}
	}
	silent := r.dial()
	write(t, silent, hello(t, nil))
	readRecord(t, silent)
	_ = silent.Close()
	if line := r.next(); line.Rehearsal.Outcome != document.RehearsalHelloOnly || line.Alert != nil || line.Negotiated.Group != "secp256r1" {
		t.Errorf("without a word: %+v, %+v", line.Rehearsal, line.Negotiated)
	}
}

// Proves that an alert in clear is read in TLS 1.3 too, as OpenSSL sends it.
func TestAlertInClear(t *testing.T) {
	r := start(t, only(tlsready.TLS12, tlsready.TLS13), false, nil)
	c := r.dial()
	write(t, c, helloOf13(t))
	readRecord(t, c)
	write(t, c, []byte{20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 2, 48})
	if line := r.next(); line.Rehearsal.Outcome != document.RehearsalHelloOnly || line.Alert == nil || line.Alert.Name != "unknown_ca" || line.Negotiated.Version != tlsready.TLS13 {
		t.Errorf("%+v, %+v", line.Rehearsal, line.Alert)
	}
}

// Proves that hellos which crypto/tls cannot finish are answered as the service would
// answer: refused, or accepted and not completed, which is no failure of the client.
func TestNotCompleted(t *testing.T) {
	dhe := func(h *wire.ClientHello) { h.Suites = []tlsready.Suite{0x0033, 0x00ff} }
	ssl2 := func(v tlsready.Version) func(h *wire.ClientHello) {
		return func(h *wire.ClientHello) {
			*h = wire.ClientHello{Version: v, SSL2: true, Random: make([]byte, 16), Suites: []tlsready.Suite{0x010080, 0x2f, 0x0a}}
		}
	}
	old := func(v tlsready.Version) func(h *wire.ClientHello) {
		return func(h *wire.ClientHello) { h.Version, h.Extensions, h.Suites = v, nil, []tlsready.Suite{0x2f, 0x0a} }
	}
	taken := only(tlsready.TLS10, tlsready.TLS12)
	for name, c := range map[string]struct {
		accepts  tlsready.Acceptance
		strict   bool
		change   func(*wire.ClientHello)
		outcome  string
		survives tlsready.Answer
		first    []byte // with which the answer begins
	}{
		"a finite field":                {taken, true, dhe, document.RehearsalNotCompleted, tlsready.Yes, []byte{22, 3, 3}},
		"a finite field, everybody":     {taken, false, dhe, document.RehearsalNotCompleted, tlsready.Yes, []byte{22, 3, 3}},
		"form of SSL 2.0, taken":        {taken, true, ssl2(tlsready.TLS10), document.RehearsalNotCompleted, tlsready.Yes, []byte{22, 3, 1}},
		"form of SSL 2.0, refused":      {only(tlsready.TLS12), true, ssl2(tlsready.TLS10), document.RehearsalRefused, tlsready.No, []byte{21, 3, 1, 0, 2, 2, 70}},
		"SSL 2.0 itself":                {taken, true, ssl2(tlsready.SSL20), document.RehearsalRefused, tlsready.No, []byte{0x80, 3, 0, 0, 1}},
		"SSL 3.0":                       {taken, true, old(tlsready.SSL30), document.RehearsalRefused, tlsready.No, []byte{21, 3, 0, 0, 2, 2, 70}},
		"SSL 3.0, everybody":            {taken, false, old(tlsready.SSL30), document.RehearsalRefused, tlsready.No, []byte{21, 3, 0, 0, 2, 2, 70}},
		"SSL 3.0, and the service does": {only(tlsready.SSL30), true, old(tlsready.SSL30), document.RehearsalNotCompleted, tlsready.Yes, []byte{22, 3, 0}},
		"TLS 1.0 without extensions":    {only(tlsready.TLS12), true, old(tlsready.TLS10), document.RehearsalRefused, tlsready.No, []byte{21, 3, 1, 0, 2, 2, 70}},
		"a version that nobody knows": {taken, true, func(h *wire.ClientHello) {
			h.Extensions = []wire.Extension{wire.SupportedVersionsExtension([]tlsready.Version{0x0a0a, 0x7f1c})}
		}, document.RehearsalRefused, tlsready.No, []byte{21, 3, 3, 0, 2, 2, 70}},
		"a hello that states only its max": {only(tlsready.TLS10), true, nil, document.RehearsalHelloOnly, tlsready.Yes, []byte{22, 3, 1}},
	} {
		r := start(t, c.accepts, c.strict, nil)
		conn := r.dial()
		write(t, conn, hello(t, c.change))
		answer := readRecord(t, conn)
		_ = conn.Close()
		line := r.next()
		if line.Rehearsal.Outcome != c.outcome || line.Survives != c.survives || !strings.HasPrefix(string(answer), string(c.first)) {
			t.Errorf("%s: %+v, survives %s, answer % x", name, line.Rehearsal, line.Survives, answer[:min(len(answer), 12)])
		}
		if c.outcome == document.RehearsalNotCompleted && !strings.HasPrefix(english(line.Rehearsal.Proves), "accepted, not completed") {
			t.Errorf("%s: proves %q", name, english(line.Rehearsal.Proves))
		}
		r.stop()
	}
}

// Proves that a hello is read however it comes: in records of one byte, byte by byte.
func TestSplitAndDripped(t *testing.T) {
	r := start(t, only(tlsready.TLS12), true, nil)
	h := &wire.ClientHello{}
	raw := hello(t, func(made *wire.ClientHello) { *h = *made; made.Random = make([]byte, 32) })
	split, err := h.Records(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, send := range map[string]func(c net.Conn){
		"records of one byte": func(c net.Conn) { write(t, c, split) },
		"byte by byte": func(c net.Conn) {
			for i := range raw {
				write(t, c, raw[i:i+1])
			}
		},
	} {
		c := r.dial()
		send(c)
		if answer := readRecord(t, c); answer[0] != 22 {
			t.Errorf("%s: answer % x", name, answer[:7])
		}
		_ = c.Close()
		if line := r.next(); line.Survives != tlsready.Yes || line.Offered.Max != tlsready.TLS12 {
			t.Errorf("%s: %+v", name, line)
		}
	}
}

// Proves that what is no hello is told as such, and that a connection without a word
// leaves no line.
func TestNoHello(t *testing.T) {
	t.Parallel()
	r := start(t, only(tlsready.TLS12), true, nil)
	hasty := start(t, only(tlsready.TLS12), true, func(s *Server) { s.times = times{2 * time.Second, ample, ample} })
	lie := hello(t, nil)
	lie[6] = 0xff // the message is longer than anything
	long := append([]byte{22, 3, 1, 0x3f, 0xff, 1, 0, 0xff, 0xf0}, make([]byte, 100)...)
	for name, c := range map[string]struct {
		send  []byte
		at    *rehearsal
		close bool
		why   string
	}{
		"HTTP":          {[]byte("GET / HTTP/1.1\r\n\r\n"), r, false, "GET / HTTP"},
		"another word":  {[]byte("EHLO x\r\n"), r, false, "EHLO"},
		"cut":           {hello(t, nil)[:40], r, true, "40 bytes"},
		"a length lies": {lie, r, false, "bytes"},
		"stalled":       {long, hasty, false, "2 seconds"},
		"an alert":      {[]byte{21, 3, 1, 0, 2, 2, 0}, r, false, "no ClientHello"},
		"silent":        {nil, hasty, false, "nothing came"},
	} {
		conn := c.at.dial()
		write(t, conn, c.send)
		if c.close {
			_ = conn.Close()
		}
		line := c.at.next()
		if line.Rehearsal.Outcome != document.RehearsalNoHello || line.Offered != nil || line.Survives != tlsready.Unknown || !strings.Contains(english(line.Rehearsal.Proves), c.why) {
			t.Errorf("%s: %s %q", name, line.Rehearsal.Outcome, english(line.Rehearsal.Proves))
		}
	}
	_ = r.dial().Close()
	if _, err := r.get(trusting(t, tls.VersionTLS12, tls.VersionTLS12)); err != nil { // after the one without a word
		t.Error(err)
	}
	if line := r.next(); line.Offered == nil {
		t.Errorf("the connection without a word has a line: %+v", line)
	}
	if sum := r.end().sum; sum.WithoutHello != 6 || sum.Visits != 1 {
		t.Errorf("%+v", sum)
	}
	if sum := hasty.end().sum; sum.WithoutHello != 2 || sum.Visits != 0 {
		t.Errorf("%+v", sum)
	}
}

// Proves that who forgets the s of https is told, in words.
func TestPlainHTTP(t *testing.T) {
	r := start(t, only(tlsready.TLS12), false, nil)
	c := r.dial()
	write(t, c, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	answer, _ := io.ReadAll(c)
	if !strings.Contains(string(answer), "400") || !strings.Contains(string(answer), "https://") {
		t.Errorf("%q", answer)
	}
}

// Proves that a thousand visitors at once are all answered while hundreds stall. Both
// ends of each connection are files of this process, of which some systems allow 4,096.
func TestThousandVisitors(t *testing.T) {
	t.Parallel()
	const n, stalled = 1000, 300
	r := start(t, only(tlsready.TLS12), true, nil)
	var stall []net.Conn
	for range stalled {
		c := r.dial()
		write(t, c, []byte{22, 3, 1}) // and then nothing
		stall = append(stall, c)
	}
	var work sync.WaitGroup
	failed := make(chan error, n)
	for range n {
		work.Go(func() {
			if answer, err := r.get(trusting(t, tls.VersionTLS12, tls.VersionTLS12)); err != nil || answer != "yes" {
				failed <- err
			}
		})
	}
	work.Wait()
	close(failed)
	for err := range failed {
		t.Fatal(err)
	}
	for _, c := range stall {
		_ = c.Close() // the server reads that it is at its end
	}
	for range n + stalled {
		r.next()
	}
	if sum := r.end().sum; sum.Survive != n || sum.WithoutHello != stalled {
		t.Errorf("%+v", sum)
	}
}

// Proves that a client that stalls in the handshake, or after it, is let go.
func TestStalls(t *testing.T) {
	t.Parallel()
	const short = 200 * time.Millisecond // only what stalls has little time
	r := start(t, only(tlsready.TLS12), true, func(s *Server) { s.times = times{ample, short, ample} })
	write(t, r.dial(), hello(t, nil))
	if line := r.next(); line.Rehearsal.Outcome != document.RehearsalBrokenOff || !strings.Contains(english(line.Rehearsal.Proves), "not finished") {
		t.Errorf("in the handshake: %+v", line.Rehearsal)
	}
	r = start(t, only(tlsready.TLS12), true, func(s *Server) { s.times = times{ample, ample, short} })
	c := tls.Client(r.dial(), trusting(t, tls.VersionTLS12, tls.VersionTLS12))
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if line := r.next(); line.Rehearsal.Outcome != document.RehearsalCompleted || !strings.Contains(english(line.Rehearsal.Proves), "without a request") {
		t.Errorf("after it: %+v", line.Rehearsal)
	}
}

// Proves that the end of the server ends the visits, and that an error of the log ends the
// server.
func TestEnd(t *testing.T) {
	t.Parallel()
	r := start(t, only(tlsready.TLS12), true, nil)
	write(t, r.dial(), []byte{22, 3, 1})
	if e := r.end(); e.err != nil { // within its own bound, which is less than the visit may take
		t.Error(e.err)
	}
	full := io.ErrShortWrite
	r = start(t, only(tlsready.TLS12), true, func(s *Server) { s.Line = func(*document.Connection) error { return full } })
	_, _ = r.get(trusting(t, tls.VersionTLS12, tls.VersionTLS12))
	select {
	case e := <-r.ended:
		if e.err != full {
			t.Errorf("%v", e.err)
		}
	case <-time.After(patience):
		t.Error("the server goes on without a log")
	}
}

// hello is the hello of a plain client of TLS 1.2, as records.
func hello(t testing.TB, change func(*wire.ClientHello)) []byte {
	t.Helper()
	h := &wire.ClientHello{
		Version: tlsready.TLS12, RecordVersion: tlsready.TLS10, Random: make([]byte, 32), Compression: []byte{0},
		Suites: []tlsready.Suite{0xc009, 0xc013, 0x2f},
		Extensions: []wire.Extension{
			wire.GroupsExtension([]tlsready.Group{23}), wire.PointFormatsExtension(),
			wire.SignatureAlgorithmsExtension([]tlsready.SignatureScheme{0x0403, 0x0401}), wire.RenegotiationInfoExtension(),
		},
	}
	if change != nil {
		change(h)
	}
	raw, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func helloOf13(t testing.TB) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	go func() {
		_ = tls.Client(b, &tls.Config{ServerName: "lab.example.com", MinVersion: tls.VersionTLS13}).Handshake()
		_ = b.Close()
	}()
	raw := make([]byte, 8<<10)
	n, err := a.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return raw[:n]
}

func write(t testing.TB, c net.Conn, data []byte) {
	t.Helper()
	if _, err := c.Write(data); err != nil {
		t.Fatal(err)
	}
}

// readRecord reads what is the first answer, at least its first record.
func readRecord(t testing.TB, c net.Conn) []byte {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	raw := make([]byte, 16<<10)
	n, err := io.ReadAtLeast(c, raw, 5)
	if err != nil {
		t.Fatal(err)
	}
	return raw[:n]
}

// Proves that a hello whose signature algorithms the library lacks is no failure of the
// client either, though that is found only after a HelloRetryRequest had gone out.
func TestNotCompletedAfterRetry(t *testing.T) {
	r := start(t, only(tlsready.TLS13), true, nil)
	raw := hello(t, func(h *wire.ClientHello) {
		h.Suites, h.SessionID = []tlsready.Suite{0x1301}, make([]byte, 32)
		h.Extensions = []wire.Extension{
			wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13}), wire.GroupsExtension([]tlsready.Group{23}),
			wire.SignatureAlgorithmsExtension([]tlsready.SignatureScheme{0x0808}), wire.KeyShareExtension(),
		}
	})
	c := r.dial()
	write(t, c, raw)
	readRecord(t, c) // the HelloRetryRequest, or an alert if it is found before
	point, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write(t, c, hello(t, func(h *wire.ClientHello) {
		h.Suites, h.SessionID, h.RecordVersion = []tlsready.Suite{0x1301}, make([]byte, 32), tlsready.TLS12
		h.Extensions = []wire.Extension{
			wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13}), wire.GroupsExtension([]tlsready.Group{23}),
			wire.SignatureAlgorithmsExtension([]tlsready.SignatureScheme{0x0808}), wire.KeyShareExtension(wire.KeyShare{Group: 23, Data: point.PublicKey().Bytes()}),
		}
	}))
	if line := r.next(); line.Rehearsal.Outcome != document.RehearsalNotCompleted || line.Survives != tlsready.Yes {
		t.Errorf("%+v, survives %s", line.Rehearsal, line.Survives)
	}
}

// FuzzOpening proves that whatever bytes come, the search for a hello ends within its bound,
// and that what is taken for a hello can be answered.
func FuzzOpening(f *testing.F) {
	f.Add(hello(f, nil))
	f.Add(helloOf13(f))
	f.Add([]byte{0x80, 0x2e, 1, 3, 1, 0, 3, 0, 0, 0, 16})
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := readOpening(&bytesConn{data: data}, time.Second)
		if len(o.raw) > maxHelloBytes+4<<10 {
			t.Errorf("%d bytes were read", len(o.raw))
		}
		if o.hello == nil {
			return
		}
		offer := o.hello.Offer()
		_ = tlsready.Negotiate(offer, anything())
		if v := alertVersion(o.hello.ClientHello); v < tlsready.SSL30 || v > tlsready.TLS12 {
			t.Errorf("an alert in %s", v)
		}
		if name := profileName(o.hello.ClientHello); strings.ContainsAny(name, "/\\") || len(name) > 80 {
			t.Errorf("the file %q", name)
		}
	})
}

// bytesConn gives what it has, and then the end.
type bytesConn struct {
	net.Conn
	data []byte
}

func (c *bytesConn) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}
