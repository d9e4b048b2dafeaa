package formats_test

import (
	"time"

	"tlsready/internal/observe/logs/formats"
)

func suricataSamples() []example {
	return []example{{
		"eve.json with events of several kinds",
		`{"timestamp":"2026-11-28T10:00:00.123456+0900","flow_id":586497171462735,"in_iface":"eth0","event_type":"tls","src_ip":"192.0.2.7","src_port":49301,"dest_ip":"198.51.100.9","dest_port":443,"proto":"TCP","tls":{"subject":"CN=www.example.com","issuerdn":"CN=Example CA","sni":"www.example.com","version":"TLSv1","ja3":{"hash":"e7eca2baf4458d095b7f45da28c16c34","string":"769,47-53,0,,"},"ja4":"t10d020100_x_y"}}
{"timestamp":"2026-11-28T10:00:01.123456+0900","flow_id":1,"event_type":"http","src_ip":"192.0.2.8","src_port":49302,"dest_ip":"198.51.100.9","dest_port":80,"proto":"TCP","http":{"hostname":"www.example.com"}}
{"timestamp":"2026-11-28T10:00:02.123456+0900","flow_id":2,"event_type":"tls","src_ip":"192.0.2.9","src_port":49303,"dest_ip":"198.51.100.9","dest_port":443,"proto":"TCP","tls":{"version":"UNDETERMINED"}}
{"timestamp":"2026-11-28T10:00:03.123456+0900","event_type":"stats","stats":{"uptime":1}}
{"timestamp":"2026-11-28T10:00:04.000000+0900","flow_id":3,"event_type":"tls","src_ip":"2001:db8::7","src_port":49304,"dest_ip":"2001:db8::9","dest_port":443,"proto":"TCP","tls":{"version":"TLS 1.2"}}
`,
		[]string{
			"2026-11-28T01:00:00.123456Z client=192.0.2.7:49301 server=198.51.100.9:443 sni=www.example.com got=TLS 1.0 servercert=CN=www.example.com ja3=e7eca2baf4458d095b7f45da28c16c34 ja4=t10d020100_x_y",
			"2026-11-28T01:00:04Z client=[2001:db8::7]:49304 server=[2001:db8::9]:443 got=TLS 1.2",
		},
		formats.Options{},
	}}
}

func envoySamples() []example {
	return []example{
		{
			"JSON with the operators' names",
			`{"start_time":"2026-11-28T10:00:00.245Z","downstream_remote_address":"192.0.2.7:57748","downstream_local_address":"198.51.100.9:443","downstream_tls_version":"TLSv1.1","downstream_tls_cipher":"ECDHE-RSA-AES128-SHA","requested_server_name":"www.example.com","user_agent":"curl/7.1","response_code":200}
{"start_time":"2026-11-28T10:00:01.245Z","downstream_remote_address":"192.0.2.8:57749","downstream_local_address":"198.51.100.9:443","downstream_tls_version":"-","downstream_tls_cipher":"-","requested_server_name":"-","downstream_transport_failure_reason":"TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"}
`,
			[]string{
				"2026-11-28T10:00:00.245Z client=192.0.2.7:57748 server=198.51.100.9:443 sni=www.example.com got=TLS 1.1 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ua=curl/7.1",
				"2026-11-28T10:00:01.245Z client=192.0.2.8:57749 server=198.51.100.9:443 refused=yes alert=protocol_version/server",
			},
			formats.Options{},
		},
		{
			"a format of the configuration",
			`[2026-11-28T10:00:00.310Z] "GET / HTTP/2" 200 192.0.2.7:1234 TLSv1.2 "a b"` + "\n",
			[]string{"2026-11-28T10:00:00.31Z client=192.0.2.7:1234 got=TLS 1.2 ua=a b"},
			formats.Options{LogFormat: `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_TLS_VERSION% "%REQ(USER-AGENT)%"\n`},
		},
	}
}

func exchangeSamples() []example {
	return []example{{
		"a receive and a send connector",
		"#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: SMTP Receive Protocol Log\r\n#Date: 2026-11-28T10:00:00.000Z\r\n#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n" +
			"2026-11-28T10:00:00.010Z,EX01\\Default Frontend EX01,08DF,0,198.51.100.9:25,192.0.2.7:56026,+,,\r\n" +
			"2026-11-28T10:00:00.020Z,EX01\\Default Frontend EX01,08DF,7,198.51.100.9:25,192.0.2.7:56026,*,,\"TLS protocol SP_PROT_TLS1_0_SERVER negotiation succeeded using bulk encryption algorithm CALG_AES_128 with strength 128 bits, MAC hash algorithm CALG_SHA1 with strength 160 bits and key exchange algorithm CALG_ECDH_EPHEM with strength 256 bits\"\r\n" +
			"2026-11-28T10:00:01.020Z,Outbound,08E0,7,198.51.100.9:56027,192.0.2.25:25,*,,TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256\r\n",
		[]string{
			"2026-11-28T10:00:00.02Z client=192.0.2.7:56026 server=198.51.100.9:25 got=TLS 1.0",
			"2026-11-28T10:00:01.02Z client=198.51.100.9:56027 server=192.0.2.25:25 got=TLS 1.2",
		},
		formats.Options{},
	}}
}

func azureSQLSamples() []example {
	return []example{
		{
			"resource logs",
			`{"time":"2026-11-28T10:00:00.0000000Z","category":"SQLSecurityAuditEvents","operationName":"AuditEvent","properties":{"client_ip":"192.0.2.7","server_principal_name":"app","application_name":".Net SqlClient Data Provider","host_name":"APP01","client_tls_version_name":"TLS 1.0","statement":"select '\"'"}}` + "\n",
			[]string{"2026-11-28T10:00:00Z client=192.0.2.7:0 clientname=APP01 got=TLS 1.0 principal=app process=.Net SqlClient Data Provider"},
			formats.Options{},
		},
		{
			"CSV of the function",
			"event_time,client_ip,server_principal_name,host_name,client_tls_version_name\n2026-11-28 10:00:00.1234567,192.0.2.7,app,APP01,1.1\n",
			[]string{"2026-11-28T10:00:00.1234567Z client=192.0.2.7:0 clientname=APP01 got=TLS 1.1 principal=app"},
			formats.Options{},
		},
	}
}

func entraSamples() []example {
	return []example{{
		"sign-ins",
		`[{"id":"1","createdDateTime":"2026-11-28T10:00:00Z","userPrincipalName":"alice@example.com","appDisplayName":"Example App","ipAddress":"192.0.2.7","authenticationProcessingDetails":[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"True"},{"key":"Is CAE Token","value":"False"}]},
{"id":"2","createdDateTime":"2026-11-28T10:00:01Z","userPrincipalName":"bob@example.com","appDisplayName":"Example App","ipAddress":"192.0.2.8","authenticationProcessingDetails":[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"False"}]}]
`,
		[]string{"2026-11-28T10:00:00Z client=192.0.2.7:0 host=Example App principal=alice@example.com Legacy TLS=True"},
		formats.Options{},
	}}
}

func postfixSamples() []example {
	return []example{{
		"mail in and out",
		`Nov 28 10:00:00 mail postfix/smtpd[26361]: connect from host.example.com[192.0.2.7]
Nov 28 10:00:01 mail postfix/smtpd[26361]: Anonymous TLS connection established from host.example.com[192.0.2.7]: TLSv1 with cipher AES128-SHA (128/128 bits)
Nov 28 10:00:02 mail postfix/smtpd[26361]: Anonymous TLS connection established from unknown[2001:db8::7]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256
2026-11-28T10:00:03+09:00 mail postfix/smtp[26362]: Trusted TLS connection established to mx.example.com[192.0.2.25]:25: TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)
`,
		[]string{
			"2026-11-28T10:00:01Z client=192.0.2.7:0 clientname=host.example.com host=mail got=TLS 1.0 suite=TLS_RSA_WITH_AES_128_CBC_SHA",
			"2026-11-28T10:00:02Z client=[2001:db8::7]:0 host=mail got=TLS 1.3 suite=TLS_AES_256_GCM_SHA384",
			"2026-11-28T01:00:03Z server=192.0.2.25:25 clientname=mail sni=mx.example.com got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
		},
		formats.Options{Now: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
	}}
}

func xrdpSamples() []example {
	return []example{{
		"connections",
		`[20261128-10:00:00] [INFO ] Security protocol: configured [SSL|RDP], requested [SSL|HYBRID|RDP], selected [SSL]
[20261128-10:00:01] [INFO ] TLS connection established from 192.0.2.7 port 61000: TLSv1.1 with cipher ECDHE-RSA-AES256-SHA
`,
		[]string{"2026-11-28T10:00:01Z client=192.0.2.7:61000 got=TLS 1.1 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
		formats.Options{},
	}}
}
