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

type axisState uint8

const (
	axisAny axisState = iota
	axisUnknown
	axisOnly
)

// Axis is one dimension of an [Acceptance]: anything is taken, nobody knows, or
// only what a list names. The zero value takes anything.
type Axis[T comparable] struct {
	state axisState
	list  []T
}

// AnyOf is the axis that takes anything.
func AnyOf[T comparable]() Axis[T] { return Axis[T]{} }

// UnknownOf is the axis of which nothing is known.
func UnknownOf[T comparable]() Axis[T] { return Axis[T]{state: axisUnknown} }

// Only is the axis that takes what list names, and nothing else.
func Only[T comparable](list ...T) Axis[T] {
	return Axis[T]{state: axisOnly, list: slices.Clone(list)}
}

// IsAny says that the axis restricts nothing.
func (a Axis[T]) IsAny() bool { return a.state == axisAny }

// IsUnknown says that it is not known what the axis takes.
func (a Axis[T]) IsUnknown() bool { return a.state == axisUnknown }

// List is what an axis made by [Only] names, nil for the others. The caller
// must not change it.
func (a Axis[T]) List() []T { return a.list }

// Allows says whether the axis takes x.
func (a Axis[T]) Allows(x T) Answer {
	switch {
	case a.state == axisAny:
		return Yes
	case a.state == axisUnknown:
		return Unknown
	case slices.Contains(a.list, x):
		return Yes
	}
	return No
}

// IsZero lets encoding/json leave the axis out where it takes anything (tag
// "omitzero").
func (a Axis[T]) IsZero() bool { return a.state == axisAny }

// MarshalJSON writes the list, or null where the axis is unknown. An axis that
// takes anything is to be left out by its owner.
func (a Axis[T]) MarshalJSON() ([]byte, error) {
	if a.state != axisOnly {
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
