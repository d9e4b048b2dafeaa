package message

import (
	"maps"
	"slices"
)

// Stored is a text as a file keeps it, so that a later reader gets it in their own
// language: the id with its arguments, plus the English words for a reader that does
// not know the id.
type Stored struct {
	ID   string               `json:"id,omitempty"`
	Args map[string]StoredArg `json:"args,omitempty"`
	Text string               `json:"text"`
}

// StoredArg is an argument of a Stored text: a value, or texts.
type StoredArg struct {
	Value string   `json:"value,omitempty"`
	Texts []Stored `json:"texts,omitempty"`
}

// Store makes a text ready for a file.
func (t Text) Store() Stored {
	s := Stored{ID: t.ID, Text: English(t)}
	if t.ID == "" {
		return s
	}
	for _, a := range t.Args {
		one := StoredArg{Value: a.Value}
		for _, sub := range a.texts {
			one.Texts = append(one.Texts, sub.Store())
		}
		if s.Args == nil {
			s.Args = map[string]StoredArg{}
		}
		s.Args[a.Name] = one
	}
	return s
}

// Restore makes a text of what a file kept. One whose id is not known stays as its
// words.
func (s Stored) Restore() Text {
	if !english().Has(s.ID) {
		return Literal(s.Text)
	}
	t := Text{ID: s.ID}
	for _, name := range slices.Sorted(maps.Keys(s.Args)) {
		arg := Arg{Name: name, Value: s.Args[name].Value}
		for _, sub := range s.Args[name].Texts {
			arg.texts = append(arg.texts, sub.Restore())
		}
		t.Args = append(t.Args, arg)
	}
	return t
}
