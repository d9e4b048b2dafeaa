package knowledge

import (
	"fmt"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Findings are those of lint in files, one a line, as compilers write them.
func (w *Page) Findings(files []string, findings []document.Finding) {
	for _, f := range findings {
		place := f.File
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
			if f.Column > 0 {
				place += ":" + strconv.Itoa(f.Column)
			}
		}
		w.Line(fmt.Sprintf("%s: %s: %s [%s]", place, w.t("severity."+f.Severity), f.Text, f.Rule))
	}
	if len(findings) == 0 {
		w.Line(w.t("lint.clean", message.Int("n", len(files))))
	}
}
