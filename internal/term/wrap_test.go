package term

import (
	"strings"
	"testing"
)

// Proves the columns that text takes in a terminal.
func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"abc": 3, "判定": 4, "接続不可": 8, "(64+32 bit)": 11, "TLS 1.2 のみ": 12, "ｶﾅ": 2, "が": 2, "か\u3099": 2, "ＡＢ": 4, "é": 1, "": 0,
	} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
	}
	if got := Width(Pad("判定", 8)); got != 8 {
		t.Errorf("padded to %d columns", got)
	}
	if got := PadLeft("判定", 6); got != "  判定" {
		t.Errorf("PadLeft: %q", got)
	}
}

// Proves that wrapping keeps every character and the width, breaks Japanese
// between characters but not before its punctuation, keys after a backslash, and
// flags and ids not at their hyphens.
func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text string
		w    int
		want []string
	}{
		{"one two three", 9, []string{"one two", "three"}},
		{"更新プログラムが未取得です。", 12, []string{"更新プログラ", "ムが未取得で", "す。"}},
		{"あいうえお。", 10, []string{"あいうえ", "お。"}},
		{`HKLM\SOFTWARE\Microsoft`, 15, []string{`HKLM\SOFTWARE\`, "Microsoft"}},
		{"with --exit-zero and azure-backup", 12, []string{"with", "--exit-zero", "and", "azure-backup"}},
		{"abcdefghijklmnop", 8, []string{"abcdefgh", "ijklmnop"}},
		{"判判判判判", 9, []string{"判判判判", "判"}},
		{"", 10, []string{""}},
	} {
		got := Wrap(test.text, test.w)
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("Wrap(%q, %d) = %q, want %q", test.text, test.w, got, test.want)
		}
	}
}

// Looks for texts that wrapping loses, widens or hangs on.
func FuzzWrap(f *testing.F) {
	f.Add("更新プログラムが未取得です。", 10)
	f.Add(`HKLM\SOFTWARE\Microsoft one two`, 8)
	f.Add("e\u0301\u200d\x1b[0m\U0001F468\u200d\U0001F469", 9)
	f.Add("--a--b- -c", 9)
	f.Fuzz(func(t *testing.T, text string, w int) {
		if len(text) > 1000 || w > 1000 {
			return
		}
		lines := Wrap(text, w)
		for _, line := range lines {
			if Width(line) > max(w, MinWrap) && len(pieces(line)) > 1 {
				t.Errorf("%d columns: %q", Width(line), line)
			}
			if strings.ContainsFunc(line, Unsafe) {
				t.Errorf("unsafe characters: %q", line)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(Safe(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
