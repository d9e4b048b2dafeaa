// Package logkit makes logs to measure with: 5,000 clients, 30 user agents, one client in
// fifty with TLS 1.0. They are the same in every run.
package logkit

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Kind is a kind of log.
type Kind struct {
	Name   string
	header string
	line   func(r *rand.Rand, at time.Time, client, agent, version string) string
}

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{
		{"combined", "", combined},
		{
			"iis", "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken crypt-protocol crypt-cipher crypt-hash crypt-keyexchange\n",
			iis,
		},
		{"zeek-json", "", zeek},
	}
}

// Make makes a log of about size bytes.
func (k Kind) Make(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := bytes.NewBufferString(k.header)
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for b.Len() < size {
		n := r.IntN(5000)
		version := []string{"TLSv1.2", "TLSv1.3"}[n%2]
		if n%50 == 0 {
			version = "TLSv1"
		}
		at = at.Add(time.Duration(r.IntN(5000)) * time.Microsecond)
		agent := fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+n%30)
		b.WriteString(k.line(r, at, fmt.Sprintf("192.0.%d.%d", n/250, n%250+1), agent, version))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func combined(r *rand.Rand, at time.Time, client, agent, version string) string {
	return fmt.Sprintf(`%s - - [%s] "GET /assets/%x/index.html?id=%d HTTP/1.1" 200 %d "https://www.example.com/" "%s" %s ECDHE-RSA-AES128-GCM-SHA256`,
		client, at.Format("02/Jan/2006:15:04:05 -0700"), r.Uint64(), r.IntN(1e6), r.IntN(1e5), agent, version)
}

func iis(r *rand.Rand, at time.Time, client, agent, version string) string {
	return fmt.Sprintf(`%s 198.51.100.9 GET /assets/%x/index.html id=%d 443 - %s %s 200 0 0 %d %s 6610 800d ae06`,
		at.Format("2006-01-02 15:04:05"), r.Uint64(), r.IntN(1e6), client, strings.ReplaceAll(agent, " ", "+"), r.IntN(1000),
		map[string]string{"TLSv1": "40", "TLSv1.2": "400", "TLSv1.3": "1000"}[version])
}

func zeek(r *rand.Rand, at time.Time, client, _, version string) string {
	return fmt.Sprintf(`{"ts":%.6f,"uid":"C%x","id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"198.51.100.9","id.resp_p":443,"version":"%s","cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","curve":"x25519","server_name":"www.example.com","resumed":false,"next_protocol":"h2","established":true,"ssl_history":"CsxknGIti"}`,
		float64(at.UnixMicro())/1e6, r.Uint64(), client, r.IntN(60000)+1024, map[string]string{"TLSv1": "TLSv10", "TLSv1.2": "TLSv12", "TLSv1.3": "TLSv13"}[version])
}
