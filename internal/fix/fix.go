// Package fix finds the fewest changes after which a host connects, proves them
// with the model, and knows how to undo them.
package fix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Demand is one service's demand on a host: who calls, what is asked, and what
// the vendor documents.
type Demand struct {
	verdict.Demand
	Callers    []*caller.Caller
	Documented []host.Change
}

// Prerequisite is what has to be there before the changes can help.
type Prerequisite struct {
	Kind Kind
	ID   string
	By   string // of a policy: the name of the group policy object, where it is known
}

// Kind is the kind of a prerequisite.
type Kind string

// The kinds.
const (
	Update          Kind = "update"
	Certificate     Kind = "certificate"
	Policy          Kind = "policy"
	ProgramKind     Kind = "program"
	OperatingSystem Kind = "operating-system"
)

// Plan is the fix of one host for one or more services.
type Plan struct {
	Changes       []host.Change // in the order in which they are to be made
	Prerequisites []Prerequisite
	Fixable       bool            // settings, updates, a certificate or a policy on the host's side can help
	Given         bool            // Changes and Prerequisites are complete and proved for every row that fails
	Partial       bool            // rows stay unknown after it, for want of the facts in Missing
	Missing       []stack.Missing // what was not asked and bears on a row that is not settled
	Restart       Restart
	Rows          [][]bool        // by demand and row: fixable
	Needed        [][]host.Change // by demand: the part of Changes that it needs
	Advice        []Prerequisite  // where it is not fixable: what would help
	Warnings      []stack.Fired
	Effects       []Effect
}

// Restart is what has to be restarted, from little to much.
type Restart int

// The restarts.
const (
	NoRestart Restart = iota
	RestartProcess
	RestartService
	Reboot
)

// String is the word of the result format.
func (r Restart) String() string { return [...]string{"none", "process", "service", "reboot"}[r] }

// Fixer looks for fixes. Make it with [New]; it is safe for concurrent use.
type Fixer struct {
	Judge  *verdict.Judge
	known  []*caller.Caller // programs that may stand beside the judged ones
	others []*caller.Caller // kinds of programs that any host may run
}

// New makes a Fixer. Known are the programs whose verdicts a fix must not harm if they are
// installed.
func New(j *verdict.Judge, known []*caller.Caller) (*Fixer, error) {
	f := &Fixer{Judge: j, known: known}
	for _, id := range others {
		c, ok, err := caller.ByID(id)
		if err != nil || !ok {
			return nil, fmt.Errorf("caller %s: %w", id, err)
		}
		f.others = append(f.others, c)
	}
	return f, nil
}

// Conflict is two services that ask for opposite things of one value.
type Conflict struct{ One, Other, Key, Name string }

func (c *Conflict) Error() string {
	return c.One + " and " + c.Other + " ask for different values of " + c.Key + " " + c.Name
}

// Host plans the fix of one host for all demands at once. Judgements are those of the demands,
// in the same order. The plan is not Given if anything remains that no change on the host can
// settle.
func (f *Fixer) Host(v *host.View, demands []Demand, judgements []verdict.Judgement) (Plan, error) {
	s := &search{Fixer: f, view: v, demands: demands, judgements: judgements}
	plan := s.rows()
	s.partial = plan.Partial
	if !s.anyFails() || !plan.Given {
		plan.Given = false
		return plan, nil
	}
	best, err := s.combine()
	if err != nil {
		return plan, err
	}
	if best == nil {
		plan.Given = false
		return plan, nil
	}
	s.finish(&plan, *best)
	return plan, nil
}

func (s *search) anyFails() bool {
	return slices.ContainsFunc(s.judgements, func(o verdict.Judgement) bool { return o.Verdict == verdict.Fails })
}

// set is a combination: changes and grants (updates, certificates).
type set struct {
	changes []*host.Edit
	grants  []string
	choice  int    // changes that leave the choice to the operating system
	id      string // the same for the same combination in any order
}

func (s set) apply(v *host.View) *host.View { return v.Edited(s.changes).Granting(s.grants...) }

func sameValue(a, b host.Change) bool {
	return strings.EqualFold(a.Key, b.Key) && strings.EqualFold(a.Name, b.Name)
}

func samePlace(a, b *host.Edit) bool { return a.Ref.Folded() == b.Ref.Folded() }

// sameContent says whether two changes of one value write the same.
func sameContent(a, b *host.Edit) bool {
	return a == b || a.Delete == b.Delete && a.Data.Equal(b.Data)
}

// of finds the change of the same value.
func (s set) of(e *host.Edit) *host.Edit {
	for _, have := range s.changes {
		if samePlace(have, e) {
			return have
		}
	}
	return nil
}

// with is the union of two combinations; ok is false if they disagree.
func (s set) with(t set) (set, bool) {
	u := set{changes: slices.Clip(s.changes), grants: slices.Clip(s.grants), choice: s.choice}
	for _, c := range t.changes {
		switch have := s.of(c); {
		case have == nil:
			u.changes = append(u.changes, c)
			u.choice += choiceOf(c)
		case !sameContent(have, c):
			return u, false
		}
	}
	for _, g := range t.grants {
		if !slices.Contains(u.grants, g) {
			u.grants = append(u.grants, g)
		}
	}
	return u.keyed(), true
}

func choiceOf(c *host.Edit) int {
	if c.OSChoice {
		return 1
	}
	return 0
}

// keyed fills in the id.
func (s set) keyed() set {
	switch {
	case len(s.grants) == 0 && len(s.changes) == 1:
		s.id = s.changes[0].Ref.Folded()
		return s
	case len(s.grants) == 1 && len(s.changes) == 0:
		s.id = s.grants[0]
		return s
	}
	parts := make([]string, 0, len(s.grants)+len(s.changes))
	parts = append(parts, s.grants...)
	for _, c := range s.changes {
		parts = append(parts, c.Ref.Folded())
	}
	slices.Sort(parts)
	s.id = strings.Join(parts, "\x01")
	return s
}

// contains says whether every part of t is in s.
func (s set) contains(t set) bool {
	for _, c := range t.changes {
		if have := s.of(c); have == nil || !sameContent(have, c) {
			return false
		}
	}
	for _, g := range t.grants {
		if !slices.Contains(s.grants, g) {
			return false
		}
	}
	return true
}

// list is the changes, in the order in which they are to be made.
func (s set) list() []host.Change {
	list := make([]host.Change, 0, len(s.changes))
	for _, e := range ordered(s.changes) {
		list = append(list, e.Change)
	}
	return list
}

// order puts prerequisites first to be few, then changes; then what a vendor
// documents, then what leaves the choice to the operating system, then the
// spelling, so that the same input gives the same fix. Harm to others is looked
// at last, by [search.choose], since it is costly and rare.
func (s *search) order(a, b set) int {
	return cmp.Or(
		cmp.Compare(len(a.grants), len(b.grants)),
		cmp.Compare(len(a.changes), len(b.changes)),
		cmp.Compare(s.documentedIn(b), s.documentedIn(a)),
		cmp.Compare(b.choice, a.choice),
		cmp.Compare(a.id, b.id),
	)
}

func (s *search) documentedIn(t set) (n int) {
	for _, c := range t.changes {
		for _, d := range s.demands {
			if slices.ContainsFunc(d.Documented, func(o host.Change) bool { return sameValue(o, c.Change) && o.Data.Equal(c.Data) }) {
				n++
				break
			}
		}
	}
	return n
}
