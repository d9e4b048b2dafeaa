package site

import (
	"cmp"
	"html/template"
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
)

// What the front page shows of each list; a link leads to the whole.
const (
	maxPictures = 6
	maxTop      = 10
)

// indexData is the front page.
type indexData struct {
	Title, Headline, State string
	Old                    string // that the newest run is not new
	Missing                string // that something could not be read
	Deadlines              []fleetparts.Deadline
	Rest                   fleetparts.Table // deadlines without a picture
	Changes, Groups        *part
	Owners                 *part
	Seen                   []fleetparts.Fact
}

// part is the beginning of a list.
type part struct {
	Title string
	Table fleetparts.Table
	More  link
}

// index is the front page: the deadlines, then what is new, and where to begin.
func (b *builder) index() error {
	data := indexData{Title: b.T("title")}
	data.Headline, data.State = b.Headline(b.doc.Deadlines)
	data.Old, data.Missing = b.old(), b.missing()
	for i := range b.doc.Deadlines[:min(len(b.doc.Deadlines), maxPictures)] {
		data.Deadlines = append(data.Deadlines, b.deadline(&b.doc.Deadlines[i]))
	}
	var err error
	if data.Rest, err = b.rest(); err != nil {
		return err
	}
	changes := b.urgent(b.changes())
	head := b.Cols("date", "change", "host", "service", "owner", "system")
	if data.Changes, err = b.part("changes", head, len(changes), func(i int) []fleetparts.Cell { return b.changeCells("", changes[i]) }); err != nil {
		return err
	}
	if data.Groups, err = b.part("groups", b.groupHead(), len(b.doc.Groups), func(i int) []fleetparts.Cell { return b.groupCells("", &b.doc.Groups[i]) }); err != nil {
		return err
	}
	if data.Owners, err = b.part("owners", b.ownerHead(), len(b.doc.Owners), func(i int) []fleetparts.Cell { return b.ownerCells("", &b.doc.Owners[i]) }); err != nil {
		return err
	}
	data.Seen = b.seen()
	return b.page("index.html", data.Title, "index-page", data)
}

// rest are the deadlines for which there is no room for a picture.
func (b *builder) rest() (fleetparts.Table, error) {
	table := fleetparts.Table{Caption: b.T("rest"), Head: b.Cols("service", "date", "#not-ready", "#unknown", "#ready", "forecast")}
	for i := maxPictures; i < len(b.doc.Deadlines) && len(table.Rows) < pageRows; i++ {
		d := &b.doc.Deadlines[i]
		p := d.Last()
		row, err := b.Row(table.Head, fleetparts.Cell{Text: b.ServiceName(&d.Service), Href: deadlinePage(d.Service.ID)}, fleetparts.Cell{Text: b.When(&d.Service)},
			number(p.NotReady), number(p.Unknown), number(p.Ready), fleetparts.Cell{Text: b.Forecast(d)})
		if err != nil {
			return table, err
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

// recent is for how many days what fell back stands before what was mended since.
const recent = 30

// urgent puts first what somebody has to look at: of the last days what fell back, is not
// judged any more or is not seen any more.
func (b *builder) urgent(list []change) []change {
	newest := b.Newest
	pressing := func(c change) bool {
		return c.verdict != document.Connects && fleetparts.DaysBetween(c.date, newest) <= recent
	}
	var first, rest []change
	for _, c := range list {
		if pressing(c) {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(first, func(a, c change) int { return cmp.Compare(document.Rank(a.verdict), document.Rank(c.verdict)) })
	return append(first, rest...)
}

// part is the beginning of a list; nil if it is empty.
func (b *builder) part(name string, head []fleetparts.Column, n int, cells func(i int) []fleetparts.Cell) (*part, error) {
	if n == 0 {
		return nil, nil
	}
	rows := make([]template.HTML, min(n, maxTop))
	for i := range rows {
		row, err := b.Row(head, cells(i)...)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	title := b.T(name + ".title")
	p := &part{Title: title, Table: fleetparts.Table{Caption: title, Head: head, Rows: rows}}
	if n > len(rows) {
		p.More = link{Href: name + ".html", Word: b.T("all", message.Int("n", n))}
	}
	return p, nil
}

// old says that the newest run is some days old, if it is.
func (b *builder) old() string {
	const fresh = 2 // a run of last night is of yesterday
	newest := b.Newest
	if newest == "" {
		return ""
	}
	if n := fleetparts.DaysBetween(newest, b.doc.Today); n > fresh {
		return b.T("old", message.Int("n", n), message.Str("date", newest))
	}
	return ""
}

// missing says that something could not be read.
func (b *builder) missing() string {
	if n := len(b.doc.Sources.Losses); n > 0 {
		return b.T("missing", message.Int("n", max(n, b.doc.Sources.Damaged)))
	}
	return ""
}

// seen are the numbers of what was probed and seen on the wire.
func (b *builder) seen() []fleetparts.Fact {
	var list []fleetparts.Fact
	if n := len(b.doc.Endpoints); n > 0 {
		list = append(list, fleetparts.Fact{Text: b.T("seen.endpoints", message.Int("n", n)), Href: "endpoints.html"})
	}
	cut := 0
	for i := range b.doc.Clients {
		if c := b.doc.Clients[i].Class; c == document.ClassCannot || c == document.ClassLikely {
			cut++
		}
	}
	if n := len(b.doc.Clients); n > 0 {
		list = append(list, fleetparts.Fact{Text: b.T("seen.clients", message.Int("n", n), message.Int("cut", cut)), Href: "clients.html"})
	}
	return list
}
