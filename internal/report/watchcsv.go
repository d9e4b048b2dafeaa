package report

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// watchCSV writes a line for each client, and one for each owner that was never seen.
type watchCSV struct {
	out   *bufio.Writer
	words *message.Catalog
}

func newWatchCSV(w io.Writer, o view.WatchOptions) view.WatchWriter {
	return &watchCSV{view.Buffered(w), o.Words}
}

type watchColumn struct {
	name string
	text func(w *message.Catalog, c *document.WatchClient) string
}

// WatchCSVColumns are the names in the first line, in their order. docs/csv.md says what
// they mean.
func WatchCSVColumns() []string {
	var list []string
	for _, c := range watchColumns() {
		list = append(list, c.name)
	}
	return list
}

func watchColumns() []watchColumn {
	plain := func(text func(c *document.WatchClient) string) func(*message.Catalog, *document.WatchClient) string {
		return func(_ *message.Catalog, c *document.WatchClient) string { return text(c) }
	}
	return []watchColumn{
		{"owner", plain(func(c *document.WatchClient) string { return c.Owner })},
		{"mail", plain(func(c *document.WatchClient) string { return c.OwnerMail })},
		{"client", plain(func(c *document.WatchClient) string { return c.Client })},
		{"names", plain(func(c *document.WatchClient) string { return sheet.Join(c.Names) })},
		{"class", plain(func(c *document.WatchClient) string { return c.Class })},
		{"survives", plain(func(c *document.WatchClient) string { return c.Survives.String() })},
		{"likely", plain(func(c *document.WatchClient) string { return c.Likely })},
		{"stack", plain(func(c *document.WatchClient) string { return c.Stack })},
		{"stackIs", plain(func(c *document.WatchClient) string { return c.StackIs })},
		{"stacksBehindAddress", plain(func(c *document.WatchClient) string { return strconv.Itoa(c.Behind) })},
		{"userAgent", plain(func(c *document.WatchClient) string { return c.UserAgent })},
		{"process", plain(func(c *document.WatchClient) string { return c.Process })},
		{"ja4", plain(func(c *document.WatchClient) string { return c.JA4 })},
		{"firstSeen", plain(func(c *document.WatchClient) string { return timeText(c.First) })},
		{"lastSeen", plain(func(c *document.WatchClient) string { return timeText(c.Last) })},
		{"lastSeenOld", plain(func(c *document.WatchClient) string { return timeText(c.LastOld) })},
		{"provenSince", plain(func(c *document.WatchClient) string { return timeText(c.Since) })},
		{"connections", plain(func(c *document.WatchClient) string { return strconv.Itoa(c.Connections) })},
		{"old", plain(func(c *document.WatchClient) string { return strconv.Itoa(c.Old) })},
		{"offered", plain(offeredText)},
		{"negotiated", plain(negotiatedText)},
		{"servers", plain(serversText)},
		{"sources", plain(func(c *document.WatchClient) string {
			return sheet.JoinOf(c.Evidence, func(e document.WatchEvidence) string { return e.Source })
		})},
		{"why", func(w *message.Catalog, c *document.WatchClient) string { return w.Render(c.Why) }},
		{"remedy", func(w *message.Catalog, c *document.WatchClient) string { return w.Render(c.Remedy) }},
		{"window", plain(func(c *document.WatchClient) string { return c.Window })},
	}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func offeredText(c *document.WatchClient) string {
	if c.Offered == 0 {
		return ""
	}
	return c.Offered.String()
}

func negotiatedText(c *document.WatchClient) string {
	var list []string
	for _, v := range view.VersionsOf(c.Negotiated) {
		list = append(list, v.String()+"="+strconv.Itoa(c.Negotiated[v]))
	}
	return sheet.Join(list)
}

func serversText(c *document.WatchClient) string {
	list := sheet.JoinOf(c.Servers, func(s document.WatchServer) string {
		if s.ServerName == "" {
			return s.Server
		}
		return s.Server + " " + s.ServerName
	})
	if c.MoreServer > 0 {
		list += "; +" + strconv.Itoa(c.MoreServer)
	}
	return list
}

// Connection does nothing: a line is a client.
func (*watchCSV) Connection(*document.Connection) error { return nil }

// End writes everything.
func (t *watchCSV) End(w *document.Watch) error {
	if _, err := t.out.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(t.out)
	out.UseCRLF = true
	if err := out.Write(WatchCSVColumns()); err != nil {
		return err
	}
	for i := range w.Clients {
		if err := t.line(out, &w.Clients[i]); err != nil {
			return err
		}
	}
	for i := range w.Owners {
		if o := &w.Owners[i]; o.State == document.OwnerNever {
			c := document.WatchClient{Owner: o.Owner, OwnerMail: o.Mail, Class: document.OwnerNever}
			if err := t.line(out, &c); err != nil {
				return err
			}
		}
	}
	if out.Flush(); out.Error() != nil {
		return out.Error()
	}
	return t.out.Flush()
}

func (t *watchCSV) line(out *csv.Writer, c *document.WatchClient) error {
	var cells []string
	for _, column := range watchColumns() {
		cells = append(cells, sheet.Neutral(column.text(t.words, c)))
	}
	return out.Write(cells)
}
