package assess

import (
	"cmp"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// FeedWriter turns profiles into a feed of their deadlines in one language.
type FeedWriter struct {
	Words *message.Catalog
	From  service.Date // the day from which on deadlines count
	Past  bool         // also what has passed
}

// Feed lists the phases of profiles, the earliest first.
func (w FeedWriter) Feed(profiles []*service.Profile) *document.Feed {
	feed := &document.Feed{Title: w.Words.Text("services.feed.title"), Day: w.From.String()}
	for _, p := range profiles {
		for _, ph := range p.Phases[1:] { // the first says how it always was
			if w.Past || !ph.From.Before(w.From.Time) {
				feed.Items = append(feed.Items, w.item(p, ph))
			}
		}
	}
	slices.SortFunc(feed.Items, func(a, b document.FeedItem) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.ID, b.ID))
	})
	return feed
}

func (w FeedWriter) item(p *service.Profile, ph service.Phase) document.FeedItem {
	name, versions := message.Str("service", w.in(p.Name)), message.Str("versions", w.versions(ph.Acceptance()))
	text := w.Words.Text("services.feed.text", name, versions, message.Str("status", w.Words.Text("status."+cmp.Or(ph.Status, "unverified"))), message.Str("asOf", p.AsOf.String()))
	if len(ph.Formerly) > 0 {
		text += "\n" + w.Words.Text("services.formerly", message.Int("n", len(ph.Formerly)), message.Str("days", days(ph.Formerly)))
	}
	if note := w.in(p.Note); note != "" {
		text += "\n" + note
	}
	item := document.FeedItem{
		ID: p.ID + "-" + ph.From.String(), Day: ph.From.String(), Status: cmp.Or(ph.Status, "unverified"), AsOf: p.AsOf.String(),
		Title: w.Words.Text("services.feed.item", name, versions), Text: text,
	}
	if len(p.Citations) > 0 {
		item.URL = p.Citations[0].URL
	}
	return item
}

func (w FeedWriter) in(words map[string]string) string {
	return cmp.Or(words[w.Words.Lang()], words["en"])
}

func (w FeedWriter) versions(a tlsready.Acceptance) string {
	switch {
	case a.Versions.IsAny():
		return w.Words.Text("services.any")
	case a.Versions.IsUnknown():
		return w.Words.Text("services.unknown")
	}
	return w.Words.Join(axisNames(a.Versions.List()))
}

func days(list []service.Date) string {
	words := make([]string, len(list))
	for i, d := range list {
		words[i] = d.String()
	}
	return strings.Join(words, ", ")
}
