package html

import (
	"bytes"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/view"
)

// Detail is what there is to say of hosts that came out the same for one service, for
// pages that show it in a frame of their own.
type Detail struct {
	Group         *view.Group
	Verdict, Word string
	System, Cause string
	Fix           string // in short
	// Body is markup: both sides, reasons with their evidence, fix and undo. Its headings
	// are of the third level.
	Body string
}

// Details are those of a document, the worst first.
func Details(c *document.Check, lang string) ([]Detail, error) {
	b := &pageBuilder{w: digest.NewWords(lang), o: view.Options{Lang: lang}}
	var err error
	if b.template, err = templates[b.w.Lang()](); err != nil {
		return nil, err
	}
	var list []Detail
	for _, g := range view.Groups(c) {
		made := b.summary(g)
		var body bytes.Buffer
		if err := b.template.Execute(&body, "body", b.body(g, c.Today)); err != nil {
			return nil, err
		}
		list = append(list, Detail{g, made.Verdict, made.Word, made.System, made.Cause, made.Fix, headings.Replace(body.String())})
	}
	return list, nil
}

// headings raises those of a body, which stand below three others in the report. All other
// markup in it is escaped.
var headings = strings.NewReplacer("<h5>", "<h3>", "</h5>", "</h3>")
