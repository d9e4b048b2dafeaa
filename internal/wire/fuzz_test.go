package wire

import (
	"bytes"
	"crypto/tls"
	"testing"

	"tlsready"
)

// FuzzClientHello proves that whatever is read as a hello is written again byte for
// byte, and that no view of it panics.
func FuzzClientHello(f *testing.F) {
	f.Add(clientHello(f, &tls.Config{ServerName: "lab.example.com", NextProtos: []string{"h2"}})[5:])
	f.Add(clientHello(f, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})[5:])
	f.Add([]byte("\x01\x03\x01\x00\x03\x00\x00\x00\x10\x00\x00\x2f0123456789abcdef"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		for _, parse := range []func([]byte) (*ClientHello, error){ParseClientHello, ParseSSL2ClientHello} {
			h, err := parse(msg)
			if err != nil {
				continue
			}
			again, err := h.Marshal()
			if err != nil || !bytes.Equal(again, msg) {
				t.Fatalf("%x is written as %x, %v", msg, again, err)
			}
			h.ServerName()
			h.ALPN()
			h.KeyShares()
			o := h.Offer()
			if _, err := FromOffer(o, HelloOptions{Random: make([]byte, 32), Style: SchannelStyle(20348)}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzServerMessages proves that no message of a server panics its reader, and that
// hellos and chains are written again as they came.
func FuzzServerMessages(f *testing.F) {
	f.Add([]byte("\x0b\x00\x00\x09\x00\x00\x06\x00\x00\x03abc"), uint32(0xc02f), uint16(0x0303))
	f.Add([]byte("\x0c\x00\x00\x06\x03\x00\x17\x00\x04\x01"), uint32(0xc02f), uint16(0x0303))
	f.Add([]byte("\x0d\x00\x00\x04\x01\x01\x00\x00"), uint32(0x2f), uint16(0x0301))
	f.Add([]byte("\x0b\x00\x00\x0d\x00\x00\x00\x09\x00\x00\x03abc\x00\x01\x00"), uint32(0x1301), uint16(0x0304))
	f.Add([]byte("\x0f\x00\x00\x05\x04\x03\x00\x01x"), uint32(0x1301), uint16(0x0304))
	f.Add([]byte("\x0d\x00\x00\x0b\x00\x00\x08\x00\x0d\x00\x04\x00\x02\x04\x03"), uint32(0x1301), uint16(0x0304))
	hello, _ := (&ServerHello{Version: tlsready.TLS12, Random: make([]byte, 32), Suite: 0x2f, Extensions: []Extension{{ExtKeyShare, []byte{0, 29}}}}).Marshal()
	f.Add(hello, uint32(0x33), uint16(0x0301))
	f.Fuzz(func(t *testing.T, msg []byte, suite uint32, version uint16) {
		if h, err := ParseServerHello(msg); err == nil {
			h.Selected()
			h.Group()
			if again, err := h.Marshal(); err != nil || !bytes.Equal(again, msg) {
				t.Fatalf("%x is written as %x, %v", msg, again, err)
			}
		}
		if chain, err := ParseCertificate(msg); err == nil {
			if again, err := MarshalCertificate(chain); err != nil || !bytes.Equal(again, msg) {
				t.Fatalf("%x is written as %x, %v", msg, again, err)
			}
		}
		if chain, _, err := ParseCertificate13(msg); err == nil && len(chain) > maxChain {
			t.Fatalf("a chain of %d", len(chain))
		}
		_, _ = ParseCertificateVerify(msg)
		_, _ = ParseCertificateRequest13(msg)
		_, _ = ParseSSL2ServerHello(msg)
		_, _ = ParseCertificateStatus(msg)
		_, _ = ParseServerKeyExchange(msg, tlsready.Suite(suite), tlsready.Version(version))
		_, _ = ParseCertificateRequest(msg, tlsready.Version(version))
	})
}

// FuzzReader proves that the same bytes give the same messages in one write and in
// many, within the limits of memory.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x04\x0e\x00\x00\x00\x15\x03\x03\x00\x02\x02\x28"), uint8(1))
	f.Add([]byte("\x80\x03\x00\x00\x01"), uint8(3))
	f.Add([]byte("\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x06\x01\x00\x00\x02\x03\x03"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var whole, parts Reader
		whole.Write(stream)
		want, wantErr := drain(t, &whole)
		var got []Message
		var gotErr error
		for rest := stream; len(rest) > 0 && gotErr == nil; {
			n := min(int(size)+1, len(rest))
			parts.Write(rest[:n])
			rest = rest[n:]
			var more []Message
			more, gotErr = drain(t, &parts)
			got = append(got, more...)
		}
		if len(got) != len(want) || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("in parts of %d: %d messages and %v; at once %d and %v", int(size)+1, len(got), gotErr, len(want), wantErr)
		}
		for i := range got {
			if !bytes.Equal(got[i].Data, want[i].Data) || got[i].Offset != want[i].Offset || got[i].Encrypted != want[i].Encrypted {
				t.Fatalf("message %d: %+v, want %+v", i, got[i], want[i])
			}
		}
	})
}

func drain(t *testing.T, r *Reader) (list []Message, err error) {
	for {
		m, ok, err := r.Next()
		if err != nil || !ok {
			return list, err
		}
		if len(m.Data) > MaxHandshake+4 || len(r.handshake) > MaxHandshake+4+MaxRecord {
			t.Fatalf("%d bytes in a message, %d kept", len(m.Data), len(r.handshake))
		}
		m.Data = bytes.Clone(m.Data)
		list = append(list, m)
	}
}
