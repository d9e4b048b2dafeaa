package report

import (
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// csvFormat is for spreadsheets.
func csvFormat() view.Format {
	return view.Format{Name: "csv", Extensions: []string{".csv"}, Check: sheet.Check, Diff: diffCSV, Endpoints: newEndpointCSV, Watch: newWatchCSV}
}
