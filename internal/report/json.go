package report

import (
	"io"

	"tlsready/internal/report/view"
)

// jsonFormat is the document itself.
func jsonFormat() view.Format {
	return view.Format{Name: "json", Feed: writeJSONFeed, Extensions: []string{".json"}, JSON: true, Check: view.JSON, Diff: diffJSON, Endpoints: newEndpointArray, Watch: newWatchObject, WatchLines: true}
}

// WriteJSON writes any document as one indented JSON object.
func WriteJSON(w io.Writer, document any) error { return view.WriteJSON(w, document) }
