package starttls

import (
	"fmt"

	"tlsready/internal/message"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// ldap: the StartTLS extended operation (RFC 4511 section 4.14).
type ldap struct {
	begun bool
	in    inbox
}

const ldapOID = "1.3.6.1.4.1.1466.20037"

// Tags of RFC 4511 section 4.12.
const (
	ldapExtendedRequest  = asn1.Tag(0x77)
	ldapRequestName      = asn1.Tag(0x80)
	ldapExtendedResponse = asn1.Tag(0x78)
)

// Next implements [Dialogue].
func (d *ldap) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	if !d.begun {
		d.begun = true
		return ldapRequest(), false, nil
	}
	n, ok, err := berLength(d.in.data)
	if err != nil || !ok {
		return nil, false, err
	}
	packet, ok := d.in.take(n)
	if !ok {
		return nil, false, nil
	}
	code, text, err := ldapResult(packet)
	if err != nil {
		return nil, false, err
	}
	if code != 0 {
		return nil, false, refused(fmt.Sprintf("result %d %s", code, text))
	}
	return d.in.done()
}

func ldapRequest() []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(ldapExtendedRequest, func(b *cryptobyte.Builder) {
			b.AddASN1(ldapRequestName, func(b *cryptobyte.Builder) { b.AddBytes([]byte(ldapOID)) })
		})
	})
	return b.BytesOrPanic()
}

// berLength is how long the element at the start of b is with its header. LDAP
// allows lengths in a longer form than they need, which DER does not: Windows
// servers write four bytes (RFC 4511 section 5.1).
func berLength(b []byte) (n int, ok bool, err error) {
	if len(b) > 0 && b[0] != byte(asn1.SEQUENCE) {
		return 0, false, message.Error("starttls.not-this-answer", message.Str("answer", fmt.Sprintf("%.8x", b)))
	}
	if len(b) < 2 {
		return 0, false, nil
	}
	if b[1] < 0x80 {
		return 2 + int(b[1]), true, nil
	}
	size := int(b[1] & 0x7f)
	if size == 0 || size > 4 {
		return 0, false, message.Error("starttls.ldap-length")
	}
	if len(b) < 2+size {
		return 0, false, nil
	}
	for _, c := range b[2 : 2+size] {
		n = n<<8 | int(c)
	}
	if n > MaxReply {
		return 0, false, message.Error("starttls.answer-size", message.Int("size", n))
	}
	return 2 + size + n, true, nil
}

// element takes the content of the next element, with lengths in any form.
func element(b []byte) (tag byte, content, rest []byte, err error) {
	bad := message.Error("starttls.answer-cut")
	if len(b) < 2 {
		return 0, nil, nil, bad
	}
	tag, n, head := b[0], int(b[1]), 2
	if b[1] >= 0x80 {
		size := int(b[1] & 0x7f)
		if size == 0 || size > 4 || len(b) < 2+size {
			return 0, nil, nil, bad
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		head += size
	}
	if n > len(b)-head {
		return 0, nil, nil, bad
	}
	return tag, b[head : head+n], b[head+n:], nil
}

// ldapResult reads the result code and text of an extended response.
func ldapResult(packet []byte) (code int, text string, err error) {
	_, body, _, err := element(packet)
	if err != nil {
		return 0, "", err
	}
	_, _, body, err = element(body) // the message id
	if err != nil {
		return 0, "", err
	}
	tag, response, _, err := element(body)
	if err != nil {
		return 0, "", err
	}
	if tag != byte(ldapExtendedResponse) {
		return 0, "", message.Error("starttls.ldap-tag", message.Hex("tag", tag))
	}
	_, result, rest, err := element(response)
	if err != nil || len(result) != 1 {
		return 0, "", message.Error("starttls.ldap-no-code")
	}
	if _, _, rest, err = element(rest); err == nil { // the matched name
		if _, diagnostic, _, err := element(rest); err == nil {
			text = string(diagnostic)
		}
	}
	return int(result[0]), text, nil
}
