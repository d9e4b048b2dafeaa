package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/testkit/golden"
)

// watched is a sum of which everything can be shown.
func watched() *document.Watch {
	at := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	client := func(address, class string, change func(*document.WatchClient)) document.WatchClient {
		c := document.WatchClient{
			Client: address, Class: class, Behind: 1, First: at, Last: at.AddDate(0, 0, 9), Connections: 12, Negotiated: map[tlsready.Version]int{tlsready.TLS10: 12},
			Servers:  []document.WatchServer{{Server: "198.51.100.9:443", ServerName: "www.example.com", Connections: 12, Negotiated: []tlsready.Version{tlsready.TLS10}}},
			Evidence: []document.WatchEvidence{{Source: "edge.pcap", Format: "pcap", Connections: 12, Hellos: 12, First: at, Last: at.AddDate(0, 0, 9)}},
		}
		change(&c)
		return c
	}
	schannel := func(c *document.WatchClient) {
		c.Owner, c.OwnerMail, c.Survives, c.Offered, c.Old, c.LastOld = "Example Ltd", "it@example.com", tlsready.No, tlsready.TLS10, 12, c.Last
		c.Stack, c.StackName, c.StackIs, c.JA4 = "windows-7/schannel", "Windows 7 Schannel", "inferred", "t10d120500_d94e65cdb899_c35b4a14be45"
		c.Why = message.New("probe.why.version", message.Str("offered", "TLS 1.0"), message.Str("accepted", "TLS 1.2, TLS 1.3"))
		c.Remedy = message.New("clients.remedy.registry", message.Str("system", "Windows 7"), message.Str("changes", `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault=0`), message.Sub("restart", message.New("restart.reboot")))
		c.Hours, c.Servers[0].Finding, c.Servers[0].Old, c.Evidence[0].Old = []int{2, 3, 4, 26}, document.FindingCannot, 12, 12
	}
	clients := []document.WatchClient{
		client("192.0.2.7", document.ClassCannot, func(c *document.WatchClient) {
			schannel(c)
			c.Names, c.Behind, c.Window = []string{"fs01"}, 7, document.WindowMet
		}),
		client("192.0.2.8", document.ClassCannot, func(c *document.WatchClient) { schannel(c); c.Window = document.WindowMissed }),
		client("2001:db8::5", document.ClassLikely, func(c *document.WatchClient) {
			c.Likely, c.Basis, c.Old, c.LastOld, c.UserAgent, c.Offered = document.LikelyNo, document.BasisInferred, 3, at, "Scanner/2.1 (=cmd)", 0
			c.Why = message.New("clients.why.likely", message.Str("version", "TLS 1.0"), message.Str("newer", "TLS 1.2"))
			c.Remedy, c.Evidence[0].Source, c.Evidence[0].Format, c.Evidence[0].Hellos = message.New("clients.remedy.ask"), "u_ex2611.log", "iis", 0
		}),
		client("192.0.2.30", document.ClassUnknown, func(c *document.WatchClient) { c.Why = message.New("clients.why.nothing") }),
		client("192.0.2.40", document.ClassKeptDown, func(c *document.WatchClient) {
			c.Survives, c.Owner, c.Offered = tlsready.Yes, "Example KK", tlsready.TLS13
			c.Why, c.Remedy = message.New("clients.why.kept-down", message.Str("max", "TLS 1.3"), message.Str("version", "TLS 1.0")), message.New("clients.remedy.server")
		}),
		client("192.0.2.41", document.ClassProven, func(c *document.WatchClient) {
			c.Survives, c.Since, c.Why = tlsready.Yes, at.AddDate(0, 0, 5), message.New("clients.why.proven")
		}),
		client("192.0.2.50", document.ClassSurvives, func(c *document.WatchClient) {
			c.Survives, c.Why = tlsready.Yes, message.New("clients.why.negotiated", message.Str("version", "TLS 1.3"))
		}),
	}
	days := 3
	return &document.Watch{
		Plan:   &document.WatchPlan{File: "gate.yaml", Brownouts: true, Met: 1, Missed: 1, Timeless: 1},
		Schema: document.WatchSchema, On: "2026-12-01", Clients: clients,
		Service: document.Service{
			ID: "example", Name: map[string]string{"en": "Example portal", "ja": "サンプル ポータル"}, From: "2026-12-01", DaysLeft: &days,
			Accepts: document.Accept(tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13)}),
		},
		Summary: document.WatchSummary{
			Connections: 84, Clients: 7, Addresses: 7, Cannot: 2, Likely: 1, Unknown: 1, Survive: 3, KeptDown: 1, Proven: 1, QUIC: 4, Refused: 2,
			Negotiated: map[tlsready.Version]int{tlsready.TLS10: 40, tlsready.TLS12: 38}, Offered: map[tlsready.Version]int{tlsready.TLS10: 24},
		},
		Owners: []document.WatchOwner{
			{Owner: "Example Ltd", Mail: "it@example.com", State: document.ClassCannot, Clients: 2, Cannot: 2, Connections: 24, Old: 24, First: at, Last: at.AddDate(0, 0, 9), LastOld: at.AddDate(0, 0, 9)},
			{State: document.ClassLikely, Clients: 4, Likely: 1, Connections: 48, Old: 3, First: at, Last: at.AddDate(0, 0, 9), LastOld: at},
			{Owner: "Absent", Mail: "absent@example.com", State: document.OwnerNever},
			{Owner: "Example KK", State: document.ClassKeptDown, Clients: 1, Connections: 12, First: at, Last: at.AddDate(0, 0, 9)},
		},
		Coverage: document.WatchCoverage{
			From: at, To: at.AddDate(0, 0, 9), Days: 10, Gaps: []document.WatchGap{{From: at.AddDate(0, 0, 3), To: at.AddDate(0, 0, 5)}}, Note: message.New("clients.coverage.monthly"),
			Sources: []document.WatchSource{
				{Source: "edge.pcap", Format: "pcap", From: at, To: at.AddDate(0, 0, 9), Connections: 72},
				{Source: "u_ex2611.log", Format: "iis", Connections: 12, Losses: []document.WatchLoss{{What: message.Literal("lines that are no line of the format"), Count: 2, Where: "u_ex2611.log:7", Example: "<b>x"}}},
				{Source: "notes.txt", Error: message.New("watch.error.nothing"), PassedOver: true},
				{Source: "broken.pcap", Error: message.New("watch.error.nothing")},
				{Source: "System.evtx", Error: message.New("logs.evtx"), Hint: message.New("logs.evtx-hint", message.Quote("file", "System.evtx"))},
			},
			Skews: []document.WatchSkew{{One: "edge.pcap", Other: "u_ex2611.log", Seconds: 61.5, Connections: 9}},
		},
	}
}

// renderWatch writes a sum in a format.
func renderWatch(t *testing.T, format string, o view.WatchOptions, w *document.Watch, lines ...*document.Connection) string {
	t.Helper()
	f, ok := Formats().ByName(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	var out bytes.Buffer
	writer := f.Watch(&out, o)
	for _, c := range lines {
		if err := writer.Connection(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.End(w); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Proves what people read of a run, in both languages.
func TestWatchForPeople(t *testing.T) {
	for _, lang := range message.Languages() {
		for _, c := range []struct {
			file, format string
			details      bool
		}{{"watch-%s.txt", "table", false}, {"watch-details-%s.txt", "table", true}, {"watch-%s.tickets", "tickets", false}, {"watch-%s.html", "html", false}, {"watch-%s.csv", "csv", false}} {
			got := renderWatch(t, c.format, view.WatchOptions{Words: message.For(lang), Details: c.details, Command: "watch"}, watched())
			golden.Equal(t, "testdata/"+fmt.Sprintf(c.file, lang), []byte(got))
		}
	}
}

// Proves that the table is an answer on one screen however many clients and owners there
// are, and that it says what it leaves out.
func TestWatchTableFitsAScreen(t *testing.T) {
	w := watched()
	for i := range 500 {
		c := w.Clients[0]
		c.Client, c.StackName, c.Owner = fmt.Sprintf("198.51.100.%d", i), fmt.Sprintf("stack %d", i%40), fmt.Sprintf("owner %d", i)
		w.Clients = append(w.Clients, c)
		w.Owners = append(w.Owners, document.WatchOwner{Owner: c.Owner, State: document.ClassCannot})
	}
	text := renderWatch(t, "table", view.WatchOptions{Words: message.For("en"), Command: "watch"}, w)
	if n := strings.Count(text, "\n"); n > 84 || !strings.Contains(text, "more groups: --details") || !strings.Contains(text, "more owners: --details") {
		t.Errorf("%d lines:\n%s", n, text)
	}
}

// Proves that no cell of the CSV is taken for a formula, that every line has every column,
// and that owners who were never seen have a line.
func TestWatchCSV(t *testing.T) {
	w := watched()
	w.Clients[2].UserAgent = "=cmd|' /C calc'!A0"
	text := strings.TrimPrefix(renderWatch(t, "csv", view.WatchOptions{Words: message.For("en")}, w), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != len(w.Clients)+2 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	if !strings.Contains(text, "'=cmd") || !strings.Contains(text, "Absent,absent@example.com,") {
		t.Errorf("%s", text)
	}
}

// Proves that the connections and the sum are one object of JSON, whether there are
// connections or not, and that lines are one connection each.
func TestWatchJSON(t *testing.T) {
	line := &document.Connection{Schema: document.ConnectionSchema, Source: "a.log", Survives: tlsready.No}
	for n := range 3 {
		var lines []*document.Connection
		for range n {
			lines = append(lines, line)
		}
		var got struct {
			Schema      string
			Connections []document.Connection
			Summary     document.WatchSummary
		}
		text := renderWatch(t, "json", view.WatchOptions{}, watched(), lines...)
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Schema != document.WatchSchema || len(got.Connections) != n || got.Summary.Cannot != 2 {
			t.Errorf("%d connections: %+v %v\n%s", n, got.Summary, err, text)
		}
		if text := renderWatch(t, "jsonl", view.WatchOptions{}, watched(), lines...); strings.Count(text, "\n") != n {
			t.Errorf("%d lines: %q", n, text)
		}
	}
}

// Proves that a sum whose clients are written one by one is the sum as JSON writes it, with
// clients and without.
func TestWatchObjectIsTheSum(t *testing.T) {
	some, none := watched(), watched()
	some.Clients[0].UserAgent, none.Clients = "\n  \"clients\": []", []document.WatchClient{}
	for _, w := range []*document.Watch{some, none} {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(w); err != nil {
			t.Fatal(err)
		}
		if got := renderWatch(t, "json", view.WatchOptions{}, w); got != "{\"connections\": [],\n"+want.String()[1:] {
			t.Errorf("got\n%.600s\nwant\n%.600s", got, want.String())
		}
	}
}
