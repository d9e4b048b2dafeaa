package survey

import (
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that every id has a file of its own below the folder, with a name that
// Windows takes and that reads back as the id.
func TestFileOf(t *testing.T) {
	seen := map[string]string{}
	for id, want := range map[string]string{
		"FS01": "FS01.json", "acme/DC01": "acme/DC01.json", "fs01.example.com": "fs01.example.com.json", "web.host": "web.host.host.json",
		"../up": "%2E%2E/up.json", "/etc": "%/etc.json", "a//b": "a/%/b.json", "%": "%25.json", `a\b`: "a%5Cb.json", "a:b": "a%3Ab.json",
		"..": "%2E%2E.json", "": "%.json", "a\x00b": "a%00b.json", ".hidden": "%2Ehidden.json", "機器": "機器.json",
	} {
		got, _ := fileOf(id)
		if filepath.ToSlash(got) != want {
			t.Errorf("%q is %s, want %s", id, got, want)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("%q and %q have one file", id, other)
		}
		seen[got] = id
	}
}

// FuzzFileOf proves that no id leads out of the folder.
func FuzzFileOf(f *testing.F) {
	for _, id := range []string{"a/b", "../..", "/", "con", "a/../../b", "\x00"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		got, _ := fileOf(id)
		got = filepath.FromSlash(got)
		if clean := filepath.Clean(got); clean != got || !filepath.IsLocal(got) {
			t.Errorf("%q is %s", id, got)
		}
	})
}

// Proves that hosts whose names differ in case alone have two files, that a long
// name is cut and told of, and that a later run finds each host's own again.
func TestFolderNames(t *testing.T) {
	dir, told := t.TempDir(), 0
	long := strings.Repeat("機", 200)
	open := func() *folder {
		f, err := openFolder(dir, func(message.Text) { told++ })
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f, names := open(), map[string]string{}
	for _, id := range []string{"FS01", "fs01", long, long + "x"} {
		names[id] = f.fileOf(id)
		if err := f.write(names[id], []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if names["FS01"] != "FS01.json" || strings.EqualFold(names["FS01"], names["fs01"]) || names[long] == names[long+"x"] || told != 3 {
		t.Errorf("%v, told %d times", names, told)
	}
	again := open()
	for id, name := range names {
		if got := again.fileOf(id); got != name || !again.has(id) {
			t.Errorf("%q is %s now, was %s", id, got, name)
		}
	}
}
