package formats_test

import (
	"time"

	"tlsready/internal/observe/logs/formats"
)

func haproxySamples() []example {
	now := formats.Options{Now: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	return []example{
		{
			"option httpslog, with the header of syslog",
			`Nov 28 10:00:00 edge haproxy[14389]: 192.0.2.7:49301 [28/Nov/2026:10:00:00.655] https-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a b TLSv1.3} {} "GET /TLSv1.2 HTTP/1.1" 0/0/0/0/0 www.example.com/TLSv1/AES128-SHA
Nov 28 10:00:01 edge haproxy[14389]: 192.0.2.8:49302 [28/Nov/2026:10:00:01.000] https-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1" 0/0/0/0/0 -/TLSv1.3/TLS_AES_256_GCM_SHA384
Nov 28 10:00:02 edge haproxy[14389]: 192.0.2.9:49303 [28/Nov/2026:10:00:02.000] https-in/1: SSL handshake failure
Nov 28 10:00:03 edge haproxy[14389]: 192.0.2.9:49304 [28/Nov/2026:10:00:03.000] https-in/1: Connection closed during SSL handshake
Nov 28 10:00:03 edge haproxy[14389]: 192.0.2.9:49304 [28/Nov/2026:10:00:03.000] https-in 1/1 24/0000000000000000/0/0/0 -/TLSv1.3/(NONE)
Nov 28 10:00:03 edge haproxy[14389]: 192.0.2.9:49306 [28/Nov/2026:10:00:03.500] https-in 1/1 34/000000000A000102/0/0/0 -/TLSv1/(NONE)
Nov 28 10:00:04 edge haproxy[14389]: 192.0.2.9:49305 [28/Nov/2026:10:00:04.000] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"
`,
			[]string{
				"2026-11-28T10:00:00.655Z client=192.0.2.7:49301 host=edge sni=www.example.com got=TLS 1.0 suite=TLS_RSA_WITH_AES_128_CBC_SHA",
				"2026-11-28T10:00:01Z client=192.0.2.8:49302 host=edge got=TLS 1.3 suite=TLS_AES_256_GCM_SHA384",
				"2026-11-28T10:00:02Z client=192.0.2.9:49303 host=edge refused=yes",
				"2026-11-28T10:00:03.5Z client=192.0.2.9:49306 host=edge refused=yes",
			},
			now,
		},
		{
			"a log-format and error-log-format",
			`<134>Nov 28 10:00:00 edge haproxy[1]: 192.0.2.7:49301 [28/Nov/2026:10:00:00.655] fe 0/00000000 www.example.com/TLSv1.2/ECDHE-RSA-AES128-GCM-SHA256 769
<134>Nov 28 10:00:01 edge haproxy[1]: 192.0.2.8:49302 [28/Nov/2026:10:00:01.000] fe 34/0A000102 -/TLSv1.3/(NONE) 770
`,
			[]string{
				"2026-11-28T10:00:00.655Z client=192.0.2.7:49301 host=edge sni=www.example.com got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
				"2026-11-28T10:00:01Z client=192.0.2.8:49302 host=edge max=TLS 1.1 refused=yes",
			},
			formats.Options{Now: now.Now, LogFormat: `log-format "%ci:%cp [%tr] %f %[fc_err]/%[ssl_fc_err,hex] %[ssl_fc_sni]/%sslv/%sslc %[ssl_fc_protocol_hello_id]"`},
		},
	}
}
