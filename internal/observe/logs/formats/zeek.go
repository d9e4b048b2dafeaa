package formats

import (
	"bytes"
	"strconv"
	"strings"

	"tlsready"

	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// zeek is ssl.log of Zeek, in its own form with tabs and headers or as JSON. What was
// negotiated is there always; what was offered with policy/protocols/ssl/ssl-log-ext,
// which is not loaded by default.
//
// Fields: https://docs.zeek.org/en/master/logs/ssl.html and
// https://github.com/zeek/zeek/blob/master/scripts/policy/protocols/ssl/ssl-log-ext.zeek;
// names of versions: version_strings of
// https://github.com/zeek/zeek/blob/master/scripts/base/protocols/ssl/consts.zeek.
func zeek() format {
	return format{
		id: "zeek", name: "Zeek ssl.log",
		header: zeekHeader,
		detect: func(c *Config, s *sample) *Layout {
			if !s.has("id.orig_h", "uid", "established") {
				return nil
			}
			l := c.jsonLayout("zeek", s, zeekFields(), zeekCheck, "id.orig_h")
			l.Named, l.Missing = true, zeekMissing(s.has("client_version") || s.has("client_supported_versions"))
			return l
		},
	}
}

// zeekMissing asks for the fields of the hello: the version that was negotiated is there.
func zeekMissing(extended bool) message.Text {
	if extended {
		return message.Text{}
	}
	return message.New("logs.missing-zeek")
}

func zeekFields() table {
	return table{
		"ts": zeekTime, "id.orig_h": client, "id.orig_p": clientPort, "id.resp_h": server, "id.resp_p": serverPort,
		"version": zeekVersion, "cipher": suite, "curve": group, "server_name": serverName,
		"established": zeekEstablished, "last_alert": zeekAlert, "ssl_history": zeekHistory,
		"subject": serverCertificate, "client_subject": clientCertificate,
		"client_version": zeekClientVersion, "client_supported_versions": zeekVersions,
		"client_ciphers": zeekSuites, "client_curves": zeekGroups,
		"ja3": ja3, "ja4": ja4,
	}
}

// zeekTabs is what the headers said so far.
type zeekTabs struct {
	separator byte
	ssl       bool
}

// zeekHeader reads #separator, #path and #fields, and passes over the others.
func zeekHeader(c *Config, line []byte, was *Layout) *Layout {
	tabs := zeekTabs{separator: '\t'}
	if was != nil && was.Format == "zeek" {
		tabs, _ = was.state.(zeekTabs)
	}
	name, rest, _ := bytes.Cut(line, []byte{' '})
	if string(name) == "#separator" {
		tabs = zeekTabs{separator: '\t'}
		if n, err := strconv.ParseUint(strings.TrimPrefix(string(rest), `\x`), 16, 8); err == nil {
			tabs.separator = byte(n)
		}
		return &Layout{Format: "zeek", state: tabs, parse: notSSL}
	}
	names := strings.Split(string(line), string(rune(tabs.separator)))
	switch {
	case names[0] == "#path" && len(names) == 2:
		tabs.ssl = names[1] == "ssl"
		return &Layout{Format: "zeek", state: tabs, parse: notSSL}
	case names[0] == "#fields" && tabs.ssl:
		return c.zeekLayout(names[1:], tabs)
	}
	return nil
}

// notSSL passes over the lines of Zeek's other logs.
func notSSL(*draft, []byte) Outcome { return Other }

func (c *Config) zeekLayout(names []string, tabs zeekTabs) *Layout {
	extended := false
	for _, n := range names {
		extended = extended || n == "client_version" || n == "client_supported_versions"
	}
	return &Layout{
		Format: "zeek", Named: true, state: tabs, Missing: zeekMissing(extended),
		parse: c.columns(zeekFields(), names, tabs.separator, zeekCheck).parse,
	}
}

// zeekRecord is what fields say of one another.
type zeekRecord struct {
	failed bool
	alert  string
	last   byte // of the alerts in ssl_history: L the client's, l the server's
	dtls   bool
}

// zeekCheck leaves DTLS out, and takes the last alert as the end of a handshake where it
// failed. Where it was only not seen to its end, nothing is said.
func zeekCheck(d *draft) Outcome {
	r := &d.zeek
	if r.dtls {
		return Other
	}
	if r.failed && r.alert != "" {
		d.setAlert(r.alert, r.last == 'l')
	}
	return Seen
}

// zeekTime takes seconds since 1970, or the time as Zeek writes it in JSON when it is
// told to (LogAscii::json_timestamps).
func zeekTime(d *draft, v []byte) bool {
	if bytes.IndexByte(v, 'T') >= 0 {
		return when(d, v)
	}
	return whenUnix(d, v)
}

// zeekVersion takes the version of the ServerHello; what Zeek does not know it calls
// unknown-N.
func zeekVersion(d *draft, v []byte) bool {
	switch {
	case bytes.HasPrefix(v, []byte("DTLS")):
		d.zeek.dtls = true
		return true
	case bytes.HasPrefix(v, []byte("unknown-")):
		return zeekCode(string(v[len("unknown-"):]), &d.version)
	}
	if _, draft, found := strings.Cut(string(v), "TLSv13-draft"); found {
		n, err := strconv.ParseUint(draft, 10, 8)
		d.version = 0x7f00 | tlsready.Version(n)
		return err == nil
	}
	return version(d, v)
}

func zeekCode(v string, to *tlsready.Version) bool {
	n, err := strconv.ParseUint(v, 10, 16)
	*to = tlsready.Version(n)
	return err == nil
}

func zeekEstablished(d *draft, v []byte) bool {
	d.zeek.failed = string(v) == "F" || string(v) == "false"
	return true
}

func zeekAlert(d *draft, v []byte) bool { d.zeek.alert = string(v); return true }

// zeekHistory takes the letters of the messages: capital ones are the client's.
func zeekHistory(d *draft, v []byte) bool {
	if i := bytes.LastIndexAny(v, "Ll"); i >= 0 {
		d.zeek.last = v[i]
	}
	return true
}

// zeekClientVersion takes legacy_version, which is the maximum where supported_versions
// is not there (RFC 8446 section 4.2.1).
func zeekClientVersion(d *draft, v []byte) bool {
	var max tlsready.Version
	if !zeekCode(string(v), &max) {
		return false
	}
	d.hasOffered = true
	if d.offered.Versions == nil {
		d.offered.Max = max
	}
	return true
}

func zeekVersions(d *draft, v []byte) bool {
	for _, n := range zeekNumbers(v) {
		if v := tlsready.Version(n); !wire.IsGREASE(n) {
			d.offered.Versions = append(d.offered.Versions, v)
		}
	}
	if len(d.offered.Versions) == 0 {
		return true
	}
	d.hasOffered, d.offered.Max = true, d.offered.Versions[0]
	for _, o := range d.offered.Versions {
		if o.Rank() > d.offered.Max.Rank() {
			d.offered.Max = o
		}
	}
	return true
}

func zeekSuites(d *draft, v []byte) bool {
	for _, n := range zeekNumbers(v) {
		if !wire.IsGREASE(n) {
			d.offered.Suites, d.hasOffered = append(d.offered.Suites, tlsready.Suite(n)), true
		}
	}
	return true
}

func zeekGroups(d *draft, v []byte) bool {
	for _, n := range zeekNumbers(v) {
		if !wire.IsGREASE(n) {
			d.offered.Groups, d.hasOffered = append(d.offered.Groups, tlsready.Group(n)), true
		}
	}
	return true
}

// zeekNumbers reads a vector of numbers: 771,770, or [771,770] in JSON.
func zeekNumbers(v []byte) []uint16 {
	var list []uint16
	for part := range bytes.SplitSeq(bytes.Trim(v, "[]"), []byte{','}) {
		if n, err := strconv.ParseUint(string(bytes.TrimSpace(part)), 10, 16); err == nil {
			list = append(list, uint16(n))
		}
	}
	return list
}
