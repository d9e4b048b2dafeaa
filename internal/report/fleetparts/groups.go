package fleetparts

import (
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Fix is what is wrong with a group of hosts and what helps.
type Fix struct {
	Cause, Note    string // Note is in English whatever the language is
	Brief          string
	First, Changes []string // what has to be there first, and the settings
	Restart        string
}

// Fix makes it from a group.
func (p Parts) Fix(g *document.FleetGroup) *Fix {
	h := &document.Host{Verdict: g.Verdict, Cause: &g.Cause, Fixable: g.Fixable, Changes: g.Changes, Prerequisites: g.Prerequisites, Restart: g.Restart}
	f := &Fix{Cause: p.Cause(g.Verdict, g.Cause), Note: g.Error, Brief: p.W.Fix(h)}
	if g.Verdict == document.Unreadable {
		f.Brief = ""
	}
	for _, first := range g.Prerequisites {
		f.First = append(f.First, Short(p.W.Prerequisite(first)))
	}
	for _, s := range view.ChangeSettings(g.Changes) {
		f.Changes = append(f.Changes, Short(p.W.Change(s)))
	}
	if len(g.Changes)+len(g.Prerequisites) > 0 && g.Restart != "" {
		f.Restart = p.T("restart", message.Str("what", p.W.Code("restart", g.Restart)))
	}
	return f
}

// Cause is why, in words; a host that could not be read has no cause but an error.
func (p Parts) Cause(verdict, cause string) string {
	switch {
	case verdict == document.Unreadable:
		return p.T("unreadable")
	case cause == "":
		return ""
	}
	return p.W.Code("cause", cause)
}

// GroupTitle is "One fix → 312 hosts", or what the hosts of a group have in common if
// nothing helps.
func (p Parts) GroupTitle(g *document.FleetGroup, hosts int) string {
	n := message.Int("n", hosts)
	switch {
	case g.Verdict == document.Unreadable:
		return p.T("group.unreadable", n)
	case g.Verdict == document.Unknown:
		return p.T("group.unknown", n)
	case g.Verdict == document.Connects:
		return p.T("group.ready", n)
	case g.Verdict == document.NotInstalled:
		return p.T("group.not-installed", n)
	case len(g.Changes)+len(g.Prerequisites) == 0 && g.Fixable != nil && !*g.Fixable:
		return p.T("group.none", n)
	case len(g.Changes)+len(g.Prerequisites) == 0:
		return p.T("group.open", n)
	}
	return p.T("group.fix", n)
}
