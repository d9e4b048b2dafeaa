package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/store/sqlite"
)

// today is the day of every test: before the deadline of Azure Backup.
var today = time.Date(2021, 6, 15, 9, 0, 0, 0, time.UTC)

// fixture is a server with the tenants acme and globex.
type fixture struct {
	t  testing.TB
	db store.Database
	q  *jobs.Jobs
	h  http.Handler
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	where := filepath.Join(t.TempDir(), "results.db")
	db, err := sqlite.Open(t.Context(), where, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, name := range []string{"acme", "globex"} {
		if _, err := db.AddTenant(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	room, err := answer.New(db, func() time.Time { return today })
	if err != nil {
		t.Fatal(err)
	}
	queue := openQueue(t, where, db)
	routes := Routes(room, queue)
	return &fixture{t, db, queue, console.Handler(console.Options{Store: db, Guard: byHeader{}}, append(routes, Lost(routes)...))}
}

// byHeader is a guard that believes what a test says of who asks.
type byHeader struct{}

func (byHeader) Routes() []web.Route { return nil }

func (byHeader) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for right := web.Open; right <= web.Admin; right++ {
			if right.String() == r.Header.Get("Test-Right") {
				r = r.WithContext(web.With(r.Context(), web.Visitor{Name: r.Header.Get("Test-Name"), Right: right, Tenant: r.Header.Get("Test-Tenant")}))
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (byHeader) Challenge(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusUnauthorized)
}

// call is a request; what is left out is that of an administrator of acme.
type call struct {
	method, path, kind, tenant, right, name string
	body                                    []byte
	header                                  map[string]string
}

func (c call) request() *http.Request {
	or := func(a, b string) string {
		if a == "" {
			return b
		}
		return a
	}
	r := httptest.NewRequest(or(c.method, http.MethodGet), Base+c.path, bytes.NewReader(c.body))
	r.Header.Set("Test-Tenant", or(c.tenant, "acme"))
	r.Header.Set("Test-Right", or(c.right, "admin"))
	r.Header.Set("Test-Name", or(c.name, "somebody"))
	if c.kind != "" {
		r.Header.Set("Content-Type", c.kind)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	return r
}

func (f *fixture) do(c call) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, c.request())
	return w
}

// must does a call that has to succeed, and reads its document.
func (f *fixture) must(c call, into any) {
	f.t.Helper()
	w := f.do(c)
	if w.Code >= 300 {
		f.t.Fatalf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		f.t.Fatalf("%s: %v", c.path, err)
	}
}

// fill sends the example fleet, a probe and what was seen, as people and runs send them.
func (f *fixture) fill() document.Recorded {
	var fleet, rest document.Recorded
	f.must(call{method: http.MethodPost, path: "import?name=fleet.zip", kind: "application/zip", body: packed(f.t, os.DirFS("../../../examples/fleet"))}, &fleet)
	f.must(call{method: http.MethodPost, path: "results", kind: typeLines, body: lines(f.t, runBatch())}, &rest)
	if rest.Endpoints != 1 || rest.Connections != 7 || len(rest.Refused) > 0 {
		f.t.Fatalf("%+v", rest)
	}
	return fleet
}

func runBatch() *store.Batch {
	e := document.NewEndpoint("fs01.example.com:443")
	e.Address, e.ServerName = "192.0.2.10", "fs01.example.com"
	e.Versions[tlsready.TLS12] = tlsready.Yes
	return &store.Batch{
		Endpoints: []store.EndpointResult{{At: today, Endpoint: e}},
		Observations: []store.Observation{{
			Day: "2021-06-14", Client: "192.0.2.10", Server: "192.0.2.1:443", ServerName: "www.example.com", Stack: "windows-7/schannel", Offered: "TLS 1.0", Negotiated: "TLS 1.0",
			Survives: "no", ClientName: "FS01", Count: 7, First: today.Add(-time.Hour), Last: today,
		}},
		Owners: []store.Owner{{Kind: store.KindClient, ID: "192.0.2.10", Owner: "tills", Mail: "tills@example.com", At: today}},
	}
}

func lines(t testing.TB, b *store.Batch) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := results.WriteLines(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packed is a folder as an archive.
func packed(t testing.TB, dir fs.FS) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	if err := archive.AddFS(dir); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipOf is an archive of names and texts, whatever the names are.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, text := range files {
		w, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Proves the way of a fleet through the server: sent as an archive it is judged, listed,
// grouped, shown and mended, with the verdicts that check gives.
func TestFleet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	taken := f.fill()
	if taken.Hosts != 14 || len(taken.Taken) != 1 {
		t.Fatalf("%+v", taken)
	}
	var d document.Deadlines
	f.must(call{path: "deadlines"}, &d)
	at := -1
	for i := range d.Deadlines {
		if d.Deadlines[i].Series.Service == "azure-backup" {
			at = i
		}
	}
	if at < 0 {
		t.Fatalf("no deadline of Azure Backup: %+v", d)
	}
	azure := d.Deadlines[at]
	if azure.Counts.Fails == 0 || azure.Service.DaysLeft == nil || *azure.Service.DaysLeft != 78 || len(azure.Course) != 1 || len(azure.Groups) == 0 || len(azure.Groups[0].Changes) == 0 {
		t.Errorf("%+v", azure)
	}
	var page document.HostPage
	f.must(call{path: "hosts?service=azure-backup&verdict=fails"}, &page)
	if page.Total != azure.Counts.Fails || page.Series.On != "2021-09-01" {
		t.Errorf("%d hosts fail, %+v", page.Total, page.Series)
	}
	var view document.HostView
	f.must(call{path: "hosts/" + url.PathEscape(page.Hosts[0].Host), header: map[string]string{"Accept-Language": "ja"}}, &view)
	if len(view.Services) == 0 || view.Services[0].Check == nil || len(view.Services[0].Check.Hosts) != 1 {
		t.Errorf("%+v", view)
	}
	w := f.do(call{path: "hosts/" + url.PathEscape(page.Hosts[0].Host) + "/fix?service=azure-backup&on=2021-09-01&as=ps1"})
	files, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, one := range files.File {
		names += " " + one.Name
	}
	for _, want := range []string{"/apply.ps1", "/undo.ps1", "/verify.ps1", "README.txt"} {
		if !strings.Contains(names, want) {
			t.Errorf("no %s in%s", want, names)
		}
	}
	f.must(call{path: "hosts/" + url.PathEscape(page.Hosts[0].Host)}, &view)
	if len(view.Fixes) != 1 || view.Fixes[0].State != "given" || view.Fixes[0].By != "somebody" {
		t.Errorf("%+v", view.Fixes)
	}
}

// Proves that groups come in pages as hosts do: page by page they are what there is at once.
func TestGroupPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	for _, by := range []string{"fix", "owner", "os", "tag:site"} {
		var whole document.HostGroups
		f.must(call{path: "host-groups?service=azure-backup&by=" + by}, &whole)
		if whole.Total != len(whole.Groups) || whole.Total < 2 || whole.Next != "" {
			t.Errorf("%s at once: %d of %d, next %q", by, len(whole.Groups), whole.Total, whole.Next)
		}
		var list []document.HostGroup
		for after, n := "", 0; n <= whole.Total; n++ {
			var page document.HostGroups
			f.must(call{path: "host-groups?service=azure-backup&limit=1&by=" + by + after}, &page)
			if page.Total != whole.Total || len(page.Groups) != 1 {
				t.Errorf("%s: a page has %d of %d", by, len(page.Groups), page.Total)
			}
			list = append(list, page.Groups...)
			if after = "&after=" + page.Next; page.Next == "" {
				break
			}
		}
		if !reflect.DeepEqual(list, whole.Groups) {
			t.Errorf("%s page by page:\n%+v\nat once:\n%+v", by, list, whole.Groups)
		}
		var over document.HostGroups
		f.must(call{path: "host-groups?service=azure-backup&after=900&by=" + by}, &over)
		if over.Groups == nil || len(over.Groups) > 0 || over.Next != "" {
			t.Errorf("%s after the last: %+v", by, over)
		}
	}
}

// Proves that a fix is released by another person than the one who offered it.
func TestSecondPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	var page document.HostPage
	f.must(call{path: "hosts?service=azure-backup&verdict=fails&limit=1"}, &page)
	path := "hosts/" + url.PathEscape(page.Hosts[0].Host) + "/fix"
	ask := []byte(`{"service":"azure-backup","on":"2021-09-01"}`)
	if w := f.do(call{method: http.MethodPut, path: path, body: ask, kind: typeJSON, right: "operate"}); w.Code != http.StatusForbidden {
		t.Errorf("who operates approves: %d", w.Code)
	}
	f.must(call{method: http.MethodPost, path: path, body: ask, kind: typeJSON, right: "operate", name: "one"}, nil)
	var waiting document.Offers
	f.must(call{path: "offers"}, &waiting)
	if len(waiting.Offers) != 1 || waiting.Offers[0].By != "one" || len(waiting.Offers[0].Changes) == 0 {
		t.Fatalf("%+v", waiting)
	}
	if w := f.do(call{method: http.MethodPut, path: path, body: ask, kind: typeJSON, right: "approve", name: "one"}); w.Code != http.StatusConflict {
		t.Errorf("the same person approves: %d %s", w.Code, w.Body)
	}
	f.must(call{method: http.MethodPut, path: path, body: ask, kind: typeJSON, right: "approve", name: "two"}, &waiting)
	if len(waiting.Offers) != 0 {
		t.Errorf("still waits: %+v", waiting)
	}
}

// Proves that lines that are sent again change nothing, that what is wrong costs its line
// alone, and that plain documents are taken as well.
func TestResults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	snapshot, err := os.ReadFile("../../../examples/fleet/osaka/FS01.json")
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, snapshot); err != nil {
		t.Fatal(err)
	}
	body := append(lines(t, runBatch()), line.Bytes()...)
	body = append(body, "\n{\"schema\":\"tlsready.host/v1\"}\nno json\n{\"schema\":\"tlsready.odd/v9\"}\n{\"schema\":\"tlsready.result/v1\",\"kind\":\"fix\",\"fix\":{\"host\":\"a\",\"service\":\"b\",\"state\":\"approved\"}}\n"...)
	var first, second document.Recorded
	f.must(call{method: http.MethodPost, path: "results", body: body}, &first)
	if first.Hosts != 1 || first.Endpoints != 1 || first.Connections != 7 || len(first.Refused) != 4 || first.Refused[0].Line != 5 {
		t.Errorf("%+v", first)
	}
	before := f.text()
	f.must(call{method: http.MethodPost, path: "results", body: body}, &second)
	if f.text() != before {
		t.Error("sent again, it changed something")
	}
}

func (f *fixture) text() string {
	var out bytes.Buffer
	if _, err := f.db.Backup(f.t.Context(), &out); err != nil {
		f.t.Fatal(err)
	}
	return out.String()
}

// Proves that a host reports itself with a right that allows nothing else.
func TestEnrol(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	body, err := os.ReadFile("../../../examples/fleet/osaka/FS01.json")
	if err != nil {
		t.Fatal(err)
	}
	var got document.Recorded
	f.must(call{method: http.MethodPost, path: "hosts?host=acme/FS01", body: body, right: "enrol"}, &got)
	if got.Hosts != 1 || got.Taken[0].Hosts[0] != "acme/FS01" {
		t.Errorf("%+v", got)
	}
	f.must(call{path: "hosts/acme%2FFS01"}, nil)
	for _, path := range []string{"hosts", "hosts/acme%2FFS01", "deadlines"} {
		if w := f.do(call{path: path, right: "enrol"}); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "a picture": []byte("\x89PNG\r\n\x1a\n"), "two hosts": packed(t, os.DirFS("../../../examples/fleet"))} {
		if w := f.do(call{method: http.MethodPost, path: "hosts", body: bad}); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "tlsready-intake") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// Proves that a customer sees nothing of another at any address, not even by naming what
// the other has.
func TestTenants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	f.must(call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"kind":"host","id":"osaka/FS01","service":"azure-backup","until":"2021-12-31","reason":"moved"}`)}, nil)
	f.must(call{method: http.MethodPost, path: "hosts/osaka%2FFS01/fix", kind: typeJSON, body: []byte(`{"service":"azure-backup","on":"2021-09-01"}`)}, nil)
	seen := 0
	for _, path := range everyGet() {
		own, other := f.do(call{path: path}), f.do(call{path: path, tenant: "globex"})
		for _, word := range []string{"osaka", "FS01", "fs01", "192.0.2.10", "tills", "backup-team"} {
			if strings.Contains(own.Body.String(), word) {
				seen++
			}
			if strings.Contains(strings.ReplaceAll(other.Body.String(), "osaka/FS01", ""), word) && other.Code < 300 || strings.Contains(other.Body.String(), "backup-team") {
				t.Errorf("%s gives another customer %q: %s", path, word, other.Body)
			}
		}
	}
	if seen < 10 {
		t.Errorf("its own customer is told of only %d things", seen)
	}
	before := f.do(call{path: "hosts?service=azure-backup"}).Body.String()
	f.must(call{method: http.MethodPost, path: "import", tenant: "globex", kind: "application/zip", body: packed(t, os.DirFS("../../../examples/fleet/osaka"))}, nil)
	if after := f.do(call{path: "hosts?service=azure-backup"}).Body.String(); after != before {
		t.Error("what a customer sends changes another")
	}
	if w := f.do(call{path: "deadlines", tenant: "nobody"}); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "globex") {
		t.Errorf("a tenant that is not there: %d %s", w.Code, w.Body)
	}
}

// everyGet are all that can be asked for, by names that acme has.
func everyGet() []string {
	return []string{
		"openapi.json", "deadlines", "hosts", "hosts?service=azure-backup", "hosts?service=azure-backup&format=csv", "hosts?service=azure-backup&format=jsonl", "host-groups?by=fix", "host-groups?by=owner&service=azure-backup",
		"hosts/osaka%2FFS01", "hosts/osaka/FS01", "hosts/osaka%2FFS01/fix?service=azure-backup&on=2021-09-01", "offers", "endpoints", "endpoint?target=fs01.example.com:443&address=192.0.2.10&serverName=fs01.example.com",
		"schedules", "jobs", "jobs?state=waiting&kind=probe&site=osaka&limit=5", "jobs/1", "workers", "clients", "clients/192.0.2.10", "services", "what-if?service=azure-backup&on=2021-09-01&versions=TLS%201.3", "exemptions",
	}
}
