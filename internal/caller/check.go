package caller

import (
	"errors"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// partError is what is wrong with one item of a list of the file.
type partError struct {
	list string // "stacks", "gates" or "minimums"
	at   int
	why  error
}

// Error is what is wrong.
func (e *partError) Error() string { return e.why.Error() }

// onItsLine gives what is wrong with an item the line on which the item begins.
func onItsLine(data []byte, err error) error {
	var part *partError
	if !errors.As(err, &part) {
		return err
	}
	var file map[string]yaml.Node
	if yaml.Unmarshal(data, &file) == nil {
		if list := file[part.list].Content; part.at < len(list) {
			return message.OnLine(list[part.at].Line, part.why)
		}
	}
	return part.why
}

var versionForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

// Gaps are what a reader of the file would miss.
func (c *Caller) Gaps() []message.Text {
	var list []message.Text
	for _, lang := range message.Languages() {
		if c.Name[lang] == "" {
			list = append(list, message.New("lint.caller-no-name", message.Str("lang", lang)))
		}
	}
	if c.Basis == "" {
		list = append(list, message.New("lint.caller-no-basis"))
	}
	if len(c.Citations) == 0 {
		list = append(list, message.New("lint.caller-no-citation"))
	}
	return list
}

// bases are what a caller file can rest on.
func bases() []string { return []string{"documented", "source-code", "measured", "inferred"} }

// checkRanges finds empty ranges, invalid versions, and lines of versions that overlap.
func (c *Caller) checkRanges() error {
	if c.Basis != "" && !slices.Contains(bases(), c.Basis) {
		return message.Error("caller.basis", message.Str("id", c.ID), message.Quote("text", c.Basis), message.List("known", bases()))
	}
	if err := c.checkRange("", c.Minimum); err != nil {
		return err
	}
	for i, u := range c.Stacks {
		if err := errors.Join(c.checkRange(u.OSFrom, u.OSBelow), c.checkRange(u.ProgramFrom, u.ProgramBelow)); err != nil {
			return &partError{"stacks", i, first(err)}
		}
	}
	for i, g := range c.Gates {
		if err := c.checkRange(g.ProgramFrom, g.ProgramBelow); err != nil {
			return &partError{"gates", i, err}
		}
	}
	for i, m := range c.Minimums {
		if err := c.checkMinimum(m, c.Minimums[:i]); err != nil {
			return &partError{"minimums", i, err}
		}
	}
	return nil
}

// first is the first of errors that were joined.
func first(err error) error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()[0]
	}
	return err
}

func (c *Caller) checkRange(from, below string) error {
	for _, v := range []string{from, below} {
		if v != "" && !versionForm.MatchString(v) {
			return message.Error("caller.version", message.Str("id", c.ID), message.Quote("text", v))
		}
	}
	if from != "" && below != "" && host.CompareVersions(from, below) >= 0 {
		return message.Error("caller.range", message.Str("id", c.ID), message.Str("from", from), message.Str("below", below))
	}
	return nil
}

func (c *Caller) checkMinimum(m Minimum, before []Minimum) error {
	if err := c.checkRange(m.From, m.Below); err != nil {
		return err
	}
	if !versionForm.MatchString(m.Version) {
		return message.Error("caller.version", message.Str("id", c.ID), message.Quote("text", m.Version))
	}
	if inside, _ := versionBetween(m.Version, m.From, ""); !inside {
		return message.Error("caller.minimum", message.Str("id", c.ID), message.Str("version", m.Version), message.Str("from", m.From), message.Str("below", m.Below))
	}
	for _, other := range before {
		apart := (other.Below != "" && m.From != "" && host.CompareVersions(m.From, other.Below) >= 0) || (m.Below != "" && other.From != "" && host.CompareVersions(other.From, m.Below) >= 0)
		if !apart {
			return message.Error("caller.overlap", message.Str("id", c.ID), message.Str("from", m.From))
		}
	}
	return nil
}
