package gate

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/message"
)

// hostForm is a host name or an address of IPv4; sniForm a name in which * may stand for
// one label.
var (
	hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?\.?$`)
	sniForm  = regexp.MustCompile(`^(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?))*$`)
)

// endpoint reads HOST:PORT; an IPv6 address stands in brackets.
func endpoint(s string) (string, error) {
	host, port := "", ""
	if at := strings.LastIndexByte(s, ':'); at >= 0 {
		host, port = s[:at], s[at+1:]
	}
	if inside, ok := strings.CutPrefix(host, "["); ok {
		inside, closed := strings.CutSuffix(inside, "]")
		if a, err := netip.ParseAddr(inside); !closed || err != nil || !a.Is6() {
			host = ""
		}
	} else if !hostForm.MatchString(host) {
		host = ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if host == "" || err != nil || n == 0 || port[0] == '+' {
		return "", message.Error("gate.config.endpoint", message.Quote("text", s)).Hinted("gate.hint.endpoint")
	}
	return s, nil
}

// address reads ADDRESS:PORT to listen on; no address before the colon means all.
func address(s string) (string, error) {
	if port, ok := strings.CutPrefix(s, ":"); ok {
		if _, err := endpoint("0.0.0.0:" + port); err == nil {
			return s, nil
		}
	}
	if at, err := netip.ParseAddrPort(s); err == nil && at.Port() != 0 {
		return s, nil
	}
	if host, port, ok := strings.Cut(s, ":"); ok && host == "localhost" {
		if _, err := endpoint("127.0.0.1:" + port); err == nil {
			return s, nil
		}
	}
	return "", message.Error("gate.config.address", message.Quote("text", s)).Hinted("gate.hint.address")
}

func sniPattern(s string) (string, error) {
	low := strings.ToLower(s)
	if !sniForm.MatchString(low) || len(low) > 253 {
		return "", message.Error("gate.config.sni", message.Quote("text", s)).Hinted("gate.hint.sni")
	}
	return low, nil
}

// prefix reads a network. One with bits beyond its length is refused: it is not clear what
// was meant.
func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		p := netip.PrefixFrom(a.Unmap().WithZone(""), a.Unmap().BitLen())
		return p, message.Error("gate.config.cidr", message.Quote("text", s)).Hinted("gate.hint.cidr", message.Str("near", p.String()))
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return p, message.Error("gate.config.cidr", message.Quote("text", s)).Hinted("gate.hint.cidr", message.Str("near", "203.0.113.0/24"))
	}
	if p != p.Masked() {
		return p, message.Error("gate.config.cidr", message.Quote("text", s)).Hinted("gate.hint.cidr", message.Str("near", p.Masked().String()))
	}
	return p, nil
}

// maxDuration bounds times to wait and to look back over.
const maxDuration = 24 * time.Hour

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > maxDuration {
		return 0, message.Error("gate.config.duration", message.Quote("text", s)).Hinted("gate.hint.duration")
	}
	return d, nil
}

func factor(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0 && v <= 1e6) {
		return 0, message.Error("gate.config.factor", message.Quote("text", s))
	}
	return v, nil
}

func webhook(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return "", message.Error("gate.config.webhook", message.Quote("text", s))
	}
	return s, nil
}
