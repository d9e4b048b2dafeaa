package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/message"
)

// Rule changes what a server accepts: a what-if.
type Rule func(tlsready.Acceptance) tlsready.Acceptance

// StatedRule takes away everything that a statement does not hold, such as a phase of
// a service profile.
func StatedRule(stated tlsready.Acceptance) Rule {
	return func(a tlsready.Acceptance) tlsready.Acceptance { return a.Narrow(stated) }
}

// ParseRules reads rules separated by ";" (docs/probe.md has the grammar):
//
//	TLS 1.2+            that version and later, nothing else
//	TLS 1.2, TLS 1.3    these versions, nothing else
//	-WORD               without a version, a suite, a group or a class of suites
//	+WORD               with a version, a suite or a group added to what is there
//
// Its error is a [*RuleError].
func ParseRules(text string) ([]Rule, error) {
	var rules []Rule
	offset := 0
	for part := range strings.SplitSeq(text, ";") {
		word := strings.TrimSpace(part)
		if word != "" {
			rule, why := parseRule(word)
			if !why.IsZero() {
				return nil, &RuleError{Word: word, Column: offset + strings.Index(part, word) + 1, Why: why}
			}
			rules = append(rules, rule)
		}
		offset += len(part) + 1
	}
	if len(rules) == 0 {
		return nil, &RuleError{Word: text, Column: 1, Why: message.New("probe.rule.none")}
	}
	return rules, nil
}

// RuleError is a rule that cannot be meant.
type RuleError struct {
	Word   string
	Column int // of the word in the text, in bytes from 1
	Why    message.Text
}

// Error names the word and its column; the reason needs a catalog.
func (e *RuleError) Error() string { return fmt.Sprintf("column %d: %q is no rule", e.Column, e.Word) }

// apply gives what is accepted under rules, one after the other.
func apply(a tlsready.Acceptance, rules []Rule) tlsready.Acceptance {
	for _, rule := range rules {
		a = rule(a)
	}
	return a
}

func parseRule(word string) (Rule, message.Text) {
	switch {
	case strings.HasPrefix(word, "-"):
		return parseWithout(strings.TrimSpace(word[1:]))
	case strings.HasPrefix(word, "+"):
		return parseWith(strings.TrimSpace(word[1:]))
	case strings.HasSuffix(word, "+"):
		least := strings.TrimSpace(strings.TrimSuffix(word, "+"))
		from, err := tlsready.ParseVersion(least)
		if err != nil {
			return nil, noVersion(least)
		}
		return keepVersions(func(v tlsready.Version) bool { return v.Rank() >= from.Rank() }), message.Text{}
	}
	var only []tlsready.Version
	for one := range strings.SplitSeq(word, ",") {
		one = strings.TrimSpace(one)
		v, err := tlsready.ParseVersion(one)
		if err != nil {
			return nil, noVersion(one)
		}
		only = append(only, v)
	}
	return keepVersions(func(v tlsready.Version) bool { return slices.Contains(only, v) }), message.Text{}
}

func noVersion(word string) message.Text {
	return message.New("probe.rule.version", message.Str("value", word))
}

func parseWithout(word string) (Rule, message.Text) {
	if v, err := tlsready.ParseVersion(word); err == nil {
		return keepVersions(func(x tlsready.Version) bool { return x != v }), message.Text{}
	}
	if class, ok := suiteClasses()[strings.ToUpper(word)]; ok {
		return keepSuites(func(s tlsready.Suite) bool { return !class(s.Info()) }), message.Text{}
	}
	if s, err := tlsready.ParseSuite(word); err == nil {
		return keepSuites(func(x tlsready.Suite) bool { return x != s }), message.Text{}
	}
	if g, err := tlsready.ParseGroup(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Groups = a.Groups.Filter(func(x tlsready.Group) bool { return x != g })
			return a
		}, message.Text{}
	}
	return nil, message.New("probe.rule.without", message.List("classes", slices.Sorted(maps.Keys(suiteClasses()))))
}

func parseWith(word string) (Rule, message.Text) {
	if v, err := tlsready.ParseVersion(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Versions = a.Versions.With(v)
			return a
		}, message.Text{}
	}
	if s, err := tlsready.ParseSuite(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance { return a.WithSuite(s) }, message.Text{}
	}
	if g, err := tlsready.ParseGroup(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Groups = a.Groups.With(g)
			return a
		}, message.Text{}
	}
	return nil, message.New("probe.rule.with")
}

func keepVersions(fits func(tlsready.Version) bool) Rule {
	return func(a tlsready.Acceptance) tlsready.Acceptance {
		a.Versions = a.Versions.Filter(fits)
		return a
	}
}

func keepSuites(fits func(tlsready.Suite) bool) Rule {
	return func(a tlsready.Acceptance) tlsready.Acceptance { return a.FilterSuites(fits) }
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
