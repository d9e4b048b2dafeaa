package recipe

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/testkit/golden"
)

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Proves what a folder holds, that a second call replaces it where it is told to,
// and what README.txt and hosts.txt say in both languages.
func TestWriteFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := samples()[:3]
	for _, lang := range []string{"ja", "en", "ja"} {
		if err := WriteFolder(dir, groups, Formats(), message.For(lang), true); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"01-2008r2-x64-full", "03-windows-7-x86"} {
			text, err := os.ReadFile(filepath.Join(dir, name, "README.txt"))
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, filepath.Join("testdata", "golden", lang, name[3:], "README.txt"), text)
		}
	}
	names := tree(t, dir)
	want := []string{"README.txt", "apply.cmd", "apply.ps1", "apply.reg", "hosts.txt", "undo.cmd", "undo.ps1", "undo.reg", "verify.cmd", "verify.ps1"}
	if got := names[:10]; !slices.Equal(got, prefixed("01-2008r2-x64-full/", want)) || len(names) != 31 {
		t.Errorf("got %v", names)
	}
	hosts, err := os.ReadFile(filepath.Join(dir, "01-2008r2-x64-full", "hosts.txt"))
	if err != nil || string(hosts) != "acme/fs01\r\nacme/fs02\r\n" {
		t.Errorf("hosts.txt: %q %v", hosts, err)
	}
	if err := WriteFolder(dir, groups[:1], Formats()[:1], message.For("en"), true); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 6 {
		t.Errorf("old files stay: %v", got)
	}
}

// Proves that a second call leaves what the first one wrote as it is, to the
// byte, whatever it would write itself: the undo of the first run is in there.
func TestWriteFolderKeepsTheEarlierUndo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := samples()[:2]
	if err := WriteFolder(dir, groups[:1], Formats(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, second := range [][]Plan{groups[:1], groups[1:], groups} {
		err := WriteFolder(dir, second, Formats(), message.For("en"), false)
		if !errors.Is(err, ErrEarlierRun) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v", err)
		}
		if after := contents(t, dir); !maps.Equal(before, after) {
			t.Errorf("the folder changed: %v", slices.Sorted(maps.Keys(after)))
		}
	}
}

// contents are the files below dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range tree(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	return files
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}

// Proves that a folder with anything in it that was not written by WriteFolder,
// or was changed since, is refused and left as it is.
func TestWriteFolderRefuses(t *testing.T) {
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	groups := samples()[1:2]
	foreign := t.TempDir()
	write(filepath.Join(foreign, "mine.txt"), "x")
	changed := t.TempDir()
	if err := WriteFolder(changed, groups, Formats(), message.For("en"), true); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(changed, "01-2012r2-x64-dotnet", "apply.cmd"), "rem mine")
	escaping := t.TempDir()
	write(filepath.Join(escaping, manifestName), `{"schema":"tlsready.fix-folder/v1","files":{"../mine.txt":"00"}}`)
	for _, dir := range []string{foreign, changed, escaping} {
		before := tree(t, dir)
		err := WriteFolder(dir, groups, Formats(), message.For("en"), true)
		if !errors.Is(err, ErrForeignFolder) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v", err)
		}
		if after := tree(t, dir); !slices.Equal(before, after) {
			t.Errorf("%v became %v", before, after)
		}
	}
}

// Proves that nothing is written where one of the plans cannot be.
func TestWriteFolderAllOrNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := samples()[:2]
	groups[1].Changes = nil
	if err := WriteFolder(dir, groups, Formats(), message.For("en"), true); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
