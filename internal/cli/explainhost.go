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

// explainOnHost judges the generic callers, and the programs that are there, on
// one host, and tells where the rule bore on the verdict.
func (app *App) explainOnHost(cmd *cobra.Command, rule, path, lang string) ([]document.RuleOnHost, error) {
	j, err := app.judging(cmd.Context(), &judgeFlags{services: []string{survey.GenericService}})
	if err != nil {
		return nil, err
	}
	s, err := source.ReadOne(cmd.Context(), path, j.Reading)
	if err != nil {
		return nil, app.sourceError(err)
	}
	d := &j.Assessor.Services[0]
	if d.Callers, err = survey.Callers([]string{
		"schannel", "winhttp-x64", "winhttp-x86", "wininet", "dotnet-3.5-x64", "dotnet-3.5-x86", "dotnet-4.5.2-x64", "dotnet-4.5.2-x86",
		"dotnet-4.7.2-x64", "dotnet-4.7.2-x86", "wcf-tcp-4.5.2", "wcf-tcp-4.7.2", "powershell-5.1-x64",
	}); err != nil {
		return nil, err
	}
	d.Explicit = true
	judged, err := j.Assessor.Assess("host", s)
	if err != nil {
		return nil, err
	}
	w := j.Writer(app.wordsOf(lang))
	found := []document.RuleOnHost{}
	for _, one := range judged {
		for _, row := range w.Rows(one) {
			for _, reason := range row.Reasons {
				if reason.Rule == rule {
					found = append(found, document.RuleOnHost{Caller: row.Caller, Stack: row.Stack, Verdict: row.Verdict, Text: reason.Text, Evidence: reason.Evidence})
				}
			}
		}
	}
	return found, nil
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
