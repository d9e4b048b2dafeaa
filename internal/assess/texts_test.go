package assess_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// TestEveryRuleHasWords proves that every rule and warning that the code names
// has a text in both languages, and every rule says what it rests on.
func TestEveryRuleHasWords(t *testing.T) {
	rules, err := stack.Rules()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
		switch r.Basis {
		case "documented", "source-code", "measured", "inferred":
		default:
			t.Errorf("rule %s rests on %q", r.ID, r.Basis)
		}
		if r.Basis != "inferred" && len(r.Citations) == 0 {
			t.Errorf("rule %s is %s without a source", r.ID, r.Basis)
		}
	}
	fired, warned := namedIn(t, "../stack", "../verdict", "../fix", ".")
	english := message.For("en")
	for id := range fired {
		switch isRule, isWarning := english.Has("rule."+id), english.Has("warn."+id); {
		case isWarning && !isRule:
			warned[id] = true
		case !known[id]:
			t.Errorf("rule %s has no entry in rules.yaml", id)
		}
	}
	for _, lang := range message.Languages() {
		words := message.For(lang)
		for id := range known {
			if !words.Has("rule." + id) {
				t.Errorf("%s: no text for rule %s", lang, id)
			}
		}
		for id := range warned {
			if !words.Has("warn." + id) {
				t.Errorf("%s: no text for warning %s", lang, id)
			}
		}
	}
}

var (
	firedForm  = regexp.MustCompile(`\b(?:fire\(|rule: +|rule = |return [^\n]*, )"([a-z0-9]+(?:-[a-z0-9]+)+)"`)
	warnedForm = regexp.MustCompile(`\bwarn\("([a-z0-9-]+)"|Warnings = append\([^\n]*Rule: "([a-z0-9-]+)"`)
	anyRule    = regexp.MustCompile(`\bRule: "([a-z0-9]+(?:-[a-z0-9]+)+)"`)
)

// namedIn collects the ids that the code of some folders names.
func namedIn(t *testing.T, folders ...string) (fired, warned map[string]bool) {
	t.Helper()
	fired, warned = map[string]bool{}, map[string]bool{}
	for _, dir := range folders {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`_test\.go$`).MatchString(file) {
				continue
			}
			for _, m := range warnedForm.FindAllStringSubmatch(string(text), -1) {
				warned[m[1]+m[2]] = true
			}
			for _, m := range append(firedForm.FindAllStringSubmatch(string(text), -1), anyRule.FindAllStringSubmatch(string(text), -1)...) {
				fired[m[1]] = true
			}
		}
	}
	return fired, warned
}
