// Package html_test opens the HTML report in a real browser.
package html_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/cli"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report"
	"tlsready/internal/report/html"
	"tlsready/internal/testkit/parts"
)

// patience is how long the browser may take for one page on a busy machine.
const patience = 3 * time.Minute

// chromium runs the browser without a window on an empty profile. Whatever it
// asks the network for goes to proxy.
func chromium(t *testing.T, path, proxy string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args = append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-default-apps", "--disable-extensions",
		"--disable-domain-reliability", "--disable-features=AutofillServerCommunication,NetworkTimeServiceQuerying,OptimizationHints",
		"--user-data-dir=" + t.TempDir(),
		"--proxy-server=" + proxy, "--proxy-bypass-list=<-loopback>",
	}, args...)
	cmd := exec.CommandContext(ctx, path, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, errs.String())
	}
	return out.String()
}

// site serves one page as its only content and as the browser's proxy, and
// records everything that is asked for.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func serve(t *testing.T, page []byte) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.RequestURI)
		s.mu.Unlock()
		if r.Method != http.MethodGet || r.URL.Path != "/report.html" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}))
	t.Cleanup(s.Close)
	return s
}

// dump is the page as it stands after its script has run.
func dump(t *testing.T, path string, page []byte) (dom string, asked []string) {
	t.Helper()
	s := serve(t, page)
	dom = chromium(t, path, s.URL, "--dump-dom", s.URL+"/report.html")
	s.mu.Lock()
	defer s.mu.Unlock()
	return dom, s.asked
}

// ownHosts is what the browser itself connects to, whatever the page: its updates, its
// clock, its account and form services. None of it leaves the proxy.
func ownHosts(t *testing.T, path string) []string {
	t.Helper()
	_, asked := dump(t, path, []byte("<!doctype html><title>empty</title>"))
	list := []string{"update.googleapis.com", "clients2.google.com", "accounts.google.com", "content-autofill.googleapis.com"}
	for _, a := range asked {
		list = append(list, hostOf(a))
	}
	return list
}

// hostOf is the name of the host in a recorded request.
func hostOf(request string) string {
	_, uri, _ := strings.Cut(request, " ")
	if u, err := url.Parse(uri); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	name, _, _ := strings.Cut(uri, ":")
	return name
}

// elsewhere lists the requests that are neither for the page nor the browser's own.
func elsewhere(asked, own []string) []string {
	return slices.DeleteFunc(asked, func(a string) bool {
		return strings.HasSuffix(a, "/report.html") || hostOf(a) != "127.0.0.1" && slices.Contains(own, hostOf(a))
	})
}

func render(t *testing.T, c *document.Check, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := html.Check(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ptr[T any](x T) *T { return &x }

// fleet is n hosts: every second one fails, the others connect.
func fleet(n int, name string) *document.Check {
	only := &document.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}
	c := &document.Check{
		Schema: document.CheckSchema, On: "2021-09-01", Today: "2021-06-20",
		Services: []document.Service{{
			ID: "azure-backup", Name: map[string]string{"en": "Azure Backup"}, From: "2021-09-01", DaysLeft: ptr(73), Accepts: only,
			Citations: []document.Citation{{URL: "https://learn.microsoft.com/azure/backup/transport-layer-security"}},
		}},
	}
	for i := range n {
		h := document.Host{
			Host: fmt.Sprintf("%s%05d", name, i), Service: "azure-backup", Verdict: "connects", Restart: "none",
			OS: &host.OS{Name: "Windows Server 2019", Version: "10.0", Build: 17763},
		}
		v := document.Verdict{Host: h.Host, Service: h.Service, Caller: "mars", Stack: "dotnet-4.5-x64", Verdict: "connects", Accepts: only}
		v.Offer = &document.Offer{Versions: []tlsready.Version{tlsready.TLS10, tlsready.TLS12}}
		if i%2 == 0 {
			h.Verdict, h.Cause, h.FailsFrom, h.Restart = "fails", ptr("protocol-version"), ptr("2021-09-01"), "service"
			h.OS = &host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600}
			h.Changes = []document.Change{{
				Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SystemDefaultTlsVersions", Data: host.Dword(1),
				Before: &document.Before{State: host.Absent},
			}}
			v.Verdict, v.Cause, v.FailsFrom = h.Verdict, h.Cause, h.FailsFrom
			v.Offer = &document.Offer{Versions: []tlsready.Version{tlsready.TLS10}}
			v.Reasons = []document.Reason{{Rule: "dotnet4-legacy-default", Text: "Because of " + name, Citations: []string{"https://example.com/" + name}}}
		}
		c.Hosts, c.Verdicts = append(c.Hosts, h), append(c.Verdicts, v)
	}
	c.Summary = document.Count(c.Hosts)
	return c
}

func matches(dom, pattern string) []string {
	var list []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(dom, -1) {
		list = append(list, m[len(m)-1])
	}
	return list
}

// Proves that the page's own script runs under its policy, that headings, table
// heads and links are in order, and that the browser asks for nothing but the page.
func TestReportInBrowser(t *testing.T) {
	path := parts.Chromium(t)
	own := ownHosts(t, path)
	for lang, shown := range map[string]string{"en": "4 hosts shown", "ja": "4 台を表示"} {
		dom, asked := dump(t, path, render(t, fleet(4, "fs"), report.Options{Lang: lang, Command: "tlsready check hosts"}))
		for _, want := range []string{`lang="` + lang + `"`, `class="js"`, shown, "<svg", `role="img"`} {
			if !strings.Contains(dom, want) {
				t.Errorf("%s: no %s", lang, want)
			}
		}
		structure(t, dom)
		if other := elsewhere(asked, own); len(other) > 0 {
			t.Errorf("%s: the browser also asked for %q", lang, other)
		}
	}
}

func structure(t *testing.T, dom string) {
	t.Helper()
	if n, want := len(matches(dom, `<button[^>]*>(?:Copy|コピー)</button>`)), 4; n != want { // fix, undo, two next commands
		t.Errorf("%d copy buttons, want %d", n, want)
	}
	ids := matches(dom, ` id="([^"]*)"`)
	slices.Sort(ids)
	if len(ids) != len(slices.Compact(slices.Clone(ids))) {
		t.Errorf("an id stands twice: %q", ids)
	}
	for _, target := range matches(dom, `href="#([^"]*)"`) {
		if !slices.Contains(ids, target) {
			t.Errorf("a link leads to #%s, which is not there", target)
		}
	}
	for _, head := range matches(dom, `<th([ >][^>]*)`) {
		if !strings.Contains(head, "scope=") {
			t.Errorf("a table head without scope: <th%s", head)
		}
	}
	depth := "0"
	for _, level := range matches(dom, `<h([1-6])[ >]`) {
		if level[0] > depth[0]+1 {
			t.Errorf("a heading of level %s below one of level %s", level, depth)
		}
		depth = level
	}
}

// Proves that the filter box hides what does not match, and the verdict boxes
// what is not wanted. The page is driven by a second script, so its policy,
// which would refuse that, is taken out.
func TestFilterInBrowser(t *testing.T) {
	path := parts.Chromium(t)
	page := string(render(t, fleet(6, "fs"), report.Options{}))
	page = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(page, "")
	page = strings.Replace(page, "</body>", `<script>
var box = document.getElementById("filter"), say = function (name) { document.body.dataset[name] = document.getElementById("shown").textContent; };
var type = function (text) { box.value = text; box.dispatchEvent(new Event("input")); };
type("fs00003"); say("one");
type("2012 R2"); say("system");
type("nowhere"); say("none");
type(""); var check = document.querySelector("input[data-verdict=fails]"); check.click(); say("without");
document.querySelector("button[data-open='1']").click();
document.body.dataset.open = document.querySelectorAll("details.group[open]").length;
</script></body>`, 1)
	dom, _ := dump(t, path, []byte(page))
	for _, want := range []string{
		`data-one="1 hosts shown"`, `data-system="3 hosts shown"`, `data-none="0 hosts shown"`, `data-without="3 hosts shown"`, `data-open="2"`,
	} {
		if !strings.Contains(dom, want) {
			t.Errorf("no %s in %s", want, matches(dom, `(<body[^>]*>)`))
		}
	}
}

// Proves that names which try to be markup stay text in a real browser.
func TestHostileNamesInBrowser(t *testing.T) {
	path := parts.Chromium(t)
	const evil = `<script>document.title="owned"</script>"><img src=http://192.0.2.7/x onerror="document.title='owned'">`
	dom, asked := dump(t, path, render(t, fleet(4, evil), report.Options{Source: evil, Command: "tlsready check " + evil}))
	if title := matches(dom, `<title>([^<]*)</title>`)[0]; strings.Contains(title, "owned") {
		t.Errorf("the title is %q", title)
	}
	if len(matches(dom, `<(img)`)) > 0 || len(matches(dom, `<(script)`)) != 1 {
		t.Error("a name became markup")
	}
	if other := elsewhere(asked, ownHosts(t, path)); len(other) > 0 {
		t.Errorf("the browser asked for %q", other)
	}
}

// Proves that a page which does load something is found out: by name on another
// host, and by path on its own.
func TestRecorderSeesLoads(t *testing.T) {
	path := parts.Chromium(t)
	_, asked := dump(t, path, []byte(`<!doctype html><img src="http://192.0.2.7/x.png"><link rel="stylesheet" href="y.css">`))
	other := strings.Join(elsewhere(asked, ownHosts(t, path)), " ")
	for _, want := range []string{"http://192.0.2.7/x.png", "/y.css"} {
		if !strings.Contains(other, want) {
			t.Errorf("%s went unseen among %q", want, asked)
		}
	}
}

// Proves that the print is the summary: what decides, each group with its cause and fix,
// and the next commands, on two pages; what is folded away stays so.
func TestPrint(t *testing.T) {
	path := parts.Chromium(t)
	parts.Need(t, "pdftotext", "poppler-utils")
	s := serve(t, render(t, fleet(15, "fs"), report.Options{Command: "tlsready check hosts"}))
	file := filepath.Join(t.TempDir(), "report.pdf")
	chromium(t, path, s.URL, "--no-pdf-header-footer", "--print-to-pdf="+file, s.URL+"/report.html")
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"WILL FAIL", "fs00002", "SystemDefaultTlsVersions=1"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the print lacks %q", want)
		}
	}
	for _, bad := range []string{"Find a host", "reg add", "Because of fs"} {
		if strings.Contains(string(text), bad) {
			t.Errorf("the print shows %q", bad)
		}
	}
	if pages := strings.Count(string(text), "\f"); pages > 2 {
		t.Errorf("%d pages", pages)
	}
}

// Proves that a browser opens a report on 10,000 hosts and filters it.
func TestManyHostsInBrowser(t *testing.T) {
	path := parts.Chromium(t)
	page := render(t, fleet(10_000, "host"), report.Options{})
	began := time.Now()
	dom, _ := dump(t, path, page)
	t.Logf("%.1f MB, opened in %v", float64(len(page))/1e6, time.Since(began).Round(time.Millisecond))
	if !strings.Contains(dom, "10000 hosts shown") {
		t.Error("not all hosts are shown")
	}
}

// Proves that the announcement page opens in a browser as it is, asks for nothing else,
// and prints on three pages at most, in both languages.
func TestGuideInBrowser(t *testing.T) {
	path := parts.Chromium(t)
	own := ownHosts(t, path)
	for _, lang := range []string{"en", "ja"} {
		file := filepath.Join(t.TempDir(), "guide.html")
		if status := cli.Run(t.Context(), []string{"services", "guide", "azure-backup", "--today", "2021-06-15", "--lang", lang, "-o", file}, cli.Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, nil); status != 0 {
			t.Fatalf("%s: exit status %d", lang, status)
		}
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dom, asked := dump(t, path, page)
		if !strings.Contains(dom, `lang="`+lang+`"`) || !strings.Contains(dom, "reg add") {
			t.Errorf("%s: the page is not whole", lang)
		}
		if other := elsewhere(asked, own); len(other) > 0 {
			t.Errorf("%s: the browser also asked for %q", lang, other)
		}
		s := serve(t, page)
		pdf := filepath.Join(t.TempDir(), "guide.pdf")
		chromium(t, path, s.URL, "--no-pdf-header-footer", "--print-to-pdf="+pdf, s.URL+"/report.html")
		printed, err := os.ReadFile(pdf)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`/Type\s*/Page\b[^s]`).FindAll(printed, -1)); n == 0 || n > 3 {
			t.Errorf("%s: %d printed pages, want 3 at most", lang, n)
		}
	}
}
