package host

import "testing"

// Proves how values are shown to people, everywhere.
func TestDisplay(t *testing.T) {
	for _, c := range []struct {
		data        Data
		want, typed string
	}{
		{Dword(1), "1", "1 (REG_DWORD)"},
		{Dword(2688), "2688 (0xa80)", "2688 (0xa80) (REG_DWORD)"},
		{Data{Type: QWORD, Number: 1<<64 - 1}, "18446744073709551615 (0xffffffffffffffff)", "18446744073709551615 (0xffffffffffffffff) (REG_QWORD)"},
		{String("1"), `"1" (REG_SZ)`, `"1" (REG_SZ)`},
		{String("a\u202eb\x1b"), `"a\u202eb\x1b" (REG_SZ)`, `"a\u202eb\x1b" (REG_SZ)`},
		{Data{Type: ExpandSZ, Text: `%a%\b`}, `"%a%\\b" (REG_EXPAND_SZ)`, `"%a%\\b" (REG_EXPAND_SZ)`},
		{Multi("a", "b"), "a, b", "a, b (REG_MULTI_SZ)"},
		{Multi("a,b", "c"), `"a,b", "c"`, `"a,b", "c" (REG_MULTI_SZ)`},
		{Multi(""), `""`, `"" (REG_MULTI_SZ)`},
		{Multi(), "", "(REG_MULTI_SZ)"},
		{Data{Type: Binary, Bytes: []byte{0, 255}}, "00ff (REG_BINARY)", "00ff (REG_BINARY)"},
		{Data{}, "", ""},
	} {
		if got := c.data.Display(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.data, got, c.want)
		}
		if got := c.data.DisplayTyped(); got != c.typed {
			t.Errorf("%+v with its type: %q, want %q", c.data, got, c.typed)
		}
	}
}
