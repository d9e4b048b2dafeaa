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
}

// Write writes one line.
func (j *endpointJSON) Write(e *document.Endpoint) error {
	line, err := EndpointLine(e)
	if err != nil {
		return err
	}
	before := ""
	if j.array {
		if before = ",\n"; j.n == 0 {
			before = "[\n"
		}
		line = line[:len(line)-1]
	}
	j.n++
	if _, err := j.out.WriteString(before + string(line)); err != nil || !j.live {
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

// EndpointLine is an endpoint as one line of JSON, with its line feed.
func EndpointLine(e *document.Endpoint) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return b.Bytes(), err
}
