package schema

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Proves that every line of a backup fits its schema, and that lines of other kinds do not.
func TestBackupFits(t *testing.T) {
	dir := t.TempDir()
	place, file := filepath.Join(dir, "results.db"), filepath.Join(dir, "results.backup")
	output{args: []string{"check", "../../examples/fleet", "--service", "azure-backup", "--on", "2021-09-01", "--today", "2021-06-15", "--store", place}, status: 1}.write(t)
	output{args: []string{"store", "backup", file, "--store", place}}.write(t)
	packed, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := zstd.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	schema := schemaOf(t, "store-backup")
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		if err := schema.Validate(decode(t, lines.Bytes())); err != nil {
			t.Errorf("%v\n%.400s", err, lines.Bytes())
		}
	}
	if err := lines.Err(); err != nil || n < 100 {
		t.Errorf("%d lines, %v", n, err)
	}
	for _, text := range []string{`{}`, `[]`, `[null]`, `[1.5]`, `[true]`, `{"schema":"tlsready.store-backup/v2","version":3}`, `{"table":"a","columns":["b:x"]}`, `{"table":"a","columns":[]}`, `{"end":false,"rows":1}`, `{"end":true,"rows":1,"more":1}`} {
		if schema.Validate(decode(t, []byte(text))) == nil {
			t.Errorf("%s fits", text)
		}
	}
}
