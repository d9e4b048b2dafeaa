package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/answer/intake"
	"tlsready/internal/document"
)

// refusal is a mistake, the status of its answer, and a part of what is said in Japanese.
type refusal struct {
	call
	code int
	ja   string
}

func refusals() []refusal {
	long := strings.Repeat("x", 3000)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := bytes.Repeat([]byte{'0'}, 1<<20)
	for range intake.MaxLine>>20 + 1 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	return []refusal{
		{call{path: "nowhere"}, 404, "このアドレスには何もありません"},
		{call{method: http.MethodDelete, path: "hosts"}, 405, "DELETE は使えません"},
		{call{method: http.MethodPatch, path: "results"}, 405, "POST"},
		{call{path: "hosts?after=tampered"}, 400, ""},
		{call{path: "hosts?after=" + url.QueryEscape(`["' OR 1=1 --"]`)}, 400, ""},
		{call{path: "endpoints?after=%F0%9F%98%80"}, 400, ""},
		{call{path: "clients?after=AAAA"}, 400, ""},
		{call{path: "hosts?limit=0"}, 400, "1 から 1000"},
		{call{path: "hosts?limit=1e9"}, 400, "limit"},
		{call{path: "hosts?limit=-1"}, 400, "limit"},
		{call{path: "hosts?on=2021-13-45&service=tls12"}, 400, "日付"},
		{call{path: "hosts?on=2021-09-01"}, 400, "service"},
		{call{path: "hosts?text=" + long}, 400, "長すぎる"},
		{call{path: "hosts?owner=%ff%fe"}, 400, ""},
		{call{path: "hosts?order=random"}, 400, "verdict"},
		{call{path: "hosts?format=xml"}, 400, "jsonl"},
		{call{path: "host-groups"}, 400, "by"},
		{call{path: "host-groups?by=colour"}, 400, "owner"},
		{call{path: "host-groups?by=os&after=tampered"}, 400, ""},
		{call{path: "host-groups?by=os&after=-1"}, 400, ""},
		{call{path: "host-groups?by=os&after=9223372036854775808"}, 400, ""},
		{call{path: "host-groups?by=os&limit=1001"}, 400, "limit"},
		{call{path: "hosts/" + url.PathEscape("../../etc/passwd")}, 404, "ありません"},
		{call{path: "hosts/" + url.PathEscape("<script>alert(1)</script>")}, 404, ""},
		{call{path: "hosts/osaka%2FFS01/fix"}, 400, "service"},
		{call{path: "hosts/osaka%2FFS01/fix?service=nothing"}, 400, ""},
		{call{path: "hosts/osaka%2FFS01/fix?service=" + url.QueryEscape("/etc/passwd")}, 404, "登録されていません"},
		{call{path: "hosts/osaka%2FFS01/fix?service=azure-backup&callers=" + url.QueryEscape("../../secret.yaml")}, 404, ""},
		{call{path: "hosts/osaka%2FFS01/fix?service=" + url.QueryEscape("host:/snapshot.json")}, 404, ""},
		{call{path: "hosts/osaka%2FFS01/fix?service=azure-backup&on=2021-09-01&as=exe"}, 400, "ps1"},
		{call{path: "hosts/osaka%2FWEB01/fix?service=azure-backup&on=2021-09-01"}, 404, ""},
		{call{path: "what-if"}, 400, "service"},
		{call{method: http.MethodPut, path: "tags", kind: typeJSON, body: []byte(`{"host":"osaka/FS01","name":"ring","value":"1"}{"host":"osaka/FS02"}`)}, 400, ""},
		{call{path: "what-if?service=tls12&versions=TLS%209"}, 400, "IANA"},
		{call{path: "what-if?service=tls12&new-on=soon"}, 400, "日付"},
		{call{method: http.MethodPost, path: "results", kind: "text/html", body: []byte("x")}, 415, "application/x-ndjson"},
		{call{method: http.MethodPost, path: "results", header: map[string]string{"Content-Encoding": "br"}}, 415, "gzip"},
		{call{method: http.MethodPost, path: "results", header: map[string]string{"Content-Encoding": "gzip"}, body: []byte("no gzip")}, 400, "壊れている"},
		{call{method: http.MethodPost, path: "results", header: map[string]string{"Content-Encoding": "zstd"}, body: []byte("no zstd")}, 400, ""},
		{call{method: http.MethodPost, path: "results", header: map[string]string{"Content-Encoding": "gzip"}, body: bomb.Bytes()}, 413, ""},
		{call{method: http.MethodPost, path: "results", header: map[string]string{"Content-Encoding": "gzip"}, body: bomb.Bytes()[:1000]}, 400, ""},
		{call{method: http.MethodPost, path: "hosts", right: "view", body: []byte("x")}, 403, "権限"},
		{call{method: http.MethodPost, path: "hosts?host=x", body: []byte("x")}, 400, `{"error":"送られた内容に`},
		{call{method: http.MethodPost, path: "hosts?host=x", body: []byte("REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n\r\n")}, 400, "--server"},
		{call{method: http.MethodPost, path: "hosts?host=..", body: []byte(`{"schema":"tlsready.host/v1","collectedAt":"2021-06-15T05:00:00Z","source":"snapshot","os":{"version":"10.0","build":17763},"covered":[],"registry":[]}`)}, 400, "どのコンピューター"},
		{call{method: http.MethodPost, path: "import", kind: "multipart/form-data; boundary=x", body: []byte("no form")}, 400, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"kind":"planet","id":"a","service":"b","until":"2021-12-31"}`)}, 400, "host"},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"kind":"host","id":"nowhere","service":"b","until":"2021-12-31"}`)}, 404, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"kind":"host","id":"osaka/FS01","service":"b","until":"soon"}`)}, 400, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"odd":1}`)}, 400, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(strings.Repeat("[", 60000))}, 400, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"id":"` + strings.Repeat("x", maxBody) + `"}`)}, 413, ""},
		{call{method: http.MethodPut, path: "exemptions", kind: typeJSON, right: "view", body: []byte(`{}`)}, 403, ""},
		{call{method: http.MethodPut, path: "hosts/osaka%2FFS01/fix", kind: typeJSON, body: []byte(`{"service":"azure-backup"}`)}, 404, ""},
	}
}

// Proves that every mistake is refused with its status, in words that help, in both
// languages, and changes nothing.
func TestRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	before := f.text()
	for _, c := range refusals() {
		for _, lang := range []string{"en", "ja"} {
			c.header = merge(c.header, "Accept-Language", lang)
			w := f.do(c.call)
			text := w.Body.String()
			switch {
			case w.Code != c.code:
				t.Errorf("%s %s: %d %.300s", c.method, c.path, w.Code, text)
			case !strings.HasPrefix(text, `{"error":`) || strings.Contains(text, "/tmp") || strings.Contains(text, "SELECT"):
				t.Errorf("%s %s: %.300s", c.method, c.path, text)
			case lang == "ja" && !strings.Contains(text, c.ja):
				t.Errorf("%s %s in Japanese: %.300s", c.method, c.path, text)
			}
		}
	}
	if f.text() != before {
		t.Error("something was changed")
	}
}

func merge(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for name, value := range m {
		if name != k {
			out[name] = value
		}
	}
	return out
}

// Proves that what is packed is bounded by what comes out of it.
func TestBounded(t *testing.T) {
	t.Parallel()
	for most, fits := range map[int64]bool{9: false, 10: true, 11: true} {
		got, err := io.ReadAll(&bounded{strings.NewReader("0123456789"), most, most})
		if fits != (err == nil) || fits && len(got) != 10 {
			t.Errorf("%d: %q %v", most, got, err)
		}
	}
}

// Proves that an upload of two gigabytes is refused before it is read, over a connection.
func TestLargeUpload(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newFixture(t).h)
	defer server.Close()
	for _, path := range []string{"import", "hosts", "results"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		head := "POST " + Base + path + " HTTP/1.1\r\nHost: x\r\nTest-Right: admin\r\nTest-Tenant: acme\r\nContent-Type: application/octet-stream\r\nContent-Length: 2147483648\r\n\r\nbegin"
		if path == "results" {
			head = strings.Replace(head, "octet-stream", "x-ndjson", 1)
		}
		_, _ = io.WriteString(conn, head)
		answer, err := io.ReadAll(io.LimitReader(conn, 4096)) // the server closes: it waits for no more
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 413") {
			t.Errorf("%s: %v %.200s", path, err, answer)
		}
		_ = conn.Close()
	}
}

// endless is a body without an end, and how much of it was read.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read += int64(len(p))
	return len(p), nil
}

// Proves that a body that does not say its length is read as far as it may be and not
// further, that memory stays as it is meanwhile, and that nothing is left of it.
func TestEndlessUpload(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TEMP", folder)
	f := newFixture(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, kind := range map[string]string{"hosts": typeBytes, "results": typeLines} {
		body := &endless{}
		r := call{method: http.MethodPost, path: path, kind: kind}.request()
		r.Body, r.ContentLength = io.NopCloser(body), -1
		w := httptest.NewRecorder()
		f.h.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || body.read > MaxHost+1<<20 {
			t.Errorf("%s: %d after %d bytes: %s", path, w.Code, body.read, w.Body)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MB were allocated", grown>>20)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "tlsready-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// Proves that a frame of zstd that wants a window of 128 MB is refused.
func TestWideWindow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00} // RFC 8878, section 3.1.1.1: 128 MB
	w := f.do(call{method: http.MethodPost, path: "results", kind: typeLines, body: frame, header: map[string]string{"Content-Encoding": "zstd"}})
	if w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Proves that names that come from outside lead nowhere: everything stays in the folder of
// the request, which is gone afterwards, and each thing that was not taken is named.
func TestHostileNames(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TEMP", folder)
	f := newFixture(t)
	snapshot, err := os.ReadFile("../../../examples/fleet/osaka/FS01.json")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"../../../../outside/A.json": string(snapshot), `C:\Windows\B.json`: string(snapshot), "/etc/C.json": string(snapshot), "CON.json": string(snapshot), "a/../../D.json": string(snapshot),
		strings.Repeat("deep/", 40) + "E.json": string(snapshot), "...": "x", "<script>.json": string(snapshot), "x\x00y/F.json": string(snapshot), "名前/ホスト.json": string(snapshot),
		"inner.zip": string(zipOf(t, map[string]string{"a": "b"})), "run.jsonl": `{"schema":"tlsready.check/v1","kind":"host"}` + "\n", "dup/X.json": string(snapshot), "DUP/x.json": string(snapshot),
	}
	var got document.Recorded
	f.must(call{method: http.MethodPost, path: "import?name=" + url.QueryEscape("../../x.zip"), kind: "application/zip", body: zipOf(t, files)}, &got)
	if got.Hosts < 8 || len(got.Refused) < 3 {
		t.Errorf("%+v", got)
	}
	left, err := filepath.Glob(filepath.Join(folder, "tlsready-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(folder), "outside")); err == nil {
		t.Error("a file lies outside")
	}
	if text := f.text(); strings.Contains(text, folder) {
		t.Error("the folder of the request is in the store")
	}
	for _, one := range got.Refused {
		if strings.Contains(one.Error+one.Name+one.Hint, folder) || one.Error == "" {
			t.Errorf("%+v", one)
		}
	}
	var page document.HostPage
	f.must(call{path: "hosts?limit=1000"}, &page)
	for _, h := range page.Hosts {
		if strings.Contains(h.Host, "..") || strings.ContainsAny(h.Host, "<>\x00") {
			t.Errorf("a host is called %q", h.Host)
		}
	}
}

// Proves that files of a form are taken with their folders, and that a damaged archive and
// a file that nothing reads are named.
func TestForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	snapshot, err := os.ReadFile("../../../examples/fleet/osaka/FS01.json")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, text := range map[string]string{"tokyo/FS09.json": string(snapshot), "cut.zip": "PK\x03\x04cut", "picture.png": "\x89PNG\r\n\x1a\n", "probe.jsonl": string(lines(t, runBatch()))} {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = form.WriteField("csrf", "x")
	_ = form.Close()
	var got document.Recorded
	f.must(call{method: http.MethodPost, path: "import", kind: form.FormDataContentType(), body: body.Bytes()}, &got)
	said := ""
	for _, one := range got.Refused {
		said += one.Name + ": " + one.Error + "\n"
	}
	if got.Hosts != 1 || got.Endpoints != 1 || !strings.Contains(said, "cut.zip") || !strings.Contains(said, "picture.png") {
		t.Errorf("%+v", got)
	}
	f.must(call{path: "hosts/tokyo%2FFS09"}, nil)
}

// Proves that no question makes the server fail, whatever it is asked by.
func FuzzQuery(f *testing.F) {
	server := newFixture(f)
	server.fill()
	for _, seed := range []string{
		"service=azure-backup", "after=AAAA&limit=5", "verdict=fails,unknown&order=owner", "tag=site%3Dosaka", "by=tag:owner", "on=2021-09-01&service=tls12", "text=%25_%5c", "fell-since=2021-01-01&exempt=only",
		"owner=%27%3B--", "order=verdict&after=WyJhIl0", "%", "a;b", "limit=00005&no-owner=true",
	} {
		f.Add("hosts", seed)
		f.Add("endpoints", seed)
		f.Add("clients", seed)
		f.Add("host-groups", seed)
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		if !strings.Contains(" hosts endpoints clients host-groups endpoint ", " "+path+" ") {
			return
		}
		r := call{path: path}.request()
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		server.h.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code == 0 {
			t.Errorf("%s?%q: %d %s", path, query, w.Code, w.Body)
		}
	})
}

// Proves that a cursor goes through a whole list, each row once, and that one of another
// list, order or tenant is refused or harmless.
func TestCursors(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.fill()
	for _, order := range []string{"", "&order=verdict", "&order=fails-from", "&order=owner"} {
		seen, after, total := map[string]bool{}, "", 0
		for n := 0; ; n++ {
			var page document.HostPage
			f.must(call{path: "hosts?service=azure-backup&limit=3" + order + "&after=" + url.QueryEscape(after)}, &page)
			for _, h := range page.Hosts {
				if seen[h.Host] {
					t.Errorf("%s: %s twice", order, h.Host)
				}
				seen[h.Host] = true
			}
			total = page.Total
			if after = page.Next; after == "" || n > 20 {
				break
			}
			if w := f.do(call{path: "hosts?service=azure-backup&after=" + url.QueryEscape(after), tenant: "globex"}); w.Code == 200 && strings.Contains(w.Body.String(), "osaka") {
				t.Error("a cursor leads to another customer's hosts")
			}
			if w := f.do(call{path: "endpoints?after=" + url.QueryEscape(after)}); w.Code >= 500 {
				t.Errorf("a cursor of hosts at endpoints: %d", w.Code)
			}
		}
		if len(seen) != total || total < 6 {
			t.Errorf("%s: %d hosts of %d: %v", order, len(seen), total, seen)
		}
	}
}

// Proves that the API says what the store's silence means: a database that is away is not
// the fault of who asks.
func TestClosed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_ = f.db.Close()
	if w := f.do(call{path: "hosts"}); w.Code < 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Proves that hives are called after the folder in which they were sent or as the request says,
// and never after one of the server's: each time that would be another host.
func TestNamelessHives(t *testing.T) {
	f := newFixture(t)
	hives := map[string]string{}
	for _, name := range []string{"SYSTEM", "SOFTWARE"} {
		data, err := os.ReadFile("../../source/list/testdata/damaged/dirty-hive/H1/" + name)
		if err != nil {
			t.Fatal(err)
		}
		hives[name] = string(data)
	}
	flat := zipOf(t, map[string]string{"SYSTEM": hives["SYSTEM"], "SOFTWARE": hives["SOFTWARE"]})
	var got document.Recorded
	f.must(call{method: http.MethodPost, path: "import?name=a.zip", kind: "application/zip", body: flat}, &got)
	if got.Hosts != 0 || len(got.Refused) != 2 || !strings.HasPrefix(got.Refused[0].Error, "SYSTEM: ") || !strings.Contains(got.Refused[1].Error, "which host") {
		t.Errorf("%+v", got)
	}
	f.must(call{method: http.MethodPost, path: "hosts?host=osaka/FS07", body: flat}, &got)
	f.must(call{method: http.MethodPost, path: "import?name=a.zip", kind: "application/zip", body: zipOf(t, map[string]string{"H1/SYSTEM": hives["SYSTEM"], "H1/SOFTWARE": hives["SOFTWARE"]})}, &got)
	var host document.HostView
	for id, name := range map[string]string{"osaka%2FFS07": "FS07", "H1": "H1"} {
		if f.must(call{path: "hosts/" + id}, &host); host.Name != name {
			t.Errorf("%s is called %q", id, host.Name)
		}
	}
	if text := f.text(); strings.Contains(text, "tlsready-intake") {
		t.Error("the folder of the request is in the store")
	}
}
