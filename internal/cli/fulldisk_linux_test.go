package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/testkit/parts"
)

// TestFullDisk proves with a disk that really is full what the program does there: it says
// so and what to do, what it had recorded is whole, and once there is room the same command
// goes on and ends with the same store as if nothing had been. A backup onto the full disk
// leaves nothing behind.
func TestFullDisk(t *testing.T) {
	disk, ok := parts.SmallDisk(t, 4<<20)
	if !ok {
		return
	}
	fleet, away := filepath.Join("..", "..", "examples", "fleet"), t.TempDir()
	check := func(store string, sources ...string) []string {
		return append([]string{"check", "--service", "azure-backup", "--today", "2026-11-29", "--store", store}, sources...)
	}
	backup := func(store, to string) (int, string) {
		status, _, said := program(t, "store", "backup", to, "--store", store)
		return status, said
	}
	bytesOf := func(store string) []byte {
		t.Helper()
		file := filepath.Join(away, filepath.Base(store)+".backup")
		if status, said := backup(store, file); status != 0 {
			t.Fatal(said)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}

	there, never := filepath.Join(disk, "store.db"), filepath.Join(away, "never-full.db")
	part := filepath.Join(fleet, "osaka")
	for _, store := range []string{there, never} {
		if status, _, said := program(t, check(store, part)...); status >= frame.ExitUsage {
			t.Fatal(said)
		}
	}
	before := bytesOf(there)

	free := parts.Fill(t, disk, 128<<10) // what reading the file takes
	status, _, said := program(t, check(there, fleet)...)
	if status < frame.ExitUsage || !strings.Contains(said, there+": no room is left for the store") || !strings.Contains(said, "hint: make room") {
		t.Errorf("status %d: %s", status, said)
	}
	if !bytes.Equal(bytesOf(there), before) {
		t.Error("a batch is there in part")
	}
	full := parts.Fill(t, disk, 4<<10)
	copied := filepath.Join(disk, "copy.backup")
	if status, said = backup(never, copied); status < frame.ExitUsage || !strings.Contains(said, copied+": ") || !strings.Contains(said, "no space left") {
		t.Errorf("status %d: %s", status, said)
	}
	if names, _ := filepath.Glob(filepath.Join(disk, "*copy.backup*")); names != nil {
		t.Errorf("half a backup is left: %v", names)
	}

	full()
	free()
	for _, store := range []string{there, never} {
		if status, _, said = program(t, check(store, fleet)...); status >= frame.ExitUsage {
			t.Fatalf("with room again: %d %s", status, said)
		}
	}
	if !bytes.Equal(bytesOf(there), bytesOf(never)) {
		t.Error("the store differs from one whose disk was never full")
	}
}
