package report_test

import (
	"bytes"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report"
)

// TestICSStaysInItsLines proves that no text of a profile ends a line, adds a property
// or makes a line longer than calendars take.
func TestICSStaysInItsLines(t *testing.T) {
	f := &document.Feed{Title: "TLS", Items: []document.FeedItem{{
		ID: "x-2026-12-31", Day: "2026-12-31", AsOf: "2026-11-28", Title: "a;b,c\\d\r\nATTACH:evil",
		Text: strings.Repeat("長い説明、", 60) + "\nEND:VCALENDAR", URL: "https://example.com/\r\nX:1",
	}}}
	ics, _ := report.Formats().ByName("ics")
	var b bytes.Buffer
	if err := ics.Feed(&b, f, report.Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\r\n"), "\r\n")
	for _, line := range lines {
		if len(line) > 75 {
			t.Errorf("%d bytes: %s", len(line), line)
		}
		if strings.HasPrefix(line, "ATTACH") || strings.HasPrefix(line, "X:1") || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a text became a line: %q", line)
		}
	}
	unfolded := strings.ReplaceAll(b.String(), "\r\n ", "")
	if !strings.Contains(unfolded, `SUMMARY:a\;b\,c\\d\nATTACH:evil`) || strings.Count(unfolded, "\nEND:VCALENDAR") != 1 {
		t.Errorf("got %s", unfolded)
	}
}
