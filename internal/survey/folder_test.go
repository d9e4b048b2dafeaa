package survey

import (
	"path/filepath"
	"testing"
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
		got, err := fileOf(id)
		if err != nil || filepath.ToSlash(got) != want {
			t.Errorf("%q is %s, %v, want %s", id, got, err, want)
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
		got, err := fileOf(id)
		if err != nil {
			return
		}
		if clean := filepath.Clean(got); clean != got || !filepath.IsLocal(got) {
			t.Errorf("%q is %s", id, got)
		}
	})
}
