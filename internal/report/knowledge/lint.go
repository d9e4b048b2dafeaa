package knowledge

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// LintService finds what is wrong in a profile, and what a reader of it would miss; now
// is the day of the check.
func LintService(file string, data []byte, now time.Time, words *message.Catalog) []document.Finding {
	p, err := service.Parse(data)
	if err != nil {
		return []document.Finding{invalid(file, "service-invalid", err, words)}
	}
	return missingInService(file, data, p, now, words)
}

// LintCaller finds what is wrong in a caller file, and what a reader of it would miss.
func LintCaller(file string, data []byte, words *message.Catalog) []document.Finding {
	c, err := caller.Parse(data)
	if err != nil {
		return []document.Finding{invalid(file, "caller-invalid", err, words)}
	}
	var found []document.Finding
	for _, gap := range c.Gaps() {
		found = append(found, document.Finding{File: file, Rule: strings.TrimPrefix(gap.ID, "lint."), Severity: document.SeverityWarning, Text: words.Render(gap)})
	}
	return found
}

// invalid is the finding of a file that the program refuses.
func invalid(file, rule string, err error, words *message.Catalog) document.Finding {
	what, _ := words.Problem(err)
	return document.Finding{File: file, Line: lineIn(err.Error()), Rule: rule, Severity: document.SeverityError, Text: what}
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

// missingInService finds what a reader of the profile would miss.
func missingInService(file string, data []byte, p *service.Profile, now time.Time, words *message.Catalog) []document.Finding {
	var findings []document.Finding
	add := func(severity, rule string, args ...message.Arg) {
		findings = append(findings, document.Finding{File: file, Rule: rule, Severity: severity, Text: words.Text("lint."+rule, args...)})
	}
	for _, lang := range message.Languages() {
		if p.Name[lang] == "" {
			add(document.SeverityWarning, "service-no-name", message.Str("lang", lang))
		}
	}
	switch {
	case p.AsOf.IsZero():
		add(document.SeverityWarning, "service-no-asof")
	case p.AsOf.After(now):
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
		if _, ok, _ := caller.ByID(id); !ok {
			add(document.SeverityError, "service-unknown-caller", message.Str("name", id))
		}
	}
	if last := p.Last(); len(p.Phases) > 1 && last.Status == "" {
		add(document.SeverityWarning, "service-no-status", message.Str("date", last.From.String()))
	}
	return findings
}
