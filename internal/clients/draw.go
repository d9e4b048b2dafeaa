package clients

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// maxListed bounds the servers that are listed of one client; the busiest are.
const maxListed = 8

// drawing draws clients one after the other from what they did at servers.
type drawing struct {
	sum    *Sum
	rows   *joined
	likely map[likely]*said           // of what is probably cut off
	counts []map[tlsready.Version]int // that came before: most clients have the same
	texts  []string                   // of servers

	// Of the client that is being drawn:
	worst      *said // of what decides the class
	class      string
	servers    []document.WatchServer
	at         int32 // the last of servers, by its number
	evidence   []document.WatchEvidence
	sources    []int16 // of evidence, by their numbers
	negotiated map[tlsready.Version]int
}

// likely is what tells apart what is said of clients that are probably cut off.
type likely struct {
	verdict    int32
	newer      newer
	negotiated tlsready.Version
}

// draw gathers what clients did at servers under the clients.
func (s *Sum) draw(j *joined) []document.WatchClient {
	d := &drawing{
		sum: s, rows: j, likely: map[likely]*said{}, negotiated: map[tlsready.Version]int{}, texts: make([]string, len(s.servers.list)),
	}
	order := make([]int32, s.cellList.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		one, other := &s.cellList.at(a).key, &s.cellList.at(b).key
		return cmp.Or(cmp.Compare(j.into[one.row], j.into[other.row]), cmp.Compare(one.server, other.server))
	})
	list := make([]document.WatchClient, 0, j.clients)
	for len(order) > 0 {
		at, n := j.into[s.cellList.at(order[0]).key.row], 0
		d.begin()
		for ; n < len(order) && j.into[s.cellList.at(order[n]).key.row] == at; n++ {
			d.take(s.cellList.at(order[n]))
		}
		list = append(list, d.end(at))
		order = order[n:]
	}
	return list
}

func (d *drawing) begin() {
	d.worst, d.class, d.at = nil, "", nowhere
	d.servers, d.evidence, d.sources = d.servers[:0], d.evidence[:0], d.sources[:0]
	clear(d.negotiated)
}

// take adds what a client did at a server.
func (d *drawing) take(c *cell) {
	key := &c.key
	one := &d.sum.said[key.verdict]
	class := classOf(one)
	if one.open {
		// Here counts how the source named the client.
		by := d.sum.clientKey(d.sum.rowList.at(key.row).key.client)
		if newer, ok := d.sum.known.newerAt(d.sum.servers.list[key.server], key.day, by); ok {
			class, one = document.ClassLikely, d.probably(likely{key.verdict, newer, key.negotiated})
		}
	}
	if d.worst == nil || d.before(class, one) {
		d.class, d.worst = class, one
	}
	if key.negotiated != 0 {
		d.negotiated[key.negotiated] += c.n
	}
	d.server(c, one)
	d.witness(c, one)
}

// probably is what is said of a client that is probably cut off.
func (d *drawing) probably(key likely) *said {
	one := d.likely[key]
	if one == nil {
		copied := d.sum.said[key.verdict]
		one, copied.why = &copied, key.newer.whyOf(key.negotiated)
		d.likely[key] = one
	}
	return one
}

// before says whether what is said comes before what decides so far: the more urgent
// first, then by the words, so that no order decides.
func (d *drawing) before(class string, one *said) bool {
	if c := cmp.Compare(urgency(class), urgency(d.class)); c != 0 || one == d.worst {
		return c < 0
	}
	return string(one.appendKey(nil)) < string(d.worst.appendKey(nil))
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

// server adds to the server of a cell; the cells of one come one after the other.
func (d *drawing) server(c *cell, one *said) {
	number := c.key.server
	if d.at != number {
		k := &d.sum.servers.list[number]
		if d.texts[number] == "" {
			d.texts[number] = cmp.Or(addressText(k.address), k.host)
		}
		d.at = number
		d.servers = append(d.servers, document.WatchServer{Server: d.texts[number], ServerName: k.name, Negotiated: []tlsready.Version{}})
	}
	at := &d.servers[len(d.servers)-1]
	at.Connections += c.n
	if one.old {
		at.Old += c.n
	}
	if v := c.key.negotiated; v != 0 && !slices.Contains(at.Negotiated, v) {
		at.Negotiated = append(at.Negotiated, v)
	}
	if findingRank(one.finding) < findingRank(at.Finding) {
		at.Finding = one.finding
	}
}

func findingRank(f string) int {
	switch f {
	case document.FindingCannot:
		return 0
	case document.FindingRejected:
		return 1
	case document.FindingKeptDown:
		return 2
	case document.FindingBetter:
		return 3
	}
	return 4
}

// witness adds to what the cell's source has of the client.
func (d *drawing) witness(c *cell, one *said) {
	at := slices.Index(d.sources, c.key.source)
	if at < 0 {
		name := d.sum.sources.list[c.key.source]
		at = len(d.sources)
		d.sources = append(d.sources, c.key.source)
		d.evidence = append(d.evidence, document.WatchEvidence{Source: name.source, Format: name.format})
	}
	e := &d.evidence[at]
	e.Connections += c.n
	if one.old {
		e.Old += c.n
	}
	if c.key.hello {
		e.Hellos += c.n
	}
	first, last := momentOf(e.First), momentOf(e.Last)
	c.first.widen(&first, &last)
	c.last.widen(&first, &last)
	e.First, e.Last = first.time(), last.time()
}

// end gives the document of the client, of which at is the row.
func (d *drawing) end(at int32) document.WatchClient {
	r := d.sum.rowList.at(at)
	if r.proven() {
		d.class = document.ClassProven
	}
	key, stack := d.sum.client(d.rows, at), d.sum.stacks.list[r.stack]
	c := document.WatchClient{
		Client: addressOrName(d.sum.clientKey(key)), Owner: d.sum.texts.list[r.key.owner], OwnerMail: d.sum.texts.list[r.key.mail],
		Stack: stack.ID, StackName: stack.Name, StackIs: stack.Is, UserAgent: r.agent, Process: r.process, JA4: r.ja4,
		Behind: max(1, d.rows.behind[key]), Class: d.class, Survives: d.worst.survives, Why: d.worst.why, Remedy: d.worst.remedy,
		First: r.first.time(), Last: r.last.time(), LastOld: r.lastOld.time(), Connections: r.n, Old: r.old, Offered: r.offered,
		Negotiated: d.counted(), Evidence: slices.Clone(d.evidence),
	}
	if r.name != "" && !strings.EqualFold(r.name, c.Client) {
		c.Names = []string{r.name}
	}
	switch d.class {
	case document.ClassProven:
		c.Survives, c.Since, c.Remedy = tlsready.Yes, r.firstEnough.time(), message.Text{}
		c.Why = message.New("clients.why.proven")
	case document.ClassLikely:
		c.Likely, c.Basis = document.LikelyNo, document.BasisInferred
	}
	c.Servers, c.MoreServer = listServers(d.servers)
	slices.SortFunc(c.Evidence, func(a, b document.WatchEvidence) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Format, b.Format))
	})
	for i, word := range r.hours {
		for ; word != 0; word &= word - 1 {
			c.Hours = append(c.Hours, 64*i+bits.TrailingZeros64(word))
		}
	}
	return c
}

// maxCounts is how many of the last counts are looked at for one that is the same.
const maxCounts = 16

// counted is what was agreed on, in a map that clients with the same counts share.
func (d *drawing) counted() map[tlsready.Version]int {
	for _, have := range d.counts {
		if maps.Equal(have, d.negotiated) {
			return have
		}
	}
	if len(d.counts) >= maxCounts {
		d.counts = d.counts[1:]
	}
	one := maps.Clone(d.negotiated)
	d.counts = append(d.counts, one)
	return one
}

func addressOrName(c clientKey) string {
	if c.address.IsValid() {
		return c.address.String()
	}
	return c.name
}

// listServers gives the busiest servers, and how many more there are.
func listServers(all []document.WatchServer) (list []document.WatchServer, more int) {
	for i := range all {
		slices.SortFunc(all[i].Negotiated, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	}
	slices.SortFunc(all, func(a, b document.WatchServer) int {
		return cmp.Or(cmp.Compare(b.Old, a.Old), cmp.Compare(b.Connections, a.Connections), cmp.Compare(a.Server, b.Server), cmp.Compare(a.ServerName, b.ServerName))
	})
	list = append([]document.WatchServer{}, all[:min(len(all), maxListed)]...)
	return list, len(all) - len(list)
}
