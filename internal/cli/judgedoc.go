package cli

import (
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

func (r *run) writer(lang string) *assess.Writer {
	words := r.app.Words
	if lang != words.Lang() {
		words = message.For(lang)
	}
	return &assess.Writer{Words: words, Model: r.model}
}

// document gathers what was judged.
func (r *run) document(lang string, list []*assess.Judged, sum document.Summary) *document.Check {
	w := r.writer(lang)
	doc := &document.Check{
		Schema: document.CheckSchema, On: r.on.String(), Today: r.today.String(),
		Verdicts: []document.Verdict{}, Hosts: []document.Host{}, Summary: sum,
	}
	used := map[string]bool{}
	for _, j := range list {
		used[j.Demand.Service] = true
		doc.Verdicts = append(doc.Verdicts, w.Rows(j)...)
		doc.Hosts = append(doc.Hosts, w.Host(j))
	}
	for _, d := range r.services {
		if used[d.Demand.Service] {
			doc.Services = append(doc.Services, r.serviceDoc(d))
		}
	}
	return doc
}

func (r *run) serviceDoc(d assess.Demanded) document.Service {
	if d.Profile != nil {
		return assess.ServiceOf(d.Profile, d.Demand, r.on, r.today)
	}
	id := d.Demand.Service
	s := document.Service{ID: id, Name: map[string]string{"en": id, "ja": id}, Accepts: document.Accept(d.Demand.Now())}
	r.differencesInto(&s)
	return s
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
