package fix

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
	"tlsready/internal/winver"
)

// Limits of the search. A row has seldom more than eight candidates; with twelve
// there are 4,096 combinations, some ten milliseconds. Beyond it only small
// combinations are tried.
const (
	maxCandidates  = 12
	mostCandidates = 16 // 65,536 subsets to list, of which the small ones are tried
	maxSolutions   = 12 // kept for one row; they are alternatives to each other
	maxUnions      = 64 // kept while rows are combined
	maxRowChanges  = 6
)

type search struct {
	*Fixer
	view       *host.View
	demands    []Demand
	judgements []verdict.Judgement
	solutions  [][]set           // one entry for each row that has to be mended
	partial    bool              // some programs stay open
	open       []map[string]bool // by demand: the programs that stay open for want of facts
	effects    *effectCheck
}

// rowSearch is what was found for one row that does not connect.
type rowSearch struct {
	row     *verdict.Row
	found   []set
	missing []stack.Missing
	hopeful bool // something may help, but facts are missing to tell
}

// rows finds, for every row that does not connect, the combinations that mend it. A
// program is mended as a whole or not at all, while one program need not wait for the
// facts of another.
func (s *search) rows() Plan {
	plan := Plan{Fixable: true}
	s.open = make([]map[string]bool, len(s.judgements))
	for d, out := range s.judgements {
		fixable := make([]bool, len(out.Rows))
		byCaller := map[string][]rowSearch{}
		var callers []string
		for i := range out.Rows {
			r := &out.Rows[i]
			if r.Verdict == verdict.Connects {
				continue
			}
			one := rowSearch{row: r}
			one.found, one.missing, one.hopeful = s.solve(d, r)
			fixable[i] = len(one.found) > 0 || one.hopeful
			if r.Verdict == verdict.Fails && !fixable[i] {
				plan.Fixable = false
				plan.Advice = addOnce(plan.Advice, s.advise(d, r))
			}
			if byCaller[r.Caller] == nil {
				callers = append(callers, r.Caller)
			}
			byCaller[r.Caller] = append(byCaller[r.Caller], one)
		}
		plan.Rows = append(plan.Rows, fixable)
		s.open[d] = map[string]bool{}
		for _, id := range callers {
			s.take(&plan, d, id, byCaller[id])
		}
	}
	plan.Given = plan.Given && plan.Fixable
	return plan
}

// take keeps the combinations of one program if every one of its rows can be mended;
// else it stays open.
func (s *search) take(plan *Plan, d int, caller string, rows []rowSearch) {
	fails := false
	for _, r := range rows {
		fails = fails || r.row.Verdict == verdict.Fails
		if len(r.found) == 0 {
			s.open[d][caller], plan.Partial = true, true
			plan.Missing = append(plan.Missing, r.missing...)
		}
	}
	if s.open[d][caller] {
		return
	}
	plan.Given = plan.Given || fails
	for _, r := range rows {
		if key := solutionsKey(r.found); !slices.ContainsFunc(s.solutions, func(have []set) bool { return solutionsKey(have) == key }) {
			s.solutions = append(s.solutions, r.found)
		}
	}
}

func solutionsKey(list []set) (key string) {
	for _, s := range list {
		key += s.id + "\x02"
	}
	return key
}

// solve tries the candidates of a row in all combinations, small ones first, and keeps those
// that make it connect and from which nothing can be left out. It is hopeful if no combination
// does, but one leaves the row open for lack of facts, which are then missing.
func (s *search) solve(d int, r *verdict.Row) (found []set, missing []stack.Missing, hopeful bool) {
	base := s.base(d, r)
	if s.after(d, r, base) == verdict.Connects {
		return []set{base}, nil, false
	}
	missing = r.Missing
	candidates := s.candidates(d, r, base)
	for _, mask := range masksBySize(len(candidates)) {
		combination := base
		for i, one := range candidates {
			if mask&(1<<i) != 0 {
				combination, _ = combination.with(one)
			}
		}
		if slices.ContainsFunc(found, combination.contains) {
			continue
		}
		switch after, lacks := s.Judge.AgainMissing(combination.apply(s.view), r, s.demands[d].Demand); after {
		case verdict.Connects:
			found = append(found, combination)
		case verdict.Unknown:
			if !hopeful && len(lacks) > 0 {
				missing = lacks
			}
			hopeful = true
		}
		if len(found) == maxSolutions {
			break
		}
	}
	return found, missing, hopeful
}

// base is what has to be in every combination of a row: what an installer
// demands, and roots that are missing.
func (s *search) base(d int, r *verdict.Row) set {
	var base set
	for _, c := range r.Needs {
		e := host.NewEdit(c)
		base.changes = append(base.changes, e)
		base.choice += choiceOf(e)
	}
	if len(r.Roots) > 0 && r.Verdict == verdict.Fails {
		if base.grants = slices.Clone(r.Roots); !s.demands[d].AllRoots {
			base.grants = base.grants[:1]
		}
	}
	return base.keyed()
}

func (s *search) candidates(d int, r *verdict.Row, base set) []set {
	var list []set
	for _, parsed := range r.Using() {
		for _, l := range s.Judge.Model.Candidates(base.apply(s.view), parsed, *r.Accepts, s.demands[d].Documented) {
			switch {
			case l.Update != "":
				list = append(list, set{grants: []string{l.Update}})
			case l.Change.Before.State != host.NotAsked: // what is not known cannot be restored
				e := &host.Edit{Change: l.Change, Ref: l.Ref}
				list = append(list, set{changes: []*host.Edit{e}, choice: choiceOf(e)})
			}
		}
	}
	if id := r.ProgramUpdate(); id != "" && s.Judge.Model.Update(s.view, id) != tlsready.Yes {
		list = append(list, set{grants: []string{id}})
	}
	return list[:min(len(list), mostCandidates)]
}

// masksBySize lists the subsets of n things, the smaller ones first.
func masksBySize(n int) []uint32 {
	most := n
	if n > maxCandidates {
		most = maxRowChanges / 2
	}
	var masks []uint32
	for mask := uint32(1); mask < 1<<n; mask++ {
		if bits.OnesCount32(mask) <= min(most, maxRowChanges) {
			masks = append(masks, mask)
		}
	}
	slices.SortStableFunc(masks, func(a, b uint32) int { return bits.OnesCount32(a) - bits.OnesCount32(b) })
	return masks
}

// after asks the model again, for this one row.
func (s *search) after(d int, r *verdict.Row, combination set) verdict.Verdict {
	return s.Judge.Again(combination.apply(s.view), r, s.demands[d].Demand)
}

// combine joins one combination of every row into the best union.
func (s *search) combine() (*set, error) {
	s.effects = newEffectCheck(s)
	unions := []set{{}}
	var conflict *Conflict
	for _, alternatives := range s.solutions {
		var next []set
		seen := map[string]bool{}
		for _, u := range unions {
			for _, a := range alternatives {
				joined, ok := u.with(a)
				if !ok {
					conflict = s.conflict(u, a)
					continue
				}
				if !seen[joined.id] {
					seen[joined.id] = true
					next = append(next, joined)
				}
			}
		}
		slices.SortFunc(next, s.order)
		unions = next[:min(len(next), maxUnions)]
	}
	if len(unions) == 0 && conflict != nil {
		return nil, conflict
	}
	return s.choose(unions), nil
}

// choose takes the first union that is proved and harms no other caller or, if all of them
// harm, the one that harms least.
func (s *search) choose(unions []set) *set {
	var least *set
	for _, u := range unions {
		u = s.leaveOut(u)
		if !s.proved(u) {
			continue
		}
		harm := s.harm(u)
		if harm == 0 {
			return &u
		}
		if least == nil || harm < s.harm(*least) {
			least = &u
		}
	}
	return least
}

// conflict names the services behind two combinations that disagree.
func (s *search) conflict(a, b set) *Conflict {
	for _, c := range b.changes {
		if e := a.of(c); e != nil && !sameContent(c, e) {
			one, other := s.demands[0].Service, s.demands[len(s.demands)-1].Service
			return &Conflict{One: one, Other: other, Key: c.Key, Name: c.Name}
		}
	}
	return nil
}

// proved asks for the whole host: every demand connects. If facts are missing for some
// programs, the others connect, and none fails that did not fail before.
func (s *search) proved(u set) bool {
	after := u.apply(s.view)
	if !s.provedByRow(after) { // most candidates end here, and rows alone cost a third of the host
		return false
	}
	if s.partial {
		return true
	}
	for _, d := range s.demands {
		if s.Judge.Only(after, d.Callers, d.Demand) != verdict.Connects {
			return false
		}
	}
	return true
}

func (s *search) provedByRow(after *host.View) bool {
	for d := range s.judgements {
		for i := range s.judgements[d].Rows {
			r := &s.judgements[d].Rows[i]
			now := s.Judge.Again(after, r, s.demands[d].Demand)
			open := s.open[d][r.Caller]
			if (open && now == verdict.Fails && r.Verdict != verdict.Fails) || (!open && now != verdict.Connects) {
				return false
			}
		}
	}
	return true
}

// leaveOut drops what the union does not need although one of its parts did.
func (s *search) leaveOut(u set) set {
	u.changes = ordered(u.changes)
	for i := len(u.changes) - 1; i >= 0; i-- { // the later ones are the weaker choice
		less := set{changes: slices.Delete(slices.Clone(u.changes), i, i+1), grants: u.grants}.keyed()
		if s.proved(less) {
			u = less
		}
	}
	for i := 0; i < len(u.grants); {
		less := set{changes: u.changes, grants: slices.Delete(slices.Clone(u.grants), i, i+1)}.keyed()
		if s.proved(less) {
			u = less
			continue
		}
		i++
	}
	return u
}

// finish turns the union into the plan.
func (s *search) finish(plan *Plan, u set) {
	plan.Given = true
	plan.Changes = u.list()
	if pack := s.Judge.Model.NeedsServicePack(s.view.OS); pack > 0 && slices.ContainsFunc(u.grants, func(g string) bool { return kindOf(g) == Update }) {
		plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: OperatingSystem, ID: "Service Pack " + strconv.Itoa(pack)})
	}
	for _, g := range u.grants {
		plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: kindOf(g), ID: g})
	}
	for _, c := range plan.Changes {
		if c.Owner == host.GroupPolicy {
			plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: Policy, ID: c.Key, By: c.Policy})
			fired := stack.Fired{Rule: "policy-writes-again", Args: []message.Arg{message.Str("key", c.Key), message.Str("name", c.Name)}}
			if c.Policy != "" {
				fired.Rule, fired.Args = "gpo-writes-again", append(fired.Args, message.Str("gpo", c.Policy))
			}
			plan.Warnings = append(plan.Warnings, fired)
		}
		if stack.FIPSMode(c.Key) {
			plan.Warnings = append(plan.Warnings, stack.Fired{Rule: "fips-off", Args: []message.Arg{message.Str("key", c.Key), message.Str("name", c.Name)}})
		}
	}
	plan.Restart = s.restart(plan)
	plan.Needed = s.shares(u, plan.Changes)
	plan.Effects, plan.Warnings = s.effects.list(u, plan.Warnings)
}

// kindOf tells an update from the thumbprint of a root and from a .NET Framework.
func kindOf(grant string) Kind {
	switch {
	case len(grant) == 40:
		return Certificate
	case strings.HasPrefix(grant, stack.RuntimePrefix):
		return ProgramKind
	}
	return Update
}

// shares finds what each demand needs of the union, and tags the changes with
// the services that need them.
func (s *search) shares(u set, changes []host.Change) [][]host.Change {
	parts := make([][]host.Change, len(s.demands))
	for i, d := range s.demands {
		one := &search{Fixer: s.Fixer, view: s.view, demands: s.demands[i : i+1], judgements: s.judgements[i : i+1], partial: s.partial, open: s.open[i : i+1]}
		part := u
		if len(s.demands) > 1 {
			part = one.leaveOut(u)
		}
		parts[i] = part.list()
		for k := range changes {
			if slices.ContainsFunc(parts[i], func(c host.Change) bool { return sameValue(c, changes[k]) }) {
				changes[k].Services = append(changes[k].Services, d.Service)
			}
		}
	}
	for _, part := range parts {
		for i := range part {
			at := slices.IndexFunc(changes, func(c host.Change) bool { return sameValue(c, part[i]) })
			part[i].Services = changes[at].Services
		}
	}
	return parts
}

// advise says what would help if nothing on the host's side does: another version of the
// program, or of Windows. A newer Windows is not named if the model says that it would fail as
// well, with the settings that an upgrade carries over.
func (s *search) advise(d int, r *verdict.Row) []Prerequisite {
	switch r.Cause {
	case verdict.Program:
		return []Prerequisite{{Kind: ProgramKind, ID: r.Caller}}
	case verdict.ServerCause, verdict.CertificateTrust:
		return nil
	}
	for _, newer := range s.newerSystems() {
		if s.Judge.Again(s.upgraded(newer), r, s.demands[d].Demand) != verdict.Fails {
			return []Prerequisite{{Kind: OperatingSystem, ID: newer.Name}}
		}
	}
	return nil
}

// newerSystems are the systems at which the client's abilities changed: ECDHE_RSA
// with AES-GCM and X25519 came with the first, TLS 1.3 and RSA-PSS with the
// second.
func (s *search) newerSystems() []host.OS {
	all := []host.OS{newer("windows-server-2016", "server"), newer("windows-server-2022", "server")}
	if s.view.OS.Type == "client" {
		all = []host.OS{newer("windows-10-22h2", "client"), newer("windows-11-23h2", "client")}
		all[0].Architecture = s.view.OS.Architecture // Windows 11 is 64-bit alone
	}
	return slices.DeleteFunc(all, func(o host.OS) bool { return o.Build <= s.view.OS.Build })
}

// newer is a release to upgrade to, named without the release of its year.
func newer(id, kind string) host.OS {
	r, _ := winver.ByID(id)
	os := r.System(kind)
	os.Architecture = "x64"
	if kind == "client" {
		os.Name = r.Client.Product
	}
	return os
}

// upgraded is the host with a newer system. Policies and settings stay; the
// lists that the system itself keeps are written anew.
func (s *search) upgraded(newer host.OS) *host.View {
	next := *s.view.Snapshot
	next.OS, next.Files = newer, nil
	next.Registry = slices.DeleteFunc(slices.Clone(next.Registry), func(v host.Value) bool { return stack.KeptBySystem(v.Key) })
	return s.view.On(&next)
}

func addOnce(list, more []Prerequisite) []Prerequisite {
	for _, p := range more {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}
