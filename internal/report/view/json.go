package view

import (
	"bufio"
	"encoding/json"
	"io"

	"tlsready/internal/document"
)

// JSON writes the document as one indented JSON object.
func JSON(w io.Writer, c *document.Check, _ Options) error {
	plain := *c
	plain.Hosts = make([]document.Host, len(c.Hosts))
	for i := range c.Hosts {
		plain.Hosts[i] = c.Hosts[i].Plain()
	}
	return WriteJSON(w, &plain)
}

// WriteJSON writes any document as one indented JSON object.
func WriteJSON(w io.Writer, document any) error {
	buffered := bufio.NewWriterSize(w, BufferSize)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return err
	}
	return buffered.Flush()
}
