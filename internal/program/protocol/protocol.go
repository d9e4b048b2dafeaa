// Package protocol knows the numbers and names by which programs and scripts ask for
// TLS versions.
package protocol

import (
	"strconv"
	"strings"

	"tlsready"
)

// framework gives the bits of SecurityProtocolType and SslProtocols: two for each
// version, one for each role
// (https://learn.microsoft.com/dotnet/api/system.net.securityprotocoltype,
// https://learn.microsoft.com/dotnet/api/system.security.authentication.sslprotocols).
func framework() map[tlsready.Version]uint32 {
	return map[tlsready.Version]uint32{
		tlsready.SSL20: 0x000c, tlsready.SSL30: 0x0030, tlsready.TLS10: 0x00c0,
		tlsready.TLS11: 0x0300, tlsready.TLS12: 0x0c00, tlsready.TLS13: 0x3000,
	}
}

// winHTTP gives the flags of WinHTTP and WinINET
// (https://learn.microsoft.com/windows/win32/winhttp/option-flags).
func winHTTP() map[tlsready.Version]uint32 {
	return map[tlsready.Version]uint32{
		tlsready.SSL20: 0x0008, tlsready.SSL30: 0x0020, tlsready.TLS10: 0x0080,
		tlsready.TLS11: 0x0200, tlsready.TLS12: 0x0800, tlsready.TLS13: 0x2000,
	}
}

// Framework reads a constant of either enumeration of .NET; ok is false if it holds
// bits that are no version. 0 is the system's choice.
func Framework(n uint32) (list []tlsready.Version, ok bool) { return versions(n, framework()) }

// WinHTTP reads flags of WinHTTP; ok is false if they hold bits that are no version.
func WinHTTP(n uint32) (list []tlsready.Version, ok bool) { return versions(n, winHTTP()) }

// Bits are the bits of a version in the enumerations of .NET.
func Bits(v tlsready.Version) uint32 { return framework()[v] }

func versions(n uint32, bits map[tlsready.Version]uint32) (list []tlsready.Version, ok bool) {
	for _, v := range tlsready.Versions() {
		if b := bits[v]; n&b != 0 {
			list = append(list, v)
			n &^= b
		}
	}
	return list, n == 0
}

// Member is the number of a name in either enumeration, without regard to case.
func Member(name string) (n uint32, ok bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "systemdefault", "none":
		return 0, true
	case "ssl2":
		return 0x000c, true
	case "ssl3":
		return 0x0030, true
	case "tls":
		return 0x00c0, true
	case "tls11":
		return 0x0300, true
	case "tls12":
		return 0x0c00, true
	case "tls13":
		return 0x3000, true
	case "default": // of SslProtocols
		return 0x00f0, true
	}
	return 0, false
}

// Names reads what stands for a value of either enumeration in a text: names with
// commas between, or a number.
func Names(text string) (n uint32, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		one, known := Member(part)
		if !known {
			number, err := strconv.ParseUint(part, 10, 31)
			if err != nil {
				return 0, false
			}
			one = uint32(number)
		}
		n |= one
	}
	return n, true
}
