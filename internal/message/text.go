package message

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Text is a text before it becomes words: an id of the catalogs and its
// arguments. Rooms that find something out return it; it becomes words only when it
// is printed, in the language that was asked for ([Catalog.Render]). The
// zero Text is no text.
type Text struct {
	ID   string // "" stands for text that has no translation: Args[0].Value as it is
	Args []Arg

	err error // of a text that is an error from outside, see [CauseOf]
}

// New makes a text.
func New(id string, args ...Arg) Text { return Text{ID: id, Args: args} }

// Literal is text from outside, which no catalog holds: a server's banner, what a
// command printed.
func Literal(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{Args: []Arg{{Value: s}}}
}

// IsZero says whether there is no text.
func (t Text) IsZero() bool { return t.ID == "" && len(t.Args) == 0 && t.err == nil }

// Arg is one named argument of a text.
type Arg struct {
	Name, Value string

	list  []string // of which Value is the English form, see [List]
	texts []Text   // in place of Value, see [Sub]
	err   error    // of which the argument tells, see [Cause]
}

// Str makes an argument that is the same in every language.
func Str(name, value string) Arg { return Arg{Name: name, Value: value} }

// List makes an argument of several words that are the same in every language, joined
// with the comma of the language.
func List(name string, words []string) Arg {
	return Arg{Name: name, Value: strings.Join(words, ", "), list: words}
}

// Quote makes an argument of what somebody wrote, in quotes, with everything
// escaped that would not show.
func Quote(name, value string) Arg { return Str(name, strconv.Quote(value)) }

// Int makes a number argument.
func Int[T integer](name string, n T) Arg { return Str(name, fmt.Sprintf("%d", n)) }

// Hex makes a number argument in hexadecimal, such as an offset or a code.
func Hex[T integer](name string, n T) Arg { return Str(name, fmt.Sprintf("%#x", n)) }

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Sub makes an argument that is a text itself, or a list of texts.
func Sub(name string, texts ...Text) Arg { return Arg{Name: name, texts: texts} }

// Mapped is t with what f makes of each value in it. A place of which nothing is left then is
// left out.
func (t Text) Mapped(f func(string) string) Text {
	args := slices.Clone(t.Args)
	for i, a := range args {
		args[i].Value = f(a.Value)
		args[i].list, args[i].texts = slices.Clone(a.list), slices.Clone(a.texts)
		for k, word := range a.list {
			args[i].list[k] = f(word)
		}
		for k, text := range a.texts {
			args[i].texts[k] = text.Mapped(f)
		}
	}
	if t.ID == "problem.at" && len(args) == 2 && args[0].Value == "" && len(args[1].texts) == 1 {
		return args[1].texts[0]
	}
	t.Args = args
	return t
}

// AtOffset is a text about a place in a file, in bytes from its beginning.
func AtOffset[T integer](offset T, what Text) Text {
	return New("problem.offset", Hex("offset", offset), Sub("what", what))
}

// AtLine is a text about a line of a file, counted from 1.
func AtLine(line int, what Text) Text {
	return New("problem.line", Int("line", line), Sub("what", what))
}

// AtPosition is a text about a line of a file and a character in it, both counted
// from 1.
func AtPosition(line, column int, what Text) Text {
	return New("problem.position", Int("line", line), Int("column", column), Sub("what", what))
}

// Render gives the words of t. Arguments that are texts are rendered first;
// several of them are joined as a list.
func (c *Catalog) Render(t Text) string {
	switch {
	case t.err != nil:
		return c.foreign(t.err)
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
	return strings.Join(words, c.Text("problem.texts.comma"))
}

// foreign gives the words of an error that was made elsewhere.
func (c *Catalog) foreign(err error) string {
	if c.causes != nil {
		if known := c.causes(err); !known.IsZero() {
			return c.Render(known)
		}
	}
	return err.Error()
}

// Known gives t with the words that known finds for the foreign errors in it, so
// that they are the same wherever it is rendered, JSON included.
func (t Text) Known(known func(error) Text) Text {
	if t.err != nil {
		if text := known(t.err); !text.IsZero() {
			return text
		}
		return t
	}
	args := slices.Clone(t.Args)
	for i, a := range args {
		args[i].texts = slices.Clone(a.texts)
		for j, sub := range a.texts {
			args[i].texts[j] = sub.Known(known)
		}
	}
	return Text{ID: t.ID, Args: args}
}

// WithCauses returns a catalog that finds the words of foreign errors, those of
// the system and of libraries, with known; the zero text stands for an error that
// it does not know, which keeps its own words. What a system's errors are called
// is no matter of this package, which reads nothing.
func (c *Catalog) WithCauses(known func(error) Text) *Catalog {
	other := *c
	other.causes = known
	return &other
}
