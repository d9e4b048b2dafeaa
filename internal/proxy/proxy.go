// Package proxy reads how Windows and .NET Framework write down through which
// proxy a program goes.
package proxy

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"tlsready/internal/message"
)

// Settings is what one place says about a proxy for https.
type Settings struct {
	Server string   // "proxy.example.com:8080"; "" for none
	Script string   // address of a script that names the proxy (PAC); "" for none
	Bypass []string // names that are reached without it; * stands for anything
}

// Set says whether a proxy, or a script that may name one, is configured.
func (s Settings) Set() bool { return s.Server != "" || s.Script != "" }

// MaxConnection is the largest connection value in bytes that is read: the three
// texts in it are an address, a list that a person typed, and an address.
const MaxConnection = 64 << 10

// Flags of a connection value; 1 (direct) and 8 (look for a script by oneself)
// name no proxy.
const (
	flagProxy  = 2
	flagScript = 4
)

var errCut = message.Error("proxy.cut")

// ParseConnection reads the bytes of WinHttpSettings and of
// DefaultConnectionSettings: a number that grows with the Windows version, a
// counter, flags, then texts, each behind its length: proxy, bypass list, and, in
// the second value alone, the address of a script. All numbers are 32 bits,
// little-endian.
//
// Sources: of the first, Microsoft's KB4494447, which prints the value for "no
// proxy"; of the second, RegBlobWebProxyDataBuilder in the published source of
// .NET Framework. That both have one layout is inferred from these and from
// Wine's winhttp.
func ParseConnection(data []byte) (Settings, error) {
	if len(data) > MaxConnection {
		return Settings{}, message.Error("proxy.value-size", message.Int("size", len(data)), message.Int("limit", MaxConnection))
	}
	const head = 12
	if len(data) < head {
		return Settings{}, errCut
	}
	flags, at := binary.LittleEndian.Uint32(data[8:]), head
	var texts [3]string
	for i := range texts {
		if i == len(texts)-1 && len(data)-at < 4 {
			break // WinHttpSettings ends with the second text
		}
		text, n, err := textAt(data[at:])
		if err != nil {
			return Settings{}, &message.Problem{What: message.AtOffset(at, message.CauseOf(err)), Err: err}
		}
		texts[i], at = text, at+n
	}
	var s Settings
	if flags&flagProxy != 0 {
		s = Plain(texts[0], texts[1])
	}
	if flags&flagScript != 0 {
		s.Script = Address(texts[2])
	}
	return s, nil
}

// textAt reads a text behind its length and says how many bytes both take.
func textAt(data []byte) (text string, n int, err error) {
	if len(data) < 4 {
		return "", 0, errCut
	}
	length := binary.LittleEndian.Uint32(data)
	if uint64(length) > uint64(len(data)-4) {
		return "", 0, message.Error("proxy.text-size", message.Int("size", length), message.Cause("why", errCut))
	}
	return string(data[4 : 4+length]), 4 + int(length), nil
}

// Plain reads a list of proxies and a bypass list as ProxyServer, ProxyOverride
// and netsh have them: "host:port", or "http=host:port;https=host:port"
// (Microsoft, WINHTTP_PROXY_INFO). Only the proxy for https counts.
func Plain(servers, bypass string) Settings {
	var s Settings
	for _, one := range parts(servers) {
		scheme, address, named := strings.Cut(one, "=")
		switch {
		case named && strings.EqualFold(scheme, "https"):
			s.Server = Address(address)
		case !named && s.Server == "":
			s.Server = Address(one)
		}
	}
	if s.Server != "" {
		s.Bypass = parts(bypass)
	}
	return s
}

// parts splits a list at semicolons and blanks.
func parts(list string) []string {
	fields := strings.FieldsFunc(list, func(r rune) bool { return r == ';' || unicode.IsSpace(r) || r == 0 })
	return slices.DeleteFunc(fields, func(s string) bool { return printable(s) == "" })
}

// Address is an address fit to be shown: without control characters, and without
// an account and password in it.
func Address(text string) string {
	text = printable(text)
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "", text
	}
	host, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	if ok {
		host = scheme + "://" + host
	}
	if slash {
		host += "/" + path
	}
	return strings.TrimSuffix(host, "/")
}

func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, "")))
}

// Spares says whether the bypass list keeps a name, or every name of a pattern
// such as "*.example.com", from the proxy. "<local>" stands for names without a
// dot.
func (s Settings) Spares(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(s.Bypass, func(entry string) bool {
		entry = strings.ToLower(entry)
		if _, rest, ok := strings.Cut(entry, "://"); ok {
			entry = rest
		}
		if entry == "<local>" {
			return !strings.Contains(name, ".")
		}
		return matches(entry, name)
	})
}

// matches compares with a pattern in which * stands for anything. A * in the name
// is matched by a * alone, so that a pattern of names lies wholly inside.
func matches(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	if !strings.HasPrefix(name, first) {
		return false
	}
	name = name[len(first):]
	for {
		next, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(name, rest)
		}
		at := strings.Index(name, next)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(next):], more
	}
}
