package recipe

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// Proves that both languages have the same sentences with the same arguments.
func TestWordsMatch(t *testing.T) {
	en, errEn := loadWords("en")
	ja, errJa := loadWords("ja")
	if errEn != nil || errJa != nil {
		t.Fatal(errEn, errJa)
	}
	a, b := slices.Sorted(maps.Keys(en.text)), slices.Sorted(maps.Keys(ja.text))
	if !slices.Equal(a, b) {
		t.Fatalf("en has %v\nja has %v", a, b)
	}
	argument := regexp.MustCompile(`\{\d\}`)
	for id, text := range en.text {
		x, y := argument.FindAllString(text, -1), argument.FindAllString(ja.text[id], -1)
		slices.Sort(x)
		slices.Sort(y)
		if !slices.Equal(x, y) {
			t.Errorf("%s: %v in English, %v in Japanese", id, x, y)
		}
	}
	if _, err := loadWords("fr"); err == nil {
		t.Error("a language without texts was taken")
	}
}

// Proves that every sentence a .cmd file may print stands in code page 932
// without a byte that cmd would act on, and that English ones are ASCII.
func TestWordsFitCmd(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		w, err := loadWords(lang)
		if err != nil {
			t.Fatal(err)
		}
		for id, text := range w.text {
			if strings.HasPrefix(id, "finding.") || strings.HasPrefix(id, "readme.") {
				continue
			}
			raw, err := japanese.ShiftJIS.NewEncoder().String(text)
			if err != nil || lang == "en" && raw != text {
				t.Errorf("%s %s: %v", lang, id, err)
			}
			printed := strings.HasPrefix(id, "run.") || strings.HasPrefix(id, "need.")
			if printed && cmdEcho(text) != text {
				t.Errorf("%s %s: cmd would act on a byte of %q: %q", lang, id, text, cmdEcho(text))
			}
		}
	}
}

// Proves that a character whose second byte in code page 932 is | never reaches
// an echo line.
func TestEchoIsSafe(t *testing.T) {
	if got := cmdEcho("ポリシー & <x> %PATH% 50^"); got != "?リシー ? ?x? ?PATH? 50?" {
		t.Errorf("got %q", got)
	}
}
