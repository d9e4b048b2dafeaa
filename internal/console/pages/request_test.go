package pages

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// An address that is about a host is about that host whatever its id holds: neither a browser,
// which takes out steps, nor the server's multiplexer makes another page of it.
func TestAddresses(t *testing.T) {
	var asked string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hosts/{id...}", func(_ http.ResponseWriter, r *http.Request) { asked = r.PathValue("id") })
	page, err := url.Parse("https://console.example.com/hosts/osaka/FS01")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"osaka/FS01", "x/../../people/token", "x/../../jobs/12/cancel?", "../FS01", "..//", "a/./b", "a/..", "a//b", "//example.com/x", "/a", "a/", "/",
		"a/%2e%2e/b", `a\..\b`, `\\server\share`, "[link](http://example.com)", "#a?b=c", "a b+c&d;e", "\n", "日本語", "\xff",
	} {
		to, err := page.Parse(hostAt(id))
		if err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		w := httptest.NewRecorder()
		asked = "nothing"
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, to.RequestURI(), nil))
		if to.Host != page.Host || w.Code != http.StatusOK || asked != id {
			t.Errorf("%q: %s asks %s for %q with status %d", id, hostAt(id), to.Host, asked, w.Code)
		}
	}
}
