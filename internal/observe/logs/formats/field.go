package formats

import (
	"bytes"
	"net/netip"
	"strconv"

	"tlsready"

	"tlsready/internal/wire"
)

// setter takes the value of a field, which is never empty and never "-"; false says
// that it is not what the field can hold.
type setter func(d *draft, v []byte) bool

// table is what a format's fields mean, by their names.
type table map[string]setter

// absent says that a field has no value, in the way of any of the formats.
func absent(v []byte) bool {
	return len(v) == 0 || len(v) == 1 && v[0] == '-' || string(v) == "(empty)" || string(v) == "null"
}

// set gives a field its value.
func (d *draft) set(s setter, v []byte) {
	if s != nil && !absent(v) && !s(d, v) {
		d.failed = true
	}
}

// client takes an address, with or without a port, or a machine's name.
func client(d *draft, v []byte) bool {
	a, port, ok := address(v)
	if !ok {
		d.c.ClientName = d.text(v)
		return true
	}
	d.client = a
	if port != 0 {
		d.clientPort = port
	}
	return true
}

func clientPort(d *draft, v []byte) bool { return number16(v, &d.clientPort) }

// server takes an address, with or without a port, or a machine's name.
func server(d *draft, v []byte) bool {
	a, port, ok := address(v)
	if !ok {
		d.c.ServerHost = d.text(v)
		return true
	}
	d.server = a
	if port != 0 {
		d.serverPort = port
	}
	return true
}

func serverPort(d *draft, v []byte) bool { return number16(v, &d.serverPort) }

// via takes the balancer's address, where the log has it beside the client's.
func via(d *draft, v []byte) bool {
	a, _, ok := address(v)
	if d.c.Via = a; a == d.client {
		d.c.Via = netip.Addr{}
	}
	return ok
}

func clientName(d *draft, v []byte) bool { d.c.ClientName = d.text(v); return true }

func serverHost(d *draft, v []byte) bool { d.c.ServerHost = d.text(v); return true }

func serverName(d *draft, v []byte) bool { d.c.ServerName = d.text(v); return true }

func userAgent(d *draft, v []byte) bool { d.c.Identity.UserAgent = d.text(v); return true }

func principal(d *draft, v []byte) bool { d.c.Identity.Principal = d.text(v); return true }

func account(d *draft, v []byte) bool { d.c.Identity.Account = d.text(v); return true }

func clientCertificate(d *draft, v []byte) bool {
	d.c.Identity.ClientCertificate = d.text(v)
	return true
}

func serverCertificate(d *draft, v []byte) bool {
	d.c.Identity.ServerCertificate = d.text(v)
	return true
}

func process(d *draft, v []byte) bool { d.c.Identity.Process = d.text(v); return true }

func ja3(d *draft, v []byte) bool { d.c.Identity.JA3 = d.text(v); return true }

func ja4(d *draft, v []byte) bool { d.c.Identity.JA4 = d.text(v); return true }

func kind(d *draft, v []byte) bool { d.kind = d.text(v); return true }

// forwarded takes the list of addresses of X-Forwarded-For: each relay adds whom it saw
// at the end. It is the last one that is not of a private network, since what stands
// before it was only claimed; where all are, the first.
func forwarded(d *draft, v []byte) bool {
	var first netip.Addr
	for rest, more := v, true; more; {
		var part []byte
		if i := bytes.LastIndexByte(rest, ','); i >= 0 {
			rest, part = rest[:i], rest[i+1:]
		} else {
			part, more = rest, false
		}
		a, _, ok := address(bytes.Trim(part, ` "+`))
		if !ok {
			continue
		}
		if first = a; !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			break
		}
	}
	d.forwarded = first
	return true
}

// keep puts a field into Identity.Fields beside what else it means.
func keep(name string, s setter) setter {
	return func(d *draft, v []byte) bool {
		d.keepField(name, d.text(v))
		return s == nil || s(d, v)
	}
}

// keepField puts a value into Identity.Fields.
func (d *draft) keepField(name, value string) {
	if d.fields == nil {
		d.fields = make(map[string]string)
	}
	d.fields[name] = value
}

// version takes a version in any of the spellings of [parseVersion].
func version(d *draft, v []byte) bool {
	parsed, ok := parseVersion(v)
	d.version = parsed
	return ok
}

// offeredMax takes the highest version that the client offered.
func offeredMax(d *draft, v []byte) bool {
	parsed, ok := parseVersion(v)
	d.offered.Max, d.hasOffered = parsed, true
	return ok
}

// suite takes a suite by its IANA name, by OpenSSL's, or by its code.
func suite(d *draft, v []byte) bool {
	s, ok := d.config.suites[string(v)]
	if ok {
		d.suite, d.hasSuite = s, true
		return true
	}
	if s, err := tlsready.ParseSuite(string(v)); err == nil {
		d.suite, d.hasSuite = s, true
	}
	return true // a name that nobody knows does not make the version wrong
}

func group(d *draft, v []byte) bool {
	if g, err := tlsready.ParseGroup(string(v)); err == nil {
		d.group = g
	}
	return true
}

// offeredSuites takes the list of the suites that the client offers, with colons between
// OpenSSL's names, and codes for those that OpenSSL does not know.
func offeredSuites(d *draft, v []byte) bool {
	for name := range bytes.SplitSeq(v, []byte{':'}) {
		s, ok := d.config.suites[string(name)]
		if !ok {
			var err error
			if s, err = tlsready.ParseSuite(string(name)); err != nil || wire.IsGREASE(uint16(s)) {
				continue
			}
		}
		d.offered.Suites, d.hasOffered = append(d.offered.Suites, s), true
	}
	return true
}

// offeredGroups takes the list of the groups that the client offers, in the same form.
func offeredGroups(d *draft, v []byte) bool {
	for name := range bytes.SplitSeq(v, []byte{':'}) {
		if string(name) == "prime256v1" { // OpenSSL's name of it
			name = []byte("secp256r1")
		}
		if g, err := tlsready.ParseGroup(string(name)); err == nil && !wire.IsGREASE(uint16(g)) {
			d.offered.Groups, d.hasOffered = append(d.offered.Groups, g), true
		}
	}
	return true
}

func number16(v []byte, to *uint16) bool {
	n, err := strconv.ParseUint(string(v), 10, 16)
	*to = uint16(n)
	return err == nil
}

// parseVersion reads a version as OpenSSL writes it (TLSv1, TLSv1.2, SSLv3), as Zeek
// does (TLSv12), as the balancers of AWS (tlsv12), as Windows and Azure (TLS 1.2), and
// the plain number (1.2).
func parseVersion(v []byte) (tlsready.Version, bool) {
	switch string(v) {
	case "TLSv1.2":
		return tlsready.TLS12, true
	case "TLSv1.3":
		return tlsready.TLS13, true
	case "TLSv1":
		return tlsready.TLS10, true
	case "TLSv1.1":
		return tlsready.TLS11, true
	}
	if len(v) > 12 {
		return 0, false
	}
	flat := make([]byte, 0, 12)
	for _, b := range v {
		switch {
		case b >= 'A' && b <= 'Z':
			flat = append(flat, b|0x20)
		case b != ' ' && b != '.' && b != '_':
			flat = append(flat, b)
		}
	}
	switch string(flat) {
	case "sslv2", "ssl20", "ssl2", "sslv20":
		return tlsready.SSL20, true
	case "sslv3", "ssl30", "ssl3", "sslv30":
		return tlsready.SSL30, true
	case "tlsv1", "tlsv10", "tls1", "tls10", "10":
		return tlsready.TLS10, true
	case "tlsv11", "tls11", "11":
		return tlsready.TLS11, true
	case "tlsv12", "tls12", "12":
		return tlsready.TLS12, true
	case "tlsv13", "tls13", "13":
		return tlsready.TLS13, true
	}
	return 0, false
}
