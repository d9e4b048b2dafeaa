package console_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Proves that names that are made to mislead come out of every page as text: no element,
// no attribute that runs anything, no character that moves the cursor or turns the
// direction of the text, and no page larger than others.
func TestHostileNames(t *testing.T) {
	at := serve(t, filepath.Join(t.TempDir(), "store.db"))
	base, entry := at.Base, at.Entry
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	let, err := browser.Get(entry)
	if err != nil {
		t.Fatal(err)
	}
	_ = let.Body.Close() // the cookie is what counts
	names := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "\u202egnp.exe", "\x1b[31mred", "{{.Host}}", "javascript:alert(1)", strings.Repeat("x", 1<<20), "../../etc/passwd", "日本語"}
	var lines bytes.Buffer
	for _, name := range names {
		lines.WriteString(`{"schema":"tlsready.result/v1","kind":"host","id":` + quoted(name) + `,"at":"2026-11-29T00:00:00Z","settings":{"schema":"tlsready.host/v1","name":` + quoted(name) +
			`,"labels":{"owner":` + quoted(name) + `,"site":` + quoted(name) + `},"os":{"name":"Windows Server 2012 R2","version":"6.3","build":9600,"architecture":"x64"},"covered":["HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"],"registry":[]}}` + "\n")
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	w, err := parts.CreateFormFile("files", "<b>lines.jsonl")
	if err == nil {
		_, err = w.Write(lines.Bytes())
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	answer, err := browser.Post(base+"/add", parts.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, "/add", answer)
	for _, at := range []string{
		"/", "/hosts", "/hosts?by=owner", "/hosts?by=tag:site", "/hosts?by=fix", "/hosts?q=" + url.QueryEscape(names[0]), "/hosts?by=" + url.QueryEscape(names[1]), "/hosts/" + url.PathEscape(names[0]),
		"/hosts/" + url.PathEscape(names[2]), "/endpoint?target=" + url.QueryEscape(names[1]), "/client?client=" + url.QueryEscape(names[3]), "/what-if?ask=1&suites=" + url.QueryEscape(names[1]), "/" + url.PathEscape(names[0]), "/jobs?state=" + url.QueryEscape(names[1]),
	} {
		answer, err := browser.Get(base + at)
		if err != nil {
			t.Fatal(err)
		}
		page := checkPage(t, at, answer)
		if at == "/hosts" && (!bytes.Contains(page, []byte("&lt;script&gt;alert(1)")) || !bytes.Contains(page, []byte("onerror"))) {
			t.Errorf("the hosts are not in the list: %s", page)
		}
	}
}

// quoted is a name as JSON has it.
func quoted(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x1b", `\u001b`)
	return `"` + r.Replace(s) + `"`
}

func checkPage(t *testing.T, at string, answer *http.Response) []byte {
	t.Helper()
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 500 || len(page) > 150<<10 {
		t.Errorf("%.80s: status %d, %d bytes, %v", at, answer.StatusCode, len(page), err)
	}
	if n := bytes.IndexFunc(page, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x202e || r >= 0x7f && r < 0xa0 }); n >= 0 {
		t.Errorf("%.80s: an invisible character at %d: %q", at, n, page[max(0, n-40):min(len(page), n+20)])
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
