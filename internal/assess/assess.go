// Package assess judges one host for the services that are asked of it: verdict,
// fix, the vendors' documented recipes, and what the system alone says. It writes
// what it finds as documents.
package assess

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

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
	Assumed        *Assumed   // a recipe that is taken as run on every host; nil: none

	near      *nearmiss.Finder
	mu        sync.Mutex
	exposures map[exposureKey]string
	plans     map[[sha256.Size]byte]planned
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
	return &Assessor{Fixer: fixer, near: nearmiss.New()}, nil
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

type exposureKey struct {
	service string
	os      host.OS
}

type planned struct {
	plan fix.Plan
	err  error
}

// maxPlans bounds the memory of plans that are kept because many hosts are in
// the same state; a plan takes some kilobytes.
const maxPlans = 4096

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
	var list []*Judged
	near := a.near.In(v)
	for _, d := range a.asked(v) {
		j := a.judge(id, v, d)
		if j.NearMisses = near; j.Judgement.Verdict == verdict.NotInstalled {
			j.NearMisses = nil
		}
		list = append(list, j)
	}
	return list, a.plan(v, list)
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

func (a *Assessor) judge(id string, v *host.View, d Demanded) *Judged {
	j := &Judged{ID: id, View: v, Profile: d.Profile, Demand: fix.Demand{Demand: d.Demand, Callers: d.Callers}}
	if d.Profile != nil {
		j.Demand.Documented = d.Profile.DocumentedFor(v.OS)
	}
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
	j.Exposure = a.exposure(v.OS, d)
	j.Judgement = a.Fixer.Judge.Host(v, j.Demand.Callers, d.Demand)
	if a.Assumed != nil {
		a.Assumed.doubt(j)
	}
	warnOfProxies(j, a.Fixer.Judge.Model.Proxies(v))
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

func (a *Assessor) exposure(os host.OS, d Demanded) string {
	key := exposureKey{d.Demand.Service, os}
	a.mu.Lock()
	known, ok := a.exposures[key]
	a.mu.Unlock()
	if ok {
		return known
	}
	found := a.Fixer.Judge.Exposure(os, d.Callers, d.Demand)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.exposures == nil {
		a.exposures = map[exposureKey]string{}
	}
	if len(a.exposures) < maxPlans {
		a.exposures[key] = found
	}
	return found
}

// plan fixes a host for all that is asked of it, once for every state.
func (a *Assessor) plan(v *host.View, list []*Judged) error {
	var failing []*Judged
	for _, j := range list {
		if j.Judgement.Verdict == verdict.Fails {
			failing = append(failing, j)
		}
	}
	if len(failing) == 0 {
		return nil
	}
	p := a.planFor(v, failing)
	for i, j := range failing {
		j.Plan = p.plan
		if i < len(p.plan.Rows) {
			j.Fixable = p.plan.Rows[i]
		}
		if i < len(p.plan.Needed) {
			j.Share = p.plan.Needed[i]
		}
	}
	return p.err
}

func (a *Assessor) planFor(v *host.View, failing []*Judged) planned {
	key, cached := stateKey(v, failing)
	if cached {
		a.mu.Lock()
		p, ok := a.plans[key]
		a.mu.Unlock()
		if ok {
			return p
		}
	}
	demands := make([]fix.Demand, len(failing))
	judgements := make([]verdict.Judgement, len(failing))
	for i, j := range failing {
		demands[i], judgements[i] = j.Demand, j.Judgement
	}
	var p planned
	p.plan, p.err = a.Fixer.Host(v, demands, judgements)
	if cached {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.plans == nil {
			a.plans = map[[sha256.Size]byte]planned{}
		}
		if len(a.plans) < maxPlans {
			a.plans[key] = p
		}
	}
	return p
}

// stateKey is the same for hosts in the same state; a snapshot that cannot be
// written is not kept. What is little is taken as its JSON, so that no fact is
// forgotten; the registry, which is most of a snapshot, value by value.
func stateKey(v *host.View, failing []*Judged) ([sha256.Size]byte, bool) {
	state := *v.Snapshot
	state.Name, state.Source, state.CollectedAt, state.Labels = "", "", time.Time{}, map[string]string{}
	for _, j := range failing {
		state.Labels[j.Demand.Service] = ""
	}
	state.Registry = nil
	text, err := json.Marshal(&state)
	if err != nil {
		return [sha256.Size]byte{}, false
	}
	for i := range v.Snapshot.Registry {
		text = v.Snapshot.Registry[i].AppendState(text)
	}
	return sha256.Sum256(text), true
}
