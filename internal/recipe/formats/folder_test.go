package formats_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
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

// writeFolder composes the groups and puts them into a folder.
func writeFolder(dir string, groups []recipe.Plan, as []recipe.Format, words *message.Catalog, replace bool) error {
	set := recipe.Compose(groups, as, words)
	for _, r := range set.Refused {
		return r.Err
	}
	return recipe.Folder{Dir: dir, Replace: replace}.Put(set.Files)
}

// Proves what a folder holds, that a second call replaces it where it is told to,
// and what README.txt and hosts.txt say in both languages.
func TestWriteFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := recipetest.Samples()[:3]
	for _, lang := range []string{"ja", "en", "ja"} {
		if err := writeFolder(dir, groups, formats.All(), message.For(lang), true); err != nil {
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
	if err := writeFolder(dir, groups[:1], formats.All()[:1], message.For("en"), true); err != nil {
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
	groups := recipetest.Samples()[:2]
	if err := writeFolder(dir, groups[:1], formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, second := range [][]recipe.Plan{groups[:1], groups[1:], groups} {
		err := writeFolder(dir, second, formats.All(), message.For("en"), false)
		if !errors.Is(err, recipe.ErrEarlierRun) || !strings.Contains(err.Error(), dir) {
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

// Proves that a folder with anything in it that was not written by recipe.WriteFolder,
// or was changed since, is refused and left as it is.
func TestWriteFolderRefuses(t *testing.T) {
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	groups := recipetest.Samples()[1:2]
	foreign := t.TempDir()
	write(filepath.Join(foreign, "mine.txt"), "x")
	changed := t.TempDir()
	if err := writeFolder(changed, groups, formats.All(), message.For("en"), true); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(changed, "01-2012r2-x64-dotnet", "apply.cmd"), "rem mine")
	escaping := t.TempDir()
	write(filepath.Join(escaping, recipe.ManifestName), `{"schema":"tlsready.fix-folder/v1","files":{"../mine.txt":"00"}}`)
	for _, dir := range []string{foreign, changed, escaping} {
		before := tree(t, dir)
		err := writeFolder(dir, groups, formats.All(), message.For("en"), true)
		if !errors.Is(err, recipe.ErrForeignFolder) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v", err)
		}
		if after := tree(t, dir); !slices.Equal(before, after) {
			t.Errorf("%v became %v", before, after)
		}
	}
}

// Proves that a group that cannot be written costs its own hosts alone, is named
// with every format and the reason, and leaves no gap in the numbers.
func TestComposeRefusesOneGroup(t *testing.T) {
	groups := recipetest.Samples()[:3]
	groups[1].Changes = nil
	set := recipe.Compose(groups, formats.All(), message.For("en"))
	if set.Groups != 2 || set.Hosts != 3 || len(set.Refused) != len(formats.All()) {
		t.Errorf("%d groups, %d hosts, refused %v", set.Groups, set.Hosts, set.Refused)
	}
	for _, r := range set.Refused {
		if !slices.Equal(r.Hosts, groups[1].Hosts) || !strings.Contains(r.Err.Error(), "changes nothing") {
			t.Errorf("%+v", r)
		}
	}
	for _, f := range set.Files {
		if !strings.HasPrefix(f.Name, "01-2008r2-x64-full/") && !strings.HasPrefix(f.Name, "02-windows-7-x86/") {
			t.Error(f.Name)
		}
	}
}

// Proves that a value that one format cannot carry is written in the others.
func TestComposeRefusesOneFormat(t *testing.T) {
	group := recipetest.Samples()[1]
	group.Changes[0].Before = host.Before{State: host.Present, Data: host.String(`a "quoted" text`)}
	set := recipe.Compose([]recipe.Plan{group}, formats.All(), message.For("ja"))
	var names []string
	for _, f := range set.Files {
		names = append(names, f.Name[strings.IndexByte(f.Name, '/')+1:])
	}
	if want := []string{"apply.ps1", "undo.ps1", "verify.ps1", "hosts.txt", "README.txt"}; !slices.Equal(names, want) || set.Groups != 1 {
		t.Errorf("%v", names)
	}
	if len(set.Refused) != 2 || set.Refused[0].Format != "reg" || set.Refused[1].Format != "cmd" {
		t.Errorf("%+v", set.Refused)
	}
}

// Proves that links in a folder lead nothing out of it: neither what a manifest
// names for removal nor what is written.
func TestFolderFollowsNoLink(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "apply.cmd")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "01-x")); err != nil {
		t.Fatal(err) // every system that the tests run on can
	}
	sum := sha256.Sum256([]byte("mine"))
	manifest := fmt.Sprintf(`{"schema":"tlsready.fix-folder/v1","files":{"01-x/apply.cmd":"%x"}}`, sum)
	if err := os.WriteFile(filepath.Join(dir, recipe.ManifestName), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	err := recipe.Folder{Dir: dir, Replace: true}.Put([]recipe.File{{Name: "01-x/undo.cmd", Data: []byte("x")}})
	if !errors.Is(err, recipe.ErrForeignFolder) {
		t.Errorf("%v", err)
	}
	if got := tree(t, outside); !slices.Equal(got, []string{"apply.cmd"}) {
		t.Errorf("outside: %v", got)
	}
}

// Proves that an archive holds what a folder would, to the same bytes each time.
func TestZip(t *testing.T) {
	set := recipe.Compose(recipetest.Samples()[:2], formats.All(), message.For("ja"))
	var first, second bytes.Buffer
	if err := errors.Join(recipe.Zip{Out: &first}.Put(set.Files), recipe.Zip{Out: &second}.Put(set.Files)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of one set differ")
	}
	archive, err := zip.NewReader(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range append([]recipe.File{{Name: recipe.ManifestName}}, set.Files...) {
		in, err := archive.Open(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil || i > 0 && !bytes.Equal(data, f.Data) {
			t.Errorf("%s: %d bytes, %v", f.Name, len(data), err)
		}
	}
}
