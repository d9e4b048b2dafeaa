// Package runkit makes the lines of many nights of a made-up fleet, for tests and
// pictures: offices and a data centre whose hosts are mended little by little.
package runkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Fleet says how large the fleet is. The same one gives the same lines.
type Fleet struct {
	Hosts, Nights int
	Last          string             // the last night, YYYY-MM-DD
	Names         func(i int) string // of the hosts; nil: SITE/fs001
}

// Write writes a folder: check lines of every night, probe and watch lines of the last.
func (f Fleet) Write(t testing.TB, dir string) {
	t.Helper()
	last, err := time.Parse(time.DateOnly, f.Last)
	if err != nil {
		t.Fatal(err)
	}
	for night := range f.Nights {
		day := last.AddDate(0, 0, night-f.Nights+1)
		put(t, dir, "check-"+day.Format(time.DateOnly)+".jsonl", f.check(night, day))
		if night >= f.Nights-2 {
			put(t, dir, "probe-"+day.Format(time.DateOnly)+".jsonl", probes(night == f.Nights-1))
			put(t, dir, "watch-"+day.Format(time.DateOnly)+".jsonl", f.watch(day))
		}
	}
}

func put(t testing.TB, dir, name string, lines [][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), append(bytes.Join(lines, []byte("\n")), '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// one is a line; what is put together here can be written.
func one(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

type system struct {
	os    host.OS
	fixed []document.Change
	first []document.Prerequisite
}

func ptr[T any](x T) *T { return &x }

// systems are what the hosts run, and what mends them.
func systems() []system {
	net := `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	wow := `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	client := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	set := func(key, name string, n uint64) document.Change {
		return document.Change{Key: key, Name: name, Data: host.Dword(uint32(n)), Before: &document.Before{State: host.Absent}} //nolint:gosec // 0 or 1
	}
	strong := []document.Change{set(net, "SystemDefaultTlsVersions", 1), set(wow, "SystemDefaultTlsVersions", 1)}
	old := append(append([]document.Change{}, strong...), set(client, "DisabledByDefault", 0), set(client, "Enabled", 1))
	return []system{
		{host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Type: "server"}, strong, nil},
		{host.OS{Name: "Windows Server 2016", Version: "10.0", Build: 14393, Type: "server"}, strong[:1], nil},
		{host.OS{Name: "Windows Server 2008 R2", Version: "6.1", Build: 7601, ServicePack: 1, Type: "server"}, old, []document.Prerequisite{{Kind: "update", ID: "KB3140245"}}},
		{host.OS{Name: "Windows Server 2008", Version: "6.0", Build: 6001, ServicePack: 1, Type: "server"}, nil, []document.Prerequisite{{Kind: "operating-system", ID: "Windows Server 2016"}}},
	}
}

func (f Fleet) name(i int) string {
	if f.Names != nil {
		return f.Names(i)
	}
	return fmt.Sprintf("%s/fs%03d", [...]string{"osaka", "tokyo", "nagoya"}[i%3], i)
}

// check are the lines of one night.
func (f Fleet) check(night int, day time.Time) [][]byte {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same every night
	var lines [][]byte
	var sum document.Summary
	const deadline = "2026-12-31"
	for i := range f.Hosts {
		mended, back, off := random.IntN(f.Nights*3/2), 1<<20, 1<<20
		if random.IntN(25) == 0 {
			back = mended + 4
		}
		if random.IntN(40) == 0 {
			off = random.IntN(2 * f.Nights)
		}
		kind := systems()[[...]int{0, 0, 0, 1, 1, 2, 3, 0}[random.IntN(8)]]
		if night >= off {
			continue
		}
		h := document.Host{
			Host: f.name(i), Service: "exchange-online-pop-imap", Verdict: document.Fails, Cause: ptr("protocol-version"), FailsFrom: ptr(deadline), Fixable: ptr(true),
			Labels: map[string]string{"owner": [...]string{"backup-team", "store-systems", "infra", ""}[i%4]}, OS: &kind.os,
			Changes: kind.fixed, Prerequisites: kind.first, Restart: "service",
		}
		h.Folder, _, _ = strings.Cut(h.Host, "/")
		switch {
		case i%17 == 5 && night < f.Nights/2:
			h.Verdict, h.Cause, h.FailsFrom, h.Changes, h.Prerequisites, h.Restart, h.Fixable = document.Unknown, ptr("not-asked"), nil, nil, nil, "none", nil
		case i%29 == 3:
			h.Error, h.Changes, h.Prerequisites, h.Restart, h.Fixable = h.Host+".json: unexpected end", nil, nil, "none", nil
		case night >= mended && night < back && kind.fixed != nil:
			h.Verdict, h.Cause, h.FailsFrom, h.Changes, h.Prerequisites, h.Restart, h.Fixable = document.Connects, nil, nil, nil, nil, "none", nil
		}
		sum.Add(h.Verdict)
		h = h.Plain()
		lines = append(lines, one(document.HostLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.HostKind}, Host: &h}))
	}
	left := 30
	return append(lines, one(document.SummaryLine{
		Line: document.Line{Schema: document.CheckSchema, Kind: document.SummaryKind}, On: deadline, Today: day.Format(time.DateOnly), Summary: sum,
		Services: []document.Service{{
			ID: "exchange-online-pop-imap", Name: map[string]string{"en": "Exchange Online POP and IMAP", "ja": "Exchange Online の POP と IMAP"}, Status: "announced",
			From: deadline, DaysLeft: &left, Accepts: &document.Acceptance{Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13)},
			Citations: []document.Citation{{URL: "https://learn.example.com/pop-imap", Says: "TLS 1.0 and 1.1 end.", SaysIn: map[string]string{"ja": "TLS 1.0 と 1.1 は終了します。"}}},
		}},
	}))
}

// probes are the lines of two endpoints, of which one learns TLS 1.3.
func probes(later bool) [][]byte {
	mail, old := document.NewEndpoint("mail.example.com:993"), document.NewEndpoint("legacy.example.com:443")
	for v, answer := range map[tlsready.Version]tlsready.Answer{tlsready.TLS10: tlsready.No, tlsready.TLS11: tlsready.No, tlsready.TLS12: tlsready.Yes, tlsready.TLS13: tlsready.No} {
		mail.Versions[v], old.Versions[v] = answer, tlsready.Unknown
	}
	if later {
		mail.Versions[tlsready.TLS13] = tlsready.Yes
	}
	mail.Address, old.Address = "192.0.2.10", "192.0.2.11"
	mail.Certificates = []document.EndpointCertificate{{NotAfter: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)}}
	mail.Clients = []document.EndpointClient{{Client: "windows-7/schannel"}, {Client: "windows-10/schannel"}}
	mail.Clients[0].Connects, mail.Clients[1].Connects = tlsready.No, tlsready.Yes
	refused := message.Literal("connection refused")
	old.Error = &refused
	return [][]byte{one(mail), one(old)}
}

// watch are the lines of some connections.
func (f Fleet) watch(day time.Time) [][]byte {
	var lines [][]byte
	for i := range min(f.Hosts, 30) {
		c := document.Connection{
			Schema: document.ConnectionSchema, Source: "edge.pcap", Time: day.Add(time.Duration(i) * time.Hour / 2), Transport: "tcp",
			Client: fmt.Sprintf("192.0.2.%d:50123", 20+i), Server: "192.0.2.10:993", ServerName: "mail.example.com", Owner: [...]string{"store-systems", "", "tills"}[i%3],
			Stack: "schannel", Survives: tlsready.Yes, Offered: &document.ConnectionOffer{Max: tlsready.TLS12},
		}
		if i%4 == 0 {
			c.Survives, c.Old, c.Offered.Max, c.Stack = tlsready.No, true, tlsready.TLS10, "java-6"
			c.Remedy = message.Literal("Update Java to 8u31 or later.")
		}
		lines = append(lines, one(c))
	}
	return lines
}
