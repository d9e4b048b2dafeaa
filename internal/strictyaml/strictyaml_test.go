package strictyaml

import (
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that a mistake is named with its line, without Go's type names, and in
// the language of the reader.
func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ text, en, ja string }{
		{"", "the file is empty", "ファイルが空です"},
		{"a: 1\n---\na: 2\n", "the file holds more than one document", "複数の文書"},
		{"a: 1\nb: 2\n", "line 2: unknown key b", "2 行目: 不明なキー b"},
		{"a: 1\na: 2\n", `line 2: the key a stands in line 1 already`, "キー a は 1 行目に既にあります"},
		{"a: x\n", "line 1: not what belongs here: !!str `x`", "1 行目: ここに書けない値です: !!str `x`"},
		{"a: x\nb: 2\n", "line 1: not what belongs here: !!str `x`; line 2: unknown key b", "2 行目: 不明なキー b"},
		{"a: [1\n", "line 1: did not find expected ',' or ']'", "「,」または「]」がありません"},
		{"a: b: c\n", "mapping values are not allowed in this context", "「キー: 値」を書けません"},
		{"\ta: 1\n", "found character that cannot start any token", "値の先頭に使えない文字があります"},
		{"a: 'x\n", "found unexpected end of stream", "閉じられないままファイルが終わっています"},
		{"a: *x\n", "the anchor x is not defined", "アンカー x が定義されていません"},
		{"%YAML 9.9.9\n", "", "YAML として正しくありません"},
	} {
		var out struct {
			A int `yaml:"a"`
		}
		err := Decode([]byte(c.text), &out)
		if err == nil {
			t.Errorf("%q: no error", c.text)
			continue
		}
		if !strings.Contains(err.Error(), c.en) {
			t.Errorf("%q: got %q, want %q", c.text, err, c.en)
		}
		if ja, _ := message.For("ja").Problem(err); !strings.Contains(ja, c.ja) {
			t.Errorf("%q: got %q, want %q", c.text, ja, c.ja)
		}
	}
}

// Proves that every line of the library that is known leads to a text.
func TestKnownLinesHaveWords(t *testing.T) {
	words := message.For("en")
	for line, id := range sentences() {
		if !words.Has("yaml." + id) {
			t.Errorf("%q: no text yaml.%s", line, id)
		}
	}
	for _, p := range patterns() {
		if !words.Has("yaml." + p.id) {
			t.Errorf("%s: no text yaml.%s", p.form, p.id)
		}
	}
}
