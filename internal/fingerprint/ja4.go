package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"tlsready"
	"tlsready/internal/wire"
)

// JA4 is the fingerprint of a hello that came over TCP
// (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md); "" for a hello of SSL 2.0.
// Its first part says in clear the highest version, whether a server is named, how many
// suites and extensions there are, and the first application protocol.
func JA4(h *wire.ClientHello) string {
	if h.SSL2 {
		return ""
	}
	suites := withoutGREASE(h.Suites)
	extensions := make([]uint16, 0, len(h.Extensions))
	named := byte('i')
	for _, e := range h.Extensions {
		if e.Type == wire.ExtServerName {
			named = 'd'
		}
		if !wire.IsGREASE(uint16(e.Type)) {
			extensions = append(extensions, uint16(e.Type))
		}
	}
	b := append(make([]byte, 0, 36), 't')
	b = append(b, ja4Version(h.Max())...)
	b = append(b, named)
	b = appendTwoDigits(b, len(suites))
	b = appendTwoDigits(b, len(extensions))
	b = append(b, ja4Protocol(h)...)
	b = append(append(b, '_'), ja4Suites(suites)...)
	return string(append(append(b, '_'), ja4Extensions(h, extensions)...))
}

// ja4Version is the two characters of a version; drafts have none of their own.
func ja4Version(v tlsready.Version) string {
	switch v {
	case tlsready.TLS13:
		return "13"
	case tlsready.TLS12:
		return "12"
	case tlsready.TLS11:
		return "11"
	case tlsready.TLS10:
		return "10"
	case tlsready.SSL30:
		return "s3"
	case tlsready.SSL20:
		return "s2"
	}
	return "00"
}

// appendTwoDigits writes a count with two digits; more than 99 are 99.
func appendTwoDigits(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// ja4Protocol is the first and the last character of the first application protocol; "00"
// without one, and "99" where one of the two is no ASCII letter or digit.
func ja4Protocol(h *wire.ClientHello) string {
	data, _ := h.Extension(wire.ExtALPN)
	if len(data) < 4 || data[2] == 0 || int(data[2]) > len(data)-3 {
		return "00"
	}
	name := data[3 : 3+int(data[2])]
	first, last := name[0], name[len(name)-1]
	if !alphanumeric(first) || !alphanumeric(last) {
		return "99"
	}
	return string([]byte{first, last})
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// ja4Nothing stands for the hash of an empty list.
const ja4Nothing = "000000000000"

func ja4Suites(list []tlsready.Suite) string {
	if len(list) == 0 {
		return ja4Nothing
	}
	slices.Sort(list)
	return ja4Hash(appendHex(make([]byte, 0, 5*len(list)), list))
}

// ja4Extensions hashes the sorted extensions, without the server's name and the
// application protocols, and behind them the signature algorithms in their order.
func ja4Extensions(h *wire.ClientHello, list []uint16) string {
	list = slices.DeleteFunc(list, func(code uint16) bool {
		return code == uint16(wire.ExtServerName) || code == uint16(wire.ExtALPN)
	})
	if len(list) == 0 {
		return ja4Nothing
	}
	slices.Sort(list)
	b := appendHex(make([]byte, 0, 256), list)
	if schemes := withoutGREASE(h.SignatureAlgorithms()); len(schemes) > 0 {
		b = appendHex(append(b, '_'), schemes)
	}
	return ja4Hash(b)
}

// appendHex writes codes with four hex digits each, with commas between them.
func appendHex[T ~uint16 | ~uint32](b []byte, list []T) []byte {
	for i, code := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(code >> 8), byte(code)})
	}
	return b
}

// ja4Hash is the first twelve hex digits of the SHA-256.
func ja4Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

func withoutGREASE[T ~uint16 | ~uint32](list []T) []T {
	kept := make([]T, 0, len(list))
	for _, code := range list {
		if code > 0xffff || !wire.IsGREASE(uint16(code)) {
			kept = append(kept, code)
		}
	}
	return kept
}
