package cli

import (
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// wordsOf are the words of a language.
func (app *App) wordsOf(lang string) *message.Catalog {
	if lang == app.words().Lang() {
		return app.words()
	}
	return message.For(lang)
}

// document gathers what was judged.
func (r *run) document(lang string, list []*assess.Judged, sum document.Summary) *document.Check {
	doc := r.Document(r.app.wordsOf(lang), list, sum)
	for i := range doc.Services {
		r.differencesInto(&doc.Services[i])
	}
	return doc
}

// commandLine is the command as it could be typed again, for the hints in a
// report on what to do next.
func (c *collector) commandLine(args []string) string {
	r := c.run
	parts := []string{"tlsready", c.command}
	if len(args) > 0 {
		parts = append(parts, joinArgs(args))
	}
	if r.flags.hosts != "" {
		parts = append(parts, "--hosts", quoteArg(r.flags.hosts))
	}
	if r.flags.via != "" {
		parts = append(parts, "--via", quoteArg(r.flags.via))
	}
	for _, s := range r.flags.services {
		parts = append(parts, "--service", quoteArg(s))
	}
	for _, e := range r.flags.endpoints {
		parts = append(parts, "--endpoint", quoteArg(e))
	}
	for _, c := range r.flags.callers {
		parts = append(parts, "--caller", quoteArg(c))
	}
	if r.flags.on != "" {
		parts = append(parts, "--on", r.flags.on)
	}
	return strings.Join(parts, " ")
}

func joinArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quoteArg(a)
	}
	return strings.Join(quoted, " ")
}

func quoteArg(s string) string {
	if strings.ContainsAny(s, " \t\"'") {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}

// width is how many columns an output has: the terminal's, else what COLUMNS
// says; 0 where nothing does.
func (app *App) width(out *Output) int {
	if out.Path == "-" && app.Width > 0 {
		return app.Width
	}
	return app.columns
}

// daysBetween counts from one day to another; negative where that has passed.
func daysBetween(from, to service.Date) int { return int(to.Sub(from.Time).Hours() / 24) }
