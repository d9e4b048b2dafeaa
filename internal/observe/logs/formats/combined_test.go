package formats_test

import "tlsready/internal/observe/logs/formats"

func combinedSamples() []example {
	return []example{
		{
			"nginx combined with version and suite behind it",
			`192.0.2.7 - - [28/Nov/2026:10:00:00 +0900] "GET / HTTP/1.1" 200 612 "-" "curl/7.1" TLSv1 ECDHE-RSA-AES128-SHA
192.0.2.8 - alice [28/Nov/2026:10:00:01 +0900] "GET /?q=TLSv1.2 HTTP/1.1" 200 612 "https://www.example.com/" "TLSv1.3" TLSv1.2 AES256-GCM-SHA384
192.0.2.9 - - [28/Nov/2026:10:00:02 +0900] "GET / HTTP/1.1" 301 0 "-" "-" - -
`,
			[]string{
				"2026-11-28T01:00:00Z client=192.0.2.7:0 got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ua=curl/7.1",
				"2026-11-28T01:00:01Z client=192.0.2.8:0 got=TLS 1.2 suite=TLS_RSA_WITH_AES_256_GCM_SHA384 ua=TLSv1.3",
			},
			formats.Options{},
		},
		{
			"Apache's ssl_request_log",
			`[28/Nov/2026:10:00:00 +0000] 2001:db8::7 TLSv1.1 ECDHE-RSA-AES256-SHA "GET / HTTP/1.1" 45
`,
			[]string{"2026-11-28T10:00:00Z client=[2001:db8::7]:0 got=TLS 1.1 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
			formats.Options{},
		},
		{
			"the address that a balancer passes on",
			`198.51.100.1 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/7.1" "192.0.2.7, 10.0.0.3" TLSv1.2/AES128-SHA
`,
			[]string{"2026-11-28T10:00:00Z client=192.0.2.7:0 via=198.51.100.1 got=TLS 1.2 suite=TLS_RSA_WITH_AES_128_CBC_SHA ua=curl/7.1"},
			formats.Options{ClientField: "X-Forwarded-For"},
		},
	}
}
