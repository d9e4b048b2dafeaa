package view

import (
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// maxAssumed is how many findings of an assumed recipe a page names.
const maxAssumed = 20

// Assumed says which recipe is taken as run, and then, a line each, what is not
// understood or wrong in it.
func (w Words) Assumed(c *document.Check) []string {
	a := c.Assumed
	if a == nil {
		return nil
	}
	lines := []string{w.T("assumed", message.Str("file", a.Recipe), message.Int("n", len(a.Changes)))}
	left := 0
	for _, f := range a.Findings {
		if f.Severity == document.SeverityNote && !f.Unclear {
			continue
		}
		if len(lines) > maxAssumed {
			left++
			continue
		}
		kind := f.Severity
		if f.Unclear {
			kind = "unclear"
		}
		lines = append(lines, f.File+":"+strconv.Itoa(f.Line)+": "+w.Code("severity", kind)+": "+f.Text)
	}
	if left > 0 {
		lines = append(lines, w.T("assumed.more", message.Int("n", left)))
	}
	return lines
}

// isUnclear says whether a rule stands for a place that was not understood.
func isUnclear(rule string) bool { return rule == "recipe-unclear" || rule == "program-unclear" }

// unclearPlaces are the places of a recipe or a program that were not understood, on
// which the rows hang.
func unclearPlaces(rows []*document.Verdict) []string {
	var places []string
	for _, r := range rows {
		for _, reason := range r.Reasons {
			if !isUnclear(reason.Rule) {
				continue
			}
			for _, e := range reason.Evidence {
				place := e.Key + ":" + strings.TrimPrefix(e.Name, "line ")
				if !slices.Contains(places, place) {
					places = append(places, place)
				}
			}
		}
	}
	return places
}
