package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/fix"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Recipes gives the files of change sets for hosts, a folder for each group of them and
// one for all. See [Assessor.RecipePlans] for documented and leftOut.
func (a *Assessor) Recipes(list []*Judged, documented bool, as []recipe.Format, words *message.Catalog) (set recipe.Set, leftOut []message.Text) {
	plans, leftOut := a.RecipePlans(list, documented)
	return recipe.Compose(plans, unplanned(list, plans), as, words), leftOut
}

// unplanned are the computers that no plan changes: a script for all must not take
// one of them for another.
func unplanned(list []*Judged, plans []recipe.Plan) []recipe.Computer {
	seen := map[string]bool{}
	for _, p := range plans {
		for _, id := range p.Hosts {
			seen[id] = true
		}
	}
	var others []recipe.Computer
	for _, j := range list {
		if seen[j.ID] || j.View == nil {
			continue
		}
		seen[j.ID] = true
		if c, ok := recipe.ComputerOf(j.View.Name, j.ID); ok {
			others = append(others, c)
		}
	}
	return others
}

// RecipePlans groups hosts that need the same changes from the same state, oldest
// system first. Documented takes the vendors' whole recipes in place of the fixes. A
// host that has a fix and is left out is named in leftOut.
func (a *Assessor) RecipePlans(list []*Judged, documented bool) (plans []recipe.Plan, leftOut []message.Text) {
	byKey := map[string]int{}
	done := map[string]bool{}
	for _, j := range list {
		p, why, ok := a.RecipePlan(j, documented)
		if !why.IsZero() {
			leftOut = append(leftOut, why)
		}
		if !ok || done[j.ID+"\x00"+p.ID()] {
			continue
		}
		done[j.ID+"\x00"+p.ID()] = true
		key := fmt.Sprintf("%s %s %s %v %v", p.OS.Version, p.OS.Architecture, p.ID(), p.Prerequisites, p.Notes)
		if at, known := byKey[key]; known {
			plans[at].Hosts = append(plans[at].Hosts, j.ID)
			plans[at].Names = append(plans[at].Names, p.Names...)
			continue
		}
		byKey[key] = len(plans)
		plans = append(plans, p)
	}
	slices.SortStableFunc(plans, func(a, b recipe.Plan) int {
		return cmp.Or(cmp.Compare(a.OS.Build, b.OS.Build), cmp.Compare(a.Hosts[0], b.Hosts[0]))
	})
	return plans, leftOut
}

// RecipePlan is what a recipe does on one host. ok is false if there is nothing to do;
// leftOut says why a host that has a fix gets no recipe.
func (a *Assessor) RecipePlan(j *Judged, documented bool) (p recipe.Plan, leftOut message.Text, ok bool) {
	switch {
	case j.Err != nil || j.Judgement.Verdict == verdict.NotInstalled:
		return recipe.Plan{}, message.Text{}, false
	case documented && (j.Profile == nil || len(j.Demand.Documented) == 0):
		return recipe.Plan{}, message.Text{}, false
	case documented:
		p = a.documentedPlan(j)
	case !j.Plan.Given || len(j.Plan.Changes) == 0:
		return recipe.Plan{}, message.Text{}, false
	default:
		p = fewestPlan(j)
	}
	if a.Rehearsal != "" {
		p.Endpoint, p.Rehearsal = a.Rehearsal, true
	}
	leftOut = recipe.NoScript(j.ID, p.Changes)
	return p, leftOut, leftOut.IsZero()
}

// fewestPlan is the fix of a host.
func fewestPlan(j *Judged) recipe.Plan {
	p := basicPlan(j)
	p.Changes = j.Plan.Changes
	p.Restart = recipe.Restart(j.Plan.Restart.String())
	for _, need := range j.Plan.Prerequisites {
		p.Prerequisites = append(p.Prerequisites, prerequisite(need))
	}
	p.Notes = append(p.Notes, recipe.ComesBack(p.Changes)...)
	return p
}

func prerequisite(p fix.Prerequisite) recipe.Prerequisite {
	one := recipe.Prerequisite{Kind: string(p.Kind), ID: p.ID}
	if p.Kind == fix.Update {
		one.Or = message.New("prerequisite.or-later")
	}
	if p.By != "" {
		one.ID = p.By + ": " + p.ID
	}
	return one
}

// documentedPlan is the vendor's whole recipe for a host, whether it is enough or
// not: the head of the files says what the verdict is after it.
func (a *Assessor) documentedPlan(j *Judged) recipe.Plan {
	p := basicPlan(j)
	p.Changes = fix.WithBefore(j.View, j.Demand.Documented)
	for i := range p.Changes {
		p.Changes[i].Services = []string{j.Profile.ID}
	}
	p.Restart = recipe.RestartReboot
	updates := j.Profile.UpdatesFor(j.View.OS)
	for _, id := range updates {
		p.Prerequisites = append(p.Prerequisites, prerequisite(fix.Prerequisite{Kind: fix.Update, ID: id}))
	}
	after := a.Fixer.After(j.View, j.Demand, p.Changes, updates)
	p.Notes = []message.Text{message.New("assess.after-documented", message.Sub("verdict", message.New("verdict."+string(after.Verdict))))}
	for _, row := range after.Rows {
		if row.Verdict != verdict.Connects {
			cause := message.New("cause." + string(row.Cause))
			p.Notes = append(p.Notes, message.New("assess.documented-lacks", message.Str("stack", row.Stack), message.Sub("cause", cause)))
		}
	}
	p.Notes = append(p.Notes, recipe.ComesBack(p.Changes)...)
	return p
}

// basicPlan is the part that does not depend on the changes.
func basicPlan(j *Judged) recipe.Plan {
	p := recipe.Plan{Hosts: []string{j.ID}, Names: []string{j.View.Name}, OS: j.View.OS, Endpoint: verifyEndpoint(j)}
	for _, row := range j.Judgement.Rows {
		if c, ok := verifyCaller(row.Stack); ok && !slices.Contains(p.Callers, c) {
			p.Callers = append(p.Callers, c)
		}
	}
	return p
}

// verifyEndpoint is the first endpoint of the service that is one address; a
// name with a wildcard cannot be connected to.
func verifyEndpoint(j *Judged) string {
	if j.Profile == nil {
		return ""
	}
	for _, e := range j.Profile.Endpoints {
		if !strings.Contains(e, "*") {
			return e
		}
	}
	return ""
}

// verifyCaller turns a row's stack into what the verifying script connects as.
func verifyCaller(id string) (recipe.Caller, bool) {
	s, err := stack.Parse(id)
	if err != nil || s.Bits == 0 {
		return recipe.Caller{}, false
	}
	c := recipe.Caller{ID: id, Bits: s.Bits}
	switch s.Kind {
	case stack.WinHTTP:
		c.Stack = recipe.StackWinHTTP
	case stack.DotNet:
		c.Stack = recipe.StackDotNet
		base, _, _ := strings.Cut(id, ":")
		c.Target = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(base, "dotnet-"), "-x64"), "-x86")
	default:
		return recipe.Caller{}, false
	}
	return c, true
}
