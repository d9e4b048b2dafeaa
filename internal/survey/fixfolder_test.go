package survey

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
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
	set := recipe.Compose(groups, nil, as, words)
	for _, r := range set.Refused {
		return r.Err
	}
	return FixFolder{Dir: dir, Replace: replace}.Put(set.Files)
}

// Proves that a second call leaves what the first one wrote as it is, to the
// byte, whatever it would write itself: the undo of the first run is in there.
func TestFixFolderKeepsTheEarlierUndo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := recipetest.Samples()[:2]
	if err := writeFolder(dir, groups[:1], formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, second := range [][]recipe.Plan{groups[:1], groups[1:], groups} {
		err := writeFolder(dir, second, formats.All(), message.For("en"), false)
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

// Proves that a folder with anything in it that was not written by a run of fix,
// or was changed since, is refused and left as it is.
func TestFixFolderRefuses(t *testing.T) {
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
		if !errors.Is(err, ErrForeignFolder) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v", err)
		}
		if after := tree(t, dir); !slices.Equal(before, after) {
			t.Errorf("%v became %v", before, after)
		}
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
	err := FixFolder{Dir: dir, Replace: true}.Put([]recipe.File{{Name: "01-x/undo.cmd", Data: []byte("x")}})
	if !errors.Is(err, ErrForeignFolder) {
		t.Errorf("%v", err)
	}
	if got := tree(t, outside); !slices.Equal(got, []string{"apply.cmd"}) {
		t.Errorf("outside: %v", got)
	}
}

// Proves that a second call replaces the first one's files if it is told to.
func TestFixFolderReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := recipetest.Samples()[:3]
	for _, lang := range []string{"ja", "en"} {
		if err := writeFolder(dir, groups, formats.All(), message.For(lang), true); err != nil {
			t.Fatal(err)
		}
	}
	if got := tree(t, dir); len(got) != 39 {
		t.Errorf("%v", got)
	}
	if err := writeFolder(dir, groups[:1], formats.All()[:1], message.For("en"), true); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 11 {
		t.Errorf("old files stay: %v", got)
	}
}

// Proves that if the disk is full, or a file cannot be written for another reason, the
// files of the earlier run stay as they were, and the same run succeeds later.
func TestFixFolderKeepsTheOldFilesWhereItFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := recipetest.Samples()[:2]
	if err := writeFolder(dir, groups, formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	bad := []recipe.File{{Name: "01-x/apply.cmd", Data: []byte("x")}, {Name: "01-x/apply.cmd/more", Data: []byte("x")}}
	if err := (FixFolder{Dir: dir, Replace: true}).Put(bad); err == nil {
		t.Fatal("written")
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("the folder changed: %v", slices.Sorted(maps.Keys(after)))
	}
	if err := writeFolder(dir, groups[:1], formats.All(), message.For("ja"), true); err != nil {
		t.Fatal(err)
	}
}

// Proves that a file of somebody else in a folder of an earlier run stops the run
// before anything is taken away.
func TestFixFolderKeepsForeignFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	groups := recipetest.Samples()[:1]
	if err := writeFolder(dir, groups, formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "01-2008r2-x64-full", "note.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	if err := writeFolder(dir, groups, formats.All(), message.For("en"), true); !errors.Is(err, ErrForeignFolder) {
		t.Errorf("%v", err)
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("the folder changed: %v", slices.Sorted(maps.Keys(after)))
	}
}

// Proves that what a run left that was ended by force neither stops the next one
// nor is touched by it: another run may be at work in there.
func TestFixFolderPassesOverUnfinished(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, stagePrefix+"AAAAAAAA", "undo.cmd")
	if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o755), os.WriteFile(left, []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := writeFolder(dir, recipetest.Samples()[:1], formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err != nil {
		t.Error(err)
	}
}
