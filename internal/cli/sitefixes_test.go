package cli

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Proves that the files of a fix on the site are those that "fix" writes for the same hosts,
// byte for byte, apart from verify, which needs what the lines of runs do not have; and that
// every host with such files has them.
func TestSiteFixesAreThoseOfFix(t *testing.T) {
	const fleet, service = "../../examples/fleet", "azure-backup"
	dir := t.TempDir()
	lines, site, fixes := filepath.Join(dir, "check.jsonl"), filepath.Join(dir, "site"), filepath.Join(dir, "fix")
	for _, args := range [][]string{
		{"check", fleet, "--service", service, "--today", "2026-11-28", "-f", "jsonl", "-o", lines, "--exit-zero", "-q"},
		{"report", lines, "-o", site, "--today", "2026-11-29", "-q"},
		{"fix", fleet, "--service", service, "--as", "ps1", "--as", "reg", "--as", "cmd", "--dir", fixes, "--lang", "en", "--exit-zero", "-q"},
	} {
		if status, _, told := runQuiet(t, args...); status != 0 {
			t.Fatalf("%q: status %d: %s", args, status, told)
		}
	}
	want := folders(t, os.DirFS(fixes))
	delete(want, "all")
	archives, err := filepath.Glob(filepath.Join(site, "en", "fixes", "*.zip"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]string{}
	for _, name := range archives {
		archive, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, files := range folders(t, archive) {
			got[files["hosts.txt"]] = files
		}
		_ = archive.Close()
	}
	if len(want) < 5 || len(got) != len(want) {
		t.Errorf("%d groups on the site, %d of fix", len(got), len(want))
	}
	for folder, files := range want {
		mine := got[files["hosts.txt"]]
		for name, text := range files {
			if mine[name] != text && !strings.HasPrefix(name, "verify.") {
				t.Errorf("%s/%s: %d bytes, %d on the site", folder, name, len(text), len(mine[name]))
			}
		}
	}
}

// folders are the files of each folder of a tree, by their names.
func folders(t *testing.T, tree fs.FS) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Dir(name) == "." {
			return err
		}
		file, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if all[path.Dir(name)] == nil {
			all[path.Dir(name)] = map[string]string{}
		}
		all[path.Dir(name)][path.Base(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
