package wire

import (
	"encoding/binary"

	"tlsready/internal/message"

	"golang.org/x/crypto/cryptobyte"

	"tlsready"
)

// ClientHello is the first message of a client (RFC 8446 section 4.1.2, RFC 5246 section
// 7.4.1.2), or that of SSL 2.0. Its lists hold everything that was on the wire, including
// GREASE and signalling suites, because Marshal has to give the same bytes again;
// [ClientHello.Offer] leaves out what is no offer.
type ClientHello struct {
	// Version is legacy_version: the maximum if there is no supported_versions.
	Version tlsready.Version
	// RecordVersion is that of the record around the hello; 0: not known, and
	// written as TLS 1.0 at most. It is no part of the message.
	RecordVersion tlsready.Version
	Random        []byte // 32 bytes; in SSL 2.0 the challenge, 16 to 32
	SessionID     []byte
	Suites        []tlsready.Suite
	Compression   []byte
	// Extensions is nil if the hello ends before them.
	Extensions []Extension
	// SSL2 says that the hello has the form of SSL 2.0, in which clients of later
	// versions may speak too (RFC 5246 appendix E.2).
	SSL2 bool
}

var errTrailing error = message.Error("wire.trailing")

// ParseClientHello reads a handshake message with its four-byte header. The hello
// keeps references into msg.
func ParseClientHello(msg []byte) (*ClientHello, error) {
	body, err := handshakeBody(msg, TypeClientHello)
	if err != nil {
		return nil, message.Error("wire.client-hello", message.Cause("why", err))
	}
	h := &ClientHello{}
	var sessionID, suites, compression cryptobyte.String
	switch {
	case !body.ReadUint16((*uint16)(&h.Version)), !body.ReadBytes(&h.Random, 32):
		return nil, message.Error("wire.client-hello-cut")
	case !body.ReadUint8LengthPrefixed(&sessionID):
		return nil, message.Error("wire.client-hello-session")
	case !body.ReadUint16LengthPrefixed(&suites), len(suites)%2 != 0:
		return nil, message.Error("wire.client-hello-suites")
	case !body.ReadUint8LengthPrefixed(&compression):
		return nil, message.Error("wire.client-hello-compression")
	}
	h.SessionID, h.Compression = sessionID, compression
	h.Suites = make([]tlsready.Suite, 0, len(suites)/2)
	for _, s := range plainCodes[uint16](suites) {
		h.Suites = append(h.Suites, tlsready.Suite(s))
	}
	if h.Extensions, err = readExtensions(&body); err != nil {
		return nil, message.Error("wire.client-hello", message.Cause("why", err))
	}
	if !body.Empty() {
		return nil, message.Error("wire.client-hello", message.Cause("why", errTrailing))
	}
	return h, nil
}

// Marshal writes the handshake message with its header, or for SSL 2.0 the message
// without the record header. A hello that was parsed gives the bytes it came from.
func (h *ClientHello) Marshal() ([]byte, error) {
	if h.SSL2 {
		return h.marshalSSL2()
	}
	return h.appendMessage(make([]byte, 0, 4+h.length()))
}

// length is that of the body.
func (h *ClientHello) length() int {
	length := 2 + 32 + 1 + len(h.SessionID) + 2 + 2*len(h.Suites) + 1 + len(h.Compression)
	if h.Extensions != nil {
		length += 2 + extensionsLen(h.Extensions)
	}
	return length
}

// AppendRecord adds the hello to b as it goes out, in one record, and gives the message
// in it, too, which lasts as long as b does. One that does not fit into a record, or
// of SSL 2.0, is an error: [ClientHello.Records] writes those.
func (h *ClientHello) AppendRecord(b []byte) (msg, out []byte, err error) {
	n := 4 + h.length()
	if h.SSL2 || n > maxFragment {
		return nil, nil, ErrTooLong
	}
	version := h.recordVersion()
	b = append(b, byte(ContentHandshake), byte(version>>8), byte(version), byte(n>>8), byte(n))
	out, err = h.appendMessage(b)
	return out[min(len(b), len(out)):], out, err
}

func (h *ClientHello) appendMessage(b []byte) ([]byte, error) {
	length := h.length()
	switch {
	case len(h.Random) != 32:
		return nil, message.Error("wire.client-hello-random", message.Int("size", len(h.Random)))
	case len(h.SessionID) > 0xff || len(h.Compression) > 0xff:
		return nil, message.Error("wire.client-hello-long")
	case 2*len(h.Suites) > 0xffff:
		return nil, message.Error("wire.client-hello-many-suites", message.Int("count", len(h.Suites)))
	case extensionsLen(h.Extensions) > 0xffff:
		return nil, message.Error("wire.client-hello-extensions", message.Int("size", extensionsLen(h.Extensions)))
	}
	b = append(b, byte(TypeClientHello), byte(length>>16), byte(length>>8), byte(length))
	b = binary.BigEndian.AppendUint16(b, uint16(h.Version))
	b = append(b, h.Random...)
	b = appendShort(b, h.SessionID)
	b = binary.BigEndian.AppendUint16(b, uint16(2*len(h.Suites)))
	for _, s := range h.Suites {
		if s > 0xffff {
			return nil, message.Error("wire.client-hello-kind", message.Str("suite", s.String()))
		}
		b = binary.BigEndian.AppendUint16(b, uint16(s))
	}
	b = appendShort(b, h.Compression)
	return appendExtensions(b, h.Extensions), nil
}

// Records is the hello as it goes out: in records of at most fragment bytes of
// content each (0: as few as possible), or in one record of SSL 2.0.
func (h *ClientHello) Records(fragment int) ([]byte, error) {
	msg, err := h.Marshal()
	if err != nil {
		return nil, err
	}
	return h.Framed(msg, fragment)
}

// Framed puts the handshake message that [ClientHello.Marshal] gave into records,
// as [ClientHello.Records] does.
func (h *ClientHello) Framed(msg []byte, fragment int) ([]byte, error) {
	if h.SSL2 {
		if len(msg) > maxSSL2Record {
			return nil, message.Error("wire.client-hello-ssl2-long")
		}
		return append([]byte{byte(len(msg)>>8) | 0x80, byte(len(msg))}, msg...), nil
	}
	return Records(ContentHandshake, h.recordVersion(), msg, fragment), nil
}

func (h *ClientHello) recordVersion() tlsready.Version {
	if h.RecordVersion == 0 { // RFC 8446 section 5.1: TLS 1.0 for the sake of old servers
		return min(h.Version, tlsready.TLS10)
	}
	return h.RecordVersion
}

// Extension is the content of the first extension of that kind.
func (h *ClientHello) Extension(kind ExtensionType) ([]byte, bool) { return find(h.Extensions, kind) }

// ServerName is the name that the client asks for, or "" if it names none.
func (h *ClientHello) ServerName() string {
	data, _ := find(h.Extensions, ExtServerName)
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return ""
	}
	var kind uint8
	for list.ReadUint8(&kind) && list.ReadUint16LengthPrefixed(&name) {
		if kind == 0 {
			return string(name)
		}
	}
	return ""
}

// SupportedVersions is what supported_versions lists, or nil if the client does not send it.
func (h *ClientHello) SupportedVersions() []tlsready.Version {
	data, _ := find(h.Extensions, ExtSupportedVersions)
	var list cryptobyte.String
	if !data.ReadUint8LengthPrefixed(&list) || !data.Empty() {
		return nil
	}
	return plainCodes[tlsready.Version](list)
}

// Groups is what supported_groups lists.
func (h *ClientHello) Groups() []tlsready.Group {
	data, _ := find(h.Extensions, ExtSupportedGroups)
	return codes[tlsready.Group](data)
}

// SignatureAlgorithms is what signature_algorithms lists.
func (h *ClientHello) SignatureAlgorithms() []tlsready.SignatureScheme {
	data, _ := find(h.Extensions, ExtSignatureAlgorithms)
	return codes[tlsready.SignatureScheme](data)
}

// KeyShares is what key_share holds.
func (h *ClientHello) KeyShares() []KeyShare {
	data, _ := find(h.Extensions, ExtKeyShare)
	var list, share cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return nil
	}
	var shares []KeyShare
	var group uint16
	for list.ReadUint16(&group) && list.ReadUint16LengthPrefixed(&share) {
		shares = append(shares, KeyShare{tlsready.Group(group), share})
	}
	return shares
}

// ALPN is the list of application protocols.
func (h *ClientHello) ALPN() []string {
	data, _ := find(h.Extensions, ExtALPN)
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) {
		return nil
	}
	var protocols []string
	for list.ReadUint8LengthPrefixed(&name) {
		protocols = append(protocols, string(name))
	}
	return protocols
}

// Max is the highest version that the hello states. GREASE is no version.
func (h *ClientHello) Max() tlsready.Version {
	listed := withoutGREASE(h.SupportedVersions())
	if len(listed) == 0 {
		return h.Version
	}
	top := listed[0]
	for _, v := range listed[1:] {
		if v.Rank() > top.Rank() {
			top = v
		}
	}
	return top
}
