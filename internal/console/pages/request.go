package pages

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/store"
)

// request is a request for a page: in which language, of whose fleet, by whom.
type request struct {
	fleetparts.Parts
	*http.Request
	fleet   *answer.Tenant
	visitor web.Visitor
	queued  bool // the server has a queue of jobs
	hosts   int  // how many there are; 0 until somebody asks
}

// page answers with what made comes to, or says what went wrong.
func (p *pages) page(at string, made func(*request) (look.Page, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := p.open(r)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		shown, err := made(q)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		shown.At = at
		p.Show(w, r, http.StatusOK, shown)
	}
}

func (p *pages) open(r *http.Request) (*request, error) {
	v := web.Of(r.Context())
	t, err := p.room.Of(r.Context(), v.Tenant)
	if err != nil {
		return nil, err
	}
	q := &request{Parts: p.Parts(r), Request: r, fleet: t, visitor: v, queued: p.queue != nil}
	q.Today = t.Today().String()
	return q, nil
}

// say is the text "pages.<id>".
func (q *request) say(id string, args ...message.Arg) string { return q.W.Text("pages."+id, args...) }

func (q *request) ctx() context.Context { return q.Context() }

// get is a parameter of the address.
func (q *request) get(name string) string { return q.URL.Query().Get(name) }

// shown is a parameter of the address as a field of a form shows it again.
func (q *request) shown(name string) string { return fleetparts.Short(q.get(name)) }

// maxHref bounds an address that has a name from outside in it, in bytes: what is longer
// leads nowhere, and a list of such would fill the page.
const maxHref = 4 << 10

// table makes a table of n rows.
func (q *request) table(caption string, head []fleetparts.Column, n int, cells func(i int) []fleetparts.Cell) (fleetparts.Table, error) {
	t := fleetparts.Table{Caption: caption, Head: head, Rows: make([]template.HTML, n)}
	for i := range n {
		list := cells(i)
		for j := range list {
			if len(list[j].Href) > maxHref {
				list[j].Href = ""
			}
		}
		row, err := q.Row(head, list...)
		if err != nil {
			return t, err
		}
		t.Rows[i] = row
	}
	return t, nil
}

// filled is table without the columns in which nothing stands.
func (q *request) filled(caption string, head []fleetparts.Column, n int, cells func(i int) []fleetparts.Cell) (fleetparts.Table, error) {
	rows := make([][]fleetparts.Cell, n)
	used := make([]bool, len(head))
	for i := range n {
		rows[i] = cells(i)
		for j, c := range rows[i] {
			used[j] = used[j] || c.Text != "" || c.Small != "" || c.Note != ""
		}
	}
	kept := make([]fleetparts.Column, 0, len(head))
	for j, column := range head {
		if used[j] {
			kept = append(kept, column)
		}
	}
	return q.table(caption, kept, n, func(i int) []fleetparts.Cell {
		var row []fleetparts.Cell
		for j, c := range rows[i] {
			if used[j] {
				row = append(row, c)
			}
		}
		return row
	})
}

func number[N int | int64](n N) fleetparts.Cell {
	return fleetparts.Cell{Text: strconv.FormatInt(int64(n), 10)}
}

// daysFrom is a day some days after another, both YYYY-MM-DD.
func daysFrom(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}

// day is the day of a moment; "" for none.
func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.DateOnly)
}

// moment is a time to the minute; "" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// timed is a cell with a moment.
func timed(at time.Time) fleetparts.Cell { return fleetparts.Cell{Text: moment(at), Whole: true} }

// serviceName is the name of a service that may be known.
func (q *request) serviceName(s document.Series) string {
	of := judges.Service(store.Series(s), q.fleet.Today())
	return q.ServiceName(&of)
}

// The parameters of a series in an address.
const (
	paramService = "service"
	paramOn      = "on"
	paramCallers = "callers"
)

// withSeries adds a series to the parameters of an address.
func withSeries(v url.Values, s document.Series) url.Values {
	for name, value := range map[string]string{paramService: s.Service, paramOn: s.On, paramCallers: s.Callers} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// hostsAt is the address of the list of hosts of a series, narrowed by pairs of a parameter
// and its value.
func hostsAt(s document.Series, pairs ...string) string {
	v := withSeries(url.Values{}, s)
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "/hosts?" + v.Encode()
}

// hostAt is the address of a host's page.
func hostAt(id string) string { return "/hosts/" + part(id) }

// part is an id in an address, where it may hold anything. The id of a host looks like a
// path, and stands there as one. But browsers take the steps "." and ".." out of an address,
// so that an id that holds them would lead to another page, or send a form there (WHATWG URL,
// section 4.4), and servers and proxies make one slash out of two: such an id is one step.
func part(id string) string {
	for step := range strings.SplitSeq(id, "/") {
		if step == "" || step == "." || step == ".." {
			return url.PathEscape(id)
		}
	}
	return (&url.URL{Path: "/" + id}).EscapedPath()[1:]
}

// series is the one that a request asks for, else the most urgent. ok is false if nothing
// was judged yet.
func (q *request) series() (s store.Series, ok bool, err error) {
	if id := q.get(paramService); id != "" {
		return store.Series{Service: id, On: q.get(paramOn), Callers: q.get(paramCallers)}, true, nil
	}
	return q.fleet.Urgent(q.ctx())
}

// wrong is a mistake of whoever asks.
func wrong(id string, args ...message.Arg) error {
	return web.Mistake(http.StatusBadRequest, message.Error("pages.error."+id, args...))
}
