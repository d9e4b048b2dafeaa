// Command pack makes the page: one HTML file with the program for the browser, its
// words, its style and an example in it. It is run from the module's folder, needs xz,
// and gives the same bytes for the same commit.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxPage is the size, in bytes, over which a mail server or a colleague's patience
// ends.
const maxPage = 3_000_000

// maxTransferred is the size, in bytes, that "tlsready page" may send of it, with gzip.
const maxTransferred = 1_500_000

func main() {
	out := flag.String("o", "dist/tlsready.html", "the file to write")
	flag.Parse()
	if err := run(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	program, restored, err := build(ctx)
	if err != nil {
		return err
	}
	files, err := example("examples")
	if err != nil {
		return err
	}
	packed, err := xz(ctx, append(bytes.Clone(program), files...))
	if err != nil {
		return err
	}
	html, err := assemble(ctx, payload{text: sevenBits(packed), packed: len(packed), program: len(program), size: len(program) + len(files), restored: restored})
	if err != nil {
		return err
	}
	if len(html) > maxPage {
		return fmt.Errorf("the page has %d bytes, more than %d", len(html), maxPage)
	}
	sent := transferred(html)
	if sent > maxTransferred {
		return fmt.Errorf("the page has %d bytes with gzip, more than %d", sent, maxTransferred)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d with gzip, of which the packed program %d\n", out, len(html), sent, len(packed))
	return os.WriteFile(out, html, 0o644)
}

// transferred is how many bytes of a page a browser loads, as package site packs it.
func transferred(html []byte) int {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return len(html)
	}
	_, _ = w.Write(html) // a buffer takes everything
	_ = w.Close()
	return out.Len()
}

// build compiles the program for the browser, without lines and written for packing, and
// gives how long it is restored, in bytes. Functions are not inlined: the program is a
// seventh smaller and hardly slower.
func build(ctx context.Context) (small []byte, restored int, err error) {
	dir, err := os.MkdirTemp("", "tlsready-page")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	const source = "./internal/page/wasm"
	words, err := overlay(ctx, dir, source)
	if err != nil {
		return nil, 0, err
	}
	file := filepath.Join(dir, "page.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-overlay", words, "-gcflags=all=-l", "-ldflags=-s -w", "-o", file, source)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	if program, err = withMemory(program, forgetLines); err != nil {
		return nil, 0, err
	}
	small, same, err := compact(program)
	return small, len(same), err
}

// xz packs data as LZMA, which is the smallest that a page can unpack in a second.
func xz(ctx context.Context, data []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "xz", "--format=lzma", "--lzma1=preset=9e,lc=4,pb=0", "--stdout")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(data), &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("xz (Debian package xz-utils): %w %s", err, errs.String())
	}
	return out.Bytes(), nil
}

// example is the example fleet: a list of paths and contents as JSON, with a character
// for each byte.
func example(dir string) ([]byte, error) {
	type file struct {
		Path string `json:"path"`
		Text string `json:"text"`
	}
	var list []file
	root := os.DirFS(dir)
	err := fs.WalkDir(root, "fleet", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		list = append(list, file{path, oneByOne(text)})
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(list)
}

// oneByOne gives each byte as the character of its number.
func oneByOne(data []byte) string {
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}
