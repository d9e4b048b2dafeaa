package verdict

import (
	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// trustRows takes the last step: rows that would connect fail, or become unknown, if the host
// does not, or may not, trust the server's chain.
func (j *Judge) trustRows(v *host.View, d Demand, out *Judgement) {
	answer, missing, fired := j.Model.Trust(v, d.Roots, d.AllRoots)
	if fired.Rule == "root-not-asked" {
		out.Warnings = append(out.Warnings, fired)
	}
	if stack.LacksIntermediate(v, d.Intermediates) {
		out.Warnings = append(out.Warnings, stack.Fired{Rule: "intermediate-missing"})
	}
	for i := range out.Rows {
		r := &out.Rows[i]
		if r.Cause == OutOfScope {
			continue
		}
		if answer != tlsready.Yes {
			r.Roots = missing
		}
		if r.Verdict != Connects || fired.Rule == "" {
			continue
		}
		switch answer {
		case tlsready.No:
			r.Verdict, r.Cause, r.Step = Fails, CertificateTrust, tlsready.StepCertificate
			r.FailsFrom = d.Phases[d.At].From
			r.Fired = append(r.Fired, fired)
		case tlsready.Unknown:
			r.Verdict, r.Cause, r.FailsFrom = Unknown, NotAsked, ""
			r.Fired = append(r.Fired, fired)
		default:
			if fired.Rule == "root-present" {
				r.Fired = append(r.Fired, fired)
			}
		}
	}
}
