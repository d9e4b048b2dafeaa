package knowledge

import (
	"cmp"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Programs says which callers programs are, with the reasons; unread is how many could
// not be read.
func (w *Page) Programs(rows []document.Program, unread int) {
	ids := map[string]bool{}
	for _, r := range rows {
		w.Line(r.Path)
		if r.Error != "" {
			w.Wrapped("  ! ", "    ", r.Error)
			w.Blank()
			continue
		}
		w.Line("  " + cmp.Or(r.Caller, w.t("program.none")))
		if len(r.Also) > 0 {
			w.Line("  " + w.t("program.also") + " " + strings.Join(r.Also, " "))
		}
		if len(r.OnX86) > 0 {
			w.Line("  " + w.t("program.on-x86", message.Str("ids", strings.Join(r.OnX86, " "))))
		}
		for _, why := range r.Why {
			w.Wrapped("    - ", "      ", w.words.Render(assess.ReasonText(why.Code, why.Args)))
		}
		w.Blank()
		for _, id := range append([]string{r.Caller}, r.Also...) {
			ids[id] = ids[id] || id != ""
		}
	}
	delete(ids, "")
	w.Line(w.t("program.summary", message.Int("n", len(rows)-unread), message.Int("callers", len(ids))))
	if unread > 0 {
		w.Line(w.t("program.unread", message.Int("n", unread)))
	}
}
