package table

import (
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/reporttest"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
	"tlsready/internal/testkit/golden"
)

// Proves the answer and the details, in both languages, narrow, by folder, with colour
// and for two services, against texts that were read by eye.
func TestTable(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for name, o := range map[string]view.Options{
			"wide": {Width: 110}, "narrow": {Width: 60}, "folder": {Width: 100, By: view.ByFolder}, "color": {Width: 100, Color: true}, "details": {Width: 100, Details: true},
		} {
			o.Lang, o.Command = lang, reporttest.Command(lang)
			golden.Equal(t, filepath.Join("testdata", "table-"+name+"-"+lang+".txt"), reporttest.Render(t, Check, reporttest.Fleet(lang), o))
		}
		golden.Equal(t, filepath.Join("testdata", "table-two-"+lang+".txt"), reporttest.Render(t, Check, reporttest.TwoServices(lang), view.Options{Lang: lang, Width: 120}))
	}
}

// Proves that no line is wider than the terminal, save the commands to be copied.
func TestTableFits(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, details := range []bool{false, true} {
			for w := term.MinWidth; w <= 140; w += 5 {
				text := string(reporttest.Render(t, Check, reporttest.TwoServices(lang), view.Options{Lang: lang, Width: w, Details: details}))
				for line := range strings.Lines(text) {
					if got := term.Width(strings.TrimRight(line, "\n")); got > w && w >= 75 {
						t.Errorf("%s, width %d: %d columns: %s", lang, w, got, line)
					}
				}
			}
		}
	}
}

// Proves that a table for one host, the answer for a fleet, however large, and the
// details of 10,000 hosts all stay short.
func TestTableSize(t *testing.T) {
	one := reporttest.Fleet("en")
	one.Hosts, one.Verdicts = one.Hosts[:1], one.Verdicts[:2]
	one.Summary = document.Count(one.Hosts)
	for name, c := range map[string]struct {
		check   *document.Check
		options view.Options
		most    int
	}{
		"one host":                {one, view.Options{}, 30},
		"a fleet":                 {reporttest.Fleet("en"), view.Options{}, 45},
		"alike":                   {reporttest.BigFleet(10_000, false), view.Options{}, 80},
		"all different":           {reporttest.BigFleet(10_000, true), view.Options{}, 80},
		"alike, details":          {reporttest.BigFleet(10_000, false), view.Options{Details: true}, 700},
		"all different, details":  {reporttest.BigFleet(10_000, true), view.Options{Details: true}, 800},
		"all different, by owner": {reporttest.BigFleet(10_000, true), view.Options{By: view.ByOwner}, 120},
	} {
		if n := strings.Count(string(reporttest.Render(t, Check, c.check, c.options)), "\n"); n > c.most {
			t.Errorf("%s: %d lines, want at most %d", name, n, c.most)
		}
	}
}

// Proves that names from outside cannot send commands to the terminal.
func TestTableIsInert(t *testing.T) {
	c := reporttest.Fleet("en")
	c.Hosts[0].Host = "fs\x1b[2J\x07\u202e01\nfs99  connects"
	text := string(reporttest.Render(t, Check, c, view.Options{}))
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\nfs99"} {
		if strings.Contains(text, bad) {
			t.Errorf("the table holds %q", bad)
		}
	}
}
