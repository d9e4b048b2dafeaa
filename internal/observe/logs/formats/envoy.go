package formats

import (
	"bytes"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// envoy is the access log of Envoy and of what is built on it, with the format of the
// configuration, or as JSON whose keys are the operators in lower case, as Istio has them.
// A connection whose handshake failed has a reason in DOWNSTREAM_TRANSPORT_FAILURE_REASON.
//
// Operators: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators;
// reasons: https://github.com/envoyproxy/envoy/issues/44233.
func envoy() format {
	return format{
		id: "envoy", name: "Envoy access log",
		detect: func(c *Config, s *sample) *Layout {
			k := envoyDialect()
			if l := c.fits(k, s); l != nil {
				return l
			}
			if !s.has("downstream_tls_version") && !s.has("downstream_remote_address") && !s.has("downstream_transport_failure_reason") {
				return nil
			}
			fields := table{"timestamp": when, "user_agent": userAgent, "client_ip": client}
			for name, set := range k.fields {
				fields[strings.ToLower(name)] = set
			}
			l := c.jsonLayout("envoy", s, fields, nil, "downstream_tls_version", "downstream_remote_address", "downstream_transport_failure_reason")
			if !s.has("downstream_tls_version") {
				l.Missing = k.missing
			}
			return l
		},
	}
}

func envoyDialect() *dialect {
	return &dialect{
		format: "envoy",
		fields: table{
			"START_TIME": when, "DOWNSTREAM_REMOTE_ADDRESS": client, "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": client,
			"DOWNSTREAM_DIRECT_REMOTE_ADDRESS": client, "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": client, "DOWNSTREAM_REMOTE_PORT": clientPort,
			"DOWNSTREAM_LOCAL_ADDRESS": server, "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": server, "DOWNSTREAM_LOCAL_PORT": serverPort,
			"DOWNSTREAM_TLS_VERSION": version, "DOWNSTREAM_TLS_CIPHER": suite, "REQUESTED_SERVER_NAME": serverName,
			"DOWNSTREAM_PEER_SUBJECT": clientCertificate, "TLS_JA3_FINGERPRINT": ja3, "TLS_JA4_FINGERPRINT": ja4,
			"REQ(USER-AGENT)": userAgent, "DOWNSTREAM_TRANSPORT_FAILURE_REASON": envoyFailure,
		},
		variable: envoyVariable, unquote: func(s string) string { return strings.TrimSuffix(s, `\n`) },
		versions: []string{"DOWNSTREAM_TLS_VERSION"},
		missing:  message.New("logs.missing-envoy"),
	}
}

// envoyVariable reads %NAME%, %NAME(ARGUMENT)% and %NAME(ARGUMENT):LENGTH%.
func envoyVariable(s string) (string, int) {
	if s[0] != '%' || len(s) < 2 {
		return "", 0
	}
	if s[1] == '%' {
		return "%", 2
	}
	n := identifier(s[1:])
	name, i := s[1:1+n], 1+n
	if n == 0 || name != strings.ToUpper(name) {
		return "", 0
	}
	if i < len(s) && s[i] == '(' {
		end := strings.Index(s[i:], ")")
		if end < 0 {
			return "", 0
		}
		if argument := strings.ToUpper(s[i : i+end+1]); name == "REQ" {
			name += argument
		}
		i += end + 1
	}
	end := strings.IndexByte(s[i:], '%')
	if end < 0 || end > 0 && s[i] != ':' {
		return "", 0
	}
	return name, i + end + 1
}

// envoyFailure takes the reason of a failed handshake, an error of BoringSSL with low
// lines for spaces. A reset by the client is none.
func envoyFailure(d *draft, v []byte) bool {
	if !bytes.HasPrefix(v, []byte("TLS_error")) {
		return true
	}
	d.c.Refused = true
	for reason, alert := range map[string]wire.AlertDescription{
		"WRONG_VERSION_NUMBER": wire.ProtocolVersion, "UNSUPPORTED_PROTOCOL": wire.ProtocolVersion,
		"NO_SHARED_CIPHER": wire.HandshakeFailure,
	} {
		if bytes.Contains(v, []byte(reason)) {
			d.alert, d.hasAlert, d.alertByServer = alert, true, true
		}
	}
	return true
}
