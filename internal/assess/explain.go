package assess

import (
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Explain judges callers of every stack on one host, for the first service that the
// assessor asks about, and says where a rule affected the verdict.
func (a *Assessor) Explain(rule string, s *host.Snapshot, w *Writer) ([]document.RuleOnHost, error) {
	d := a.Services[0]
	callers, err := ofEveryStack()
	if err != nil {
		return nil, err
	}
	d.Callers, d.Explicit = callers, true
	alone := Assessor{Fixer: a.Fixer, near: a.near, Services: []Demanded{d}}
	judged, err := alone.Assess("host", s)
	if err != nil {
		return nil, err
	}
	found := []document.RuleOnHost{}
	for _, j := range judged {
		for _, row := range w.Rows(j) {
			for _, reason := range row.Reasons {
				if reason.Rule == rule {
					found = append(found, document.RuleOnHost{Caller: row.Caller, Stack: row.Stack, Verdict: row.Verdict, Text: reason.Text, Evidence: reason.Evidence})
				}
			}
		}
	}
	return found, nil
}

// ofEveryStack are callers that use every stack there is.
func ofEveryStack() ([]*caller.Caller, error) {
	var list []*caller.Caller
	for _, id := range []string{
		"schannel", "winhttp-x64", "winhttp-x86", "wininet", "dotnet-3.5-x64", "dotnet-3.5-x86", "dotnet-4.5.2-x64", "dotnet-4.5.2-x86",
		"dotnet-4.7.2-x64", "dotnet-4.7.2-x86", "wcf-tcp-4.5.2", "wcf-tcp-4.7.2", "powershell-5.1-x64",
	} {
		c, _, err := caller.ByID(id)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}
