package report

import (
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Proves the columns that text takes in a terminal.
func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"abc": 3, "判定": 4, "接続不可": 8, "(64+32 bit)": 11, "TLS 1.2 のみ": 12, "ｶﾅ": 2, "が": 2, "か\u3099": 2, "ＡＢ": 4, "é": 1, "": 0,
	} {
		if got := width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
	}
	if got := width(pad("判定", 8)); got != 8 {
		t.Errorf("padded to %d columns", got)
	}
	if got := padLeft("判定", 6); got != "  判定" {
		t.Errorf("padLeft: %q", got)
	}
}

// Proves that wrapping keeps every character and the width, breaks Japanese
// between characters but not before its punctuation, and keys after a backslash.
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
		{"abcdefghijklmnop", 8, []string{"abcdefgh", "ijklmnop"}},
		{"判判判判判", 9, []string{"判判判判", "判"}},
		{"", 10, []string{""}},
	} {
		got := wrap(test.text, test.w)
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("wrap(%q, %d) = %q, want %q", test.text, test.w, got, test.want)
		}
	}
}

// Looks for texts that wrapping loses, widens or hangs on.
func FuzzWrap(f *testing.F) {
	f.Add("更新プログラムが未取得です。", 10)
	f.Add(`HKLM\SOFTWARE\Microsoft one two`, 8)
	f.Add("e\u0301\u200d\x1b[0m\U0001F468\u200d\U0001F469", 9)
	f.Fuzz(func(t *testing.T, text string, w int) {
		if len(text) > 1000 || w > 1000 {
			return
		}
		lines := wrap(text, w)
		for _, line := range lines {
			if width(line) > max(w, minWrap) && len(pieces(line)) > 1 {
				t.Errorf("%d columns: %q", width(line), line)
			}
			if strings.ContainsAny(line, "\x1b\n\r\t") {
				t.Errorf("control characters: %q", line)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(clean(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Proves that the two registry views of a value are shown as one, and nothing else is.
func TestMerge(t *testing.T) {
	list := changeSettings([]document.Change{set(netKey, "A", 1), set(netKey6, "A", 1), set(netKey, "B", 1), set(netKey6, "B", 2), set(netKey6, "C", 1), set(tls12, "D", 0), set(tls12, "D", 0)})
	var got []string
	for _, s := range list {
		text := s.Name + "=" + s.Value
		if s.Both {
			text += " both"
		}
		if strings.Contains(s.Key, "Wow6432Node") {
			text += " wow"
		}
		got = append(got, text)
	}
	if want := "A=1 both|B=1|B=2 wow|C=1 wow|D=0"; strings.Join(got, "|") != want {
		t.Errorf("got %v", got)
	}
}

// Proves how values are shown.
func TestValueText(t *testing.T) {
	for _, test := range []struct {
		typ       host.Type
		raw, want string
	}{
		{host.DWORD, "1", "1"},
		{host.DWORD, "2688", "2688 (0xa80)"},
		{host.SZ, `"1"`, `"1" (REG_SZ)`},
		{host.MultiSZ, `["a","b"]`, "a, b"},
		{host.Binary, `"00ff"`, "00ff (REG_BINARY)"},
		{"", `"abc"`, "abc"},
		{"", "", ""},
		{host.DWORD, "null", ""},
	} {
		if got := valueText(test.typ, []byte(test.raw)); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.typ, test.raw, got, test.want)
		}
	}
}

// Proves that the next commands keep what was typed, leave out where the output
// went, and that commands which change something do not claim otherwise.
func TestNextCommands(t *testing.T) {
	w := newWords("en")
	fixed := &document.Check{Hosts: []document.Host{{Changes: []document.Change{{}}, Documented: &document.Documented{}}}}
	if got := nextCommands("tlsready check hosts", w, &document.Check{}); len(got) != 1 || got[0].ID != "next.html" {
		t.Errorf("with nothing to fix: %q", got)
	}
	got := nextCommands(`tlsready check "my hosts" --service azure-backup -f json -o html=a.html --output=b --json`, w, fixed)
	if len(got) != 3 || got[0].Command != `tlsready fix "my hosts" --service azure-backup --as ps1 --dir fixes` ||
		got[2].Command != `tlsready check "my hosts" --service azure-backup -o html=report.html` {
		t.Errorf("got %q", got)
	}
	if list := nextCommands("tlsready fix hosts", w, fixed); list != nil {
		t.Errorf("after fix: %q", list)
	}
	if changedNothing("tlsready fix hosts --apply") || changedNothing("tlsready fix --undo x") || !changedNothing("tlsready check hosts") {
		t.Error("changedNothing is wrong")
	}
}

// Proves when a row is said to fail, as seen from today.
func TestWhen(t *testing.T) {
	w := newWords("en")
	for _, test := range []struct{ verdict, from, today, want string }{
		{fails, "2021-09-01", "2021-06-20", "connects until 2021-08-31, fails from 2021-09-01"},
		{fails, "2021-03-01", "2021-06-20", "fails since 2021-03-01"},
		{connects, "2027-01-01", "2021-06-20", "connects; fails from 2027-01-01"},
		{fails, "", "2021-06-20", ""},
		{fails, "soon", "2021-06-20", "fails since soon"},
	} {
		if got := w.when(test.verdict, &test.from, test.today); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
