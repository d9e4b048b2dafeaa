package wire

import (
	"encoding/binary"

	"tlsready/internal/message"

	"golang.org/x/crypto/cryptobyte"

	"tlsready"
)

// ExtensionType is the kind of an extension by its code (IANA registry "TLS
// ExtensionType Values").
type ExtensionType uint16

// The extensions that this project reads or writes.
const (
	ExtServerName           ExtensionType = 0      // RFC 6066 section 3
	ExtStatusRequest        ExtensionType = 5      // RFC 6066 section 8
	ExtSupportedGroups      ExtensionType = 10     // RFC 8422 section 5.1.1, RFC 8446 section 4.2.7
	ExtECPointFormats       ExtensionType = 11     // RFC 8422 section 5.1.2
	ExtSignatureAlgorithms  ExtensionType = 13     // RFC 8446 section 4.2.3
	ExtALPN                 ExtensionType = 16     // RFC 7301
	ExtPadding              ExtensionType = 21     // RFC 7685
	ExtExtendedMasterSecret ExtensionType = 23     // RFC 7627
	ExtSessionTicket        ExtensionType = 35     // RFC 5077
	ExtPreSharedKey         ExtensionType = 41     // RFC 8446 section 4.2.11
	ExtEarlyData            ExtensionType = 42     // RFC 8446 section 4.2.10
	ExtSupportedVersions    ExtensionType = 43     // RFC 8446 section 4.2.1
	ExtCookie               ExtensionType = 44     // RFC 8446 section 4.2.2
	ExtPSKModes             ExtensionType = 45     // RFC 8446 section 4.2.9
	ExtSignatureAlgsCert    ExtensionType = 50     // RFC 8446 section 4.2.3
	ExtKeyShare             ExtensionType = 51     // RFC 8446 section 4.2.8
	ExtRenegotiationInfo    ExtensionType = 0xff01 // RFC 5746 section 3.2
)

// Extension is one extension as it stands on the wire.
type Extension struct {
	Type ExtensionType
	Data []byte
}

// KeyShare is one entry of key_share (RFC 8446 section 4.2.8). In a HelloRetryRequest it has
// only a group.
type KeyShare struct {
	Group tlsready.Group
	Data  []byte
}

// readExtensions reads the block at the end of a hello. It is nil if the hello ends before the
// block, and empty if the block is.
func readExtensions(s *cryptobyte.String) ([]Extension, error) {
	if s.Empty() {
		return nil, nil
	}
	var block cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&block) {
		return nil, message.Error("wire.extensions-long")
	}
	list := make([]Extension, 0, 12) // what most hellos have
	for !block.Empty() {
		var kind uint16
		var data cryptobyte.String
		if !block.ReadUint16(&kind) || !block.ReadUint16LengthPrefixed(&data) {
			return nil, message.Error("wire.extension-cut", message.Int("n", len(list)+1))
		}
		list = append(list, Extension{ExtensionType(kind), data})
	}
	return list, nil
}

// appendExtensions writes what readExtensions reads.
func appendExtensions(b []byte, list []Extension) []byte {
	if list == nil {
		return b
	}
	b = binary.BigEndian.AppendUint16(b, uint16(extensionsLen(list)))
	for _, e := range list {
		b = binary.BigEndian.AppendUint16(b, uint16(e.Type))
		b = appendLong(b, e.Data)
	}
	return b
}

// extensionsLen is the length of the block; what does not fit its two bytes is an
// error of the hello.
func extensionsLen(list []Extension) int {
	n := 0
	for _, e := range list {
		n += 4 + len(e.Data)
	}
	return n
}

// appendLong writes data behind its length in two bytes, appendShort in one.
func appendLong(b, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(data))), data...)
}

func appendShort(b, data []byte) []byte {
	return append(append(b, byte(len(data))), data...)
}

// find is the content of the first extension of that kind.
func find(list []Extension, kind ExtensionType) (cryptobyte.String, bool) {
	for _, e := range list {
		if e.Type == kind {
			return cryptobyte.String(e.Data), true
		}
	}
	return nil, false
}

// codes reads a list of two-byte codes with a two-byte length. A list that does
// not fit its length is no list.
func codes[T ~uint16](data cryptobyte.String) []T {
	var list cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) || !data.Empty() {
		return nil
	}
	return plainCodes[T](list)
}

func plainCodes[T ~uint16](list cryptobyte.String) []T {
	if len(list)%2 != 0 {
		return nil
	}
	read := make([]T, 0, len(list)/2)
	var code uint16
	for list.ReadUint16(&code) {
		read = append(read, T(code))
	}
	return read
}

// marshalCodes writes what codes reads. A list that is too long for its length makes the
// extension too long for the hello, which is where the error is reported.
func marshalCodes[T ~uint16](list []T) []byte {
	b := make([]byte, 0, 2+2*len(list))
	return appendCodes(binary.BigEndian.AppendUint16(b, uint16(2*len(list))), list)
}

func appendCodes[T ~uint16](b []byte, list []T) []byte {
	for _, code := range list {
		b = binary.BigEndian.AppendUint16(b, uint16(code))
	}
	return b
}

// ServerNameExtension names the server (RFC 6066 section 3). Addresses are not
// allowed in it; the caller leaves the extension out for them.
func ServerNameExtension(name string) Extension {
	b := make([]byte, 0, 5+len(name))
	b = binary.BigEndian.AppendUint16(b, uint16(3+len(name)))
	b = append(b, 0) // host_name
	return Extension{ExtServerName, appendLong(b, []byte(name))}
}

// SupportedVersionsExtension lists the versions, best first (RFC 8446 section
// 4.2.1).
func SupportedVersionsExtension(list []tlsready.Version) Extension {
	b := make([]byte, 0, 1+2*len(list))
	return Extension{ExtSupportedVersions, appendCodes(append(b, byte(2*len(list))), list)}
}

// GroupsExtension lists the groups, best first.
func GroupsExtension(list []tlsready.Group) Extension {
	return Extension{ExtSupportedGroups, marshalCodes(list)}
}

// SignatureAlgorithmsExtension lists the signature algorithms, best first.
func SignatureAlgorithmsExtension(list []tlsready.SignatureScheme) Extension {
	return Extension{ExtSignatureAlgorithms, marshalCodes(list)}
}

// KeyShareExtension holds the client's shares. None is legal: it asks the server
// for a HelloRetryRequest (RFC 8446 section 4.2.8).
func KeyShareExtension(shares ...KeyShare) Extension {
	n := 0
	for _, share := range shares {
		n += 4 + len(share.Data)
	}
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 2+n), uint16(n))
	for _, share := range shares {
		b = binary.BigEndian.AppendUint16(b, uint16(share.Group))
		b = appendLong(b, share.Data)
	}
	return Extension{ExtKeyShare, b}
}

// ALPNExtension lists application protocols (RFC 7301 section 3.1).
func ALPNExtension(protocols ...string) Extension {
	var list []byte
	for _, name := range protocols {
		list = appendShort(list, []byte(name))
	}
	return Extension{ExtALPN, appendLong(nil, list)}
}

// StatusRequestExtension asks for a stapled OCSP answer (RFC 6066 section 8).
func StatusRequestExtension() Extension {
	return Extension{ExtStatusRequest, []byte{1, 0, 0, 0, 0}}
}

// RenegotiationInfoExtension is that of a first handshake (RFC 5746 section 3.4).
func RenegotiationInfoExtension() Extension { return Extension{ExtRenegotiationInfo, []byte{0}} }

// PointFormatsExtension says that points come uncompressed (RFC 8422 section
// 5.1.2).
func PointFormatsExtension() Extension { return Extension{ExtECPointFormats, []byte{1, 0}} }

// PSKModesExtension allows resumption with fresh keys (RFC 8446 section 4.2.9).
func PSKModesExtension() Extension { return Extension{ExtPSKModes, []byte{1, 1}} }
