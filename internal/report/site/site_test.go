package site

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/host"
	"tlsready/internal/survey/runs"
	"tlsready/internal/testkit/golden"
	"tlsready/internal/testkit/runkit"
)

// document reads a made-up fleet.
func read(t testing.TB, f runkit.Fleet) *document.Fleet {
	t.Helper()
	dir := t.TempDir()
	f.Write(t, dir)
	doc, err := (&runs.Reading{Words: []string{dir}, Today: fleet.ParseDay("2026-11-29")}).Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc.Sources.Files { // the folder has another name each time
		doc.Sources.Files[i].File = filepath.Base(doc.Sources.Files[i].File)
	}
	return doc
}

// pages makes all pages of a site.
func pages(t testing.TB, doc *document.Fleet) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := Write(doc, "en", func(name string, page []byte) error {
		if _, twice := all[name]; twice {
			t.Errorf("%s is written twice", name)
		}
		all[name] = page
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Proves how the pages of a small fleet look.
func TestPages(t *testing.T) {
	doc := read(t, runkit.Fleet{Hosts: 24, Nights: 20, Last: "2026-11-28"})
	all := pages(t, doc)
	host := hostPage("osaka/fs000")
	for i := range doc.Groups { // the largest that has its fix as files
		if g := &doc.Groups[i]; all["ja/"+archiveName(g.ID)] != nil {
			golden.Equal(t, filepath.Join("testdata", "group-ja.html"), all["ja/"+groupPage(g.ID)])
			break
		}
	}
	for _, lang := range []string{"en", "ja"} {
		golden.Equal(t, filepath.Join("testdata", "index-"+lang+".html"), all[lang+"/index.html"])
		golden.Equal(t, filepath.Join("testdata", "host-"+lang+".html"), all[lang+"/"+host])
	}
	golden.Equal(t, filepath.Join("testdata", "clients-ja.html"), all["ja/clients.html"])
	golden.Equal(t, filepath.Join("testdata", "entry.html"), all["index.html"])
}

// nasty are names that are made to break pages, files or readers.
func nasty() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `../../../etc/passwd`, `..\..\windows`, `CON`, `nul.html`, `a/b/c`, "line\nbreak", "tab\tx", "\x1b[31mred", "\u202egnp.exe",
		strings.Repeat("x", 70000), strings.Repeat("長い名前", 5000), "日本語のサーバー", "ΑΒΓ", "İstanbul", " ", ".", "-", "javascript:alert(1)", "{{.Host}}", "%00", "&lt;b&gt;", "fs01", "FS01.example.com", "fs01 ", "\xff\xfe",
		"index", "hosts/../index.html", "#", "?x=1", "'", "`",
	}
}

// Proves of names, owners, programs, errors and services that are made to mislead: every
// page has a plain name of its own, is small, and holds no markup, address or invisible
// character that came from them; every link leads to a page that is there.
func TestNastyNames(t *testing.T) {
	list := nasty()
	doc := read(t, runkit.Fleet{Hosts: 300, Nights: 9, Last: "2026-11-28", Names: func(i int) string { return list[i%len(list)] + fmt.Sprint(i/len(list)) }})
	for i := range doc.Hosts {
		h := &doc.Hosts[i]
		h.Owner, h.Site = list[i%len(list)], list[(i+1)%len(list)]
		h.Services[0].Program, h.Services[0].Error = list[(i+2)%len(list)], list[(i+3)%len(list)]
	}
	for i := range list {
		doc.Owners = append(doc.Owners, document.FleetOwner{Owner: list[i]})
		doc.Endpoints = append(doc.Endpoints, document.FleetEndpoint{Endpoint: list[i], Error: list[i]})
		doc.Clients = append(doc.Clients, document.FleetClient{Client: list[i], Owner: list[i], Stack: list[i], UserAgent: list[i], Class: document.ClassCannot, Servers: []string{list[i]}})
		doc.Deadlines = append(doc.Deadlines, document.FleetDeadline{Service: document.Service{ID: list[i] + "-service", Name: map[string]string{"en": list[i]}}, Forecast: document.FleetForecast{Reason: document.ForecastFew}})
		doc.Sources.Losses = append(doc.Sources.Losses, document.FleetLoss{File: list[i]})
	}
	doc.Groups[0].Error, doc.Groups[0].Service = list[0], list[1]
	for i, text := range list {
		c := document.Citation{URL: text, Says: text}
		doc.Deadlines[0].Service.Citations = append([]document.Citation{c}, doc.Deadlines[0].Service.Citations...)
		f := &doc.Fixes[i%len(doc.Fixes)]
		f.Changes = append(f.Changes, document.Change{Key: text, Name: text, Data: host.String(text), Before: &document.Before{State: host.Present, Data: host.String(text)}})
	}
	all := pages(t, doc)
	checkPages(t, all)
	if len(all) < 2*300 {
		t.Errorf("only %d pages", len(all))
	}
}

// checkPages holds all pages to what every page has to be.
func checkPages(t *testing.T, all map[string][]byte) {
	t.Helper()
	plain := regexp.MustCompile(`^(style\.css|index\.html|hosts\.csv|(en|ja)/[a-z0-9/-]+\.html|(en|ja)/fixes/[a-z0-9-]+\.zip)$`)
	folded := map[string]bool{}
	for name, page := range all {
		if !plain.MatchString(name) || len(name) > 120 || folded[strings.ToLower(name)] {
			t.Errorf("the name %q", name)
		}
		folded[strings.ToLower(name)] = true
		if len(page) > 150<<10 && strings.HasSuffix(name, ".html") {
			t.Errorf("%s has %d bytes", name, len(page))
		}
		if strings.HasSuffix(name, ".html") {
			checkPage(t, name, page, all)
		}
	}
}

// elements are those that a page may have, apart from those of its head.
const elements = " html head meta title link body a nav ul li main h1 h2 h3 pre p b span bdi section table caption thead tbody tr th td dl dt dd div figure figcaption svg line text polygon polyline circle code br footer "

func checkPage(t *testing.T, name string, page []byte, all map[string][]byte) {
	t.Helper()
	if at := bytes.IndexFunc(page, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x1b || r == 0x202e || r >= 0x80 && r < 0xa0 }); at >= 0 {
		t.Errorf("%s: an invisible character at %d", name, at)
	}
	for z := html.NewTokenizer(bytes.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF { //nolint:errorlint // as documented
				t.Errorf("%s: %v", name, z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if !strings.Contains(elements, " "+token.Data+" ") {
				t.Errorf("%s: <%s>", name, token.Data)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
					t.Errorf("%s: <%s %s>", name, token.Data, a.Key)
				}
				if a.Key == "href" {
					if to := path.Join(path.Dir(name), a.Val); to != name && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://learn.example.com/") && all[to] == nil {
						t.Errorf("%s: a link leads to %s, which is not there", name, a.Val)
					}
				}
			}
		}
	}
}

// Proves the same of an ordinary fleet, of one of which nothing is known, and of one with so
// many hosts, services and days that everything has to be cut into pages.
func TestEveryPage(t *testing.T) {
	checkPages(t, pages(t, read(t, runkit.Fleet{Hosts: 30, Nights: 12, Last: "2026-11-28"})))
	checkPages(t, pages(t, &document.Fleet{Schema: document.FleetSchema, Today: "2026-11-29"}))
	large := read(t, runkit.Fleet{Hosts: 600, Nights: 2, Last: "2026-11-28"})
	course := make([]document.FleetPoint, 2000)
	for i := range course {
		course[i] = document.FleetPoint{Date: (fleet.ParseDay("2021-01-01") + fleet.Day(i)).String(), NotReady: 2000 - i, Unknown: i % 7}
		large.Days = append(large.Days, document.FleetDay{Date: course[i].Date})
		large.Sources.Files = append(large.Sources.Files, document.FleetFile{File: strings.Repeat("runs/", 40)})
	}
	for i := range 12 {
		large.Deadlines = append(large.Deadlines, document.FleetDeadline{Service: document.Service{ID: fmt.Sprint("s", i)}, Course: course, Forecast: document.FleetForecast{Reason: document.ForecastSteady}})
	}
	all := pages(t, large)
	checkPages(t, all)
	for _, name := range []string{"en/hosts-3.html", "ja/changes.html"} {
		if all[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

// BenchmarkSite makes the pages of 10,000 hosts after 90 nights.
func BenchmarkSite(b *testing.B) {
	doc := read(b, runkit.Fleet{Hosts: 10000, Nights: 90, Last: "2026-11-28"})
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := Write(doc, "en", func(_ string, page []byte) error { n += len(page); return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
