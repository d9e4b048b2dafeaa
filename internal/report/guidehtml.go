package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io"
	"net/url"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/stencil"
)

//go:embed guide.html.tmpl
var guideTemplate string

//go:embed guide.css
var guideStyle string

// GuideHTML writes the announcement page of a service as one file for a browser, which
// loads nothing and prints on three pages.
func GuideHTML(w io.Writer, g *document.Guide, words *message.Catalog) error {
	page := stencil.HTML(stencil.Funcs{
		"t":    stencil.Say(func(id string) string { return words.Text("guide." + id) }),
		"tick": func(args []stencil.Value) (stencil.Value, error) { return stencil.ValueOf(tick(args[0].Bool())), nil },
		"web": func(args []stencil.Value) (stencil.Value, error) {
			return stencil.ValueOf(isWebAddress(args[0].String())), nil
		},
		// the head of the column of a mark: the first column names the systems
		"column": func(args []stencil.Value) (stencil.Value, error) { return args[0].Index(int(args[1].Int()) + 1), nil },
	})
	if err := page.Parse("guide", guideTemplate); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(guideStyle))
	return page.Execute(w, "guide", struct {
		*guideView
		Policy string
		Style  stencil.Style
	}{newGuideView(g, words), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", stencil.Style(guideStyle)})
}

// isWebAddress says whether a source can be a link.
func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
