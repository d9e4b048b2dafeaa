package results

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsready/internal/assess"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/store"
)

// Asked is what a run asks of every host.
type Asked struct {
	On, Today service.Date
	Callers   []string       // as the user named them; nil: those of the services
	Writer    *assess.Writer // in English
}

// Host is what was found of a host. Exactly one of snapshot and unreadable is given. What
// has no time of its own counts for the day, so that a run that is repeated is the same.
func (a Asked) Host(id string, snapshot *host.Snapshot, unreadable error, judged []*assess.Judged) store.HostResult {
	h := store.HostResult{ID: id, At: a.Today.Time, Settings: snapshot}
	if unreadable != nil {
		h.Error = message.English(message.CauseOf(unreadable))
	} else if !snapshot.CollectedAt.IsZero() {
		h.At = snapshot.CollectedAt
	}
	for _, j := range judged {
		h.Outcomes = append(h.Outcomes, store.JudgedService{
			Series: a.series(j.Demand.Service), Day: store.Day(a.Today.String()),
			Outcome: store.Outcome{Host: a.Writer.Host(j), Rows: a.Writer.Rows(j)},
		})
	}
	return h
}

// series is the question that a run asks of a service.
func (a Asked) series(service string) store.Series {
	s := store.Series{Service: service, On: a.On.String()}
	if s.On == a.Today.String() {
		s.On = ""
	}
	callers := slices.Clone(a.Callers)
	slices.Sort(callers)
	s.Callers = strings.Join(callers, ",")
	return s
}

// Fixes are the fixes of a host that were written or applied.
func Fixes(judged []*assess.Judged, state store.FixState, at time.Time, w *assess.Writer) (list []store.Fix) {
	for _, j := range judged {
		if j.Err != nil {
			continue
		}
		if h := w.Host(j); len(h.Changes) > 0 {
			list = append(list, store.Fix{Host: j.ID, Service: j.Demand.Service, State: state, At: at, Changes: h.Changes})
		}
	}
	slices.SortFunc(list, func(a, b store.Fix) int { return cmp.Compare(a.Service, b.Service) })
	return list
}
