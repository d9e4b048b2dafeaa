package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"tlsready/internal/message"

	"golang.org/x/crypto/chacha20poly1305"

	"tlsready"
)

// ServerKeys opens the encrypted part of a server's first flight in TLS 1.3: the
// keys of the handshake, without those of application data (RFC 8446 section 7.1).
// It is for looking: nothing is ever sent with them.
type ServerKeys struct {
	aead cipher.AEAD
	iv   []byte
	next uint64 // number of the next record
}

// ErrNotOpened is the error of a record that these keys do not open: other keys, or
// no TLS at all.
var ErrNotOpened error = message.Error("wire.not-opened")

// NewServerKeys derives the keys from the secret that the key shares give and the handshake
// messages from the first ClientHello to the ServerHello, with their headers. It is an error if
// the suite is not one of the TLS 1.3 suites known here.
func NewServerKeys(suite tlsready.Suite, secret []byte, messages ...[]byte) (*ServerKeys, error) {
	kind, ok := suites13()[suite]
	if !ok {
		return nil, message.Error("wire.no-keys", message.Str("suite", suite.String()))
	}
	schedule := schedule{kind.hash}
	early, err := hkdf.Extract(kind.hash, make([]byte, kind.hash().Size()), nil)
	if err != nil {
		return nil, err
	}
	handshake, err := hkdf.Extract(kind.hash, secret, schedule.expand(early, "derived", kind.hash().Sum(nil), kind.hash().Size()))
	if err != nil {
		return nil, err
	}
	traffic := schedule.expand(handshake, "s hs traffic", schedule.transcript(messages), kind.hash().Size())
	aead, err := kind.aead(schedule.expand(traffic, "key", nil, kind.key))
	if err != nil {
		return nil, err
	}
	return &ServerKeys{aead: aead, iv: schedule.expand(traffic, "iv", nil, 12)}, nil
}

// Open decrypts one record that the server sent, and gives what it holds. Records
// have to come in their order (RFC 8446 sections 5.2 and 5.3).
func (k *ServerKeys) Open(m Message) (ContentType, []byte, error) {
	nonce := append([]byte(nil), k.iv...)
	for i, b := range binary.BigEndian.AppendUint64(nil, k.next) {
		nonce[4+i] ^= b
	}
	header := []byte{byte(m.Content), byte(m.RecordVersion >> 8), byte(m.RecordVersion), byte(len(m.Data) >> 8), byte(len(m.Data))}
	plain, err := k.aead.Open(nil, nonce, m.Data, header)
	if err != nil {
		return 0, nil, ErrNotOpened
	}
	k.next++
	for n := len(plain); n > 0; n-- { // zeros are padding
		if plain[n-1] != 0 {
			return ContentType(plain[n-1]), plain[:n-1], nil
		}
	}
	return 0, nil, message.Error("wire.only-padding")
}

// suite13 is what a suite of TLS 1.3 is made of (RFC 8446 appendix B.4).
type suite13 struct {
	hash func() hash.Hash
	key  int // bytes
	aead func(key []byte) (cipher.AEAD, error)
}

func suites13() map[tlsready.Suite]suite13 {
	return map[tlsready.Suite]suite13{
		0x1301: {sha256.New, 16, gcm},
		0x1302: {sha512.New384, 32, gcm},
		0x1303: {sha256.New, 32, chacha20poly1305.New},
		0x1304: {sha256.New, 16, func(key []byte) (cipher.AEAD, error) { return newCCM(key, 16) }},
		0x1305: {sha256.New, 16, func(key []byte) (cipher.AEAD, error) { return newCCM(key, 8) }},
	}
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// schedule derives secrets with the hash of a suite.
type schedule struct{ hash func() hash.Hash }

// expand is HKDF-Expand-Label (RFC 8446 section 7.1). The lengths asked for here are
// always possible.
func (s schedule) expand(secret []byte, label string, context []byte, length int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = appendShort(info, []byte("tls13 "+label))
	out, err := hkdf.Expand(s.hash, secret, string(appendShort(info, context)), length)
	if err != nil {
		panic(err)
	}
	return out
}

// transcript is the hash of the messages. If the second one is a HelloRetryRequest, the first
// ClientHello is replaced by its hash (RFC 8446 section 4.4.1).
func (s schedule) transcript(messages [][]byte) []byte {
	all := s.hash()
	for i, m := range messages {
		if i == 0 && len(messages) > 1 && isRetry(messages[1]) {
			first := s.hash()
			first.Write(m)
			all.Write([]byte{byte(typeMessageHash), 0, 0, byte(first.Size())})
			m = first.Sum(nil)
		}
		all.Write(m)
	}
	return all.Sum(nil)
}

// isRetry says whether a handshake message is a HelloRetryRequest.
func isRetry(msg []byte) bool {
	const random = 4 + 2
	return len(msg) >= random+32 && HandshakeType(msg[0]) == TypeServerHello && string(msg[random:random+32]) == retryRandom
}
