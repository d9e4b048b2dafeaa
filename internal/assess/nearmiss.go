package assess

import (
	"fmt"
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// nearMisses tells of values that somebody believes set: those of the host, and
// those that a failing 32-bit program does not see.
func (w *Writer) nearMisses(h *document.Host, j *Judged) {
	for _, miss := range append(slices.Clone(j.NearMisses), w.viewMisses(j)...) {
		one := document.NearMiss{
			Key: miss.Key, Name: miss.Name, Slip: string(miss.Slip), Meant: document.Meant{Key: miss.Meant.Key, Name: miss.Meant.Name},
			Text: w.Words.Text("near."+string(miss.Slip), message.Str("key", miss.Key), message.Str("name", miss.Name), message.Str("value", number(miss.Data)),
				message.Str("meantKey", miss.Meant.Key), message.Str("meantName", miss.Meant.Name), message.Str("meantValue", number(miss.Value))),
		}
		if slices.Contains(h.NearMisses, one) {
			continue
		}
		h.NearMisses = append(h.NearMisses, one)
		h.Warnings = append(h.Warnings, document.Note{Code: "near-miss", Text: one.Text})
	}
}

// number is a number in both bases, since one was taken for the other.
func number(d host.Data) string {
	if d.Type != host.DWORD {
		return ""
	}
	return fmt.Sprintf("%d (0x%x)", d.Number, d.Number)
}

func (w *Writer) viewMisses(j *Judged) []stack.NearMiss {
	var found []stack.NearMiss
	for i := range j.Outcome.Rows {
		if r := &j.Outcome.Rows[i]; r.Verdict == verdict.Fails {
			if s, err := stack.Parse(r.Stack); err == nil {
				found = append(found, w.Model.ViewMisses(j.View, s)...)
			}
		}
	}
	return found
}
