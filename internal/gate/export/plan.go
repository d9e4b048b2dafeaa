package export

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/message"
)

// Plan is a plan in the form that engines need: no windows, zones or days, but moments.
type Plan struct {
	*gate.Config
	Name string // of its file
	// Refuse is where on this machine the refused clients go: a listener for each minimum,
	// from this port on, which writes the alert.
	Refuse Local
	// Routes are those by server name in the order in which they are tried, the default
	// one last.
	Routes []Route
	// Schedules are the courses of the default route (the first one) and of the routes that
	// have stages of their own.
	Schedules []Schedule
	// Groups are the exemptions that end together and hold for the same name.
	Groups []Group
	// Cut is the moment up to which windows that come for ever are written; zero without
	// such.
	Cut time.Time
}

// Local is an address of this machine, and the first of some ports.
type Local struct {
	Host string
	Port int
}

// At is the address with the n-th port from the first on.
func (l Local) At(n int) string { return net.JoinHostPort(l.Host, strconv.Itoa(l.Port+n)) }

// DefaultRefuse is where the refused go unless the user says otherwise.
func DefaultRefuse() Local { return Local{"127.0.0.1", 8470} }

// Route is where the connections for a name go.
type Route struct {
	ID       string // for names in a configuration: "default", "route1" …
	SNI      string // "" for the default route
	Upstream string
	Minimum  tlsready.Version
	Service  bool      // more than a version is demanded
	Ends     time.Time // zero: it does not
	Schedule int       // its place in Plan.Schedules
}

// Name is the route's name in the log.
func (r *Route) Name() string { return cmp.Or(r.SNI, gate.DefaultRoute) }

// Schedule is the course of a plan without a gap from the year 1970 on.
type Schedule struct {
	Route string // whose it is
	Steps []Step
}

// Step is a time in which the same happens.
type Step struct {
	From, To time.Time // To is zero for the last one, which does not end
	State
}

// State is what a plan does, as far as engines tell it apart.
type State struct {
	Mode                gate.Mode
	Flagging, Rejecting bool
	Percent             int    // of a brownout that rejects
	Divert              string // where old clients go
}

// Code names the state in a configuration.
func (s State) Code() string {
	code := string(s.Mode)
	switch {
	case s.Mode == gate.Brownout && s.Rejecting:
		code += "-" + strconv.Itoa(s.Percent)
	case s.Mode == gate.Brownout:
		code += "-off"
	}
	if s.Flagging {
		code += "-flagging"
	}
	return code
}

// Act is what happens to a connection.
func (s State) Act(x gate.Standing) gate.Action {
	return (&gate.Now{Mode: s.Mode, Flagging: s.Flagging, Rejecting: s.Rejecting}).Act(x)
}

// Shares says whether the state rejects only a share of the addresses.
func (s State) Shares() bool { return s.Mode == gate.Brownout && s.Rejecting && s.Percent < 100 }

// Group is exemptions that end together and hold for the same name.
type Group struct {
	SNI  string // "": for every name
	Ends time.Time
	List []gate.Exemption
}

// windowsAhead is how far windows of a brownout that never ends are written out.
const windowsAhead = 366 * 24 * time.Hour

// maxSteps bounds what is written of a schedule: hourly windows for a year have 17,568.
const maxSteps = gate.MaxSpans

// New makes a plan of a configuration, whose file has a name. A plan with more windows than
// a proxy can read is an error.
func New(c *gate.Config, name string, refuse Local) (*Plan, error) {
	p := &Plan{Config: c, Name: name, Refuse: refuse}
	if err := p.add(gate.DefaultRoute, c.Stages); err != nil {
		return nil, err
	}
	for i := range c.Routes {
		r := &c.Routes[i]
		one := Route{SNI: r.SNI, Upstream: r.Upstream, Minimum: r.Demand.Min(), Service: r.Demand.Service != nil, Ends: r.Ends}
		if r.Own {
			one.Schedule = len(p.Schedules)
			if err := p.add(r.SNI, r.Stages); err != nil {
				return nil, err
			}
		}
		p.Routes = append(p.Routes, one)
	}
	slices.SortStableFunc(p.Routes, func(a, b Route) int { return strings.Count(a.SNI, "*") - strings.Count(b.SNI, "*") })
	for i := range p.Routes {
		p.Routes[i].ID = "route" + strconv.Itoa(i+1)
	}
	p.Routes = append(p.Routes, Route{ID: gate.DefaultRoute, Upstream: c.Upstream, Minimum: c.Demand.Min(), Service: c.Demand.Service != nil})
	for _, e := range c.Exemptions {
		i := slices.IndexFunc(p.Groups, func(g Group) bool { return g.SNI == e.SNI && g.Ends.Equal(e.Ends) })
		if i < 0 {
			i, p.Groups = len(p.Groups), append(p.Groups, Group{SNI: e.SNI, Ends: e.Ends})
		}
		p.Groups[i].List = append(p.Groups[i].List, e)
	}
	return p, nil
}

// Why says for a remark whose an exemption is.
func Why(e gate.Exemption) string {
	const most = 120
	words := []rune(strings.Join(strings.Fields(e.Owner+" "+e.Reason), " "))
	return string(words[:min(len(words), most)])
}

// add works out the schedule of stages.
func (p *Plan) add(route string, stages []gate.Stage) error {
	begin := time.Unix(0, 0).UTC()
	end := begin.Add(time.Hour)
	if len(stages) > 0 {
		end = gate.Ends(stages).Add(time.Hour)
	}
	if n := len(stages); n > 0 && stages[n-1].Mode == gate.Brownout && stages[n-1].To.IsZero() && len(stages[n-1].Windows) > 0 {
		end = end.Add(windowsAhead)
		if end.After(p.Cut) {
			p.Cut = end
		}
	}
	spans := p.CourseOf(stages, begin, end, maxSteps)
	if spans[len(spans)-1].To.Before(end) {
		return message.Error("gate.export.many", message.Int("limit", maxSteps)).Hinted("gate.hint.export-many")
	}
	s := Schedule{Route: route}
	for _, x := range spans {
		state := stateOf(x)
		if n := len(s.Steps); n > 0 && s.Steps[n-1].State == state {
			s.Steps[n-1].To = x.To
			continue
		}
		s.Steps = append(s.Steps, Step{From: x.From, To: x.To, State: state})
	}
	last := &s.Steps[len(s.Steps)-1]
	last.To = time.Time{}
	if last.Mode == gate.Brownout && end.Equal(p.Cut) {
		last.Rejecting, last.Percent = false, 0 // a window that is cut does not last for ever
	}
	p.Schedules = append(p.Schedules, s)
	return nil
}

func stateOf(x gate.Span) State {
	state := State{Mode: x.Mode, Flagging: x.Flagging, Rejecting: x.Rejecting}
	if x.Stage != nil {
		state.Divert = x.Stage.Upstream
		if x.Mode == gate.Brownout && x.Rejecting {
			state.Percent = x.Stage.Percent
		}
	}
	// Where nobody passes who would be listed, it makes no difference.
	if state.Mode != gate.Observe && (state.Mode != gate.Brownout || state.Percent == 100) {
		state.Flagging = false
	}
	return state
}

// States are the states that occur in the plan, each once, in the order of their codes.
func (p *Plan) States() []State {
	var list []State
	for _, s := range p.Schedules {
		for _, step := range s.Steps {
			if !slices.Contains(list, step.State) {
				list = append(list, step.State)
			}
		}
	}
	slices.SortFunc(list, func(a, b State) int { return cmp.Or(cmp.Compare(a.Code(), b.Code()), cmp.Compare(a.Divert, b.Divert)) })
	return list
}

// Shares are the shares of addresses that brownouts of the plan reject, in ascending order;
// none where all of them reject everybody.
func (p *Plan) Shares() []int {
	var list []int
	for _, s := range p.States() {
		if s.Shares() && !slices.Contains(list, s.Percent) {
			list = append(list, s.Percent)
		}
	}
	slices.Sort(list)
	return list
}

// Diverts are the servers that tell old clients in words, each once, in the order in which
// they come.
func (p *Plan) Diverts() []string {
	var list []string
	for _, s := range p.Schedules {
		for _, step := range s.Steps {
			if step.Divert != "" && !slices.Contains(list, step.Divert) {
				list = append(list, step.Divert)
			}
		}
	}
	return list
}

// Minimums are the versions that routes demand, each once, the lowest first.
func (p *Plan) Minimums() []tlsready.Version {
	var list []tlsready.Version
	for _, r := range p.Routes {
		if !slices.Contains(list, r.Minimum) {
			list = append(list, r.Minimum)
		}
	}
	slices.SortFunc(list, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	return list
}

// ZoneName is the name of the time zone of the plan. A plan without one counts by the
// machine's, which Go knows as "Local": here it has its abbreviations, of winter and
// of summer, because the file is read on other machines.
func (p *Plan) ZoneName() string {
	if p.Zone != "" {
		return p.Zone
	}
	const layout = "MST (UTC-07:00)"
	january := time.Date(2026, time.January, 1, 0, 0, 0, 0, p.Location).Format(layout)
	july := time.Date(2026, time.July, 1, 0, 0, 0, 0, p.Location).Format(layout)
	if january == july {
		return january
	}
	return january + ", " + july
}

// Clock writes a moment by the clock on the wall of the plan's time zone.
func (p *Plan) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(p.Location)
	if t.Second() != 0 {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// When writes a step's time for a remark.
func (p *Plan) When(s Step) string {
	return strings.TrimSpace(p.Clock(s.From) + " – " + p.Clock(s.To))
}

// Common is what no engine of others does, as far as the plan asks for it.
func (p *Plan) Common() []message.Text {
	var list []message.Text
	add := func(asked bool, id string) {
		if asked {
			list = append(list, message.New("gate.export.lack-"+id))
		}
	}
	add(p.Rollback != nil, "rollback")
	add(slices.ContainsFunc(p.Routes, func(r Route) bool { return r.Service }), "suites")
	add(len(p.OnStage.Command) > 0 || p.OnStage.Webhook != "", "on-stage")
	add(p.Metrics != "", "metrics")
	if !p.Cut.IsZero() {
		list = append(list, message.New("gate.export.lack-cut", message.Str("day", p.Cut.In(p.Location).Format(time.DateOnly))))
	}
	return list
}

// Code names a state of the plan in a configuration; states that differ have codes that
// differ.
func (p *Plan) Code(s State) string {
	if s.Mode == gate.Divert {
		return s.Code() + strconv.Itoa(slices.Index(p.Diverts(), s.Divert)+1)
	}
	return s.Code()
}

// Case is what happens to a kind of connection; whoever is in no case passes.
type Case struct {
	gate.Standing
	Action gate.Action
}

// Cases are the connections that do not simply pass. Chosen counts where the state rejects
// a share.
func (s State) Cases() []Case {
	var list []Case
	for _, hello := range []bool{true, false} {
		for _, exempt := range []bool{false, true} {
			for _, chosen := range []bool{true, false} {
				x := gate.Standing{Hello: hello, Refused: hello, Exempt: exempt, Chosen: chosen || !s.Shares()}
				if a := s.Act(x); a != gate.Pass && (chosen || s.Shares()) {
					list = append(list, Case{x, a})
				}
			}
		}
	}
	return list
}
