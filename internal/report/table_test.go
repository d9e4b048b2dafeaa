package report

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/term"
	"tlsready/internal/testkit/golden"
)

func render(t testing.TB, f Renderer, c *document.Check, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func command(lang string) string {
	return "tlsready check " + fixtureWords(lang).pick("hosts", "収集") + " --service azure-backup --on 2021-09-01"
}

// Proves the whole table, in both languages, narrow, by folder, with colour and
// for two services, against texts that were read by eye.
func TestTable(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for name, o := range map[string]Options{
			"wide": {Width: 110}, "narrow": {Width: 60}, "folder": {Width: 100, By: ByFolder}, "color": {Width: 100, Color: true},
		} {
			o.Lang, o.Command = lang, command(lang)
			golden.Equal(t, filepath.Join("testdata", "table-"+name+"-"+lang+".txt"), render(t, Table, fleet(lang), o))
		}
		golden.Equal(t, filepath.Join("testdata", "table-two-"+lang+".txt"), render(t, Table, twoServices(lang), Options{Lang: lang, Width: 120}))
	}
}

// Proves that no line is wider than the terminal, save the commands to be copied.
func TestTableFits(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for w := term.MinWidth; w <= 140; w += 5 {
			text := string(render(t, Table, twoServices(lang), Options{Lang: lang, Width: w}))
			for line := range strings.Lines(text) {
				if got := term.Width(strings.TrimRight(line, "\n")); got > w && w >= 75 {
					t.Errorf("%s, width %d: %d columns: %s", lang, w, got, line)
				}
			}
		}
	}
}

// Proves that a table for one host and one for 10,000 both stay short.
func TestTableSize(t *testing.T) {
	one := fleet("en")
	one.Hosts, one.Verdicts = one.Hosts[:1], one.Verdicts[:2]
	one.Summary = document.Count(one.Hosts)
	if n := strings.Count(string(render(t, Table, one, Options{})), "\n"); n > 30 {
		t.Errorf("one host takes %d lines", n)
	}
	for name, c := range map[string]*document.Check{"alike": bigFleet(10_000, false), "all different": bigFleet(10_000, true)} {
		if n := strings.Count(string(render(t, Table, c, Options{})), "\n"); n > 700 {
			t.Errorf("10,000 hosts, %s, take %d lines", name, n)
		}
	}
}

// Proves that names from outside cannot send commands to the terminal.
func TestTableIsInert(t *testing.T) {
	c := fleet("en")
	c.Hosts[0].Host = "fs\x1b[2J\x07\u202e01\nfs99  connects"
	text := string(render(t, Table, c, Options{}))
	for _, bad := range []string{"\x1b", "\x07", "\u202e", "\nfs99"} {
		if strings.Contains(text, bad) {
			t.Errorf("the table holds %q", bad)
		}
	}
}

// bigFleet repeats the fleet's judged hosts up to n; different gives each its
// own warning, so that no two are alike.
func bigFleet(n int, different bool) *document.Check {
	base := fleet("en")
	rows := rowsByHost(base)
	c := &document.Check{Schema: base.Schema, On: base.On, Today: base.Today, Services: base.Services}
	for i := 0; len(c.Hosts) < n; i++ {
		h := base.Hosts[i%13]
		old := hostService{h.Host, h.Service}
		h.Host = fmt.Sprintf("%s/site%d/host%05d.example.com", h.Folder, i%40, i)
		if different {
			h.Warnings = []document.Note{{Code: "seen-otherwise", Text: fmt.Sprintf("Seen %d times.", i)}}
		}
		c.Hosts = append(c.Hosts, h)
		for _, v := range rows[old] {
			copied := *v
			copied.Host = h.Host
			c.Verdicts = append(c.Verdicts, copied)
		}
	}
	c.Summary = document.Count(c.Hosts)
	return c
}
