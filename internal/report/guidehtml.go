package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/url"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

//go:embed guide.html.tmpl
var guideTemplate string

//go:embed guide.css
var guideStyle string

// GuideHTML writes the announcement page of a service as one file for a browser, which
// loads nothing and prints on three pages.
func GuideHTML(w io.Writer, g *document.Guide, words *message.Catalog) error {
	page, err := template.New("guide").Funcs(template.FuncMap{
		"t":    func(id string) string { return words.Text("guide." + id) },
		"tick": tick,
		"web":  isWebAddress,
		// the head of the column of a mark: the first column names the systems
		"column": func(heads []string, mark int) string { return heads[mark+1] },
	}).Parse(guideTemplate)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(guideStyle))
	return page.Execute(w, struct {
		*guideView
		Policy string
		Style  template.CSS
	}{newGuideView(g, words), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", template.CSS(guideStyle)})
}

// isWebAddress says whether a source can be a link.
func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
