package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Proves that every entry of the project has the form that make changelog reads.
func TestEntries(t *testing.T) {
	if err := run("../../../changelog.d", "", true); err != nil {
		t.Error(err)
	}
}

// Proves that make changelog can be run at any time: the project's own log has
// the form that it wants.
func TestOwnLog(t *testing.T) {
	log, err := os.ReadFile("../../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	merged, err := merge(string(log), nil)
	if err != nil || merged != string(log) {
		t.Errorf("merging nothing changes the log (%v)", err)
	}
}

// Proves that entries go to their sections, after what is there, wrapped; that
// earlier releases stay; and that the files are gone afterwards.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	long := "`fix --dir` " + strings.Repeat("word ", 30) + "end."
	log := filepath.Join(dir, "CHANGELOG.md")
	for name, text := range map[string]string{
		"CHANGELOG.md":          "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- Old.\n\n## [1.0.0]\n\n### Added\n\n- All.\n",
		"changelog.d/a-b.md":    "- First\n  thing.\n\n### Fixed\n\n- Second.\n",
		"changelog.d/b.md":      "### Added\n- " + long + "\n",
		"changelog.d/README.md": "not an entry\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(filepath.Join(dir, "changelog.d"), log, false); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(log)
	want := "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- `fix --dir` " + strings.TrimSuffix(strings.Repeat("word ", 23), " ") + "\n  " +
		strings.Repeat("word ", 7) + "end.\n\n### Changed\n\n- First thing.\n\n### Fixed\n\n- Old.\n- Second.\n\n## [1.0.0]\n\n### Added\n\n- All.\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "changelog.d", "*"))
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// Proves that each fault of form is named with its line.
func TestFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "no entry",
		"### Fixed\n":            "no entry",
		"Words.\n":               "x.md:1: want an entry",
		"- One.\nmore\n":         "x.md:2: want an entry",
		"  more\n":               "x.md:1: want an entry",
		"### Improved\n- One.\n": "x.md:1: want an entry",
		"- One. \n":              "x.md:1: blanks",
		"- One\n":                "full stop",
		"- One.\r\n":             "x.md:1: blanks",
		"- One.\n":               "",
	} {
		_, err := parse("x.md", text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Fix It.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := entryFiles(dir); err == nil {
		t.Error("a file that would never be merged passed")
	}
}
