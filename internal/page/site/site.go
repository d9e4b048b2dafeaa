// Package site gives the page out: to browsers over HTTP, and as a folder for a web
// server.
package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tlsready/internal/userfile"
)

// FileName is the page as "make page" writes it. It lies beside the program.
const FileName = "tlsready.html"

// maxPage bounds the page, in bytes: it has three million at most.
const maxPage = 16 << 20

// Site is the page, ready to be given out.
type Site struct {
	html, packed []byte
	tag          string
}

// Open reads the page that lies beside a program.
func Open(program string) (*Site, error) {
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	html, err := userfile.Read(filepath.Join(filepath.Dir(program), FileName), maxPage)
	if err != nil {
		return nil, err
	}
	return New(html)
}

// New makes a site of a page.
func New(html []byte) (*Site, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(html)
	}
	if err == nil {
		err = w.Close()
	}
	sum := sha256.Sum256(html)
	return &Site{html, out.Bytes(), `"` + hex.EncodeToString(sum[:8]) + `"`}, err
}

// Write writes the folder: index.html, and the same packed for servers that give out
// what they find packed (gzip_static of nginx).
func (s *Site) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil { // less the umask
		return err
	}
	for name, data := range map[string][]byte{"index.html": s.html, "index.html.gz": s.packed} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// ServeHTTP gives the page at the root alone. It sets no cookie and keeps nothing of who
// asked.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path != "/" && r.URL.Path != "/index.html" && r.URL.Path != "/"+FileName {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'") // the rest is in the page
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", s.tag)
	body := s.html
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", strings.TrimSuffix(s.tag, `"`)+`-gzip"`)
		body = s.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip reads Accept-Encoding (RFC 9110 section 12.5.3).
func takesGzip(accepted string) bool {
	for one := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
