package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/gate"
	"tlsready/internal/service"
)

const config = `schema: tlsready.gate/v1
listen: 127.0.0.1:443
upstream: 192.0.2.10:443
timezone: Asia/Tokyo
stages:
  - {from: 2026-11-01, mode: flag}
  - {from: 2026-11-17, to: 2026-11-18, mode: brownout, windows: ["10:00-10:30"]}
  - {from: 2026-12-01, mode: divert, upstream: "192.0.2.20:443"}
  - {from: 2026-12-08T09:00, mode: enforce}
routes:
  - {sni: sandbox.example.com, upstream: "192.0.2.13:443", stages: [{from: 2026-10-15, mode: enforce}]}
  - {sni: legacy.example.com, upstream: "192.0.2.14:443", minimum: TLS 1.0, until: 2027-05-31}
exemptions:
  - {cidr: 203.0.113.0/24, until: 2027-03-31}
  - {cidr: 198.51.100.7/32, until: 2026-12-03}
`

func newRun(t testing.TB, text string) *Run {
	t.Helper()
	c, err := gate.Reading{Local: time.UTC, Service: func(string) (*service.Profile, error) {
		return service.Parse([]byte("schema: tlsready.service/v1\nid: own\nphases:\n  - {from: 2026-01-01, accepts: {versions: [TLS 1.2], suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}}\n"))
	}}.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(c, "gate.yaml", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line is a line of watch; offered is written as it is.
func line(at, client, name, owner, offered string) string {
	return fmt.Sprintf(`{"schema":"tlsready.connection/v1","source":"edge.pcap","time":%q,"client":%q,"serverName":%q,"owner":%q,"stack":"s","offered":%s}`+"\n", at, client, name, owner, offered)
}

func most(version string) string {
	return fmt.Sprintf(`{"max":%q,"versions":[%[1]q],"exact":false,"suites":["TLS_RSA_WITH_AES_128_CBC_SHA"]}`, version)
}

// tried reads lines and gives the result.
func tried(t *testing.T, r *Run, text string) *document.GateReplay {
	t.Helper()
	if err := r.Read(context.Background(), strings.NewReader(text), "watch.jsonl"); err != nil {
		t.Fatal(err)
	}
	return r.Document()
}

// Proves what each stage would have done to old clients of each kind: by time of the week,
// name, exemption, and by what is known of them.
func TestStages(t *testing.T) {
	text := line("2026-09-01T01:10:00Z", "192.0.2.1:5000", "", "a", most("TLS 1.0")) + // a Tuesday, 10:10 in Tokyo
		line("2026-09-02T01:10:00Z", "192.0.2.2", "", "a", most("TLS 1.0")) + // a Wednesday
		line("2026-09-01T01:40:00Z", "192.0.2.3", "", "b", most("TLS 1.1")) + // after the window
		line("2026-09-01T01:10:00Z", "192.0.2.4", "", "b", most("TLS 1.2")) +
		line("2026-09-01T01:10:00Z", "203.0.113.5", "", "c", most("TLS 1.0")) + // exempt
		line("2026-09-01T01:10:00Z", "198.51.100.7", "", "c", most("TLS 1.0")) + // exempt until before the end
		line("2026-09-01T01:10:00Z", "192.0.2.6", "sandbox.example.com", "", most("TLS 1.0")) +
		line("2026-09-01T01:10:00Z", "192.0.2.7", "legacy.example.com", "", most("TLS 1.0")) +
		strings.Replace(line("2026-09-01T01:10:00Z", "192.0.2.8", "", "", "null"), `"offered"`, `"negotiated":{"version":"TLS 1.2"},"offered"`, 1) +
		strings.Replace(line("2026-09-01T01:10:00Z", "192.0.2.8", "", "", "null"), `"offered"`, `"negotiated":{"version":"TLS 1.0"},"offered"`, 1) +
		strings.Replace(line("2026-09-01T01:10:00Z", "192.0.2.9", "", "", "null"), `"offered"`, `"gate":{"mode":"observe","action":"pass"},"offered"`, 1) +
		line("2026-09-01T01:10:00Z", "192.0.2.1:5001", "", "a", most("TLS 1.0"))
	doc := tried(t, newRun(t, config), text)
	if doc.Connections != 12 || doc.Able != 3 || doc.Old != 7 || doc.Unknown != 1 || doc.NotTLS != 1 {
		t.Errorf("%d connections, %d able, %d old, %d unknown, %d not TLS", doc.Connections, doc.Able, doc.Old, doc.Unknown, doc.NotTLS)
	}
	var got []string
	for _, s := range doc.Stages {
		got = append(got, fmt.Sprintf("%s %s: rejected %d diverted %d exempt %d passed %d closed %d clients %d", s.Route, s.Mode, s.Rejected, s.Diverted, s.Exempt, s.Passed, s.Closed, s.Clients))
	}
	want := []string{
		"default brownout: rejected 2 diverted 0 exempt 2 passed 2 closed 1 clients 1",
		"default divert: rejected 0 diverted 4 exempt 2 passed 1 closed 0 clients 3",
		"default enforce: rejected 5 diverted 0 exempt 1 passed 0 closed 1 clients 4",
		"sandbox.example.com enforce: rejected 1 diverted 0 exempt 0 passed 0 closed 0 clients 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	check := &document.GateCheck{}
	Warn(check, doc)
	var unmet []string
	for _, c := range check.Unmet {
		unmet = append(unmet, c.Client)
	}
	if want := []string{"192.0.2.6", "192.0.2.2", "192.0.2.3", "198.51.100.7"}; !slices.Equal(unmet, want) || check.Warnings[0].Code != "unmet" {
		t.Errorf("no window meets %v, want %v", unmet, want)
	}
	if o := doc.Owners[1]; o.Owner != "a" || o.Clients != 2 || o.Connections != 3 || o.Unmet != 1 || !slices.Equal(o.Touched, []int{1, 2, 2, 0}) {
		t.Errorf("%+v", o)
	}
}

// Proves that a service is asked for suites where a line has them.
func TestByService(t *testing.T) {
	doc := tried(t, newRun(t, "schema: tlsready.gate/v1\nlisten: ':443'\nupstream: 'a:1'\nservice: own\nstages: [{from: 2026-12-01, mode: enforce}]\n"),
		line("2026-09-01T01:10:00Z", "192.0.2.1", "", "", most("TLS 1.2"))+
			line("2026-09-01T01:10:00Z", "192.0.2.2", "", "", `{"max":"TLS 1.2","versions":["TLS 1.2"],"exact":true,"suites":["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],"groups":["x25519"],"signatureAlgorithms":["rsa_pss_rsae_sha256"]}`)+
			line("2026-09-01T01:10:00Z", "192.0.2.3", "", "", `{"max":"TLS 1.2","versions":["TLS 1.2"]}`))
	if doc.Old != 1 || doc.Able != 2 || doc.Stages[0].Rejected != 1 {
		t.Errorf("%+v", doc)
	}
}

// Proves that what is broken is counted with an example, that a file which is cut short
// still counts, and that what is no traffic is refused.
func TestBrokenFiles(t *testing.T) {
	good := line("2026-09-01T01:10:00Z", "192.0.2.1", "", "", most("TLS 1.0"))
	long := `{"schema":"tlsready.connection/v1","x":"` + strings.Repeat("x", maxLine) + "\"}\n"
	text := good + "nonsense\n" + `{"schema":"tlsready.connection/v2"}` + "\n\n" + long + good + good[:len(good)/2]
	doc := tried(t, newRun(t, config), text)
	losses := map[string]int{}
	for _, l := range doc.Sources[0].Losses {
		losses[l.What.ID] = l.Count
	}
	if doc.Connections != 2 || losses["gate.replay.no-line"] != 2 || losses["gate.replay.long-line"] != 1 || losses["gate.replay.cut-line"] != 1 {
		t.Errorf("%d connections, lost %v", doc.Connections, losses)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(good))
	_ = z.Close()
	if doc := tried(t, newRun(t, config), packed.String()); doc.Old != 1 {
		t.Errorf("packed: %+v", doc)
	}
	for name, text := range map[string]string{"empty": "", "blank": "\n\n", "no log": "what is this\n", "no line": `{"schema":"tlsready.connection/v1"` + "\n"} {
		if err := newRun(t, config).Read(context.Background(), strings.NewReader(text), name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := newRun(t, config).Read(ended, strings.NewReader(strings.Repeat(good, 2048)), "x"); err == nil {
		t.Error("an interrupt does not end it")
	}
}

// Proves that a capture, and a log that a server wrote, are tried like lines of watch.
func TestCapturesAndLogs(t *testing.T) {
	doc := tried(t, newRun(t, config), "192.0.2.1 - - [01/Sep/2026:10:10:00 +0900] \"GET / HTTP/1.1\" 200 5 \"-\" \"agent\" TLSv1.2\n192.0.2.2 - - [01/Sep/2026:10:10:00 +0900] \"GET / HTTP/1.1\" 200 5 \"-\" \"agent\" TLSv1\n")
	if doc.Able != 1 || doc.Unknown != 1 {
		t.Errorf("a log: %+v", doc)
	}
	file := filepath.Join("..", "..", "..", "..", "shared", "captures", "lo_openssl3_tls10.pcap")
	data, err := os.ReadFile(file)
	if err != nil {
		fmt.Println("not run: a capture of ../shared, which is not here")
		return
	}
	if doc := tried(t, newRun(t, config), string(data)); doc.Old != 1 || doc.Stages[2].Rejected != 1 {
		t.Errorf("a capture: %+v", doc)
	}
}

// Measures the dry run: lines of watch against a plan with windows.
func BenchmarkLines(b *testing.B) {
	const lines = 100000
	var text bytes.Buffer
	suites := `"suites":["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384","TLS_RSA_WITH_AES_128_CBC_SHA"],"groups":["x25519","secp256r1"]`
	for i := range lines {
		version := "TLS 1.2"
		if i%20 == 0 {
			version = "TLS 1.0"
		}
		at := time.Date(2026, 9, 1, 0, 0, i*20, 0, time.UTC).Format(time.RFC3339)
		text.WriteString(line(at, fmt.Sprintf("10.0.%d.%d:4000", i/256%200, i%256), "api.example.com", "team", fmt.Sprintf(`{"max":%q,"versions":[%[1]q],"exact":false,%s}`, version, suites)))
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		r := newRun(b, config)
		if err := r.Read(context.Background(), bytes.NewReader(text.Bytes()), "watch.jsonl"); err != nil {
			b.Fatal(err)
		}
		r.Document()
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
