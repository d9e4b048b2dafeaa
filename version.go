package tlsready

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a protocol version as it stands on the wire (RFC 8446 section
// 4.2.1, RFC 6101); SSL 2.0 is 0x0002.
type Version uint16

// The versions that this project knows.
const (
	SSL20 Version = 0x0002
	SSL30 Version = 0x0300
	TLS10 Version = 0x0301
	TLS11 Version = 0x0302
	TLS12 Version = 0x0303
	TLS13 Version = 0x0304
)

// draftBase is the high byte of the code points that drafts of TLS 1.3 used
// (RFC 8446, note in section 4.2.1.1 of its drafts).
const draftBase Version = 0x7f00

// Versions returns the released versions, oldest first.
func Versions() []Version { return []Version{SSL20, SSL30, TLS10, TLS11, TLS12, TLS13} }

// String spells the version as documents do: "SSL 3.0", "TLS 1.2",
// "TLS 1.3-draft16", or "0x0305" for a code point that nobody has named.
func (v Version) String() string {
	switch v {
	case SSL20:
		return "SSL 2.0"
	case SSL30:
		return "SSL 3.0"
	case TLS10:
		return "TLS 1.0"
	case TLS11:
		return "TLS 1.1"
	case TLS12:
		return "TLS 1.2"
	case TLS13:
		return "TLS 1.3"
	}
	if v&0xff00 == draftBase {
		return fmt.Sprintf("TLS 1.3-draft%d", v&0xff)
	}
	return fmt.Sprintf("0x%04x", uint16(v))
}

// ParseVersion reads what [Version.String] writes, without regard to case and
// to the space ("tls1.2" is TLS 1.2).
func ParseVersion(s string) (Version, error) {
	flat := strings.ToLower(strings.ReplaceAll(s, " ", ""))
	for _, v := range Versions() {
		if flat == strings.ToLower(strings.ReplaceAll(v.String(), " ", "")) {
			return v, nil
		}
	}
	if n, ok := strings.CutPrefix(flat, "tls1.3-draft"); ok {
		if d, err := strconv.ParseUint(n, 10, 8); err == nil {
			return draftBase | Version(d), nil
		}
	}
	if n, ok := strings.CutPrefix(flat, "0x"); ok && len(n) == 4 {
		if d, err := strconv.ParseUint(n, 16, 16); err == nil {
			return Version(d), nil
		}
	}
	return 0, &NameError{VersionName, s}
}

// Rank orders versions by age: a draft of TLS 1.3 stands between TLS 1.2 and
// TLS 1.3, although its code point is higher than both. So do the experiments of that
// time, Google's 0x7e01 and following and Facebook's 0xfb1a and its neighbours.
func (v Version) Rank() int {
	switch v & 0xff00 {
	case draftBase, 0x7e00, 0xfb00:
		return int(TLS12)<<8 + int(v&0xff)
	}
	return int(v) << 8
}

// MarshalText writes the name; it makes versions readable in JSON and YAML.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Version) UnmarshalText(text []byte) error {
	parsed, err := ParseVersion(string(text))
	if err == nil {
		*v = parsed
	}
	return err
}
