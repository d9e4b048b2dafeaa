package judges

import (
	"cmp"
	"slices"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/service"
	"tlsready/internal/store"
)

// Service is what a series asks of the hosts. One that this program does not know has its
// id alone.
func Service(s store.Series, today service.Date) document.Service {
	p, ok, err := service.ByID(s.Service)
	if !ok || err != nil {
		return document.Service{ID: s.Service, Name: map[string]string{"en": s.Service}}
	}
	on, err := service.ParseDate(s.On)
	if err != nil {
		on = today
	}
	return assess.ServiceOf(p, assess.DemandOf(p, on), on, today)
}

// Services are those that can be asked about, the most urgent first, each as of its last
// phase.
func Services(today service.Date) ([]document.Service, error) {
	list := []document.Service{}
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			return nil, err
		}
		on := p.Last().From
		list = append(list, assess.ServiceOf(p, assess.DemandOf(p, on), on, today))
	}
	slices.SortFunc(list, func(a, b document.Service) int { return ByUrgency(&a, &b) })
	return list, nil
}

// ByUrgency orders services: those to come first, the nearest before the others, then those
// that have passed, then those without a day.
func ByUrgency(a, b *document.Service) int {
	order := func(s *document.Service) (int, int) {
		switch {
		case s.DaysLeft == nil:
			return 2, 0
		case *s.DaysLeft < 0:
			return 1, -*s.DaysLeft
		}
		return 0, *s.DaysLeft
	}
	ka, da := order(a)
	kb, db := order(b)
	return cmp.Or(cmp.Compare(ka, kb), cmp.Compare(da, db), cmp.Compare(a.ID, b.ID))
}
