package formats

import (
	"strings"

	"tlsready/internal/message"
)

// nginx is the access log of a site whose log_format is given, or that is written as
// JSON with the names of nginx's variables, of http and of stream.
//
// Variables: https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables
// ($ssl_protocol, $ssl_ciphers with OpenSSL names of what the client offers,
// $ssl_curves), https://nginx.org/en/docs/stream/ngx_stream_ssl_preread_module.html
// ($ssl_preread_protocol: the highest version that the client offers),
// https://nginx.org/en/docs/http/ngx_http_core_module.html#variables,
// https://nginx.org/en/docs/http/ngx_http_log_module.html.
func nginx() format {
	return format{
		id: "nginx", name: "nginx access log (log_format or JSON)",
		detect: func(c *Config, s *sample) *Layout {
			if l := c.fits(nginxDialect(), s); l != nil {
				return l
			}
			k := nginxDialect()
			if s.has("ssl_protocol") || s.has("ssl_preread_protocol") {
				return c.jsonLayout("nginx", s, k.fields, nil, "ssl_protocol", "ssl_preread_protocol", "remote_addr")
			}
			if !s.has("remote_addr") || !s.has("time_iso8601") && !s.has("time_local") && !s.has("msec") {
				return nil
			}
			l := c.jsonLayout("nginx", s, k.fields, nil, "ssl_protocol", "ssl_preread_protocol", "remote_addr")
			l.Missing = k.missing
			return l
		},
	}
}

func nginxDialect() *dialect {
	return &dialect{
		format: "nginx",
		fields: table{
			"remote_addr": client, "remote_port": clientPort, "realip_remote_addr": via, "realip_remote_port": nil,
			"server_addr": server, "server_port": serverPort, "hostname": serverHost,
			"time_local": whenCLF, "time_iso8601": when, "msec": whenUnix,
			"ssl_protocol": version, "ssl_cipher": suite, "ssl_curve": group,
			"ssl_ciphers": offeredSuites, "ssl_curves": offeredGroups,
			"ssl_preread_protocol": offeredMax, "ssl_preread_server_name": serverName,
			"ssl_server_name": serverName, "host": serverNameOfHost, "http_host": serverNameOfHost,
			"http_user_agent": userAgent, "remote_user": principal,
			"ssl_client_s_dn": clientCertificate, "ssl_client_s_dn_legacy": clientCertificate,
		},
		variable: nginxVariable, unquote: nginxUnquote,
		versions: []string{"ssl_protocol", "ssl_preread_protocol"},
		missing:  message.New("logs.missing-nginx"),
	}
}

// nginxVariable reads $name or ${name}.
func nginxVariable(s string) (string, int) {
	if s[0] != '$' {
		return "", 0
	}
	if strings.HasPrefix(s, "${") {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	n := identifier(s[1:])
	return s[1 : 1+n], min(n, 1) + n
}

// nginxUnquote takes log_format, its name and escape=, and the quotes of the parts away,
// where a whole directive was given.
func nginxUnquote(s string) string {
	if rest, found := strings.CutPrefix(s, "log_format"); found {
		rest = strings.TrimSpace(rest)
		rest = strings.TrimSpace(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"))
		if escape, after, found := strings.Cut(rest, " "); found && strings.HasPrefix(escape, "escape=") {
			rest = strings.TrimSpace(after)
		}
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ";"))
	}
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return s
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '\'':
			quoted = !quoted
		case quoted:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
