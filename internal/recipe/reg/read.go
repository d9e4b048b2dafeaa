package reg

import (
	"cmp"
	"slices"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/regtext"
)

// read says what a .reg file would do. A line that regedit skips may have been meant for
// the key above it, and then nothing is known of that key.
func read(file string, data []byte) (recipe.Reading, error) {
	var r recipe.Reading
	f, mistakes := regtext.ParseAll(data)
	for _, m := range mistakes {
		finding := recipe.Finding{File: file, Line: m.Line, Column: m.Column, Rule: "reg-syntax", Severity: recipe.Error}
		switch m.Code {
		case regtext.BadFile:
			return r, &message.Problem{Where: file, What: m.Text(), Err: m}
		case regtext.BadHeader:
			if !regtext.Sniff(data) {
				return r, &message.Problem{Where: file, What: m.Text(), Err: m}
			}
			finding.Rule = "reg-header"
		case regtext.BadKey:
			finding.Opaque = true
		default:
			if key := above(f.Keys, m.Line); key != "" {
				finding.Unsure = &host.Unsure{Key: key, Tree: true}
			}
		}
		finding.Text = recipe.SayFinding(finding.Rule, message.Sub("what", m.What))
		r.Findings = append(r.Findings, finding)
	}
	steps(&r, file, f)
	r.Sort()
	return r, nil
}

// above is the key of the section that a line belongs to.
func above(keys []regtext.Section, line int) string {
	key := ""
	for _, s := range keys {
		if s.Line < line {
			key = s.Key
		}
	}
	return key
}

// steps are the deleted keys and the values, in the order of the lines.
func steps(r *recipe.Reading, file string, f *regtext.File) {
	for _, s := range f.Keys {
		if s.Delete {
			r.Steps = append(r.Steps, recipe.Step{Change: host.Change{Key: s.Key, Delete: true, Tree: true}, Line: s.Line, Column: 1})
			r.Findings = append(r.Findings, recipe.Finding{
				File: file, Line: s.Line, Column: 1, Rule: "reg-deletes-key", Severity: recipe.Error,
				Text: recipe.SayFinding("reg-deletes-key", message.Str("key", s.Key)),
			})
		}
	}
	for _, op := range f.Ops {
		r.Steps = append(r.Steps, recipe.Step{Change: host.Change{Key: op.Key, Name: op.Name, Data: op.Data, Delete: op.Delete}, Line: op.Line, Column: op.Column})
	}
	slices.SortStableFunc(r.Steps, func(a, b recipe.Step) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
}

// lint looks at how the file is written.
func lint(file string, data []byte, r *recipe.Reading) {
	f, _ := regtext.ParseAll(data)
	for _, op := range f.Ops {
		find := func(rule string, args ...message.Arg) {
			r.Findings = append(r.Findings, recipe.Finding{
				File: file, Line: op.Line, Column: op.Column, Rule: rule, Severity: recipe.Warning, Text: recipe.SayFinding(rule, args...),
			})
		}
		if op.Digits != 0 && op.Digits != 8 {
			find("reg-dword-digits", message.Int("n", op.Digits))
		}
		if op.Spaces {
			find("reg-spaces")
		}
	}
	r.Sort()
}
