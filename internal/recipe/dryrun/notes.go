package dryrun

import (
	"maps"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
)

// maxEffects bounds what one script may do: recipes set a few dozen values.
const maxEffects = 20_000

// notes collects what a script does and what is to be said about it.
type notes struct {
	file     string
	lang     string // "ps1" or "cmd": the beginning of the rules' names
	findings []recipe.Finding
	clipped  bool
	narrow   bool // in a 32-bit process
	beside   recipe.Beside
}

// Within runs a program of the 32-bit or the 64-bit folder of Windows.
func (n *notes) Within(program string, f func()) {
	before := n.narrow
	switch low := strings.ToLower(program); {
	case strings.Contains(low, `\syswow64\`):
		n.narrow = true
	case strings.Contains(low, `\sysnative\`):
		n.narrow = false
	}
	f()
	n.narrow = before
}

// view is where a process finds a key.
func (n *notes) view(key string) string {
	if n.narrow {
		return wowKey(key)
	}
	return key
}

func (n *notes) find(at script.Pos, severity recipe.Severity, rule string, args ...message.Arg) *recipe.Finding {
	if at.Line < 1 {
		at = script.Pos{Line: 1, Column: 1}
	}
	if len(n.findings) >= recipe.MaxFindings {
		n.clipped = true
		return &recipe.Finding{}
	}
	n.findings = append(n.findings, recipe.Finding{File: n.file, Line: at.Line, Column: at.Column, Rule: rule, Severity: severity, Text: recipe.SayFinding(rule, args...)})
	return &n.findings[len(n.findings)-1]
}

// opaque takes note of something that may write anything.
func (n *notes) opaque(at script.Pos, rule string, args ...message.Arg) {
	n.find(at, recipe.Warning, rule, args...).Opaque = true
}

// unsure takes note of a value of which it is not known what becomes of it.
func (n *notes) unsure(at script.Pos, rule string, u host.Unsure, args ...message.Arg) {
	u.Key = n.view(u.Key)
	n.find(at, recipe.Warning, rule, args...).Unsure = &u
}

// mode takes note of a write that does not happen, and says whether it is one.
func (n *notes) mode(m powershell.Mode, at script.Pos, what string) bool {
	arg := message.Str("what", what)
	switch m {
	case powershell.Live:
		return false
	case powershell.Unreached:
		n.find(at, recipe.Warning, "not-reached", arg)
	case powershell.Uncalled:
		n.find(at, recipe.Warning, "not-called", arg)
	case powershell.OnError:
		n.find(at, recipe.Note, "on-error", arg)
	case powershell.Elsewhere:
		n.opaque(at, "other-machine", arg)
	}
	return true
}

// write adds an effect to a state, with what is to be said about its key.
func (n *notes) write(s *state, e effect) {
	e.change.Key = n.view(host.NormalKey(e.change.Key))
	if e.change.Tree {
		n.find(e.at, recipe.Error, n.lang+"-deletes-key", message.Str("key", e.change.Key))
	}
	if s.effects.len() >= maxEffects {
		n.opaque(e.at, n.lang+"-too-much")
		return
	}
	s.effects = s.effects.add(e)
}

// reading sums up what a script does: what is sure as changes, the rest as
// findings.
func (n *notes) reading(s *state) recipe.Reading {
	r := recipe.Reading{}
	type cell struct {
		effect
		sure bool
		seq  int
	}
	cells := map[string]*cell{}
	for seq, e := range s.effects.since(nil) {
		if e.change.Tree && e.maybe == (script.Pos{}) {
			for id, c := range cells { // what was set below it is gone
				if host.Under(c.change.Key, e.change.Key) {
					delete(cells, id)
				}
			}
		}
		id := e.id()
		c, there := cells[id]
		sure := e.maybe == (script.Pos{}) && e.data
		if there && c.sure && e.ifAbsent && !e.change.Tree { // it was set or deleted above
			if !c.change.Delete {
				continue
			}
			e.ifAbsent = false
		}
		switch {
		case there && c.sure && sure && !c.effect.same(e):
			n.find(e.at, recipe.Warning, "value-twice", message.Str("value", e.change.Key+" "+e.change.Name))
		case there && c.sure && e.data && sameChange(c.change, e.change):
			continue // whether it happens or not, the value is this one
		}
		if there {
			seq = c.seq
		}
		cells[id] = &cell{effect: e, sure: sure, seq: seq}
	}
	order := slices.SortedFunc(maps.Values(cells), func(a, b *cell) int { return a.seq - b.seq })
	for _, c := range order {
		if c.sure {
			r.Steps = append(r.Steps, recipe.Step{Change: c.change, Line: c.at.Line, Column: c.at.Column, IfAbsent: c.ifAbsent, KeepType: c.keepType})
			continue
		}
		u := host.Unsure{Key: c.change.Key, Name: c.change.Name, Tree: c.change.Tree}
		what := message.Str("what", describe(c.change))
		if c.maybe != (script.Pos{}) {
			n.unsure(c.at, "only-if", u, what, message.Int("line", c.maybe.Line))
		} else {
			n.unsure(c.at, "data-unknown", u, what)
		}
	}
	if n.clipped {
		n.findings = n.findings[:len(n.findings)-1]
		n.clipped = false
		n.opaque(script.Pos{Line: 1, Column: 1}, n.lang+"-too-much")
	}
	r.Findings = n.findings
	r.Sort()
	return r
}

func sameChange(a, b host.Change) bool {
	return a.Delete == b.Delete && (a.Delete || a.Equal(b.Data))
}

// describe names what an effect is about.
func describe(c host.Change) string {
	if c.Tree {
		return c.Key
	}
	return c.Key + " " + c.Name
}
