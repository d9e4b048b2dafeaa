package page

import (
	"cmp"
	"slices"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// Start is what the first screen offers.
type Start struct {
	Services []Service `json:"services"` // the nearest deadline first
	Systems  []string  `json:"systems"`  // names of Windows, the newest first
	AsOf     string    `json:"asOf"`     // the newest day as of which a service's dates were looked up
}

// Service is a service to choose.
type Service struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Day  string `json:"day"`  // the deadline, "" if there is none
	Days string `json:"days"` // in words: how many are left
	Note string `json:"note"` // how certain the day is
}

// Start lists what can be chosen.
func (s *Session) Start(today, lang string) (*Start, error) {
	now, err := day(today)
	if err != nil {
		return nil, err
	}
	known, err := listed()
	if err != nil {
		return nil, err
	}
	start := &Start{Systems: known.Systems}
	rows := known.Services
	for i := range rows {
		rows[i] = assess.DaysLeft(rows[i], now)
	}
	slices.SortStableFunc(rows, func(a, b document.ListedService) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(abs(a.DaysLeft), abs(b.DaysLeft)), cmp.Compare(a.ID, b.ID))
	})
	words := view.NewWords(lang)
	for _, r := range rows {
		as := document.Service{ID: r.ID, Name: r.Name, From: r.Deadline, Status: r.Status, Timezone: r.Timezone, DaysLeft: r.DaysLeft, AsOf: r.AsOf}
		start.AsOf = max(start.AsOf, r.AsOf)
		start.Services = append(start.Services, Service{ID: r.ID, Name: words.ServiceName(&as), Day: r.Deadline, Days: words.Days(&as), Note: words.Certainty(&as)})
	}
	return start, nil
}

// order puts deadlines to come before those that have passed, and both before services
// without one.
func order(r document.ListedService) int {
	switch {
	case r.DaysLeft == nil:
		return 2
	case *r.DaysLeft < 0:
		return 1
	}
	return 0
}

func abs(days *int) int {
	if days == nil {
		return 0
	}
	return max(*days, -*days)
}
