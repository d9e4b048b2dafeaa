package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/source"
	"tlsready/internal/survey"
	"tlsready/internal/term"
)

// explainOnHost tells where a rule bears on the verdicts of one host.
func (app *App) explainOnHost(cmd *cobra.Command, rule, path, lang string) ([]document.RuleOnHost, error) {
	j, err := app.judging(cmd.Context(), &judgeFlags{services: []string{survey.GenericService}})
	if err != nil {
		return nil, err
	}
	s, err := source.ReadOne(cmd.Context(), path, j.Reading)
	if err != nil {
		return nil, app.sourceError(err)
	}
	return j.Assessor.Explain(rule, s, j.Writer(app.wordsOf(lang)))
}

// onHostText writes the same for people.
func (app *App) onHostText(h *term.Page, list []document.RuleOnHost) {
	if len(list) == 0 {
		h.Line(app.text("cli.explain.host-none"))
		return
	}
	h.Line(app.text("cli.explain.host-head"))
	var seen []string
	for _, one := range list {
		line := fmt.Sprintf("  %s: %s", one.Stack, app.text("verdict."+one.Verdict))
		if !slices.Contains(seen, line) {
			seen = append(seen, line)
			h.Line(line)
			for _, e := range one.Evidence {
				h.Line(fmt.Sprintf("    %s %s = %s", e.Key, e.Name, app.evidenceText(e)))
			}
		}
	}
}

func (app *App) evidenceText(e document.Evidence) string {
	if e.Type != "" {
		return e.Display()
	}
	return app.text("state." + string(e.State))
}
