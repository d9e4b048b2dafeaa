package survey

import (
	"context"
	"iter"
	"os"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/verdict"
)

// Result is what became of one machine; the words are those of the JSON lines.
type Result string

// The results.
const (
	Changed    Result = "changed"    // and the undo file is there
	Unchanged  Result = "unchanged"  // it was as it should be already
	Untouched  Result = "untouched"  // the change failed; everything is as before
	Half       Result = "half"       // the change failed, and not everything could be put back
	Unreadable Result = "unreadable" // it could not be read, so nothing was tried
	NotBegun   Result = "notBegun"   // the run ended before
)

// MachineResult is what is known of one machine at the end.
type MachineResult struct {
	Host      string
	URL       string // by which the machine was reached; "" if nothing was tried
	Result    Result
	Undo      string           // path of the undo file; "" if none is needed
	Verdict   verdict.Verdict  // after the change; "" if it was not judged
	Problem   *message.Problem // what went wrong; nil if nothing did
	Restart   recipe.Restart   // what has to start anew before the changes hold
	NotJudged error            // the changes are made, but the machine could not be judged again
	Values    int              // that were changed
	Keys      int              // that were created
}

// Apply changes the machines one after the other, and gives what became of each as
// it is done; one that fails does not stop the others. Machines that the end of ctx
// leaves are NotBegun. An error is a defect of the program or a folder that cannot
// be made.
func (a *Applier) Apply(ctx context.Context, plans []*MachinePlan) iter.Seq2[MachineResult, error] {
	return func(yield func(MachineResult, error) bool) {
		if a.Dir != "" {
			if err := os.MkdirAll(a.Dir, 0o755); err != nil {
				yield(MachineResult{}, cannotWrite(a.Dir, err))
				return
			}
		}
		done := 0
		s := Stream[*MachinePlan, MachineResult]{Workers: 1, Work: func(ctx context.Context, p *MachinePlan) (MachineResult, error) { return a.one(ctx, p), nil }}
		for r, err := range s.Each(ctx, planned(plans)) {
			if err != nil && ctx.Err() == nil {
				yield(r, err)
				return
			}
			if err != nil {
				break
			}
			if done++; !yield(r, nil) {
				return
			}
		}
		for _, p := range plans[done:] {
			if !yield(MachineResult{Host: p.ID, Result: NotBegun}, nil) {
				return
			}
		}
	}
}

func planned(plans []*MachinePlan) func(context.Context) iter.Seq2[*MachinePlan, error] {
	return func(context.Context) iter.Seq2[*MachinePlan, error] {
		return func(yield func(*MachinePlan, error) bool) {
			for _, p := range plans {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// one changes one machine.
func (a *Applier) one(ctx context.Context, p *MachinePlan) MachineResult {
	r := MachineResult{Host: p.ID, URL: p.URL, Result: Untouched, Restart: p.Restart}
	l := &line{open: p.Open}
	defer l.close()
	first, err := l.again(ctx)
	if err != nil {
		r.Problem = unreached(p.Machine, err)
		return r
	}
	report, err := apply.Apply(ctx, first, apply.Request{
		Host: p.ID, Source: p.URL, Changes: p.Changes, Undo: p.Undo, Now: a.Now, Reopen: l.again,
		Judge: func(ctx context.Context) (err error) {
			r.Verdict, err = a.Judging.Again(ctx, p.URL)
			return err
		},
	})
	if err != nil {
		r.Result, r.Undo, r.Problem = a.applyProblem(p.Machine, err)
		return r
	}
	r.Result, r.Undo, r.Values, r.Keys = Changed, report.Undo, len(report.Changed), len(report.Created)
	if report.Undo == "" {
		r.Result = Unchanged
	}
	if r.NotJudged = report.Judge; r.NotJudged != nil {
		r.Verdict = verdict.Unknown
	}
	return r
}
