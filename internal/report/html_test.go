package report

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/regexe"
	"tlsready/internal/testkit/golden"
)

// Proves the whole page, in both languages and by folder.
func TestHTML(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		o := Options{Lang: lang, Command: command(lang), Source: "hosts"}
		golden.Equal(t, filepath.Join("testdata", "page-"+lang+".html"), render(t, HTML, twoServices(lang), o))
	}
	by := string(render(t, HTML, fleet("en"), Options{By: ByFolder}))
	for _, want := range []string{">Folder acme</h2>", ">Folder globex</h2>"} {
		if !strings.Contains(by, want) {
			t.Errorf("by folder: no %s", want)
		}
	}
}

// Proves that the policy names the very style and script that stand in the page.
func TestHTMLPolicy(t *testing.T) {
	text := string(render(t, HTML, fleet("ja"), Options{Lang: "ja"}))
	for _, tag := range []string{"style", "script"} {
		found := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%d <%s> elements", len(found), tag)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(html.UnescapeString(text), tag+"-src '"+want+"'") {
			t.Errorf("the policy does not allow the page's own %s (%s)", tag, want)
		}
	}
}

// Proves that nothing in the page makes a browser load something.
func TestHTMLLoadsNothing(t *testing.T) {
	text := string(render(t, HTML, twoServices("en"), Options{}))
	for _, bad := range []string{" src=", "<link", "<img", "<iframe", "@import", "url(", "fetch(", "XMLHttpRequest", " style=", " onclick="} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// hostile is a document in which everything that comes from outside tries to
// break out of its place.
func hostile() *document.Check {
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	c := fleet("en")
	for i := range c.Hosts {
		h := &c.Hosts[i]
		for j := range c.Verdicts {
			if v := &c.Verdicts[j]; v.Host == h.Host {
				v.Host, v.Stack = evil+h.Host, evil
				for k := range v.Reasons {
					v.Reasons[k].Text, v.Reasons[k].Citations = evil, []string{"javascript:alert(3)"}
				}
			}
		}
		h.Host, h.Program, h.Source, h.Error, h.Folder = evil+h.Host, evil, evil, evil, evil
		h.Warnings = append(h.Warnings, document.Note{Code: evil, Text: evil})
		for j := range h.Changes {
			h.Changes[j].Name = evil
		}
	}
	c.Services[0].Name["en"], c.Services[0].From = evil, evil
	return c
}

// Proves that hostile names stay text.
func TestHTMLEscapes(t *testing.T) {
	text := string(render(t, HTML, hostile(), Options{By: ByFolder, Command: `tlsready check "<script>"`, Source: "<script>"}))
	if n := strings.Count(text, "<script"); n != 1 {
		t.Errorf("%d script elements, want the page's own", n)
	}
	for _, bad := range []string{"<img", `href="javascript:`} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
}

// Proves that 10,000 hosts stay below 15 MB, alike or all different, and that
// each of them is named.
func TestHTMLSize(t *testing.T) {
	for name, c := range map[string]*document.Check{"alike": bigFleet(10_000, false), "all different": bigFleet(10_000, true)} {
		text := render(t, HTML, c, Options{})
		t.Logf("10,000 hosts, %s: %.1f MB", name, float64(len(text))/1e6)
		if len(text) > 15e6 {
			t.Errorf("10,000 hosts, %s: %d bytes", name, len(text))
		}
		if n := strings.Count(string(text), "<tr data-host>"); n != len(c.Hosts) {
			t.Errorf("10,000 hosts, %s: %d of %d named", name, n, len(c.Hosts))
		}
	}
}

// Proves that the fix and its undo stand ready to be copied, and that an undo
// restores what stood there.
func TestRegCommands(t *testing.T) {
	h := &fleet("en").Hosts[4] // bk01
	apply, ok := regCommands(h, false)
	undo, exact := regCommands(h, true)
	if !ok || !exact || len(apply) != 5 || len(undo) != 5 {
		t.Fatalf("%v %v, %d and %d lines", ok, exact, len(apply), len(undo))
	}
	for _, test := range []struct{ got, want string }{
		{apply[0], `reg add "` + tls12 + `" /v DisabledByDefault /t REG_DWORD /d 0 /f /reg:64`},
		{undo[4], `reg delete "` + tls12 + `" /v DisabledByDefault /f /reg:64`},
		{undo[3], `reg add "` + netKey + `" /v SystemDefaultTlsVersions /t REG_DWORD /d 0 /f /reg:64`},
		{apply[2], `reg add "` + netKey6 + `" /v SystemDefaultTlsVersions /t REG_DWORD /d 1 /f /reg:64`},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

// Proves which values are written as commands and which are not.
func TestRegCommandData(t *testing.T) {
	for _, test := range []struct {
		name, typ, raw, want string
	}{
		{"Functions", "REG_MULTI_SZ", `["TLS_A","TLS_B"]`, `/v Functions /t REG_MULTI_SZ /d "TLS_A\0TLS_B"`},
		{"Path", "REG_SZ", `"C:\\a b\\"`, `/v Path /t REG_SZ /d "C:\a b\\"`},
		{"", "REG_SZ", `"x"`, `/ve /t REG_SZ /d "x"`},
		{"a b", "REG_BINARY", `"00ff"`, `/v "a b" /t REG_BINARY /d 00FF`},
		{"Path", "REG_EXPAND_SZ", `"%SystemRoot%"`, ""},
		{"Quote", "REG_SZ", `"a\"b"`, ""},
		{"Line", "REG_SZ", `"a\nb"`, ""},
		{"Empty", "REG_MULTI_SZ", `[""]`, ""},
	} {
		data, err := host.ParseData(host.Type(test.typ), []byte(test.raw))
		if err != nil {
			t.Fatal(err)
		}
		c := document.Change{Key: `HKLM\SOFTWARE\X`, Name: test.name, Data: data}
		line, ok := regCommand(&c, false, regexe.NoView)
		if ok != (test.want != "") || ok && line != `reg add "HKLM\SOFTWARE\X" `+test.want+" /f" {
			t.Errorf("%s %s: %q, %v", test.name, test.raw, line, ok)
		}
	}
}

// Proves that the timeline keeps every mark and tick inside the chart.
func TestTimeline(t *testing.T) {
	for _, from := range []string{"1999-01-01", "2021-06-20", "2021-06-21", "2045-12-31"} {
		c := twoServices("en")
		c.Services[0].From = from
		b := &pageBuilder{w: newWords("en")}
		line := b.timeline(c)
		if len(line.Marks) != 2 || len(line.Ticks) == 0 || len(line.Ticks) > 14 {
			t.Errorf("%s: %d marks, %d ticks", from, len(line.Marks), len(line.Ticks))
		}
		for _, x := range []int{line.Today, line.Marks[0].X, line.Marks[1].X, line.Ticks[0].X} {
			if x < 0 || x > chartWidth {
				t.Errorf("%s: %d is outside", from, x)
			}
		}
	}
}

// Measures a page on 10,000 hosts.
func BenchmarkHTML10000(b *testing.B) {
	c := bigFleet(10_000, false)
	for b.Loop() {
		var n counter
		if err := HTML(&n, c, Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB/file")
	}
}

type counter int

func (n *counter) Write(p []byte) (int, error) { *n += counter(len(p)); return len(p), nil }

// Measures a page on 10,000 hosts of which no two are alike.
func BenchmarkHTML10000Different(b *testing.B) {
	c := bigFleet(10_000, true)
	for b.Loop() {
		var n counter
		if err := HTML(&n, c, Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB/file")
	}
}
