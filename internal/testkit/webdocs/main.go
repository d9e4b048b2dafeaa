// Command webdocs writes the project's documents for people without a tool for
// Markdown, into the zip files: each page as HTML that any browser shows, and a first
// page as text that Notepad shows. webdocs [-root DIR] OUT.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

func main() {
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: webdocs [-root DIR] OUT")
		os.Exit(2)
	}
	if err := write(os.DirFS(*root), flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "webdocs:", err)
		os.Exit(1)
	}
}

// write writes every page of root below out.
func write(root fs.FS, out string) error {
	pages, err := pagesOf(root)
	if err != nil {
		return err
	}
	for _, name := range pages {
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		page, err := render(name, source, pages)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := put(out, htmlName(name), page); err != nil {
			return err
		}
	}
	if err := copyFiles(root, out); err != nil {
		return err
	}
	for name, words := range first() {
		if err := put(out, name, []byte("\ufeff"+strings.ReplaceAll(words, "\n", "\r\n"))); err != nil { // for the Notepad of Server 2008
			return err
		}
	}
	return nil
}

// pagesOf are the READMEs and everything below docs.
func pagesOf(root fs.FS) ([]string, error) {
	var pages []string
	for _, name := range []string{"README.md", "README.ja.md", "CHANGELOG.md", "SECURITY.md"} {
		if _, err := fs.Stat(root, name); err == nil {
			pages = append(pages, name)
		}
	}
	err := fs.WalkDir(root, "docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".md" {
			pages = append(pages, name)
		}
		return err
	})
	return pages, err
}

// copyFiles copies what pages show and link to beside pages: images, schemas, the
// example fleet, the licence.
func copyFiles(root fs.FS, out string) error {
	for _, top := range []string{"docs", "examples", "LICENSE"} {
		err := fs.WalkDir(root, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) == ".md" || path.Ext(name) == ".go" {
				return err
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			return put(out, name, data)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func put(out, name string, data []byte) error {
	full := filepath.Join(out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o644)
}

func htmlName(name string) string { return strings.TrimSuffix(name, ".md") + ".html" }

// render makes one page. Links to other pages lead to their HTML; links to what is
// not in the zip lose their target and keep their words.
func render(name string, source []byte, pages []string) ([]byte, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	tree := md.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(anchors{}))))
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			link.Destination = []byte(target(name, string(link.Destination), pages))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := md.Renderer().Render(&body, source, tree); err != nil {
		return nil, err
	}
	lang := "en"
	if strings.HasSuffix(name, ".ja.md") {
		lang = "ja"
	}
	return fmt.Appendf(nil, shell, lang, html.EscapeString(titleOf(source)), style, body.Bytes()), nil
}

// anchors are the names of a page's headings, as GitHub makes them: letters and digits of
// any language in lower case, hyphens for blanks, and a number where one comes again.
type anchors map[string]int

// Generate implements [parser.IDs].
func (a anchors) Generate(heading []byte, _ ast.NodeKind) []byte {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(string(heading)))
	a[name]++
	if n := a[name]; n > 1 {
		name += "-" + strconv.Itoa(n-1)
	}
	return []byte(name)
}

// Put implements [parser.IDs].
func (a anchors) Put(name []byte) { a[string(name)]++ }

// target is where a link of page leads in the zip.
func target(page, link string, pages []string) string {
	at, anchor, _ := strings.Cut(link, "#")
	if at == "" || strings.Contains(at, ":") {
		return link
	}
	full := path.Join(path.Dir(page), at)
	for _, p := range pages {
		if p == full {
			if anchor != "" {
				anchor = "#" + anchor
			}
			return htmlName(at) + anchor
		}
	}
	if strings.HasPrefix(full, "docs/") || strings.HasPrefix(full, "examples") || full == "LICENSE" {
		return link
	}
	return "#"
}

func titleOf(source []byte) string {
	for line := range strings.Lines(string(source)) {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(heading)
		}
	}
	return "tlsready"
}

const shell = `<!DOCTYPE html>
<html lang="%s">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:">
<title>%s</title>
<style>%s</style>
</head>
<body>
%s</body>
</html>
`

const style = `
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.6 "Segoe UI", "Yu Gothic UI", Meiryo, sans-serif; color: #1a1a1a; background: #fff }
pre { overflow-x: auto; padding: .8rem; background: #f3f3f3; font: 13px/1.4 Consolas, "MS Gothic", monospace }
code { font-family: Consolas, "MS Gothic", monospace }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top }
a { color: #0645ad }
@media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #1b1b1b } pre { background: #2a2a2a } th, td { border-color: #555 } a { color: #8ab4f8 } }
`
