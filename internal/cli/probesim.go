package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/verdict"
)

// inFlight is how many hellos of clients one endpoint is sent at a time, as many
// as the prober itself sends.
const inFlight = probe.DefaultPerEndpoint

// outcome is how a client ends against a server.
type outcome struct {
	answer  tlsready.Answer
	version tlsready.Version // 0: none
	suite   tlsready.Suite   // 0: none
	why     why
}

// simulated is one client against one endpoint.
type simulated struct {
	id string
	outcome
	after *outcome // under --accepting
}

// received is what came of one hello.
type received struct {
	probe.Reply
	sent  bool
	again bool // a reset or a silence that came again, between two signs of life
}

// run holds every client against an endpoint, computed and by sending, and gives
// the number of connections that it made.
func (s *simulator) run(ctx context.Context, p *probed, rules []acceptRule) ([]simulated, int) {
	res := &p.result
	accepts := res.Acceptance()
	replies, made := s.send(ctx, res.Target)
	list := make([]simulated, len(s.clients))
	for i := range s.clients {
		c := &s.clients[i]
		list[i] = simulated{id: c.id, outcome: s.trusted(c, s.client(c, accepts, res, replies), p.ends)}
		if rules != nil {
			after := s.trusted(c, s.computed(c, applyRules(accepts, rules)), p.ends)
			list[i].after = &after
		}
	}
	return list, made
}

// send sends each distinct hello. Where one is reset or meets silence, it is sent
// again between two that are known to be answered.
func (s *simulator) send(ctx context.Context, t probe.Target) ([]received, int) {
	replies := make([]received, len(s.hellos))
	made := 0
	var mu sync.Mutex
	one := func(i int) probe.Reply {
		h, err := s.hellos[i].make(t.ServerName, s.prober.KeyShares)
		if err != nil {
			return probe.Reply{Kind: probe.Broken, Err: err}
		}
		reply, err := s.prober.Send(ctx, t, h)
		if err != nil {
			return probe.Reply{Kind: probe.Unreachable, Err: err}
		}
		mu.Lock()
		made++
		mu.Unlock()
		return reply
	}
	var work sync.WaitGroup
	places := make(chan struct{}, inFlight)
	for i := range s.hellos {
		places <- struct{}{}
		work.Go(func() {
			replies[i] = received{Reply: one(i), sent: true}
			<-places
		})
	}
	work.Wait()
	alive := -1
	for i := range replies {
		if replies[i].Kind == probe.Hello {
			alive = i
		}
	}
	for i := range replies {
		if !doubtful(replies[i].Reply) || alive < 0 {
			continue
		}
		if one(alive).Kind != probe.Hello {
			continue
		}
		if reply := one(i); !doubtful(reply) {
			replies[i].Reply = reply
		} else {
			replies[i].again = one(alive).Kind == probe.Hello
		}
	}
	return replies, made
}

// doubtful says that an answer may come from a limiter.
func doubtful(r probe.Reply) bool {
	return r.Kind == probe.Reset || r.Kind == probe.Closed || r.Kind == probe.Silent || r.Kind == probe.Unreachable
}

// client is the outcome of both ways together.
func (s *simulator) client(c *simClient, accepts tlsready.Acceptance, res *probe.Result, replies []received) outcome {
	rows := s.rows(c, accepts)
	all := make([]outcome, 0, len(rows))
	for i, row := range rows {
		result := computedRow(row)
		if i < len(c.sends) {
			result = combine(result, s.seen(c.sends[i], replies, res))
		}
		all = append(all, result)
	}
	return worst(all)
}

// seen is what the hellos of one row came to; where they came to different things,
// nothing is known.
func (s *simulator) seen(sends []send, replies []received, res *probe.Result) outcome {
	var all []outcome
	for _, x := range sends {
		one := judgeReply(x.offer, replies[x.hello], res)
		if len(all) > 0 && one.answer != all[0].answer {
			return outcome{}
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return outcome{}
	}
	return all[0]
}

// computed is the outcome by the model alone.
func (s *simulator) computed(c *simClient, accepts tlsready.Acceptance) outcome {
	var all []outcome
	for _, row := range s.rows(c, accepts) {
		all = append(all, computedRow(row))
	}
	return worst(all)
}

// rows judges a client: by the model, or a recorded hello by what it says.
func (s *simulator) rows(c *simClient, accepts tlsready.Acceptance) []verdict.Row {
	if c.hello == nil {
		return s.judge.Host(c.view, []*caller.Caller{c.caller}, demandOf(accepts)).Rows
	}
	offer := c.hello.Offer()
	row := verdict.Row{Offer: offer, Accepts: &accepts, Verdict: verdict.Unknown, Cause: verdict.NotAsked}
	switch res := tlsready.Negotiate(offer, accepts); res.Outcome {
	case tlsready.Connects:
		row.Verdict, row.Cause = verdict.Connects, verdict.None
	case tlsready.Fails:
		row.Verdict, row.Cause = verdict.Fails, verdict.ProtocolVersion
	}
	return []verdict.Row{row}
}

// worst is the outcome of a caller with several stacks: no wins over unknown, and
// unknown over yes.
func worst(all []outcome) outcome {
	weight := map[tlsready.Answer]int{tlsready.Yes: 0, tlsready.Unknown: 1, tlsready.No: 2}
	if len(all) == 0 {
		return outcome{why: say("probe.why.no-row")}
	}
	at := 0
	for i := range all {
		if weight[all[i].answer] > weight[all[at].answer] {
			at = i
		}
	}
	return all[at]
}

// computedRow is a row of the model as an outcome.
func computedRow(row verdict.Row) outcome {
	res := tlsready.Negotiate(row.Offer, *row.Accepts)
	switch row.Verdict {
	case verdict.Connects:
		return outcome{tlsready.Yes, res.Version, res.Suite, whyConnects(res)}
	case verdict.Fails:
		if row.Cause == verdict.InstallerGate || row.Cause == verdict.Program && res.Outcome == tlsready.Connects {
			return outcome{answer: tlsready.No, why: whyCause(row.Cause)}
		}
		return outcome{answer: tlsready.No, version: failedVersion(res), why: whyFails(row.Offer, *row.Accepts, res)}
	}
	return outcome{answer: tlsready.Unknown, why: whyUnknown(row, res)}
}

// failedVersion is the version in which a handshake fails after it was agreed on.
func failedVersion(res tlsready.Result) tlsready.Version {
	if res.Step <= tlsready.StepVersion {
		return 0
	}
	return res.Version
}

// judgeReply says what a client makes of the answer to its own hello: what the
// server chose has to be something that the client takes, in everything that was
// seen of it.
func judgeReply(o tlsready.Offer, r received, res *probe.Result) outcome {
	switch {
	case !r.sent:
		return outcome{}
	case r.Kind == probe.Alert, r.again && r.Kind != probe.Unreachable:
		return outcome{answer: tlsready.No, why: say("probe.why.answered", message.Str("answer", r.String()))}
	case r.Kind != probe.Hello:
		return outcome{why: say("probe.why.answered", message.Str("answer", r.String()))}
	}
	chosen := chosenBy(r.Reply, res)
	agreed := tlsready.Negotiate(o, chosen)
	switch agreed.Outcome {
	case tlsready.Connects:
		return outcome{tlsready.Yes, r.Version, r.Suite, whyConnects(tlsready.Result{Version: r.Version, Suite: r.Suite, Group: r.Group})}
	case tlsready.Fails:
		return outcome{answer: tlsready.No, version: failedVersion(agreed), why: whyRefuses(o, chosen, agreed)}
	}
	return outcome{why: say("probe.why.answered", message.Str("answer", r.String()))}
}

// chosenBy is the acceptance of a server that takes exactly what it chose.
func chosenBy(r probe.Reply, res *probe.Result) tlsready.Acceptance {
	a := tlsready.Acceptance{
		Versions: tlsready.Only(r.Version),
		SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{r.Version: tlsready.Only(r.Suite)},
	}
	if r.Version == tlsready.SSL20 {
		a.SuitesOf[r.Version] = tlsready.Only(r.Kinds...)
	}
	if r.Group != 0 {
		a.Groups = tlsready.Only(r.Group)
	}
	if x := r.KeyExchange; x != nil {
		a.DHBits = x.DHBits
		if x.Scheme != 0 {
			a.SignatureAlgorithms = tlsready.Only(x.Scheme)
		}
	}
	if leaf, ok := leafOf(r, res); ok {
		a.Certificate = tlsready.Certificate{KeyType: leaf.KeyType, KeyBits: leaf.KeyBits, Signature: leaf.Signature}
	}
	return a
}

// leafOf is the certificate that came with an answer, as the probe read it; in TLS
// 1.3, where it is encrypted, the only one that the server has.
func leafOf(r probe.Reply, res *probe.Result) (probe.Certificate, bool) {
	if len(r.Chain) == 0 {
		if len(res.Chains) == 1 {
			return res.Chains[0][0], true
		}
		return probe.Certificate{}, false
	}
	sum := sha256.Sum256(r.Chain[0])
	print := hex.EncodeToString(sum[:])
	for _, chain := range res.Chains {
		if chain[0].SHA256 == print {
			return chain[0], true
		}
	}
	return probe.Certificate{}, false
}

// combine joins what was computed with what was seen. An answer that the other way
// does not have stands alone; two that contradict each other are not known.
func combine(computed, sent outcome) outcome {
	switch {
	case sent.answer == tlsready.Unknown:
		return computed
	case computed.answer == tlsready.Unknown:
		return sent
	case computed.answer != sent.answer:
		return outcome{why: func(w *message.Catalog) string {
			return w.Text("probe.why.differ",
				message.Str("computed", w.Text("probe.answer."+computed.answer.String())), message.Str("computedWhy", computed.why(w)),
				message.Str("sent", w.Text("probe.answer."+sent.answer.String())), message.Str("sentWhy", sent.why(w)))
		}}
	case sent.answer == tlsready.Yes:
		return sent // the server's own choice
	}
	return computed // it names the missing item, the server only an alert
}
