package formats_test

import "tlsready/internal/observe/logs/formats"

func zeekSamples() []example {
	return []example{
		{
			"tabs, with ssl-log-ext",
			"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tssl\n#open\t2026-11-28-10-00-00\n" +
				"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\tssl_history\tclient_version\tclient_ciphers\tclient_curves\tclient_supported_versions\n" +
				"#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\tbool\tstring\tstring\tbool\tstring\tcount\tvector[count]\tvector[count]\tvector[count]\n" +
				"1795860000.250000\tC1\t192.0.2.7\t49301\t198.51.100.9\t443\tTLSv10\tTLS_RSA_WITH_RC4_128_MD5\t-\t-\tF\t-\t-\tT\tCsxnGIi\t769\t4,5,255\t-\t-\n" +
				"1795860001.000000\tC2\t192.0.2.8\t49302\t198.51.100.9\t443\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tx25519\twww.example.com\tF\t-\th2\tT\tCsxknGIti\t771\t39578,4865,49199\t39578,29\t56026,772,771\n" +
				"1795860002.000000\tC3\t192.0.2.9\t49303\t198.51.100.9\t443\t-\t-\t-\t-\tF\tprotocol_version\t-\tF\tCl\t769\t47\t(empty)\t-\n" +
				"1795860003.000000\tC4\t192.0.2.9\t49304\t198.51.100.9\t443\tDTLSv12\t-\t-\t-\tF\t-\t-\tT\tCs\t65277\t47\t-\t-\n" +
				"#close\t2026-11-28-11-00-00\n",
			[]string{
				"2026-11-28T10:00:00.25Z client=192.0.2.7:49301 server=198.51.100.9:443 got=TLS 1.0 suite=TLS_RSA_WITH_RC4_128_MD5 max=TLS 1.0 suite=TLS_RSA_WITH_RC4_128_MD5 suite=TLS_RSA_WITH_RC4_128_SHA suite=TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
				"2026-11-28T10:00:01Z client=192.0.2.8:49302 server=198.51.100.9:443 sni=www.example.com got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 group=x25519 max=TLS 1.3 offers=TLS 1.3 offers=TLS 1.2 suite=TLS_AES_128_GCM_SHA256 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 group=x25519",
				"2026-11-28T10:00:02Z client=192.0.2.9:49303 server=198.51.100.9:443 max=TLS 1.0 suite=TLS_RSA_WITH_AES_128_CBC_SHA refused=yes alert=protocol_version/server",
			},
			formats.Options{},
		},
		{
			"JSON, with the time in words",
			`{"ts":"2026-11-28T10:00:00.250000Z","uid":"C1","id.orig_h":"192.0.2.7","id.orig_p":49301,"id.resp_h":"198.51.100.9","id.resp_p":443,"version":"TLSv11","cipher":"TLS_RSA_WITH_AES_128_CBC_SHA","server_name":"www.example.com","resumed":false,"established":true,"ssl_history":"CsxnGIi"}
`,
			[]string{"2026-11-28T10:00:00.25Z client=192.0.2.7:49301 server=198.51.100.9:443 sni=www.example.com got=TLS 1.1 suite=TLS_RSA_WITH_AES_128_CBC_SHA"},
			formats.Options{},
		},
	}
}
