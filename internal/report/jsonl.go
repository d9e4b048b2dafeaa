package report

import (
	"bufio"
	"encoding/json"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// jsonlFormat is JSON Lines, written as the hosts come.
func jsonlFormat() view.Format {
	return view.Format{
		Name: "jsonl", Extensions: []string{".jsonl", ".ndjson"}, JSON: true,
		Check: JSONL, CheckStream: NewStream, DiffStream: NewDiffStream, Endpoints: newEndpointLines,
		Watch: newWatchLines, WatchLines: true, LinesAlone: true,
	}
}

// JSONL writes the rows, the hosts and the summary of a document, one JSON
// object a line.
func JSONL(w io.Writer, c *document.Check, _ view.Options) error {
	s := NewStream(w, view.Options{})
	for i := range c.Verdicts {
		if err := s.Verdict(c.Verdicts[i]); err != nil {
			return err
		}
	}
	for i := range c.Hosts {
		if err := s.Host(c.Hosts[i]); err != nil {
			return err
		}
	}
	if err := s.End(c); err != nil {
		return err
	}
	return s.Flush()
}

// stream writes check results line by line. Every line is an object with "schema", "kind" ("verdict", "host" or
// "summary") and the members that the same thing has in the JSON document. A
// Stream is not for several goroutines at once.
type stream struct{ lines }

// NewStream makes a stream of lines.
func NewStream(w io.Writer, _ view.Options) view.Stream { return &stream{newLines(w)} }

// lines writes objects, one a line.
type lines struct {
	out *bufio.Writer
	enc *json.Encoder
}

func newLines(w io.Writer) lines {
	out := bufio.NewWriterSize(w, view.BufferSize)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return lines{out: out, enc: enc}
}

// Verdict writes one row.
func (s *stream) Verdict(v document.Verdict) error {
	return s.enc.Encode(document.VerdictLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.VerdictKind}, Verdict: &v})
}

// Host writes the outcome of one host and service.
func (s *stream) Host(h document.Host) error {
	h = h.Plain()
	return s.enc.Encode(document.HostLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.HostKind}, Host: &h})
}

// End writes what was asked, the counts, and the recipe that was taken as run.
func (s *stream) End(c *document.Check) error {
	return s.enc.Encode(document.SummaryLine{
		Line: document.Line{Schema: document.CheckSchema, Kind: document.SummaryKind},
		On:   c.On, Today: c.Today, Summary: c.Summary, Services: c.Services, Assumed: c.Assumed, Since: c.Since,
	})
}

// Flush writes what is still held back.
func (s *stream) Flush() error { return s.out.Flush() }
