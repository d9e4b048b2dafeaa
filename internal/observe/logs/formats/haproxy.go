package formats

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"tlsready"

	"tlsready/internal/message"
)

// haproxy is the log of HAProxy: "option httpslog" and formats to which a site has added
// %sslv, any log-format that is given, and the line of a handshake that failed. Times are
// those of the machine, without a zone.
//
// https://docs.haproxy.org/2.6/configuration.html, sections 8.2.4 "HTTPS log format",
// 8.2.5 "Error log format", 8.2.6 "Custom log format", and 7.3.3 for fc_err and ssl_fc_….
func haproxy() format {
	return format{
		id: "haproxy", name: "HAProxy",
		detect: func(c *Config, s *sample) *Layout {
			if l := c.fits(haproxyDialect(), s); l != nil {
				return l
			}
			line := newDraft(c).stripped(s.line)
			if _, _, rest, ok := haproxyBegin(line); !ok || len(rest) == 0 {
				return nil
			}
			return &Layout{Format: "haproxy", parse: parseHAProxy, Missing: message.New("logs.missing-haproxy")}
		},
	}
}

// haproxyBegin takes ADDRESS:PORT [TIME] off.
func haproxyBegin(line []byte) (from, at, rest []byte, ok bool) {
	from, rest, _ = bytes.Cut(line, []byte{' '})
	if a, port, ok := address(from); !ok || !a.IsValid() || port == 0 {
		return nil, nil, nil, false
	}
	if len(rest) == 0 || rest[0] != '[' {
		return nil, nil, nil, false
	}
	end := wordEnd(rest, 0)
	at, rest = rest[:end], bytes.TrimLeft(rest[end:], " ")
	// The fraction, and the lack of a zone, tell HAProxy from access logs.
	if len(at) != len("[28/Nov/2026:10:00:00.123]") {
		return nil, nil, nil, false
	}
	return from, at, rest, true
}

// parseHAProxy reads a line of one of HAProxy's own formats.
func parseHAProxy(d *draft, line []byte) Outcome {
	from, at, rest, ok := haproxyBegin(d.stripped(line))
	if !ok {
		return Foreign
	}
	d.set(client, from)
	d.set(whenCLF, at)
	// FRONTEND/BIND: MESSAGE
	name, text, found := bytes.Cut(rest, []byte(": "))
	if found && bytes.IndexByte(name, ' ') < 0 {
		return haproxyError(d, text)
	}
	for word := range bytes.FieldsSeq(outside(rest)) {
		if haproxyVersion(d, word) {
			break
		}
		// FC_ERR/SSL_FC_ERR/…, of the error-log-format that the documentation proposes
		code, after, _ := bytes.Cut(word, []byte{'/'})
		if hex, _, _ := bytes.Cut(after, []byte{'/'}); len(hex) == 8 || len(hex) == 16 {
			haproxyCode(d, code)
		}
	}
	return d.checked(haproxyCheck)
}

// outside leaves the request and the captured headers out, which clients write.
func outside(line []byte) []byte {
	from := bytes.IndexAny(line, "{\"")
	if from < 0 {
		return line
	}
	to := bytes.LastIndexAny(line, "}\"")
	return slices.Concat(line[:from], []byte{' '}, line[to+1:])
}

// haproxyError reads the message of a connection that came to nothing. A timeout or an
// end before the hello is no refusal.
func haproxyError(d *draft, text []byte) Outcome {
	if !bytes.HasPrefix(text, []byte("SSL handshake failure")) {
		return Other
	}
	d.c.Refused = true
	return d.finish()
}

// haproxyVersion reads a word that is a version, or NAME/VERSION/SUITE as httpslog ends.
func haproxyVersion(d *draft, word []byte) bool {
	parts := bytes.Split(word, []byte{'/'})
	switch len(parts) {
	case 1, 2:
		v, ok := parseVersion(parts[0])
		if !ok || len(parts[0]) < len("TLSv1") {
			return false
		}
		d.version = v
		if len(parts) == 2 {
			d.set(haproxySuite, parts[1])
		}
		return true
	case 3:
		v, ok := parseVersion(parts[1])
		if !ok || len(parts[1]) < len("TLSv1") {
			return false
		}
		d.version = v
		d.set(serverName, parts[0])
		d.set(haproxySuite, parts[2])
		return true
	}
	return false
}

func haproxyDialect() *dialect {
	return &dialect{
		format: "haproxy",
		fields: table{
			"ci": client, "cp": clientPort, "fi": server, "fp": serverPort, "H": serverHost,
			"t": whenCLF, "tr": whenCLF, "trl": whenCLF, "trg": whenCLF, "T": whenCLF, "Tl": whenCLF, "Ts": whenUnix,
			"sslv": version, "sslc": haproxySuite,
			"[src]": client, "[src_port]": clientPort, "[dst]": server, "[dst_port]": serverPort,
			"[ssl_fc_protocol]": version, "[ssl_fc_cipher]": haproxySuite, "[ssl_fc_sni]": serverName, "[req.ssl_sni]": serverName,
			"[ssl_c_s_dn]": clientCertificate, "[fc_err]": haproxyCode, "[fc_err_str]": haproxyMessage,
			"[ssl_fc_protocol_hello_id]": haproxyHello, "[req.ssl_ver]": haproxyRequest,
			"[req.fhdr(user-agent)]": userAgent, "[req.hdr(user-agent)]": userAgent, "[hdr(user-agent)]": userAgent,
		},
		variable: haproxyVariable, unquote: haproxyUnquote,
		versions: []string{"sslv", "[ssl_fc_protocol]", "[ssl_fc_protocol_hello_id]", "[req.ssl_ver]"},
		missing:  message.New("logs.missing-haproxy"),
		check:    haproxyCheck, strip: true,
	}
}

// haproxyCheck forgets the version of a handshake that did not come to an end: HAProxy
// logs the one that it had got to, or would have begun with.
func haproxyCheck(d *draft) Outcome {
	if d.kind != noSuite && !d.c.Refused {
		return Seen
	}
	d.version, d.hasSuite = 0, false
	if !d.c.Refused {
		return Other // the client went away
	}
	return Seen
}

// noSuite is what HAProxy logs as the suite of a handshake that did not come to an end.
const noSuite = "(NONE)"

func haproxySuite(d *draft, v []byte) bool {
	if string(v) == noSuite {
		d.kind = noSuite
		return true
	}
	return suite(d, v)
}

// haproxyCode takes fc_err: 34, 35 and 43 are handshakes that failed; 25 to 29 are ends
// and limits of other kinds.
func haproxyCode(d *draft, v []byte) bool {
	switch string(v) {
	case "34", "35", "43":
		d.c.Refused = true
	}
	return true
}

func haproxyMessage(d *draft, v []byte) bool {
	d.c.Refused = d.c.Refused || bytes.HasPrefix(v, []byte("SSL handshake failure")) || string(v) == "SSL fatal error"
	return true
}

// haproxyHello takes legacy_version: below TLS 1.2 it is the maximum; at TLS 1.2 the
// client may go to TLS 1.3 (RFC 8446 section 4.1.2).
func haproxyHello(d *draft, v []byte) bool {
	n, err := strconv.ParseUint(string(v), 10, 16)
	if offered := tlsready.Version(n); offered < tlsready.TLS12 && offered >= tlsready.SSL30 {
		d.offered.Max, d.hasOffered = offered, true
	}
	return err == nil
}

// haproxyRequest takes req.ssl_ver: major × 65536 + minor.
func haproxyRequest(d *draft, v []byte) bool {
	n, err := strconv.ParseUint(string(v), 10, 32)
	if n != 0 {
		haproxyHello(d, strconv.AppendUint(nil, n>>16<<8|n&0xff, 10))
	}
	return err == nil
}

// haproxyVariable reads %ci, %{+Q}r, %[ssl_fc_sni], %% and %o, which prints nothing.
func haproxyVariable(s string) (string, int) {
	if s[0] != '%' || len(s) < 2 {
		return "", 0
	}
	if s[1] == '%' {
		return "%", 2
	}
	i := 1
	if s[i] == '{' {
		end := strings.IndexByte(s, '}')
		if end < 0 || end+1 >= len(s) {
			return "", 0
		}
		i = end + 1
	}
	if s[i] == '[' {
		end := strings.IndexByte(s[i:], ']')
		if end < 0 {
			return "", 0
		}
		return "[" + haproxyExpression(s[i+1:i+end]) + "]", i + end + 1
	}
	n := identifier(s[i:])
	for ; n > 0; n-- {
		if haproxyKnown(s[i : i+n]) {
			if s[i:i+n] == "o" {
				return "", i + n
			}
			return s[i : i+n], i + n
		}
	}
	return "", 0
}

// haproxyExpression leaves the converters of a sample away.
func haproxyExpression(s string) string {
	depth := 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			return s[:i]
		}
	}
	return strings.TrimSpace(s)
}

// haproxyKnown says whether HAProxy has a variable of this name.
func haproxyKnown(name string) bool {
	const names = " o B CC CS H HM HP HPO HQ HU HV ID ST T Ta Tc Td Tl Th Ti Tq TR Tr Ts Tt Tu Tw U ac b bc bi bp bq ci cp f fc fi fp ft lc hr hrl hs hsl ms pid r rc rt s sc si sp sq sslc sslv t tr trg trl ts tsc "
	return strings.Contains(names, " "+name+" ")
}

// haproxyUnquote takes log-format and the quotes or backslashes around the format away.
func haproxyUnquote(s string) string {
	for _, directive := range []string{"error-log-format", "log-format"} {
		if rest, found := strings.CutPrefix(s, directive); found {
			s = strings.TrimSpace(rest)
		}
	}
	s = strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(s)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
	}
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return s[1 : len(s)-1]
	}
	return strings.ReplaceAll(s, `\ `, " ")
}
