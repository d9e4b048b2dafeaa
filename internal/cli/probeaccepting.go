package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/assess"
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
		stated := assess.Resolve(p.Last().Acceptance())
		return []acceptRule{func(a tlsready.Acceptance) tlsready.Acceptance { return a.Narrow(stated) }}, nil
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
			a.Groups = a.Groups.Filter(func(x tlsready.Group) bool { return x != g })
			return a
		}, nil
	}
	return nil, fmt.Errorf("no version, suite, group or class of suites; the classes are %s", strings.Join(slices.Sorted(maps.Keys(suiteClasses())), ", "))
}

func parseWith(word string) (acceptRule, error) {
	if v, err := tlsready.ParseVersion(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Versions = a.Versions.With(v)
			return a
		}, nil
	}
	if s, err := tlsready.ParseSuite(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance { return a.WithSuite(s) }, nil
	}
	if g, err := tlsready.ParseGroup(word); err == nil {
		return func(a tlsready.Acceptance) tlsready.Acceptance {
			a.Groups = a.Groups.With(g)
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

func keepVersions(keep func(tlsready.Version) bool) acceptRule {
	return func(a tlsready.Acceptance) tlsready.Acceptance {
		a.Versions = a.Versions.Filter(keep)
		return a
	}
}

func keepSuites(keep func(tlsready.Suite) bool) acceptRule {
	return func(a tlsready.Acceptance) tlsready.Acceptance { return a.FilterSuites(keep) }
}
