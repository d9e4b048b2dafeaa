package winrm

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"mime"
	"strconv"
	"strings"

	"tlsready/internal/message"
)

// signatureSize is the length of NTLMSSP_MESSAGE_SIGNATURE (MS-NLMP 2.2.2.9.1).
const signatureSize = 16

// sealer encrypts and signs the messages of one NTLM session with extended session
// security, 128-bit keys and key exchange (MS-NLMP 3.4). The ciphers run on from
// message to message, so no message can be left out or repeated.
type sealer struct{ out, in half }

// half is one direction.
type half struct {
	signing []byte
	cipher  *rc4.Cipher
	number  uint32 // of the next message
}

// newSealer makes the keys of both directions (MS-NLMP 3.4.5.2 and 3.4.5.3) from
// the exported session key, which is 16 bytes.
func newSealer(key []byte) (*sealer, error) {
	out, err := newHalf(key, "client-to-server")
	if err != nil {
		return nil, err
	}
	in, err := newHalf(key, "server-to-client")
	return &sealer{out: out, in: in}, err
}

func newHalf(key []byte, direction string) (half, error) {
	derive := func(use string) []byte {
		sum := md5.Sum(append(append([]byte{}, key...), "session key to "+direction+" "+use+" key magic constant\x00"...))
		return sum[:]
	}
	cipher, err := rc4.NewCipher(derive("sealing"))
	return half{signing: derive("signing"), cipher: cipher}, err
}

// sign makes the signature of a message; its text must have gone through the
// cipher before.
func (h *half) sign(text []byte) []byte {
	signature := binary.LittleEndian.AppendUint32(nil, 1)
	number := binary.LittleEndian.AppendUint32(nil, h.number)
	mac := hmac.New(md5.New, h.signing)
	_, _ = mac.Write(number)
	_, _ = mac.Write(text)
	sum := mac.Sum(nil)[:8]
	h.cipher.XORKeyStream(sum, sum)
	h.number++
	return append(append(signature, sum...), number...)
}

// seal encrypts a message.
func (s *sealer) seal(text []byte) (signature, sealed []byte) {
	sealed = make([]byte, len(text))
	s.out.cipher.XORKeyStream(sealed, text)
	return s.out.sign(text), sealed
}

// open decrypts a message and checks that it is the next one of the machine.
func (s *sealer) open(signature, sealed []byte) ([]byte, error) {
	text := make([]byte, len(sealed))
	s.in.cipher.XORKeyStream(text, sealed)
	if !hmac.Equal(signature, s.in.sign(text)) {
		return nil, message.Error("winrm.seal-signature")
	}
	return text, nil
}

// The form of an encrypted message (MS-WSMV 2.2.9.1.1).
const (
	sealedProtocol = "application/HTTP-SPNEGO-session-encrypted"
	boundary       = "Encrypted Boundary"
	sealedType     = `multipart/encrypted;protocol="` + sealedProtocol + `";boundary="` + boundary + `"`
	soapType       = "application/soap+xml;charset=UTF-8"
)

// enclose makes the body of an encrypted request.
func (s *sealer) enclose(text []byte) []byte {
	signature, sealed := s.seal(text)
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: %s\r\n\tOriginalContent: type=%s;Length=%d\r\n", boundary, sealedProtocol, soapType, len(text))
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: application/octet-stream\r\n", boundary)
	_, _ = b.Write(binary.LittleEndian.AppendUint32(nil, signatureSize))
	_, _ = b.Write(signature)
	_, _ = b.Write(sealed)
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes()
}

// disclose gives what is in the body of an encrypted answer.
func (s *sealer) disclose(contentType string, body []byte) ([]byte, error) {
	signature, sealed, err := splitSealed(contentType, body)
	if err != nil {
		return nil, err
	}
	return s.open(signature, sealed)
}

// isSealed says whether a content type is that of an encrypted message.
func isSealed(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "multipart/encrypted" && strings.EqualFold(parameters["protocol"], sealedProtocol)
}

// splitSealed takes the body of an encrypted answer apart. A message is sent in
// one piece; larger ones than an envelope may be do not come.
func splitSealed(contentType string, body []byte) (signature, sealed []byte, err error) {
	if !isSealed(contentType) {
		return nil, nil, message.Error("winrm.seal-none")
	}
	_, parameters, _ := mime.ParseMediaType(contentType)
	line := []byte("--" + parameters["boundary"])
	head, rest, ok := cutLine(body, line)
	if !ok || len(head) > 0 {
		return nil, nil, message.Error("winrm.seal-boundary")
	}
	about, data, ok := cutLine(rest, line)
	if !ok {
		return nil, nil, message.Error("winrm.seal-part")
	}
	length, err := originalLength(string(about))
	if err != nil {
		return nil, nil, err
	}
	kind, data, ok := bytes.Cut(data, []byte("\r\n"))
	if !ok || !strings.EqualFold(strings.TrimSpace(string(kind)), "Content-Type: application/octet-stream") {
		return nil, nil, message.Error("winrm.seal-kind")
	}
	if len(data) < 4+signatureSize || binary.LittleEndian.Uint32(data) != signatureSize {
		return nil, nil, message.Error("winrm.seal-no-signature")
	}
	signature, data = data[4:4+signatureSize], data[4+signatureSize:]
	if length > len(data) || !bytes.Equal(bytes.TrimSpace(data[length:]), append(line, "--"...)) {
		return nil, nil, message.Error("winrm.seal-length")
	}
	return signature, data[:length], nil
}

// cutLine cuts at the first line that is just a boundary.
func cutLine(data, line []byte) (before, after []byte, found bool) {
	return bytes.Cut(data, append(append([]byte{}, line...), "\r\n"...))
}

// originalLength finds the length of the decrypted message.
func originalLength(about string) (int, error) {
	_, text, ok := strings.Cut(about, "Length=")
	text, _, _ = strings.Cut(text, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if !ok || err != nil || n > maxAnswer {
		return 0, message.Error("winrm.seal-no-length")
	}
	return int(n), nil
}
