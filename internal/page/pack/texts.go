package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"tlsready/internal/page"
)

// Of the words of all commands a page needs those that its own rooms name. The others
// are left out of its program: they would be a twentieth of it.

// messages is the folder of the words, by language.
const messages = "internal/message"

//go:embed slices.go.txt
var sortingSource string

// overlay writes the words that are needed into dir, and the sorting of the page, and a
// file that makes the go command take them in place of what is there (go help build,
// -overlay). It gives that file's name.
func overlay(ctx context.Context, dir, program string) (string, error) {
	named, err := literals(ctx, program)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, pattern := range []string{"en/*.json", "ja/*.json"} {
		files, err := filepath.Glob(filepath.Join(messages, pattern))
		if err != nil || len(files) == 0 {
			return "", errors.Join(errors.New("no words"), err)
		}
		for _, file := range files {
			to := filepath.Join(dir, strings.ReplaceAll(filepath.ToSlash(file), "/", "-"))
			if err := keepNamed(file, to, named); err != nil {
				return "", err
			}
			full, err := filepath.Abs(file)
			if err != nil {
				return "", err
			}
			replace[full] = to
		}
	}
	root, err := goRoot(ctx)
	if err != nil {
		return "", err
	}
	sorting := filepath.Join(dir, "sorting.go")
	replace[filepath.Join(root, "src", "slices", "zsortanyfunc.go")] = sorting
	if err := os.WriteFile(sorting, []byte(sortingSource), 0o600); err != nil {
		return "", err
	}
	if err := listing(dir, replace); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// listing makes what the first screen offers, which takes the program in a browser a
// quarter of a second.
func listing(dir string, replace map[string]string) error {
	list, err := page.List()
	if err != nil {
		return err
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	full, err := filepath.Abs("internal/page/listing.json")
	if err != nil {
		return err
	}
	replace[full] = filepath.Join(dir, "listing.json")
	return os.WriteFile(replace[full], text, 0o600)
}

// keepNamed writes the texts of a file whose ids are named, or begin with a name: with
// "digest." and with "basis", as ids are put together in the code.
func keepNamed(from, to string, named map[string]bool) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var all map[string]string
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for id := range all {
		if !isNamed(id, named) {
			delete(all, id)
		}
	}
	if text, err = json.Marshal(all); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

func isNamed(id string, named map[string]bool) bool {
	if named[id] {
		return true
	}
	for i, c := range id {
		if (c == '.' || c == '-') && (named[id[:i]] || named[id[:i+1]]) {
			return true
		}
	}
	return false
}

// literals are the strings in the code of every room that a program is made of.
func literals(ctx context.Context, program string) (map[string]bool, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}{{end}}{{end}}", program)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, file := range strings.Fields(string(out)) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil {
					named[text] = true
				}
			}
			return true
		})
	}
	return named, nil
}
