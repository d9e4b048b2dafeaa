package winrm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"tlsready/internal/source/remote/peer"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Proves sealing with the example of MS-NLMP 4.2.4.4: a session key of sixteen
// 0x55, the text "Plaintext", and the first message.
func TestSealVector(t *testing.T) {
	s, err := newSealer(bytes.Repeat([]byte{0x55}, 16))
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, "47 88 dc 86 1b 47 82 f3 5d 43 fd 98 fe 1a 2d 39"); !bytes.Equal(s.out.signing, want) {
		t.Errorf("signing key %x, want %x", s.out.signing, want)
	}
	signature, sealed := s.seal(unhex(t, "50 00 6c 00 61 00 69 00 6e 00 74 00 65 00 78 00 74 00"))
	if want := unhex(t, "54 e5 01 65 bf 19 36 dc 99 60 20 c1 81 1b 0f 06 fb 5f"); !bytes.Equal(sealed, want) {
		t.Errorf("sealed %x, want %x", sealed, want)
	}
	if want := unhex(t, "01 00 00 00 7f b3 8e c5 c5 5d 49 76 00 00 00 00"); !bytes.Equal(signature, want) {
		t.Errorf("signature %x, want %x", signature, want)
	}
	if s.out.number != 1 {
		t.Errorf("the next message has the number %d", s.out.number)
	}
}

// reverse is the machine's side of a sealer.
func reverse(t testing.TB, key []byte) *sealer {
	t.Helper()
	s, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	return &sealer{out: s.in, in: s.out}
}

// Proves that an encrypted message is read back, and that one that is changed,
// repeated, left out or cut is refused.
func TestDisclose(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 16)
	messages := func() (ours, theirs *sealer) {
		ours, err := newSealer(key)
		if err != nil {
			t.Fatal(err)
		}
		return ours, reverse(t, key)
	}
	ours, theirs := messages()
	for _, text := range []string{"<a/>", "", strings.Repeat("--Encrypted Boundary\r\n", 3), "表\x00\xff"} {
		got, err := ours.disclose(sealedType, theirs.enclose([]byte(text)))
		if err != nil || string(got) != text {
			t.Errorf("%q came back as %q (%v)", text, got, err)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(first, second []byte) []byte
	}{
		{"changed", func(a, _ []byte) []byte { a[len(a)-26] ^= 1; return a }},
		{"left out", func(_, b []byte) []byte { return b }},
		{"cut", func(a, _ []byte) []byte { return a[:len(a)-26] }},
		{"longer than said", func(a, _ []byte) []byte { return bytes.Replace(a, []byte("Length=5"), []byte("Length=4"), 1) }},
		{"shorter than said", func(a, _ []byte) []byte { return bytes.Replace(a, []byte("Length=5"), []byte("Length=99"), 1) }},
		{"no length", func(a, _ []byte) []byte { return bytes.Replace(a, []byte("Length=5"), []byte("Length=-5"), 1) }},
		{"huge", func(a, _ []byte) []byte { return bytes.Replace(a, []byte("Length=5"), []byte("Length=99999999"), 1) }},
		{"no signature", func(a, _ []byte) []byte { return bytes.Replace(a, []byte{16, 0, 0, 0}, []byte{0, 0, 0, 0}, 1) }},
		{"something before it", func(a, _ []byte) []byte { return append([]byte("x"), a...) }},
		{"something after it", func(a, _ []byte) []byte { return append(a, "x"...) }},
		{"another kind", func(a, _ []byte) []byte { return bytes.Replace(a, []byte("octet-stream"), []byte("plain"), 1) }},
		{"plain", func([]byte, []byte) []byte { return []byte("<s:Envelope/>") }},
	} {
		ours, theirs := messages()
		first, second := theirs.enclose([]byte("<a1/>")), theirs.enclose([]byte("<a2/>"))
		if got, err := ours.disclose(sealedType, c.spoil(first, second)); err == nil {
			t.Errorf("%s: read as %q", c.name, got)
		}
	}
	ours, theirs = messages()
	one := theirs.enclose([]byte("<a/>"))
	if _, err := ours.disclose(soapType, one); err == nil {
		t.Error("a message that is not said to be encrypted was decrypted")
	}
	if _, err := ours.disclose(sealedType, one); err != nil {
		t.Error(err)
	}
	if _, err := ours.disclose(sealedType, one); err == nil {
		t.Error("a message was taken twice")
	}
}

// Proves that user and domain go into the log-in as Windows keeps them, and that
// encryption is asked for in the bytes that the library signs.
func TestNegotiate(t *testing.T) {
	for _, c := range []struct{ user, domain, wantUser, wantDomain string }{
		{"admin", "", "admin", ""},
		{"admin", "CORP", "admin", "CORP"},
		{"admin@corp.example", "", "admin", "corp.example"},
	} {
		n := newNTLM(peer.Target{User: c.user, Domain: c.domain, Host: "fs01"}, peer.NewSecret("x"))
		if n.initiator.User != c.wantUser || n.initiator.Domain != c.wantDomain {
			t.Errorf("%s: %q %q", c.user, n.initiator.User, n.initiator.Domain)
		}
		token, err := n.negotiate()
		if err != nil || binary.LittleEndian.Uint32(token[negotiateFlagsAt:])&sealing != sealing {
			t.Errorf("%x %v", token, err)
		}
	}
}

// FuzzChallenge proves that no challenge breaks the log-in, and that one that does
// not agree to all that sealing needs gives no encryption.
func FuzzChallenge(f *testing.F) {
	good := unhex(f, "4e544c4d53535000 02000000 0c000c0038000000 358289e2 0123456789abcdef 0000000000000000 2400240044000000 0600801f0000000f"+
		"530065007200760065007200"+"02000c0044006f006d00610069006e00"+"01000c00530065007200760065007200"+"00000000")
	f.Add(good)
	f.Add(good[:56])
	f.Add(unhex(f, "4e544c4d53535000 02000000 0000000038000000 358289e2 0123456789abcdef 0000000000000000 0900090038000000 0600801f0000000f 0600010000 00000000"))
	f.Fuzz(func(t *testing.T, challenge []byte) {
		n := newNTLM(peer.Target{User: "User", Domain: "Domain", Host: "fs01"}, peer.NewSecret("Password"))
		if _, err := n.negotiate(); err != nil {
			t.Fatal(err)
		}
		agreed := uint32(0)
		if len(challenge) >= 24 {
			agreed = binary.LittleEndian.Uint32(challenge[20:])
		}
		token, err := n.authenticate(challenge)
		if err != nil {
			return
		}
		if s, err := n.sealer(token); (err == nil) != (agreed&sealing == sealing) || (s == nil) != (err != nil) {
			t.Errorf("flags %x: %v", agreed, err)
		}
	})
}

// FuzzSplitSealed proves that what is taken for signature and text of an encrypted
// message is a part of it, and within the limit.
func FuzzSplitSealed(f *testing.F) {
	s, err := newSealer(bytes.Repeat([]byte{1}, 16))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealedType, s.enclose([]byte("<a/>")))
	f.Add(sealedType, s.enclose(nil))
	f.Add(`multipart/encrypted; protocol="application/http-spnego-session-encrypted"; boundary=x`, []byte("--x\r\nLength=0\r\n--x\r\n"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		signature, sealed, err := splitSealed(kind, body)
		if err != nil {
			return
		}
		if len(signature) != signatureSize || len(sealed) > maxAnswer || !bytes.Contains(body, append(bytes.Clone(signature), sealed...)) {
			t.Errorf("signature %x, text of %d bytes", signature, len(sealed))
		}
	})
}
