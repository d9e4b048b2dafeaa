package verdict

import (
	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// Using is the stacks that a row may stand for: the one it uses, and the one it
// would use without an update.
func (r *Row) Using() []stack.Stack {
	switch {
	case r.parsed == nil:
		return nil
	case r.parsed.update != "" || r.parsed.dispute:
		return []stack.Stack{*r.parsed.stack, *r.parsed.without}
	}
	return []stack.Stack{*r.parsed.stack}
}

// ProgramUpdate is the update without which the row's program behaves otherwise,
// or "".
func (r *Row) ProgramUpdate() string {
	if r.parsed == nil {
		return ""
	}
	return r.parsed.update
}

// Again judges a row's stack on another state of its host, trust included.
func (j *Judge) Again(v *host.View, r *Row, d Demand) Verdict {
	verdict, _ := j.AgainMissing(v, r, d)
	return verdict
}

// AgainMissing is Again, with the facts that are missing if it is unknown.
func (j *Judge) AgainMissing(v *host.View, r *Row, d Demand) (Verdict, []stack.Missing) {
	if r.old {
		return Fails, nil
	}
	if r.parsed == nil {
		return r.Verdict, r.Missing
	}
	again := (&onView{Judge: j, view: v, bare: true}).at(r.parsed, &d, d.At)
	if again.Verdict != Connects {
		return again.Verdict, again.Missing
	}
	switch answer, _, _ := j.Model.Trust(v, d.Roots, d.AllRoots); answer {
	case tlsready.No:
		return Fails, nil
	case tlsready.Unknown:
		return Unknown, nil
	}
	return Connects, nil
}

// Only is the verdict of a host alone, without the dates and reasons that
// [Judge.Host] gives.
func (j *Judge) Only(v *host.View, callers []*caller.Caller, d Demand) Verdict {
	return j.Bare(v, callers, d.Today()).Verdict
}
