package formats

import (
	"bytes"

	"tlsready/internal/wire"
)

// nginxError is the error log of nginx: handshakes that failed, of which the access log
// has nothing. Times are those of the machine, without a zone; the lines of failed
// handshakes are of the level "info", so that error_log must be set to it, except for
// those that OpenSSL calls errors.
//
// The form is ngx_log_error_core and ngx_http_log_error_handler of
// https://github.com/nginx/nginx/blob/master/src/core/ngx_log.c, the levels by reason
// ngx_ssl_connection_error of src/event/ngx_event_openssl.c.
func nginxError() format {
	return format{
		id: "nginx-error", name: "nginx error log",
		detect: func(c *Config, s *sample) *Layout {
			if parseNginxError(newDraft(c), s.line) == Foreign {
				return nil
			}
			return &Layout{Format: "nginx-error", parse: parseNginxError}
		},
	}
}

// parseNginxError reads 2026/11/28 10:00:00 [info] 12#12: *3 TEXT, client: …, server: ….
func parseNginxError(d *draft, line []byte) Outcome {
	line = d.stripped(line)
	at, rest, ok := isoTime(line, &d.zone)
	level, rest, found := bytes.Cut(rest, []byte("] "))
	if !ok || !found || line[4] != '/' || !bytes.HasPrefix(level, []byte(" [")) || bytes.IndexByte(rest, '#') < 0 {
		return Foreign
	}
	d.c.Time = at
	if !bytes.Contains(rest, []byte(" while SSL handshaking")) {
		return Other
	}
	if !bytes.Contains(rest, []byte("SSL_do_handshake() failed")) {
		return Other // the peer went away, which is no refusal
	}
	d.c.Refused = true
	opensslReason(d, rest)
	for part := range bytes.SplitSeq(rest, []byte(", ")) {
		name, value, _ := bytes.Cut(part, []byte(": "))
		switch string(name) {
		case "client":
			d.set(client, value)
		case "server":
			d.set(server, value)
		}
	}
	return d.finish()
}

// opensslReason takes the alert from the reason of an error of OpenSSL: alerts that came
// from the client have their number, and for its own the reason tells which one it sends
// (ssl/statem/*.c of https://github.com/openssl/openssl: SSLfatal(s, SSL_AD_…, SSL_R_…)).
func opensslReason(d *draft, text []byte) {
	if _, rest, found := bytes.Cut(text, []byte("SSL alert number ")); found {
		n := 0
		for len(rest) > 0 && rest[0]-'0' <= 9 && n < 256 {
			n, rest = n*10+int(rest[0]-'0'), rest[1:]
		}
		if n < 256 {
			d.alert, d.hasAlert = wire.AlertDescription(n), true
		}
		return
	}
	for _, r := range []struct {
		reason string
		alert  wire.AlertDescription
	}{
		{":unsupported protocol", wire.ProtocolVersion},
		{":version too low", wire.ProtocolVersion},
		{":wrong version number", wire.ProtocolVersion},
		{":no shared cipher", wire.HandshakeFailure},
		{":no suitable signature algorithm", wire.HandshakeFailure},
	} {
		if bytes.Contains(text, []byte(r.reason)) {
			d.alert, d.hasAlert, d.alertByServer = r.alert, true, true
			return
		}
	}
}
