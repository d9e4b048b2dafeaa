package survey

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"tlsready/internal/message"
)

const (
	// maxRange is the most addresses of one CIDR range: a /16 of IPv4. More than that
	// is most likely a slip of the finger, and can be given as several ranges.
	maxRange = 1 << 16
	// HTTPSPort is the port of a target that names none.
	HTTPSPort = 443
)

// Target is one thing to look at: a host or an address with its port.
type Target struct {
	Host string
	Port uint16
	// PassedOver says why it is listed and not probed; zero for what is probed.
	PassedOver message.Text
}

// String is host:port, as documents name it.
func (t Target) String() string {
	return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
}

// targetSpec is what one word of the user stands for: one target, or a range.
type targetSpec struct {
	Target
	prefix netip.Prefix // valid for a range
}

// parseTarget reads host, host:port, [v6]:port, an address, a URL with https, or
// a CIDR range with or without a port.
func parseTarget(word string, port uint16) (targetSpec, error) {
	word = strings.TrimSpace(word)
	if scheme, _, ok := strings.Cut(word, "://"); ok {
		return parseTargetURL(word, scheme)
	}
	if addr, err := netip.ParseAddr(word); err == nil {
		return targetSpec{Target: Target{Host: addr.String(), Port: port}}, nil
	}
	if strings.Contains(word, "/") {
		return parseRange(word, port)
	}
	name, rest, err := net.SplitHostPort(word)
	if err != nil {
		if strings.ContainsAny(word, ":[]") {
			return targetSpec{}, errTarget()
		}
		name = word
	} else if port, err = parsePort(rest); err != nil {
		return targetSpec{}, err
	}
	return hostSpec(name, port)
}

// Why a word is no target.
func errTarget() error { return message.Error("survey.target.form") }
func errPort() error   { return message.Error("survey.target.port") }

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, errPort()
	}
	return uint16(n), nil
}

// hostSpec checks a name: letters of any script, digits, and what names are
// separated with. A name has at most 253 characters (RFC 1035 section 2.3.4).
func hostSpec(name string, port uint16) (targetSpec, error) {
	name = strings.TrimSuffix(name, ".")
	if addr, err := netip.ParseAddr(name); err == nil {
		return targetSpec{Target: Target{Host: addr.String(), Port: port}}, nil
	}
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }
	if name == "" || len(name) > 253 || strings.ContainsAny(name, "@/\\?#%\"'<>:[]") || strings.ContainsFunc(name, odd) {
		return targetSpec{}, errTarget()
	}
	t := Target{Host: name, Port: port}
	if strings.Contains(name, "*") {
		t.PassedOver = message.New("probe.not-probed.wildcard")
	}
	return targetSpec{Target: t}, nil
}

func parseTargetURL(word, scheme string) (targetSpec, error) {
	if !strings.EqualFold(scheme, "https") {
		return targetSpec{}, message.Error("survey.target.scheme", message.Str("scheme", scheme))
	}
	u, err := url.Parse(word)
	if err != nil || u.Hostname() == "" {
		return targetSpec{}, errTarget()
	}
	port := uint16(HTTPSPort)
	if u.Port() != "" {
		if port, err = parsePort(u.Port()); err != nil {
			return targetSpec{}, err
		}
	}
	return hostSpec(u.Hostname(), port)
}

// parseRange reads 192.0.2.0/28, 192.0.2.0/28:8443 and [2001:db8::/120]:443.
func parseRange(word string, port uint16) (targetSpec, error) {
	text := word
	if name, rest, err := net.SplitHostPort(word); err == nil && (strings.Contains(name, "/") || strings.Contains(rest, "/")) {
		if !strings.Contains(rest, "/") {
			text = name
			if port, err = parsePort(rest); err != nil {
				return targetSpec{}, err
			}
		}
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return targetSpec{}, errTarget()
	}
	prefix = prefix.Masked()
	if prefix.Addr().BitLen()-prefix.Bits() > 16 {
		return targetSpec{}, message.Error("survey.target.range", message.Int("most", maxRange))
	}
	return targetSpec{Target: Target{Host: text, Port: port}, prefix: prefix}, nil
}

// each gives the targets that a spec stands for.
func (s targetSpec) each(yield func(Target) bool) bool {
	if !s.prefix.IsValid() {
		return yield(s.Target)
	}
	for addr := s.prefix.Addr(); s.prefix.Contains(addr); addr = addr.Next() {
		if !yield(Target{Host: addr.String(), Port: s.Port}) {
			return false
		}
	}
	return true
}

// count is how many targets a spec stands for.
func (s targetSpec) count() int {
	if !s.prefix.IsValid() {
		return 1
	}
	return 1 << (s.prefix.Addr().BitLen() - s.prefix.Bits())
}
