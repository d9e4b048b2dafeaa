package assess

import (
	"tlsready/internal/host"
	"tlsready/internal/verdict"
)

// Outcome is how a host stands with a service.
type Outcome struct {
	Verdict verdict.Verdict
	Cause   verdict.Cause // of the verdict
}

// Outcomes are the verdicts of [Assessor.Assess] alone, for those who ask about a whole
// fleet and show numbers: without reasons, without other days and without a fix a host
// takes a tenth of the time. A recipe that is taken as run is not looked at.
func (a *Assessor) Outcomes(v *host.View) []Outcome {
	if a.AssumeUpdates {
		v = v.AssumingUpdates()
	}
	var list []Outcome
	for _, d := range a.asked(v) {
		callers := d.Callers
		if !d.Explicit {
			var found bool
			if callers, found, _ = verdict.Installed(v, d.Callers); !found {
				list = append(list, Outcome{Verdict: verdict.NotInstalled})
				continue
			}
		}
		judged := a.Fixer.Judge.Bare(v, callers, d.Demand.Today())
		list = append(list, Outcome{judged.Verdict, judged.Cause})
	}
	return list
}
