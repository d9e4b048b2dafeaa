package cli

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
)

// lintServices checks profiles.
func (app *App) lintServices(cmd *cobra.Command, files []string) error {
	return app.lintFiles(cmd, files, app.lintProfile)
}

// lintFiles checks files of the user's own: what the program would refuse is an error,
// what a reader would miss a warning. The exit status is 1 if there is an error.
func (app *App) lintFiles(cmd *cobra.Command, files []string, lint func(string) ([]document.Finding, error)) error {
	if len(files) == 0 {
		return app.usageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", usageLine(cmd)))
	}
	findings := []document.Finding{}
	for _, file := range files {
		found, err := lint(file)
		if err != nil {
			return err
		}
		findings = append(findings, found...)
	}
	err := app.writeDocument(document.Lint{Schema: document.LintSchema, Findings: findings, Changes: []document.Change{}}, func(h *term.Page) {
		app.pageOn(h).Findings(files, findings)
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

func (app *App) lintProfile(file string) ([]document.Finding, error) {
	data, err := userfile.Read(file, strictyaml.MaxSize)
	if err != nil {
		return nil, cannotRead(file, err)
	}
	p, err := service.Parse(data)
	if err != nil {
		return []document.Finding{{File: file, Line: lineIn(err.Error()), Rule: "service-invalid", Severity: document.SeverityError, Text: app.why(err)}}, nil
	}
	return app.lintContent(file, data, p), nil
}

// lintCaller checks a caller file.
func (app *App) lintCaller(file string) ([]document.Finding, error) {
	data, err := userfile.Read(file, strictyaml.MaxSize)
	if err != nil {
		return nil, cannotRead(file, err)
	}
	c, err := caller.Parse(data)
	if err != nil {
		return []document.Finding{{File: file, Line: lineIn(err.Error()), Rule: "caller-invalid", Severity: document.SeverityError, Text: app.why(err)}}, nil
	}
	var found []document.Finding
	for _, gap := range c.Gaps() {
		found = append(found, document.Finding{File: file, Rule: strings.TrimPrefix(gap.ID, "lint."), Severity: document.SeverityWarning, Text: app.words().Render(gap)})
	}
	return found, nil
}

var lineForm = regexp.MustCompile(`\bline ([0-9]+)`)

// lineIn is the line that an error names, else 0.
func lineIn(text string) int {
	found := lineForm.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// lintContent finds what a reader of the profile would miss.
func (app *App) lintContent(file string, data []byte, p *service.Profile) []document.Finding {
	var findings []document.Finding
	add := func(severity, rule string, args ...message.Arg) {
		findings = append(findings, document.Finding{File: file, Rule: rule, Severity: severity, Text: app.text("lint."+rule, args...)})
	}
	for _, lang := range message.Languages() {
		if p.Name[lang] == "" {
			add(document.SeverityWarning, "service-no-name", message.Str("lang", lang))
		}
	}
	switch {
	case p.AsOf.IsZero():
		add(document.SeverityWarning, "service-no-asof")
	case p.AsOf.After(app.Now):
		add(document.SeverityWarning, "service-asof-future", message.Str("date", p.AsOf.String()))
	}
	if line, found := service.OutOfOrder(data); found {
		add(document.SeverityWarning, "service-order")
		findings[len(findings)-1].Line = line
	}
	if len(p.Citations) == 0 {
		add(document.SeverityWarning, "service-no-citation")
	}
	if len(p.Callers) == 0 {
		add(document.SeverityWarning, "service-no-caller")
	}
	for _, id := range p.Callers {
		if !app.knownCaller(id) {
			add(document.SeverityError, "service-unknown-caller", message.Str("name", id))
		}
	}
	if last := p.Last(); len(p.Phases) > 1 && last.Status == "" {
		add(document.SeverityWarning, "service-no-status", message.Str("date", last.From.String()))
	}
	return findings
}
