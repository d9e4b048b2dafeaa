package clients

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// maxListed bounds the servers that are listed of one client; the busiest are.
const maxListed = 8

// drawn is a client while the sum is drawn: what was kept of it, and what was said of it.
type drawn struct {
	row
	doc      document.WatchClient
	worst    *said // of what decides the class
	class    string
	hello    bool
	servers  map[int32]*document.WatchServer
	evidence map[int16]*document.WatchEvidence
}

// Result draws the sum. Nothing may be added after it.
func (s *Sum) Result() *document.Watch {
	list := s.join(s.draw())
	w := &document.Watch{Schema: document.WatchSchema, Service: s.demand.Service, On: s.demand.On, Summary: s.counts, Clients: []document.WatchClient{}}
	behind := stacksBehind(list)
	addresses := map[clientKey]bool{}
	for _, d := range list {
		d.doc.Behind = max(1, behind[d.key.client])
		addresses[d.key.client] = true
		w.Clients = append(w.Clients, s.finish(d))
		countClass(&w.Summary, d.class)
	}
	slices.SortFunc(w.Clients, compareClients)
	w.Summary.Clients, w.Summary.Addresses = len(w.Clients), len(addresses)
	w.Owners = s.ownersOf(w.Clients)
	w.Coverage = s.coverage()
	return w
}

func countClass(sum *document.WatchSummary, class string) {
	switch class {
	case document.ClassCannot:
		sum.Cannot++
	case document.ClassLikely:
		sum.Likely++
	case document.ClassUnknown:
		sum.Unknown++
	default:
		sum.Survive++
	}
	switch class {
	case document.ClassKeptDown:
		sum.KeptDown++
	case document.ClassBetter:
		sum.Better++
	case document.ClassProven:
		sum.Proven++
	}
}

// urgency is the place of a class among the classes.
func urgency(class string) int { return slices.Index(document.WatchClasses(), class) }

func compareClients(a, b document.WatchClient) int {
	return cmp.Or(cmp.Compare(urgency(a.Class), urgency(b.Class)), cmp.Compare(b.Old, a.Old), cmp.Compare(a.Owner, b.Owner),
		cmp.Compare(a.Client, b.Client), cmp.Compare(a.Stack, b.Stack), cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.JA4, b.JA4), cmp.Compare(b.Connections, a.Connections))
}

// draw gathers what clients did at servers under the clients.
func (s *Sum) draw() []*drawn {
	list := make([]*drawn, len(s.rowList))
	for i, r := range s.rowList {
		list[i] = &drawn{row: r, servers: map[int32]*document.WatchServer{}, evidence: map[int16]*document.WatchEvidence{}}
		list[i].doc.Negotiated = map[tlsready.Version]int{}
	}
	for key, c := range s.cells {
		list[key.row].take(s, key, c)
	}
	return list
}

// take adds what a client did at a server.
func (d *drawn) take(s *Sum, key cellKey, c *cell) {
	one := s.said[key.verdict]
	class := classOf(&one)
	if one.open {
		if newer, ok := s.known.newerAt(s.byServer[key.server], key.day, d.key.client); ok {
			class, one.why = document.ClassLikely, newer.whyOf(key.negotiated)
		}
	}
	if d.worst == nil || before(class, &one, d.class, d.worst) {
		d.class, d.worst = class, &one
	}
	if key.negotiated != 0 {
		d.doc.Negotiated[key.negotiated] += c.n
	}
	d.hello = d.hello || key.hello
	d.server(s, key, c, &one)
	e := d.evidence[key.source]
	if e == nil {
		e = &document.WatchEvidence{Source: s.bySource[key.source].source, Format: s.bySource[key.source].format}
		d.evidence[key.source] = e
	}
	e.Connections += c.n
	if one.old {
		e.Old += c.n
	}
	if key.hello {
		e.Hellos += c.n
	}
	widen(&e.First, &e.Last, c.first)
	widen(&e.First, &e.Last, c.last)
}

// before orders what was said: the more urgent first, then by the words, so that no order
// decides.
func before(class string, one *said, other string, than *said) bool {
	if c := cmp.Compare(urgency(class), urgency(other)); c != 0 {
		return c < 0
	}
	return string(one.key()) < string(than.key())
}

func classOf(v *said) string {
	switch {
	case v.survives == tlsready.No:
		return document.ClassCannot
	case v.finding == document.FindingKeptDown:
		return document.ClassKeptDown
	case v.survives == tlsready.Unknown:
		return document.ClassUnknown
	case v.finding == document.FindingBetter:
		return document.ClassBetter
	}
	return document.ClassSurvives
}

func (d *drawn) server(s *Sum, key cellKey, c *cell, one *said) {
	at := d.servers[key.server]
	if at == nil {
		k := s.byServer[key.server]
		at = &document.WatchServer{Server: cmp.Or(addressText(k.address), k.host), ServerName: k.name, Negotiated: []tlsready.Version{}}
		d.servers[key.server] = at
	}
	at.Connections += c.n
	if one.old {
		at.Old += c.n
	}
	if v := key.negotiated; v != 0 && !slices.Contains(at.Negotiated, v) {
		at.Negotiated = append(at.Negotiated, v)
	}
	if findingRank(one.finding) < findingRank(at.Finding) {
		at.Finding = one.finding
	}
}

func findingRank(f string) int {
	order := []string{document.FindingCannot, document.FindingRejected, document.FindingKeptDown, document.FindingBetter}
	if at := slices.Index(order, f); at >= 0 {
		return at
	}
	return len(order)
}

// join makes one client of what a log alone has of an address and of the one stack whose
// hellos were seen behind it. Behind an address with several it cannot be told whose the
// log's lines are.
func (s *Sum) join(list []*drawn) []*drawn {
	type place struct {
		client clientKey
		owner  Owner
	}
	names := s.names(list)
	hellos := map[place][]*drawn{}
	for _, d := range list {
		if d.hello {
			at := place{d.key.client, d.key.owner}
			hellos[at] = append(hellos[at], d)
		}
	}
	var kept []*drawn
	for _, d := range list {
		if d.worst == nil { // of a client whose every cell was lost
			continue
		}
		at := place{d.key.client, d.key.owner}
		if client, ok := names[d.key.client.name]; ok && d.key.client.name != "" {
			at.client, d.key.client = client, client
		}
		if with := hellos[at]; !d.hello && len(with) == 1 {
			with[0].merge(d)
			continue
		}
		kept = append(kept, d)
	}
	return kept
}

// names are the addresses of machines of which a source gave name and address together,
// if that is one address.
func (s *Sum) names(list []*drawn) map[string]clientKey {
	found, several := map[string]clientKey{}, map[string]bool{}
	for _, d := range list {
		if name := strings.ToLower(d.name); name != "" && d.key.client.address.IsValid() {
			if have, ok := found[name]; ok && have != d.key.client {
				several[name] = true
			}
			found[name] = d.key.client
		}
	}
	for name := range several {
		delete(found, name)
	}
	return found
}

// merge takes in another client that is the same one.
func (d *drawn) merge(o *drawn) {
	d.n, d.old = d.n+o.n, d.old+o.old
	widen(&d.first, &d.last, o.first)
	widen(&d.first, &d.last, o.last)
	widen(new(time.Time), &d.lastOld, o.lastOld)
	widen(&d.firstEnough, &d.lastOK, o.firstEnough)
	widen(&d.firstEnough, &d.lastOK, o.lastOK)
	d.untimedOld = d.untimedOld || o.untimedOld
	least(&d.name, o.name)
	least(&d.agent, o.agent)
	least(&d.process, o.process)
	least(&d.ja4, o.ja4)
	for i := range d.hours {
		d.hours[i] |= o.hours[i]
	}
	if o.offered.Rank() > d.offered.Rank() {
		d.offered = o.offered
	}
	for v, n := range o.doc.Negotiated {
		d.doc.Negotiated[v] += n
	}
	for at, server := range o.servers {
		have := d.servers[at]
		if have == nil {
			d.servers[at] = server
			continue
		}
		have.Connections, have.Old = have.Connections+server.Connections, have.Old+server.Old
		for _, v := range server.Negotiated {
			if !slices.Contains(have.Negotiated, v) {
				have.Negotiated = append(have.Negotiated, v)
			}
		}
		if findingRank(server.Finding) < findingRank(have.Finding) {
			have.Finding = server.Finding
		}
	}
	for at, e := range o.evidence {
		if have := d.evidence[at]; have != nil {
			have.Connections, have.Old, have.Hellos = have.Connections+e.Connections, have.Old+e.Old, have.Hellos+e.Hellos
			widen(&have.First, &have.Last, e.First)
			widen(&have.First, &have.Last, e.Last)
		} else {
			d.evidence[at] = e
		}
	}
	if before(o.class, o.worst, d.class, d.worst) {
		d.class, d.worst = o.class, o.worst
	}
}

// stacksBehind counts the stacks whose hellos were seen behind each address.
func stacksBehind(list []*drawn) map[clientKey]int {
	stacks := map[clientKey]map[string]bool{}
	for _, d := range list {
		if !d.hello && d.key.stack == "" {
			continue
		}
		if stacks[d.key.client] == nil {
			stacks[d.key.client] = map[string]bool{}
		}
		stacks[d.key.client][cmp.Or(d.key.stack, d.ja4)] = true
	}
	counts := map[clientKey]int{}
	for client, set := range stacks {
		counts[client] = len(set)
	}
	return counts
}

// finish fills in the document of a client.
func (s *Sum) finish(d *drawn) document.WatchClient {
	if d.proven() {
		d.class = document.ClassProven
	}
	c := d.doc
	c.Client = addressOrName(d.key.client)
	if d.name != "" && !strings.EqualFold(d.name, c.Client) {
		c.Names = []string{d.name}
	}
	c.Owner, c.OwnerMail = d.key.owner.Name, d.key.owner.Mail
	c.Stack, c.StackName, c.StackIs = d.stack.ID, d.stack.Name, d.stack.Is
	c.UserAgent, c.Process, c.JA4 = d.agent, d.process, d.ja4
	c.Class, c.Survives, c.Why, c.Remedy = d.class, d.worst.survives, d.worst.why, d.worst.remedy
	switch d.class {
	case document.ClassProven:
		c.Survives, c.Since, c.Remedy = tlsready.Yes, d.firstEnough.UTC(), message.Text{}
		c.Why = message.New("clients.why.proven")
	case document.ClassLikely:
		c.Likely, c.Basis = document.LikelyNo, document.BasisInferred
	}
	c.First, c.Last, c.LastOld = utc(d.first), utc(d.last), utc(d.lastOld)
	c.Connections, c.Old, c.Offered = d.n, d.old, d.offered
	c.Servers, c.MoreServer = listServers(d.servers)
	c.Evidence = []document.WatchEvidence{}
	for _, e := range d.evidence {
		e.First, e.Last = utc(e.First), utc(e.Last)
		c.Evidence = append(c.Evidence, *e)
	}
	slices.SortFunc(c.Evidence, func(a, b document.WatchEvidence) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Format, b.Format))
	})
	for i, word := range d.hours {
		for ; word != 0; word &= word - 1 {
			c.Hours = append(c.Hours, 64*i+bits.TrailingZeros64(word))
		}
	}
	return c
}

// proven says whether the client came with too little, and since then only with enough:
// one that goes on coming with both is two programs, of which one would be cut off.
func (d *drawn) proven() bool {
	return d.old > 0 && !d.untimedOld && !d.firstEnough.IsZero() && d.firstEnough.After(d.lastOld)
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

func addressOrName(c clientKey) string {
	if c.address.IsValid() {
		return c.address.String()
	}
	return c.name
}

func listServers(all map[int32]*document.WatchServer) (list []document.WatchServer, more int) {
	list = []document.WatchServer{}
	for _, server := range all {
		slices.SortFunc(server.Negotiated, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
		list = append(list, *server)
	}
	slices.SortFunc(list, func(a, b document.WatchServer) int {
		return cmp.Or(cmp.Compare(b.Old, a.Old), cmp.Compare(b.Connections, a.Connections), cmp.Compare(a.Server, b.Server), cmp.Compare(a.ServerName, b.ServerName))
	})
	if len(list) > maxListed {
		list, more = list[:maxListed], len(list)-maxListed
	}
	return list, more
}

// ownersOf sums clients up by owner; nil if nobody asked for owners.
func (s *Sum) ownersOf(clients []document.WatchClient) []document.WatchOwner {
	owners := []document.WatchOwner{}
	if !s.owners.Asked() {
		return owners
	}
	at := map[string]int{}
	for _, listed := range s.owners.listed {
		at[listed.Name] = len(owners)
		owners = append(owners, document.WatchOwner{Owner: listed.Name, Mail: listed.Mail, State: document.OwnerNever})
	}
	for i := range clients {
		c := &clients[i]
		n, ok := at[c.Owner]
		if !ok {
			n = len(owners)
			at[c.Owner] = n
			owners = append(owners, document.WatchOwner{Owner: c.Owner, Mail: c.OwnerMail, State: document.OwnerNever})
		}
		addToOwner(&owners[n], c)
	}
	slices.SortStableFunc(owners, func(a, b document.WatchOwner) int {
		return cmp.Or(cmp.Compare(stateRank(a.State), stateRank(b.State)), cmp.Compare(b.Old, a.Old), cmp.Compare(a.Owner, b.Owner))
	})
	return owners
}

func addToOwner(o *document.WatchOwner, c *document.WatchClient) {
	if o.State == document.OwnerNever || urgency(c.Class) < urgency(o.State) {
		o.State = c.Class
	}
	o.Clients++
	o.Connections, o.Old = o.Connections+c.Connections, o.Old+c.Old
	switch c.Class {
	case document.ClassCannot:
		o.Cannot++
	case document.ClassLikely:
		o.Likely++
	case document.ClassUnknown:
		o.Unknown++
	}
	widen(&o.First, &o.Last, c.First)
	widen(&o.First, &o.Last, c.Last)
	widen(new(time.Time), &o.LastOld, c.LastOld)
}

// stateRank puts owners that were never seen between those that are in danger and those
// that survive: of them nobody knows.
func stateRank(state string) int {
	if state == document.OwnerNever {
		return 2*urgency(document.ClassUnknown) + 1
	}
	return 2 * urgency(state)
}
