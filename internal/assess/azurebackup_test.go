package assess_test

import (
	"testing"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/cases"
)

func profile(t *testing.T, id string) *service.Profile {
	t.Helper()
	p, ok, err := service.ByID(id)
	if !ok || err != nil {
		t.Fatal(id, err)
	}
	return p
}

func checkService(t *testing.T, id string, named []string, snapshot []byte) document.Check {
	t.Helper()
	return check(t, profile(t, id), named, snapshot, cases.AzureBackupDay)
}

// TestSixValuesAlone proves of the judgement what cases.SixValuesAlone says.
func TestSixValuesAlone(t *testing.T) { cases.SixValuesAlone(t, checkService) }

// TestPortalDemonstration proves of the judgement what cases.PortalDemonstration
// says.
func TestPortalDemonstration(t *testing.T) { cases.PortalDemonstration(t, checkService) }

// TestAnnouncement proves that the guide of azure-backup says what was announced.
func TestAnnouncement(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	a, err := assess.New(model)
	if err != nil {
		t.Fatal(err)
	}
	on, err := service.ParseDate(cases.AzureBackupDay)
	if err != nil {
		t.Fatal(err)
	}
	today, err := service.ParseDate("2021-06-15")
	if err != nil {
		t.Fatal(err)
	}
	p := profile(t, "azure-backup")
	d := assess.Demanded{Profile: p, Demand: assess.DemandOf(p, on), Callers: callers(t, p, nil)}
	cases.Announcement(t, a.Guide(d, assess.ServiceOf(p, d.Demand, on, today), &assess.Writer{Words: message.For("en"), Model: model}))
}
