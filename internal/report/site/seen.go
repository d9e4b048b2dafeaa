package site

import (
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// endpointList lists the endpoints that were probed.
func (b *builder) endpointList() error {
	if len(b.doc.Endpoints) == 0 {
		return nil
	}
	p := listPage{Title: b.T("endpoints.title"), Lines: []string{b.T("endpoints.intro")}}
	head := b.Cols("endpoint", "versions", "clients-yes-no", "certificate", "since", "last-seen")
	return b.list("endpoints", p, head, len(b.doc.Endpoints), func(i int) []fleetparts.Cell {
		e := &b.doc.Endpoints[i]
		counts := strconv.Itoa(e.Connect) + " / " + strconv.Itoa(e.Cannot) + " / " + strconv.Itoa(e.Undecided)
		before := ""
		if n := len(e.History); n > 1 {
			was := e.History[n-2]
			before = b.T("endpoint.before", message.Str("versions", b.versions(was.Versions)), message.Str("date", was.To))
		}
		return []fleetparts.Cell{
			{Text: e.Endpoint, Note: e.Error},
			{Text: b.versions(e.Versions), Small: b.openVersions(e.Open)},
			{Text: counts},
			{Text: view.Dash(e.NotAfter)},
			{Text: e.Since, Small: before},
			{Text: e.LastSeen},
		}
	})
}

func (b *builder) versions(list []tlsready.Version) string {
	if len(list) == 0 {
		return view.Dash("")
	}
	return b.W.List(view.Texts(list))
}

func (b *builder) openVersions(list []tlsready.Version) string {
	if len(list) == 0 {
		return ""
	}
	return b.T("endpoint.open", message.Str("versions", b.versions(list)))
}

// clientList lists the clients that were seen.
func (b *builder) clientList() error {
	if len(b.doc.Clients) == 0 {
		return nil
	}
	p := listPage{Title: b.T("clients.title"), Lines: []string{b.T("clients.intro", message.Int("n", len(b.doc.Clients)))}}
	if n := b.doc.Sources.MoreClients; n > 0 {
		p.Lines = append(p.Lines, b.T("clients.more", message.Int("n", n)))
	}
	head := b.Cols("client", "outcome", "last-old", "last-seen", "#connections", "owner", "stack", "server")
	return b.list("clients", p, head, len(b.doc.Clients), func(i int) []fleetparts.Cell {
		c := &b.doc.Clients[i]
		return []fleetparts.Cell{
			{Text: c.Client, Small: c.Address},
			{Text: b.W.Text("watch.state." + c.Class), Badge: colour(c.Class)},
			{Text: view.Dash(view.Moment(c.LastOld))},
			{Text: view.Moment(c.Last)},
			number(c.Connections),
			{Text: c.Owner, Small: c.OwnerMail},
			{Text: view.Dash(c.Stack), Small: strings.TrimSpace(c.UserAgent + " " + c.Process), Note: b.remedy(c)},
			{Text: b.W.List(c.Servers)},
		}
	})
}

// remedy is what helps a client that would be cut off. Lines have it in English alone.
func (b *builder) remedy(c *document.FleetClient) string {
	if c.Class != document.ClassCannot && c.Class != document.ClassLikely {
		return ""
	}
	return b.W.Render(c.Remedy)
}

// colour is the verdict whose colour a class of clients has.
func colour(class string) string {
	switch class {
	case document.ClassCannot:
		return document.Fails
	case document.ClassLikely, document.ClassUnknown, document.ClassKeptDown:
		return document.Unknown
	}
	return document.Connects
}

// runData is the page on what was read.
type runData struct {
	Title        string
	Lines        []string
	Days, Files  fleetparts.Table
	Losses       []loss
	LossesTitle  string
	MoreDays     string
	MoreFiles    string
	MoreTroubles string
}

type loss struct{ Where, What string }

// How many bytes the parts of the page on the runs may have; the counts are of all.
const (
	dayBytes  = 48 << 10 // some 120 days
	fileBytes = 48 << 10
	lossBytes = 32 << 10
)

// runPage says which days there are, what was read, and what was not.
func (b *builder) runPage() error {
	s := &b.doc.Sources
	data := runData{Title: b.T("runs.title"), LossesTitle: b.T("runs.losses")}
	data.Lines = append(data.Lines, b.T("runs.intro", message.Int("files", len(s.Files)), message.Int("days", len(b.doc.Days))))
	if s.Damaged > 0 {
		data.Lines = append(data.Lines, b.T("runs.damaged", message.Int("n", s.Damaged)))
	}
	if s.PassedOver > 0 {
		data.Lines = append(data.Lines, b.T("runs.passed", message.Int("n", s.PassedOver)))
	}
	if err := b.dayTable(&data); err != nil {
		return err
	}
	if err := b.fileTable(&data); err != nil {
		return err
	}
	size := 0
	for i, l := range s.Losses {
		if size > lossBytes {
			data.MoreTroubles = b.T("more", message.Int("n", len(s.Losses)-i))
			break
		}
		one := loss{fleetparts.Short(l.Where()), fleetparts.Short(b.W.Render(l.What))}
		size += len(one.Where) + len(one.What)
		data.Losses = append(data.Losses, one)
	}
	return b.page("runs.html", data.Title, "runs-page", data)
}

func (b *builder) dayTable(data *runData) error {
	head := b.Cols("date", "#hosts", "#fails", "#unknown", "#connects", "#notInstalled", "#unreadable", "#unseen", "note")
	data.Days = fleetparts.Table{Caption: b.T("runs.days"), Head: head}
	size := 0
	for i := len(b.doc.Days) - 1; i >= 0; i-- {
		if size > dayBytes {
			data.MoreDays = b.T("more", message.Int("n", i+1))
			break
		}
		d := &b.doc.Days[i]
		note := ""
		if d.Cut {
			note = b.T("cut")
		}
		n := d.Summary
		row, err := b.Row(head, fleetparts.Cell{Text: d.Date}, number(n.Hosts), number(n.Fails), number(n.Unknown), number(n.Connects), number(n.NotInstalled), number(n.Unreadable), number(d.Unseen), fleetparts.Cell{Text: note})
		if err != nil {
			return err
		}
		size += len(row)
		data.Days.Rows = append(data.Days.Rows, row)
	}
	return nil
}

func (b *builder) fileTable(data *runData) error {
	head := b.Cols("file", "date", "dated-by", "kinds", "#lines", "#damaged")
	data.Files = fleetparts.Table{Caption: b.T("runs.files"), Head: head}
	size := 0
	for i := len(b.doc.Sources.Files) - 1; i >= 0; i-- {
		if size > fileBytes {
			data.MoreFiles = b.T("more", message.Int("n", i+1))
			break
		}
		f := &b.doc.Sources.Files[i]
		days := ""
		switch n := len(f.Days); {
		case n == 1:
			days = f.Days[0]
		case n > 1:
			days = f.Days[0] + " – " + f.Days[n-1]
		}
		note := ""
		if f.Cut {
			note = b.T("cut")
		}
		by := ""
		if f.DatedBy != "" {
			by = b.T("dated." + f.DatedBy)
		}
		row, err := b.Row(head, fleetparts.Cell{Text: f.File, Small: note}, fleetparts.Cell{Text: days}, fleetparts.Cell{Text: by}, fleetparts.Cell{Text: b.W.List(f.Kinds)}, number(f.Lines), number(f.Damaged))
		if err != nil {
			return err
		}
		size += len(row)
		data.Files.Rows = append(data.Files.Rows, row)
	}
	return nil
}
