package message

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Proves that both languages have the same ids, with the same placeholders.
func TestLanguagesAgree(t *testing.T) {
	en, ja := For("en"), For("ja")
	if len(en.words()) == 0 {
		t.Fatal("no English words at all")
	}
	for id, text := range en.words() {
		other, ok := ja.words()[id]
		if !ok {
			t.Errorf("%s: no Japanese text", id)
			continue
		}
		if id == "syserror.within" {
			continue // what a library says in English is the whole text there, and follows its meaning in other languages
		}
		if got, want := placeholders(other), placeholders(text); !slices.Equal(got, want) {
			t.Errorf("%s: ja has %v, en has %v", id, got, want)
		}
	}
	for id := range ja.words() {
		if !en.Has(id) {
			t.Errorf("%s: no English text", id)
		}
	}
}

func placeholders(text string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`\{([^}|]*)[^}]*\}`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Proves that no text is empty or has stray space, and that braces close.
func TestTextsAreWellFormed(t *testing.T) {
	for _, lang := range Languages() {
		for id, text := range For(lang).words() {
			joins := strings.HasSuffix(id, ".comma") // stands between words, with the space that follows it
			if strings.TrimSpace(text) == "" || strings.TrimSpace(text) != text && !joins {
				t.Errorf("%s %s: empty, or space at an end: %q", lang, id, text)
			}
			if strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%s %s: braces do not match: %q", lang, id, text)
			}
		}
	}
}

// Proves that the Japanese words are Japanese, save those that are names.
func TestJapaneseIsTranslated(t *testing.T) {
	en, ja := For("en"), For("ja")
	for id, text := range ja.words() {
		if text == en.words()[id] && strings.Count(text, " ") > 2 {
			t.Errorf("%s is the same in both languages: %q", id, text)
		}
	}
}

// Proves that the glossary's words are the ones in use.
func TestGlossary(t *testing.T) {
	ja := For("ja")
	for id, want := range map[string]string{
		"verdict.connects": "接続可", "verdict.fails": "接続不可", "verdict.unknown": "判定不能",
	} {
		if got := ja.Text(id); got != want {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
}

// Proves that what has to start anew has one word, in the tables as in scripts and
// README.txt: "reboot" stands nowhere but as the code in a script's last line.
func TestRestartHasOneWord(t *testing.T) {
	for _, lang := range Languages() {
		c := For(lang)
		for _, code := range []string{"process", "service", "reboot"} {
			word := c.Text("restart." + code)
			for _, id := range []string{"recipe.restart." + code, "recipe.act." + code} {
				if text := c.Text(id); !strings.Contains(text, word) {
					t.Errorf("%s: %s is %q and does not say %q, as the table does", lang, id, text, word)
				}
			}
		}
		for id, text := range c.words() {
			if text = strings.ReplaceAll(text, "restart=none|process|service|reboot", ""); strings.Contains(strings.ToLower(text), "reboot") {
				t.Errorf("%s: %s says %q", lang, id, text)
			}
		}
	}
}

// Proves how arguments, plural forms and mistakes come out.
func TestExpand(t *testing.T) {
	c := catalogOf(map[string]string{
		"plain": "plain", "arg": "a {x} b {x}", "plural": "{n} {n|host|hosts}", "open": "a {x", "same": "{n}{x|y}",
	})
	for _, test := range []struct {
		id   string
		args []Arg
		want string
	}{
		{"plain", nil, "plain"},
		{"arg", []Arg{Str("x", "{x}")}, "a {x} b {x}"},
		{"arg", nil, "a {x} b {x}"},
		{"plural", []Arg{Int("n", 1)}, "1 host"},
		{"plural", []Arg{Int("n", 0)}, "0 hosts"},
		{"plural", []Arg{Int("n", 11)}, "11 hosts"},
		{"open", []Arg{Str("x", "y")}, "a {x"},
		{"same", []Arg{Int("n", 2), Str("x", "1")}, "2y"},
		{"no.such.id", nil, "no.such.id"},
	} {
		if got := c.Text(test.id, test.args...); got != test.want {
			t.Errorf("%s %v = %q, want %q", test.id, test.args, got, test.want)
		}
	}
}

// Proves that language tags are matched with their region and encoding.
func TestFor(t *testing.T) {
	for tag, want := range map[string]string{
		"": "en", "en": "en", "ja": "ja", "ja-JP": "ja", "ja_JP.UTF-8": "ja", "JA": "ja", "jam": "en", "C": "en", "de_DE": "en",
	} {
		if got := For(tag).Lang(); got != want {
			t.Errorf("For(%q) is %q, want %q", tag, got, want)
		}
	}
}

// Proves that an id in two files, and a file that is no object, are refused.
func TestLoadRefuses(t *testing.T) {
	for name, dir := range map[string]fstest.MapFS{
		"twice":  {"en/a.json": {Data: []byte(`{"x":"1"}`)}, "en/b.json": {Data: []byte(`{"x":"1"}`)}},
		"broken": {"en/a.json": {Data: []byte(`{"x":`)}},
		"nested": {"en/a.json": {Data: []byte(`{"x":{"y":"z"}}`)}},
	} {
		if _, err := load(dir, "en"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Measures what a command pays for its words.
func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		For("ja")
	}
}
