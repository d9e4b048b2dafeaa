package look

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"

	"tlsready/internal/console/web"
	"tlsready/internal/report/fleetparts"
)

//go:embed assets
var assetFiles embed.FS

//go:embed frame
var frameFiles embed.FS

// The names of the files that pages load.
const (
	styleName = "console.css"
	htmxName  = "htmx.min.js"
	ownName   = "console.js"
)

// file is one of them. Its address has a digest of it, so that a browser may keep it for
// ever and still gets the new one after an update.
type file struct {
	at, kind    string
	body, small []byte // small is the same by gzip
}

// served reads the files once.
var served = sync.OnceValues(func() (map[string]file, error) {
	all := map[string]file{}
	for name, kind := range map[string]string{
		styleName: "text/css; charset=utf-8", htmxName: "text/javascript; charset=utf-8", ownName: "text/javascript; charset=utf-8",
	} {
		body, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		if name == styleName {
			base, err := fleetparts.Stylesheet()
			if err != nil {
				return nil, err
			}
			body = append(base, body...)
		}
		small, err := compressed(body)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		all[name] = file{"/assets/" + hex.EncodeToString(sum[:6]) + "/" + name, kind, body, small}
	}
	return all, nil
})

func compressed(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// Routes are those of the files that every page loads.
func Routes() []web.Route {
	return []web.Route{{Pattern: "GET /assets/{digest}/{name}", Needs: web.Open, Handle: asset}}
}

func asset(w http.ResponseWriter, r *http.Request) {
	files, err := served()
	f, known := files[path.Base(r.URL.Path)]
	if err != nil || !known {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if f.at == r.URL.Path {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.small
	}
	_, _ = w.Write(body) // the one who asked has gone
}
