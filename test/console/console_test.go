// Package console_test walks through the console in Chromium, from an empty store to a fix
// that our own reader takes.
package console_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
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
	Languages []string `json:"languages"`
	Walk      walk     `json:"walk"`
	People    people   `json:"people"`
	Pages     []page   `json:"pages"` // of the server of People
	Images    string   `json:"images,omitempty"`
	Full      bool     `json:"full,omitempty"`
}

// server is where one listens, and what lets in whoever started it.
type server struct {
	Base  string `json:"base"`
	Entry string `json:"entry"`
}

type walk struct {
	server
	Reg   string   `json:"reg"`
	Fix   string   `json:"fix"`
	Lines []string `json:"lines"`
}

type people struct {
	server
	Folder   string `json:"folder"` // to be dropped
	Password string `json:"password"`
	Other    string `json:"other"`  // the other tenant
	Mine     string `json:"mine"`   // the page of a host of the first tenant
	Theirs   string `json:"theirs"` // stands in the names of its hosts
	Seen     string `json:"seen"`   // stands in the names of its endpoints
}

type page struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Plain bool   `json:"plain"` // nobody has signed in
	Dark  bool   `json:"dark"`  // axe looks at its dark colours too
}

// found is what look.mjs writes.
type found struct {
	Requests, Console []string
	Screens           []struct {
		Name, Lang          string
		Status, Wide, Bytes int
		Found               []string
	}
	Walked, People map[string]any
}

// serve begins a server over a store, as the command does.
func serve(t *testing.T, at string) server {
	t.Helper()
	var said heard.Text
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		args := []string{"serve", "--store", at, "--listen", "127.0.0.1:0", "--lang", "en", "--schedules", filepath.Join("testdata", "schedules.yaml")}
		ended <- cli.Run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: &said, Err: &said}, nil)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	address := regexp.MustCompile(`(http://[^/\s]+)/\S*`)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if at := address.FindStringSubmatch(said.String()); at != nil {
			return server{at[1], at[0]}
		}
		select {
		case status := <-ended:
			t.Fatalf("status %d: %s", status, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("the server did not say where it is")
	return server{}
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
// and a fix that was offered waits for somebody else; that forms work without a script.
// Beside it the ways of several people, see people.mjs. And that every page stands as it is
// to be seen, in both languages, light and dark, on a desk and on a phone, below 150 KB,
// with nothing in the way that axe finds, and without asking anything of another server.
func TestConsole(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full.db")
	grow(t, full, "default", "osaka", true)
	grow(t, full, "north", "sapporo", false)
	p := plan{
		Languages: []string{"en", "ja"}, Images: os.Getenv("CONSOLE_IMAGES"), Full: os.Getenv("CONSOLE_FULL") != "",
		Walk:   walk{serve(t, filepath.Join(dir, "empty.db")), filepath.Join("..", "..", "examples", "fleet", "tokyo", "SQL01", "settings.reg"), filepath.Join(dir, "fix.zip"), lines(t)},
		People: people{serve(t, full), absolute(t, filepath.Join("..", "..", "examples", "fleet", "tokyo")), "correct horse battery staple", "north", "/hosts/osaka/fs01", "osaka", "mail.example.com"},
		Pages: []page{
			{Name: "deadlines", Path: "/", Dark: true},
			{Name: "hosts", Path: "/hosts?service=azure-backup", Dark: true},
			{Name: "fixes", Path: "/hosts?service=azure-backup&by=fix"},
			{Name: "host", Path: "/hosts/osaka/fs08", Dark: true},
			{Name: "endpoints", Path: "/endpoints"},
			{Name: "endpoint", Path: "/endpoint?address=192.0.2.10&target=mail.example.com%3A993", Dark: true},
			{Name: "clients", Path: "/clients"},
			{Name: "client", Path: "/client?client=192.0.2.20"},
			{Name: "what-if", Path: "/what-if?ask=1&service=azure-backup&versions=TLS+1.3", Dark: true},
			{Name: "services", Path: "/services"},
			{Name: "jobs", Path: "/jobs", Dark: true},
			{Name: "add", Path: "/add"},
			{Name: "people", Path: "/people"},
			{Name: "account", Path: "/account"},
			{Name: "audit", Path: "/audit"},
			{Name: "sign-in", Path: "/sign-in", Plain: true},
			{Name: "lost", Path: "/nowhere"},
		},
	}
	var f found
	browser.Drive(t, "look.mjs", p, &f)
	checkWalk(t, f.Walked)
	checkPeople(t, f.People)
	checkFix(t, p.Walk.Fix, p.Walk.Reg)
	if len(f.Screens) != 3*len(p.Languages)*(len(p.Pages)+1) {
		t.Errorf("%d screens of %d pages", len(f.Screens), len(p.Pages))
	}
	for _, s := range f.Screens {
		status := 200
		if strings.HasPrefix(s.Name, "lost-") {
			status = 404
		}
		if len(s.Found) > 0 || s.Wide > 0 || s.Status != status || !strings.HasSuffix(s.Name, "-"+s.Lang) || s.Bytes > 150<<10 {
			t.Errorf("%s: status %d, language %s, %d bytes, %d too wide, axe: %q", s.Name, s.Status, s.Lang, s.Bytes, s.Wide, s.Found)
		}
	}
	if len(f.Requests) > 0 {
		t.Errorf("asked of others: %q", f.Requests)
	}
	for _, said := range f.Console {
		if !regexp.MustCompile(`status of (401|404|409|429) `).MatchString(said) { // what the walk asks for on purpose
			t.Errorf("the browser says %q", said)
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	at, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// hold holds what was seen to what is expected.
func hold(t *testing.T, got, expected map[string]any) {
	t.Helper()
	for name, want := range expected {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: %v, not %v", name, got[name], want)
		}
	}
}

func checkWalk(t *testing.T, got map[string]any) {
	t.Helper()
	hold(t, got, map[string]any{
		"empty": 3.0, "taken": "Taken: 1 host", "host": "FS09", "verdict": "fails: Any service that takes only TLS 1.2 and later", "file": "tlsready-fix-FS09.zip",
		"offered": "The fix is offered. Somebody else has to approve it.", "own": 0.0, "japanese": "ja 接続不可: TLS 1.2 以上だけを受け付けるサービス一般", "live": "200 nowhere q",
		"example": "Taken: 14 hosts", "plain": 3.0,
	})
	if n, _ := got["sides"].(float64); n < 1 {
		t.Errorf("no picture of both sides")
	}
	for name, want := range map[string]string{"whatIf": "接続不可になる", "plainWhatIf": "lose their connection", "lines": "Taken: 2 endpoints, 12 connections"} {
		if text, _ := got[name].(string); !strings.Contains(text, want) {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// checkPeople holds what people.mjs saw: who may do what, and what one customer is told of
// another's hosts, which is nothing.
func checkPeople(t *testing.T, got map[string]any) {
	t.Helper()
	hosts, _ := got["hosts"].([]any)
	if len(hosts) != grown {
		t.Errorf("a customer has %d hosts, not %d", len(hosts), grown)
	}
	for _, h := range hosts {
		if name, _ := h.(string); !strings.HasPrefix(name, "sapporo/") {
			t.Errorf("a customer is shown %v", h)
		}
	}
	for name, want := range map[string]string{"token": "--token-file token.txt", "enrol": "tlsready_", "waits": "Offered for approval by olga", "wait": "too many requests"} {
		if text, _ := got[name].(string); !strings.Contains(text, want) {
			t.Errorf("%s: %q", name, text)
		}
	}
	hold(t, got, map[string]any{
		"closed": "/sign-in", "wrong": "/sign-in The user name or the password is not right.", "in": "/",
		"hint": true, "veil": "Drop the files to have them judged", "folder": "Taken: 3 hosts",
		"tagged": "The tag is kept.", "tag": "wave: 2", "wave": []any{"2 36"}, "olga": 0.0, "approved": "The fix is approved.", "boss": 0.0,
		"link": 404.0, "search": 0.0, "searched": 1.0, "texts": []any{}, "over": "403 false", "often": 429.0,
	})
}

// checkFix holds the fix that was downloaded to the one that the command writes of the same
// file, byte by byte, and reads it.
func checkFix(t *testing.T, archive, reg string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir, read := written(t, reg), 0
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		_ = in.Close() // it was only read
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(dir, filepath.FromSlash(f.Name))
		if same, err := os.ReadFile(at); err != nil || !bytes.Equal(same, text) {
			t.Errorf("%s is not what fix writes: %v", f.Name, err)
		}
		_ = os.Remove(at)                                                            // what is left is not in the archive
		if !strings.Contains(f.Name, "apply") || strings.HasPrefix(f.Name, "all/") { // all/ runs the others
			continue
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
	if read != len(formats.Names()) {
		t.Errorf("%d recipes in the archive", read)
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("fix writes %s besides", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// written is the folder that fix writes in all formats.
func written(t *testing.T, reg string) string {
	t.Helper()
	text, err := os.ReadFile(reg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "FS09.reg")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "fixes")
	args := []string{"fix", file, "--service", "tls12", "--dir", out, "--lang", "en"}
	for _, name := range formats.Names() {
		args = append(args, "--as", name)
	}
	var said bytes.Buffer
	if status := cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &said, Err: &said}, nil); status != 0 {
		t.Fatalf("fix ends with %d: %s", status, said.String())
	}
	return out
}
