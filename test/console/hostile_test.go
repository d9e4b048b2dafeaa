package console_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/console/pages"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/testkit/guardkit"
	"tlsready/internal/testkit/hostgen"
)

// hostileNames are made to mislead: as markup, as an escape code, as a direction of text, as
// a formula, as a path, by their length.
func hostileNames() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "\u202egnp.exe", "\x1b[31mred", "{{.Host}}", "javascript:alert(1)", "../../etc/passwd", "日本語",
		"=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "'><svg/onload=alert(1)>", "a\u2028b\u0085c", strings.Repeat("x", 1<<17),
	}
}

// visitor is somebody who signed in by nothing but a cookie.
func visitor(t *testing.T, at server) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	let, err := browser.Get(at.Entry)
	if err != nil {
		t.Fatal(err)
	}
	_ = let.Body.Close() // the cookie is what counts
	return browser
}

// hostileLines are a host, an endpoint and a connection of each name.
func hostileLines(t *testing.T, now time.Time) []byte {
	t.Helper()
	var lines bytes.Buffer
	put := func(v any) {
		if err := json.NewEncoder(&lines).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range hostileNames() {
		s := host.Snapshot{Schema: host.Schema, Name: name, Labels: map[string]string{"owner": name, "site": name, name: name}, OS: hostgen.Builds()[4], Covered: hostgen.Covered(), Source: name, Addresses: []string{"192.0.2.1"}}
		settings, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		put(document.Result{Line: document.Line{Schema: document.ResultSchema, Kind: document.ResultHost}, ID: name, At: now, Settings: settings})
		put(document.Result{Line: document.Line{Schema: document.ResultSchema, Kind: document.ResultHost}, ID: name, At: now.Add(time.Second), Error: name})
		e := document.NewEndpoint(name)
		e.Address, e.ServerName = "192.0.2.1", name
		why := message.Literal(name)
		e.Error = &why
		e.Certificates = []document.EndpointCertificate{{Subject: name, Issuer: name, Names: []string{name}}}
		put(e)
		put(document.Result{Line: document.Line{Schema: document.ResultSchema, Kind: document.ResultObserved}, Observation: &document.ResultObservation{
			Day: now.Format(time.DateOnly), Client: name, Server: name, ServerName: name, Stack: name, Offered: name, Negotiated: name, Survives: "no", ClientName: name, Owner: name, Connections: 1,
		}})
		put(document.Result{Line: document.Line{Schema: document.ResultSchema, Kind: document.ResultFix}, Fix: &document.HostFix{Host: name, Service: name, State: "given", At: now, By: name, Changes: []document.Change{}}})
	}
	return lines.Bytes()
}

// Proves that names that are made to mislead come out of every page as text: no element,
// no attribute that runs anything, no character that moves the cursor or turns the
// direction of the text, no cell that a spreadsheet takes for a formula, and no page larger
// than others.
func TestHostileNames(t *testing.T) {
	at := serve(t, filepath.Join(t.TempDir(), "store.db"))
	browser, now := visitor(t, at), time.Now().UTC().Truncate(time.Second)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	w, err := parts.CreateFormFile("files", "<b>lines.jsonl")
	if err == nil {
		_, err = w.Write(hostileLines(t, now))
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	answer, err := browser.Post(at.Base+"/add", parts.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	if page := checkPage(t, "/add", answer); !bytes.Contains(page, []byte("Taken: ")) {
		t.Errorf("%s", page)
	}
	list := []string{
		"/", "/hosts", "/hosts?by=owner", "/hosts?by=tag:site", "/hosts?by=os", "/hosts?by=fix", "/endpoints", "/clients", "/what-if", "/what-if?ask=1", "/services", "/jobs", "/add", "/audit", "/people", "/sign-in",
	}
	for i, name := range hostileNames() {
		name = name[:min(len(name), 2000)]
		id, word := url.PathEscape(name), url.QueryEscape(name)
		forms := map[string]url.Values{
			"/own/" + id:    {"owner": {name}, "mail": {name}},
			"/tag/" + id:    {"name": {name}, "value": {name}},
			"/exempt/" + id: {"service": {"tls12"}, "until": {now.AddDate(0, 1, 0).Format(time.DateOnly)}, "owner": {name}, "reason": {name}},
			"/people/token": {"name": {name}, "kind": {"enrol"}},
		}
		if i < 4 { // what comes back at once: more is more than anybody may ask for in a minute
			forms["/offer/"+id], forms["/jobs/"+id+"/retry"], forms["/tags?q="+word] = url.Values{"service": {"tls12"}}, url.Values{}, url.Values{"name": {name}, "value": {name}}
			forms["/sign-in"], forms["/people/user"] = url.Values{"name": {name}, "password": {name}, "to": {name}}, url.Values{"name": {name}, "new": {name}, "role": {name}}
			list = append(list, "/hosts?q="+word, "/hosts?by="+word, "/hosts?service="+word, "/hosts?tag="+word+"&value="+word, "/hosts/"+id, "/endpoint?target="+word+"&address=192.0.2.1&name="+word, "/endpoints?q="+word, "/client?client="+word, "/clients?q="+word+"&owner="+word,
				"/what-if?ask=1&day="+word, "/what-if?ask=1&suites="+word, "/"+id, "/jobs?state="+word, "/audit?who="+word+"&action="+word, "/sign-in?to="+word)
		}
		for path, form := range forms {
			answer, err := browser.PostForm(at.Base+path, form)
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, path, answer)
		}
	}
	for _, path := range list {
		answer, err := browser.Get(at.Base + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []string{"/hosts/", "/endpoint?", "/client?"} {
			if strings.HasPrefix(path, of) && answer.StatusCode != http.StatusOK {
				t.Errorf("%.80s: status %d", path, answer.StatusCode)
			}
		}
		page := checkPage(t, path, answer)
		if path == "/hosts" && (!bytes.Contains(page, []byte("&lt;script&gt;alert(1)")) || !bytes.Contains(page, []byte("onerror"))) {
			t.Errorf("the hosts are not in the list: %s", page)
		}
	}
	checkExports(t, browser, at.Base)
}

// checkExports holds what a spreadsheet and a program are given.
func checkExports(t *testing.T, browser *http.Client, base string) {
	t.Helper()
	answer, err := browser.Get(base + "/export/hosts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	rows, err := csv.NewReader(answer.Body).ReadAll()
	if err != nil || len(rows) != len(hostileNames())+1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("a cell begins with %.40q", cell)
			}
		}
	}
	lines, err := browser.Get(base + "/export/hosts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Body.Close()
	d, n := json.NewDecoder(lines.Body), 0
	for ; err == nil; n++ {
		err = d.Decode(&document.HostRow{})
	}
	if n-1 != len(hostileNames()) {
		t.Errorf("%d lines, %v", n-1, err)
	}
}

// hostileQueue is a queue whose jobs, workers and errors have names of others' making.
type hostileQueue struct{ pages.Queue }

func (hostileQueue) List(context.Context, string, jobs.Filter) (all []jobs.Job, err error) {
	for i, name := range hostileNames() {
		all = append(all, jobs.Job{Job: document.Job{ID: int64(i + 1), Kind: "probe", Site: name, Worker: name, Schedule: name, State: jobs.Failed, Failures: []document.JobFailure{{Error: message.Literal(name)}}}})
	}
	return all, nil
}

func (hostileQueue) Count(context.Context, string) (jobs.Counts, error) {
	return jobs.Counts{}, nil
}

func (hostileQueue) Workers(string) (all []desk.Worker) {
	for _, name := range hostileNames() {
		all = append(all, desk.Worker{Worker: document.Worker{Name: name, Site: name, Version: name}})
	}
	return all
}

func (hostileQueue) Schedules(string) []jobs.Schedule { return nil }

func (hostileQueue) Sites(string) []string { return nil }

// Proves the same of the page of jobs, whose errors are what a machine, a file or a worker
// answered.
func TestHostileJobs(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.AddTenant(t.Context(), store.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	room, err := answer.New(db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	routes, err := pages.Routes(room, hostileQueue{})
	if err != nil {
		t.Fatal(err)
	}
	h := console.Handler(console.Options{Store: db, Guard: guardkit.Everybody(store.DefaultTenant), Now: time.Now, Log: slog.New(slog.DiscardHandler)}, routes)
	for _, path := range []string{"/jobs", "/jobs?lang=ja"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if page := checkPage(t, path, w.Result()); !bytes.Contains(page, []byte("&lt;script&gt;alert(1)")) {
			t.Errorf("the jobs are not in the list: %.3000s", page)
		}
	}
}

func checkPage(t *testing.T, at string, answer *http.Response) []byte {
	t.Helper()
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500 || len(page) > 150<<10 {
		t.Errorf("%.80s: status %d, %d bytes, %v", at, answer.StatusCode, len(page), err)
	}
	shown := regexp.MustCompile(`<input type="hidden"[^>]*>`).ReplaceAll(page, nil) // what only goes back is as it came
	if n := bytes.IndexFunc(shown, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x202e || r == 0x2028 || r >= 0x7f && r < 0xa0 }); n >= 0 {
		t.Errorf("%.80s: an invisible character at %d: %q", at, n, shown[max(0, n-40):min(len(shown), n+20)])
	}
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return page
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				bad := strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" && !strings.HasPrefix(a.Val, "/assets/") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") && (a.Key == "href" || a.Key == "action")
				if bad {
					t.Errorf("%.80s: <%s %s=%q>", at, token.Data, a.Key, a.Val)
				}
			}
			if token.Data == "img" {
				t.Errorf("%.80s: <%s>", at, token.Data)
			}
		}
	}
}
