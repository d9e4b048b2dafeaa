package assess

import (
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/verdict"
)

// Guide makes the page for a service on a day.
func (a *Assessor) Guide(d Demanded, head document.Service, w *Writer) document.Guide {
	g := document.Guide{
		Schema: document.GuideSchema, Service: head, Affected: []string{}, Unaffected: []string{}, Endpoints: d.Profile.Endpoints,
		Stacks: []string{}, Contact: d.Profile.Contact, TestEndpoint: d.Profile.TestEndpoint,
	}
	for _, b := range d.Profile.Brownouts {
		g.Brownouts = append(g.Brownouts, document.Brownout{On: b.On.String(), Hours: b.Hours})
	}
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
		group, stacks := a.guideGroup(sys, d, w)
		g.Stacks = union(g.Stacks, stacks)
		addGroup(&g, group, sys.Name)
	}
	return g
}

// addGroup joins systems that need the same.
func addGroup(g *document.Guide, one document.GuideGroup, name string) {
	for i := range g.Groups {
		have := &g.Groups[i]
		if have.Upgrade == one.Upgrade && have.Old == one.Old && have.Framework == one.Framework && have.Verdict == one.Verdict && slices.Equal(have.Updates, one.Updates) &&
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

// guideHost is a system on which nothing is set. If it came without .NET Framework 4, or
// with one too old for its programs, it gets the lowest version they need, and framework
// names it.
func guideHost(os host.OS) (v *host.View, framework string) {
	s := &host.Snapshot{OS: os, Covered: []string{"HKLM", "HKCU"}}
	if os.Build < firstWithFramework {
		framework = "4.5.2"
		s.Registry = []host.Value{{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(release452)}}
	}
	return host.NewView(s), framework
}

// Windows 8.1 is the first that comes with a .NET Framework (4.5.1) that its updates teach
// TLS 1.2; below it 4.5.2 is the least, by its Release.
const (
	firstWithFramework = 9600
	release452         = 379893
	firstSupported     = 7600 // what is older is supported by nobody, not even for money, since January 2023
)

// guideGroup works one system out: a bare host of it, with the recipe applied. It also
// gives the kinds of stack that its programs use.
func (a *Assessor) guideGroup(sys stack.System, d Demanded, w *Writer) (document.GuideGroup, []string) {
	v, framework := guideHost(sys.OS)
	demand := fix.Demand{Demand: d.Demand, Callers: d.Callers, Documented: d.Profile.DocumentedFor(sys.OS)}
	group := document.GuideGroup{Systems: []string{}, Updates: []string{}, Settings: []document.Change{}, Fewest: []document.Change{}, Restart: fix.Reboot.String()}
	out := a.Fixer.Judge.Host(v, d.Callers, d.Demand)
	plan, err := a.Fixer.Host(v, []fix.Demand{demand}, []verdict.Judgement{out})
	if err != nil || a.Fixer.Judge.Model.LacksTLS12ForGood(sys.OS) || (!plan.Given && len(demand.Documented) == 0) {
		group.Upgrade, group.Verdict, group.Old = true, string(out.Verdict), sys.OS.Build < firstSupported
		return group, kinds(out)
	}
	group.Old = sys.OS.Build < firstSupported
	if slices.Contains(kinds(out), "dotnet") {
		group.Framework = framework
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
	return group, kinds(out)
}

// kinds are the stacks of a verdict by what they are, without target and bitness.
func kinds(out verdict.Judgement) []string {
	var list []string
	for _, r := range out.Rows {
		kind, _, _ := strings.Cut(r.Stack, "-")
		if kind, _, _ = strings.Cut(kind, ":"); !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	return list
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
		s.Citations = append(s.Citations, citationOf(c))
	}
	return s
}

// citationOf is a citation as documents have it: in English, and beside it in other
// languages.
func citationOf(c strictyaml.Citation) document.Citation {
	one := document.Citation{URL: c.URL, Says: c.Says.In("en")}
	for lang, text := range c.Says {
		if lang != "en" {
			one.SaysIn = addWord(one.SaysIn, lang, text)
		}
	}
	return one
}

func addWord(words map[string]string, lang, text string) map[string]string {
	if words == nil {
		words = map[string]string{}
	}
	words[lang] = text
	return words
}
