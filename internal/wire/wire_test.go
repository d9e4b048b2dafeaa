package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tlsready"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clientHello is what crypto/tls sends with that configuration.
func clientHello(t testing.TB, config *tls.Config) []byte {
	client, server := net.Pipe()
	defer server.Close()
	go func() { _ = tls.Client(client, config).Handshake(); client.Close() }()
	buf := make([]byte, 8192)
	n, err := server.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

func readAll(t testing.TB, r *Reader) []Message {
	t.Helper()
	var list []Message
	for {
		m, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return list
		}
		m.Data = bytes.Clone(m.Data)
		list = append(list, m)
	}
}

// TestClientHelloOfCryptoTLS proves that a hello of a live TLS client is read and
// written again, with the views and the offer that its configuration says.
func TestClientHelloOfCryptoTLS(t *testing.T) {
	stream := clientHello(t, &tls.Config{
		ServerName: "lab.example.com", NextProtos: []string{"h2", "http/1.1"},
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}, MinVersion: tls.VersionTLS11,
	})
	var r Reader
	r.Write(stream)
	m := readAll(t, &r)[0]
	h, err := ParseClientHello(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	h.RecordVersion = m.RecordVersion
	if again, err := h.Records(0); err != nil || !bytes.Equal(again, stream) {
		t.Errorf("written again: %x, %v\nwas %x", again, err, stream)
	}
	o := h.Offer()
	versions := []tlsready.OfferedVersion{{Version: tlsready.TLS13}, {Version: tlsready.TLS12}, {Version: tlsready.TLS11}}
	if !o.Exact || !o.ServerName || !reflect.DeepEqual(o.Versions, versions) {
		t.Errorf("offer %+v", o)
	}
	if h.ServerName() != "lab.example.com" || !slices.Equal(h.ALPN(), []string{"h2", "http/1.1"}) || h.Max() != tlsready.TLS13 {
		t.Errorf("server name %q, ALPN %q, maximum %v", h.ServerName(), h.ALPN(), h.Max())
	}
	if g := h.Groups(); !slices.Equal(g, []tlsready.Group{tlsready.X25519, tlsready.Secp256r1}) {
		t.Errorf("groups %v", g)
	}
	if k := h.KeyShares(); len(k) != 1 || k[0].Group != tlsready.X25519 || len(k[0].Data) != 32 {
		t.Errorf("key shares %v", k)
	}
}

// TestGREASE proves that GREASE and signalling suites are no part of an offer, and
// stay in the hello.
func TestGREASE(t *testing.T) {
	h := &ClientHello{
		Version: tlsready.TLS12, Random: make([]byte, 32), Compression: []byte{0},
		Suites: []tlsready.Suite{0x2a2a, 0x1301, 0x00ff, 0xc02f, 0x5600},
		Extensions: []Extension{
			{Type: 0x1a1a, Data: []byte{0}},
			SupportedVersionsExtension([]tlsready.Version{0x3a3a, tlsready.TLS13, tlsready.TLS12}),
			GroupsExtension([]tlsready.Group{0x4a4a, tlsready.X25519}),
			SignatureAlgorithmsExtension([]tlsready.SignatureScheme{0xfafa, tlsready.RSAPSSRSAESHA256}),
		},
	}
	o := h.Offer()
	if len(o.Versions) != 2 || len(o.Suites) != 2 || len(o.Groups) != 1 || len(o.SignatureAlgorithms) != 1 {
		t.Errorf("offer %+v", o)
	}
	msg, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseClientHello(msg); err != nil || !slices.Equal(again.Suites, h.Suites) {
		t.Errorf("%+v, %v", again, err)
	}
	grease := 0
	for code := range 0x10000 {
		if IsGREASE(uint16(code)) {
			grease++
		}
	}
	if grease != 16 { // RFC 8701 section 2
		t.Errorf("%d GREASE values, want 16", grease)
	}
}

// TestOfferWithoutSupportedVersions proves that such a hello states its maximum
// alone.
func TestOfferWithoutSupportedVersions(t *testing.T) {
	h := &ClientHello{Version: tlsready.TLS11, Suites: []tlsready.Suite{0x2f}}
	if o := h.Offer(); o.Exact || o.Max() != tlsready.TLS11 || len(o.Versions) != 1 {
		t.Errorf("offer %+v", o)
	}
}

// TestReaderFragments proves that messages come out the same however the bytes are
// cut into records and reads.
func TestReaderFragments(t *testing.T) {
	done := []byte{14, 0, 0, 0}
	long := append([]byte{11, 0, 0x9c, 0x40}, make([]byte, 40000)...)
	content := slices.Concat(done, long, done)
	for _, fragment := range []int{1, 3, 4, 5, 512, 0} {
		stream := append(Records(ContentHandshake, tlsready.TLS12, content, fragment), 21, 3, 3, 0, 2, 2, 40)
		for _, size := range []int{1, 7, 1000, len(stream)} {
			var r Reader
			var got []Message
			for rest := stream; len(rest) > 0; {
				n := min(size, len(rest))
				r.Write(rest[:n])
				rest = rest[n:]
				got = append(got, readAll(t, &r)...)
			}
			if len(got) != 4 || !bytes.Equal(got[1].Data, long) || got[2].Type != TypeServerHelloDone || got[3].Alert != (Alert{Fatal, HandshakeFailure}) {
				t.Fatalf("records of %d, reads of %d: %d messages", fragment, size, len(got))
			}
			if r.Pending() {
				t.Errorf("records of %d: bytes are left over", fragment)
			}
		}
	}
}

// TestReaderLimits proves that a stream is given up, with the offset named, before
// a peer has us keep what it announced.
func TestReaderLimits(t *testing.T) {
	for _, c := range []struct{ name, stream, want string }{
		{"record", "16 0303 4801", "offset 0: a record of 18433 bytes"},
		{"record in the middle", "16 0303 0004 0e000000 16 0303 ffff", "offset 9: a record of 65535 bytes"},
		{"handshake message", "16 0303 0004 0bffffff", "a handshake message of 16777215 bytes"},
		{"empty records", strings.Repeat("17 0303 0000", MaxEmptyRecords+1), "more than 32 empty records"},
		{"http", hex.EncodeToString([]byte("HTTP/1.1 400 Bad Request\r\n")), `not a TLS record: "HTTP/1.1 400`},
		{"version", "16 0503 0001 00", "not a TLS record"},
		{"ssl 2.0 of an unknown kind", "8003 070000", "not a TLS record"},
	} {
		var r Reader
		r.Write(unhex(t, c.stream))
		var err error
		for ok := true; ok && err == nil; {
			_, ok, err = r.Next()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, _, again := r.Next(); again != err {
			t.Errorf("%s: the second error is %v", c.name, again)
		}
	}
	var notTLS *NotTLSError
	var r Reader
	r.Write([]byte("220 mail.example.com ESMTP\r\n"))
	if _, _, err := r.Next(); !errors.As(err, &notTLS) || !strings.HasPrefix(string(notTLS.First), "220 ") {
		t.Errorf("%v", err)
	}
}

// TestReaderAfterChange proves that what comes after the change of keys is marked
// as encrypted, except a second hello after a HelloRetryRequest.
func TestReaderAfterChange(t *testing.T) {
	second := unhex(t, "16 0303 002a 0100 0026 0303")
	second = append(second, make([]byte, 36)...)
	var r Reader
	r.Write(unhex(t, "14 0303 0001 01 16 0303 0008 00112233 44556677"))
	r.Write(second)
	r.Write(unhex(t, "17 0303 0002 abcd 15 0303 0013"))
	r.Write(make([]byte, 19))
	got := readAll(t, &r)
	encrypted := []bool{false, true, false, true, true}
	if len(got) != len(encrypted) {
		t.Fatalf("%d messages", len(got))
	}
	for i, m := range got {
		if m.Encrypted != encrypted[i] {
			t.Errorf("message %d: encrypted %v", i, m.Encrypted)
		}
	}
}

// TestSSL2 proves the forms of SSL 2.0 both ways.
func TestSSL2(t *testing.T) {
	h := &ClientHello{SSL2: true, Version: tlsready.TLS10, Suites: []tlsready.Suite{0x010080, 0x00002f}, Random: bytes.Repeat([]byte{7}, 16)}
	stream, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, "801f 01 0301 0006 0000 0010 010080 00002f 07070707070707070707070707070707"); !bytes.Equal(stream, want) {
		t.Errorf("%x, want %x", stream, want)
	}
	var r Reader
	if _, err := io.Copy(&r, iotest.OneByteReader(bytes.NewReader(stream))); err != nil {
		t.Fatal(err)
	}
	m := readAll(t, &r)[0]
	if again, err := ParseSSL2ClientHello(m.Data); err != nil || !reflect.DeepEqual(again.Suites, h.Suites) || again.Version != tlsready.TLS10 {
		t.Errorf("%+v, %v", again, err)
	}
	answer, err := ParseSSL2ServerHello(unhex(t, "04 00 01 0002 0002 0003 0001 aabb 010080 cc"))
	if err != nil || len(answer.Suites) != 1 || answer.Suites[0] != 0x010080 || len(answer.Certificate) != 2 {
		t.Errorf("%+v, %v", answer, err)
	}
	for _, bad := range []string{"", "05", "04 00 01 0002 ffff 0003 0001 aabb", "04 00 01 0002 0000 0004 0000 01008001"} {
		if h, err := ParseSSL2ServerHello(unhex(t, bad)); err == nil {
			t.Errorf("%q gives %+v", bad, h)
		}
	}
}

// TestServerFlight proves that the messages of a server up to TLS 1.2 are read as
// the documents have them.
func TestServerFlight(t *testing.T) {
	suite := func(name string) tlsready.Suite {
		s, err := tlsready.ParseSuite(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	prime := "0080 ff" + strings.Repeat("00", 127)
	short := "0080 00 7f" + strings.Repeat("00", 126)
	for _, c := range []struct {
		suite   string
		version tlsready.Version
		body    string
		want    ServerKeyExchange
	}{
		{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", tlsready.TLS12, "03 0017 02 0000 0401 0000", ServerKeyExchange{Group: tlsready.Secp256r1, Scheme: tlsready.RSAPKCS1SHA256}},
		{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", tlsready.TLS10, "03 0018 02 0000 0000", ServerKeyExchange{Group: tlsready.Secp384r1}},
		{"TLS_ECDH_anon_WITH_AES_128_CBC_SHA", tlsready.TLS12, "03 001d 02 0000", ServerKeyExchange{Group: tlsready.X25519}},
		{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", tlsready.TLS12, "01 0401", ServerKeyExchange{}},
		{"TLS_DHE_RSA_WITH_AES_128_CBC_SHA", tlsready.TLS12, prime + "0001 02 0001 03 0201", ServerKeyExchange{DHBits: 1024, Scheme: tlsready.RSAPKCS1SHA1}},
		{"TLS_DH_anon_WITH_AES_128_CBC_SHA", tlsready.TLS10, short + "0001 02 0001 03", ServerKeyExchange{DHBits: 1015}},
		{"TLS_RSA_EXPORT_WITH_RC4_40_MD5", tlsready.TLS10, "0040 80" + strings.Repeat("00", 63) + "0003 010001", ServerKeyExchange{RSA: 512}},
		{"TLS_DHE_PSK_WITH_AES_128_CBC_SHA", tlsready.TLS12, "0002 6869" + prime + "0001 02 0001 03", ServerKeyExchange{DHBits: 1024}},
		{"TLS_PSK_WITH_AES_128_CBC_SHA", tlsready.TLS12, "0002 6869", ServerKeyExchange{}},
	} {
		body := unhex(t, c.body)
		msg := append([]byte{12, 0, byte(len(body) >> 8), byte(len(body))}, body...)
		got, err := ParseServerKeyExchange(msg, suite(c.suite), c.version)
		if err != nil || *got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.suite, got, err, c.want)
		}
	}
	chain := [][]byte{{1, 2, 3}, {4}}
	msg, err := MarshalCertificate(chain)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseCertificate(msg); err != nil || !reflect.DeepEqual(got, chain) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ParseCertificateStatus(unhex(t, "16 000007 01 000003 010203")); err != nil || !bytes.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("%v, %v", got, err)
	}
	request := unhex(t, "0d 00000f 02 0140 0004 0401 0403 0004 0002 3000")
	got, err := ParseCertificateRequest(request, tlsready.TLS12)
	if err != nil || len(got.Types) != 2 || len(got.Schemes) != 2 || len(got.Authorities) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestServerHelloDrafts proves that a HelloRetryRequest, a downgraded answer and
// the short hello of old drafts are told apart.
func TestServerHelloDrafts(t *testing.T) {
	retry := &ServerHello{
		Version: tlsready.TLS12, Random: []byte(retryRandom), Suite: 0x1301,
		Extensions: []Extension{{ExtKeyShare, []byte{0, 0x1d}}, {ExtSupportedVersions, []byte{3, 4}}},
	}
	draft := &ServerHello{Version: 0x7f12, Random: make([]byte, 32), Suite: 0x1301, Extensions: []Extension{}}
	old := &ServerHello{Version: tlsready.TLS10, Random: make([]byte, 32), SessionID: []byte{1}, Suite: 0x2f}
	for _, c := range []struct {
		h        *ServerHello
		retry    bool
		selected tlsready.Version
		group    tlsready.Group
	}{{retry, true, tlsready.TLS13, tlsready.X25519}, {draft, false, 0x7f12, 0}, {old, false, tlsready.TLS10, 0}} {
		msg, err := c.h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseServerHello(msg)
		if err != nil {
			t.Fatal(err)
		}
		if got.IsRetry() != c.retry || got.Selected() != c.selected || got.Group() != c.group || got.Suite != c.h.Suite {
			t.Errorf("%+v", got)
		}
	}
}

// TestTooLong proves that a hello that does not fit its own lengths is an error.
func TestTooLong(t *testing.T) {
	for _, h := range []*ClientHello{
		{Random: make([]byte, 31)},
		{Random: make([]byte, 32), SessionID: make([]byte, 256)},
		{Random: make([]byte, 32), Suites: make([]tlsready.Suite, 1<<15)},
		{Random: make([]byte, 32), Suites: []tlsready.Suite{0x010080}},
		{Random: make([]byte, 32), Extensions: []Extension{ServerNameExtension(strings.Repeat("x", 1<<16))}},
		{Random: make([]byte, 32), Extensions: []Extension{KeyShareExtension(KeyShare{Data: make([]byte, 1<<16)})}},
		{SSL2: true, Suites: make([]tlsready.Suite, 1<<16)},
	} {
		if msg, err := h.Records(0); err == nil {
			t.Errorf("%d bytes without an error", len(msg))
		}
	}
}

// TestBadMessages proves that damaged messages are errors.
func TestBadMessages(t *testing.T) {
	good := clientHello(t, &tls.Config{ServerName: "lab.example.com"})[5:]
	for n := range good {
		if h, err := ParseClientHello(good[:n]); err == nil {
			t.Fatalf("cut after %d bytes: %+v", n, h)
		}
		cut := bytes.Clone(good[:n])
		if n < 4 {
			continue
		}
		cut[2], cut[3] = byte((n-4)>>8), byte(n-4)
		if h, err := ParseClientHello(cut); err == nil && h.Extensions != nil {
			t.Fatalf("cut after %d bytes with its length set: %+v", n, h)
		}
	}
	for _, bad := range []string{"0b 000003 000001", "0b 000006 000003 000005", "0b 000001 00"} {
		if chain, err := ParseCertificate(unhex(t, bad)); err == nil {
			t.Errorf("%s gives %x", bad, chain)
		}
	}
}

// answerTo gives the first messages with which a crypto/tls server answers a hello,
// and what it understood.
func answerTo(t *testing.T, hello []byte, config *tls.Config) (tls.ClientHelloInfo, []Message) {
	client, server := net.Pipe()
	defer client.Close()
	var info tls.ClientHelloInfo
	config.GetConfigForClient = func(i *tls.ClientHelloInfo) (*tls.Config, error) { info = *i; return nil, nil }
	go func() { _ = tls.Server(server, config).Handshake(); server.Close() }()
	_ = client.SetDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = client.Write(hello) }()
	var r Reader
	var got []Message
	buf := make([]byte, 4096)
	for {
		n, err := client.Read(buf)
		r.Write(buf[:n])
		got = append(got, readAll(t, &r)...)
		if err != nil || len(got) > 0 {
			return info, got
		}
	}
}

func testCertificate(t testing.TB) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"lab.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestFromOffer proves that a hello made from an offer says that offer again, and
// that a real server understands it.
func TestFromOffer(t *testing.T) {
	windows := func(suites []tlsready.OfferedSuite, versions ...tlsready.Version) tlsready.Offer {
		o := tlsready.Offer{Exact: true, ServerName: true, Suites: suites}
		for _, v := range versions {
			o.Versions = append(o.Versions, tlsready.OfferedVersion{Version: v})
		}
		for _, g := range []tlsready.Group{tlsready.Secp256r1, tlsready.Secp384r1} {
			o.Groups = append(o.Groups, tlsready.OfferedGroup{Group: g})
		}
		for _, s := range []tlsready.SignatureScheme{tlsready.RSAPKCS1SHA256, tlsready.ECDSAP256SHA256} {
			o.SignatureAlgorithms = append(o.SignatureAlgorithms, tlsready.OfferedScheme{Scheme: s})
		}
		return o
	}
	old := []tlsready.OfferedSuite{{Suite: 0xc02b, Group: tlsready.Secp256r1}, {Suite: 0xc00a, Group: tlsready.Secp256r1}, {Suite: 0xc00a, Group: tlsready.Secp384r1}, {Suite: 0x2f}, {Suite: 0x0a, Maybe: true}, {Suite: 0x010080}}
	for _, c := range []struct {
		name       string
		offer      tlsready.Offer
		build      int
		extensions []ExtensionType
		suites     int
		want       tlsready.Version // what crypto/tls answers with
	}{
		{"windows 7, tls 1.0", windows(old, tlsready.TLS10), 7601, []ExtensionType{ExtRenegotiationInfo, ExtServerName, ExtStatusRequest, ExtSupportedGroups, ExtECPointFormats}, 2, tlsready.TLS10},
		{"windows 7, tls 1.2", windows(old, tlsready.TLS10, tlsready.TLS12), 7601, []ExtensionType{ExtServerName, ExtStatusRequest, ExtSupportedGroups, ExtECPointFormats, ExtSignatureAlgorithms, ExtRenegotiationInfo}, 3, tlsready.TLS12},
		{"windows 10", windows(old, tlsready.TLS12), 17763, []ExtensionType{ExtServerName, ExtStatusRequest, ExtSupportedGroups, ExtECPointFormats, ExtSignatureAlgorithms, ExtSessionTicket, ExtExtendedMasterSecret, ExtRenegotiationInfo}, 3, tlsready.TLS12},
		{"windows 11", windows(append([]tlsready.OfferedSuite{{Suite: 0x1301}}, old...), tlsready.TLS12, tlsready.TLS13), 22000, []ExtensionType{ExtServerName, ExtStatusRequest, ExtSupportedGroups, ExtECPointFormats, ExtSignatureAlgorithms, ExtSessionTicket, ExtExtendedMasterSecret, ExtSupportedVersions, ExtPSKModes, ExtKeyShare, ExtRenegotiationInfo}, 4, tlsready.TLS13},
		{"windows 2000, ssl 3.0", windows(old, tlsready.SSL30), 2195, nil, 2, 0},
		{"windows xp, ssl 2.0 and tls 1.0", windows(old, tlsready.SSL20, tlsready.TLS10), 2600, nil, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := FromOffer(c.offer, HelloOptions{Random: make([]byte, 32), ServerName: "lab.example.com", Style: SchannelStyle(c.build)})
			if err != nil {
				t.Fatal(err)
			}
			var order []ExtensionType
			for _, e := range h.Extensions {
				order = append(order, e.Type)
			}
			if !slices.Equal(order, c.extensions) || len(h.Suites) != c.suites {
				t.Errorf("extensions %v, suites %v", order, h.Suites)
			}
			stream, err := h.Records(0)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == 0 {
				return
			}
			info, got := answerTo(t, stream, &tls.Config{Certificates: []tls.Certificate{testCertificate(t)}, MinVersion: tls.VersionTLS10})
			if len(got) == 0 || got[0].Type != TypeServerHello {
				t.Fatalf("the answer is %+v", got)
			}
			answer, err := ParseServerHello(got[0].Data)
			if err != nil || answer.Selected() != c.want || info.ServerName != "lab.example.com" {
				t.Errorf("%v, %v, server name %q", answer.Selected(), err, info.ServerName)
			}
			var suites []uint16
			for _, s := range h.Suites {
				suites = append(suites, uint16(s))
			}
			if !slices.Equal(info.CipherSuites, suites) {
				t.Errorf("the server saw %x, sent were %x", info.CipherSuites, suites)
			}
		})
	}
	if h, err := FromOffer(tlsready.Offer{}, HelloOptions{}); err == nil {
		t.Errorf("an empty offer gives %+v", h)
	}
}
