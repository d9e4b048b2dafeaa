// Package site_test opens the pages of report in Chromium: without a script, from files,
// nothing in the way of those who use them otherwise.
package site_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/testkit/browser"
	"tlsready/internal/testkit/runkit"
)

// plan is what drive.mjs does. See there.
type plan struct {
	Site   string            `json:"site"`
	Pages  map[string]string `json:"pages"`
	Images string            `json:"images,omitempty"`
	Full   bool              `json:"full,omitempty"`
}

// found is what drive.mjs writes.
type found struct {
	Requests, Console []string
	Screens           []struct {
		Name  string
		Found []string
		Wide  int
	}
	Walked string
}

// site makes the site of a small fleet.
func site(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	runs, out := filepath.Join(dir, "runs"), filepath.Join(dir, "site")
	runkit.Fleet{Hosts: 240, Nights: 45, Last: "2026-11-28"}.Write(t, runs)
	var told bytes.Buffer
	status := cli.Run(t.Context(), []string{"report", runs, "-o", out, "--today", "2026-11-29", "--lang", "en"}, cli.Streams{In: strings.NewReader(""), Out: &told, Err: &told}, nil)
	if status != 0 {
		t.Fatalf("status %d: %s", status, told.String())
	}
	return out
}

// first is the first page below a folder of the site that has a text in it.
func first(t *testing.T, dir, below, text string) string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(below)))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pages {
		if page, err := os.ReadFile(path); err == nil && strings.Contains(string(page), text) {
			name, err := filepath.Rel(dir, path)
			if err != nil {
				t.Fatal(err)
			}
			return filepath.ToSlash(name)
		}
	}
	t.Fatalf("no page %s with %q", below, text)
	return ""
}

// Proves that the pages stand as they are to be seen: in both languages, light and dark, on
// a desk and on a phone, with nothing that axe finds in the way and nothing asked of the
// network; that they need no script; and that links lead on, to the other language too.
func TestPagesInBrowser(t *testing.T) {
	dir := site(t)
	p := plan{Site: "file://" + filepath.ToSlash(dir) + "/", Images: os.Getenv("SITE_IMAGES"), Full: os.Getenv("SITE_FULL") != ""}
	p.Pages = map[string]string{
		"index-en": "en/index.html", "index-ja": "ja/index.html", "host-ja": first(t, dir, "ja/hosts/*/*.html", "<pre>"), "group-en": first(t, dir, "en/groups/*.html", ""),
		"hosts-ja": "ja/hosts.html", "clients-en": "en/clients.html", "runs-ja": "ja/runs.html",
	}
	if p.Images != "" {
		for _, list := range []string{"groups", "hosts", "owners", "changes", "endpoints", "clients"} {
			p.Pages[list+"-ja"] = "ja/" + list + ".html"
		}
	}
	var f found
	browser.Drive(t, "drive.mjs", p, &f)
	if len(f.Screens) != 3*len(p.Pages) {
		t.Errorf("%d screens of %d pages", len(f.Screens), len(p.Pages))
	}
	for _, s := range f.Screens {
		if len(s.Found) > 0 || s.Wide > 0 {
			t.Errorf("%s: %d too wide, axe: %q", s.Name, s.Wide, s.Found)
		}
	}
	if len(f.Requests)+len(f.Console) > 0 {
		t.Errorf("asked of the network: %q; the console says %q", f.Requests, f.Console)
	}
	if !strings.HasPrefix(f.Walked, "ja ") || !strings.HasSuffix(f.Walked, "6px") {
		t.Errorf("the walk ended at %q: no Japanese page of a host with its style", f.Walked)
	}
}
