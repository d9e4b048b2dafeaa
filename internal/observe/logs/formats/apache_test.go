package formats_test

import "tlsready/internal/observe/logs/formats"

func apacheSamples() []example {
	return []example{{
		"a LogFormat",
		`www.example.com:443 192.0.2.7 - alice [28/Nov/2026:10:00:00 +0000] "GET /\"x HTTP/1.1" 200 12 "-" "a \"quoted\" agent" TLSv1 DHE-RSA-AES256-SHA
www.example.com:80 192.0.2.8 - - [28/Nov/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 12 "-" "-" - -
`,
		[]string{`2026-11-28T10:00:00Z client=192.0.2.7:0 sni=www.example.com got=TLS 1.0 suite=TLS_DHE_RSA_WITH_AES_256_CBC_SHA ua=a \"quoted\" agent principal=alice`},
		formats.Options{LogFormat: `LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %{SSL_PROTOCOL}x %{SSL_CIPHER}x" vhost_tls`},
	}}
}
