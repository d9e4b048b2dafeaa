package view

import (
	"slices"

	"tlsready/internal/document"
)

// Meeting is an offer held against an acceptance, with every stack for which
// it comes out the same.
type Meeting struct {
	document.Verdict          // of the first stack
	Stacks           []string // by caller: "mars: dotnet-4.5-x64, dotnet-4.5-x86"
	rows             []*document.Verdict
}

// Meetings merges the rows of a group that look the same, the worst first.
func Meetings(g *Group, w Words) []Meeting {
	var list []Meeting
	index := map[string]int{}
	keys := newKeyer()
	for _, r := range g.Rows {
		key := r.Verdict + "\x00" + Deref(r.Cause) + "\x00" + Deref(r.FailsFrom) + "\x00" + offerKey(r.Offer) + "\x00" + keys.acceptance(r.Accepts)
		at, ok := index[key]
		if !ok {
			at = len(list)
			index[key] = at
			list = append(list, Meeting{Verdict: *r})
		}
		list[at].rows = append(list[at].rows, r)
	}
	for i := range list {
		list[i].Stacks = stackLabels(list[i].rows, w)
	}
	slices.SortStableFunc(list, func(a, b Meeting) int { return document.Rank(a.Verdict.Verdict) - document.Rank(b.Verdict.Verdict) })
	return list
}

// stackLabels names the stacks of rows, one label for each caller; a caller that
// is its own stack is named once only.
func stackLabels(rows []*document.Verdict, w Words) []string {
	var callers []string
	stacks := map[string][]string{}
	for _, r := range rows {
		if stacks[r.Caller] == nil {
			callers = append(callers, r.Caller)
		}
		stacks[r.Caller] = append(stacks[r.Caller], r.Stack)
	}
	for i, c := range callers {
		if len(stacks[c]) > 1 || stacks[c][0] != c {
			callers[i] = c + ": " + w.List(stacks[c])
		}
	}
	return callers
}

// Reason is a rule that bore on the group's verdict, with all that it read.
type Reason struct {
	document.Reason
	Settings []Setting
}

// Reasons are those of the rows that have the host's own verdict, each once.
func Reasons(g *Group) []Reason {
	var list []document.Reason
	for _, r := range g.Rows {
		if r.Verdict != g.First().Verdict {
			continue
		}
		for _, why := range r.Reasons {
			at := slices.IndexFunc(list, func(x document.Reason) bool { return x.Rule == why.Rule && x.Text == why.Text })
			if at < 0 {
				why.Evidence = slices.Clone(why.Evidence)
				list = append(list, why)
				continue
			}
			list[at].Evidence = append(list[at].Evidence, why.Evidence...)
		}
	}
	out := make([]Reason, len(list))
	for i := range list {
		out[i] = Reason{list[i], evidenceSettings(list[i].Evidence)}
	}
	return out
}

// Warnings are those of the host and of its rows, each once.
func Warnings(g *Group) []document.Note {
	list := slices.Clone(g.First().Warnings)
	for _, r := range g.Rows {
		for _, n := range r.Warnings {
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// Programs lists the program versions found in a group, each once, sorted.
func Programs(g *Group) []string {
	var list []string
	for _, h := range g.Hosts {
		if h.Program != "" && !slices.Contains(list, h.Program) {
			list = append(list, h.Program)
		}
	}
	slices.Sort(list)
	return list
}
