package fingerprint

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/wire"
)

func table(t testing.TB) *Table {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	tbl, err := NewTable(model)
	if err != nil {
		t.Fatal(err)
	}
	return tbl
}

// recorded reads the hello of a stack that was run for this table.
func recorded(t testing.TB, file string) *wire.ClientHello {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return parseRecord(t, raw)
}

func parseRecord(t testing.TB, raw []byte) *wire.ClientHello {
	t.Helper()
	var r wire.Reader
	r.Write(raw)
	m, ok, err := r.Next()
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	h, err := wire.ParseClientHello(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Proves that each stack that was run is recognised by its hello, as measured, and that
// no other stack of the table sends the same.
func TestRecordedStacks(t *testing.T) {
	tbl := table(t)
	files, _ := filepath.Glob("testdata/*.hex")
	if len(files) < 10 {
		t.Fatalf("%d recordings", len(files))
	}
	for _, file := range files {
		want, _, _ := strings.Cut(filepath.Base(file), "@")
		m, ok := tbl.Stack(recorded(t, file))
		if !ok || m.Stack != want || m.Confidence != Measured || !strings.HasPrefix(m.Provenance, "testdata/") {
			t.Errorf("%s: %+v, %v", file, m, ok)
		} else if _, err := os.Stat(m.Provenance); err != nil {
			t.Error(err)
		}
	}
}

// Proves that every remedy of the table has words in both languages.
func TestRemediesHaveWords(t *testing.T) {
	tbl := table(t)
	seen := map[Remedy]bool{NoRemedy: true}
	for _, known := range []map[string]Match{tbl.known, tbl.windows()} {
		for _, m := range known {
			if seen[m.Remedy] {
				continue
			}
			seen[m.Remedy] = true
			for _, lang := range message.Languages() {
				if words := message.For(lang).Render(m.Advice()); words == "" || strings.Contains(words, "fingerprint.") {
					t.Errorf("%s: %q in %s", m.Remedy, words, lang)
				}
			}
		}
	}
	if len(seen) < 7 {
		t.Errorf("only the remedies %v are used", seen)
	}
}
