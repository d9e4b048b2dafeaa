package page_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drops are what a user may drag onto the page: a folder with folders and a link in it,
// the parts of one machine side by side, one file, and what is no file of a machine.
func drops(t *testing.T) []drop {
	t.Helper()
	fleet, err := filepath.Abs(filepath.Join("..", "..", "examples", "fleet"))
	if err != nil {
		t.Fatal(err)
	}
	parts := t.TempDir()
	deep := filepath.Join(parts, "deep", "er")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(parts, "fs01.json"), filepath.Join(parts, "fs02.json"), filepath.Join(deep, "fs03.json")} {
		if err := os.WriteFile(name, []byte(snapshot(strings.TrimSuffix(filepath.Base(name), ".json"))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(parts, filepath.Join(parts, "deep", "around")); err != nil {
		t.Fatal(err)
	}
	return []drop{
		{[]string{fleet}, []string{"fleet", "osaka/FS01"}},
		{[]string{filepath.Join(parts, "fs01.json"), filepath.Join(parts, "fs02.json")}, []string{"fs01", "fs02", "2 files"}},
		{[]string{filepath.Join(parts, "deep")}, []string{"fs03"}},
		{[]string{filepath.Join(parts, "fs01.json")}, []string{"fs01"}},
		{[]string{write(t, "holiday.jpg", "\xff\xd8\xff\xe0 no list of hosts")}, []string{"holiday.jpg"}},
	}
}

// Proves that files and folders can be dragged onto the page, and that an administrator
// comes from there to the files of a fix, in Japanese; says how long each step took.
//
//	go test ./test/page -run Walk -v
func TestWalk(t *testing.T) {
	f := drive(t, plan{Flows: []string{"drag", "walk"}, Drops: drops(t), Recipe: write(t, "fix.reg", recipe)})
	for _, flow := range f.Flows {
		if slices.Contains(flow.Steps, false) || len(flow.Steps) == 0 {
			t.Errorf("%s: %v %s", flow.Name, flow.Steps, flow.Words)
		}
	}
	for _, step := range f.Walk {
		t.Logf("%s: %.0f ms", step.Name, step.MS)
	}
	if len(f.Walk) != 6 {
		t.Errorf("%d steps", len(f.Walk))
	}
	packed := decoded(t, f.Zip)
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range r.File {
		names = append(names, file.Name)
	}
	all := strings.Join(names, " ")
	for _, want := range []string{"apply.ps1", "undo.ps1", "verify.ps1"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s among %s", want, all)
		}
	}
}
