package message

// MarshalText gives the English words: JSON is the same in every language, so that a
// document can hold texts, and a table made from the same document says them in the
// language of its reader.
func (t Text) MarshalText() ([]byte, error) { return []byte(english().Render(t)), nil }

// UnmarshalText reads words as a literal text: what was written cannot be told in
// another language again.
func (t *Text) UnmarshalText(words []byte) error {
	*t = Literal(string(words))
	return nil
}
