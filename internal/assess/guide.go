package assess

import (
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Guide makes the page for a service on a day.
func (a *Assessor) Guide(d Demanded, head document.Service, w *Writer) document.Guide {
	g := document.Guide{Schema: document.GuideSchema, Service: head, Affected: []string{}, Unaffected: []string{}, Endpoints: d.Profile.Endpoints}
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
		addGroup(&g, a.guideGroup(sys, d, w), sys.Name)
	}
	return g
}

// addGroup joins systems that need the same.
func addGroup(g *document.Guide, one document.GuideGroup, name string) {
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

func sameSettings(a, b []document.Change) bool {
	return slices.EqualFunc(a, b, func(x, y document.Change) bool {
		return x.Key == y.Key && x.Name == y.Name && x.Equal(y.Data)
	})
}

// guideGroup works one system out: a bare host of it, with the recipe applied.
func (a *Assessor) guideGroup(sys stack.System, d Demanded, w *Writer) document.GuideGroup {
	v := host.NewView(&host.Snapshot{OS: sys.OS, Covered: []string{"HKLM", "HKCU"}})
	demand := fix.Demand{Demand: d.Demand, Callers: d.Callers, Documented: d.Profile.DocumentedFor(sys.OS)}
	group := document.GuideGroup{Systems: []string{}, Updates: []string{}, Settings: []document.Change{}, Fewest: []document.Change{}, Restart: fix.Reboot.String()}
	out := a.Fixer.Judge.Host(v, d.Callers, d.Demand)
	plan, err := a.Fixer.Host(v, []fix.Demand{demand}, []verdict.Judgement{out})
	if err != nil || a.Fixer.Judge.Model.LacksTLS12ForGood(sys.OS) || (!plan.Given && len(demand.Documented) == 0) {
		group.Upgrade, group.Verdict = true, string(out.Verdict)
		return group
	}
	for _, c := range plan.Changes {
		group.Fewest = append(group.Fewest, document.ChangeOf(c))
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
		one := document.ChangeOf(c)
		one.Before = nil
		group.Settings = append(group.Settings, one)
	}
	after := a.Fixer.After(v, demand, changes, updates)
	group.Verdict = string(after.Verdict)
	for _, r := range after.Rows {
		if r.Verdict != verdict.Connects {
			group.Lacks = append(group.Lacks, document.Lack{Stack: r.Stack, Cause: string(r.Cause)})
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
func ServiceOf(p *service.Profile, d verdict.Demand, on, today service.Date) document.Service {
	ph := p.PhaseOn(on)
	s := document.Service{
		ID: p.ID, Name: p.Name, Status: ph.Status, From: ph.From.String(), Timezone: ph.Timezone, AsOf: p.AsOf.String(),
		Note: p.Note, Accepts: document.Accept(d.Now()),
	}
	if len(p.Phases) > 1 {
		days := int(ph.From.Sub(today.Time).Hours() / 24)
		s.DaysLeft = &days
	}
	for _, day := range ph.Formerly {
		s.Formerly = append(s.Formerly, day.String())
	}
	for _, c := range p.Citations {
		s.Citations = append(s.Citations, document.Citation{URL: c.URL, Says: c.Says})
	}
	return s
}
