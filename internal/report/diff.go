package report

import (
	"bufio"
	"encoding/csv"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// diffRow is what a line of the CSV of diff is made from: a host with one verdict
// that changed, with one difference, or alone.
type diffRow struct {
	host       *document.HostDiff
	verdict    *document.VerdictDiff
	difference *document.Difference
}

type diffColumn struct {
	name string
	text func(r *diffRow) string
}

// DiffCSVColumns are the names in the first line of the CSV of diff, in their
// order. docs/csv.md says what they mean.
func DiffCSVColumns() []string {
	var list []string
	for _, c := range diffColumns() {
		list = append(list, c.name)
	}
	return list
}

func diffColumns() []diffColumn {
	verdict := func(text func(*document.VerdictDiff) string) func(*diffRow) string {
		return func(r *diffRow) string {
			if r.verdict == nil {
				return ""
			}
			return text(r.verdict)
		}
	}
	difference := func(text func(*document.Difference) string) func(*diffRow) string {
		return func(r *diffRow) string {
			if r.difference == nil {
				return ""
			}
			return text(r.difference)
		}
	}
	return []diffColumn{
		{"host", func(r *diffRow) string { return r.host.Host }},
		{"state", func(r *diffRow) string { return r.host.State }},
		{"kind", diffKind},
		{"service", verdict(func(v *document.VerdictDiff) string { return v.Service })},
		{"caller", verdict(func(v *document.VerdictDiff) string { return v.Caller })},
		{"stack", verdict(func(v *document.VerdictDiff) string { return v.Stack })},
		{"effect", verdict(func(v *document.VerdictDiff) string { return v.Effect })},
		{"verdictBefore", verdict(func(v *document.VerdictDiff) string { return v.Before })},
		{"verdictAfter", verdict(func(v *document.VerdictDiff) string { return v.After })},
		{"causeBefore", verdict(func(v *document.VerdictDiff) string { return view.Deref(v.CauseBefore) })},
		{"causeAfter", verdict(func(v *document.VerdictDiff) string { return view.Deref(v.CauseAfter) })},
		{"area", difference(func(d *document.Difference) string { return d.Area })},
		{"key", difference(func(d *document.Difference) string { return d.Key })},
		{"name", difference(func(d *document.Difference) string { return d.Name })},
		{"stateBefore", difference(func(d *document.Difference) string { return d.Before.State })},
		{"typeBefore", difference(func(d *document.Difference) string { return string(d.Before.Type) })},
		{"valueBefore", difference(func(d *document.Difference) string { return view.Compact(d.Before.Value) })},
		{"stateAfter", difference(func(d *document.Difference) string { return d.After.State })},
		{"typeAfter", difference(func(d *document.Difference) string { return string(d.After.Type) })},
		{"valueAfter", difference(func(d *document.Difference) string { return view.Compact(d.After.Value) })},
		{"errorBefore", func(r *diffRow) string { return r.host.ErrorBefore }},
		{"errorAfter", func(r *diffRow) string { return r.host.ErrorAfter }},
	}
}

// diffKind says which columns of a line are filled.
func diffKind(r *diffRow) string {
	switch {
	case r.verdict != nil:
		return "verdict"
	case r.difference != nil:
		return "difference"
	}
	return "host"
}

// diffRows are the lines of a host.
func diffRows(h *document.HostDiff) []diffRow {
	var rows []diffRow
	for i := range h.Verdicts {
		rows = append(rows, diffRow{host: h, verdict: &h.Verdicts[i]})
	}
	for i := range h.Differences {
		rows = append(rows, diffRow{host: h, difference: &h.Differences[i]})
	}
	if rows == nil {
		rows = []diffRow{{host: h}}
	}
	return rows
}

// diffCSV writes one line for each verdict that changed and each difference, and
// one for each host without either, as [sheet.Check] writes them.
func diffCSV(w io.Writer, d *document.Diff, _ view.Options) error {
	buffered := bufio.NewWriterSize(w, view.BufferSize)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	if err := out.Write(DiffCSVColumns()); err != nil {
		return err
	}
	columns := diffColumns()
	cells := make([]string, len(columns))
	for i := range d.Hosts {
		for _, r := range diffRows(&d.Hosts[i]) {
			for n, column := range columns {
				cells[n] = sheet.Neutral(column.text(&r))
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

// diffJSON writes the document as one indented JSON object.
func diffJSON(w io.Writer, d *document.Diff, _ view.Options) error { return WriteJSON(w, d) }

// diffStream writes the hosts of a diff as they come, one JSON object a line,
// each with "schema" and "kind" ("host" or "summary"). It is not for several
// goroutines at once.
type diffStream struct{ lines }

// NewDiffStream makes a stream; its End ends it.
func NewDiffStream(w io.Writer) view.DiffStream { return &diffStream{newLines(w)} }

// Host writes the line of a host.
func (s *diffStream) Host(h document.HostDiff) error {
	return s.enc.Encode(document.HostDiffLine{Line: document.Line{Schema: document.DiffSchema, Kind: document.HostKind}, HostDiff: h})
}

// End writes the line of the summary, without which a file was cut, and flushes.
func (s *diffStream) End(d *document.Diff) error {
	err := s.enc.Encode(document.DiffSummaryLine{
		Line: document.Line{Schema: document.DiffSchema, Kind: document.SummaryKind}, On: d.On, Today: d.Today, DiffSummary: d.Summary,
	})
	if err != nil {
		return err
	}
	return s.out.Flush()
}
