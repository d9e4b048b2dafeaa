package view

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Group is a set of hosts that are the same in everything that a report shows, except for
// the host's own name and program: system, offers, reasons, changes and what was there
// before.
type Group struct {
	Service *document.Service
	Hosts   []*document.Host
	Rows    []*document.Verdict // of the first host
}

// First is the host that stands for the group.
func (g *Group) First() *document.Host { return g.Hosts[0] }

// daysLeft of the group's service; services without a date come last.
func daysLeft(s *document.Service) int {
	if s == nil || s.DaysLeft == nil {
		return math.MaxInt
	}
	return *s.DaysLeft
}

// Groups puts the judged hosts together, the worst and most urgent first.
func Groups(c *document.Check) []*Group {
	rows := RowsByHost(c)
	services := ServiceIndex(c)
	keys := newKeyer()
	index := map[[2]uint64]*Group{}
	var list []*Group
	for i := range c.Hosts {
		h := &c.Hosts[i]
		if h.Verdict == document.NotInstalled || h.Verdict == document.Unreadable {
			continue
		}
		own := rows[HostService{h.Host, h.Service}]
		key := keys.of(h, own)
		g := index[key]
		if g == nil {
			g = &Group{Service: services[h.Service], Rows: own}
			index[key] = g
			list = append(list, g)
		}
		g.Hosts = append(g.Hosts, h)
	}
	slices.SortStableFunc(list, func(a, b *Group) int {
		return cmp.Or(
			cmp.Compare(document.Rank(a.First().Verdict), document.Rank(b.First().Verdict)),
			cmp.Compare(daysLeft(a.Service), daysLeft(b.Service)),
			cmp.Compare(len(b.Hosts), len(a.Hosts)),
			cmp.Compare(a.First().Host, b.First().Host),
			cmp.Compare(a.First().Service, b.First().Service))
	})
	return list
}

// RowsByHost finds the rows of a host and service.
func RowsByHost(c *document.Check) map[HostService][]*document.Verdict {
	rows := make(map[HostService][]*document.Verdict, len(c.Hosts))
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		k := HostService{v.Host, v.Service}
		rows[k] = append(rows[k], v)
	}
	return rows
}

// ServiceIndex finds services by id; one that the document does not describe
// has its id for a name.
func ServiceIndex(c *document.Check) map[string]*document.Service {
	index := make(map[string]*document.Service, len(c.Services))
	for i := range c.Services {
		index[c.Services[i].ID] = &c.Services[i]
	}
	for i := range c.Hosts {
		if id := c.Hosts[i].Service; index[id] == nil {
			index[id] = &document.Service{ID: id}
		}
	}
	return index
}

// keyer makes the key by which hosts are grouped: two hashes with different
// seeds, 128 bits, over everything that the group shares. It goes around
// encoding/json because it runs once for every row.
type keyer struct {
	seeds   [2]maphash.Seed
	text    []byte // what is hashed, of one host
	recent  []keyed
	next    int // of recent, the one that is replaced
	accepts map[*document.Acceptance]string
}

// keyed is a text with its hashes. In most fleets hosts are like one of the last few, and
// to compare is many times as fast as to hash, above all in a browser.
type keyed struct {
	text []byte
	key  [2]uint64
}

// maxRecent is how many texts are compared.
const maxRecent = 4

func newKeyer() *keyer {
	return &keyer{
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, recent: make([]keyed, maxRecent), accepts: map[*document.Acceptance]string{},
	}
}

// add writes strings with their lengths, so that no two lists look the same.
func (k *keyer) add(parts ...string) {
	for _, p := range parts {
		k.text = binary.LittleEndian.AppendUint32(k.text, uint32(len(p)))
		k.text = append(k.text, p...)
	}
}

func (k *keyer) of(h *document.Host, rows []*document.Verdict) [2]uint64 {
	k.text = k.text[:0]
	k.add(h.Service, h.Verdict, Deref(h.Cause), Deref(h.FailsFrom), YesNo(h.Fixable), h.Exposure, h.Restart, OsText(h.OS), h.Error)
	k.changes(h.Changes)
	k.changes(h.Redundant)
	for _, p := range h.Prerequisites {
		k.add("p", p.Kind, p.ID, p.Or, p.Text)
	}
	for _, e := range h.Effects {
		k.add("e", e.Caller, e.Before, e.After)
	}
	if d := h.Documented; d != nil {
		k.changes(d.Changes)
		k.add(d.Verdict)
		k.add(d.Lacks...)
	}
	k.notes(h.Warnings)
	for _, v := range rows {
		k.row(v)
	}
	return k.hashed()
}

// hashed is the key of the text.
func (k *keyer) hashed() [2]uint64 {
	for i := range k.recent {
		if bytes.Equal(k.recent[i].text, k.text) {
			return k.recent[i].key
		}
	}
	one := &k.recent[k.next]
	k.next = (k.next + 1) % maxRecent
	one.text = append(one.text[:0], k.text...)
	one.key = [2]uint64{maphash.Bytes(k.seeds[0], k.text), maphash.Bytes(k.seeds[1], k.text)}
	return one.key
}

func (k *keyer) changes(list []document.Change) {
	k.add("c")
	for i := range list {
		c := &list[i]
		k.add(c.Key, c.Name, string(c.Type), DataText(c.Data), strconv.FormatBool(c.Delete), c.Owner, c.Policy, c.Citation)
		if c.Before != nil {
			k.add(string(c.Before.State), string(c.Before.Type), DataText(c.Before.Data))
		}
	}
}

func (k *keyer) notes(list []document.Note) {
	k.add("n")
	for _, n := range list {
		k.add(n.Code, n.Text)
	}
}

func (k *keyer) row(v *document.Verdict) {
	k.add("r", v.Caller, v.Stack, v.Verdict, Deref(v.Cause), Deref(v.FailsFrom), k.acceptance(v.Accepts))
	k.offer(v.Offer)
	k.notes(v.Warnings)
	for i := range v.Reasons {
		r := &v.Reasons[i]
		k.add("w", r.Rule, r.Text, r.Basis)
		k.add(r.Citations...)
		for j := range r.Evidence {
			e := &r.Evidence[j]
			k.add(e.Key, e.Name, string(e.State), string(e.Type), DataText(e.Data))
		}
	}
}

// acceptance writes an acceptance once for each pointer: rows of one service
// share it.
func (k *keyer) acceptance(a *document.Acceptance) string {
	if a == nil {
		return ""
	}
	text, ok := k.accepts[a]
	if !ok {
		text = acceptanceKey(a)
		k.accepts[a] = text
	}
	return text
}

func acceptanceKey(a *document.Acceptance) string {
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Sprintf("%p", a) // cannot be written, so it is like no other
	}
	return string(text)
}

// offer adds an offer. Each list stands behind its length.
func (k *keyer) offer(o *document.Offer) {
	if o == nil {
		k.add("-")
		return
	}
	k.add("o", strconv.FormatBool(o.ServerName), strconv.FormatBool(o.Versions == nil), strconv.Itoa(len(o.Versions)))
	for _, v := range o.Versions {
		k.text = binary.LittleEndian.AppendUint16(k.text, uint16(v))
	}
	for _, list := range [][]string{o.Suites, o.Groups, o.SignatureAlgorithms} {
		k.add(strconv.FormatBool(list == nil), strconv.Itoa(len(list)))
		k.add(list...)
	}
}

// offerKey is the same for offers that are the same.
func offerKey(o *document.Offer) string {
	var k keyer
	k.offer(o)
	return string(k.text)
}

// YesNo is "true", "false", or "" if it is not known.
func YesNo(b *bool) string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(*b)
}

// OsText names a system as people know it: "Windows Server 2012 R2 SP1 (9600)".
func OsText(o *host.OS) string {
	if o == nil {
		return ""
	}
	name := o.Name
	if name == "" {
		name = "Windows " + o.Version
	}
	if o.ServicePack > 0 && !strings.Contains(strings.ToLower(name), "sp"+fmt.Sprint(o.ServicePack)) {
		name += fmt.Sprintf(" SP%d", o.ServicePack)
	}
	name += fmt.Sprintf(" (%d)", o.Build)
	if o.Architecture != "" && o.Architecture != "x64" {
		name += " " + o.Architecture
	}
	return name
}
