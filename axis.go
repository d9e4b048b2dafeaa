package tlsready

import (
	"encoding/json"
	"slices"
)

// Answer is yes, no or unknown.
type Answer int

// The three answers. The zero value is Unknown: what was not learned is not
// known.
const (
	Unknown Answer = iota
	Yes
	No
)

// String returns "yes", "no" or "unknown".
func (a Answer) String() string { return [...]string{"unknown", "yes", "no"}[a] }

// MarshalText writes the word.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word.
func (a *Answer) UnmarshalText(text []byte) error {
	for _, known := range []Answer{Unknown, Yes, No} {
		if string(text) == known.String() {
			*a = known
			return nil
		}
	}
	return &NameError{AnswerName, string(text)}
}

type axisState uint8

const (
	axisAny axisState = iota
	axisUnknown
	axisOnly
)

// Axis is one dimension of an [Acceptance]: anything is taken, nobody knows, or
// only what a list names. The zero value takes anything. An axis may be known in
// part: see [Axis.Except] and [AtLeast].
type Axis[T comparable] struct {
	state axisState
	list  []T
	open  []T // of a list: what is not in it and may be taken all the same
}

// AnyOf is the axis that takes anything.
func AnyOf[T comparable]() Axis[T] { return Axis[T]{} }

// UnknownOf is the axis of which nothing is known.
func UnknownOf[T comparable]() Axis[T] { return Axis[T]{state: axisUnknown} }

// Only is the axis that takes what list names, and nothing else.
func Only[T comparable](list ...T) Axis[T] {
	return Axis[T]{state: axisOnly, list: slices.Clone(list)}
}

// AtLeast is the axis that takes what list names; of anything else nobody knows.
func AtLeast[T comparable](list ...T) Axis[T] {
	return Axis[T]{state: axisUnknown, list: slices.Clone(list)}
}

// Except is the axis with some items of which nobody knows whether it takes them.
func (a Axis[T]) Except(open ...T) Axis[T] {
	if a.state == axisOnly {
		a.open = slices.Clone(open)
	}
	return a
}

// IsAny says that the axis restricts nothing.
func (a Axis[T]) IsAny() bool { return a.state == axisAny }

// IsUnknown says that nobody knows what the axis takes besides what it lists.
func (a Axis[T]) IsUnknown() bool { return a.state == axisUnknown }

// List is what the axis is known to take, or nil if it takes anything. The caller must not
// change it.
func (a Axis[T]) List() []T { return a.list }

// Open lists what [Axis.Except] named. The caller must not change it.
func (a Axis[T]) Open() []T { return a.open }

// Allows says whether the axis takes x.
func (a Axis[T]) Allows(x T) Answer {
	switch {
	case a.state == axisAny || slices.Contains(a.list, x):
		return Yes
	case a.state == axisUnknown || slices.Contains(a.open, x):
		return Unknown
	}
	return No
}

// IsZero lets encoding/json leave the axis out if it takes anything (tag "omitzero").
func (a Axis[T]) IsZero() bool { return a.state == axisAny }

// MarshalJSON writes the list, or null if the axis is unknown, even in part, because a list
// says that nothing else is taken. An axis that takes anything is for its owner to leave out.
func (a Axis[T]) MarshalJSON() ([]byte, error) {
	if a.state != axisOnly || len(a.open) > 0 {
		return []byte("null"), nil
	}
	if a.list == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(a.list)
}

// UnmarshalJSON reads null as unknown and a list as only that list.
func (a *Axis[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*a = UnknownOf[T]()
		return nil
	}
	var list []T
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*a = Axis[T]{state: axisOnly, list: list}
	return nil
}
