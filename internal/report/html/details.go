package html

import (
	"bytes"

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
	Body          string // markup: both sides, reasons with their evidence, fix and undo
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
		list = append(list, Detail{g, made.Verdict, made.Word, made.System, made.Cause, made.Fix, body.String()})
	}
	return list, nil
}
