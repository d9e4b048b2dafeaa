package replay

import (
	"cmp"
	"context"
	"io"
	"net/netip"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/gate"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// maxClients bounds the old clients that are kept apart; a fleet has thousands. Those
// beyond count in the sums alone.
const maxClients = 100000

// Run tries a plan.
type Run struct {
	Config *gate.Config
	Name   string    // of the configuration
	Now    time.Time // gives the year to logs that have none

	table *fingerprint.Table // names the stacks of captured hellos

	trials  []*gate.Trial
	doc     *document.GateReplay
	clients map[clientKey]*client
}

type clientKey struct {
	address           netip.Addr
	owner, stack, max string
}

// client is an old client with what each stage would have done to it.
type client struct {
	connections int
	first, last time.Time
	touched     []int // connections that were rejected, closed or diverted, by stage
	exempt      int   // connections that an exemption let through in the last stage
	met         bool
}

// New begins to try a plan.
func New(config *gate.Config, name string, now time.Time) (*Run, error) {
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	table, err := fingerprint.NewTable(model)
	if err != nil {
		return nil, err
	}
	r := &Run{Config: config, Name: name, table: table, Now: now, trials: config.Trials(), clients: map[clientKey]*client{}}
	r.doc = &document.GateReplay{
		Schema: document.GateReplaySchema, Config: name, Timezone: config.Zone,
		Sources: []document.WatchSource{}, Stages: []document.GateTrial{}, Clients: []document.GateTried{}, Owners: []document.GateOwner{},
	}
	for _, t := range r.trials {
		one := document.GateTrial{Route: t.Route, Mode: string(t.Stage.Mode), Line: t.Stage.Line, From: t.Stage.From.In(config.Location).Format(time.RFC3339), Windows: []string{}}
		if !t.Stage.To.IsZero() {
			one.To = t.Stage.To.In(config.Location).Format(time.RFC3339)
		}
		for _, w := range t.Stage.Windows {
			one.Windows = append(one.Windows, w.String())
		}
		r.doc.Stages = append(r.doc.Stages, one)
	}
	return r, nil
}

// Read takes the traffic of a source: a capture, lines of watch or of a gate's log, or
// another log that watch reads, packed or not. What of it could not be read is counted.
func (r *Run) Read(ctx context.Context, in io.Reader, name string) error {
	cov, err := r.source(ctx, in, name, r.take)
	one := document.WatchSource{Source: name, From: cov.From, To: cov.To, Connections: cov.Connections, WithoutTLS: cov.WithoutTLS, Missing: cov.Missing}
	for _, l := range cov.Losses {
		one.Losses = append(one.Losses, document.WatchLoss{What: l.What, Count: l.Count, Where: l.Where, Example: l.Example})
	}
	if err == nil && cov.Connections == 0 {
		err = message.Error("gate.replay.nothing")
	}
	r.doc.Sources = append(r.doc.Sources, one)
	return err
}

// take judges a connection by every stage. Whoever can do what is asked passes them all.
func (r *Run) take(s *seen) error {
	r.doc.Connections++
	switch {
	case s.notTLS:
		r.doc.NotTLS++
		r.stages(s, nil, nil)
		return nil
	case s.hello == nil:
		r.doc.Unknown++
		return nil
	case !r.Config.Refuses(s.hello):
		r.doc.Able++
		return nil
	case s.atLeast:
		r.doc.Unknown++ // agreed on too little, which may be the server's choice
		return nil
	}
	r.doc.Old++
	r.stages(s, s.hello, r.client(s))
	return nil
}

// client is the old client that a connection is of; nil if there are too many.
func (r *Run) client(s *seen) *client {
	key := clientKey{s.client.Unmap(), s.owner, s.stack, s.hello.Max.String()}
	if s.hello.Max == 0 {
		key.max = ""
	}
	c, ok := r.clients[key]
	if !ok {
		if len(r.clients) >= maxClients {
			r.doc.MoreClients = true
			return nil
		}
		c = &client{first: s.time, last: s.time, touched: make([]int, len(r.trials))}
		r.clients[key] = c
	}
	c.connections++
	if s.time.Before(c.first) {
		c.first = s.time
	}
	if s.time.After(c.last) {
		c.last = s.time
	}
	return c
}

func (r *Run) stages(s *seen, h *gate.Hello, c *client) {
	name := ""
	if h != nil {
		name = h.ServerName
	}
	for i, t := range r.trials {
		if !t.Concerns(name) {
			continue
		}
		d := t.Decide(s.time, h, s.client)
		counts := &r.doc.Stages[i]
		touched := false
		switch d.Action {
		case gate.Reject:
			counts.Rejected++
			touched = true
		case gate.Close:
			counts.Closed++
		case gate.Sent:
			counts.Diverted++
			touched = true
		case gate.Exempt:
			counts.Exempt++
		default:
			counts.Passed++
		}
		if c == nil {
			continue
		}
		if touched {
			c.touched[i]++
			c.met = c.met || t.Stage.Mode == gate.Brownout
		}
		if d.Action == gate.Exempt && t.Stage.Mode == gate.Enforce {
			c.exempt++
		}
	}
}

// Document is the result.
func (r *Run) Document() *document.GateReplay {
	owners := map[string]*document.GateOwner{}
	for key, c := range r.clients {
		one := document.GateTried{
			GateClient: document.GateClient{Client: addressText(key.address), Owner: key.owner, Stack: key.stack, Max: key.max, Connections: c.connections, First: timeText(c.first), Last: timeText(c.last)},
			Touched:    c.touched, Exempt: c.exempt, Met: c.met,
		}
		r.doc.Clients = append(r.doc.Clients, one)
		o := owners[key.owner]
		if o == nil {
			o = &document.GateOwner{Owner: key.owner, Touched: make([]int, len(r.trials))}
			owners[key.owner] = o
		}
		o.Clients++
		o.Connections += c.connections
		if !c.met {
			o.Unmet++
		}
		for i, n := range c.touched {
			if n > 0 {
				r.doc.Stages[i].Clients++
				o.Touched[i]++
			}
		}
	}
	for _, o := range owners {
		r.doc.Owners = append(r.doc.Owners, *o)
	}
	slices.SortFunc(r.doc.Clients, func(a, b document.GateTried) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(b.Connections, a.Connections), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Stack, b.Stack), cmp.Compare(a.Max, b.Max))
	})
	slices.SortFunc(r.doc.Owners, func(a, b document.GateOwner) int { return cmp.Compare(a.Owner, b.Owner) })
	return r.doc
}

// Warn adds to a check the old clients that no brownout meets and that are not exempt: the
// first that they notice is the day itself.
func Warn(check *document.GateCheck, tried *document.GateReplay) {
	for _, c := range tried.Clients {
		if !c.Met && c.Exempt == 0 {
			check.Unmet = append(check.Unmet, c.GateClient)
		}
	}
	if n := len(check.Unmet); n > 0 {
		id := "unmet"
		if !slices.ContainsFunc(tried.Stages, func(s document.GateTrial) bool { return s.Mode == string(gate.Brownout) }) {
			id = "unmet-none"
		}
		check.Warnings = append(check.Warnings, document.GateWarning{Code: id, Text: message.New("gate.warn."+id, message.Int("n", n))})
	}
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
