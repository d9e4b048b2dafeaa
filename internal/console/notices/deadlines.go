// Package notices tells other programs, by webhooks, what people should not find out too
// late: that a deadline is near and hosts are not ready, and that a host which was ready
// has fallen back.
package notices

import (
	"context"
	"time"

	"tlsready/internal/service"
	"tlsready/internal/store"
)

// Deadline is how the hosts of a series stand, and how long it is until the day for which
// they are judged.
type Deadline struct {
	store.Total
	Date service.Date // zero if the series has none
	Days int          // until then; negative once it has passed
}

// Deadlines are those of a tenant.
func Deadlines(ctx context.Context, s store.Store, now time.Time) ([]Deadline, error) {
	y, m, d := now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	totals, err := s.Totals(ctx, store.DayOf(today))
	if err != nil {
		return nil, err
	}
	list := make([]Deadline, len(totals))
	for i, t := range totals {
		list[i].Total = t
		if list[i].Date = dateOf(t.Series); !list[i].Date.IsZero() {
			list[i].Days = int(list[i].Date.Sub(today).Hours() / 24)
		}
	}
	return list, nil
}

// dateOf is the day for which a series is judged: what was asked for, else that of the
// service's last phase. A service that is not built in has its day in the series.
func dateOf(s store.Series) service.Date {
	if s.On != "" {
		if d, err := service.ParseDate(s.On); err == nil {
			return d
		}
	}
	if p, ok, err := service.ByID(s.Service); ok && err == nil {
		return p.Last().From
	}
	return service.Date{}
}
