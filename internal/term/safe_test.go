package term

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile holds one of each kind that may not be printed.
const hostile = "a\x1b[2Jb\u202ec\u2066d\u200ee\u061cf\u2028g\u009b31mh\x7fi\x00j\xffk\rl"

// Proves that no character that moves the cursor, changes a terminal, forges a
// line or reorders text stays, and that it is seen that there was one.
func TestSafe(t *testing.T) {
	if got, want := Safe(hostile), "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffd31mh\ufffdi\ufffdj\ufffdk l"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Safe("a\tb\nc\r\nd"); got != "a b c  d" {
		t.Errorf("blanks: %q", got)
	}
	if got := SafeLines("a\r\nb\x1b\nc"); got != "a\nb\ufffd\nc" {
		t.Errorf("lines: %q", got)
	}
	if got := OneLine(" a \n\n b\u202e "); got != "a b\ufffd" {
		t.Errorf("one line: %q", got)
	}
	if plain := "接続不可 é 👨‍👩 abc"; Safe(plain) != plain {
		t.Errorf("changed %q", Safe(plain))
	}
}

// filtered passes text through a Filter in pieces of n bytes.
func filtered(f Filter, text string, n int) string {
	var out bytes.Buffer
	f.W = &out
	for len(text) > 0 {
		part := text[:min(n, len(text))]
		text = text[len(part):]
		_, _ = f.Write([]byte(part))
	}
	_ = f.Close()
	return out.String()
}

// Proves that nothing unsafe passes the filter, in whatever pieces it comes; that
// line ends of all kinds do, and styles only if colours are wanted.
func TestFilter(t *testing.T) {
	for n := 1; n < 9; n++ {
		got := filtered(Filter{}, hostile+"\n判定\tb\r\n", n)
		if want := "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffd31mh\ufffdi\ufffdj\ufffdk\ufffdl\n判定\tb\r\n"; got != want {
			t.Errorf("in pieces of %d: %q, want %q", n, got, want)
		}
		styled := Red.Paint("x") + "\x1b[5my"
		if got := filtered(Filter{Color: true}, styled, n); got != Red.Paint("x")+"\ufffd[5my" {
			t.Errorf("with colours, in pieces of %d: %q", n, got)
		}
		if got := filtered(Filter{}, styled, n); strings.Contains(got, "\x1b") {
			t.Errorf("without colours: %q", got)
		}
		if got := filtered(Filter{}, "end\xe5\x88", n); got != "end\ufffd\ufffd" {
			t.Errorf("half a character at the end, in pieces of %d: %q", n, got)
		}
	}
}

// Proves that JSON says the same after the filter, in safe characters alone.
func TestFilterJSON(t *testing.T) {
	value := map[string]string{"a": strings.ToValidUTF8(hostile, "?"), "判定": "接続不可"}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := filtered(Filter{JSON: true}, string(text), 5)
	if strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), Unsafe) || !strings.Contains(got, "判定") {
		t.Errorf("got %q", got)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(got), &back); err != nil || back["a"] != value["a"] {
		t.Errorf("%v: got %q, want %q", err, back["a"], value["a"])
	}
}

// Looks for text that passes the filter although it may not, or is changed
// although it is safe.
func FuzzFilter(f *testing.F) {
	f.Add(hostile, 3, false)
	f.Add("\x1b[31mred\x1b[0m\r\n", 2, true)
	f.Fuzz(func(t *testing.T, text string, n int, color bool) {
		if n < 1 || len(text) > 1000 {
			return
		}
		got := filtered(Filter{Color: color}, text, n)
		if got != filtered(Filter{Color: color}, text, len(text)+1) {
			t.Errorf("pieces of %d change it", n)
		}
		bare := strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(got)
		if color {
			for _, s := range sequences() {
				bare = strings.ReplaceAll(bare, s, "")
			}
		}
		if strings.ContainsFunc(bare, Unsafe) || !utf8.ValidString(got) {
			t.Errorf("passed: %q", got)
		}
		if got != text && utf8.ValidString(text) && !strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(text), Unsafe) {
			t.Errorf("changed %q to %q", text, got)
		}
	})
}
