package pages

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// export writes all hosts of a question: as JSON Lines, or as CSV as the other commands
// write it (docs/csv.md).
func (p *pages) export(write func(*request, io.Writer) error, name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := p.open(r)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		out := bufio.NewWriterSize(w, view.BufferSize)
		if err := write(q, out); err == nil {
			_ = out.Flush() // the one who asked has gone
			return
		}
		// What has been sent cannot be taken back: the connection is cut, so that nobody
		// takes the rest for the whole.
		panic(http.ErrAbortHandler)
	}
}

func (q *request) jsonLines(w io.Writer) error {
	enc := json.NewEncoder(w)
	return q.eachHost(func(row *document.HostRow) error { return enc.Encode(row) })
}

func (q *request) eachHost(put func(*document.HostRow) error) error {
	s, ok, err := q.series()
	if err != nil || !ok {
		return err
	}
	for row, err := range q.fleet.EachHost(q.ctx(), q.hostQuery(s)) {
		if err != nil {
			return err
		}
		if err := put(&row); err != nil {
			return err
		}
	}
	return nil
}

// csvColumns are the columns of the list of hosts.
func csvColumns() []struct {
	name string
	text func(*document.HostRow) string
} {
	return []struct {
		name string
		text func(*document.HostRow) string
	}{
		{"host", func(h *document.HostRow) string { return h.Host }},
		{"name", func(h *document.HostRow) string { return h.Name }},
		{"os", func(h *document.HostRow) string { return h.OS }},
		{"owner", func(h *document.HostRow) string { return h.Owner }},
		{"ownerMail", func(h *document.HostRow) string { return h.OwnerMail }},
		{"site", func(h *document.HostRow) string { return h.Tags[siteTag] }},
		{"addresses", func(h *document.HostRow) string { return sheet.Join(h.Addresses) }},
		{"verdict", func(h *document.HostRow) string { return h.Verdict }},
		{"cause", func(h *document.HostRow) string { return h.Cause }},
		{"failsFrom", func(h *document.HostRow) string { return h.FailsFrom }},
		{"fixable", func(h *document.HostRow) string { return h.Fixable }},
		{"restart", func(h *document.HostRow) string { return h.Restart }},
		{"since", func(h *document.HostRow) string { return h.Since }},
		{"turn", func(h *document.HostRow) string { return h.Turn }},
		{"judged", func(h *document.HostRow) string { return h.Judged }},
		{"exemptUntil", func(h *document.HostRow) string { return h.ExemptUntil }},
		{"error", func(h *document.HostRow) string { return h.Error }},
	}
}

func (q *request) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	columns := csvColumns()
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	err := q.eachHost(func(row *document.HostRow) error {
		for i, c := range columns {
			cells[i] = sheet.Neutral(strings.ToValidUTF8(c.text(row), "\uFFFD"))
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
