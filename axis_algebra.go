package tlsready

import (
	"maps"
	"slices"
)

// Filter is the axis without the items that do not fit. An axis that takes anything has no list
// to filter and stays as it is; what is not known stays unknown.
func (a Axis[T]) Filter(fits func(T) bool) Axis[T] {
	unfit := func(x T) bool { return !fits(x) }
	list := slices.DeleteFunc(slices.Clone(a.list), unfit)
	switch a.state {
	case axisAny:
		return a
	case axisUnknown:
		return AtLeast(list...)
	}
	return Only(list...).Except(slices.DeleteFunc(slices.Clone(a.open), unfit)...)
}

// With is the axis that takes x as well, behind what it lists.
func (a Axis[T]) With(x T) Axis[T] {
	if a.Allows(x) == Yes {
		return a
	}
	list := append(slices.Clone(a.list), x)
	if a.state == axisUnknown {
		return AtLeast(list...)
	}
	return Only(list...).Except(slices.DeleteFunc(slices.Clone(a.open), func(y T) bool { return y == x })...)
}

// Intersect is what two axes both take, in the order of the first. If neither is fully known,
// they may have more in common than the items both list.
func (a Axis[T]) Intersect(b Axis[T]) Axis[T] {
	switch {
	case b.IsAny():
		return a
	case a.IsAny():
		return b
	}
	var yes, open []T
	for _, x := range slices.Concat(a.list, a.open, b.list, b.open) {
		one, other := a.Allows(x), b.Allows(x)
		switch {
		case one == No || other == No || slices.Contains(yes, x) || slices.Contains(open, x):
		case one == Yes && other == Yes:
			yes = append(yes, x)
		default:
			open = append(open, x)
		}
	}
	if a.IsUnknown() && b.IsUnknown() {
		return AtLeast(yes...)
	}
	return Only(yes...).Except(open...)
}

// Narrow is the acceptance without everything that the other does not take too. What
// is known of the server itself, its certificate and the size of its finite field,
// stays.
func (a Acceptance) Narrow(other Acceptance) Acceptance {
	a.Versions = a.Versions.Intersect(other.Versions)
	of := map[Version]Axis[Suite]{}
	for _, v := range Versions() {
		of[v] = a.SuitesFor(v).Intersect(other.SuitesFor(v))
	}
	a.SuitesOf = of
	a.Groups = a.Groups.Intersect(other.Groups)
	a.SignatureAlgorithms = a.SignatureAlgorithms.Intersect(other.SignatureAlgorithms)
	return a
}

// FilterSuites is the acceptance without the suites that do not fit.
func (a Acceptance) FilterSuites(fits func(Suite) bool) Acceptance {
	a.Suites = a.Suites.Filter(fits)
	a.SuitesOf = maps.Clone(a.SuitesOf)
	for v, axis := range a.SuitesOf {
		a.SuitesOf[v] = axis.Filter(fits)
	}
	return a
}

// WithSuite is the acceptance that also takes a suite, in every version that it fits and whose
// suites are known. Whose order decides there is no longer known, because the new suite's place
// in it is open.
func (a Acceptance) WithSuite(s Suite) Acceptance {
	a.SuitesOf, a.OwnOrder = maps.Clone(a.SuitesOf), maps.Clone(a.OwnOrder)
	for v, axis := range a.SuitesOf {
		if s.Fits(v) {
			a.SuitesOf[v] = axis.With(s)
			delete(a.OwnOrder, v)
		}
	}
	return a
}

// Common is what two servers that share one name both accept. A certificate that only one of
// them has says nothing about the other, and whose order decides is known only if both agree.
func (a Acceptance) Common(b Acceptance) Acceptance {
	c := a.Narrow(b)
	c.OwnOrder = maps.Clone(a.OwnOrder)
	maps.DeleteFunc(c.OwnOrder, func(v Version, own Answer) bool {
		return own != b.OwnOrder[v] || own == Yes && !slices.Equal(a.SuitesFor(v).list, b.SuitesFor(v).list)
	})
	maps.DeleteFunc(c.SuitesOf, func(v Version, _ Axis[Suite]) bool { return c.Versions.Allows(v) == No })
	if a.Certificate != b.Certificate {
		c.Certificate = Certificate{}
	}
	if b.DHBits > 0 && (c.DHBits == 0 || b.DHBits < c.DHBits) {
		c.DHBits = b.DHBits
	}
	return c
}
