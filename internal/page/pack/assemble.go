package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"tlsready/internal/message"
	"tlsready/internal/source/files"
)

// payload is the packed program as the page carries it.
type payload struct {
	text                  string
	packed, program, size int // bytes: packed; of the program, and with the example, unpacked
	restored              int // bytes of the program as a browser runs it
}

// parts are where the page's files are.
const (
	web        = "internal/page/web"
	reportPage = "internal/report/html/page"
)

// shell is what the frame of the page is filled with.
type shell struct {
	Policy, Title, Style, Old, Script, Worker, Words, Collector string
	Program                                                     string
	NoScript                                                    []spoken
}

type spoken struct{ Lang, Text string }

// assemble fills the frame.
func assemble(ctx context.Context, p payload) ([]byte, error) {
	s := shell{Title: message.For("en").Text("web.title"), Collector: escape(string(files.CollectorCMD()))}
	var err error
	if s.Style, err = read(reportPage+"/style.css", web+"/page.css"); err != nil {
		return nil, err
	}
	if s.Old, err = read(web + "/old.js"); err != nil {
		return nil, err
	}
	if s.Script, err = script(); err != nil {
		return nil, err
	}
	if s.Worker, err = worker(ctx); err != nil {
		return nil, err
	}
	if s.Words, err = words(ctx); err != nil {
		return nil, err
	}
	for _, lang := range message.Languages() {
		s.NoScript = append(s.NoScript, spoken{lang, escape(message.For(lang).Text("web.old.noscript"))})
	}
	for _, one := range []string{s.Style, s.Old, s.Script, s.Worker, s.Words, p.text} {
		if strings.Contains(strings.ToLower(one), "</s") || strings.Contains(one, "<!--") {
			return nil, fmt.Errorf("a part of the page would end its own element")
		}
	}
	s.Policy = policy(s.Style, s.Old, s.Script)
	s.Program = p.text
	return fill(s, p)
}

func fill(s shell, p payload) ([]byte, error) {
	frame, err := os.ReadFile(web + "/shell.html")
	if err != nil {
		return nil, err
	}
	// The numbers that the reader needs stand with the program.
	numbers := fmt.Sprintf(`id="program" data-packed="%d" data-program="%d" data-size="%d" data-restored="%d"`, p.packed, p.program, p.size, p.restored)
	t, err := template.New("shell").Parse(strings.Replace(string(frame), `id="program"`, numbers, 1))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, s)
	return out.Bytes(), err
}

// policy forbids everything but the page's own style and scripts, known by their hashes,
// the worker that it makes of itself, and WebAssembly in it (Content Security Policy
// Level 3). No source is named for connections, so there are none.
func policy(style string, scripts ...string) string {
	var hashes []string
	for _, one := range scripts {
		hashes = append(hashes, hash(one))
	}
	return "default-src 'none'; script-src " + strings.Join(hashes, " ") + " 'wasm-unsafe-eval' blob:; worker-src blob:; style-src " + hash(style) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// escape makes text that stands as it is in HTML.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "\n").Replace(text)
}

// read joins files.
func read(names ...string) (string, error) {
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		all.Write(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	}
	return all.String(), nil
}

// script is the page's own script with that of the report, which works on the part of
// the page that it is given.
func script() (string, error) {
	tools, err := read(reportPage + "/script.js")
	if err != nil {
		return "", err
	}
	own, err := read(web + "/page.js")
	return "function reportTools(document) {\n" + tools + "}\n" + own, err
}

// worker is everything that runs beside the page.
func worker(ctx context.Context) (string, error) {
	root, err := goRoot(ctx)
	if err != nil {
		return "", err
	}
	glue := filepath.Join(root, "lib", "wasm", "wasm_exec.js")
	return read(web+"/lzma.js", web+"/restore.js", web+"/files.js", glue, web+"/worker.js")
}

// goRoot is where the toolchain is.
func goRoot(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(root)), err
}

// shown are the texts that the page's scripts show besides those that begin with
// "web.".
func shown() []string {
	return []string{
		"explain.causes", "explain.tell", "explain.collect", "explain.also", "page.sources", "report.html.copy", "report.html.copied", "report.html.shown",
		"verdict.connects", "verdict.fails", "verdict.unknown", "verdict.notInstalled", "verdict.unreadable",
	}
}

// words are the page's texts by language, and the version.
func words(ctx context.Context) (string, error) {
	all := map[string]any{}
	for _, lang := range message.Languages() {
		catalog, list := message.For(lang), map[string]string{}
		for _, id := range append(catalog.IDs("web."), shown()...) {
			list[id] = catalog.Or(id, id)
		}
		all[lang] = list
	}
	all["version"] = version(ctx)
	text, err := json.Marshal(all) // "<" is escaped
	return string(text), err
}

// version names the commit, as the program's version does.
func version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "development"
	}
	return strings.TrimSpace(string(out))
}
