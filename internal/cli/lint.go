package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
	"tlsready/internal/term"
)

func newLintCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "lint RECIPE...",
		Example: "tlsready lint tls12.reg\ntlsready lint enable-tls12.ps1 baseline.cmd -f json",
		RunE:    func(cmd *cobra.Command, args []string) error { return app.lint(cmd, args) },
	}
}

// lint says what is wrong with recipes and what they would do. The exit status is 1
// if there is an error.
func (app *App) lint(cmd *cobra.Command, files []string) error {
	if len(files) == 0 {
		return app.UsageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", frame.UsageLine(cmd)))
	}
	finder := nearmiss.New()
	doc := document.Lint{Schema: document.LintSchema, Findings: []document.Finding{}, Changes: []document.Change{}}
	var found []recipe.Finding
	failing := 0
	for _, file := range files {
		r, err := app.lintFile(file, finder)
		if err != nil {
			return err
		}
		for _, c := range r.Changes() {
			doc.Changes = append(doc.Changes, document.ChangeOf(c))
		}
		for _, f := range r.Findings {
			doc.Findings = append(doc.Findings, assess.FindingOf(f, app.CatalogOf("en"))) // JSON is English
			if f.Severity == recipe.Error {
				failing++
			}
		}
		found = append(found, r.Findings...)
	}
	err := app.WriteDocument(doc, func(h *term.Page) {
		var list []document.Finding
		for _, f := range found {
			list = append(list, assess.FindingOf(f, app.Catalog()))
		}
		app.PageOn(h).Findings(files, list)
	})
	if err != nil {
		return err
	}
	return app.Verdict(failing, 0)
}

func (app *App) lintFile(file string, finder *nearmiss.Finder) (recipe.Reading, error) {
	data, err := judge.RecipeFile(file)
	if err != nil {
		return recipe.Reading{}, err
	}
	r, err := formats.Lint(file, data, finder)
	if err != nil {
		return r, &survey.Mistake{Err: err}
	}
	return r, nil
}
