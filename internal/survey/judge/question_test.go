package judge

import (
	"errors"
	"testing"
	"time"

	"tlsready/internal/service"
)

// Proves which day is judged, what is asked without services, and that a mistake in
// what is named is one.
func TestQuestion(t *testing.T) {
	today := service.Date{Time: time.Date(2021, 6, 15, 0, 0, 0, 0, time.UTC)}
	j, err := Question{Services: []string{"azure-backup"}, Today: today}.Judging(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if j.On.String() != "2021-09-01" || len(j.Asked()) != 1 || j.Assessor.Auto != nil {
		t.Errorf("on %s, %d asked", j.On, len(j.Asked()))
	}
	if j, err = (Question{Today: today}).Judging(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j.On != today || len(j.Assessor.Services) != 1 || j.Assessor.Services[0].Demand.Service != GenericService || len(j.Assessor.Auto) != len(service.IDs())-1 {
		t.Errorf("on %s, %d services and %d by program", j.On, len(j.Assessor.Services), len(j.Assessor.Auto))
	}
	if j, err = (Question{Today: today, Callers: []string{"winhttp-x64"}}).Judging(t.Context()); err != nil || j.Assessor.Auto != nil || !j.Assessor.Services[0].Explicit {
		t.Errorf("a caller that was named: %+v, %v", j, err)
	}
	for name, q := range map[string]Question{
		"service": {Services: []string{"none-such"}},
		"server":  {Services: []string{ServerPrefix + "none.json"}},
		"caller":  {Callers: []string{"none-such"}},
		"recipe":  {Recipe: "none.reg"},
	} {
		var wrong *Mistake
		if _, err := q.Judging(t.Context()); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
