package wire

import (
	"golang.org/x/crypto/cryptobyte"

	"tlsready/internal/message"

	"tlsready"
)

// ServerHello is the server's choice (RFC 8446 section 4.1.3, RFC 5246 section
// 7.4.1.3), or a HelloRetryRequest, which has the same form.
type ServerHello struct {
	Version     tlsready.Version // legacy_version; see Selected
	Random      []byte
	SessionID   []byte
	Suite       tlsready.Suite
	Compression uint8
	// Extensions is nil if the hello ends before them.
	Extensions []Extension
}

// retryRandom marks a HelloRetryRequest: it is the SHA-256 of that word (RFC 8446
// section 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// shortDraft says whether hellos of this version have no session id and no
// compression: so it was in the drafts of TLS 1.3 up to 21.
func shortDraft(v tlsready.Version) bool { return v > 0x7f00 && v <= 0x7f15 }

// ParseServerHello reads a handshake message with its four-byte header. The hello
// keeps references into msg.
func ParseServerHello(msg []byte) (*ServerHello, error) {
	body, err := handshakeBody(msg, TypeServerHello)
	if err != nil {
		return nil, message.Error("wire.server-hello", message.Cause("why", err))
	}
	h := &ServerHello{}
	if !body.ReadUint16((*uint16)(&h.Version)) || !body.ReadBytes(&h.Random, 32) {
		return nil, message.Error("wire.server-hello-cut")
	}
	var sessionID cryptobyte.String
	var suite uint16
	full := !shortDraft(h.Version)
	if full && !body.ReadUint8LengthPrefixed(&sessionID) || !body.ReadUint16(&suite) || full && !body.ReadUint8(&h.Compression) {
		return nil, message.Error("wire.server-hello-cut-extensions")
	}
	h.SessionID, h.Suite = sessionID, tlsready.Suite(suite)
	if h.Extensions, err = readExtensions(&body); err != nil {
		return nil, message.Error("wire.server-hello", message.Cause("why", err))
	}
	if !body.Empty() {
		return nil, message.Error("wire.server-hello", message.Cause("why", errTrailing))
	}
	return h, nil
}

// Marshal writes the handshake message with its header.
func (h *ServerHello) Marshal() ([]byte, error) {
	if len(h.Random) != 32 || h.Suite > 0xffff || extensionsLen(h.Extensions) > 0xffff {
		return nil, message.Error("wire.server-hello-parts")
	}
	return frame(TypeServerHello, func(b *cryptobyte.Builder) {
		b.AddUint16(uint16(h.Version))
		b.AddBytes(h.Random)
		if !shortDraft(h.Version) {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(h.SessionID) })
		}
		b.AddUint16(uint16(h.Suite))
		if !shortDraft(h.Version) {
			b.AddUint8(h.Compression)
		}
		b.AddBytes(appendExtensions(nil, h.Extensions))
	})
}

// Selected is the version that the server chose: that of supported_versions if it is there,
// else legacy_version (RFC 8446 section 4.2.1).
func (h *ServerHello) Selected() tlsready.Version {
	data, ok := find(h.Extensions, ExtSupportedVersions)
	var version uint16
	if ok && data.ReadUint16(&version) && data.Empty() {
		return tlsready.Version(version)
	}
	return h.Version
}

// IsRetry says that the message is a HelloRetryRequest: the server would go on
// with another key share.
func (h *ServerHello) IsRetry() bool { return string(h.Random) == retryRandom }

// Group is the group of key_share, in a HelloRetryRequest too; 0 if there is none.
func (h *ServerHello) Group() tlsready.Group {
	data, _ := find(h.Extensions, ExtKeyShare)
	var group uint16
	data.ReadUint16(&group)
	return tlsready.Group(group)
}

// Extension is the content of the first extension of that kind.
func (h *ServerHello) Extension(kind ExtensionType) ([]byte, bool) { return find(h.Extensions, kind) }
