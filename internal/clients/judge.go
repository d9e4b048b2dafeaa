package clients

import (
	"slices"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// Demand is what clients are to survive: what a service takes on a day.
type Demand struct {
	Service document.Service
	On      string // YYYY-MM-DD
	Accepts tlsready.Acceptance
}

// takes says whether the version is among those that the service takes.
func (d *Demand) takes(v tlsready.Version) bool { return d.Accepts.Versions.Allows(v) == tlsready.Yes }

// refuses says whether the version is known not to be taken.
func (d *Demand) refuses(v tlsready.Version) bool { return d.Accepts.Versions.Allows(v) == tlsready.No }

// Judge holds connections against a demand, each by itself. It remembers what it worked
// out for a hello, because clients send the same one again and again. It is not safe for
// concurrent use.
type Judge struct {
	demand   Demand
	prints   *fingerprint.Reader
	remedies *Remedies
	kept     map[helloKey]*helloJudged
	logged   map[logKey]*logged
	gaps     map[gap]message.Text
}

// gap is what a client offered and got, and what is said of that.
type gap struct {
	id             string
	offers, agreed tlsready.Version
}

// said is a gap in words, the same text each time: there are as many as pairs of versions.
func (j *Judge) said(g gap) message.Text {
	text, ok := j.gaps[g]
	if !ok {
		text = message.New(g.id, message.Str("max", g.offers.String()), message.Str("version", g.agreed.String()))
		if len(j.gaps) < maxKept {
			j.gaps[g] = text
		}
	}
	return text
}

// maxKept bounds the hellos that a Judge remembers; a network has some hundreds.
const maxKept = 4096

// NewJudge makes a judge. Without a table no stack is recognised; without remedies, none
// is named.
func NewJudge(d Demand, table *fingerprint.Table, remedies *Remedies) *Judge {
	return &Judge{demand: d, prints: fingerprint.NewReader(table), remedies: remedies, kept: map[helloKey]*helloJudged{}, logged: map[logKey]*logged{}, gaps: map[gap]message.Text{}}
}

// Judged is a connection with what is said of it.
type Judged struct {
	observe.Connection
	Owner Owner

	JA3, JA4 string
	Stack    Stack
	Offered  *document.ConnectionOffer // nil if neither a hello nor a log's word of one was seen
	Survives tlsready.Answer
	// Old says that the client came with too little: it offers too little, or all that is
	// known is that it agreed on too little.
	Old bool
	// Open says that a log alone knows of the client that it agreed on too little, so that
	// what the server gives others bears on it.
	Open    bool
	Finding string
	Why     message.Text
	Remedy  message.Text

	same *logged // what a line of a log comes to, where that is known of others like it
}

// Stack is what sent a hello, as far as that is known.
type Stack struct {
	ID   string // "" if it is not known
	Name string // for people
	// Is is how well that is founded: a [fingerprint.Confidence], or "stated" if the client
	// says so itself.
	Is string
}

// Stated is the [Stack.Is] of what a user agent says.
const Stated = "stated"

// helloKey tells hellos apart as far as they are judged otherwise.
type helloKey struct {
	ja3, ja4 string
	versions [8]tlsready.Version
}

// helloJudged is what follows from a hello alone.
type helloJudged struct {
	offered *document.ConnectionOffer
	result  document.ClientResult
	stack   Stack
	remedy  message.Text
}

// Connection judges one connection.
func (j *Judge) Connection(c observe.Connection) Judged {
	out := Judged{Connection: c, JA3: c.Identity.JA3, JA4: c.Identity.JA4}
	if c.Hello == nil && c.Offered == nil {
		j.alike(&out)
	} else {
		j.whole(&out)
	}
	out.device()
	return out
}

// logKey is all of a log's line, where it says nothing of the hello, that counts for what
// it comes to.
type logKey struct {
	negotiated          observe.Negotiated
	agreed              bool
	alert               wire.AlertDescription
	alerted, fromServer bool
	refused             bool
	transport           observe.Transport
	agent               string
}

// logged is what such lines come to.
type logged struct {
	stack     Stack
	survives  tlsready.Answer
	old, open bool
	finding   string
	why       message.Text
	remedy    message.Text
}

// alike judges a line of a log, once for all that are alike.
func (j *Judge) alike(out *Judged) {
	key := logKey{refused: out.Refused, transport: out.Transport, agent: out.Identity.UserAgent}
	if n := out.Negotiated; n != nil {
		key.negotiated, key.agreed = *n, true
	}
	if a := out.Alert; a != nil {
		key.alert, key.alerted, key.fromServer = a.Description, true, a.FromServer
	}
	same := j.logged[key]
	if same == nil {
		j.whole(out)
		same = &logged{out.Stack, out.Survives, out.Old, out.Open, out.Finding, out.Why, out.Remedy}
		if len(j.logged) >= maxKept {
			clear(j.logged)
		}
		j.logged[key] = same
	}
	out.Stack, out.Survives, out.Old, out.Open = same.stack, same.survives, same.old, same.open
	out.Finding, out.Why, out.Remedy, out.same = same.finding, same.why, same.remedy, same
}

// whole judges a connection by all that is known of it.
func (j *Judge) whole(out *Judged) {
	c := &out.Connection
	if c.Hello != nil {
		j.byHello(out)
	} else {
		j.byLog(out)
	}
	if c.Transport == observe.QUIC && c.Hello == nil && j.demand.takes(tlsready.TLS13) {
		out.Survives, out.Old, out.Open = tlsready.Yes, false, false
		out.Why = message.New("clients.why.quic")
	}
	j.findings(out)
}

// byHello judges what the client offers.
func (j *Judge) byHello(out *Judged) {
	p := j.prints.Print(out.Hello.ClientHello)
	out.JA3, out.JA4 = p.JA3, p.JA4
	k := j.hello(out.Hello, p)
	out.Offered, out.Survives, out.Why, out.Remedy, out.Stack = k.offered, k.result.Connects, k.result.Why, k.remedy, k.stack
	if out.Survives == tlsready.Unknown && j.agreedOnEnough(out.Negotiated) {
		out.Survives, out.Why = tlsready.Yes, whyNegotiated(out.Negotiated)
	}
	if out.Survives == tlsready.Yes {
		out.Remedy = message.Text{}
	}
	out.Old = out.Survives == tlsready.No || out.Survives == tlsready.Unknown && j.demand.refuses(out.Offered.Max)
}

// hello judges a hello, once for all that are alike.
func (j *Judge) hello(h *observe.Hello, p fingerprint.Print) *helloJudged {
	key := helloKey{ja3: p.JA3, ja4: p.JA4}
	copy(key.versions[:], h.SupportedVersions())
	if k, ok := j.kept[key]; ok && p.JA3 != "" && k.offered.Outer == h.Outer {
		return k
	}
	offer := h.Offer()
	k := &helloJudged{offered: offerOf(h.ClientHello, offer), result: endpoint.Observed(offer, j.demand.Accepts)}
	k.offered.Outer = h.Outer
	if k.remedy = message.New("clients.remedy.ask-hello"); p.Known {
		k.stack = Stack{p.Match.Stack, p.Match.Name, string(p.Match.Confidence)}
		k.remedy = j.remedies.ForMatch(p.Match)
	}
	if len(j.kept) >= maxKept {
		clear(j.kept)
	}
	j.kept[key] = k
	return k
}

// offerOf is a hello as the document shows it.
func offerOf(h *wire.ClientHello, o tlsready.Offer) *document.ConnectionOffer {
	out := &document.ConnectionOffer{
		Max: h.Max(), Exact: o.Exact, Versions: []tlsready.Version{}, Suites: []tlsready.Suite{},
		Groups: []tlsready.Group{}, SignatureAlgorithms: []tlsready.SignatureScheme{},
	}
	for _, v := range o.Versions {
		out.Versions = append(out.Versions, v.Version)
	}
	for _, s := range h.Suites {
		if s > 0xffff || !wire.IsGREASE(uint16(s)) {
			out.Suites = append(out.Suites, s)
		}
	}
	for _, g := range o.Groups {
		out.Groups = append(out.Groups, g.Group)
	}
	for _, s := range o.SignatureAlgorithms {
		out.SignatureAlgorithms = append(out.SignatureAlgorithms, s.Scheme)
	}
	return out
}

// byLog judges what a log says, which is mostly what was agreed on: never a yes but where
// that itself is enough.
func (j *Judge) byLog(out *Judged) {
	agent, remedy := j.remedies.forAgent(out.Identity.UserAgent)
	if out.Stack = agent; out.Identity.Stack != "" { // which was known by its hello
		out.Stack = Stack{ID: out.Identity.Stack, Name: out.Identity.Stack, Is: Stated}
	}
	if out.Offered = statedOffer(out.Connection.Offered); out.Offered != nil && j.tooLittle(out.Connection.Offered) {
		out.Survives, out.Old, out.Remedy = tlsready.No, true, remedy
		out.Why = endpoint.Observed(offerAlone(out.Connection.Offered), j.demand.Accepts).Why
		return
	}
	n := out.Negotiated
	switch {
	case j.agreedOnEnough(n):
		out.Survives, out.Why = tlsready.Yes, whyNegotiated(n)
	case j.offersEnough(out.Offered):
		out.Survives, out.Why = tlsready.Yes, message.New("clients.why.log-offers", message.Str("max", out.Offered.Max.String()))
	case out.Offered != nil:
		out.Why = message.New("clients.why.log-offers-part", message.Str("max", out.Offered.Max.String()))
	case n != nil && j.demand.refuses(n.Version):
		out.Old, out.Open, out.Remedy = true, true, remedy
		out.Why = message.New("clients.why.log-old", message.Str("version", n.Version.String()))
	case n != nil:
		out.Why = message.New("clients.why.log-parts", message.Str("version", n.Version.String()))
	case versionRefused(&out.Connection):
		out.Old, out.Open, out.Remedy = true, true, remedy
		out.Why = message.New("clients.why.log-refused")
	case out.Refused || out.Alert != nil:
		out.Why = message.New("clients.why.log-failed")
	default:
		out.Why = message.New("clients.why.nothing")
	}
}

// statedOffer is what a log says of the hello; nil if that is no version.
func statedOffer(o *observe.Offered) *document.ConnectionOffer {
	if o == nil || statedMax(o) == 0 {
		return nil
	}
	out := &document.ConnectionOffer{
		Max: statedMax(o), Exact: len(o.Versions) > 0, Versions: o.Versions, Suites: o.Suites, Groups: o.Groups,
		SignatureAlgorithms: []tlsready.SignatureScheme{},
	}
	if !out.Exact {
		out.Versions = []tlsready.Version{o.Max}
	}
	if out.Suites == nil {
		out.Suites = []tlsready.Suite{}
	}
	if out.Groups == nil {
		out.Groups = []tlsready.Group{}
	}
	return out
}

func statedMax(o *observe.Offered) tlsready.Version {
	top := o.Max
	for _, v := range o.Versions {
		if top == 0 || v.Rank() > top.Rank() {
			top = v
		}
	}
	return top
}

// offerAlone is the versions that a log states; the rest of the hello is not known.
func offerAlone(o *observe.Offered) tlsready.Offer {
	offer := tlsready.Offer{Exact: len(o.Versions) > 0}
	for _, v := range o.Versions {
		offer.Versions = append(offer.Versions, tlsready.OfferedVersion{Version: v})
	}
	if !offer.Exact {
		offer.Versions = []tlsready.OfferedVersion{{Version: o.Max}}
	}
	for _, s := range o.Suites {
		offer.Suites = append(offer.Suites, tlsready.OfferedSuite{Suite: s})
	}
	return offer
}

// tooLittle says whether no version that a log states is taken, or, where the log states
// the suites, none of them: what it does not state cannot mend that.
func (j *Judge) tooLittle(o *observe.Offered) bool {
	res := tlsready.Negotiate(offerAlone(o), j.demand.Accepts)
	return res.Outcome == tlsready.Fails && (res.Step == tlsready.StepVersion || res.Step == tlsready.StepSuite && len(o.Suites) > 0)
}

// offersEnough says whether a log's word of the hello is enough to know that the client
// survives: it has a version that is taken, and nothing else is asked.
func (j *Judge) offersEnough(o *document.ConnectionOffer) bool {
	if o == nil || !j.versionsAlone() {
		return false
	}
	if !o.Exact {
		return j.demand.takes(o.Max)
	}
	return slices.ContainsFunc(o.Versions, j.demand.takes)
}

// versionsAlone says whether the service asks for versions and nothing else.
func (j *Judge) versionsAlone() bool {
	a := &j.demand.Accepts
	if !a.Groups.IsAny() || !a.SignatureAlgorithms.IsAny() || a.Certificate != (tlsready.Certificate{}) {
		return false
	}
	return !slices.ContainsFunc(tlsready.Versions(), func(v tlsready.Version) bool { return j.demand.takes(v) && !a.SuitesFor(v).IsAny() })
}

// agreedOnEnough says whether what was agreed on is itself what the service takes.
func (j *Judge) agreedOnEnough(n *observe.Negotiated) bool {
	if n == nil || !j.demand.takes(n.Version) {
		return false
	}
	a := j.demand.Accepts
	if suites := a.SuitesFor(n.Version); !suites.IsAny() && (!n.HasSuite || suites.Allows(n.Suite) != tlsready.Yes) {
		return false
	}
	exchange := n.Suite.Info().KeyExchange
	plain := n.HasSuite && exchange != tlsready.ECDHE && exchange != tlsready.DHE && exchange != tlsready.TLS13KeyExchange
	if !a.Groups.IsAny() && !plain && (n.Group == 0 || a.Groups.Allows(n.Group) != tlsready.Yes) {
		return false
	}
	return a.SignatureAlgorithms.IsAny() && a.Certificate == (tlsready.Certificate{})
}

func whyNegotiated(n *observe.Negotiated) message.Text {
	return message.New("clients.why.negotiated", message.Str("version", n.Version.String()))
}

// versionRefused says whether a log line is of a server that refused the client's
// versions.
func versionRefused(c *observe.Connection) bool {
	return c.Alert != nil && c.Alert.FromServer && c.Alert.Description == wire.ProtocolVersion
}

// findings says what a connection shows besides whether the client survives.
func (j *Judge) findings(out *Judged) {
	n := out.Negotiated
	offers := tlsready.Version(0)
	if out.Offered != nil {
		offers = out.Offered.Max
	}
	switch {
	case versionRefused(&out.Connection) && out.Survives != tlsready.Yes:
		out.Finding = document.FindingRejected
	case out.Survives == tlsready.No:
		out.Finding = document.FindingCannot
	case n == nil || offers == 0 || offers.Rank() <= n.Version.Rank():
	case j.demand.refuses(n.Version) && out.Survives == tlsready.Yes:
		out.Finding = document.FindingKeptDown
		out.Why = j.said(gap{"clients.why.kept-down", offers, n.Version})
		out.Remedy = message.New("clients.remedy.server")
	case out.Survives == tlsready.Yes && j.demand.takes(offers):
		out.Finding = document.FindingBetter
		out.Why = j.said(gap{"clients.why.better", offers, n.Version})
	}
}
