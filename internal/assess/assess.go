// Package assess judges one host for the services that are asked of it: verdict,
// fix, the vendors' documented recipes, and what the system alone says. It writes
// what it finds as documents.
package assess

import (
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/verdict"
)

// Assessor judges hosts against services and plans their fixes. It is safe for
// concurrent use.
type Assessor struct {
	Fixer          *fix.Fixer
	Services       []Demanded // what is asked of every host
	Auto           []Demanded // asked if the host has the service's program; Services is then the fallback
	AssumeUpdates  bool       // take every update as installed
	WithDocumented bool       // also judge the vendors' whole recipes
	Seen           *Seen      // what was seen of the hosts' connections; nil: nothing
	Rehearsal      string     // HOST:PORT of a rehearsal server that verify connects to in place of a service; "" for none
	Assumed        *Assumed   // a recipe that is taken as run on every host; nil: none

	near    *nearmiss.Finder
	mu      sync.Mutex
	systems map[systemKey]system
	found   host.Memo[finding] // of hosts that answer alike
}

// New makes an assessor that is asked nothing yet. Its fixes name the effects on
// every built-in program that can be recognised on a host.
func New(model *stack.Model) (*Assessor, error) {
	known, err := recognisable()
	if err != nil {
		return nil, err
	}
	fixer, err := fix.New(&verdict.Judge{Model: model}, known)
	if err != nil {
		return nil, err
	}
	return &Assessor{Fixer: fixer, near: nearmiss.New(), found: host.Memo[finding]{Least: leastFindings, Most: mostFindings}}, nil
}

// recognisable are the built-in programs that leave traces on a host.
func recognisable() ([]*caller.Caller, error) {
	var all []*caller.Caller
	for _, id := range caller.Programs() {
		c, _, err := caller.ByID(id)
		if err != nil {
			return nil, err
		}
		if c.Recognisable() {
			all = append(all, c)
		}
	}
	return all, nil
}

// Demanded is a service, ready to be asked of hosts.
type Demanded struct {
	Profile  *service.Profile // nil for a demand from elsewhere
	Demand   verdict.Demand
	Callers  []*caller.Caller
	Explicit bool // the callers were named by the user: judged whether installed or not
}

type systemKey struct {
	service string
	os      host.OS
}

// system is what is the same for all hosts of one system.
type system struct {
	exposure   string
	documented []host.Change
}

// How much is kept of hosts because others are in the same state, see [host.Memo]: one takes
// some fifteen kilobytes. maxSystems bounds what is kept of systems.
const (
	leastFindings = 128
	mostFindings  = 2048
	maxSystems    = 4096
)

// DemandOf turns a profile into a demand on a day.
func DemandOf(p *service.Profile, on service.Date) verdict.Demand {
	d := verdict.Demand{Service: p.ID, Roots: p.Roots, AllRoots: p.AllRoots, Intermediates: p.Intermediates}
	for i, ph := range p.Phases {
		if !ph.From.After(on.Time) {
			d.At = i
		}
		d.Phases = append(d.Phases, verdict.Phase{From: ph.From.String(), Accepts: Resolve(ph.Acceptance())})
	}
	return d
}

// Resolve works the suites of each version out once, so that judging many hosts
// does not.
func Resolve(a tlsready.Acceptance) tlsready.Acceptance {
	if a.Suites.IsAny() || len(a.SuitesOf) > 0 {
		return a
	}
	by := map[tlsready.Version]tlsready.Axis[tlsready.Suite]{}
	for _, v := range tlsready.Versions() {
		by[v] = a.SuitesFor(v)
	}
	a.SuitesOf = by
	return a
}

// Assess judges one host against everything that is asked of it.
func (a *Assessor) Assess(id string, s *host.Snapshot) ([]*Judged, error) {
	v := host.NewView(s)
	if a.Assumed != nil && !a.Assumed.OnServer {
		v = a.Assumed.on(s)
	}
	if a.AssumeUpdates {
		v = v.AssumingUpdates()
	}
	return a.of(id, v, a.find(v))
}

// of is what was found, as that of a host, with what is each host's own.
func (a *Assessor) of(id string, v *host.View, found finding) ([]*Judged, error) {
	near, proxies := a.near.In(v), a.Fixer.Judge.Model.Proxies(v)
	list := make([]*Judged, len(found.services))
	for i := range found.services {
		j := found.services[i]
		j.ID, j.View = id, v
		if j.Judgement.Verdict != verdict.NotInstalled {
			j.NearMisses = near
			j.Judgement.Rows = slices.Clone(j.Judgement.Rows)
			warnOfProxies(&j, proxies)
			a.Seen.Warn(&j)
		}
		list[i] = &j
	}
	return list, found.err
}

// finding is what hosts that answer alike have in common.
type finding struct {
	services []Judged // of no host: without id, view, and what is said of the host beside the judgement
	err      error
}

// find judges a host and plans its fix, or takes what was found about another host that
// answered alike. With a recipe taken as run, each host is worked out.
func (a *Assessor) find(v *host.View) finding {
	if a.Assumed != nil {
		return a.work(v)
	}
	if found, ok := a.found.Find(v); ok {
		return found
	}
	traced, trace := a.found.Trace(v)
	found := a.work(traced)
	a.found.Keep(trace, found)
	return found
}

// work judges a host and plans its fix.
func (a *Assessor) work(v *host.View) finding {
	var found finding
	for _, d := range a.asked(v) {
		found.services = append(found.services, a.judge(v, d))
	}
	found.err = a.plan(v, found.services)
	return found
}

// asked is what is asked of this host.
func (a *Assessor) asked(v *host.View) []Demanded {
	var found []Demanded
	for _, d := range a.Auto {
		for _, c := range d.Callers {
			if _, present, known := c.Installed(v); c.Recognisable() && present && known {
				found = append(found, d)
				break
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	return a.Services
}

func (a *Assessor) judge(v *host.View, d Demanded) Judged {
	j := Judged{Profile: d.Profile, Demand: fix.Demand{Demand: d.Demand, Callers: d.Callers}}
	system := a.system(v.OS, d)
	j.Demand.Documented = system.documented
	if !d.Explicit {
		callers, found, warnings := verdict.Installed(v, d.Callers)
		j.Demand.Callers, j.Warnings = callers, warnings
		if !found {
			j.Judgement.Verdict = verdict.NotInstalled
			return j
		}
	}
	if a.AssumeUpdates {
		j.Warnings = append(j.Warnings, stack.Fired{Rule: "updates-assumed"})
	}
	j.Exposure = system.exposure
	j.Judgement = a.Fixer.Judge.Host(v, j.Demand.Callers, d.Demand)
	if a.Assumed != nil {
		a.Assumed.doubt(&j)
	}
	if a.WithDocumented && len(j.Demand.Documented) > 0 && j.Judgement.Verdict == verdict.Fails {
		changes := fix.WithBefore(v, j.Demand.Documented)
		updates := a.lacking(v, d.Profile.UpdatesFor(v.OS))
		j.Documented = &Recipe{Changes: changes, Updates: updates, After: a.Fixer.After(v, j.Demand, changes, updates)}
	}
	return j
}

// lacking are the updates of a recipe that the host is not known to have.
func (a *Assessor) lacking(v *host.View, updates []string) []string {
	var list []string
	for _, id := range updates {
		if a.Fixer.Judge.Model.Update(v, id) != tlsready.Yes {
			list = append(list, id)
		}
	}
	return list
}

// system is what a service says of a system alone.
func (a *Assessor) system(os host.OS, d Demanded) system {
	key := systemKey{d.Demand.Service, os}
	a.mu.Lock()
	known, ok := a.systems[key]
	a.mu.Unlock()
	if ok {
		return known
	}
	found := system{exposure: a.Fixer.Judge.Exposure(os, d.Callers, d.Demand)}
	if d.Profile != nil {
		found.documented = d.Profile.DocumentedFor(os)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.systems == nil {
		a.systems = map[systemKey]system{}
	}
	if len(a.systems) < maxSystems {
		a.systems[key] = found
	}
	return found
}

// plan fixes a host for all that is asked of it.
func (a *Assessor) plan(v *host.View, list []Judged) error {
	var failing []*Judged
	var demands []fix.Demand
	var judgements []verdict.Judgement
	for i := range list {
		if j := &list[i]; j.Judgement.Verdict == verdict.Fails {
			failing, demands, judgements = append(failing, j), append(demands, j.Demand), append(judgements, j.Judgement)
		}
	}
	if len(failing) == 0 {
		return nil
	}
	plan, err := a.Fixer.Host(v, demands, judgements)
	for i, j := range failing {
		j.Plan = plan
		if i < len(plan.Rows) {
			j.Fixable = plan.Rows[i]
		}
		if i < len(plan.Needed) {
			j.Share = plan.Needed[i]
		}
	}
	return err
}
