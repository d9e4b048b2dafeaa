package fleet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// maxClients bounds the clients that are told apart: a scan from made-up addresses would
// else fill the memory. The others are counted.
const maxClients = 200_000

// maxServers is how many servers of a client are named.
const maxServers = 4

// clientKey is what one client is known by.
type clientKey struct{ name, owner, stack string }

// passage is when a client came last with enough and with too little, and which of its
// connections speaks for it.
type passage struct {
	survived, failed, doubted, open time.Time
	said                            string // what orders connections of one moment
}

// Connection takes one connection that was seen; day is that of its file, for sources
// without a time.
func (l *Ledger) Connection(d Day, c *document.Connection) {
	when := c.Time
	if when.IsZero() {
		when = d.Time()
	}
	name, address := c.ClientName, addressOf(c.Client)
	if name == "" {
		name, address = address, ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := clientKey{name, c.Owner, c.Stack}
	one, known := l.clients[key]
	if !known {
		if len(l.clients) >= maxClients {
			l.more++
			return
		}
		key = clientKey{strings.Clone(name), strings.Clone(c.Owner), strings.Clone(c.Stack)}
		one = &document.FleetClient{Client: key.name, Owner: key.owner, Stack: key.stack, Servers: []string{}}
		l.clients[key], l.passed[key] = one, &passage{}
	}
	one.Connections++
	if one.First.IsZero() || when.Before(one.First) {
		one.First = when
	}
	if c.Old {
		one.Old++
		if when.After(one.LastOld) {
			one.LastOld = when
		}
	}
	if c.Offered != nil && c.Offered.Max.Rank() > one.Offered.Rank() {
		one.Offered = c.Offered.Max
	}
	server(one, cmp.Or(c.ServerName, c.ServerHost, c.Server))
	l.passed[key].pass(one, c, when, address)
}

// pass notes how a connection ended. What is said of the client is said by its newest
// connection.
func (p *passage) pass(one *document.FleetClient, c *document.Connection, when time.Time, address string) {
	at := &p.open
	switch {
	case c.Survives == tlsready.Yes:
		at = &p.survived
	case c.Survives == tlsready.No:
		at = &p.failed
	case c.Likely == document.LikelyNo:
		at = &p.doubted
	}
	if when.After(*at) {
		*at = when
	}
	said := c.Identity.UserAgent + c.Identity.Process + message.English(c.Why)
	if when.Before(one.Last) || when.Equal(one.Last) && said <= p.said {
		return
	}
	one.Last, p.said, one.Address, one.OwnerMail = when, said, strings.Clone(address), strings.Clone(c.OwnerMail)
	one.UserAgent, one.Process = strings.Clone(c.Identity.UserAgent), strings.Clone(c.Identity.Process)
	one.Why, one.Remedy = c.Why, c.Remedy
}

// class is that of a client now: one that came with enough after its last connection with
// too little has been mended.
func (p *passage) class() string {
	since := func(t time.Time) bool { return !t.IsZero() && !t.Before(p.survived) }
	switch {
	case since(p.failed):
		return document.ClassCannot
	case since(p.doubted):
		return document.ClassLikely
	case since(p.open):
		return document.ClassUnknown
	case !p.failed.IsZero():
		return document.ClassProven
	}
	return document.ClassSurvives
}

// server notes one more server, of several the first in order.
func server(one *document.FleetClient, name string) {
	if name == "" {
		return
	}
	at, known := slices.BinarySearch(one.Servers, name)
	if known {
		return
	}
	one.Servers = slices.Insert(one.Servers, at, strings.Clone(name))
	one.Servers = one.Servers[:min(len(one.Servers), maxServers)]
}

// addressOf is an address without its port.
func addressOf(s string) string {
	if at := strings.LastIndexByte(s, ':'); at > 0 && (s[at-1] == ']' || strings.IndexByte(s, ':') == at) {
		return strings.Trim(s[:at], "[]")
	}
	return s
}

func (l *Ledger) clientList() []document.FleetClient {
	list := make([]document.FleetClient, 0, len(l.clients))
	for key, c := range l.clients {
		one := *c
		one.Class = l.passed[key].class()
		list = append(list, one)
	}
	order := document.WatchClasses()
	slices.SortFunc(list, func(a, b document.FleetClient) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Class), slices.Index(order, b.Class)), b.Last.Compare(a.Last),
			strings.Compare(a.Client, b.Client), strings.Compare(a.Owner, b.Owner), strings.Compare(a.Stack, b.Stack))
	})
	return list
}
