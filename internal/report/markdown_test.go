package report

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/reporttest"
	"tlsready/internal/report/view"
	"tlsready/internal/testkit/golden"
)

// Proves the page for tickets, in both languages, for two services and by folder,
// against files that were read by eye.
func TestMarkdown(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		golden.Equal(t, filepath.Join("testdata", "markdown-"+lang+".md"), reporttest.Render(t, markdown, reporttest.Fleet(lang), view.Options{Lang: lang, Command: reporttest.Command(lang), By: view.ByFolder}))
		golden.Equal(t, filepath.Join("testdata", "markdown-two-"+lang+".md"), reporttest.Render(t, markdown, reporttest.TwoServices(lang), view.Options{Lang: lang}))
	}
}

// Proves that one host, and any with details, comes with its whole block, that what came
// of an earlier run is told, and that an inventory ends with the commands that turn it
// into verdicts.
func TestMarkdownDepths(t *testing.T) {
	fleet := reporttest.Fleet("en")
	one := *fleet
	one.Hosts = fleet.Hosts[:1]
	since := *fleet
	since.Since = &document.Since{File: "last.jsonl", Mended: []document.SinceHost{{Host: "acme/fs09"}}}
	inventory := *fleet
	inventory.Verdicts, inventory.Hosts = nil, nil
	for i := range 20 {
		inventory.Hosts = append(inventory.Hosts, document.Host{Host: "inv" + strconv.Itoa(i), Service: fleet.Services[0].ID, Verdict: document.Unknown, Exposure: "possible"})
	}
	for _, c := range []struct {
		name  string
		check *document.Check
		o     view.Options
		want  string
		not   string
	}{
		{"answer", fleet, view.Options{}, "8 OF 37 HOSTS WILL FAIL", "    x acme/fs01"},
		{"details", fleet, view.Options{Details: true}, "    x acme/fs01", ""},
		{"one host", &one, view.Options{}, "    x acme/fs01", ""},
		{"since", &since, view.Options{}, "- mended (1): acme/fs09", ""},
		{"inventory", &inventory, view.Options{Command: "tlsready check list.csv --service azure-backup"}, "    tlsready check list.csv --service azure-backup -o hosts=", "Write the fix"},
	} {
		got := string(reporttest.Render(t, markdown, c.check, c.o))
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: want %q and no %q in\n%s", c.name, c.want, c.not, got)
		}
	}
}

// Proves that no text from outside becomes markup, a link, HTML or a cell of its own.
func TestMarkdownText(t *testing.T) {
	for text, want := range map[string]string{
		"osaka/FS01, FS02":          "osaka/FS01, FS02",
		"判定 (64+32 bit)":            "判定 (64+32 bit)",
		"a|b\nc":                    `a\|b c`,
		"<script>&amp;":             `\<script\>\&amp;`,
		"[x](http://evil.example)":  `\[x\](http:\//evil.example)`,
		"www.evil.example @all":     `www\.evil.example \@all`,
		"**b** _i_ a_b `c` ~d~ \\":  "\\*\\*b\\*\\* \\_i\\_ a_b \\`c\\` \\~d\\~ \\\\",
		"# head":                    `\# head`,
		"- item":                    `\- item`,
		"x - y":                     "x - y",
		"a\u202eb\x1b[2J":           "a\ufffdb\ufffd\\[2J",
		`HKLM\SOFTWARE\Wow6432Node`: `HKLM\\SOFTWARE\\Wow6432Node`,
	} {
		if got := mdText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	evil := reporttest.Fleet("en")
	for i := range evil.Hosts {
		evil.Hosts[i].Host = "x | y\n\n# <b>" + evil.Hosts[i].Host
	}
	page := string(reporttest.Render(t, markdown, evil, view.Options{Command: "tlsready check `x` ``` </pre>"}))
	for _, bad := range []string{"<b>", "\n# ", "x | y"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q gets through:\n%s", bad, page)
		}
	}
}
