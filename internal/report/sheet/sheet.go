// Package sheet writes results as CSV, for spreadsheets (contract: docs/csv.md).
package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
)

// row is what a line of the CSV is made from. Verdict is nil for a host that was not
// judged, and if each line is a host.
type row struct {
	check   *document.Check
	service *document.Service
	host    *document.Host
	verdict *document.Verdict
	rows    []*document.Verdict // of the host and service
}

type column struct {
	name string
	text func(r *row) string
}

// Columns are the names in the first line, in their order, of a line for each host,
// or with rows for each stack. docs/csv.md says what they mean.
func Columns(rows bool) []string {
	var list []string
	for _, c := range columns(rows) {
		list = append(list, c.name)
	}
	return list
}

func columns(rows bool) []column {
	if rows {
		return slices.Concat(hostColumns(), stackColumns(), fixColumns())
	}
	return slices.Concat(whoColumns(), outcomeColumns(), fixColumns(), errorColumns())
}

// outcomeColumns are the outcome of a host, as its rows together have it.
func outcomeColumns() []column {
	stacks := func(verdict string) func(*row) string {
		return func(r *row) string {
			var list []string
			for _, v := range r.rows {
				if v.Verdict == verdict && !slices.Contains(list, v.Stack) {
					list = append(list, v.Stack)
				}
			}
			return Join(list)
		}
	}
	return []column{
		{"verdict", func(r *row) string { return r.host.Verdict }},
		{"cause", func(r *row) string { return view.Deref(r.host.Cause) }},
		{"failsFrom", func(r *row) string { return view.Deref(r.host.FailsFrom) }},
		{"exposure", func(r *row) string { return r.host.Exposure }},
		{"failing", stacks(document.Fails)},
		{"unknown", stacks(document.Unknown)},
		{"programs", func(r *row) string {
			var list []string
			for _, v := range r.rows {
				for _, p := range v.Programs {
					if v.Verdict != document.Connects && !slices.Contains(list, p) {
						list = append(list, p)
					}
				}
			}
			return Join(list)
		}},
		{"rules", func(r *row) string {
			return JoinOf(hostReasons(r), func(x document.Reason) string { return x.Rule })
		}},
		{"reasons", func(r *row) string {
			return JoinOf(hostReasons(r), func(x document.Reason) string { return x.Text })
		}},
	}
}

// hostReasons are those of the rows that have the host's own verdict, each once.
func hostReasons(r *row) []document.Reason {
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

func errorColumns() []column {
	return []column{
		{"error", func(r *row) string { return r.host.Error }},
		{"hint", func(r *row) string { return r.host.Hint }},
	}
}

// whoColumns say which host it is, and what was asked of it.
func whoColumns() []column {
	return []column{
		{"host", func(r *row) string { return r.host.Host }},
		{"folder", func(r *row) string { return r.host.Folder }},
		{"owner", func(r *row) string { return r.host.Labels["owner"] }},
		{"labels", func(r *row) string { return labelText(r.host.Labels) }},
		{"source", func(r *row) string { return r.host.Source }},
		{"os", osColumn(func(o *host.OS) string { return o.Name })},
		{"osVersion", osColumn(func(o *host.OS) string { return o.Version })},
		{"osBuild", osColumn(func(o *host.OS) string { return strconv.Itoa(o.Build) })},
		{"architecture", osColumn(func(o *host.OS) string { return o.Architecture })},
		{"program", func(r *row) string { return r.host.Program }},
		{"service", func(r *row) string { return r.host.Service }},
		{"on", func(r *row) string { return r.check.On }},
		{"today", func(r *row) string { return r.check.Today }},
		{"from", func(r *row) string { return r.service.From }},
	}
}

// hostColumns are what every row says of its host.
func hostColumns() []column {
	return slices.Concat(whoColumns(), []column{
		{"hostVerdict", func(r *row) string { return r.host.Verdict }},
		{"hostCause", func(r *row) string { return view.Deref(r.host.Cause) }},
		{"hostFailsFrom", func(r *row) string { return view.Deref(r.host.FailsFrom) }},
		{"exposure", func(r *row) string { return r.host.Exposure }},
	}, errorColumns())
}

func osColumn(text func(*host.OS) string) func(*row) string {
	return func(r *row) string {
		if r.host.OS == nil {
			return ""
		}
		return text(r.host.OS)
	}
}

func stackColumns() []column {
	own := func(text func(*document.Verdict) string) func(*row) string {
		return func(r *row) string {
			if r.verdict == nil {
				return ""
			}
			return text(r.verdict)
		}
	}
	return []column{
		{"caller", own(func(v *document.Verdict) string { return v.Caller })},
		{"stack", own(func(v *document.Verdict) string { return v.Stack })},
		{"verdict", own(func(v *document.Verdict) string { return v.Verdict })},
		{"cause", own(func(v *document.Verdict) string { return view.Deref(v.Cause) })},
		{"failsFrom", own(func(v *document.Verdict) string { return view.Deref(v.FailsFrom) })},
		{"offerVersions", own(func(v *document.Verdict) string { return Join(view.Texts(view.OfferVersions(v.Offer))) })},
		{"acceptsVersions", own(func(v *document.Verdict) string {
			if v.Accepts == nil {
				return ""
			}
			return Join(view.Texts(v.Accepts.Versions.List()))
		})},
		{"rules", own(func(v *document.Verdict) string {
			return JoinOf(v.Reasons, func(r document.Reason) string { return r.Rule })
		})},
		{"reasons", own(func(v *document.Verdict) string {
			return JoinOf(v.Reasons, func(r document.Reason) string { return r.Text })
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
	return Join(list)
}

func fixColumns() []column {
	return []column{
		{"fixable", func(r *row) string { return view.YesNo(r.host.Fixable) }},
		{"prerequisites", func(r *row) string {
			return JoinOf(r.host.Prerequisites, func(p document.Prerequisite) string {
				if p.Or != "" {
					return p.Kind + " " + p.ID + " or " + p.Or
				}
				return p.Kind + " " + p.ID
			})
		}},
		{"changes", func(r *row) string { return JoinOf(r.host.Changes, changeColumn) }},
		{"restart", func(r *row) string { return r.host.Restart }},
		{"redundant", func(r *row) string { return JoinOf(r.host.Redundant, changeColumn) }},
		{"warnings", func(r *row) string { return Join(warningCodes(r)) }},
	}
}

func changeColumn(c document.Change) string {
	if c.Delete {
		return c.Key + " " + c.Name + " deleted"
	}
	return c.Key + " " + c.Name + "=" + string(c.Type) + ":" + view.DataText(c.Data)
}

func warningCodes(r *row) []string {
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
	return Join(list)
}

// Join puts several things into one cell.
func Join(list []string) string { return strings.Join(list, "; ") }

// JoinOf puts a text of each of several things into one cell.
func JoinOf[T any](list []T, text func(T) string) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = text(x)
	}
	return Join(out)
}

// Check writes one line for each host and service. With Rows it writes one for each row of
// the document, with its host's columns in the same line, and one for each host without
// rows. It is UTF-8 with BOM and CRLF, as spreadsheets on Windows take it (contract:
// docs/csv.md).
func Check(w io.Writer, c *document.Check, o view.Options) error {
	buffered := bufio.NewWriterSize(w, view.BufferSize)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	if err := out.Write(Columns(o.Rows)); err != nil {
		return err
	}
	if err := hosts(out, c, o.Rows); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func hosts(out *csv.Writer, c *document.Check, byRow bool) error {
	rows, services, columns := view.RowsByHost(c), view.ServiceIndex(c), columns(byRow)
	cells := make([]string, len(columns))
	for i := range c.Hosts {
		h := &c.Hosts[i]
		own := rows[view.HostService{Host: h.Host, Service: h.Service}]
		lines := own
		if len(own) == 0 || !byRow {
			lines = []*document.Verdict{nil}
		}
		for _, v := range lines {
			r := row{c, services[h.Service], h, v, own}
			for n, column := range columns {
				cells[n] = Neutral(column.text(&r))
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// Neutral keeps a spreadsheet from taking a cell for a formula: text that begins
// with = + - @, a tab or a line break gets an apostrophe in front. The wide forms of the
// four are formulas too where people write Japanese (OWASP, "CSV Injection").
func Neutral(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return s
	}
	return "'" + s
}
