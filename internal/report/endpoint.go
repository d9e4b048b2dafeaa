package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

func newEndpointLines(w io.Writer, o view.EndpointOptions) view.EndpointWriter {
	return &endpointJSON{out: view.Buffered(w), live: o.Live}
}

func newEndpointArray(w io.Writer, _ view.EndpointOptions) view.EndpointWriter {
	return &endpointJSON{out: view.Buffered(w), array: true}
}

// endpointJSON writes one object a line, with array as one JSON array.
type endpointJSON struct {
	out   *bufio.Writer
	array bool
	live  bool
	n     int
	line  bytes.Buffer
}

// Write writes one line.
func (j *endpointJSON) Write(e *document.Endpoint) error {
	j.line.Reset()
	if err := encodeEndpoint(&j.line, e); err != nil {
		return err
	}
	line, before := j.line.Bytes(), ""
	if j.array {
		if before = ",\n"; j.n == 0 {
			before = "[\n"
		}
		line = line[:len(line)-1]
	}
	j.n++
	_, _ = j.out.WriteString(before) // an error stays, and comes again
	if _, err := j.out.Write(line); err != nil || !j.live {
		return err
	}
	return j.out.Flush()
}

// End closes the array.
func (j *endpointJSON) End() error {
	if j.array {
		end := "\n]\n"
		if j.n == 0 {
			end = "[\n]\n"
		}
		if _, err := j.out.WriteString(end); err != nil {
			return err
		}
	}
	return j.out.Flush()
}

// encodeEndpoint adds an endpoint as one line of JSON, with its line feed.
func encodeEndpoint(b *bytes.Buffer, e *document.Endpoint) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}
