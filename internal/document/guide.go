package document

import (
	"slices"

	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Guide is the announcement page of a service for its customers, made from its
// profile and the model.
type Guide struct {
	Service    Service           `json:"service"`
	Affected   []string          `json:"affected"`   // systems that can fail with nothing set, oldest first
	Unaffected []string          `json:"unaffected"` // systems that need nothing
	LastClient string            `json:"lastClient"` // the newest affected client and server
	LastServer string            `json:"lastServer"`
	Groups     []GuideGroup      `json:"groups"`
	Workaround map[string]string `json:"workaround,omitempty"` // by language
	Endpoints  []string          `json:"endpoints"`
}

// GuideGroup is what systems that need the same have to do.
type GuideGroup struct {
	Systems    []string `json:"systems"`
	Updates    []string `json:"updates"`
	Settings   []Change `json:"settings"`   // the vendor's recipe, or the fewest changes where there is none
	Documented bool     `json:"documented"` // the vendor's recipe
	Verdict    string   `json:"verdict"`    // after Settings
	Lacks      []Lack   `json:"lacks,omitempty"`
	Restart    string   `json:"restart"`
	Notes      []string `json:"notes,omitempty"`
	Upgrade    bool     `json:"upgrade,omitempty"` // no setting or update helps
	Fewest     []Change `json:"fewest"`            // what the model finds to be enough
}

// Lack is a stack that still fails after the settings, and why.
type Lack struct {
	Stack string `json:"stack"`
	Cause string `json:"cause"`
}

// Guide makes the page for a service on a day.
func (a *Assessor) Guide(d Demanded, head Service, w *Writer) Guide {
	g := Guide{Service: head, Affected: []string{}, Unaffected: []string{}, Endpoints: d.Profile.Endpoints}
	for _, c := range d.Callers {
		if len(c.Workaround) > 0 {
			g.Workaround = c.Workaround
		}
	}
	for _, sys := range a.Fixer.Judge.Model.Systems() {
		if a.Fixer.Judge.Exposure(sys.OS, d.Callers, d.Demand) == verdict.NoneByDefault {
			g.Unaffected = append(g.Unaffected, sys.Name)
			continue
		}
		g.Affected = append(g.Affected, sys.Name)
		if sys.OS.Server() {
			g.LastServer = sys.Name
		} else {
			g.LastClient = sys.Name
		}
		g.addTo(a.guideGroup(sys, d, w), sys.Name)
	}
	return g
}

// addTo joins systems that need the same.
func (g *Guide) addTo(one GuideGroup, name string) {
	for i := range g.Groups {
		have := &g.Groups[i]
		if have.Upgrade == one.Upgrade && have.Verdict == one.Verdict && slices.Equal(have.Updates, one.Updates) &&
			sameSettings(have.Settings, one.Settings) && slices.Equal(have.Lacks, one.Lacks) {
			have.Systems = append(have.Systems, name)
			return
		}
	}
	one.Systems = []string{name}
	g.Groups = append(g.Groups, one)
}

func sameSettings(a, b []Change) bool {
	return slices.EqualFunc(a, b, func(x, y Change) bool {
		return x.Key == y.Key && x.Name == y.Name && x.Type == y.Type && string(x.Value) == string(y.Value)
	})
}

// guideGroup works one system out: a bare host of it, with the recipe applied.
func (a *Assessor) guideGroup(sys stack.System, d Demanded, w *Writer) GuideGroup {
	v := host.NewView(&host.Snapshot{OS: sys.OS, Covered: []string{"HKLM", "HKCU"}})
	demand := fix.Demand{Demand: d.Demand, Callers: d.Callers, Documented: d.Profile.DocumentedFor(sys.OS)}
	group := GuideGroup{Systems: []string{}, Updates: []string{}, Settings: []Change{}, Fewest: []Change{}, Restart: fix.Reboot.String()}
	out := a.Fixer.Judge.Host(v, d.Callers, d.Demand)
	plan, err := a.Fixer.Host(v, []fix.Demand{demand}, []verdict.Outcome{out})
	if err != nil || a.Fixer.Judge.Model.LacksTLS12ForGood(sys.OS) || (!plan.Given && len(demand.Documented) == 0) {
		group.Upgrade, group.Verdict = true, string(out.Verdict)
		return group
	}
	for _, c := range plan.Changes {
		group.Fewest = append(group.Fewest, changeOf(c))
	}
	changes, updates := plan.Changes, updatesOf(plan)
	if len(demand.Documented) > 0 {
		group.Documented = true
		changes, updates = demand.Documented, union(d.Profile.UpdatesFor(sys.OS), updates)
		group.Notes = d.Profile.NotesFor(sys.OS, w.Words.Lang())
	} else {
		group.Restart = plan.Restart.String()
	}
	group.Updates = append(group.Updates, updates...)
	for _, c := range changes {
		one := changeOf(c)
		one.Before = nil
		group.Settings = append(group.Settings, one)
	}
	after := a.Fixer.After(v, demand, changes, updates)
	group.Verdict = string(after.Verdict)
	for _, r := range after.Rows {
		if r.Verdict != verdict.Connects {
			group.Lacks = append(group.Lacks, Lack{Stack: r.Stack, Cause: string(r.Cause)})
		}
	}
	return group
}

func updatesOf(p fix.Plan) []string {
	var ids []string
	for _, need := range p.Prerequisites {
		if need.Kind == fix.Update {
			ids = append(ids, need.ID)
		}
	}
	return ids
}

func union(a, b []string) []string {
	list := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// ServiceOf describes a profile on a day, as seen from another.
func ServiceOf(p *service.Profile, d verdict.Demand, on, today service.Date) Service {
	ph := p.PhaseOn(on)
	s := Service{
		ID: p.ID, Name: p.Name, Status: ph.Status, From: ph.From.String(), Timezone: ph.Timezone, AsOf: p.AsOf.String(),
		Note: p.Note, Accepts: Accept(d.Now()),
	}
	if len(p.Phases) > 1 {
		days := int(ph.From.Sub(today.Time).Hours() / 24)
		s.DaysLeft = &days
	}
	for _, c := range p.Citations {
		s.Citations = append(s.Citations, Citation{URL: c.URL, Says: c.Says})
	}
	return s
}
