package settings

import (
	"bytes"
	"strings"
	"testing"
)

// Proves that no configuration file makes the reader panic, and that what it
// takes is what it says: every setting has a line, errors name the file.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{"", "lang: ja\n", "service: [a, b]\nquiet: true\n", "# no\n", "a: &x [1]\nb: *x\n", "? [a]\n: b\n", "- a\n", "a: {b: c}\n", "\xff", "a: !!binary aGk=\n", "null\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if len(file.Order) != len(file.Values) {
			t.Errorf("%d names, %d values", len(file.Order), len(file.Values))
		}
		for name, v := range file.Values {
			if v.Line < 1 || v.Line > bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r"))+1 {
				t.Errorf("%q stands in line %d", name, v.Line)
			}
		}
	})
}
