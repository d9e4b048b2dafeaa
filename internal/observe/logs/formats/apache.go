package formats

import (
	"strings"

	"tlsready/internal/message"
)

// apache is the log of an Apache HTTP Server whose LogFormat or CustomLog is given;
// without it see combined.
//
// Directives: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats; the
// variables of %{…}x: https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars.
func apache() format {
	return format{
		id: "apache", name: "Apache access log (LogFormat)",
		detect: func(c *Config, s *sample) *Layout { return c.fits(apacheDialect(), s) },
	}
}

func apacheDialect() *dialect {
	return &dialect{
		format: "apache",
		fields: table{
			"h": client, "a": client, "{remote}p": clientPort, "{c}a": via,
			"A": server, "p": serverPort, "{local}p": serverPort, "{canonical}p": serverPort,
			"v": serverNameOfHost, "V": serverNameOfHost, "{Host}i": serverNameOfHost, "u": principal,
			"t": whenCLF, "{sec}t": whenUnix, "{User-Agent}i": userAgent, "{User-agent}i": userAgent,
			"{SSL_PROTOCOL}x": version, "{SSL_CIPHER}x": suite, "{SSL_TLS_SNI}x": serverName,
			"{version}c": version, "{cipher}c": suite, // mod_ssl's older form
			"{SSL_CLIENT_S_DN}x": clientCertificate,
		},
		variable: apacheVariable, unquote: apacheUnquote,
		versions: []string{"{SSL_PROTOCOL}x", "{version}c"},
		missing:  message.New("logs.missing-apache"),
	}
}

// apacheVariable reads %h, %>s, %400,501{Referer}i, %{…}x and %%.
func apacheVariable(s string) (string, int) {
	if s[0] != '%' || len(s) < 2 {
		return "", 0
	}
	if s[1] == '%' {
		return "%", 2
	}
	i := 1 + len(s[1:]) - len(strings.TrimLeft(s[1:], "!0123456789,<>"))
	name := ""
	if strings.HasPrefix(s[i:], "{") {
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return "", 0
		}
		name = s[i : i+end+1]
		i += end + 1
	}
	if strings.HasPrefix(s[i:], "^t") && len(s) > i+2 { // %{…}^ti, %{…}^to
		return name + s[i:i+3], i + 3
	}
	if n := identifier(s[i:min(i+1, len(s))]); n == 0 {
		return "", 0
	}
	return name + s[i:i+1], i + 1
}

// apacheUnquote takes LogFormat and its name away, where a whole directive was given.
func apacheUnquote(s string) string {
	for _, directive := range []string{"LogFormat", "CustomLog", "TransferLog"} {
		if rest, found := strings.CutPrefix(s, directive); found {
			s = rest
		}
	}
	begin := strings.IndexByte(s, '"')
	if begin < 0 || strings.IndexByte(s[:begin], '%') >= 0 {
		return s
	}
	end := wordEnd([]byte(s), begin)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\t`, "\t").Replace(s[begin+1 : max(begin+1, end-1)])
}
