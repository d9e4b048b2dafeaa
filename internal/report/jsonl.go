package report

import (
	"bufio"
	"encoding/json"
	"io"

	"tlsready/internal/document"
)

// jsonlFormat is JSON Lines, written as the hosts come.
func jsonlFormat() Format {
	return Format{
		Name: "jsonl", Extensions: []string{".jsonl", ".ndjson"}, JSON: true,
		Check: JSONL, CheckStream: NewStream, DiffStream: NewDiffStream, Endpoints: newEndpointLines,
	}
}

// JSONL writes the rows, the hosts and the summary of a document, one JSON
// object a line.
func JSONL(w io.Writer, c *document.Check, _ Options) error {
	s := NewStream(w)
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
	if err := s.Summary(c.Summary); err != nil {
		return err
	}
	return s.Flush()
}

// Stream writes check results line by line, so that a run need not be held in
// memory. Every line is an object with "schema", "kind" ("verdict", "host" or
// "summary") and the members that the same thing has in the JSON document. A
// Stream is not for several goroutines at once.
type Stream struct{ lines }

// NewStream makes a stream; [Stream.Flush] ends it.
func NewStream(w io.Writer) *Stream { return &Stream{newLines(w)} }

// lines writes objects, one a line.
type lines struct {
	out *bufio.Writer
	enc *json.Encoder
}

func newLines(w io.Writer) lines {
	out := bufio.NewWriterSize(w, bufferSize)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return lines{out: out, enc: enc}
}

// Verdict writes one row.
func (s *Stream) Verdict(v document.Verdict) error {
	return s.enc.Encode(document.VerdictLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.VerdictKind}, Verdict: &v})
}

// Host writes the outcome of one host and service.
func (s *Stream) Host(h document.Host) error {
	h = h.Plain()
	return s.enc.Encode(document.HostLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.HostKind}, Host: &h})
}

// Summary writes the counts; it comes last.
func (s *Stream) Summary(sum document.Summary) error {
	return s.enc.Encode(document.SummaryLine{Line: document.Line{Schema: document.CheckSchema, Kind: document.SummaryKind}, Summary: sum})
}

// Flush writes what is still held back.
func (s *Stream) Flush() error { return s.out.Flush() }
