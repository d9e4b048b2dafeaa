package formats_test

import "tlsready/internal/observe/logs/formats"

func tlsreadySamples() []example {
	return []example{{
		"visits of a rehearsal, a line of watch and one of a gate",
		`{"schema":"tlsready.connection/v1","source":"rehearse","format":"rehearse","time":"2026-11-29T01:26:58.507237Z","client":"192.0.2.7:49301","server":"192.0.2.10:8443","transport":"tcp","serverName":"lab.example.com","offered":{"max":"TLS 1.3","versions":["TLS 1.3","TLS 1.2"],"exact":true,"suites":["TLS_AES_128_GCM_SHA256","0xfefe","0x0a0a"],"groups":["x25519"],"signatureAlgorithms":[]},"negotiated":{"version":"TLS 1.3","suite":"TLS_AES_128_GCM_SHA256","group":"x25519"},"alert":null,"ja3":"78f0dc5ac5b19daf131a133cfdee9691","ja4":"t13d0201_x_y","stack":"openssl-3","owner":"","identity":{"principal":"","account":"","clientCertificate":"","userAgent":"curl/7.88.1"},"survives":"yes","why":"","remedy":"","rehearsal":{"service":"tls12","on":"2026-11-29","strict":false,"outcome":"completed","proves":"x"}}
{"schema":"tlsready.connection/v1","source":"rehearse","time":"2026-11-29T01:27:00Z","client":"192.0.2.8:49302","server":"192.0.2.10:8443","transport":"tcp","serverName":"","offered":{"max":"TLS 1.0","versions":["TLS 1.0"],"exact":false,"suites":[],"groups":[],"signatureAlgorithms":[]},"negotiated":null,"alert":{"from":"server","level":2,"description":70,"name":"protocol_version"},"refused":true,"ja3":"","ja4":"","stack":"","owner":"","identity":{"principal":"","account":"","clientCertificate":"","userAgent":""},"survives":"no","why":"x","remedy":"y"}
{"schema":"tlsready.connection/v1","source":"edge.pcap","time":"2026-11-29T01:28:00Z","client":"2001:db8::7","server":"","transport":"quic","serverName":"","offered":null,"negotiated":{"version":"TLS 1.2","suite":""},"alert":{"from":"client","level":2,"description":48,"name":"unknown_ca"},"identity":{"principal":"EXAMPLE\\backup"},"survives":"unknown"}
{"schema":"tlsready.connection/v1","source":"gate","time":"2026-11-29T01:29:00Z","client":"192.0.2.9:1","server":"","transport":"tcp","offered":{"max":"TLS 1.1","versions":["TLS 1.1"]},"survives":"no","gate":{"mode":"enforce","action":"reject","bytesIn":187}}
`,
		[]string{
			"2026-11-29T01:26:58.507237Z client=192.0.2.7:49301 server=192.0.2.10:8443 sni=lab.example.com got=TLS 1.3 suite=TLS_AES_128_GCM_SHA256 group=x25519 max=TLS 1.3 offers=TLS 1.3 offers=TLS 1.2 suite=TLS_AES_128_GCM_SHA256 suite=0xfefe group=x25519 ua=curl/7.88.1 ja3=78f0dc5ac5b19daf131a133cfdee9691 ja4=t13d0201_x_y stack=openssl-3",
			"2026-11-29T01:27:00Z client=192.0.2.8:49302 server=192.0.2.10:8443 max=TLS 1.0 refused=yes alert=protocol_version/server",
			"2026-11-29T01:28:00Z client=[2001:db8::7]:0 got=TLS 1.2 refused=yes alert=unknown_ca/client principal=EXAMPLE\\backup transport=quic",
			"2026-11-29T01:29:00Z client=192.0.2.9:1 max=TLS 1.1",
		},
		formats.Options{},
	}}
}
