package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/reporttest"
	"tlsready/internal/report/view"
	"tlsready/internal/testkit/golden"
)

// Proves the whole page, in both languages and by folder.
func TestCheck(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		o := view.Options{Lang: lang, Command: reporttest.Command(lang), Source: "hosts"}
		golden.Equal(t, filepath.Join("testdata", "page-"+lang+".html"), reporttest.Render(t, Check, reporttest.TwoServices(lang), o))
	}
	by := string(reporttest.Render(t, Check, reporttest.Fleet("en"), view.Options{By: view.ByFolder}))
	for _, want := range []string{">Folder acme</h2>", ">Folder globex</h2>"} {
		if !strings.Contains(by, want) {
			t.Errorf("by folder: no %s", want)
		}
	}
}

// Proves that the policy names the very style and script that stand in the page.
func TestHTMLPolicy(t *testing.T) {
	text := string(reporttest.Render(t, Check, reporttest.Fleet("ja"), view.Options{Lang: "ja"}))
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
	text := string(reporttest.Render(t, Check, reporttest.TwoServices("en"), view.Options{}))
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
	c := reporttest.Fleet("en")
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
	text := string(reporttest.Render(t, Check, hostile(), view.Options{By: view.ByFolder, Command: `tlsready check "<script>"`, Source: "<script>"}))
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
	for name, c := range map[string]*document.Check{"alike": reporttest.BigFleet(10_000, false), "all different": reporttest.BigFleet(10_000, true)} {
		text := reporttest.Render(t, Check, c, view.Options{})
		t.Logf("10,000 hosts, %s: %.1f MB", name, float64(len(text))/1e6)
		if len(text) > 15e6 {
			t.Errorf("10,000 hosts, %s: %d bytes", name, len(text))
		}
		if n := strings.Count(string(text), "<tr data-host>"); n != len(c.Hosts) {
			t.Errorf("10,000 hosts, %s: %d of %d named", name, n, len(c.Hosts))
		}
	}
}

// Proves that the timeline keeps every mark and tick inside the chart.
func TestTimeline(t *testing.T) {
	for _, from := range []string{"1999-01-01", "2021-06-20", "2021-06-21", "2045-12-31"} {
		c := reporttest.TwoServices("en")
		c.Services[0].From = from
		b := &pageBuilder{w: digest.NewWords("en")}
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
	c := reporttest.BigFleet(10_000, false)
	for b.Loop() {
		var n counter
		if err := Check(&n, c, view.Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB/file")
	}
}

type counter int

func (n *counter) Write(p []byte) (int, error) { *n += counter(len(p)); return len(p), nil }

// TestManyDifferent proves that a page on many hosts of which no two are alike stays small and
// still names each of them once, with what each line of the overview links to.
func TestManyDifferent(t *testing.T) {
	const hosts = 3000
	c := reporttest.BigFleet(hosts, true)
	var out bytes.Buffer
	if err := Check(&out, c, view.Options{}); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	if len(page) > 4<<20 {
		t.Errorf("%d bytes", len(page))
	}
	judged := 0
	for i := range c.Hosts {
		if h := &c.Hosts[i]; h.Verdict != document.NotInstalled && h.Verdict != document.Unreadable {
			judged++
			if !strings.Contains(page, "<tr data-host><td><bdi>"+h.Host+"</bdi>") {
				t.Fatalf("%s is not there", h.Host)
			}
		}
	}
	if n := strings.Count(page, "<tr data-host>"); n != judged {
		t.Errorf("%d rows of %d hosts", n, judged)
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("nothing has the id %q", m[1])
		}
	}
}

// Measures a page on 10,000 hosts of which no two are alike.
func BenchmarkHTML10000Different(b *testing.B) {
	c := reporttest.BigFleet(10_000, true)
	for b.Loop() {
		var n counter
		if err := Check(&n, c, view.Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB/file")
	}
}
