// Package message holds the words that people read, in English and Japanese.
//
// The words of a language are every JSON file in its folder, merged; a file is
// one flat object from message id to text. A text names its arguments in braces:
//
//	"{name}"                the argument
//	"{n|host|hosts}"        the first word if the argument is 1, else the second
//
// A language changes words only; ids, codes and JSON never pass through here.
package message

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed en/*.json ja/*.json
var files embed.FS

// Languages are the tags that [For] knows, the default first.
func Languages() []string { return []string{"en", "ja"} }

// Catalog holds the words of one language. It may be used from several goroutines.
type Catalog struct {
	lang   string
	words  func() map[string]string // read when the first text is wanted
	causes func(error) Text         // see [Catalog.WithCauses]; may be nil
}

// For gives the words of a language: a tag such as "ja", "ja-JP" or
// "ja_JP.UTF-8"; English for any language that it does not know. The files of a language
// are parsed once, when its first text is wanted.
func For(lang string) *Catalog {
	lang = match(lang)
	return &Catalog{lang: lang, words: loaded[lang]}
}

// loaded gives the words of each language.
var loaded = onceEach(Languages())

func onceEach(languages []string) map[string]func() map[string]string {
	all := map[string]func() map[string]string{}
	for _, lang := range languages {
		all[lang] = sync.OnceValue(func() map[string]string {
			words, err := load(files, lang)
			if err != nil {
				panic("message: the embedded words do not load: " + err.Error()) // held by a test; cannot depend on input
			}
			return words
		})
	}
	return all
}

func match(lang string) string {
	low := strings.ToLower(lang)
	for _, known := range Languages() {
		if rest, ok := strings.CutPrefix(low, known); ok && (rest == "" || strings.ContainsRune("-_.@", rune(rest[0]))) {
			return known
		}
	}
	return Languages()[0]
}

// load merges the files of a language. The same id in two files is an error:
// nobody could tell which one wins.
func load(from fs.FS, lang string) (map[string]string, error) {
	names, err := fs.Glob(from, lang+"/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		var part map[string]string
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		for id, text := range part {
			if _, twice := all[id]; twice {
				return nil, fmt.Errorf("%s: %q is given twice", path.Base(name), id)
			}
			all[id] = text
		}
	}
	return all, nil
}

// Lang is the catalog's language, one of [Languages].
func (c *Catalog) Lang() string { return c.lang }

// Has says whether there is a text of that id.
func (c *Catalog) Has(id string) bool {
	_, ok := c.words()[id]
	return ok
}

// IDs lists the ids that begin with prefix, sorted.
func (c *Catalog) IDs(prefix string) []string {
	var list []string
	for id := range c.words() {
		if strings.HasPrefix(id, prefix) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// Text is the text with its arguments in place. An unknown id comes back as it
// is, and an argument that was not given stays in its braces, so that either is
// seen.
func (c *Catalog) Text(id string, args ...Arg) string {
	text, ok := c.words()[id]
	if !ok {
		return id
	}
	if !strings.Contains(text, "{") {
		return text
	}
	return expand(text, c.joined(args))
}

// joined has the lists among the arguments in the form of the language.
func (c *Catalog) joined(args []Arg) []Arg {
	if c.lang == "en" || !slices.ContainsFunc(args, func(a Arg) bool { return len(a.list) > 1 }) {
		return args
	}
	args = slices.Clone(args)
	for i, a := range args {
		if len(a.list) > 1 {
			args[i].Value = c.Join(a.list)
		}
	}
	return args
}

// Join lists words with the comma of the language.
func (c *Catalog) Join(words []string) string { return strings.Join(words, c.Text("problem.comma")) }

// Or is the text of id, or fallback if there is no such text.
func (c *Catalog) Or(id, fallback string) string {
	if text, ok := c.words()[id]; ok {
		return text
	}
	return fallback
}

func expand(text string, args []Arg) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(fill(inside, args))
		text = after
	}
}

// fill gives what stands for one pair of braces.
func fill(inside string, args []Arg) string {
	name, forms, plural := strings.Cut(inside, "|")
	for _, a := range args {
		if a.Name != name {
			continue
		}
		if !plural {
			return a.Value
		}
		one, other, _ := strings.Cut(forms, "|")
		if a.Value == "1" {
			return one
		}
		return other
	}
	return "{" + inside + "}"
}
