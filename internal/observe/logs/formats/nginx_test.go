package formats_test

import "tlsready/internal/observe/logs/formats"

func nginxSamples() []example {
	return []example{
		{
			"a site's log_format",
			`www.example.com 192.0.2.7:49301 [28/Nov/2026:10:00:00 +0900] "GET /a\x22b HTTP/1.1" 200 TLSv1.1|AES256-SHA "curl/7.1"
www.example.com 192.0.2.8:49302 [28/Nov/2026:10:00:01 +0900] "GET / HTTP/1.1" 301 -|- "-"
`,
			[]string{"2026-11-28T01:00:00Z client=192.0.2.7:49301 sni=www.example.com got=TLS 1.1 suite=TLS_RSA_WITH_AES_256_CBC_SHA ua=curl/7.1"},
			formats.Options{LogFormat: `log_format tls '$host $remote_addr:$remote_port [$time_local] "$request" $status '
			'$ssl_protocol|$ssl_cipher "$http_user_agent"';`},
		},
		{
			"what the client offers",
			`192.0.2.7 2026-11-28T10:00:00+00:00 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 0x0a0a:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA 0x6a6a:X25519:prime256v1 www.example.com
`,
			[]string{"2026-11-28T10:00:00Z client=192.0.2.7:0 sni=www.example.com got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 suite=TLS_AES_128_GCM_SHA256 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 suite=TLS_RSA_WITH_AES_128_CBC_SHA group=x25519 group=secp256r1"},
			formats.Options{LogFormat: `$remote_addr $time_iso8601 $ssl_protocol $ssl_cipher $ssl_ciphers $ssl_curves ${ssl_server_name}`},
		},
		{
			"stream with ssl_preread",
			`192.0.2.7 [28/Nov/2026:10:00:00 +0000] TCP 200 TLSv1 
192.0.2.8 [28/Nov/2026:10:00:01 +0000] TCP 200 TLSv1.3 www.example.com
192.0.2.9 [28/Nov/2026:10:00:02 +0000] TCP 200 - -
`,
			[]string{
				"2026-11-28T10:00:00Z client=192.0.2.7:0 max=TLS 1.0",
				"2026-11-28T10:00:01Z client=192.0.2.8:0 sni=www.example.com max=TLS 1.3",
			},
			formats.Options{LogFormat: `$remote_addr [$time_local] $protocol $status $ssl_preread_protocol $ssl_preread_server_name`},
		},
		{
			"JSON",
			`{"time_iso8601":"2026-11-28T10:00:00+09:00","remote_addr":"198.51.100.1","http_x_forwarded_for":"192.0.2.7","ssl_protocol":"TLSv1","ssl_cipher":"AES128-SHA","http_user_agent":"a \"b\" \u00e9","status":200}
{"time_iso8601":"2026-11-28T10:00:01+09:00","remote_addr":"198.51.100.1","http_x_forwarded_for":"192.0.2.8","ssl_protocol":"","ssl_cipher":"","http_user_agent":"x","status":200}
`,
			[]string{`2026-11-28T01:00:00Z client=192.0.2.7:0 via=198.51.100.1 got=TLS 1.0 suite=TLS_RSA_WITH_AES_128_CBC_SHA ua=a "b" é`},
			formats.Options{ClientField: "X-Forwarded-For"},
		},
	}
}

func nginxErrorSamples() []example {
	return []example{{
		"handshakes that failed",
		`2026/11/28 10:00:00 [info] 12#12: *3 SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking, client: 192.0.2.7, server: 0.0.0.0:443
2026/11/28 10:00:01 [info] 12#12: *4 SSL_do_handshake() failed (SSL: error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking, client: 2001:db8::7, server: [::]:443
2026/11/28 10:00:02 [info] 12#12: *5 SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking, client: 192.0.2.8, server: 0.0.0.0:443
2026/11/28 10:00:03 [info] 12#12: *6 peer closed connection in SSL handshake while SSL handshaking, client: 192.0.2.9, server: 0.0.0.0:443
2026/11/28 10:00:04 [error] 12#12: *7 open() "/var/www/x" failed (2: No such file or directory), client: 192.0.2.9, server: _, request: "GET /x HTTP/1.1", host: "www.example.com"
2026/11/28 10:00:05 [notice] 12#12: signal process started
`,
		[]string{
			"2026-11-28T10:00:00Z client=192.0.2.7:0 server=0.0.0.0:443 refused=yes alert=protocol_version/server",
			"2026-11-28T10:00:01Z client=[2001:db8::7]:0 server=[::]:443 refused=yes alert=handshake_failure/server",
			"2026-11-28T10:00:02Z client=192.0.2.8:0 server=0.0.0.0:443 refused=yes alert=unknown_ca/client",
		},
		formats.Options{},
	}}
}
