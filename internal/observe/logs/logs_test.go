package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"tlsready/internal/message"
	"tlsready/internal/observe"
)

const oldLine = `192.0.2.7 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "agent" TLSv1 AES128-SHA`

const iisHead = "#Software: Microsoft Internet Information Services 10.0\r\n#Fields: date time s-ip c-ip cs(User-Agent) sc-status crypt-protocol\r\n"

const iisLine = "2026-11-28 10:00:00 198.51.100.9 192.0.2.8 agent 200 400\r\n"

func readAll(t testing.TB, r io.Reader, o Options) ([]observe.Connection, observe.Coverage, error) {
	t.Helper()
	var list []observe.Connection
	coverage, err := Read(context.Background(), r, "log", o, func(c observe.Connection) error {
		list = append(list, c)
		return nil
	})
	return list, coverage, err
}

// losses says what was lost: id, count, place.
func losses(c observe.Coverage) string {
	var list []string
	for _, l := range c.Losses {
		list = append(list, fmt.Sprintf("%s %d %s", l.What.ID, l.Count, l.Where))
	}
	return strings.Join(list, ", ")
}

// Proves that what a file can do to a reader is counted, said, or read all the same.
func TestBadInput(t *testing.T) {
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fmt.Fprint(z, text)
		z.Close()
		return b.String()
	}
	encoded := func(e interface{ String(string) (string, error) }, text string) string {
		out, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	many := strings.Repeat(oldLine+"\n", 2000)
	for _, c := range []struct {
		name, text string
		want       int
		lost       string
	}{
		{"empty", "", 0, ""},
		{"blank lines", "\n\r\n  \n", 0, ""},
		{"no end of the last line", oldLine, 1, ""},
		{"CRLF", oldLine + "\r\n" + oldLine + "\r\n", 2, ""},
		{"a line of 10 MB between others", oldLine + "\n" + strings.Repeat("x", 10<<20) + "\n" + oldLine + "\n", 2, "logs.long 1 log:2"},
		{"a last line of 10 MB", oldLine + "\n" + strings.Repeat("x", 10<<20), 1, "logs.long 1 log:2"},
		{"binary between lines", oldLine + "\n\x00\x01\x02\xff\xfe\n" + oldLine + "\n", 2, "logs.broken 1 log:2"},
		{"binary before the first line", "\x00\x01\x02\xff\n" + oldLine + "\n", 1, "logs.broken 1 log:1"},
		{"another format in the middle", oldLine + "\n" + iisHead + iisLine + oldLine + "\n" + iisLine, 4, ""},
		{"an old header without the version in front", "#Fields: date time c-ip sc-status\r\n2026-11-28 10:00:00 192.0.2.9 200\r\n" + iisHead + iisLine, 1, ""},
		{"UTF-16 of PowerShell", encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), iisHead+iisLine), 1, ""},
		{"UTF-16 without a mark", encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), oldLine+"\n"), 1, ""},
		{"UTF-16BE", encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), oldLine+"\n"), 1, ""},
		{"UTF-8 with a mark", "\ufeff" + iisHead + iisLine, 1, ""},
		{"gzip", zipped(oldLine + "\n"), 1, ""},
		{"gzip in two members", zipped(oldLine+"\n") + zipped(oldLine+"\n"), 2, ""},
		{"a header of JSON before its end", `[{"ts":1795860000.5,"uid":"C1","id.orig_h":"192.0.2.7","version":"TLSv10","established":true},` + "\n" + `{"ts":1795860000.5,"uid":"C2","id.or`, 1, "logs.broken 1 log:2"},
		{"times that go backwards", oldLine + "\n" + strings.Replace(oldLine, "10:00:00", "09:00:00", 1) + "\n", 2, ""},
		{"a file in many blocks", strings.Repeat(many, 8), 16000, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.text), "in pieces": iotest.HalfReader(strings.NewReader(c.text)), "with its end": iotest.DataErrReader(strings.NewReader(c.text))} {
				list, coverage, err := readAll(t, r, Options{})
				if err != nil || len(list) != c.want || losses(coverage) != c.lost {
					t.Errorf("%s: %d connections, lost %q, %v", how, len(list), losses(coverage), err)
				}
				if slices.IsSortedFunc(list, func(a, b observe.Connection) int { return a.Line - b.Line }) == false {
					t.Errorf("%s: not in the order of the lines", how)
				}
				if len(list) > 0 && (coverage.From.IsZero() || coverage.To.Before(coverage.From)) {
					t.Errorf("%s: from %s to %s", how, coverage.From, coverage.To)
				}
			}
		})
	}
}

// Proves that a compressed file that ends early gives what was there and says so.
func TestCutGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 5000 {
		fmt.Fprintf(z, "%s %d\n", oldLine, i*7919)
	}
	z.Close()
	list, coverage, err := readAll(t, bytes.NewReader(b.Bytes()[:b.Len()/2]), Options{})
	if err != nil || len(list) == 0 || !strings.Contains(losses(coverage), "logs.cut 1 ") {
		t.Errorf("%d connections, %q, %v", len(list), losses(coverage), err)
	}
}

// Proves that names in code page 932 are read, also where a byte looks like a backslash
// in JSON.
func TestCP932(t *testing.T) {
	text := `{"time_iso8601":"2026-11-28T10:00:00+09:00","remote_addr":"192.0.2.7","ssl_protocol":"TLSv1","http_user_agent":"予定表"}` + "\n"
	for _, text := range []string{text, strings.Replace(oldLine, `"agent"`, `"予定表 "`, 1) + "\n"} {
		encoded, err := japanese.ShiftJIS.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		list, coverage, err := readAll(t, strings.NewReader(encoded), Options{})
		if err != nil || len(list) != 1 || strings.TrimSpace(list[0].Identity.UserAgent) != "予定表" {
			t.Errorf("%+v %+v %v", list, coverage.Losses, err)
		}
	}
}

// Proves what is said of files that are no log that can be read.
func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"ElfFile\x00\x00\x00\x00": "logs.evtx",
		"what is this?\n":         "logs.unknown",
		"\x7fELF\x02\x01\x01\x00": "logs.unknown",
		"{\"a\":1}\n":             "logs.unknown",
	} {
		_, _, err := readAll(t, strings.NewReader(text), Options{})
		var p *message.Problem
		if !errors.As(err, &p) || p.What.ID != want || p.Hint.IsZero() || p.Where != "log" {
			t.Errorf("%q: %#v", text, err)
		}
	}
	for _, o := range []Options{{Format: "none"}, {LogFormat: "no variables"}, {LogFormat: "$a$b"}, {Format: "haproxy", LogFormat: "$remote_addr"}} {
		if _, _, err := readAll(t, strings.NewReader(oldLine), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// Proves that the one line that adds the version is said, where a log lacks it and only
// there.
func TestMissing(t *testing.T) {
	plain := `192.0.2.7 - - [28/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "agent"` + "\n"
	for text, want := range map[string]string{
		plain:                  "logs.missing-combined",
		plain + oldLine + "\n": "",
		iisHead + iisLine:      "",
		iisHead + iisLine + "#Fields: date time c-ip sc-status\r\n2026-11-28 10:00:00 192.0.2.9 200\r\n":                 "logs.missing-iis",
		"#Fields: date time c-ip sc-status\r\n2026-11-28 10:00:00 192.0.2.9 200\r\n" + iisHead + iisLine:                 "",
		"#Fields: date time c-ip sc-status\r\n":                                                                          "logs.missing-iis",
		`192.0.2.7:1 [28/Nov/2026:10:00:00.123] fe be/s1 0/0/0/0/0 200 1 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"` + "\n": "logs.missing-haproxy",
	} {
		_, coverage, err := readAll(t, strings.NewReader(text), Options{})
		if err != nil || coverage.Missing.ID != want {
			t.Errorf("%q: %q, %v", text, coverage.Missing.ID, err)
		}
	}
}

// Proves that a zone and a year which a log does not state are the reader's, and that
// this is said.
func TestAssumed(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	line := "Nov 28 10:00:01 mail postfix/smtpd[1]: Anonymous TLS connection established from unknown[192.0.2.7]: TLSv1 with cipher AES128-SHA (128/128 bits)\n"
	for now, want := range map[string]string{
		"2026-12-01T00:00:00Z": "2026-11-28T01:00:01Z",
		"2027-01-02T00:00:00Z": "2026-11-28T01:00:01Z",
		"2026-11-20T00:00:00Z": "2025-11-28T01:00:01Z",
	} {
		at, _ := time.Parse(time.RFC3339, now)
		list, coverage, err := readAll(t, strings.NewReader(line), Options{Location: tokyo, Now: at})
		if err != nil || len(list) != 1 || list[0].Time.Format(time.RFC3339) != want || coverage.Assumed.ID != "logs.zone" {
			t.Errorf("at %s: %+v %v %v", now, list, coverage.Assumed, err)
		}
	}
}

// Proves that times without a zone are those of the zone that is named, in summer and in
// winter, in the hour that a clock leaves out and in the one that it has twice; and that a
// zone which a line states, and formats that mean UTC, are left alone, of which nothing
// then is assumed.
func TestZone(t *testing.T) {
	nginx := func(at string) string {
		return at + " [info] 12#12: *3 SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking, client: 192.0.2.7, server: 0.0.0.0:443\n"
	}
	postfix := func(at string) string {
		return at + " mail postfix/smtpd[1]: Anonymous TLS connection established from unknown[192.0.2.7]: TLSv1 with cipher AES128-SHA (128/128 bits)\n"
	}
	nlb := "tls 2.0 2026-07-01T10:00:00 net/lb/1 g3d 192.0.2.7:51341 198.51.100.1:443 5 2 98 246 - arn:aws:acm:x - ECDHE-RSA-AES128-SHA tlsv1 - www.example.com - - - 2026-07-01T10:00:00\n"
	for _, c := range []struct {
		name, zone, text, want string
		assumed                bool
	}{
		{"winter", "Europe/Berlin", nginx("2026/01/15 10:00:00"), "2026-01-15T09:00:00Z", true},
		{"summer", "Europe/Berlin", nginx("2026/07/15 10:00:00"), "2026-07-15T08:00:00Z", true},
		{"before the clock goes forward", "Europe/Berlin", nginx("2026/03/29 01:59:59"), "2026-03-29T00:59:59Z", true},
		{"after it", "Europe/Berlin", nginx("2026/03/29 03:00:00"), "2026-03-29T01:00:00Z", true},
		{"an hour that is left out", "Europe/Berlin", nginx("2026/03/29 02:30:00"), "2026-03-29T01:30:00Z", true},
		{"before the clock goes back", "Europe/Berlin", nginx("2026/10/25 01:59:59"), "2026-10-24T23:59:59Z", true},
		{"an hour that comes twice, either time", "Europe/Berlin", nginx("2026/10/25 02:30:00"), "2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z", true},
		{"after it", "Europe/Berlin", nginx("2026/10/25 03:00:00"), "2026-10-25T02:00:00Z", true},
		{"half an hour", "Asia/Kolkata", nginx("2026/07/15 10:00:00"), "2026-07-15T04:30:00Z", true},
		{"no zone named", "", nginx("2026/07/15 10:00:00"), "2026-07-15T10:00:00Z", true},
		{"without a year, over new year", "Asia/Tokyo", postfix("Jan  1 08:00:00"), "2026-12-31T23:00:00Z", true},
		{"a stamp with its zone", "Asia/Tokyo", postfix("2026-07-15T10:00:00+02:00"), "2026-07-15T08:00:00Z", false},
		{"a stamp in UTC", "Asia/Tokyo", postfix("2026-07-15T10:00:00Z"), "2026-07-15T10:00:00Z", false},
		{"a format that means UTC", "Asia/Tokyo", nlb, "2026-07-01T10:00:00Z", false},
		{"a format that states its zone", "Asia/Tokyo", "192.0.2.7 - - [15/Jul/2026:10:00:00 -0500] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\" TLSv1 AES128-SHA\n", "2026-07-15T15:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			location, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
			list, coverage, err := readAll(t, strings.NewReader(c.text), Options{Location: location, Now: now})
			if err != nil || len(list) != 1 || !strings.Contains(c.want, list[0].Time.Format(time.RFC3339)) || coverage.Assumed.IsZero() == c.assumed {
				t.Errorf("want %s: %+v %v %v", c.want, list, coverage.Assumed, err)
			}
		})
	}
}

// Proves that fields which were asked for are kept by their names.
func TestKeep(t *testing.T) {
	list, _, err := readAll(t, strings.NewReader(iisHead+iisLine), Options{Keep: []string{"sc-status", "c-ip"}})
	if err != nil || len(list) != 1 || list[0].Identity.Fields["sc-status"] != "200" || list[0].Identity.Fields["c-ip"] != "192.0.2.8" {
		t.Errorf("%+v %v", list, err)
	}
}

// Proves that the reading ends where the sink, the reader or the user says so, and gives
// their error.
func TestEnds(t *testing.T) {
	text := strings.Repeat(oldLine+"\n", 200000)
	mine := errors.New("mine")
	n := 0
	_, err := Read(t.Context(), strings.NewReader(text), "log", Options{}, func(observe.Connection) error {
		if n++; n == 1000 {
			return mine
		}
		return nil
	})
	if !errors.Is(err, mine) || n != 1000 {
		t.Errorf("%d connections, %v", n, err)
	}
	list, _, err := readAll(t, io.MultiReader(strings.NewReader(text), iotest.ErrReader(mine)), Options{})
	if !errors.Is(err, mine) || len(list) != 200000 {
		t.Errorf("%d connections, %v", len(list), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Read(ctx, strings.NewReader(text), "log", Options{}, func(observe.Connection) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Proves that lines are given as they come, without waiting for a block to be full.
func TestPipe(t *testing.T) {
	r, w := io.Pipe()
	got := make(chan observe.Connection)
	go func() {
		_, err := Read(context.Background(), r, "-", Options{}, func(c observe.Connection) error { got <- c; return nil })
		if err != nil {
			t.Error(err)
		}
		close(got)
	}()
	for i := range 3 {
		fmt.Fprintln(w, oldLine)
		select {
		case c := <-got:
			if c.Line != i+1 {
				t.Errorf("line %d, want %d", c.Line, i+1)
			}
		case <-time.After(time.Minute):
			t.Fatal("the line does not come")
		}
	}
	w.Close()
	for range got {
		t.Error("one more")
	}
}

// endless is a log of a given length, the same line again and again.
type endless struct{ left, at int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		m := copy(p[n:], (oldLine + "\n")[e.at:])
		n, e.at = n+m, (e.at+m)%(len(oldLine)+1)
	}
	e.left -= n
	return n, nil
}

// Proves that memory does not grow with the log.
func TestMemory(t *testing.T) {
	runtime.GC() // what other tests left
	var most uint64
	n := 0
	_, err := Read(t.Context(), &endless{left: 96 << 20}, "log", Options{}, func(observe.Connection) error {
		if n++; n%100000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	if err != nil || most > 64<<20 {
		t.Errorf("%d MiB in use, %v", most>>20, err)
	}
}
