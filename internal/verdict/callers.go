package verdict

import (
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// Installed picks the callers of a service that are on the host. Generic callers always are.
// found is false if the host's programs are known and none of the service's is among them. A
// warning is given if they are not known.
func Installed(v *host.View, all []*caller.Caller) (here []*caller.Caller, found bool, warnings []stack.Fired) {
	asked := true
	for _, c := range all {
		if !c.Recognisable() {
			here = append(here, c)
			continue
		}
		_, present, known := c.Installed(v)
		if present || !known {
			here = append(here, c)
		}
		asked = asked && known
	}
	if !asked {
		warnings = append(warnings, stack.Fired{Rule: "programs-not-asked"})
	}
	return here, len(here) > 0, warnings
}

// Exposure is what the operating system alone says of a service: whether any of
// the callers could fail with nothing set and no update known.
func (j *Judge) Exposure(os host.OS, callers []*caller.Caller, d Demand) string {
	bare := host.NewView(&host.Snapshot{OS: os, Covered: []string{"HKLM", "HKCU"}})
	d.Roots, d.Intermediates = nil, nil
	out := j.Host(bare, callers, d)
	for _, r := range out.Rows {
		if r.Verdict != Connects && r.Cause != OutOfScope && r.Cause != InstallerGate {
			return Possible
		}
	}
	return NoneByDefault
}

// The two exposures.
const (
	Possible      = "possible"
	NoneByDefault = "none-by-default"
)
