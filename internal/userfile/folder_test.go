package userfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Proves what names of hosts become that some system takes for a device, for another
// folder, or not at all; that different names stay different, and that none is too long.
func TestSafeName(t *testing.T) {
	seen := map[string]string{}
	for name, want := range map[string]string{
		"FS01": "FS01", "fs01.example.com": "fs01.example.com", "..": "%2E%2E", "": "%", "%": "%25", `a\b`: "a%5Cb", "a/b": "a%2Fb",
		"CON": "%43ON", "nul.txt": "%6Eul.txt", "Aux ": "%41ux%20", "com1": "%63om1", "LPT¹": "%4CPT¹", "com10": "com10", "CONSOLE": "CONSOLE", "conin$": "%63onin$",
		"fs01.": "fs01%2E", "fs01 ": "fs01%20", " fs01": "%20fs01", "a:b": "a%3Ab", "機器": "機器", "a\x00": "a%00", "\xff機": "%FF機",
	} {
		got, cut := SafeName(name)
		if got != want || cut {
			t.Errorf("%q is %q, %v, want %q", name, got, cut, want)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("%q and %q have one name", name, other)
		}
		seen[got] = name
	}
	a, cutA := SafeName(strings.Repeat("機", 200))
	b, cutB := SafeName(strings.Repeat("機", 201))
	if a == b || !cutA || !cutB || len(a) > maxName || !utf8.ValidString(a) || !strings.HasPrefix(a, "機機") {
		t.Errorf("%d bytes: %q, %q", len(a), a, b)
	}
}

// FuzzSafeName proves that a name is one name, to every system.
func FuzzSafeName(f *testing.F) {
	for _, name := range []string{"a/b", "CON", "é.", strings.Repeat("x", 400), "\x80\x80"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, _ := SafeName(name)
		if len(got) > maxName || strings.ContainsAny(got, "/\\<>:\"|?*\x00") || !filepath.IsLocal(got) || isDevice(got) || strings.Trim(got, ". ") != got || !utf8.ValidString(got) {
			t.Errorf("%q is %q", name, got)
		}
	})
}

// Proves that no two ids get names that some file system takes for one.
func TestNames(t *testing.T) {
	var n Names
	first, again, second := n.Give("a", "FS01", ".html"), n.Give("a", "FS01", ".html"), n.Give("b", "fs01", ".html")
	composed, decomposed := n.Give("c", "caf\u00e9", ".html"), n.Give("d", "cafe\u0301", ".html")
	if first != "FS01.html" || again != first || second != "fs01-2.html" || FoldName(composed) == FoldName(decomposed) {
		t.Error(first, again, second, composed, decomposed)
	}
}

// Proves that nothing is read, written or removed through a link or outside the
// folder, whatever the name says.
func TestFolderStaysInside(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	victim := filepath.Join(outside, "x")
	if err := errors.Join(os.WriteFile(victim, []byte("mine"), 0o644), os.Symlink(outside, filepath.Join(dir, "out")), os.Symlink(victim, filepath.Join(dir, "file"))); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"out/x", "out/new", "file", "../x", "/tmp/x", "a/../../x"} {
		_, read := f.Read(name, 100)
		for what, err := range map[string]error{"create": f.Create(name, []byte("new")), "replace": f.Replace(name, []byte("new")), "remove": f.Remove(name), "read": read} {
			if err == nil {
				t.Errorf("%s of %s went through", what, name)
			}
		}
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "mine" {
		t.Errorf("%q %v", text, err)
	}
	if there, err := os.ReadDir(outside); err != nil || len(there) != 1 {
		t.Errorf("%v %v", there, err)
	}
}

// Proves that a file that cannot be written completely leaves the old one and nothing
// else, and that a new file takes no name from another.
func TestFolderWritesWhole(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Create("a/b.json", []byte("old")); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err = f.Write("a/b.json", func(w io.Writer) error { _, _ = w.Write([]byte("ne")); return full }, true)
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if err := f.Create("a/b.json", []byte("new")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if err := f.Move("a/b.json", "a/b.json"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	text, err := f.Read("a/b.json", 100)
	if there, _ := os.ReadDir(filepath.Join(dir, "a")); err != nil || string(text) != "old" || len(there) != 1 {
		t.Errorf("%q %v, %v", text, err, there)
	}
	if err := f.Replace("a/b.json", []byte("new")); err != nil {
		t.Error(err)
	}
	if text, _ := f.Read("a/b.json", 100); string(text) != "new" {
		t.Errorf("%q", text)
	}
}
