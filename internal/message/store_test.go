package message

import (
	"encoding/json"
	"testing"
)

// Proves that a text that went through a file is said in the reader's language with
// the texts within it, and that one whose id is not known keeps its words.
func TestStore(t *testing.T) {
	for _, text := range []Text{
		New("hives.note", Str("hive", "SYSTEM"), Sub("note", New("hive.warn-dirty-alone"))),
		New("gather.refused-more", Str("key", `HKLM\A`), Int("more", 2)),
		Literal("what a system said"),
	} {
		raw, err := json.Marshal(text.Store())
		if err != nil {
			t.Fatal(err)
		}
		var s Stored
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		for _, lang := range Languages() {
			if got, want := For(lang).Render(s.Restore()), For(lang).Render(text); got != want || want == "" {
				t.Errorf("%s: %q, want %q", lang, got, want)
			}
		}
	}
	if got := (Stored{ID: "of.a.later.version", Text: "words"}).Restore(); English(got) != "words" {
		t.Errorf("%+v", got)
	}
}
