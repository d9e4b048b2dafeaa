package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// EndpointOptions say how to render probed endpoints.
type EndpointOptions struct {
	Words     *message.Catalog // of table and CSV; JSON is in English
	Width     int              // columns of a table; 0: 100
	Color     bool             // terminal colours in a table
	Live      bool             // somebody waits for each endpoint: it is written at once
	SSL       bool             // SSL 2.0 and SSL 3.0 were asked
	Detailed  bool             // more than versions was asked: a table has a paragraph for each endpoint
	Accepting bool             // what would become of the clients was asked
}

// EndpointWriter writes endpoints as they come, so that a run need not be held in
// memory. It is not for several goroutines at once.
type EndpointWriter interface {
	Write(e *document.Endpoint) error
	End() error // writes what is still held back, and what ends the output
}

func newEndpointLines(w io.Writer, o EndpointOptions) EndpointWriter {
	return &endpointJSON{out: buffered(w), live: o.Live}
}

func newEndpointArray(w io.Writer, _ EndpointOptions) EndpointWriter {
	return &endpointJSON{out: buffered(w), array: true}
}

func buffered(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, bufferSize) }

// Judged says whether an endpoint answered everything that was asked of its versions;
// ssl says that SSL 2.0 and SSL 3.0 were.
func Judged(e *document.Endpoint, ssl bool) bool {
	if e.Error != nil {
		return false
	}
	for v, answer := range e.Versions {
		if answer == tlsready.Unknown && (ssl || v >= tlsready.TLS10) {
			return false
		}
	}
	return true
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

// clientCounts counts clients by answer.
type clientCounts struct {
	yes, no, open int
	cut           int // connect now and would not under --accepting
}

func countClients(e *document.Endpoint) clientCounts {
	var n clientCounts
	for _, c := range e.Clients {
		switch c.Connects {
		case tlsready.Yes:
			n.yes++
		case tlsready.No:
			n.no++
		default:
			n.open++
		}
		if c.After != nil && c.Connects == tlsready.Yes && c.After.Connects == tlsready.No {
			n.cut++
		}
	}
	return n
}
