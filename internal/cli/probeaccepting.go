package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// acceptRule changes what a server accepts.
type acceptRule func(tlsready.Acceptance) tlsready.Acceptance

// readRules reads --accepting: rules separated by ";" (docs/probe.md has the
// grammar), or the id or file of a service profile, whose last phase then holds.
func (app *App) readRules(text string) ([]acceptRule, error) {
	if text == "" {
		return nil, nil
	}
	if _, ok, _ := service.ByID(text); ok || looksLikeFile(text) {
		p, err := app.readService(text)
		if err != nil {
			return nil, err
		}
		stated := document.Resolve(p.Last().Acceptance())
		return []acceptRule{func(a tlsready.Acceptance) tlsready.Acceptance { return narrow(a, stated) }}, nil
	}
	var rules []acceptRule
	offset := 0
	for part := range strings.SplitSeq(text, ";") {
		word := strings.TrimSpace(part)
		if word != "" {
			rule, err := parseRule(word)
			if err != nil {
				column := offset + strings.Index(part, word) + 1
				return nil, app.usageError("accepting", message.Str("value", word), message.Int("column", column), message.Str("why", err.Error()))
			}
			rules = append(rules, rule)
		}
		offset += len(part) + 1
	}
	if len(rules) == 0 {
		return nil, app.usageError("accepting", message.Str("value", text), message.Int("column", 1), message.Str("why", "no rule"))
	}
	return rules, nil
}

func applyRules(a tlsready.Acceptance, rules []acceptRule) tlsready.Acceptance {
	for _, rule := range rules {
		a = rule(a)
	}
	return a
}

// parseRule reads one rule:
//
//	TLS 1.2+            that version and later, nothing else
//	TLS 1.2, TLS 1.3    these versions, nothing else
//	-WORD               without a version, a suite, a group or a class of suites
//	+WORD               with a version, a suite or a group beside what is there
func parseRule(word string) (acceptRule, error) {
	switch {
	case strings.HasPrefix(word, "-"):
		return parseWithout(strings.TrimSpace(word[1:]))
	case strings.HasPrefix(word, "+"):
		return parseWith(strings.TrimSpace(word[1:]))
	case strings.HasSuffix(word, "+"):
		from, err := tlsready.ParseVersion(strings.TrimSpace(strings.TrimSuffix(word, "+")))
		if err != nil {
			return nil, err
		}
		return keepVersions(func(v tlsready.Version) bool { return v.Rank() >= from.Rank() }), nil
	}
	var only []tlsready.Version
	for one := range strings.SplitSeq(word, ",") {
		v, err := tlsready.ParseVersion(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		only = append(only, v)
	}
	return keepVersions(func(v tlsready.Version) bool { return slices.Contains(only, v) }), nil
}

func parseWithout(word string) (acceptRule, error) {
	if v, err := tlsready.ParseVersion(word); err == nil {
		return keepVersions(func(x tlsready.Version) bool { return x != v }), nil
	}
	if class, ok := suiteClasses()[strings.ToUpper(word)]; ok {
		return keepSuites(func(s tlsready.Suite) bool { return !class(s.Info()) }), nil
	}
	if s, err := tlsready.ParseSuite(word); err == nil {
		return keepSuites(func(x tlsready.Suite) bool { return x != s }), nil
	}
	if g, err := tlsready.ParseGroup(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Groups = filter(a.Groups, func(x tlsready.Group) bool { return x != g })
			return a
		}, nil
	}
	return nil, fmt.Errorf("no version, suite, group or class of suites; the classes are %s", strings.Join(slices.Sorted(maps.Keys(suiteClasses())), ", "))
}

func parseWith(word string) (acceptRule, error) {
	if v, err := tlsready.ParseVersion(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Versions = with(a.Versions, v)
			return a
		}, nil
	}
	if s, err := tlsready.ParseSuite(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.SuitesOf, a.OwnOrder = maps.Clone(a.SuitesOf), maps.Clone(a.OwnOrder)
			for v, axis := range a.SuitesOf {
				if s.Fits(v) {
					a.SuitesOf[v] = with(axis, s)
					delete(a.OwnOrder, v) // nobody knows where the new one would stand
				}
			}
			return a
		}, nil
	}
	if g, err := tlsready.ParseGroup(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Groups = with(a.Groups, g)
			return a
		}, nil
	}
	return nil, fmt.Errorf("no version, suite or group")
}

// suiteClasses are the words for many suites at once.
func suiteClasses() map[string]func(tlsready.SuiteInfo) bool {
	cipher := func(list ...tlsready.Cipher) func(tlsready.SuiteInfo) bool {
		return func(i tlsready.SuiteInfo) bool { return slices.Contains(list, i.Cipher) }
	}
	return map[string]func(tlsready.SuiteInfo) bool{
		"CBC":      func(i tlsready.SuiteInfo) bool { return !i.AEAD && !streams(i.Cipher) },
		"3DES":     cipher(tlsready.TripleDES),
		"DES":      cipher(tlsready.DES, tlsready.DES40),
		"RC4":      cipher(tlsready.RC4_128, tlsready.RC4_56, tlsready.RC4_40),
		"NULL":     cipher(tlsready.NULL),
		"EXPORT":   cipher(tlsready.RC4_40, tlsready.RC4_56, tlsready.RC2_40, tlsready.DES40),
		"AES128":   cipher(tlsready.AES128),
		"AES256":   cipher(tlsready.AES256),
		"CHACHA20": cipher(tlsready.CHACHA20),
		"RSA-KX":   func(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.RSA },
		"DHE":      func(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.DHE && i.Auth != tlsready.AuthAnon },
		"ECDHE":    func(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.ECDHE && i.Auth != tlsready.AuthAnon },
		"ANON":     func(i tlsready.SuiteInfo) bool { return i.Auth == tlsready.AuthAnon },
		"SHA1":     func(i tlsready.SuiteInfo) bool { return i.Hash == tlsready.SHA1 && !i.AEAD },
		"MD5":      func(i tlsready.SuiteInfo) bool { return i.Hash == tlsready.MD5 },
		"CAMELLIA": cipher(tlsready.CAMELLIA128, tlsready.CAMELLIA256),
		"ARIA":     cipher(tlsready.ARIA128, tlsready.ARIA256),
	}
}

// streams says that a cipher has no blocks to chain.
func streams(c tlsready.Cipher) bool {
	switch c {
	case 0, tlsready.NULL, tlsready.RC4_128, tlsready.RC4_56, tlsready.RC4_40, tlsready.CHACHA20, tlsready.OtherCipher:
		return true
	}
	return false
}

// filter keeps of what an axis is known to take, or may take, what fits. One that
// takes anything has nothing to take away from, and what nobody knows stays so.
func filter[T comparable](a tlsready.Axis[T], keep func(T) bool) tlsready.Axis[T] {
	odd := func(x T) bool { return !keep(x) }
	list := slices.DeleteFunc(slices.Clone(a.List()), odd)
	switch {
	case a.IsAny():
		return a
	case a.IsUnknown():
		return tlsready.AtLeast(list...)
	}
	return tlsready.Only(list...).Except(slices.DeleteFunc(slices.Clone(a.Open()), odd)...)
}

func with[T comparable](a tlsready.Axis[T], x T) tlsready.Axis[T] {
	list := append(slices.Clone(a.List()), x)
	switch {
	case a.Allows(x) == tlsready.Yes:
		return a
	case a.IsUnknown():
		return tlsready.AtLeast(list...)
	}
	return tlsready.Only(list...).Except(slices.DeleteFunc(slices.Clone(a.Open()), func(y T) bool { return y == x })...)
}

func keepVersions(keep func(tlsready.Version) bool) acceptRule {
	return func(a tlsready.Acceptance) tlsready.Acceptance {
		a.Versions = filter(a.Versions, keep)
		return a
	}
}

func keepSuites(keep func(tlsready.Suite) bool) acceptRule {
	return func(a tlsready.Acceptance) tlsready.Acceptance {
		a.Suites = filter(a.Suites, keep)
		a.SuitesOf = maps.Clone(a.SuitesOf)
		for v, axis := range a.SuitesOf {
			a.SuitesOf[v] = filter(axis, keep)
		}
		return a
	}
}

// narrow takes from what a server accepts everything that a profile does not state.
func narrow(a, stated tlsready.Acceptance) tlsready.Acceptance {
	a.Versions = both(a.Versions, stated.Versions)
	of := map[tlsready.Version]tlsready.Axis[tlsready.Suite]{}
	for _, v := range tlsready.Versions() {
		of[v] = both(a.SuitesFor(v), stated.SuitesFor(v))
	}
	a.SuitesOf = of
	a.Groups = both(a.Groups, stated.Groups)
	a.SignatureAlgorithms = both(a.SignatureAlgorithms, stated.SignatureAlgorithms)
	return a
}

// both is what two axes allow.
func both[T comparable](a, b tlsready.Axis[T]) tlsready.Axis[T] {
	switch {
	case b.IsAny():
		return a
	case a.IsAny():
		return b
	}
	var yes, open []T
	for _, x := range slices.Concat(a.List(), a.Open(), b.List(), b.Open()) {
		one, other := a.Allows(x), b.Allows(x)
		switch {
		case one == tlsready.No || other == tlsready.No || slices.Contains(yes, x) || slices.Contains(open, x):
		case one == tlsready.Yes && other == tlsready.Yes:
			yes = append(yes, x)
		default:
			open = append(open, x)
		}
	}
	if a.IsUnknown() && b.IsUnknown() {
		return tlsready.AtLeast(yes...)
	}
	return tlsready.Only(yes...).Except(open...)
}
