package report

import (
	"bufio"
	"encoding/json"
	"io"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// jsonFormat is the document itself.
func jsonFormat() view.Format {
	return view.Format{Name: "json", Feed: writeJSONFeed, Extensions: []string{".json"}, JSON: true, Check: JSON, Diff: diffJSON, Endpoints: newEndpointArray, Watch: newWatchObject, WatchLines: true}
}

// JSON writes the document as one indented JSON object.
func JSON(w io.Writer, c *document.Check, _ view.Options) error {
	plain := *c
	plain.Hosts = make([]document.Host, len(c.Hosts))
	for i := range c.Hosts {
		plain.Hosts[i] = c.Hosts[i].Plain()
	}
	return WriteJSON(w, &plain)
}

// WriteJSON writes any document as one indented JSON object.
func WriteJSON(w io.Writer, document any) error {
	buffered := bufio.NewWriterSize(w, view.BufferSize)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return err
	}
	return buffered.Flush()
}
