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

// Limits of the search. A row has seldom more than eight levers; with twelve
// there are 4,096 candidates, some ten milliseconds. Beyond it only small
// candidates are tried.
const (
	maxLevers     = 12
	mostLevers    = 16 // 65,536 subsets to list, of which the small ones are tried
	maxSolutions  = 12 // kept for one row; they are alternatives to each other
	maxUnions     = 64 // kept while rows are combined
	maxRowChanges = 6
)

type search struct {
	*Fixer
	view      *host.View
	demands   []Demand
	outcomes  []verdict.Outcome
	solutions [][]set // one entry for each row that has to be mended
	sides     *sideCheck
}

// rows finds, for every row that does not connect, the candidates that mend it.
func (s *search) rows() Plan {
	plan := Plan{Fixable: true, Given: true}
	seen := map[string]bool{}
	for d, out := range s.outcomes {
		fixable := make([]bool, len(out.Rows))
		for i := range out.Rows {
			r := &out.Rows[i]
			if r.Verdict == verdict.Connects {
				continue
			}
			found, hopeful := s.solve(d, r)
			fixable[i] = len(found) > 0 || hopeful
			plan.Given = plan.Given && len(found) > 0
			if r.Verdict == verdict.Fails && !fixable[i] {
				plan.Fixable = false
				plan.Advice = addOnce(plan.Advice, s.advise(d, r))
			}
			if key := solutionsKey(found); len(found) > 0 && !seen[key] {
				seen[key] = true
				s.solutions = append(s.solutions, found)
			}
		}
		plan.Rows = append(plan.Rows, fixable)
	}
	return plan
}

func solutionsKey(list []set) (key string) {
	for _, s := range list {
		key += s.id + "\x02"
	}
	return key
}

// solve tries the levers of a row in all combinations, small ones first, and
// keeps those that make it connect and of which nothing can be left out. It is
// hopeful where none does, but one leaves it open for want of facts.
func (s *search) solve(d int, r *verdict.Row) (found []set, hopeful bool) {
	base := s.base(d, r)
	if s.after(d, r, base) == verdict.Connects {
		return []set{base}, false
	}
	levers := s.levers(d, r, base)
	for _, mask := range masksBySize(len(levers)) {
		candidate := base
		for i, lever := range levers {
			if mask&(1<<i) != 0 {
				candidate, _ = candidate.with(lever)
			}
		}
		if slices.ContainsFunc(found, candidate.contains) {
			continue
		}
		switch s.after(d, r, candidate) {
		case verdict.Connects:
			found = append(found, candidate)
		case verdict.Unknown:
			hopeful = true
		}
		if len(found) == maxSolutions {
			break
		}
	}
	return found, hopeful
}

// base is what has to be in every candidate of a row: what an installer
// demands, and roots that are missing.
func (s *search) base(d int, r *verdict.Row) set {
	var base set
	for _, c := range r.Needs {
		base.changes = append(base.changes, c)
		base.choice += choiceOf(c)
	}
	if len(r.Roots) > 0 && r.Verdict == verdict.Fails {
		if base.grants = slices.Clone(r.Roots); !s.demands[d].AllRoots {
			base.grants = base.grants[:1]
		}
	}
	return base.keyed()
}

func (s *search) levers(d int, r *verdict.Row, base set) []set {
	var list []set
	for _, parsed := range r.Using() {
		for _, l := range s.Judge.Model.Levers(base.apply(s.view), parsed, *r.Accepts, s.demands[d].Documented) {
			switch {
			case l.Update != "":
				list = append(list, set{grants: []string{l.Update}})
			case l.Change.Before.State != host.NotAsked: // what is not known cannot be restored
				list = append(list, set{changes: []host.Change{l.Change}, choice: choiceOf(l.Change)})
			}
		}
	}
	if id := r.ProgramUpdate(); id != "" && s.Judge.Model.Update(s.view, id) != tlsready.Yes {
		list = append(list, set{grants: []string{id}})
	}
	return list[:min(len(list), mostLevers)]
}

// masksBySize lists the subsets of n things, the smaller ones first.
func masksBySize(n int) []uint32 {
	most := n
	if n > maxLevers {
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
func (s *search) after(d int, r *verdict.Row, candidate set) verdict.Verdict {
	return s.Judge.Again(candidate.apply(s.view), r, s.demands[d].Demand)
}

// combine joins one candidate of every row into the best union.
func (s *search) combine() (*set, error) {
	s.sides = newSideCheck(s)
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

// choose takes the first union that is proved and harms no other caller; where
// every one harms, the one that harms least.
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

// conflict names the services behind two candidates that disagree.
func (s *search) conflict(a, b set) *Conflict {
	for _, c := range b.changes {
		for _, e := range a.changes {
			if sameValue(c, e) && (c.Delete != e.Delete || !c.Data.Equal(e.Data)) {
				one, other := s.demands[0].Service, s.demands[len(s.demands)-1].Service
				return &Conflict{One: one, Other: other, Key: c.Key, Name: c.Name}
			}
		}
	}
	return nil
}

// proved asks for the whole host: every demand connects.
func (s *search) proved(u set) bool {
	after := u.apply(s.view)
	for _, d := range s.demands {
		if s.Judge.Only(after, d.Callers, d.Demand) != verdict.Connects {
			return false
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
	plan.Changes = ordered(u.changes)
	if pack := s.Judge.Model.NeedsServicePack(s.view.OS); pack > 0 && slices.ContainsFunc(u.grants, func(g string) bool { return kindOf(g) == Update }) {
		plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: OperatingSystem, ID: "Service Pack " + strconv.Itoa(pack)})
	}
	for _, g := range u.grants {
		plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: kindOf(g), ID: g})
	}
	for _, c := range plan.Changes {
		if c.Owner == host.GroupPolicy {
			plan.Prerequisites = append(plan.Prerequisites, Prerequisite{Kind: Policy, ID: c.Key})
			plan.Warnings = append(plan.Warnings, stack.Fired{Rule: "policy-writes-again", Args: []message.Arg{message.Str("key", c.Key), message.Str("name", c.Name)}})
		}
		if stack.FIPSMode(c.Key) {
			plan.Warnings = append(plan.Warnings, stack.Fired{Rule: "fips-off", Args: []message.Arg{message.Str("key", c.Key), message.Str("name", c.Name)}})
		}
	}
	plan.Restart = s.restart(plan)
	plan.Needed = s.shares(u, plan.Changes)
	plan.Effects, plan.Warnings = s.sides.effects(u, plan.Warnings)
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
		one := &search{Fixer: s.Fixer, view: s.view, demands: s.demands[i : i+1]}
		part := u
		if len(s.demands) > 1 {
			part = one.leaveOut(u)
		}
		parts[i] = ordered(part.changes)
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

// advise says what would help where nothing on the host's side does: another
// version of the program, or of Windows. A newer Windows is not named where the
// model says that it would fail as well, with the settings that an upgrade takes
// along.
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
	return host.NewView(&next)
}

func addOnce(list, more []Prerequisite) []Prerequisite {
	for _, p := range more {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}
