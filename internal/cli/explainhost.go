package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
)

// explainOnHost tells where a rule bears on the verdicts of one host.
func (app *App) explainOnHost(cmd *cobra.Command, rule, path, lang string) ([]document.RuleOnHost, error) {
	j, err := app.judging(cmd.Context(), &judgeFlags{services: []string{judge.GenericService}})
	if err != nil {
		return nil, err
	}
	s, err := source.ReadOne(cmd.Context(), path, j.Reading)
	if err != nil {
		return nil, sourceError(err)
	}
	return j.Assessor.Explain(rule, s, j.Writer(app.CatalogOf(lang)))
}
