package services

import (
	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/knowledge"
	"tlsready/internal/strictyaml"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// LintFiles checks files of the user's own: what the program would refuse is an error,
// what a reader would miss a warning. The exit status is 1 if there is an error.
func LintFiles(app *frame.App, cmd *cobra.Command, files []string, lint func(string) ([]document.Finding, error)) error {
	if len(files) == 0 {
		return app.UsageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", frame.UsageLine(cmd)))
	}
	findings := []document.Finding{}
	for _, file := range files {
		found, err := lint(file)
		if err != nil {
			return err
		}
		findings = append(findings, found...)
	}
	err := app.WriteDocument(document.Lint{Schema: document.LintSchema, Findings: findings, Changes: []document.Change{}}, func(h *term.Page) {
		app.PageOn(h).Findings(files, findings)
	})
	if err != nil {
		return err
	}
	errors := 0
	for _, f := range findings {
		if f.Severity == document.SeverityError {
			errors++
		}
	}
	return app.Verdict(errors, 0)
}

func (app *command) lintProfile(file string) ([]document.Finding, error) {
	data, err := userfile.Read(file, strictyaml.MaxSize)
	if err != nil {
		return nil, frame.CannotRead(file, err)
	}
	return knowledge.LintService(file, data, app.Now, app.Catalog()), nil
}
