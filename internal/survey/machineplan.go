package survey

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
	"tlsready/internal/verdict"
)

// Applier changes running machines: it plans what each needs, changes one after the
// other, reads back, judges again, and takes back what failed half-way.
type Applier struct {
	Judging    *Judging
	Machine    func(url string) (*Machine, error) // see [MachineAt]
	Dir        string                             // for the undo files; "" is the working folder
	Documented bool                               // take the vendors' whole recipes
	Now        time.Time
	// UndoCommand is what a user types to put back what an undo file says of the
	// machine of a URL, for hints.
	UndoCommand func(url, path string) string
	Warn        func(message.Text) // what the user should know besides; may be nil
}

// MachinePlan is what is going to be done on one machine.
type MachinePlan struct {
	*Machine
	Changes       []host.Change
	Prerequisites []recipe.Prerequisite // what has to be there for the changes to help
	Restart       recipe.Restart
	Undo          string // path of the undo file that is written first
}

// Plans joins what was judged with the machines. Several recipes for one machine are
// one plan; a machine that needs nothing has no plan. A file is refused by its name,
// not by what it says about its origin.
func (a *Applier) Plans(list []judge.Judged) ([]*MachinePlan, error) {
	var plans []*MachinePlan
	for _, j := range list {
		m, err := a.Machine(j.Host.Path)
		if err != nil {
			return nil, err
		}
		plan := &MachinePlan{Machine: m, Restart: recipe.RestartNone, Undo: filepath.Join(a.Dir, a.undoName(m.ID))}
		if err := a.addTo(plan, j); err != nil {
			return nil, err
		}
		switch {
		case len(plan.Changes) == 0:
			continue
		case !m.MayWrite:
			return nil, notElevated(m.ID)
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func (a *Applier) addTo(plan *MachinePlan, j judge.Judged) error {
	for _, one := range j.Services {
		p, leftOut, ok := a.Judging.Assessor.RecipePlan(one, a.Documented)
		if !leftOut.IsZero() && a.Warn != nil {
			a.Warn(leftOut)
		}
		if !ok {
			continue
		}
		if err := plan.add(p); err != nil {
			return err
		}
	}
	return nil
}

// add takes over the changes of a recipe.
func (m *MachinePlan) add(p recipe.Plan) error {
	for _, change := range p.Changes {
		known := false
		for _, other := range m.Changes {
			if !strings.EqualFold(other.Key, change.Key) || !strings.EqualFold(other.Name, change.Name) {
				continue
			}
			if known = true; other.Delete != change.Delete || !other.Data.Equal(change.Data) {
				return mistake("apply-conflict", message.Str("host", m.ID), message.Str("key", change.Key), message.Str("name", change.Name))
			}
		}
		if !known {
			m.Changes = append(m.Changes, change)
		}
	}
	for _, need := range p.Prerequisites {
		if !slices.ContainsFunc(m.Prerequisites, func(known recipe.Prerequisite) bool { return known.Kind == need.Kind && known.ID == need.ID }) {
			m.Prerequisites = append(m.Prerequisites, need)
		}
	}
	if restartRank(p.Restart) > restartRank(m.Restart) {
		m.Restart = p.Restart
	}
	return nil
}

func restartRank(r recipe.Restart) int {
	return slices.Index([]recipe.Restart{recipe.RestartNone, recipe.RestartProcess, recipe.RestartService, recipe.RestartReboot}, r)
}

// undoName is a file name that no other machine and no other run has.
func (a *Applier) undoName(id string) string {
	safe, _ := userfile.SafeName(id)
	return "tlsready-undo-" + safe + "-" + a.Now.UTC().Format("20060102T150405Z") + ".json"
}

// Unread are the machines that could not be read, and are therefore left alone.
func Unread(list []judge.Judged) []MachineResult {
	var results []MachineResult
	for _, j := range list {
		if j.Host.Err != nil {
			p := message.Error("survey.error.apply-unreadable", message.Str("host", j.Host.ID), message.Cause("why", j.Host.Err))
			results = append(results, MachineResult{Host: j.Host.ID, Result: Unreadable, Problem: p})
		}
	}
	return results
}

// CountUnplanned counts the machines that were read and that no plan changes: those that
// fail, and those of which it is unknown.
func CountUnplanned(list []judge.Judged, plans []*MachinePlan) (fails, unknown int) {
	planned := map[string]bool{}
	for _, p := range plans {
		planned[strings.ToLower(p.ID)] = true
	}
	worst := map[string]verdict.Verdict{}
	for _, j := range list {
		if id := strings.ToLower(j.Host.ID); j.Host.Err == nil && len(j.Services) > 0 && !planned[id] {
			worst[id] = judge.Worse(worst[id], j.Verdict())
		}
	}
	for _, v := range worst {
		switch v {
		case verdict.Fails:
			fails++
		case verdict.Unknown:
			unknown++
		}
	}
	return fails, unknown
}
