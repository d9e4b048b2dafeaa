package gate

import (
	"net/netip"
	"time"
)

// Trial is a stage as it would have treated the traffic of another time.
type Trial struct {
	Route string // whose stage it is: [DefaultRoute], or a name with stages of its own
	Stage *Stage

	c    *Config
	now  Now
	week *Week // of a brownout
}

// Trials are the stages of a plan, those of the default route first. A stage that is never
// in force is left out, and so is one that rejects and diverts nobody: it changes nothing.
func (c *Config) Trials() []*Trial {
	var list []*Trial
	for _, p := range c.plans() {
		flagging := false
		for i := range p.stages {
			s := &p.stages[i]
			flagging = flagging || s.Mode == Flag
			if t := (&Trial{Route: p.name, Stage: s, c: c, now: Now{Stage: s, Mode: s.Mode, Flagging: flagging}}); t.begin(p.stages) {
				list = append(list, t)
			}
		}
	}
	return list
}

// begin learns when the stage is in force.
func (t *Trial) begin(stages []Stage) bool {
	s := t.Stage
	if s.Mode == Observe || s.Mode == Flag {
		return false
	}
	end := s.To
	if end.IsZero() {
		end = s.From.AddDate(0, 0, 8) // a week of what goes on
		if last := Ends(stages); last.After(end) {
			end = last
		}
	}
	t.week = &Week{zone: t.c.Location}
	held := false
	for _, x := range course(stages, s.From, end, t.c.Location, MaxSpans) {
		if x.Stage != s {
			continue
		}
		if held = true; x.Rejecting && s.Mode == Brownout {
			t.week.add(x)
		}
	}
	return held
}

// Concerns says whether a client that asks for a name is treated by the plan that the stage
// belongs to.
func (t *Trial) Concerns(serverName string) bool {
	route, _ := t.c.route(t.Stage.From, serverName)
	if route == nil || !route.Own {
		return t.Route == DefaultRoute
	}
	return t.Route == route.SNI
}

// Decide says what the stage would have done to a client that was seen at a moment, if it
// came at the same time of the same day of a week in which the stage is in force. Exemptions
// and names count as of the stage's beginning.
func (t *Trial) Decide(seen time.Time, h *Hello, client netip.Addr) Decision {
	route, _ := t.c.route(t.Stage.From, h.name())
	now := t.now
	now.Rejecting = now.Mode == Enforce || now.Mode == Brownout && t.week.Meets(seen)
	return t.c.decide(now, route, t.Stage.From, h, client)
}

// Refuses says whether what a client offers is less than what is demanded of it in the end,
// on the route of the name that it asks for.
func (c *Config) Refuses(h *Hello) bool {
	end := Ends(c.Stages)
	route, _ := c.route(end, h.name())
	demand := c.Demand
	if route != nil {
		demand = route.Demand
	}
	refused, _ := demand.refuses(h)
	return refused
}
