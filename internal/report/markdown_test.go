package report

import (
	"path/filepath"
	"strings"
	"testing"

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
