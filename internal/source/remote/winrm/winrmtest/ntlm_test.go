package winrmtest

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Proves the server's side of NTLM with the examples of MS-NLMP 4.2.4: the key of
// "Password", the check of the response, the session key, and the encryption.
func TestVectors(t *testing.T) {
	owf := ntowf("User", "Domain", "Password")
	if want := unhex(t, "0c868a403bfd7a93a3001ef22ef02e3f"); !bytes.Equal(owf, want) {
		t.Errorf("NTOWFv2 %x, want %x", owf, want)
	}
	response := unhex(t, "68cd0ab851e51c96aabc927bebef6a1c"+ // NTProofStr
		"0101000000000000"+"0000000000000000"+"aaaaaaaaaaaaaaaa"+"00000000"+
		"02000c0044006f006d00610069006e00"+"01000c00530065007200760065007200"+"00000000"+"00000000")
	nonce := unhex(t, "0123456789abcdef")
	base, err := sessionBase(response, nonce, owf)
	if want := unhex(t, "8de40ccadbc14a82f15cb0ad0de95ca3"); err != nil || !bytes.Equal(base, want) {
		t.Errorf("session base key %x, want %x (%v)", base, want, err)
	}
	if _, err := sessionBase(response, nonce, ntowf("User", "Domain", "password")); err == nil {
		t.Error("another password is taken")
	}
	s, err := newSession(bytes.Repeat([]byte{0x55}, 16))
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.unseal(unhex(t, "010000007fb38ec5c55d497600000000"), unhex(t, "54e50165bf1936dc996020c1811b0f06fb5f"))
	if err != nil || narrow(text) != "Plaintext" {
		t.Errorf("decrypted %q %v", text, err)
	}
	if _, err := s.unseal(unhex(t, "010000007fb38ec5c55d497600000000"), unhex(t, "54e50165bf1936dc996020c1811b0f06fb5f")); err == nil {
		t.Error("a message was taken twice")
	}
}
