package message

import (
	"errors"
	"fmt"
	"testing"
)

// Proves that a text within a text becomes words in the language asked for.
func TestRenderNested(t *testing.T) {
	c := catalogOf(map[string]string{"outer": "A {why} B", "inner": "in {x}", "problem.texts.comma": "; "})
	for want, text := range map[string]Text{
		"A in 1 B":         New("outer", Sub("why", New("inner", Str("x", "1")))),
		"A in 1; raw B":    New("outer", Sub("why", New("inner", Str("x", "1")), Literal("raw"))),
		"{outer} as it is": Literal("{outer} as it is"),
		"":                 {},
	} {
		if got := c.Render(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Proves that the words of a problem are found through wrapping, and that a cause
// inside another problem loses its hint but not its place.
func TestProblemWords(t *testing.T) {
	c := catalogOf(map[string]string{"cut": "the file is cut", "again": "copy it again", "why": "not read: {why}", "problem.at": "{where}: {what}"})
	inner := &Problem{Where: "a.reg:3", What: New("cut"), Hint: New("again"), Err: errors.ErrUnsupported}
	what, hint := c.Problem(fmt.Errorf("wrapped: %w", inner))
	if what != "a.reg:3: the file is cut" || hint != "copy it again" {
		t.Errorf("got %q, %q", what, hint)
	}
	what, hint = c.Problem(&Problem{Where: "fleet", What: New("why", Cause("why", inner))})
	if what != "fleet: not read: a.reg:3: the file is cut" || hint != "" {
		t.Errorf("got %q, %q", what, hint)
	}
	if what, hint = c.Problem(errors.New("plain")); what != "plain" || hint != "" {
		t.Errorf("got %q, %q", what, hint)
	}
	if !errors.Is(inner, errors.ErrUnsupported) {
		t.Error("the cause is lost")
	}
}

// Proves that a problem made with causes unwraps to each of them, that one at a
// place speaks of the place alone, and that the first hint of the chain is given.
func TestProblemChain(t *testing.T) {
	c := catalogOf(map[string]string{"cut": "cut: {a} {b}", "again": "copy it again", "problem.at": "{where}: {what}"})
	first, second := errors.New("one"), &Problem{Where: "b", What: New("again"), Hint: New("again"), Err: errors.ErrUnsupported}
	err := At("fleet", Error("cut", Cause("a", first), Cause("b", second)))
	if !errors.Is(err, first) || !errors.Is(err, errors.ErrUnsupported) {
		t.Error("a cause is lost")
	}
	if what, hint := c.Problem(err); what != "fleet: cut: one b: copy it again" || hint != "copy it again" {
		t.Errorf("got %q, %q", what, hint)
	}
	if At("fleet", nil) != nil {
		t.Error("a place alone is no error")
	}
}

// Proves that a foreign error is rendered in the words that the catalog was given,
// anywhere in a text, and in its own words if the catalog knows none.
func TestForeign(t *testing.T) {
	known := errors.New("known")
	c := catalogOf(map[string]string{"reset": "RESET", "why": "({why})"}).WithCauses(func(err error) Text {
		if errors.Is(err, known) {
			return New("reset")
		}
		return Text{}
	})
	for want, err := range map[string]error{
		"RESET":       known,
		"(RESET)":     Error("why", Cause("why", known)),
		"(other)":     Error("why", Cause("why", errors.New("other"))),
		"other":       errors.New("other"),
		"pipe: RESET": fmt.Errorf("wrapped: %w", &Problem{Where: "pipe", Err: known}),
	} {
		c.words()["problem.at"] = "{where}: {what}"
		if got, _ := c.Problem(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Proves that known words take the place of foreign errors for good.
func TestKnown(t *testing.T) {
	text := CauseOf(Error("problem.at", Str("where", "a"), Cause("what", errors.New("odd"))))
	if got := English(text.Known(func(error) Text { return Literal("known") })); got != "a: known" {
		t.Errorf("got %q", got)
	}
	if got := English(text.Known(func(error) Text { return Text{} })); got != "a: odd" || English(text) != "a: odd" {
		t.Errorf("got %q", got)
	}
}

// Proves how numbers and what somebody wrote stand in a text.
func TestArguments(t *testing.T) {
	for want, arg := range map[string]Arg{
		"-7": Int("n", -7), "18446744073709551615": Int("n", ^uint64(0)), "0x1f": Hex("n", 31), `"a\x1b\n"`: Quote("n", "a\x1b\n"),
	} {
		if arg.Value != want || arg.Name != "n" {
			t.Errorf("got %q, want %q", arg.Value, want)
		}
	}
}

// catalogOf is a catalog with these words alone.
func catalogOf(words map[string]string) *Catalog {
	return &Catalog{words: func() map[string]string { return words }}
}

// Proves that several words get the comma of the language, also in a text within a text,
// and that one word, and English, stay as they are.
func TestListHasTheComma(t *testing.T) {
	en, ja := catalogOf(map[string]string{"a": "takes {list}", "b": "so {a}"}), catalogOf(map[string]string{"a": "{list} のみ", "b": "つまり {a}", "problem.comma": "、"})
	en.lang, ja.lang = "en", "ja"
	for _, c := range []struct {
		words *Catalog
		list  []string
		want  string
	}{
		{en, []string{"x", "y"}, "so takes x, y"},
		{ja, []string{"x", "y"}, "つまり x、y のみ"},
		{ja, []string{"x"}, "つまり x のみ"},
		{ja, nil, "つまり  のみ"},
	} {
		if got := c.words.Render(New("b", Sub("a", New("a", List("list", c.list))))); got != c.want {
			t.Errorf("%q: %q, want %q", c.list, got, c.want)
		}
	}
}
