package message

import (
	"slices"
	"strings"
)

// Text is a text before it becomes words: an id of the catalogs and its
// arguments. Rooms that find something out return it; it becomes words once, in
// the language that was asked for, where it is printed ([Catalog.Render]). The
// zero Text is no text.
type Text struct {
	ID   string // "" stands for text that has no translation: Args[0].Value as it is
	Args []Arg
}

// New makes a text.
func New(id string, args ...Arg) Text { return Text{ID: id, Args: args} }

// Literal is text from outside, which no catalog holds: a system's own error, a
// server's banner.
func Literal(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{Args: []Arg{{Value: s}}}
}

// IsZero says whether there is no text.
func (t Text) IsZero() bool { return t.ID == "" && len(t.Args) == 0 }

// Sub makes an argument that is a text itself.
func Sub(name string, texts ...Text) Arg { return Arg{Name: name, texts: texts} }

// Render gives the words of t. Arguments that are texts are rendered first;
// several of them are joined as a list.
func (c *Catalog) Render(t Text) string {
	switch {
	case t.IsZero():
		return ""
	case t.ID == "":
		return t.Args[0].Value
	}
	args := slices.Clone(t.Args)
	for i, a := range args {
		if len(a.texts) > 0 {
			args[i] = Arg{Name: a.Name, Value: c.join(a.texts)}
		}
	}
	return c.Text(t.ID, args...)
}

func (c *Catalog) join(texts []Text) string {
	words := make([]string, len(texts))
	for i, t := range texts {
		words[i] = c.Render(t)
	}
	return strings.Join(words, "; ")
}
