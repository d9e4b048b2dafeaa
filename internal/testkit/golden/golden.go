// Package golden compares what a test made with a file that was checked by eye.
package golden

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// update is set by "go test -update", which writes the golden files anew. Go
// wants flags declared before main runs, hence a package variable.
var update = flag.Bool("update", false, "write the golden files anew")

// Updating says whether the golden files are being written.
func Updating() bool { return *update }

// Equal fails the test if got is not what the golden file holds, and names the first line
// that differs.
func Equal(t testing.TB, file string, got []byte) {
	t.Helper()
	if *update {
		if err := write(file, got); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := Diff(want, got); diff != "" {
		t.Errorf("%s: %s\n(go test -update writes it anew)", file, diff)
	}
}

func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// Diff names the first line that differs, or is empty.
func Diff(want, got []byte) string {
	if bytes.Equal(want, got) {
		return ""
	}
	w, g := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range min(len(w), len(g)) {
		if !bytes.Equal(w[i], g[i]) {
			return fmt.Sprintf("line %d differs\nwant %q\ngot  %q", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}
