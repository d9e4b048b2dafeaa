package report

import (
	"io"
	"strings"
	"unicode/utf8"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// icsFormat is a calendar (RFC 5545), for deadlines alone.
func icsFormat() view.Format {
	return view.Format{Name: "ics", Extensions: []string{".ics"}, Feed: writeICS}
}

// maxICSLine is the most bytes of a line without its break (RFC 5545 section 3.1).
const maxICSLine = 75

// icsTime is a moment in UTC (RFC 5545 section 3.3.5).
const icsTime = "20060102T150405Z"

// writeICS writes each deadline as an event, of a whole day unless it has hours.
func writeICS(w io.Writer, f *document.Feed, _ view.Options) error {
	var b strings.Builder
	line := func(text string) { b.WriteString(foldICS(text) + "\r\n") }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//tlsready//services feed//EN")
	line("CALSCALE:GREGORIAN")
	line("X-WR-CALNAME:" + escapeICS(f.Title))
	for _, item := range f.Items {
		line("BEGIN:VEVENT")
		line("UID:" + escapeICS(item.ID) + "@tlsready")
		line("DTSTAMP:" + plainDay(item.AsOf) + "T000000Z")
		if item.From.IsZero() {
			line("DTSTART;VALUE=DATE:" + plainDay(item.Day))
		} else {
			line("DTSTART:" + item.From.UTC().Format(icsTime))
			line("DTEND:" + item.To.UTC().Format(icsTime))
		}
		line("SUMMARY:" + escapeICS(item.Title))
		line("DESCRIPTION:" + escapeICS(item.Text))
		if item.URL != "" {
			line("URL:" + cleanURL(item.URL))
		}
		if item.Status != "enforced" {
			line("STATUS:TENTATIVE")
		}
		line("TRANSP:TRANSPARENT")
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func plainDay(day string) string { return strings.ReplaceAll(day, "-", "") }

// escapeICS keeps text inside its line (RFC 5545 section 3.3.11).
func escapeICS(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(s)
}

// cleanURL leaves out what could end the line.
func cleanURL(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, s)
}

// foldICS breaks a long line between characters; the next one begins with a blank.
func foldICS(s string) string {
	var b strings.Builder
	length := 0
	for _, r := range s {
		n := utf8.RuneLen(r)
		if n < 0 {
			n = len(string(utf8.RuneError))
		}
		if length+n > maxICSLine {
			b.WriteString("\r\n ")
			length = 1
		}
		b.WriteRune(r)
		length += n
	}
	return b.String()
}

// writeJSONFeed writes a feed as JSON Feed 1.1.
func writeJSONFeed(w io.Writer, f *document.Feed, _ view.Options) error {
	doc := document.JSONFeed{Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Items: []document.JSONFeedItem{}}
	for _, item := range f.Items {
		doc.Items = append(doc.Items, document.JSONFeedItem{
			ID: item.ID, URL: item.URL, Title: item.Title, Text: item.Text,
			Published: item.Day + "T00:00:00Z", Modified: item.AsOf + "T00:00:00Z", Tags: []string{item.Status},
		})
	}
	return WriteJSON(w, doc)
}
