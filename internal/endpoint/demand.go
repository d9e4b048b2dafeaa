package endpoint

import (
	"slices"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/verdict"
)

// Demand is what a name asks of clients, by what its addresses accept: a client may
// meet any of them, so what not all of them accept is not accepted. It is for at least
// one endpoint, none with an error.
func Demand(service string, addresses []*document.Endpoint) verdict.Demand {
	common := addresses[0].Acceptance()
	for _, e := range addresses[1:] {
		common = common.Common(e.Acceptance())
	}
	return verdict.Demand{Service: service, Roots: commonRoots(addresses), Phases: []verdict.Phase{{Accepts: flat(common)}}}
}

// flat lists the suites of all versions together if they are all known, for the
// reader; the suites by version decide.
func flat(a tlsready.Acceptance) tlsready.Acceptance {
	var list []tlsready.Suite
	for _, v := range slices.Backward(a.Versions.List()) {
		axis := a.SuitesOf[v]
		if axis.IsAny() || axis.IsUnknown() || len(axis.Open()) > 0 {
			return a
		}
		for _, s := range axis.List() {
			if !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	if len(list) > 0 {
		a.Suites = tlsready.Only(list...)
	}
	return a
}
