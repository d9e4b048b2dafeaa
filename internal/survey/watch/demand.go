package watch

import (
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/clients"
	"tlsready/internal/service"
	"tlsready/internal/survey/judge"
)

// Demand is what a service takes on a day: an id or a profile file, "" for TLS 1.2 and
// later. Without a day it is the beginning of the last phase, or today if that is later.
// An error is a [survey.Mistake].
func Demand(named string, on, today service.Date) (clients.Demand, error) {
	if named == "" {
		named = judge.GenericService
	}
	if strings.HasPrefix(named, judge.ServerPrefix) {
		return clients.Demand{}, mistake("service")
	}
	p, err := judge.Service(named)
	if err != nil {
		return clients.Demand{}, err
	}
	if on.IsZero() {
		if on = today; p.Last().From.After(on.Time) {
			on = p.Last().From
		}
	}
	d := assess.DemandOf(p, on)
	return clients.Demand{Service: assess.ServiceOf(p, d, on, today), On: on.String(), Accepts: d.Now()}, nil
}
