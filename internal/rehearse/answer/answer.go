// Package answer tells a visitor of a rehearsal what it offered and whether it will
// survive: as a page for people, as JSON for curl, as one plain line for what can show no
// more.
package answer

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"tlsready/internal/message"
	"tlsready/internal/rehearse"
)

// Answers answers the requests of visitors.
type Answers struct {
	Lang     string // of a page for who names no language that is known
	Identity *rehearse.Identity
}

// The ways to say it.
const (
	page = "/html"
	data = "/json"
	line = "/line"
	root = "/root.cer"
)

// Serve answers one request. What it says is the same however often it is asked, but for
// times and ports: BITS asks twice.
func (a *Answers) Serve(w http.ResponseWriter, r *http.Request, v *rehearse.Visitor) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	kind, body := "text/plain; charset=utf-8", []byte(nil)
	switch way(r) {
	case page:
		kind, body = "text/html; charset=utf-8", a.page(r, v)
		h.Set("Content-Security-Policy", policy())
	case data:
		kind, body = "application/json", asJSON(v)
	case line:
		body = []byte(a.line(message.For(asked(r, message.Languages()[0])), v) + "\r\n")
	case root:
		kind, body = "application/x-x509-ca-cert", a.Identity.RootPEM()
	}
	if body == nil {
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body)) // BITS asks for ranges
}

// way is how the visitor wants it. A path says so; the others at the root by what they
// accept. Java accepts HTML and shows it to nobody.
func way(r *http.Request) string {
	if r.URL.Path != "/" {
		if slices.Contains([]string{page, data, line, root}, r.URL.Path) {
			return r.URL.Path
		}
		return ""
	}
	accepts, agent := r.Header.Get("Accept"), r.UserAgent()
	switch {
	case strings.Contains(accepts, "application/json"):
		return data
	case strings.HasPrefix(agent, "Java"):
		return line
	case strings.Contains(accepts, "text/html"):
		return page
	case strings.HasPrefix(agent, "curl/"):
		return data
	}
	return line
}

// asked is the language that a visitor asks for, by ?lang= or by Accept-Language (RFC 9110
// section 12.5.4).
func asked(r *http.Request, otherwise string) string {
	if lang := r.URL.Query().Get("lang"); slices.Contains(message.Languages(), lang) {
		return lang
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return otherwise
	}
	for _, tag := range wanted {
		base, _ := tag.Base()
		if slices.Contains(message.Languages(), base.String()) {
			return base.String()
		}
	}
	return otherwise
}

func asJSON(v *rehearse.Visitor) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(v.Connection) != nil {
		return nil
	}
	return b.Bytes()
}

// URL is the address of a server as a visitor can use it, without a path: by a name that
// the certificate has, and never by one that the visitor made up. local is the address of
// the server's end, asked the name that the visitor sent.
func URL(id *rehearse.Identity, local, asked string) string {
	host, port, _ := net.SplitHostPort(local)
	switch {
	case slices.Contains(id.Names, asked):
		host = asked
	case !slices.Contains(id.Names, host):
		host = id.Names[0]
	}
	at := net.JoinHostPort(host, port)
	if port == "443" {
		at = strings.TrimSuffix(at, ":443")
	}
	return "https://" + at
}

func (a *Answers) base(v *rehearse.Visitor) string { return URL(a.Identity, v.Server, v.ServerName) }
