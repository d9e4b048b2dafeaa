package formats_test

import (
	"strings"

	"tlsready/internal/observe/logs/formats"
)

func albSamples() []example {
	return []example{{
		"requests with and without TLS",
		`https 2026-11-28T10:00:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-SHA TLSv1.1 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012" 1 2026-11-28T10:00:00.100000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1
http 2026-11-28T10:00:01.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.8:2818 - -1 -1 -1 400 - 34 366 "- http://www.example.com:80- -" "-" - - - "-" "-" "-" 0 2026-11-28T10:00:01.100000Z "-" "-" "-"
`,
		[]string{"2026-11-28T10:00:00.186641Z client=192.0.2.7:2817 host=app/my-loadbalancer/50dc6c495c0c9188 sni=www.example.com got=TLS 1.1 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ua=curl/7.46.0"},
		formats.Options{},
	}}
}

func albConnectionsSamples() []example {
	return []example{{
		"connections",
		`2026-11-28T10:00:00.514108Z 192.0.2.7 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=client.example.com,O=Example" NotBefore=2026-09-21T22:43:21Z;NotAfter=2027-06-17T22:43:21Z FEF257372D5C14D4 Success TID_1
2026-11-28T10:00:01.514108Z 192.0.2.8 36281 80 - - - "-" - - - TID_2
`,
		[]string{"2026-11-28T10:00:00.514108Z client=192.0.2.7:36280 got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 cert=CN=client.example.com,O=Example"},
		formats.Options{},
	}}
}

func nlbSamples() []example {
	return []example{{
		"handshakes that succeeded and failed",
		`tls 2.0 2026-11-28T10:00:00 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.7:51341 10.0.0.1:443 5 2 98 246 - arn:aws:acm:us-east-2:123456789012:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv10 - www.example.com h2 h2 "h2","http/1.1" 2026-11-28T09:59:59
tls 2.0 2026-11-28T10:00:01 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.8:51342 10.0.0.1:443 5 - 0 7 70 arn:aws:acm:us-east-2:123456789012:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - - - - - - - - 2026-11-28T10:00:01
`,
		[]string{
			"2026-11-28T10:00:00Z client=192.0.2.7:51341 server=10.0.0.1:443 host=net/my-network-loadbalancer/c6e77e28c25b2234 sni=www.example.com got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
			"2026-11-28T10:00:01Z client=192.0.2.8:51342 server=10.0.0.1:443 host=net/my-network-loadbalancer/c6e77e28c25b2234 refused=yes alert=protocol_version/client",
		},
		formats.Options{},
	}}
}

func elbSamples() []example {
	return []example{{
		"listeners of all kinds",
		`2026-11-28T10:00:00.945958Z my-loadbalancer 192.0.2.7:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1
2026-11-28T10:00:01.945958Z my-loadbalancer 192.0.2.8:2817 10.0.0.1:80 0.001065 0.000015 0.000023 - - 57 502 "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2
2026-11-28T10:00:02.945958Z my-loadbalancer 192.0.2.9:2817 - -1 -1 -1 503 0 0 0 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -
`,
		[]string{
			"2026-11-28T10:00:00.945958Z client=192.0.2.7:2817 host=my-loadbalancer got=TLS 1.0 suite=TLS_DHE_RSA_WITH_AES_128_CBC_SHA ua=curl/7.38.0",
			"2026-11-28T10:00:01.945958Z client=192.0.2.8:2817 host=my-loadbalancer got=TLS 1.2 suite=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
		},
		formats.Options{},
	}}
}

const cloudtrailEvent = `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"EX","arn":"arn:aws:iam::123456789012:user/build","accountId":"123456789012","accessKeyId":"AKIAEXAMPLE","userName":"build"},"eventTime":"2026-11-28T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"ap-northeast-1","sourceIPAddress":"192.0.2.7","userAgent":"[Boto3/1.4 Python/2.7]","requestParameters":{"x":[{"y":"}"}]},"tlsDetails":{"tlsVersion":"TLSv1","cipherSuite":"ECDHE-RSA-AES128-SHA","clientProvidedHostHeader":"bucket.s3.amazonaws.com"}}`

const cloudtrailWithout = `{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"elasticloadbalancing.amazonaws.com"},"eventTime":"2026-11-28T10:00:01Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"ap-northeast-1","sourceIPAddress":"elasticloadbalancing.amazonaws.com","userAgent":"x"}`

func cloudtrailSamples() []example {
	want := "2026-11-28T10:00:00Z client=192.0.2.7:0 host=s3.amazonaws.com sni=bucket.s3.amazonaws.com got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ua=[Boto3/1.4 Python/2.7] principal=arn:aws:iam::123456789012:user/build account=123456789012"
	return []example{
		{"a file with Records", `{"Records":[` + cloudtrailEvent + "," + cloudtrailWithout + `]}`, []string{want}, formats.Options{}},
		{"two files one after the other", `{"Records":[` + cloudtrailEvent + `]}{"Records":[` + cloudtrailEvent + `]}`, []string{want, want}, formats.Options{}},
		{"events in lines", cloudtrailEvent + "\n" + cloudtrailWithout + "\n", []string{want}, formats.Options{}},
		{"a file made readable", "{\n  \"Records\": [\n    " + strings.ReplaceAll(cloudtrailEvent, ",\"", ",\n      \"") + "\n  ]\n}\n", []string{want}, formats.Options{}},
	}
}

func cloudfrontSamples() []example {
	return []example{{
		"a header with spaces over lines with tabs",
		"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port\n" +
			"2026-11-28\t10:00:00\tNRT57-C1\t335\t192.0.2.7\tHEAD\tdexample.cloudfront.net\t/x\t200\t-\tOld%20Agent%2F1.0\t-\t-\tMiss\tid==\twww.example.com\thttps\t123\t0.338\t-\tTLSv1\tECDHE-RSA-AES128-SHA\tMiss\tHTTP/1.1\t-\t-\t61052\n" +
			"2026-11-28\t10:00:01\tNRT57-C1\t335\t192.0.2.8\tGET\tdexample.cloudfront.net\t/x\t301\t-\t-\t-\t-\tRedirect\tid==\twww.example.com\thttp\t123\t0.338\t-\t-\t-\tRedirect\tHTTP/1.1\t-\t-\t61053\n",
		[]string{"2026-11-28T10:00:00Z client=192.0.2.7:61052 sni=www.example.com got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA ua=Old Agent/1.0"},
		formats.Options{},
	}}
}
