package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
)

// profileFinding is what lint has to say of a profile (contract of lint/v1).
type profileFinding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // error, warning
	Text     string `json:"text"`
}

const (
	severityError   = "error"
	severityWarning = "warning"
)

// lintServices checks profiles: what the program would refuse is an error, what
// a reader would miss a warning. The exit status is 1 if there is an error.
func (app *App) lintServices(cmd *cobra.Command, files []string) error {
	if len(files) == 0 {
		return app.usageError("missing-argument", message.Str("command", cmd.CommandPath()), message.Str("usage", usageLine(cmd)))
	}
	findings := []profileFinding{}
	for _, file := range files {
		found, err := app.lintProfile(file)
		if err != nil {
			return err
		}
		findings = append(findings, found...)
	}
	err := app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return writeJSON(out, struct {
				Schema   string           `json:"schema"`
				Findings []profileFinding `json:"findings"`
				Changes  []struct{}       `json:"changes"`
			}{"tlsready.lint/v1", findings, []struct{}{}})
		}
		return app.writeFindings(out, files, findings)
	}, FormatTable, FormatJSON)
	if err != nil {
		return err
	}
	errors := 0
	for _, f := range findings {
		if f.Severity == severityError {
			errors++
		}
	}
	return app.Verdict(errors, 0)
}

func (app *App) lintProfile(file string) ([]profileFinding, error) {
	data, err := readBounded(file)
	if err != nil {
		return nil, app.cannotRead(file, err)
	}
	p, err := service.Parse(data)
	if err != nil {
		text := err.Error()
		return []profileFinding{{file, lineIn(text), "service-invalid", severityError, text}}, nil
	}
	return app.lintContent(file, p), nil
}

// readBounded reads no more of a file than a profile may have, and one byte, by
// which the parser sees that it is too large.
func readBounded(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, strictyaml.MaxSize+1))
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
func (app *App) lintContent(file string, p *service.Profile) []profileFinding {
	var found []profileFinding
	add := func(severity, rule string, args ...message.Arg) {
		found = append(found, profileFinding{File: file, Rule: rule, Severity: severity, Text: app.text("lint."+rule, args...)})
	}
	for _, lang := range message.Languages() {
		if p.Name[lang] == "" {
			add(severityWarning, "service-no-name", message.Str("lang", lang))
		}
	}
	if p.AsOf.IsZero() {
		add(severityWarning, "service-no-asof")
	}
	if len(p.Citations) == 0 {
		add(severityWarning, "service-no-citation")
	}
	if len(p.Callers) == 0 {
		add(severityWarning, "service-no-caller")
	}
	for _, id := range p.Callers {
		if !app.knownCaller(id) {
			add(severityError, "service-unknown-caller", message.Str("name", id))
		}
	}
	if last := p.Last(); len(p.Phases) > 1 && last.Status == "" {
		add(severityWarning, "service-no-status", message.Str("date", last.From.String()))
	}
	return found
}

func (app *App) writeFindings(out *Output, files []string, findings []profileFinding) error {
	var b strings.Builder
	for _, f := range findings {
		place := f.File
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
		}
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", place, app.text("severity."+f.Severity), f.Text, f.Rule)
	}
	if len(findings) == 0 {
		b.WriteString(app.text("lint.clean", message.Int("n", len(files))) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
