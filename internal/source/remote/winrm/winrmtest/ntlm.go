package winrmtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// The flags of MS-NLMP 2.2.2.5 that the server deals in.
const (
	flagUnicode    = 1 << 0
	flagTarget     = 1 << 2
	flagSign       = 1 << 4
	flagSeal       = 1 << 5
	flagNTLM       = 1 << 9
	flagAlwaysSign = 1 << 15
	flagServer     = 1 << 17
	flagExtended   = 1 << 19
	flagInfo       = 1 << 23
	flagVersion    = 1 << 25
	flag128        = 1 << 29
	flagExchange   = 1 << 30
	flag56         = 1 << 31

	offered = flagUnicode | flagTarget | flagSign | flagSeal | flagNTLM | flagAlwaysSign | flagServer | flagExtended | flagInfo | flagVersion | flag128 | flagExchange | flag56
)

// ntlmMagic begins each NTLM message.
const ntlmMagic = "NTLMSSP\x00"

func wide(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func narrow(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	return h.Sum(nil)
}

// ntowf is NTOWFv2 (MS-NLMP 3.3.2).
func ntowf(user, domain, password string) []byte {
	h := md4.New()
	_, _ = h.Write(wide(password))
	return hmacMD5(h.Sum(nil), wide(strings.ToUpper(user)+domain))
}

// acceptor is the server's side of one NTLM log-in.
type acceptor struct {
	negotiate, challenge []byte
}

// pair is an AV_PAIR (MS-NLMP 2.2.2.1).
func pair(id uint16, value []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// answer makes the CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) for a NEGOTIATE_MESSAGE.
func (a *acceptor) answer(message []byte, domain, computer string, without uint32) ([]byte, error) {
	if len(message) < 16 || string(message[:8]) != ntlmMagic || binary.LittleEndian.Uint32(message[8:]) != 1 {
		return nil, errors.New("no NEGOTIATE_MESSAGE")
	}
	a.negotiate = message
	const filetimeOfUnix = 116444736000000000
	now := binary.LittleEndian.AppendUint64(nil, uint64(time.Now().UnixNano()/100+filetimeOfUnix))
	info := bytes.Join([][]byte{
		pair(2, wide(domain)), pair(1, wide(computer)), pair(4, wide("corp.example")), pair(3, wide("fs01.corp.example")), pair(7, now), pair(0, nil),
	}, nil)
	name := wide(domain)
	var nonce [8]byte
	_, _ = rand.Read(nonce[:])
	const fixed = 56
	field := func(b []byte, length, offset int) []byte {
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
		b = binary.LittleEndian.AppendUint16(b, uint16(length))
		return binary.LittleEndian.AppendUint32(b, uint32(offset))
	}
	m := binary.LittleEndian.AppendUint32([]byte(ntlmMagic), 2)
	m = field(m, len(name), fixed)
	asked := binary.LittleEndian.Uint32(message[12:]) | flagServer | flagUnicode | flagTarget // some ask for OEM text in their first message
	m = binary.LittleEndian.AppendUint32(m, uint32(offered)&asked&^without)
	m = append(append(m, nonce[:]...), make([]byte, 8)...)
	m = field(m, len(info), fixed+len(name))
	m = append(m, 6, 3, 0x80, 0x25, 0, 0, 0, 15) // 6.3.9600
	a.challenge = append(append(m, name...), info...)
	return a.challenge, nil
}

// fieldOf gives a payload field of an AUTHENTICATE_MESSAGE.
func fieldOf(message []byte, at int) ([]byte, error) {
	length, offset := int(binary.LittleEndian.Uint16(message[at:])), int(binary.LittleEndian.Uint32(message[at+4:]))
	if offset < 0 || offset > len(message) || length > len(message)-offset {
		return nil, fmt.Errorf("the field at %d lies outside the message", at)
	}
	return message[offset : offset+length], nil
}

// check verifies an AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3 and 3.2.5.1.2): the
// response to the challenge, and the integrity code over all three messages. It
// gives the exported session key.
func (a *acceptor) check(message []byte, user, domain, password string) (key []byte, flags uint32, err error) {
	const fixed, micAt = 88, 72
	if len(message) < fixed || string(message[:8]) != ntlmMagic || binary.LittleEndian.Uint32(message[8:]) != 3 || a.challenge == nil {
		return nil, 0, errors.New("no AUTHENTICATE_MESSAGE")
	}
	fields := map[int][]byte{}
	for _, at := range []int{20, 28, 36, 52} {
		if fields[at], err = fieldOf(message, at); err != nil {
			return nil, 0, err
		}
	}
	response, theirDomain, theirUser, encrypted := fields[20], narrow(fields[28]), narrow(fields[36]), fields[52]
	if !strings.EqualFold(theirUser, user) || theirDomain != "" && !strings.EqualFold(theirDomain, domain) {
		return nil, 0, fmt.Errorf(`no account %s\%s`, theirDomain, theirUser)
	}
	base, err := sessionBase(response, a.challenge[24:32], ntowf(theirUser, theirDomain, password))
	if err != nil {
		return nil, 0, err
	}
	flags = binary.LittleEndian.Uint32(message[60:])
	if flags&flagExchange == 0 || len(encrypted) != 16 {
		return nil, 0, errors.New("no key exchange")
	}
	c, err := rc4.NewCipher(base)
	if err != nil {
		return nil, 0, err
	}
	key = make([]byte, 16)
	c.XORKeyStream(key, encrypted)
	without := bytes.Clone(message)
	clear(without[micAt : micAt+16])
	if !hmac.Equal(message[micAt:micAt+16], hmacMD5(key, a.negotiate, a.challenge, without)) {
		return nil, 0, errors.New("the integrity code is wrong")
	}
	return key, flags, nil
}

// sessionBase verifies an NTLMv2 response and gives the session base key
// (MS-NLMP 3.3.2).
func sessionBase(response, nonce, ntowf []byte) ([]byte, error) {
	if len(response) < 16+28 {
		return nil, errors.New("no NTLMv2 response")
	}
	proof := hmacMD5(ntowf, nonce, response[16:])
	if !hmac.Equal(proof, response[:16]) {
		return nil, errors.New("the password is wrong")
	}
	return hmacMD5(ntowf, proof), nil
}

// session is the server's side of the encryption (MS-NLMP 3.4.4.2, with extended
// session security and key exchange).
type session struct {
	fromClient, fromServer *rc4.Cipher
	clientSign, serverSign []byte
	received, sent         uint32
}

func newSession(key []byte) (*session, error) {
	derive := func(magic string) []byte {
		h := md5.New()
		_, _ = h.Write(key)
		_, _ = h.Write([]byte(magic + "\x00"))
		return h.Sum(nil)
	}
	s := &session{
		clientSign: derive("session key to client-to-server signing key magic constant"),
		serverSign: derive("session key to server-to-client signing key magic constant"),
	}
	var err error
	if s.fromClient, err = rc4.NewCipher(derive("session key to client-to-server sealing key magic constant")); err != nil {
		return nil, err
	}
	s.fromServer, err = rc4.NewCipher(derive("session key to server-to-client sealing key magic constant"))
	return s, err
}

// unseal decrypts signature and text of the client.
func (s *session) unseal(signature, sealed []byte) ([]byte, error) {
	text := make([]byte, len(sealed))
	s.fromClient.XORKeyStream(text, sealed)
	sum := make([]byte, 8)
	if len(signature) != 16 {
		return nil, errors.New("a signature has 16 bytes")
	}
	s.fromClient.XORKeyStream(sum, signature[4:12])
	number := binary.LittleEndian.AppendUint32(nil, s.received)
	s.received++
	want := hmacMD5(s.clientSign, number, text)[:8]
	if binary.LittleEndian.Uint32(signature) != 1 || !bytes.Equal(signature[12:], number) || !bytes.Equal(sum, want) {
		return nil, errors.New("the signature is wrong")
	}
	return text, nil
}

// seal encrypts a text for the client.
func (s *session) seal(text []byte) (signature, sealed []byte) {
	sealed = make([]byte, len(text))
	s.fromServer.XORKeyStream(sealed, text)
	number := binary.LittleEndian.AppendUint32(nil, s.sent)
	s.sent++
	sum := hmacMD5(s.serverSign, number, text)[:8]
	s.fromServer.XORKeyStream(sum, sum)
	signature = append([]byte{1, 0, 0, 0}, sum...)
	return append(signature, number...), sealed
}
