package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/survey"
)

func newFeedCommand(app *App) *cobra.Command {
	today := ""
	cmd := &cobra.Command{
		Use:               "feed [ID|FILE...]",
		Example:           "tlsready services feed -o deadlines.ics\ntlsready services feed azure-backup exchange-online-pop-imap -f json",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.FixedCompletions(service.IDs(), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return app.feedServices(args, today) },
	}
	cmd.Flags().StringVar(&today, "today", "", "")
	return cmd
}

// feedServices writes the deadlines of the named services; without any, those of all
// that have not passed.
func (app *App) feedServices(args []string, today string) error {
	from, err := app.today(today)
	if err != nil {
		return err
	}
	ids := args
	if len(ids) == 0 {
		ids = service.IDs()
	}
	profiles := make([]*service.Profile, len(ids))
	for i, id := range ids {
		if profiles[i], err = survey.Service(id); err != nil {
			return err
		}
	}
	formats := formatsWith(func(f report.Format) bool { return f.Feed != nil })
	slices.SortStableFunc(formats, func(a, b Format) int { return strings.Compare(string(a), string(b)) }) // ics first
	return app.WriteOutputs(func(out *Output) error {
		f := out.Format.renderer()
		writer := feedWriter{app.Words, from, len(args) > 0}
		if f.JSON {
			writer.words = message.For("en")
		}
		return f.Feed(out, writer.feed(profiles), report.Options{Lang: writer.words.Lang()})
	}, formats...)
}

// feedWriter turns profiles into a feed in one language.
type feedWriter struct {
	words *message.Catalog
	from  service.Date
	past  bool // also what has passed
}

func (w feedWriter) feed(profiles []*service.Profile) *document.Feed {
	feed := &document.Feed{Title: w.words.Text("services.feed.title"), Day: w.from.String()}
	for _, p := range profiles {
		for _, ph := range p.Phases[1:] { // the first says how it always was
			if w.past || !ph.From.Before(w.from.Time) {
				feed.Items = append(feed.Items, w.item(p, ph))
			}
		}
	}
	slices.SortFunc(feed.Items, func(a, b document.FeedItem) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.ID, b.ID))
	})
	return feed
}

func (w feedWriter) item(p *service.Profile, ph service.Phase) document.FeedItem {
	name, versions := message.Str("service", w.in(p.Name)), message.Str("versions", w.versions(ph.Acceptance()))
	text := w.words.Text("services.feed.text", name, versions, message.Str("status", w.words.Text("status."+cmp.Or(ph.Status, "unverified"))), message.Str("asOf", p.AsOf.String()))
	if len(ph.Formerly) > 0 {
		text += "\n" + w.words.Text("services.formerly", message.Int("n", len(ph.Formerly)), message.Str("days", joined(ph.Formerly)))
	}
	if note := w.in(p.Note); note != "" {
		text += "\n" + note
	}
	item := document.FeedItem{
		ID: p.ID + "-" + ph.From.String(), Day: ph.From.String(), Status: cmp.Or(ph.Status, "unverified"), AsOf: p.AsOf.String(),
		Title: w.words.Text("services.feed.item", name, versions), Text: text,
	}
	if len(p.Citations) > 0 {
		item.URL = p.Citations[0].URL
	}
	return item
}

func (w feedWriter) in(words map[string]string) string {
	return cmp.Or(words[w.words.Lang()], words["en"])
}

func (w feedWriter) versions(a tlsready.Acceptance) string {
	switch {
	case a.Versions.IsAny():
		return w.words.Text("services.any")
	case a.Versions.IsUnknown():
		return w.words.Text("services.unknown")
	}
	return joined(a.Versions.List())
}
