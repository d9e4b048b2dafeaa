package view

import (
	"cmp"
	"fmt"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// WatchStack is what a client's stack is, and how well that is founded.
func WatchStack(w *message.Catalog, c *document.WatchClient) string {
	if c.Stack == "" {
		return w.Text("watch.stack-unknown")
	}
	name := c.Stack
	if c.StackName != "" {
		name = c.StackName + " (" + c.Stack + ")"
	}
	if c.StackIs == "" {
		return name
	}
	return w.Text("watch.stack", message.Str("stack", name), message.Str("is", w.Text("watch.is."+c.StackIs)))
}

// WatchSeen is when and how often a client came, and with what.
func WatchSeen(w *message.Catalog, c *document.WatchClient) string {
	parts := []string{w.Text("watch.connections", message.Int("n", c.Connections))}
	if !c.First.IsZero() {
		parts = append(parts, Moment(c.First)+" – "+Moment(c.Last))
	}
	if c.Old > 0 {
		parts = append(parts, w.Text("watch.old", message.Int("n", c.Old)))
	}
	if c.Offered != 0 {
		parts = append(parts, w.Text("watch.offered", message.Str("version", c.Offered.String())))
	}
	for _, v := range VersionsOf(c.Negotiated) {
		parts = append(parts, fmt.Sprintf("%s: %d", v, c.Negotiated[v]))
	}
	if !c.Since.IsZero() {
		parts = append(parts, w.Text("watch.since", message.Str("when", Moment(c.Since))))
	}
	return strings.Join(parts, " · ")
}

// WatchServer is what a client did at a server.
func WatchServer(w *message.Catalog, s document.WatchServer) string {
	name := cmp.Or(s.Server, "-")
	if s.ServerName != "" {
		name += " " + s.ServerName
	}
	parts := []string{name, w.Text("watch.connections", message.Int("n", s.Connections))}
	if len(s.Negotiated) > 0 {
		parts = append(parts, strings.Join(Texts[tlsready.Version](s.Negotiated), ", "))
	}
	if s.Finding != "" {
		parts = append(parts, w.Text("watch.finding."+s.Finding))
	}
	return strings.Join(parts, " · ")
}

// WatchEvidence is what a source has of a client.
func WatchEvidence(w *message.Catalog, e document.WatchEvidence) string {
	parts := []string{e.Source + " (" + e.Format + ")", w.Text("watch.connections", message.Int("n", e.Connections))}
	if e.Hellos > 0 {
		parts = append(parts, w.Text("watch.hellos", message.Int("n", e.Hellos)))
	}
	if !e.First.IsZero() {
		parts = append(parts, Moment(e.First)+" – "+Moment(e.Last))
	}
	return strings.Join(parts, " · ")
}

// WatchHours are hours of the week in few words: "Mon 02–04, Thu 13". More than a dozen
// spans are no pattern, and only counted.
func WatchHours(w *message.Catalog, hours []int) string {
	var spans []string
	for i := 0; i < len(hours); {
		end := i
		for end+1 < len(hours) && hours[end+1] == hours[end]+1 && hours[end+1]/24 == hours[i]/24 {
			end++
		}
		span := fmt.Sprintf("%s %02d", w.Text(fmt.Sprintf("watch.day.%d", hours[i]/24)), hours[i]%24)
		if end > i {
			span += fmt.Sprintf("–%02d", hours[end]%24)
		}
		spans = append(spans, span)
		i = end + 1
	}
	const few = 12
	switch {
	case len(spans) == 0:
		return ""
	case len(spans) > few:
		return w.Text("watch.hours.many", message.Int("n", len(hours)))
	}
	return w.Text("watch.hours", message.Str("hours", strings.Join(spans, ", ")))
}

// WatchPlan is what a plan of brownouts meets; nothing if nobody asked.
func WatchPlan(w *message.Catalog, p *document.WatchPlan) []string {
	if p == nil {
		return nil
	}
	file := message.Str("file", p.File)
	if !p.Brownouts {
		return []string{w.Text("watch.plan.none", file)}
	}
	lines := []string{w.Text("watch.plan", file, message.Int("met", p.Met), message.Int("missed", p.Missed))}
	if p.Timeless > 0 {
		lines = append(lines, w.Text("watch.plan.timeless", message.Int("n", p.Timeless)))
	}
	return lines
}

// WatchMissed are the clients that no brownout of the plan meets.
func WatchMissed(clients []document.WatchClient) []*document.WatchClient {
	var missed []*document.WatchClient
	for i := range clients {
		if clients[i].Window == document.WindowMissed {
			missed = append(missed, &clients[i])
		}
	}
	return missed
}

// WatchWindow says whether a brownout of the plan meets a client; "" if nobody asked.
func WatchWindow(w *message.Catalog, c *document.WatchClient) string {
	if c.Window == "" {
		return ""
	}
	return w.Text("watch.window." + c.Window)
}
