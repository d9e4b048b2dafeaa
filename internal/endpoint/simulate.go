package endpoint

import (
	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Simulator holds clients against endpoints.
type Simulator struct {
	judge   *verdict.Judge
	clients []Client
}

// NewSimulator makes a simulator of clients.
func NewSimulator(model *stack.Model, clients []Client) *Simulator {
	return &Simulator{judge: &verdict.Judge{Model: model}, clients: clients}
}

// Clients computes which clients could connect. With rules, each result also says what
// it would be if the server changed accordingly (After).
func (s *Simulator) Clients(e *document.Endpoint, rules []Rule) []document.EndpointClient {
	return s.results(e, rules, func(i int, accepts tlsready.Acceptance) document.ClientResult {
		return s.computed(&s.clients[i], accepts)
	})
}

// Clients is [Simulator.Clients] joined with what the endpoint answered to the hellos
// of [Sending.Hellos], in their order. An answer that the other way does not have
// stands alone; two that contradict each other are not known.
func (p *Sending) Clients(e *document.Endpoint, rules []Rule, replies []Reply) []document.EndpointClient {
	list := p.simulator.results(e, rules, func(i int, accepts tlsready.Acceptance) document.ClientResult {
		return p.joined(i, accepts, e, replies)
	})
	for i := range list { // rules change lists, not the form of hello that a server answers
		if after := list[i].After; after != nil && len(replies) > 0 && replies[0].Alone && after.Connects == tlsready.Yes && list[i].Connects != tlsready.Yes {
			*after = list[i].ClientResult
		}
	}
	return list
}

func (s *Simulator) results(e *document.Endpoint, rules []Rule, now func(i int, accepts tlsready.Acceptance) document.ClientResult) []document.EndpointClient {
	accepts := e.Acceptance()
	list := make([]document.EndpointClient, len(s.clients))
	for i := range s.clients {
		c := &s.clients[i]
		list[i] = document.EndpointClient{Client: c.ID, ClientResult: s.trusted(c, now(i, accepts), e)}
		if rules != nil {
			after := s.trusted(c, s.computed(c, apply(accepts, rules)), e)
			list[i].After = &after
		}
	}
	return list
}

// computed is the result by the model alone.
func (s *Simulator) computed(c *Client, accepts tlsready.Acceptance) document.ClientResult {
	var all []document.ClientResult
	for _, row := range s.rows(c, accepts) {
		all = append(all, computedRow(row))
	}
	return worst(all)
}

// joined is the result of both ways together.
func (p *Sending) joined(i int, accepts tlsready.Acceptance, e *document.Endpoint, replies []Reply) document.ClientResult {
	var all []document.ClientResult
	for _, w := range p.ways(i, accepts, e, replies) {
		if len(replies) > 0 && replies[0].Alone {
			all = append(all, w.alone())
		} else {
			all = append(all, combine(w.Computed, w.Sent))
		}
	}
	return worst(all)
}

// alone is the result at an endpoint whose lists are not enough to infer a success.
func (w *Ways) alone() document.ClientResult {
	if w.Sent.Connects == tlsready.Unknown && w.Computed.Connects != tlsready.Yes {
		return w.Computed
	}
	return w.Sent
}

// Ways is one stack of a client, judged both ways. A client fails if one of its stacks
// does.
type Ways struct {
	Client         string
	Computed, Sent document.ClientResult // Sent is the zero value if no hello stands for the stack
	Mute           bool                  // the stack has no version to offer, so it sends nothing
}

// Ways gives the stacks of all clients with both ways apart.
func (p *Sending) Ways(e *document.Endpoint, replies []Reply) []Ways {
	var list []Ways
	accepts := e.Acceptance()
	for i := range p.simulator.clients {
		list = append(list, p.ways(i, accepts, e, replies)...)
	}
	return list
}

func (p *Sending) ways(i int, accepts tlsready.Acceptance, e *document.Endpoint, replies []Reply) []Ways {
	c := &p.simulator.clients[i]
	rows := p.simulator.rows(c, accepts)
	list := make([]Ways, len(rows))
	for n, row := range rows {
		list[n] = Ways{Client: c.ID, Computed: computedRow(row), Mute: row.Offer.Empty()}
		if n < len(p.sends[i]) {
			list[n].Sent = seen(p.sends[i][n], replies, e)
		}
	}
	return list
}

// rows judges a client: by the model, or a recorded hello by what it says.
func (s *Simulator) rows(c *Client, accepts tlsready.Acceptance) []verdict.Row {
	if c.Hello == nil {
		return s.judge.Host(c.View, []*caller.Caller{c.Caller}, demandOf(accepts)).Rows
	}
	return []verdict.Row{recordedRow(c.Hello.Offer(), &accepts)}
}

// Observed is how an offer that was seen ends against what is accepted. It is the same
// negotiation as for predicted offers.
func Observed(offer tlsready.Offer, accepts tlsready.Acceptance) document.ClientResult {
	return computedRow(recordedRow(offer, &accepts))
}

// recordedRow is the row of an offer that was seen.
func recordedRow(offer tlsready.Offer, accepts *tlsready.Acceptance) verdict.Row {
	row := verdict.Row{Offer: offer, Accepts: accepts, Verdict: verdict.Unknown, Cause: verdict.NotAsked}
	switch res := tlsready.Negotiate(offer, *accepts); res.Outcome {
	case tlsready.Connects:
		row.Verdict, row.Cause = verdict.Connects, verdict.None
	case tlsready.Fails:
		row.Verdict, row.Cause = verdict.Fails, verdict.ProtocolVersion
	}
	return row
}

func demandOf(a tlsready.Acceptance) verdict.Demand {
	return verdict.Demand{Phases: []verdict.Phase{{Accepts: a}}}
}

// worst is the result of a caller with several stacks: no wins over unknown, and
// unknown over yes.
func worst(all []document.ClientResult) document.ClientResult {
	weight := map[tlsready.Answer]int{tlsready.Yes: 0, tlsready.Unknown: 1, tlsready.No: 2}
	if len(all) == 0 {
		return document.ClientResult{Why: message.New("probe.why.no-row")}
	}
	at := 0
	for i := range all {
		if weight[all[i].Connects] > weight[all[at].Connects] {
			at = i
		}
	}
	return all[at]
}

// computedRow is a row of the model as a result.
func computedRow(row verdict.Row) document.ClientResult {
	res := tlsready.Negotiate(row.Offer, *row.Accepts)
	switch row.Verdict {
	case verdict.Connects:
		return connects(res)
	case verdict.Fails:
		if row.Cause == verdict.InstallerGate || row.Cause == verdict.Program && res.Outcome == tlsready.Connects {
			return document.ClientResult{Connects: tlsready.No, Why: whyCause(row.Cause)}
		}
		return document.ClientResult{Connects: tlsready.No, Version: failedVersion(res), Why: whyFails(row.Offer, *row.Accepts, res)}
	}
	return document.ClientResult{Connects: tlsready.Unknown, Why: whyUnknown(row, res)}
}

// connects is the result of a handshake that succeeds. A suite of SSL 2.0 is not
// agreed on in a hello.
func connects(res tlsready.Result) document.ClientResult {
	r := document.ClientResult{Connects: tlsready.Yes, Version: res.Version, Suite: res.Suite, Why: whyConnects(res)}
	if res.Version == tlsready.SSL20 {
		r.Suite = 0
	}
	return r
}

// failedVersion is the version in which a handshake fails after it was agreed on.
func failedVersion(res tlsready.Result) tlsready.Version {
	if res.Step <= tlsready.StepVersion {
		return 0
	}
	return res.Version
}

// combine joins what was computed with what was seen.
func combine(computed, sent document.ClientResult) document.ClientResult {
	switch {
	case sent.Connects == tlsready.Unknown:
		return computed
	case computed.Connects == tlsready.Unknown:
		return sent
	case computed.Connects != sent.Connects:
		return document.ClientResult{Why: message.New("probe.why.differ",
			message.Sub("computed", answerText(computed.Connects)), message.Sub("computedWhy", computed.Why),
			message.Sub("sent", answerText(sent.Connects)), message.Sub("sentWhy", sent.Why))}
	case sent.Connects == tlsready.Yes:
		return sent // the server's own choice
	}
	return computed // it names the missing item, the server only an alert
}

func answerText(a tlsready.Answer) message.Text { return message.New("probe.answer." + a.String()) }
