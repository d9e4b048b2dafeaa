package formats_test

import "tlsready/internal/observe/logs/formats"

func iisSamples() []example {
	return []example{{
		"fields that change in the middle",
		"#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-28 10:00:00\r\n" +
			"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n" +
			"2026-11-28 10:00:00 198.51.100.9 GET / - 443 - 192.0.2.7 Mozilla/4.0+(x) - 200 0 0 15\r\n" +
			"#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-28 11:00:00\r\n" +
			"#Fields: date time s-computername s-ip cs-host s-port cs-username c-ip cs(User-Agent) sc-status crypt-protocol crypt-cipher crypt-hash crypt-keyexchange X-Forwarded-For\r\n" +
			"2026-11-28 11:00:00 WEB01 198.51.100.9 www.example.com:443 443 EXAMPLE\\alice 192.0.2.7 Mozilla/4.0+(x) 200 40 660e 8004 2400 -\r\n" +
			"2026-11-28 11:00:01 WEB01 198.51.100.9 www.example.com 443 - 10.0.0.3 curl/7.1 200 400 6610 800d ae06 192.0.2.8\r\n" +
			"2026-11-28 11:00:02 WEB01 198.51.100.9 www.example.com 80 - 192.0.2.9 curl/7.1 200 - - - - -\r\n",
		[]string{
			`2026-11-28T11:00:00Z client=192.0.2.7:0 server=198.51.100.9:443 host=WEB01 sni=www.example.com got=TLS 1.0 ua=Mozilla/4.0 (x) principal=EXAMPLE\alice`,
			"2026-11-28T11:00:01Z client=192.0.2.8:0 via=10.0.0.3 server=198.51.100.9:443 host=WEB01 sni=www.example.com got=TLS 1.2 ua=curl/7.1",
		},
		formats.Options{ClientField: "X-Forwarded-For"},
	}}
}
