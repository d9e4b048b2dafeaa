package formats

import "bytes"

// cloudfront is the standard log of CloudFront. Its header has spaces, its lines tabs.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html#BasicDistributionFileFormat
func cloudfront() format {
	f := &w3cFormat{
		id: "cloudfront", separator: '\t', version: "ssl-protocol", marks: []string{"x-edge-location", "x-edge-request-id"},
		fields: table{
			"date": onDate, "time": atClock, "c-ip": client, "c-port": clientPort,
			"x-host-header": serverNameOfHost, "cs(User-Agent)": userAgentPercent,
			"ssl-protocol": version, "ssl-cipher": suite,
		},
	}
	return format{id: f.id, name: "AWS CloudFront standard log", header: f.header}
}

// userAgentPercent takes a user agent that is encoded as in a URL (RFC 3986 section 2.1).
func userAgentPercent(d *draft, v []byte) bool {
	plain := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			if n, ok := hexByte(v[i+1], v[i+2]); ok {
				plain = append(plain, n)
				i += 2
				continue
			}
		}
		plain = append(plain, v[i])
	}
	d.c.Identity.UserAgent = d.text(bytes.ToValidUTF8(plain, []byte("\ufffd")))
	return true
}

func hexByte(a, b byte) (byte, bool) {
	high, ok1 := hexDigit(a)
	low, ok2 := hexDigit(b)
	return high<<4 | low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
