package assess

import (
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/stack"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/verdict"
)

// nearMisses tells of values that somebody believes set: those of the host, and
// those that a failing 32-bit program does not see.
func (w *Writer) nearMisses(h *document.Host, j *Judged) {
	for _, miss := range append(slices.Clone(j.NearMisses), w.viewMisses(j)...) {
		one := document.NearMiss{
			Key: miss.Key, Name: miss.Name, Slip: string(miss.Slip), Meant: document.Meant{Key: miss.Meant.Key, Name: miss.Meant.Name},
			Text: w.Words.Render(miss.Text()),
		}
		if slices.Contains(h.NearMisses, one) {
			continue
		}
		h.NearMisses = append(h.NearMisses, one)
		h.Warnings = append(h.Warnings, document.Note{Code: "near-miss", Text: one.Text})
	}
}

func (w *Writer) viewMisses(j *Judged) []nearmiss.NearMiss {
	var found []nearmiss.NearMiss
	for i := range j.Judgement.Rows {
		if r := &j.Judgement.Rows[i]; r.Verdict == verdict.Fails {
			if s, err := stack.Parse(r.Stack); err == nil {
				found = append(found, nearmiss.OfViews(w.Model, j.View, s)...)
			}
		}
	}
	return found
}
