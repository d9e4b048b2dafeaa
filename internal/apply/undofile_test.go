package apply_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tlsready/internal/apply"
)

const whole = `{
  "schema": "tlsready.undo/v1",
  "host": "FS01",
  "source": "local:",
  "writtenAt": "2026-11-21T05:00:00Z",
  "keys": ["HKLM\\SOFTWARE\\a"],
  "values": [
    {"key": "HKLM\\SOFTWARE\\a", "name": "x", "before": null, "after": {"type": "REG_DWORD", "bytes": "01000000"}},
    {"key": "HKLM\\SOFTWARE\\b", "name": "表", "before": {"type": "REG_0x00000012", "bytes": "ff"}, "after": null}
  ]
}
`

// Proves that an undo file is written as it was read.
func TestUndoFile(t *testing.T) {
	f, err := apply.Decode([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if v := f.Values[1].Before; f.Values[0].Before != nil || v == nil || v.Type != 0x12 || v.Name != "表" || !bytes.Equal(v.Bytes, []byte{0xff}) {
		t.Errorf("values %+v", f.Values)
	}
	first, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := apply.Decode(first)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := again.Encode(); err != nil || !bytes.Equal(first, second) {
		t.Errorf("%v\n%s\n%s", err, first, second)
	}
}

// Proves that every kind of mistake is refused with what is wrong: an undo must
// not delete or write what nobody meant.
func TestUndoFileRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"cut":           {"\"values\": [\n", "", "line"},
		"unknown key":   {`"host"`, `"hosts"`, `"hosts"`},
		"schema":        {"undo/v1", "undo/v2", `"tlsready.undo/v2"`},
		"no before":     {`"before": null, `, ``, `values[0]: "before"`},
		"lacks twice":   {"\n  ]\n}", "\n  ], \"values\": [{\"key\": \"HKLM\\\\a\", \"name\": \"x\"}]\n}", `"before"`},
		"no bytes":      {`, "bytes": "01000000"`, ``, `"bytes"`},
		"odd hex":       {"01000000", "0100000", "bytes"},
		"type":          {"REG_DWORD", "REG_NOTHING", "REG_NOTHING"},
		"two names":     {`"bytes": "ff"`, `"bytes": "ff", "name": "y"`, "two names"},
		"twice":         {`"key": "HKLM\\SOFTWARE\\b", "name": "表"`, `"key": "HKLM\\software\\A", "name": "X"`, "twice"},
		"root":          {`"keys": ["HKLM\\SOFTWARE\\a"]`, `"keys": ["HKLM"]`, "keys[0]"},
		"foreign root":  {`"key": "HKLM\\SOFTWARE\\b"`, `"key": "SOFTWARE\\b"`, "values[1]"},
		"more":          {"\n}\n", "\n} {}", "follows"},
		"wrong kind":    {`["HKLM\\SOFTWARE\\a"]`, `7`, "line 6"},
		"value of kind": {`"before": null`, `"before": 7`, "number"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Errorf("%s: nothing was replaced", name)
		}
		_, err := apply.Decode([]byte(text))
		var wrong *apply.FileError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := apply.Decode(make([]byte, 17<<20)); err == nil {
		t.Error("a file without a bound is taken")
	}
}

// Proves that no bytes make the reader panic, and that what it takes it writes
// so that it reads back the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"schema":"tlsready.undo/v1","values":[{"key":"HKU\\a","name":"","before":{"type":"REG_SZ","bytes":""},"after":null}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := apply.Decode(text)
		if err != nil {
			return
		}
		first, err := file.Encode()
		if err != nil {
			return // a time that JSON cannot carry
		}
		again, err := apply.Decode(first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second, err := again.Encode(); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%v\n%s\n%s", err, first, second)
		}
	})
}
