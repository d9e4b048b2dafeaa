package decide

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
	"tlsready/internal/winver"
)

// compiler makes the decisions of all systems.
type compiler struct {
	judge    *verdict.Judge
	fixer    *fix.Fixer
	decision *Decision
	mu       sync.Mutex
	nodes    map[string]*Node // each once
}

// maxLeaves bounds a decision. Those for acceptances of one or two versions have some
// hundreds of leaves; what goes beyond is left to check.
const maxLeaves = 1500

// row is the decision for one stack on one system, in the making. The model itself
// says what it has to be asked next: a state in which nothing was asked but what is
// settled so far is judged, and where the verdict is unknown, the judgement names the
// value that it lacks.
type row struct {
	*compiler
	os      host.OS
	caller  *caller.Caller // with the one use
	demand  verdict.Demand // without certificates
	domains domains
	root    *Node
	leaves  []leaf
	known   map[string]verdict.Verdict
	settled map[string]bool // values that were split on anywhere
	guards  []Guard
}

// state is what is settled on the way to a node.
type state []settled

// settled is a value with the class that it is in.
type settled struct {
	ref  host.Ref
	data *host.Data // a sample of the class; nil: absent
}

// leaf is where a decision ends: a state, with the updates that are there.
type leaf struct {
	state   state
	updates []string
	answer  *Answer
}

// compiled is the decision for one stack.
type compiled struct {
	root   *Node
	guards []Guard
}

// row compiles one stack of a caller; a nil root where the system has no such stack.
func (c *compiler) row(os host.OS, of *caller.Caller, use caller.Use) compiled {
	one := *of
	one.Stacks, one.Presence, one.Programs = []caller.Use{use}, nil, nil
	r := &row{compiler: c, os: os, caller: &one, demand: c.decision.Demand}
	r.demand.Roots, r.demand.Intermediates = nil, nil
	untouched := c.judge.Host(r.view(nil, nil, true), []*caller.Caller{&one}, r.demand)
	if len(untouched.Rows) == 0 {
		return compiled{}
	}
	r.domains = newDomains(r.demand.Now(), untouched.Rows[0].Offer)
	r.settled = map[string]bool{}
	r.root = r.build(nil)
	r.guard()
	return compiled{r.root, r.guards}
}

// view is the machine in a state. What is not settled was not asked for, or, with
// whole, is absent.
func (r *row) view(at state, updates []string, whole bool) *host.View {
	s := &host.Snapshot{OS: r.os, Updates: &host.Updates{Complete: true, IDs: updates}}
	if whole {
		s.Covered = []string{"HKLM"}
	}
	for _, one := range at {
		if one.data == nil {
			s.Absent = append(s.Absent, host.ValueName{Key: one.ref.Key, Name: one.ref.Name})
		} else {
			s.Registry = append(s.Registry, host.Value{Key: one.ref.Key, Name: one.ref.Name, Data: *one.data})
		}
	}
	return host.NewView(s)
}

func (r *row) judged(v *host.View) verdict.Row {
	return r.judge.Host(v, []*caller.Caller{r.caller}, r.demand).Rows[0]
}

// verdictOf is the verdict where all that is not settled is absent. Neighbouring leaves
// ask for the same states.
func (r *row) verdictOf(at state, updates []string) verdict.Verdict {
	parts := slices.Clone(updates)
	for _, one := range at {
		if one.data != nil { // an absent value is as if it were not settled
			parts = append(parts, one.ref.Folded()+"="+one.data.Display())
		}
	}
	slices.Sort(parts)
	key := strings.Join(parts, "\n")
	if have, ok := r.known[key]; ok {
		return have
	}
	if r.known == nil {
		r.known = map[string]verdict.Verdict{}
	}
	r.known[key] = r.judged(r.view(at, updates, true)).Verdict
	return r.known[key]
}

// build makes the node of a state.
func (r *row) build(at state) *Node {
	before := len(r.leaves)
	n, ref := r.byUpdates(at, installed{})
	if n == nil {
		r.leaves = r.leaves[:before]
		return r.split(at, ref)
	}
	return n
}

// installed is what is settled of updates: those that are not there, and for each of
// the others an entry that proves it in the list of updates.
type installed struct{ missing, there, list []string }

// byUpdates asks for the updates that the model looks for, as far as they make a
// difference. If the model lacks a value, that has to be asked for first: it is given
// instead of a node.
func (r *row) byUpdates(at state, have installed) (*Node, host.Ref) {
	if len(r.leaves) > maxLeaves {
		return r.intern(&Node{Answer: &Answer{Verdict: verdict.Unknown, Why: Unspecified}}), host.Ref{}
	}
	noting, reads := r.view(at, have.list, false).Asking()
	judged := r.judged(noting)
	if ref, ok := r.lacks(at, have, judged); ok {
		return nil, ref
	}
	if id, proof := r.open(reads, have); id != "" {
		no, ref := r.byUpdates(at, installed{append(slices.Clip(have.missing), id), have.there, have.list})
		if no == nil {
			return nil, ref
		}
		yes, ref := r.byUpdates(at, installed{have.missing, append(slices.Clip(have.there), id), append(slices.Clip(have.list), proof)})
		if yes == nil {
			return nil, ref
		}
		if yes == no {
			return yes, host.Ref{}
		}
		return r.intern(&Node{Update: id, Yes: yes, No: no}), host.Ref{}
	}
	if ref, ok := r.hangsOn(at, have, judged.Verdict); ok {
		return nil, ref
	}
	answer := &Answer{Verdict: judged.Verdict, Cause: judged.Cause}
	switch judged.Verdict {
	case verdict.Unknown:
		answer.Cause, answer.Why = "", Unspecified
	case verdict.Fails:
		r.advise(at, have.list, answer)
	}
	r.leaves = append(r.leaves, leaf{at, have.list, answer})
	return r.intern(&Node{Answer: answer}), host.Ref{}
}

// open is an update that the model looked for and that is not settled, with an entry
// that proves it and none of those that are missing; "" if there is none.
func (r *row) open(reads *host.Asked, have installed) (id, proof string) {
	for _, id := range reads.Granted() {
		u, known := r.judge.Model.UpdateInfo(id)
		if !known || slices.Contains(have.missing, id) || slices.Contains(have.there, id) || !r.concerns(u) {
			continue
		}
		for _, proof := range append([]string{id}, u.AlsoProvedBy...) {
			list := []string{proof}
			if r.there(id, list) && !slices.ContainsFunc(have.missing, func(m string) bool { return r.there(m, list) }) && !r.there(id, nil) {
				return id, proof
			}
		}
	}
	return "", ""
}

// there says whether a list of updates proves one on this system.
func (r *row) there(id string, list []string) bool {
	return r.judge.Model.Update(r.view(nil, list, false), id) == tlsready.Yes
}

// concerns says whether an update is for this version of Windows at all. Others are
// only named because they prove it in the lists of later ones.
func (r *row) concerns(u stack.Update) bool {
	return len(u.Builds) == 0 || slices.ContainsFunc(u.Builds, func(build int) bool { return winver.VersionOfBuild(build) == r.os.Version })
}

// lacks is the value that a judgement lacks and that can be asked for. Those that make
// the difference by themselves go first: the model names all that it looked for.
func (r *row) lacks(at state, have installed, judged verdict.Row) (host.Ref, bool) {
	if judged.Verdict != verdict.Unknown {
		return host.Ref{}, false
	}
	var second *host.Ref
	if r.verdictOf(at, have.list) == verdict.Unknown {
		second = new(host.Ref) // no more is gained by them
	}
	for _, m := range judged.Missing {
		switch {
		case m.Update != "" || !strings.HasPrefix(m.Ref.Key, `HKLM\`) || at.has(m.Ref):
		case r.settable(m.Ref):
			return m.Ref, true
		case second == nil:
			second = &m.Ref
		}
	}
	if second == nil || second.Key == "" {
		return host.Ref{}, false
	}
	return *second, true
}

// hangsOn is a value that was not asked for and in some class of which the verdict is
// another: the model takes some values for the usual where nobody asked.
func (r *row) hangsOn(at state, have installed, settled verdict.Verdict) (host.Ref, bool) {
	if settled == verdict.Unknown {
		return host.Ref{}, false
	}
	noting, reads := r.view(at, have.list, true).Asking()
	r.judged(noting)
	for _, ref := range reads.Values() {
		if at.has(ref) || !r.settable(ref) {
			continue
		}
		for _, class := range r.domains.of(ref) {
			if class.Kind != Other && r.verdictOf(at.with(ref, class.samples()[0]), have.list) != settled {
				return ref, true
			}
		}
	}
	return host.Ref{}, false
}

func (s state) has(r host.Ref) bool {
	return slices.ContainsFunc(s, func(one settled) bool { return one.ref == r })
}

func (s state) with(r host.Ref, d *host.Data) state {
	return append(slices.Clone(s), settled{r, d})
}

// split asks for a value. One of a wrong type counts as absent wherever a number is
// wanted.
func (r *row) split(at state, ref host.Ref) *Node {
	r.settled[ref.Folded()] = true
	n := &Node{Value: &ref, Domain: r.domains.of(ref)}
	for _, class := range n.Domain {
		if class.Kind == Other && len(n.Domain) > 2 {
			n.Next = append(n.Next, n.Next[0])
			continue
		}
		next := r.build(at.with(ref, class.samples()[0]))
		if class.Kind == Other {
			next = r.intern(&Node{Answer: &Answer{Verdict: verdict.Unknown, Why: Unusual}})
		}
		n.Next = append(n.Next, next)
	}
	if !slices.ContainsFunc(n.Next, func(next *Node) bool { return next != n.Next[0] }) {
		return n.Next[0]
	}
	return r.intern(n)
}

// intern gives the one node of its kind.
func (c *compiler) intern(n *Node) *Node {
	var key strings.Builder
	switch {
	case n.Answer != nil:
		key.WriteString(n.Answer.text())
	case n.Update != "":
		fmt.Fprintf(&key, "%s?%p:%p", n.Update, n.Yes, n.No)
	default:
		key.WriteString(n.Value.Folded())
		for i, next := range n.Next {
			fmt.Fprintf(&key, " %v:%p", n.Domain[i], next)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.nodes[key.String()]; ok {
		return have
	}
	c.nodes[key.String()] = n
	return n
}

// advise says what would mend a failing state, and of which other values that hangs.
func (r *row) advise(at state, updates []string, answer *Answer) {
	whole := r.view(at, updates, true)
	judged := r.judge.Host(whole, []*caller.Caller{r.caller}, r.demand)
	demand := fix.Demand{Demand: r.demand, Callers: []*caller.Caller{r.caller}}
	if r.decision.Documented != nil {
		demand.Documented = r.decision.Documented(r.os)
	}
	plan, err := r.fixer.Host(whole, []fix.Demand{demand}, []verdict.Judgement{judged})
	if err != nil || !plan.Given {
		answer.Prerequisites = plan.Advice
		return
	}
	answer.Prerequisites = plan.Prerequisites
	if slices.ContainsFunc(plan.Prerequisites, func(p fix.Prerequisite) bool { return p.Kind != fix.Update }) {
		return // another .NET Framework may change what other programs need
	}
	answer.Changes, answer.Restart = withoutBefore(plan.Changes), plan.Restart
	noting, reads := mended(whole, answer).Asking()
	r.judged(noting)
	for _, ref := range reads.Values() {
		if at.has(ref) || !r.settable(ref) {
			continue
		}
		g := Guard{Ref: ref, Domain: r.domains.of(ref)}
		for _, class := range g.Domain {
			one := at.with(ref, class.samples()[0])
			g.Allowed = append(g.Allowed, r.judged(mended(r.view(one, updates, true), answer)).Verdict == verdict.Connects)
		}
		if slices.Contains(g.Allowed, false) {
			answer.Holds = append(answer.Holds, g)
		}
	}
}

// settable are the values that people set to choose the versions, and on which advice
// may hang.
func (r *row) settable(ref host.Ref) bool {
	switch strings.ToLower(ref.Name) {
	case "schusestrongcrypto", "systemdefaulttlsversions", "defaultsecureprotocols", "release":
		return true
	case "enabled", "disabledbydefault":
		for _, v := range tlsready.Versions() {
			if r.demand.Now().Versions.Allows(v) == tlsready.Yes && strings.HasSuffix(ref.Key, `\`+v.String()+`\Client`) {
				return true
			}
		}
	}
	return false
}

// mended is a machine after what an answer advises.
func mended(v *host.View, a *Answer) *host.View {
	var grants []string
	for _, p := range a.Prerequisites {
		grants = append(grants, p.ID)
	}
	return v.With(a.Changes...).Granting(grants...)
}

func withoutBefore(list []host.Change) []host.Change {
	var plain []host.Change
	for _, c := range list {
		plain = append(plain, host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete})
	}
	return plain
}
