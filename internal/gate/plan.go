package gate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// The plans, named after what they are good for. Each follows what providers did
// (docs/gate.md names them).
const (
	Quick   = "quick"   // after GitHub and npm: the owners of the clients can be reached
	Careful = "careful" // after Stripe, NuGet, PayPal, Slack: many customers on three continents
	Ramp    = "ramp"    // after PyPI: unknown machines, and no list of contacts
)

// Plans lists them.
func Plans() []string { return []string{Quick, Careful, Ramp} }

// Draft is a plan as its owner asks for it.
type Draft struct {
	Like     string
	On       service.Date // the day on which old clients are shut out
	Listen   string
	Upstream string
	Divert   string // the server that tells old clients in words; "" leaves the stage out
	Minimum  tlsready.Version
	Zone     string // "" for the machine's own
	// Sandbox and New are routes that go first, Legacy one that takes old clients longer;
	// each is left out without a name.
	Sandbox, New, Legacy NamedRoute
}

// NamedRoute is a server name and where its connections go.
type NamedRoute struct{ Name, Upstream string }

// DefaultMinimum is what a plan demands that does not say it.
const DefaultMinimum = "TLS 1.2"

// ParseMinimum reads the version that a plan demands.
func ParseMinimum(s string) (tlsready.Version, error) { return tlsready.ParseVersion(s) }

// ParseNamedRoute reads NAME=HOST:PORT.
func ParseNamedRoute(s string) (NamedRoute, error) {
	name, upstream, ok := strings.Cut(s, "=")
	if !ok {
		return NamedRoute{}, message.Error("gate.plan.route", message.Quote("text", s)).Hinted("gate.hint.plan-route")
	}
	r := NamedRoute{}
	var err error
	if r.Name, err = sniPattern(name); err != nil {
		return r, err
	}
	r.Upstream, err = endpoint(upstream)
	return r, err
}

// CheckEndpoint says what is wrong with HOST:PORT, and CheckAddress with ADDRESS:PORT to
// listen on; nil if nothing is.
func CheckEndpoint(s string) error {
	_, err := endpoint(s)
	return err
}

// CheckAddress is described at [CheckEndpoint].
func CheckAddress(s string) error {
	_, err := address(s)
	return err
}

// planned is a stage of a plan in days before its day; to is 0 where the stage does not
// end.
type planned struct {
	from, to int
	mode     Mode
	windows  []string
	scatter  bool
}

// The day that stands for the last one in planned.
const theDay = 0

// course of the plans, without those of routes.
func (d *Draft) planned() []planned {
	switch d.Like {
	case Quick:
		return []planned{
			{from: 60, mode: Observe},
			{from: 41, mode: Flag},
			{from: 12, to: 11, mode: Brownout, windows: []string{"05:00-06:00"}},
			{from: 7, to: 6, mode: Brownout, windows: []string{"10:00-11:00", "18:00-19:00"}},
			{from: 5, to: 4, mode: Brownout, windows: []string{"13:00-19:00"}},
			{from: theDay, mode: Enforce},
		}
	case Careful:
		return []planned{
			{from: 365, mode: Observe},
			{from: 203, mode: Flag},
			{from: 110, to: 109, mode: Brownout, windows: []string{"00:00-04:00", "08:00-12:00", "16:00-20:00"}},
			{from: 49, to: 14, mode: Brownout, windows: []string{"tue 09:00-10:00", "wed 17:00-18:00", "thu 01:00-02:00"}},
			{from: 14, to: 13, mode: Brownout},
			{from: theDay, mode: Enforce},
		}
	}
	stages := []planned{
		{from: 60, mode: Observe},
		{from: 17, to: 14, mode: Brownout, scatter: true, windows: []string{"hourly :00-:10"}},
		{from: 14, to: 11, mode: Brownout, scatter: true, windows: []string{"hourly :00-:15"}},
		{from: 11, to: 8, mode: Brownout, scatter: true, windows: []string{"hourly :00-:15", "hourly :30-:35"}},
		{from: 8, to: 5, mode: Brownout, scatter: true, windows: []string{"hourly :00-:15", "hourly :30-:40"}},
		{from: 5, to: 2, mode: Brownout, scatter: true, windows: []string{"hourly :00-:15", "hourly :30-:45"}},
		{from: 2, to: theDay, mode: Brownout, scatter: true, windows: []string{"hourly :00-:20", "hourly :30-:50"}},
	}
	if d.Divert == "" {
		return append(stages, planned{from: theDay, mode: Enforce})
	}
	return append(stages, planned{from: theDay, mode: Divert}, planned{from: -2, mode: Enforce})
}

// How many days before the day groups go first, and how many after it exceptions end.
const (
	newBefore      = 150
	sandboxBefore  = 114
	legacyAfter    = 180
	exemptionAfter = 30
)

// Check says what does not fit together: routes that go first belong to the plan careful,
// and divert to ramp.
func (d *Draft) Check() error {
	only := func(flag, plan string) error {
		return message.Error("gate.plan.only", message.Str("flag", flag), message.Str("plan", plan), message.Str("like", d.Like)).Hinted("gate.hint.plan-only", message.Str("plan", plan))
	}
	switch {
	case !slices.Contains(Plans(), d.Like):
		return message.Error("gate.plan.like", message.Quote("text", d.Like), message.Str("known", strings.Join(Plans(), ", ")))
	case d.Sandbox.Name != "" && d.Like != Careful:
		return only("--sandbox", Careful)
	case d.New.Name != "" && d.Like != Careful:
		return only("--new", Careful)
	case d.Legacy.Name != "" && d.Like != Careful:
		return only("--legacy", Careful)
	case d.Divert != "" && d.Like != Ramp:
		return only("--divert", Ramp)
	case d.On.Year() < firstYear+2 || d.On.Year() > lastYear-1:
		return message.Error("gate.config.year", message.Quote("text", d.On.String()), message.Int("first", firstYear+2), message.Int("last", lastYear-1))
	}
	return nil
}

// YAML writes the plan as a configuration, with remarks in the words' language. What it
// gives has been read back.
func (d *Draft) YAML(words *message.Catalog) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	remark := func(id string, args ...message.Arg) {
		for text := range strings.Lines(words.Text("gate.plan."+id, args...)) {
			line("# %s", strings.TrimRight(text, "\n"))
		}
	}
	remark("head", message.Str("plan", d.Like), message.Str("after", words.Text("gate.plan.after-"+d.Like)), message.Str("date", d.On.String()))
	line("schema: %s\nlisten: %s\nupstream: %s\nminimum: %s", Schema, quoted(d.Listen), quoted(d.Upstream), d.Minimum)
	if d.Zone != "" {
		line("timezone: %s", d.Zone)
	} else {
		remark("zone")
	}
	line("\nstages:")
	for _, s := range d.planned() {
		line("  - %s  # %s", d.stage(s), d.distance(s.from))
	}
	d.routes(line, remark)
	line("")
	remark("exemptions")
	line("# exemptions:\n#   - {cidr: 203.0.113.0/24, until: %s, reason: \"ticket 4711\", owner: ops@example.com}  # %s", d.before(-exemptionAfter), d.distance(-exemptionAfter))
	text := []byte(b.String())
	if _, err := (Reading{Local: time.UTC}).Parse(text); err != nil {
		return nil, err
	}
	return text, nil
}

func (d *Draft) routes(line func(string, ...any), remark func(string, ...message.Arg)) {
	if d.New.Name+d.Sandbox.Name+d.Legacy.Name == "" {
		return
	}
	line("\nroutes:")
	for _, first := range []struct {
		NamedRoute
		days int
	}{{d.New, newBefore}, {d.Sandbox, sandboxBefore}} {
		if first.Name != "" {
			line("  - {sni: %s, upstream: %s, stages: [{from: %s, mode: enforce}]}  # %s", quoted(first.Name), quoted(first.Upstream), d.before(first.days), d.distance(first.days))
		}
	}
	if d.Legacy.Name != "" {
		line("  - {sni: %s, upstream: %s, minimum: %s, until: %s}  # %s", quoted(d.Legacy.Name), quoted(d.Legacy.Upstream), tlsready.TLS10, d.before(-legacyAfter), d.distance(-legacyAfter))
	}
}

// before is the day so many days before the plan's.
func (d *Draft) before(days int) service.Date { return service.Date{Time: d.On.AddDate(0, 0, -days)} }

// distance says how far before or after the day a day lies.
func (d *Draft) distance(days int) string {
	switch {
	case days > 0:
		return fmt.Sprintf("T-%dd", days)
	case days < 0:
		return fmt.Sprintf("T+%dd", -days)
	}
	return "T"
}

func (d *Draft) stage(s planned) string {
	parts := []string{"from: " + d.before(s.from).String()}
	if s.mode == Brownout {
		parts = append(parts, "to: "+d.before(s.to).String())
	}
	parts = append(parts, "mode: "+string(s.mode))
	if len(s.windows) > 0 {
		list := make([]string, len(s.windows))
		for i, w := range s.windows {
			list[i] = quoted(w)
		}
		parts = append(parts, "windows: ["+strings.Join(list, ", ")+"]")
	}
	if s.scatter {
		parts = append(parts, "scatter: true")
	}
	if s.mode == Divert {
		parts = append(parts, "upstream: "+quoted(d.Divert))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// quoted writes a text in a form that YAML reads back whatever it contains: as it is, or as
// a JSON string.
func quoted(s string) string {
	if !strings.ContainsAny(s, "*[]{}, ") && !strings.HasPrefix(s, ":") {
		return s // a name, or an endpoint: its colon has no blank after it
	}
	text, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be written
	}
	return string(text)
}
