package watch

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/service"
	"tlsready/internal/survey"
)

var today = service.Date{Time: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}

// captures is where the recordings of the reader lie.
const captures = "../../observe/capture/testdata"

// logFormat is how the logs of these tests are written.
const logFormat = `$remote_addr [$time_local] "$request" $status $ssl_protocol $ssl_cipher "$http_user_agent" "$http_x_api_key"`

func logLine(client string, minute int, version, key string) string {
	return fmt.Sprintf("%s [15/Jun/2021:05:%02d:00 +0000] \"GET / HTTP/1.1\" 200 %s ECDHE-RSA-AES128-SHA \"curl/7.29.0\" \"%s\"\n", client, minute, version, key)
}

func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run does what a question asks, and gives the lines and the sum.
func run(t *testing.T, q Question) ([]*document.Connection, *document.Watch) {
	t.Helper()
	q.Today, q.LogFormat = today, logFormat
	r, err := q.Run()
	if err != nil {
		t.Fatal(err)
	}
	var lines []*document.Connection
	r.Line = func(c *document.Connection) error {
		lines = append(lines, c)
		return nil
	}
	w, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return lines, w
}

func texts(t *testing.T, lines []*document.Connection) []string {
	t.Helper()
	var list []string
	for _, c := range lines {
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(data))
	}
	return list
}

// Proves that files of both kinds, packed or not, and files in folders are told by their
// content and read in the order in which they are named, however many at once; and that
// what is neither is an error only if it was named.
func TestFilesAreToldByContent(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "b.log", logLine("192.0.2.7", 0, "TLSv1", "k1"))
	file(t, dir, "c.txt", "no connection in here\n")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, logLine("192.0.2.8", 1, "TLSv1.2", "k2")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file(t, dir, "d.log.gz", packed.String())
	file(t, dir, ".hidden", logLine("192.0.2.9", 1, "TLSv1", ""))
	named := filepath.Join(captures, "lo_openssl3_tls10.pcap")
	var want []string
	for _, workers := range []int{1, 2, 7} {
		lines, w := run(t, Question{Words: []string{named, dir}, SameTimeFiles: workers})
		var sources []string
		for _, c := range lines {
			sources = append(sources, filepath.Base(c.Source))
		}
		if !slices.Equal(sources, []string{"lo_openssl3_tls10.pcap", "b.log", "d.log.gz"}) {
			t.Errorf("%d at once: %q", workers, sources)
		}
		got := texts(t, lines)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d at once: another result", workers)
		}
		passed := w.Coverage.Sources[2]
		if filepath.Base(passed.Source) != "c.txt" || !passed.PassedOver || passed.Error.IsZero() {
			t.Errorf("c.txt: %+v", passed)
		}
	}
	_, w := run(t, Question{Words: []string{filepath.Join(dir, "c.txt")}})
	if s := w.Coverage.Sources[0]; s.PassedOver || s.Error.IsZero() {
		t.Errorf("named: %+v", s)
	}
}

// Proves that lines of a log say who is probably cut off also where the server gave others
// the newer version later in the file, and that a probe says the same.
func TestLikelyFromAnywhereInTheFile(t *testing.T) {
	dir := t.TempDir()
	old := logLine("192.0.2.7", 0, "TLSv1", "")
	for name, c := range map[string]struct {
		text, likely string
		accepts      []string
	}{
		"later":  {old + logLine("192.0.2.8", 9, "TLSv1.2", ""), "no", nil},
		"alone":  {old, "", nil},
		"itself": {old + logLine("192.0.2.7", 9, "TLSv1.2", ""), "", nil},
	} {
		lines, _ := run(t, Question{Words: []string{file(t, dir, name, c.text)}, Accepts: c.accepts})
		if lines[0].Likely != c.likely || lines[0].Survives != tlsready.Unknown {
			t.Errorf("%s: likely %q, survives %v", name, lines[0].Likely, lines[0].Survives)
		}
	}
}

// Proves that the lines of all parts together are those of the whole, and that each part
// sums up its own clients as the whole does.
func TestShards(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 200 {
		version := "TLSv1.2"
		if i%3 == 0 {
			version = "TLSv1"
		}
		text.WriteString(logLine(fmt.Sprintf("192.0.2.%d", i%50), i%60, version, ""))
	}
	words := []string{file(t, dir, "a.log", text.String()), captures}
	whole, sum := run(t, Question{Words: words})
	var parts []string
	survive := 0
	for i := 1; i <= 3; i++ {
		lines, w := run(t, Question{Words: words, Shard: fmt.Sprintf("%d/3", i)})
		parts, survive = append(parts, texts(t, lines)...), survive+w.Summary.Survive
	}
	want := texts(t, whole)
	slices.Sort(want)
	slices.Sort(parts)
	if !slices.Equal(parts, want) || survive != sum.Summary.Survive {
		t.Errorf("%d lines in parts, %d in the whole; %d and %d survive", len(parts), len(want), survive, sum.Summary.Survive)
	}
}

// Proves that a run ends with its context, and that the error of whoever takes the lines
// ends it.
func TestEnd(t *testing.T) {
	r, err := Question{Words: []string{captures, captures, captures}, Today: today}.Run()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.Line = func(*document.Connection) error { cancel(); return nil }
	if _, err := r.Do(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the context: %v", err)
	}
	full := errors.New("no room")
	r.Line = func(*document.Connection) error { return full }
	if _, err := r.Do(context.Background()); !errors.Is(err, full) {
		t.Errorf("the output: %v", err)
	}
}

// Proves that --since leaves out what came before, and how times are written.
func TestSince(t *testing.T) {
	path := file(t, t.TempDir(), "a.log", logLine("192.0.2.7", 0, "TLSv1", "")+logLine("192.0.2.8", 30, "TLSv1.2", ""))
	now := time.Date(2021, 6, 15, 6, 20, 0, 0, time.UTC)
	for text, n := range map[string]int{
		"2021-06-15": 2, "2021-06-15T05:10": 1, "2021-06-15T14:10:00+09:00": 1, "2021-06-16": 0, "1h": 1, "1d": 2, "2w": 2, "": 2,
	} {
		if _, w := run(t, Question{Words: []string{path}, Since: text, Now: now}); w.Summary.Connections != n {
			t.Errorf("%q: %d connections, want %d", text, w.Summary.Connections, n)
		}
	}
	for _, bad := range []string{"x", "d", "-1d", "0h", "1y", "2021-13-01", "999999999999w"} {
		if _, err := (Question{Words: []string{path}, Since: bad, Now: now, Today: today}).Run(); !isMistake(err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func isMistake(err error) bool {
	var m *survey.Mistake
	return errors.As(err, &m)
}

// Proves that what is named wrongly is a mistake that names it, before anything is read.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	good, short := file(t, dir, "a.log", logLine("192.0.2.7", 0, "TLSv1", "")), file(t, dir, "key", "too short")
	for want, q := range map[string]Question{
		"nothing to read": {}, "no file matches": {Words: []string{dir + "/*.none"}}, "there is no file in": {Words: []string{empty}},
		"cannot read": {Words: []string{dir + "/none"}}, "--shard 3/2": {Words: []string{good}, Shard: "3/2"}, "--shard 0/2": {Words: []string{good}, Shard: "0/2"},
		"at least 16 bytes": {Words: []string{good}, PseudonymKey: short}, "settings cannot be asked": {Words: []string{good}, Service: "host:" + good},
	} {
		q.Today = today
		_, err := q.Run()
		if !isMistake(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Proves whose a connection is: by a field of the log with the list's names for its
// values, else by server name, else by the narrowest range; and that owners of the list
// who were never seen are named.
func TestOwners(t *testing.T) {
	dir := t.TempDir()
	list := file(t, dir, "customers.csv", "\ufeffOwner;Mail;IP address;API-Key\r\n"+
		"Example Ltd;it@example.com;192.0.2.0/24;\r\nExample KK;;192.0.2.8-192.0.2.15 198.51.100.*;\r\n東京支店;tokyo@example.com;;k1\r\nAbsent;;203.0.113.9;\r\n;;;\r\n")
	log := file(t, dir, "a.log", logLine("192.0.2.7", 0, "TLSv1", "")+logLine("192.0.2.9", 0, "TLSv1.2", "")+
		logLine("198.51.100.77", 1, "TLSv1.2", "")+logLine("192.0.2.9", 2, "TLSv1.2", "k1")+logLine("203.0.113.8", 3, "TLSv1.2", "k7"))
	lines, w := run(t, Question{Words: []string{log}, Owners: list, OwnerBy: "http_x_api_key"})
	var got []string
	for _, c := range lines {
		got = append(got, c.Owner+" "+c.OwnerMail)
	}
	if want := []string{"Example Ltd it@example.com", "Example KK ", "Example KK ", "東京支店 tokyo@example.com", "k7 "}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	states := map[string]string{}
	for _, o := range w.Owners {
		states[o.Owner] = o.State
	}
	if states["Absent"] != document.OwnerNever || states["Example KK"] != document.OwnerSurvives || states["Example Ltd"] != document.ClassLikely {
		t.Errorf("%v", states)
	}
}

// Proves that lists of owners that say nothing, or nothing that can be used, are refused
// with their line.
func TestBadOwners(t *testing.T) {
	for text, want := range map[string]string{
		"": "no column with owners", "name,address\nx,192.0.2.1\n": "no column with owners", "owner,mail\nx,y\n": "no column with owners",
		"owner,address\n,192.0.2.1\n": ":2: no owner", "owner,address\nx,\n": ":2: neither", "owner,address\nx,192.0.2.300\n": `:2: "192.0.2.300"`,
		"owner,address\nx,192.0.2.9-192.0.2.1\n": ":2:", "owner,address\nx,1.*.2.*\n": ":2:", "owner,address\nx,::-ffff::\n": "", "owner,address\nx,::1-8000::1\n": "too many parts",
	} {
		path := file(t, t.TempDir(), "o.csv", text)
		_, err := ReadOwners(path)
		if want == "" && err != nil || want != "" && (!isMistake(err) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Proves that FROM-TO becomes ranges that hold exactly the addresses between the two.
func TestBetween(t *testing.T) {
	list, err := prefixes("192.0.2.3-192.0.2.17")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		a := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		in := slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
		if in != (i >= 3 && i <= 17) {
			t.Errorf("%v: %v", a, in)
		}
	}
	if all, err := prefixes("0.0.0.0-255.255.255.255"); err != nil || len(all) != 1 {
		t.Errorf("everything: %v %v", all, err)
	}
}

// Proves that a log's line is settled by the hello of the same connection in a capture,
// and that the clocks of the two are held against each other.
func TestPairs(t *testing.T) {
	p := clients.NewPairs(true)
	at := time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)
	for i := range 5 {
		hello := clients.Judged{Survives: tlsready.No, Old: true, Why: message.New("probe.why.version"), Stack: clients.Stack{ID: "x"}}
		hello.Source, hello.Time, hello.Client = "edge.pcap", at.Add(time.Duration(i)*time.Minute), netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), uint16(5000+i))
		hello.Hello = &observe.Hello{}
		p.Join(&hello)
		line := clients.Judged{Survives: tlsready.Unknown, Open: true}
		line.Source, line.Time, line.Client = "haproxy.log", hello.Time.Add(7*time.Second), hello.Client
		p.Join(&line)
		if line.Survives != tlsready.No || line.Open || line.Stack.ID != "x" {
			t.Fatalf("not settled: %+v", line)
		}
	}
	if skews := p.Skews(); len(skews) != 1 || skews[0].Seconds != 7 || skews[0].Connections != 5 || skews[0].Other != "haproxy.log" {
		t.Errorf("%+v", skews)
	}
}

// Proves that a log on standard input that ends soon is judged as a file is, with what
// comes after a line; that one that goes on is given out all the same, with what came
// before, of which the sum then says so; and that nobody waits for a capture.
func TestStandardInput(t *testing.T) {
	log := logLine("192.0.2.7", 1, "TLSv1", "") + logLine("192.0.2.8", 2, "TLSv1.2", "") + logLine("192.0.2.9", 3, "TLSv1", "")
	pcap, err := os.ReadFile(filepath.Join(captures, "lo_openssl3_tls10.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	const never = time.Hour
	for _, c := range []struct {
		name, text  string
		open        bool // it goes on
		most        int
		wait        time.Duration
		likely      []string
		saidEarlier bool
	}{
		{"a log that ends", log, false, maxAhead, never, []string{"no", "", "no"}, false},
		{"a log that is too long", log, false, 10, never, []string{"", "", "no"}, true},
		{"a log that goes on", log, true, maxAhead, time.Millisecond, []string{"", "", "no"}, true},
		{"a capture that goes on", string(pcap), true, maxAhead, never, []string{""}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, feed := io.Pipe()
			go func() {
				for _, line := range strings.SplitAfter(c.text, "\n") {
					_, _ = io.WriteString(feed, line)
				}
				if !c.open {
					feed.Close()
				}
			}()
			r, err := Question{Words: []string{"-"}, Stdin: in, Today: today, LogFormat: logFormat}.Run()
			if err != nil {
				t.Fatal(err)
			}
			r.most, r.wait = c.most, c.wait
			var likely []string
			r.Line = func(d *document.Connection) error {
				if likely = append(likely, d.Likely); len(likely) == len(c.likely) {
					feed.Close() // what was wanted has come while it was open
				}
				return nil
			}
			w, err := r.Do(context.Background())
			if err != nil || !slices.Equal(likely, c.likely) || len(w.Coverage.Overflow) > 0 != c.saidEarlier {
				t.Errorf("%q, want %q; %v, %v", likely, c.likely, w.Coverage.Overflow, err)
			}
		})
	}
}

// Proves that what cannot be read is told together with what helps, such as the command
// that converts it.
func TestWhatHelps(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, what, hint string }{
		"x.evtx": {"ElfFile\x00\x00\x00\x00 and what follows", "logs.evtx", "logs.evtx-hint"},
		"x.pq":   {"PAR1\x15\x04\x15\x10 and what follows", "logs.parquet", ""},
		"x.txt":  {"nobody writes logs like this one\n", "logs.unknown", "logs.unknown-hint"},
	} {
		_, w := run(t, Question{Words: []string{file(t, dir, name, c.text)}})
		if s := w.Coverage.Sources[0]; s.Error.ID != c.what || s.Hint.ID != c.hint {
			t.Errorf("%s: %v, %v", name, s.Error, s.Hint)
		}
	}
}
