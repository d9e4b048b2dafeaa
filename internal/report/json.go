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
	if err := enc.Encode(c); err != nil {
		return err
	}
	return buffered.Flush()
}

// bufferSize of the writers: a pipe's usual capacity.
const bufferSize = 64 << 10
