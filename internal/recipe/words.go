package recipe

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the sentences of one language; "{0}" is the first argument.
type words struct {
	lang string
	text map[string]string
}

// loadWords reads the sentences of lang ("en" or "ja").
func loadWords(lang string) (words, error) {
	if lang != "en" && lang != "ja" {
		return words{}, fmt.Errorf("no texts in language %q (en, ja)", lang)
	}
	raw, err := wordFiles.ReadFile("words/" + lang + ".json")
	if err != nil {
		return words{}, err
	}
	w := words{lang: lang}
	if err := json.Unmarshal(raw, &w.text); err != nil {
		return words{}, fmt.Errorf("words/%s.json: %w", lang, err)
	}
	return w, nil
}

// say is the sentence id with its arguments. An id without a sentence is a
// mistake of this package, which its tests find.
func (w words) say(id string, args ...string) string {
	text, ok := w.text[id]
	if !ok {
		panic("recipe: no sentence " + id)
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), a)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
