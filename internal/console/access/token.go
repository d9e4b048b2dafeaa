package access

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"tlsready/internal/store"
)

// A token is "tlsready_", its kind, 160 random bits and a checksum of all that: those who
// look for secrets that were published find it by its beginning, and what was cut off or
// mistyped is told from what is unknown, without a look into the store.
const (
	tokenMark   = "tlsready_"
	tokenBytes  = 20
	tokenLength = 32 // of the bits in base32
	checkLength = 7  // of four bytes in base32
)

// letters are those of RFC 4648, section 6, in small letters: a double click takes all of
// a token, and no shell or batch file has a meaning for any of them.
var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken makes the secret of a token. What is kept of it is [store.TokenHash].
func NewToken(kind store.TokenKind) string {
	bits := make([]byte, tokenBytes)
	_, _ = rand.Read(bits) // it never fails (crypto/rand)
	text := tokenMark + string(kind) + "_" + letters.EncodeToString(bits)
	return text + checksum(text)
}

func checksum(text string) string {
	return letters.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// whole says whether a text can be a token: if it is one that was not cut off.
func whole(text string) bool {
	rest, ok := strings.CutPrefix(text, tokenMark)
	kind, secret, found := strings.Cut(rest, "_")
	if !ok || !found || len(secret) != tokenLength+checkLength {
		return false
	}
	switch store.TokenKind(kind) {
	case store.TokenAPI, store.TokenEnrol, store.TokenWorker:
		return text[len(text)-checkLength:] == checksum(text[:len(text)-checkLength])
	}
	return false
}

// CertificateHash stands in the place of a token's hash for a worker that signs in with a
// certificate of a name.
func CertificateHash(name string) store.Hash {
	return store.TokenHash("certificate:" + strings.ToLower(name))
}
