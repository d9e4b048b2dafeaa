// Package console_test walks through the console in Chromium, from an empty store to a fix
// that our own reader takes.
package console_test

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/testkit/browser"
	"tlsready/internal/testkit/heard"
	"tlsready/internal/testkit/runkit"
)

// patience is how long the server may take to begin on a busy machine.
const patience = 5 * time.Minute

// plan is what look.mjs does. See there.
type plan struct {
	Base      string            `json:"base"`
	Entry     string            `json:"entry"` // lets in whoever started the server
	Languages []string          `json:"languages"`
	Pages     map[string]string `json:"pages"`
	Walk      *walk             `json:"walk,omitempty"`
	Images    string            `json:"images,omitempty"`
	Full      bool              `json:"full,omitempty"`
}

type walk struct {
	Reg   string   `json:"reg"`
	Fix   string   `json:"fix"`
	Lines []string `json:"lines"`
}

// found is what look.mjs writes.
type found struct {
	Requests, Console []string
	Screens           []struct {
		Name, Lang          string
		Status, Wide, Bytes int
		Found               []string
	}
	Walked map[string]any
}

// serve begins a server over an empty store, as the command does, and gives its address
// and the one that lets in whoever started it.
func serve(t *testing.T) (base, entry string) {
	t.Helper()
	var said heard.Text
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		args := []string{"serve", "--store", filepath.Join(t.TempDir(), "store.db"), "--listen", "127.0.0.1:0", "--lang", "en"}
		ended <- cli.Run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: &said, Err: &said}, nil)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	address := regexp.MustCompile(`(http://[^/\s]+)/\S*`)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if at := address.FindStringSubmatch(said.String()); at != nil {
			return at[1], at[0]
		}
		select {
		case status := <-ended:
			t.Fatalf("status %d: %s", status, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("the server did not say where it is")
	return "", ""
}

// lines are those of a probe and of what was seen, of a made-up fleet.
func lines(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	runkit.Fleet{Hosts: 12, Nights: 1, Last: time.Now().UTC().Format(time.DateOnly)}.Write(t, dir)
	var list []string
	for _, kind := range []string{"probe", "watch"} {
		names, err := filepath.Glob(filepath.Join(dir, kind+"-*.jsonl"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no lines of %s: %v", kind, err)
		}
		list = append(list, names...)
	}
	return list
}

// Proves the way of somebody new: a file that is dropped on the empty console is judged,
// its fix is downloaded and read by our own reader, the language changes, what-if answers,
// and a fix that was offered waits for somebody else; that forms work without a script; and
// that every page stands as it is to be seen, in both languages, light and dark, on a desk
// and on a phone, below 150 KB, with nothing in the way that axe finds, and without asking
// anything of another server.
func TestConsole(t *testing.T) {
	base, entry := serve(t)
	p := plan{
		Base: base, Entry: entry, Languages: []string{"en", "ja"},
		Images: os.Getenv("CONSOLE_IMAGES"), Full: os.Getenv("CONSOLE_FULL") != "",
		Walk: &walk{Reg: filepath.Join("..", "..", "examples", "fleet", "tokyo", "SQL01", "settings.reg"), Fix: filepath.Join(t.TempDir(), "fix.zip"), Lines: lines(t)},
		Pages: map[string]string{
			"deadlines": "/", "hosts": "/hosts?service=azure-backup", "fixes": "/hosts?service=azure-backup&by=fix", "host": "/hosts/example/osaka/FS01", "endpoints": "/endpoints", "clients": "/clients",
			"what-if": "/what-if?ask=1&service=azure-backup&versions=TLS+1.3", "services": "/services", "jobs": "/jobs", "add": "/add",
		},
	}
	var f found
	browser.Drive(t, "look.mjs", p, &f)
	checkWalk(t, f.Walked)
	checkFix(t, p.Walk.Fix)
	if len(f.Screens) != 3*len(p.Languages)*len(p.Pages) {
		t.Errorf("%d screens of %d pages", len(f.Screens), len(p.Pages))
	}
	for _, s := range f.Screens {
		if len(s.Found) > 0 || s.Wide > 0 || s.Status != 200 || !strings.HasSuffix(s.Name, "-"+s.Lang) || s.Bytes > 150<<10 {
			t.Errorf("%s: status %d, language %s, %d bytes, %d too wide, axe: %q", s.Name, s.Status, s.Lang, s.Bytes, s.Wide, s.Found)
		}
	}
	if len(f.Requests)+len(f.Console) > 0 {
		t.Errorf("asked of others: %q; the browser says %q", f.Requests, f.Console)
	}
}

func checkWalk(t *testing.T, got map[string]any) {
	t.Helper()
	for name, want := range map[string]any{
		"empty": 3.0, "taken": "Taken: 1 host, 0 endpoints, 0 connections", "host": "FS09", "verdict": "fails", "file": "tlsready-fix.zip",
		"offered": "The fix is offered. Somebody else has to approve it.", "own": 0.0, "japanese": "ja 接続不可", "live": "200 nowhere q",
		"example": "Taken: 14 hosts, 0 endpoints, 0 connections", "plain": 3.0,
	} {
		if got[name] != want {
			t.Errorf("%s: %v, not %v", name, got[name], want)
		}
	}
	if n, _ := got["sides"].(float64); n < 1 {
		t.Errorf("no picture of both sides")
	}
	for name, want := range map[string]string{"whatIf": "接続不可になる", "lines": "Taken: 0 hosts, "} {
		if text, _ := got[name].(string); !strings.Contains(text, want) {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// checkFix reads the fix that was downloaded, and what undoes it.
func checkFix(t *testing.T, archive string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	read := 0
	for _, f := range z.File {
		if !strings.Contains(f.Name, "apply") || strings.HasPrefix(f.Name, "all/") { // all/ runs the others
			continue
		}
		if _, ok := formats.ByFile(f.Name); !ok {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		_ = in.Close() // it was only read
		if err != nil {
			t.Fatal(err)
		}
		r, err := formats.Read(f.Name, text)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if len(r.Changes()) == 0 {
			t.Errorf("%s changes nothing", f.Name)
		}
		read++
	}
	if read < 3 {
		t.Errorf("only %d recipes in the archive", read)
		for _, f := range z.File {
			t.Log(f.Name)
		}
	}
}
