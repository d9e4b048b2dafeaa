package recipe

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Reading is what a recipe would do, as far as it can be told without running it,
// and what there is to say about it.
type Reading struct {
	Steps    []Step    // in the order in which they are made
	Findings []Finding // in the order of the text
}

// Step is one change and the place that makes it.
type Step struct {
	host.Change  // Before is not known
	Line, Column int
	IfAbsent     bool // nothing is written if the value is already there
	KeepType     bool // a value that is there keeps its type
}

// On is a host after the recipe, and the values of which nobody knows what they are
// then: what a step does may hang on what is there.
func (r Reading) On(s *host.Snapshot) (*host.Snapshot, []host.Unsure) {
	unsure := r.Unsure()
	var pending []host.Change
	for _, step := range r.Steps {
		if !step.IfAbsent && !step.KeepType {
			pending = append(pending, step.Change)
			continue
		}
		s, pending = s.Apply(pending...), nil
		there, state := host.NewView(s).Lookup(host.NewRef(step.Key, step.Name))
		switch {
		case state == host.NotAsked:
			unsure = append(unsure, host.Unsure{Key: step.Key, Name: step.Name})
		case state != host.Absent && step.IfAbsent:
		case state != host.Absent:
			if data, ok := step.as(there); ok {
				step.Data = data
				pending = append(pending, step.Change)
			}
		default:
			pending = append(pending, step.Change)
		}
	}
	return s.Apply(pending...), unsure
}

// as is what is written in the type of the value that is there; ok is false if it does
// not fit, and then the command fails.
func (s Step) as(there host.Data) (host.Data, bool) {
	switch there.Type {
	case host.DWORD, host.QWORD:
		if s.Type != host.SZ {
			return host.Data{Type: there.Type, Number: s.Number}, s.Type == host.DWORD || s.Type == host.QWORD
		}
		n, err := strconv.ParseUint(strings.TrimSpace(s.Text), 0, 64)
		return host.Data{Type: there.Type, Number: n}, err == nil && (there.Type == host.QWORD || n < 1<<32)
	case host.SZ, host.ExpandSZ:
		if s.Type == host.DWORD || s.Type == host.QWORD {
			return host.Data{Type: there.Type, Text: strconv.FormatUint(s.Number, 10)}, true
		}
		return host.Data{Type: there.Type, Text: s.Text}, s.Type == host.SZ
	}
	return s.Data, true
}

// Changes are the steps without their places.
func (r Reading) Changes() []host.Change {
	list := make([]host.Change, len(r.Steps))
	for i, s := range r.Steps {
		list[i] = s.Change
	}
	return list
}

// Finding is something to say about one place of a recipe.
type Finding struct {
	File         string
	Line, Column int    // from 1; columns in characters
	Rule         string // "cmd-key-unquoted"; does not change with the language
	Severity     Severity
	Text         message.Text // what is wrong

	// Opaque says that the place may write anything; Unsure names a value, or a key,
	// of which it is not known whether it is written, or with what. If either covers a
	// value that the verdict depends on, the verdict is unknown.
	Opaque bool
	Unsure *host.Unsure
}

// Severity is how bad a finding is.
type Severity string

// The severities: an Error does not do what it says or destroys something, a
// Warning has no effect or harms another caller, a Note is worth knowing.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Say makes the text of a rule of this room.
func SayFinding(rule string, args ...message.Arg) message.Text {
	return message.New("recipe.finding."+rule, args...)
}

// Unclear says whether the recipe may do something here that is not understood.
func (f Finding) Unclear() bool { return f.Opaque || f.Unsure != nil }

const (
	// MaxFile is the largest recipe that is read, in bytes.
	MaxFile = 1 << 20
	// MaxFindings bounds what one file can have to say for itself.
	MaxFindings = 1000
)

// Unclear are the findings of what is not understood.
func (r Reading) Unclear() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Unclear() })
}

// Opaque says whether the recipe may write anything.
func (r Reading) Opaque() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Opaque })
}

// Unsure are the values of which the recipe leaves open what they are.
func (r Reading) Unsure() []host.Unsure {
	var list []host.Unsure
	for _, f := range r.Findings {
		if f.Unsure != nil && !slices.Contains(list, *f.Unsure) {
			list = append(list, *f.Unsure)
		}
	}
	return list
}

// Sort brings the findings into the order of the text, each once.
func (r *Reading) Sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Rule, b.Rule))
	})
	r.Findings = slices.CompactFunc(r.Findings, func(a, b Finding) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Rule == b.Rule && slices.EqualFunc(a.Text.Args, b.Text.Args, func(x, y message.Arg) bool {
			return x.Name == y.Name && x.Value == y.Value
		})
	})
}
