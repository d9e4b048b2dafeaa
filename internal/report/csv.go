package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
)

// csvRow is what a line of the CSV is made from. Verdict is nil for a host that was not
// judged, and if each line is a host.
type csvRow struct {
	check   *document.Check
	service *document.Service
	host    *document.Host
	verdict *document.Verdict
	rows    []*document.Verdict // of the host and service
}

type csvColumn struct {
	name string
	text func(r *csvRow) string
}

// CSVColumns are the names in the first line, in their order, of a line for each host,
// or with rows for each stack. docs/csv.md says what they mean.
func CSVColumns(rows bool) []string {
	var list []string
	for _, c := range csvColumns(rows) {
		list = append(list, c.name)
	}
	return list
}

func csvColumns(rows bool) []csvColumn {
	if rows {
		return slices.Concat(csvHostColumns(), csvRowColumns(), csvFixColumns())
	}
	return slices.Concat(csvWhoColumns(), csvOutcomeColumns(), csvFixColumns(), csvErrorColumns())
}

// csvOutcomeColumns are the outcome of a host, as its rows together have it.
func csvOutcomeColumns() []csvColumn {
	stacks := func(verdict string) func(*csvRow) string {
		return func(r *csvRow) string {
			var list []string
			for _, v := range r.rows {
				if v.Verdict == verdict && !slices.Contains(list, v.Stack) {
					list = append(list, v.Stack)
				}
			}
			return join(list)
		}
	}
	return []csvColumn{
		{"verdict", func(r *csvRow) string { return r.host.Verdict }},
		{"cause", func(r *csvRow) string { return view.Deref(r.host.Cause) }},
		{"failsFrom", func(r *csvRow) string { return view.Deref(r.host.FailsFrom) }},
		{"exposure", func(r *csvRow) string { return r.host.Exposure }},
		{"failing", stacks(document.Fails)},
		{"unknown", stacks(document.Unknown)},
		{"programs", func(r *csvRow) string {
			var list []string
			for _, v := range r.rows {
				for _, p := range v.Programs {
					if v.Verdict != document.Connects && !slices.Contains(list, p) {
						list = append(list, p)
					}
				}
			}
			return join(list)
		}},
		{"rules", func(r *csvRow) string {
			return joinOf(hostReasons(r), func(x document.Reason) string { return x.Rule })
		}},
		{"reasons", func(r *csvRow) string {
			return joinOf(hostReasons(r), func(x document.Reason) string { return x.Text })
		}},
	}
}

// hostReasons are those of the rows that have the host's own verdict, each once.
func hostReasons(r *csvRow) []document.Reason {
	var list []document.Reason
	for _, v := range r.rows {
		if v.Verdict != r.host.Verdict {
			continue
		}
		for _, why := range v.Reasons {
			if !slices.ContainsFunc(list, func(x document.Reason) bool { return x.Rule == why.Rule && x.Text == why.Text }) {
				list = append(list, why)
			}
		}
	}
	return list
}

func csvErrorColumns() []csvColumn {
	return []csvColumn{
		{"error", func(r *csvRow) string { return r.host.Error }},
		{"hint", func(r *csvRow) string { return r.host.Hint }},
	}
}

// csvWhoColumns say which host it is, and what was asked of it.
func csvWhoColumns() []csvColumn {
	return []csvColumn{
		{"host", func(r *csvRow) string { return r.host.Host }},
		{"folder", func(r *csvRow) string { return r.host.Folder }},
		{"owner", func(r *csvRow) string { return r.host.Labels["owner"] }},
		{"labels", func(r *csvRow) string { return labelText(r.host.Labels) }},
		{"source", func(r *csvRow) string { return r.host.Source }},
		{"os", osColumn(func(o *host.OS) string { return o.Name })},
		{"osVersion", osColumn(func(o *host.OS) string { return o.Version })},
		{"osBuild", osColumn(func(o *host.OS) string { return strconv.Itoa(o.Build) })},
		{"architecture", osColumn(func(o *host.OS) string { return o.Architecture })},
		{"program", func(r *csvRow) string { return r.host.Program }},
		{"service", func(r *csvRow) string { return r.host.Service }},
		{"on", func(r *csvRow) string { return r.check.On }},
		{"today", func(r *csvRow) string { return r.check.Today }},
		{"from", func(r *csvRow) string { return r.service.From }},
	}
}

// csvHostColumns are what every row says of its host.
func csvHostColumns() []csvColumn {
	return slices.Concat(csvWhoColumns(), []csvColumn{
		{"hostVerdict", func(r *csvRow) string { return r.host.Verdict }},
		{"hostCause", func(r *csvRow) string { return view.Deref(r.host.Cause) }},
		{"hostFailsFrom", func(r *csvRow) string { return view.Deref(r.host.FailsFrom) }},
		{"exposure", func(r *csvRow) string { return r.host.Exposure }},
	}, csvErrorColumns())
}

func osColumn(text func(*host.OS) string) func(*csvRow) string {
	return func(r *csvRow) string {
		if r.host.OS == nil {
			return ""
		}
		return text(r.host.OS)
	}
}

func csvRowColumns() []csvColumn {
	own := func(text func(*document.Verdict) string) func(*csvRow) string {
		return func(r *csvRow) string {
			if r.verdict == nil {
				return ""
			}
			return text(r.verdict)
		}
	}
	return []csvColumn{
		{"caller", own(func(v *document.Verdict) string { return v.Caller })},
		{"stack", own(func(v *document.Verdict) string { return v.Stack })},
		{"verdict", own(func(v *document.Verdict) string { return v.Verdict })},
		{"cause", own(func(v *document.Verdict) string { return view.Deref(v.Cause) })},
		{"failsFrom", own(func(v *document.Verdict) string { return view.Deref(v.FailsFrom) })},
		{"offerVersions", own(func(v *document.Verdict) string { return join(view.Texts(view.OfferVersions(v.Offer))) })},
		{"acceptsVersions", own(func(v *document.Verdict) string {
			if v.Accepts == nil {
				return ""
			}
			return join(view.Texts(v.Accepts.Versions.List()))
		})},
		{"rules", own(func(v *document.Verdict) string {
			return joinOf(v.Reasons, func(r document.Reason) string { return r.Rule })
		})},
		{"reasons", own(func(v *document.Verdict) string {
			return joinOf(v.Reasons, func(r document.Reason) string { return r.Text })
		})},
		{"evidence", own(evidenceColumn)},
	}
}

func evidenceColumn(v *document.Verdict) string {
	var list []string
	for _, r := range v.Reasons {
		for _, e := range r.Evidence {
			text := strings.TrimSpace(e.Key+" "+e.Name) + "=" + string(e.State)
			if e.Type != "" {
				text += ":" + view.DataText(e.Data)
			}
			list = append(list, text)
		}
	}
	return join(list)
}

func csvFixColumns() []csvColumn {
	return []csvColumn{
		{"fixable", func(r *csvRow) string { return view.YesNo(r.host.Fixable) }},
		{"prerequisites", func(r *csvRow) string {
			return joinOf(r.host.Prerequisites, func(p document.Prerequisite) string {
				if p.Or != "" {
					return p.Kind + " " + p.ID + " or " + p.Or
				}
				return p.Kind + " " + p.ID
			})
		}},
		{"changes", func(r *csvRow) string { return joinOf(r.host.Changes, changeColumn) }},
		{"restart", func(r *csvRow) string { return r.host.Restart }},
		{"redundant", func(r *csvRow) string { return joinOf(r.host.Redundant, changeColumn) }},
		{"warnings", func(r *csvRow) string { return join(warningCodes(r)) }},
	}
}

func changeColumn(c document.Change) string {
	if c.Delete {
		return c.Key + " " + c.Name + " deleted"
	}
	return c.Key + " " + c.Name + "=" + string(c.Type) + ":" + view.DataText(c.Data)
}

func warningCodes(r *csvRow) []string {
	var list []string
	notes := r.host.Warnings
	switch {
	case r.verdict != nil:
		notes = slices.Concat(notes, r.verdict.Warnings)
	case len(r.rows) > 0:
		notes = slices.Clone(notes)
		for _, v := range r.rows {
			notes = append(notes, v.Warnings...)
		}
	}
	for _, n := range notes {
		if !slices.Contains(list, n.Code) {
			list = append(list, n.Code)
		}
	}
	return list
}

func labelText(labels map[string]string) string {
	list := make([]string, 0, len(labels))
	for k, v := range labels {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return join(list)
}

// join puts several things into one cell.
func join(list []string) string { return strings.Join(list, "; ") }

func joinOf[T any](list []T, text func(T) string) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = text(x)
	}
	return join(out)
}

// csvFormat is for spreadsheets.
func csvFormat() view.Format {
	return view.Format{Name: "csv", Extensions: []string{".csv"}, Check: CSV, Diff: diffCSV, Endpoints: newEndpointCSV, Watch: newWatchCSV}
}

// CSV writes one line for each host and service. With Rows it writes one for each row of
// the document, with its host's columns in the same line, and one for each host without
// rows. It is UTF-8 with BOM and CRLF, as spreadsheets on Windows take it (contract:
// docs/csv.md).
func CSV(w io.Writer, c *document.Check, o view.Options) error {
	buffered := bufio.NewWriterSize(w, view.BufferSize)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	if err := out.Write(CSVColumns(o.Rows)); err != nil {
		return err
	}
	if err := csvHosts(out, c, o.Rows); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func csvHosts(out *csv.Writer, c *document.Check, byRow bool) error {
	rows, services, columns := view.RowsByHost(c), view.ServiceIndex(c), csvColumns(byRow)
	cells := make([]string, len(columns))
	for i := range c.Hosts {
		h := &c.Hosts[i]
		own := rows[view.HostService{Host: h.Host, Service: h.Service}]
		lines := own
		if len(own) == 0 || !byRow {
			lines = []*document.Verdict{nil}
		}
		for _, v := range lines {
			r := csvRow{c, services[h.Service], h, v, own}
			for n, column := range columns {
				cells[n] = neutral(column.text(&r))
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// neutral keeps a spreadsheet from taking a cell for a formula: text that begins
// with = + - @, a tab or a line break gets an apostrophe in front (OWASP, "CSV
// Injection").
func neutral(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	return "'" + s
}
