package main

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPages proves that the zip has every page, that each link in it leads somewhere, to a
// heading that is there, and that the pages load nothing from elsewhere.
func TestPages(t *testing.T) {
	out := t.TempDir()
	if err := write(os.DirFS(filepath.Join("..", "..", "..")), out); err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	pages := 0
	err := fs.WalkDir(os.DirFS(out), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		pages++
		text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		for _, found := range links.FindAllStringSubmatch(string(text), -1) {
			at, anchor, _ := strings.Cut(found[1], "#")
			if at == "" && anchor != "" {
				at = path.Base(name)
			}
			if at == "" || strings.Contains(at, "://") || strings.HasPrefix(at, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(out, filepath.FromSlash(path.Join(path.Dir(name), at)))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, found[1])
			}
			if anchor, err := url.PathUnescape(anchor); err != nil || anchor != "" && path.Ext(at) == ".html" && !hasAnchor(out, path.Join(path.Dir(name), at), anchor) {
				t.Errorf("%s: the page of the link to %s has no such heading %v", name, found[1], err)
			}
		}
		return nil
	})
	if err != nil || pages < 20 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

// hasAnchor says whether a page has a heading of a name.
func hasAnchor(out, page, anchor string) bool {
	text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(page)))
	return err == nil && strings.Contains(string(text), ` id="`+anchor+`"`)
}

// TestFirst proves that Notepad of any Windows shows the first pages: a byte order
// mark, CR LF, and lines that fit.
func TestFirst(t *testing.T) {
	out := t.TempDir()
	if err := write(os.DirFS(filepath.Join("..", "..", "..")), out); err != nil {
		t.Fatal(err)
	}
	for name := range first() {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.HasPrefix(string(text), "\ufeff") || strings.Count(string(text), "\n") != strings.Count(string(text), "\r\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
