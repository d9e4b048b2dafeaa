package report

import (
	"bufio"
	"encoding/json"
	"io"

	"tlsready/internal/document"
)

// JSON writes the document as one indented JSON object.
func JSON(w io.Writer, c *document.Check, _ Options) error {
	buffered := bufio.NewWriterSize(w, bufferSize)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	plain := *c
	plain.Hosts = make([]document.Host, len(c.Hosts))
	for i := range c.Hosts {
		plain.Hosts[i] = c.Hosts[i].Plain()
	}
	if err := enc.Encode(&plain); err != nil {
		return err
	}
	return buffered.Flush()
}

// bufferSize of the writers: a pipe's usual capacity.
const bufferSize = 64 << 10
