package export_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/internal/gate/export/envoy"
	"tlsready/internal/gate/export/exporttest"
	"tlsready/internal/gate/export/haproxy"
	"tlsready/internal/gate/export/nginx"
	"tlsready/internal/message"
)

// Proves that the moments and cases that engines are given come to the same as the plan's
// own judgement, at random times, for random clients.
func TestPlanIsThePlan(t *testing.T) {
	p := exporttest.Plan(t, exporttest.Full)
	random := rand.New(rand.NewPCG(3, 4))
	begin := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for range 20000 {
		now := begin.Add(time.Duration(random.Int64N(int64(13 * 31 * 24 * time.Hour)))).Truncate(time.Second)
		versions := tlsready.Versions()
		h := &gate.Hello{Max: versions[random.IntN(len(versions))]}
		if random.IntN(8) == 0 {
			h = nil
		}
		from := netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(256))})
		want := p.Decide(now, h, from)
		state := at(p.Schedules[0], now)
		got := gate.Pass
		chosen := !state.Shares() || p.Decide(now, &gate.Hello{Max: tlsready.TLS10}, from).Action == gate.Reject
		for _, c := range state.Cases() {
			if c.Hello == (h != nil) && c.Refused == want.Refused && !c.Exempt && c.Chosen == chosen {
				got = c.Action
			}
		}
		if got != want.Action || state.Mode != want.Mode {
			t.Fatalf("%s: %v gets %s in %s, want %s in %s", now, h, got, state.Code(), want.Action, want.Mode)
		}
	}
}

func at(s export.Schedule, now time.Time) export.State {
	for _, step := range s.Steps {
		if !now.Before(step.From) && (step.To.IsZero() || now.Before(step.To)) {
			return step.State
		}
	}
	return export.State{}
}

// Proves that a window that comes for ever is written for a year, is not left open after
// that, and that the file says so; and that a plan without stages is exported.
func TestForever(t *testing.T) {
	p := exporttest.Plan(t, "schema: tlsready.gate/v1\nlisten: :443\nupstream: 192.0.2.10:443\ntimezone: UTC\nstages: [{from: 2027-01-01, mode: brownout, windows: [\"00:00-23:59\"]}]\n")
	steps := p.Schedules[0].Steps
	if last := steps[len(steps)-1]; last.Rejecting || len(steps) < 2*365 || p.Cut.Year() != 2028 {
		t.Errorf("%d steps, cut at %s, at last %+v", len(steps), p.Cut, last)
	}
	if lacks := p.Common(); len(lacks) != 1 || lacks[0].ID != "gate.export.lack-cut" {
		t.Errorf("%+v", lacks)
	}
	if p := exporttest.Plan(t, "schema: tlsready.gate/v1\nlisten: :443\nupstream: 192.0.2.10:443\n"); len(p.Schedules) != 1 || len(p.States()) != 1 {
		t.Errorf("without stages: %+v", p.Schedules)
	}
}

// Proves that what no proxy can run is refused with a hint: more windows than it can read,
// and a hello that comes after STARTTLS.
func TestRefused(t *testing.T) {
	config, err := gate.Reading{Local: time.UTC}.Parse([]byte("schema: tlsready.gate/v1\nlisten: :443\nupstream: 192.0.2.10:443\nstages: [{from: 2020-01-01, mode: brownout, windows: [\"hourly :00-:10\"]}, {from: 2030-01-01, mode: enforce}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.New(config, "gate.yaml", export.DefaultRefuse()); !hinted(err, "windows") {
		t.Error(err)
	}
	p := exporttest.Plan(t, "schema: tlsready.gate/v1\nlisten: :25\nupstream: 192.0.2.10:25\nprotocol: smtp\n")
	for _, e := range []export.Engine{haproxy.Engine{}, nginx.Engine{}, envoy.Engine{}} {
		if _, err := e.Files(p, message.For("en")); !hinted(err, "STARTTLS") {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

func hinted(err error, word string) bool {
	var p *message.Problem
	if !errors.As(err, &p) {
		return false
	}
	what, hint := message.For("en").Problem(p)
	return strings.Contains(what, word) && hint != ""
}

// Proves that a plan that names no zone is written with the abbreviations of the
// machine's zone, and not with Go's word "Local".
func TestZoneName(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for want, config := range map[string]*gate.Config{
		"UTC (UTC+00:00)":                   {Location: time.UTC},
		"CET (UTC+01:00), CEST (UTC+02:00)": {Location: berlin},
		"Asia/Tokyo":                        {Location: time.FixedZone("JST", 9*3600), Zone: "Asia/Tokyo"},
	} {
		if got := (&export.Plan{Config: config}).ZoneName(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
