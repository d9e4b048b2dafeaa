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
	changes []host.Change
	grants  []string
	choice  int    // changes that leave the choice to the operating system
	id      string // the same for the same combination in any order
}

func (s set) apply(v *host.View) *host.View { return v.With(s.changes...).Granting(s.grants...) }

func sameValue(a, b host.Change) bool {
	return strings.EqualFold(a.Key, b.Key) && strings.EqualFold(a.Name, b.Name)
}

// with is the union of two combinations; ok is false if they disagree.
func (s set) with(t set) (set, bool) {
	u := set{changes: slices.Clone(s.changes), grants: slices.Clone(s.grants), choice: s.choice}
	for _, c := range t.changes {
		at := slices.IndexFunc(u.changes, func(d host.Change) bool { return sameValue(c, d) })
		switch {
		case at < 0:
			u.changes = append(u.changes, c)
			u.choice += choiceOf(c)
		case u.changes[at].Delete != c.Delete || !u.changes[at].Data.Equal(c.Data):
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

func choiceOf(c host.Change) int {
	if c.OSChoice {
		return 1
	}
	return 0
}

// keyed fills in the id.
func (s set) keyed() set {
	parts := slices.Clone(s.grants)
	for _, c := range s.changes {
		parts = append(parts, host.ValueID(c.Key, c.Name))
	}
	slices.Sort(parts)
	s.id = strings.Join(parts, "\x01")
	return s
}

// contains says whether every part of t is in s.
func (s set) contains(t set) bool {
	for _, c := range t.changes {
		if !slices.ContainsFunc(s.changes, func(d host.Change) bool { return sameValue(c, d) && c.Data.Equal(d.Data) && c.Delete == d.Delete }) {
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
			if slices.ContainsFunc(d.Documented, func(o host.Change) bool { return sameValue(o, c) && o.Data.Equal(c.Data) }) {
				n++
				break
			}
		}
	}
	return n
}
