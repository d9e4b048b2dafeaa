package answer

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/rehearse"
	"tlsready/internal/testkit/golden"
)

// answers are those of a server with throw-away certificates.
func answers(t testing.TB) *Answers {
	t.Helper()
	id, err := rehearse.ThrowAway([]string{"lab.example.com", "192.0.2.10"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &Answers{Lang: "en", Identity: id}
}

// visitor is a Windows 7 that comes with TLS 1.0.
func visitor() *rehearse.Visitor {
	days := 34
	return &rehearse.Visitor{
		Connection: &document.Connection{
			Schema: document.ConnectionSchema, Source: "rehearse", Client: "192.0.2.7:49301", Server: "192.0.2.10:8443", Transport: "tcp",
			Offered: &document.ConnectionOffer{
				Max: tlsready.TLS10, Versions: []tlsready.Version{tlsready.TLS10}, Suites: []tlsready.Suite{0x002f, 0xc014},
				Groups: []tlsready.Group{23, 24}, SignatureAlgorithms: []tlsready.SignatureScheme{},
			},
			Negotiated: &document.ConnectionNegotiated{Version: tlsready.TLS10, Suite: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", Group: "secp256r1"},
			JA3:        "d54b3eb800b66e713a0f6ddd12a7a5bd", JA4: "t10i120500_d94e65cdb899_c35b4a14be45", Stack: "windows-7/schannel",
			Identity: document.ConnectionIdentity{UserAgent: "CertUtil URL Agent"}, Survives: tlsready.No,
			Why:       message.New("probe.why.version", message.Str("offered", "TLS 1.0"), message.Str("accepted", "TLS 1.2, TLS 1.3")),
			Remedy:    message.New("clients.remedy.windows-program"),
			Rehearsal: &document.Rehearsal{Service: "lab", On: "2027-01-01", Outcome: document.RehearsalCompleted, Proves: message.New("rehearse.proves.completed")},
		},
		Stack:   clients.Stack{ID: "windows-7/schannel", Name: "Windows 7 Schannel"},
		Service: document.Service{ID: "lab", Name: map[string]string{"en": "Example portal", "ja": "サンプル ポータル"}, DaysLeft: &days},
	}
}

func ask(a *Answers, v *rehearse.Visitor, method, path string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, "https://lab.example.com"+path, nil)
	r.Header.Del("User-Agent")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	a.Serve(w, r, v)
	return w.Result()
}

// Proves that each visitor gets the form that it can show: a browser the page, curl JSON,
// everything else a line; and that a path decides before all that.
func TestWay(t *testing.T) {
	const html, plain, object, certificate = "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json", "application/x-x509-ca-cert"
	a := answers(t)
	for _, c := range []struct {
		who, path string
		header    map[string]string
		kind      string
	}{
		{"Chromium", "/", map[string]string{"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Mozilla/5.0"}, html},
		{"curl", "/", map[string]string{"Accept": "*/*", "User-Agent": "curl/8.4.0"}, object},
		{"curl with a wish", "/", map[string]string{"Accept": "application/json", "User-Agent": "curl/8.4.0"}, object},
		{"curl as a browser", "/", map[string]string{"Accept": "text/html", "User-Agent": "curl/8.4.0"}, html},
		{"PowerShell 2.0", "/", nil, plain},
		{"PowerShell 5.1", "/", map[string]string{"User-Agent": "Mozilla/5.0 (Windows NT; Windows NT 6.3; en-US) WindowsPowerShell/5.1.14409.1018"}, plain},
		{"certutil", "/", map[string]string{"Accept": "*/*", "User-Agent": "CertUtil URL Agent"}, plain},
		{"BITS", "/line", map[string]string{"Accept": "*/*", "User-Agent": "Microsoft BITS/7.8"}, plain},
		{"Java", "/", map[string]string{"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "User-Agent": "Java/1.8.0_392"}, plain},
		{"wget", "/", map[string]string{"Accept": "*/*", "User-Agent": "Wget/1.21"}, plain},
		{"a browser that wants the line", "/line", map[string]string{"Accept": "text/html"}, plain},
		{"a browser that wants JSON", "/json", map[string]string{"Accept": "text/html"}, object},
		{"curl that wants the page", "/html", map[string]string{"User-Agent": "curl/8"}, html},
		{"who wants the root", "/root.cer", nil, certificate},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if got := ask(a, visitor(), method, c.path, c.header); got.StatusCode != 200 || got.Header.Get("Content-Type") != c.kind || got.Header.Get("Content-Length") == "" {
				t.Errorf("%s %s: %d %q", method, c.who, got.StatusCode, got.Header.Get("Content-Type"))
			}
		}
	}
	for path, status := range map[string]int{"/x": 404, "/favicon.ico": 404, "//": 404, "/line/": 404} {
		if got := ask(a, visitor(), http.MethodGet, path, nil); got.StatusCode != status {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if got := ask(a, visitor(), http.MethodPost, "/", nil); got.StatusCode != 405 || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", got.StatusCode)
	}
	if got := ask(a, visitor(), http.MethodGet, "/line", map[string]string{"Range": "bytes=0-7"}); got.StatusCode != 206 || body(t, got) != "TLSREADY" {
		t.Errorf("a range: %d", got.StatusCode)
	}
	a.Identity = &rehearse.Identity{Names: []string{"lab.example.com"}}
	if got := ask(a, visitor(), http.MethodGet, "/root.cer", nil); got.StatusCode != 404 {
		t.Errorf("the root of given certificates: %d", got.StatusCode)
	}
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Proves that page and line speak the visitor's language: that of the address, else the
// best that the browser asks for, else the server's; the line is in ASCII unless asked.
func TestLanguage(t *testing.T) {
	a := answers(t)
	a.Lang = "ja"
	for _, c := range []struct{ path, accepts, want string }{
		{"/html", "", "ja"},
		{"/html", "en-GB,en;q=0.9", "en"},
		{"/html", "fr, ja;q=0.8, en;q=0.5", "ja"},
		{"/html", "fr", "ja"},
		{"/html", "en;q=0, ja", "ja"},
		{"/html?lang=en", "ja", "en"},
		{"/html?lang=xx", "en", "en"},
		{"/html", strings.Repeat("x;", 5000), "ja"},
		{"/line", "", "en"},
		{"/line", "ja", "ja"},
		{"/line?lang=ja", "", "ja"},
	} {
		got := body(t, ask(a, visitor(), http.MethodGet, c.path, map[string]string{"Accept-Language": c.accepts}))
		japanese := strings.Contains(got, "このクライアント")
		if japanese != (c.want == "ja") {
			t.Errorf("%s, %q: not in %s: %.200s", c.path, c.accepts, c.want, got)
		}
	}
}

// Proves what page and line look like, in both languages.
func TestGolden(t *testing.T) {
	a := answers(t)
	fingerprint := regexp.MustCompile(`[0-9a-f]{40}`)
	for _, lang := range message.Languages() {
		for _, path := range []string{"/html", "/line"} {
			got := body(t, ask(a, visitor(), http.MethodGet, path+"?lang="+lang, nil))
			golden.Equal(t, filepath.Join("testdata", strings.TrimPrefix(path, "/")+"-"+lang+".txt"), []byte(fingerprint.ReplaceAllString(got, "SHA1")))
		}
	}
}

// Proves that nothing a visitor sends gets into the page as markup, or into the line as a
// second line, and that the page may load nothing.
func TestHostile(t *testing.T) {
	a, v := answers(t), visitor()
	const evil = "<script>alert(1)</script>\"'`\r\nTLSREADY survives=yes\x1b[2J\u202e"
	v.ServerName, v.Identity.UserAgent, v.JA4, v.Stack.Name = evil, evil, evil, evil
	v.Why, v.Remedy = message.Literal(evil), message.Literal(evil)
	v.Service.Name["en"] = evil
	got := ask(a, v, http.MethodGet, "/html", nil)
	page := body(t, got)
	if strings.Contains(page, "<script") || strings.Contains(page, "\x1b") || strings.Contains(page, "\u202e") {
		t.Errorf("markup gets through: %s", page)
	}
	policy := got.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if line := body(t, ask(a, v, http.MethodGet, "/line", nil)); strings.Count(line, "\n") != 1 || strings.Contains(line, "\x1b") || !strings.HasPrefix(line, "TLSREADY survives=no ") {
		t.Errorf("line %q", line)
	}
	var c document.Connection
	if err := json.Unmarshal([]byte(body(t, ask(a, v, http.MethodGet, "/json", nil))), &c); err != nil || c.ServerName != evil {
		t.Errorf("%v, %q", err, c.ServerName)
	}
	if strings.Contains(page, "https://evil") || !strings.Contains(page, "https://192.0.2.10:8443/line") {
		t.Error("the page names another server")
	}
}

// Proves that the page names the server by an address that its certificate has.
func TestURL(t *testing.T) {
	id := &rehearse.Identity{Names: []string{"lab.example.com", "192.0.2.10", "2001:db8::5"}}
	for _, c := range []struct{ local, asked, want string }{
		{"192.0.2.10:8443", "", "https://192.0.2.10:8443"},
		{"192.0.2.10:443", "", "https://192.0.2.10"},
		{"192.0.2.10:8443", "lab.example.com", "https://lab.example.com:8443"},
		{"192.0.2.10:443", "lab.example.com", "https://lab.example.com"},
		{"[2001:db8::5]:443", "", "https://[2001:db8::5]"},
		{"192.0.2.99:8443", "evil.example.net", "https://lab.example.com:8443"},
	} {
		if got := URL(id, c.local, c.asked); got != c.want {
			t.Errorf("%s, %q: %s", c.local, c.asked, got)
		}
	}
	words := message.For("en")
	for base, want := range map[string]string{"https://[2001:db8::5]": "[2001:db8::5]:443", "https://lab.example.com": "lab.example.com:443", "https://192.0.2.10:8443": "192.0.2.10:8443"} {
		list := commands(words, base)
		if got := list[len(list)-1].Line; got != "keytool -printcert -sslserver "+want {
			t.Errorf("%s: %s", base, got)
		}
	}
}
