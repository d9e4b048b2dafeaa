// Package page_test opens the page in Chromium: the same answers as the program, nothing
// that leaves it, nothing in the way of those who use it otherwise.
package page_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/page"
	"tlsready/internal/source/files"
	"tlsready/internal/testkit/browser"
)

// today is the day on which everything is asked.
const today = "2021-06-15"

// file is a file that is given to the page: its path and its content.
type file [2]string

// plan is what drive.mjs does. See there.
type plan struct {
	Page     string   `json:"page"`
	Flows    []string `json:"flows"`
	Cases    []one    `json:"cases,omitempty"`
	Recipe   string   `json:"recipe,omitempty"`
	Wrong    string   `json:"wrong,omitempty"`
	Many     string   `json:"many,omitempty"`
	Huge     string   `json:"huge,omitempty"`
	Drops    []drop   `json:"drops,omitempty"`
	Snapshot string   `json:"snapshot,omitempty"` // base64
	Images   string   `json:"images,omitempty"`
	Figures  []figure `json:"figures,omitempty"`
}

// drop is what is dragged onto the page, and words that are then shown.
type drop struct {
	Paths []string `json:"paths"`
	Says  []string `json:"says"`
}

type one struct {
	Name     string   `json:"name"`
	Files    []file   `json:"files"`
	Question question `json:"question"`
	Zip      []string `json:"zip,omitempty"`
	Lang     string   `json:"lang,omitempty"`

	dir  string   // where the same files lie
	args []string // what the program is asked
}

type question struct {
	Sources  []string `json:"sources"`
	Services []string `json:"services,omitempty"`
	Callers  []string `json:"callers,omitempty"`
	With     string   `json:"with,omitempty"`
	On       string   `json:"on,omitempty"`
	Today    string   `json:"today"`
	OS       string   `json:"os,omitempty"`
}

type figure struct {
	Name  string   `json:"name"`
	Input string   `json:"input"`
	Files []string `json:"files"`
}

// found is what drive.mjs writes.
type found struct {
	Requests, Console []string
	Cases             []struct {
		Name, Problem, Japanese, JSON, Zip, HTML, CSV string
		MS                                            float64
	}
	Screens []struct {
		Name  string
		Found []string
		Wide  int
	}
	Flows []struct {
		Name, Words string
		Steps       []bool
	}
	Times map[string]float64
	Walk  []struct {
		Name string
		MS   float64
	}
	Collector, Zip string // base64
}

// built is the page, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tlsready-page-test")
	if err != nil {
		return "", err
	}
	page := filepath.Join(dir, "tlsready.html")
	cmd := exec.Command("go", "run", "./internal/page/pack", "-o", page)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return page, nil
})

// drive does with the page what a plan says.
func drive(t *testing.T, p plan) found {
	t.Helper()
	page, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p.Page = "file://" + filepath.ToSlash(page)
	var f found
	browser.Drive(t, "drive.mjs", p, &f)
	if len(f.Requests) > 0 {
		t.Errorf("the page asked the network for %q", f.Requests)
	}
	if len(f.Console) > 0 {
		t.Errorf("the console says %q", f.Console)
	}
	return f
}

// Proves that the page says of every case, and of every file that was made to mislead,
// what the program says, byte for byte, and packs the files that fix writes.
func TestSameAsTheProgram(t *testing.T) {
	cases := append(acceptance(t), misleading(t)...)
	cases = append(cases, fleets(t)...)
	f := drive(t, plan{Flows: []string{"cases"}, Cases: cases})
	if len(f.Cases) != len(cases) {
		t.Fatalf("%d of %d cases", len(f.Cases), len(cases))
	}
	same := 0
	for i, got := range f.Cases {
		c := cases[i]
		want, problem := program(t, c)
		if problem != got.Problem {
			t.Errorf("%s: the page says %q, the program %q", c.Name, got.Problem, problem)
			continue
		}
		if have := decoded(t, got.JSON); !bytes.Equal(have, want) {
			t.Errorf("%s: the page's JSON has %d bytes and is not that of the program with %d", c.Name, len(have), len(want))
			continue
		}
		same++
		compareWords(t, c, got.Japanese, map[string][]byte{"html": decoded(t, got.HTML), "csv": decoded(t, got.CSV)})
		if c.Zip != nil {
			comparePacked(t, c, decoded(t, got.Zip))
		}
	}
	t.Logf("%d of %d the same", same, len(cases))
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// program asks the command line the same. Problem is the text of its error, without the
// hint, which names flags.
func program(t *testing.T, c one) (out []byte, problem string) {
	t.Helper()
	t.Chdir(c.dir)
	var result, errs bytes.Buffer
	args := slices.Concat([]string{"check"}, c.args, []string{"--today", today, "-f", "json", "--quiet"})
	cli.Run(t.Context(), args, cli.Streams{Out: &result, Err: &errs}, nil)
	if result.Len() > 0 {
		return result.Bytes(), ""
	}
	var e struct{ Error any }
	if json.Unmarshal(errs.Bytes(), &e) == nil {
		if text, ok := e.Error.(string); ok {
			return nil, text
		}
	}
	return nil, errs.String()
}

// compareWords holds the texts of the page against those of its room with the words of
// all rooms: none that is shown may have been left out of the page.
func compareWords(t *testing.T, c one, japanese string, files map[string][]byte) {
	t.Helper()
	t.Chdir(c.dir)
	s := &page.Session{}
	q := c.Question
	question := page.Question{Sources: q.Sources, Services: q.Services, Callers: q.Callers, With: q.With, On: q.On, Today: q.Today, OS: q.OS}
	lang := c.Lang
	if lang == "" {
		lang = "ja"
	}
	if _, err := s.Check(t.Context(), question, lang); err != nil {
		if want := s.ProblemOf(err, "ja").What; want != japanese {
			t.Errorf("%s: the page says %q, not %q", c.Name, japanese, want)
		}
		return
	}
	if c.Zip == nil {
		return
	}
	for format, got := range files {
		want, err := s.Download(format, lang, nil)
		if err != nil || !bytes.Equal(want.Data, got) {
			t.Errorf("%s: the %s of %d bytes is not the one of %d (%v)", c.Name, format, len(got), len(want.Data), err)
		}
	}
}

// comparePacked holds the zip of the page against the folder that fix writes.
func comparePacked(t *testing.T, c one, packed []byte) {
	t.Helper()
	t.Chdir(c.dir)
	dir := filepath.Join(t.TempDir(), "fix")
	args := slices.Concat([]string{"fix"}, c.args, []string{"--today", today, "--quiet", "--dir", dir})
	for _, as := range c.Zip {
		args = append(args, "--as", as)
	}
	if c.Lang != "" {
		args = append(args, "--lang", c.Lang)
	}
	var result, errs bytes.Buffer
	cli.Run(t.Context(), args, cli.Streams{Out: &result, Err: &errs}, nil)
	want := folder(t, dir)
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	if len(r.File) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d files in the zip, %d in the folder: %s", c.Name, len(r.File), len(want), errs.String())
	}
	for _, one := range r.File {
		in, err := one.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil || !bytes.Equal(data, want[one.Name]) {
			t.Errorf("%s: %s differs (%v)", c.Name, one.Name, err)
		}
	}
}

// folder reads every file below a folder.
func folder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// screens are what TestScreens looks at.
func screens() []string { return []string{"start", "open", "result", "whatif", "explain", "problem"} }

// Proves that axe finds nothing on any screen, in both languages, light and dark, and
// that nothing is wider than a phone or a screen at 200 %. With PAGE_IMAGES it writes, instead of asking axe, a
// picture of each into that folder.
func TestScreens(t *testing.T) {
	f := drive(t, plan{
		Flows: []string{"screens"}, Recipe: write(t, "fix.reg", recipe), Wrong: write(t, "holiday.jpg", "\xff\xd8\xff\xe0 no list of hosts"),
		Images: os.Getenv("PAGE_IMAGES"),
	})
	if want := len(screens()) * 2 * 4; len(f.Screens) != want {
		t.Errorf("%d screens, want %d", len(f.Screens), want)
	}
	checkScreens(t, f)
}

func checkScreens(t *testing.T, f found) {
	t.Helper()
	for _, s := range f.Screens {
		if len(s.Found) > 0 || s.Wide > 0 {
			t.Errorf("%s: %d too wide, axe: %s", s.Name, s.Wide, strings.Join(s.Found, "; "))
		}
	}
}

const recipe = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\r\n\"SchUseStrongCrypto\"=dword:00000001\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319]\r\n\"SchUseStrongCrypto\"=dword:00000001\r\n"

// write writes a file of its own folder.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Proves that the page can be used by the keyboard alone, that its address runs the
// example in a language, that a browser without WebAssembly or without scripts is told
// what to do, that a run can be cancelled, that names with markup are text, and that a
// file of 2 GB is refused by its size.
func TestFlows(t *testing.T) {
	huge := filepath.Join(t.TempDir(), "SOFTWARE")
	writeHuge(t, huge)
	many := manyFiles(t, 4_000)
	f := drive(t, plan{
		Flows: []string{"keyboard", "address", "old", "plain", "cancel", "hostile"}, Many: many, Huge: huge,
		Snapshot: base64.StdEncoding.EncodeToString([]byte(snapshot("fs01"))),
	})
	for _, flow := range f.Flows {
		if slices.Contains(flow.Steps, false) {
			t.Errorf("%s: %v %s", flow.Name, flow.Steps, flow.Words)
		}
	}
	if len(f.Flows) != 6 {
		t.Errorf("%d flows", len(f.Flows))
	}
	if got := decoded(t, f.Collector); !bytes.Equal(got, files.CollectorCMD()) {
		t.Errorf("the collector that was saved has %d bytes, not %d", len(got), len(files.CollectorCMD()))
	}
	checkScreens(t, f)
}
