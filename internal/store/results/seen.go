package results

import (
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/store"
)

// maxSeen bounds the observations of one run: two hundred thousand clients a day are far
// more than a gateway has. What is beyond is counted and not kept.
const maxSeen = 1 << 18

// Seen sums connections up by day, client, endpoint, stack and version.
type Seen struct {
	Lost int // connections that were not kept, for there were too many clients

	today  store.Day
	sums   map[seenKey]*seenSum
	owners map[string]store.Owner // by client
}

type seenKey struct {
	day                                                    store.Day
	client, server, serverName, stack, offered, negotiated string
}

type seenSum struct {
	store.Observation
	survives tlsready.Answer // of the connection that is worst off
}

// NewSeen sums up. What has no time of its own counts for today.
func NewSeen(today store.Day) *Seen {
	return &Seen{today: today, sums: map[seenKey]*seenSum{}, owners: map[string]store.Owner{}}
}

// Add takes in a connection.
func (s *Seen) Add(c *document.Connection) {
	k := seenKey{
		day: s.today, client: cmp.Or(withoutPort(c.Client), c.ClientName), server: cmp.Or(c.Server, c.ServerHost), serverName: c.ServerName, stack: c.Stack,
	}
	if !c.Time.IsZero() {
		k.day = store.DayOf(c.Time)
	}
	if c.Offered != nil {
		k.offered = versionText(c.Offered.Max)
	}
	if c.Negotiated != nil {
		k.negotiated = versionText(c.Negotiated.Version)
	}
	o := s.sums[k]
	if o == nil {
		if len(s.sums) >= maxSeen {
			s.Lost++
			return
		}
		o = &seenSum{survives: c.Survives, Observation: store.Observation{
			Day: k.day, Client: k.client, Server: k.server, ServerName: k.serverName, Stack: k.stack, Offered: k.offered, Negotiated: k.negotiated,
		}}
		s.sums[k] = o
	}
	o.Count++
	o.ClientName, o.Owner = max(o.ClientName, c.ClientName), max(o.Owner, c.Owner) // the same in whichever order they come
	if urgency(c.Survives) > urgency(o.survives) {
		o.survives = c.Survives
	}
	if t := c.Time; !t.IsZero() {
		if o.First.IsZero() || t.Before(o.First) {
			o.First = t
		}
		if t.After(o.Last) {
			o.Last = t
		}
	}
	s.own(k.client, c)
}

// own keeps whom a client belonged to last.
func (s *Seen) own(client string, c *document.Connection) {
	at := c.Time
	if at.IsZero() {
		at, _ = time.Parse(time.DateOnly, string(s.today))
	}
	if have, ok := s.owners[client]; c.Owner == "" || client == "" || ok && at.Before(have.At) {
		return
	}
	s.owners[client] = store.Owner{Kind: store.KindClient, ID: client, Owner: c.Owner, Mail: c.OwnerMail, At: at}
}

func versionText(v tlsready.Version) string {
	if v == 0 {
		return ""
	}
	return v.String()
}

// urgency orders answers: who does not survive counts before all.
func urgency(a tlsready.Answer) int {
	return map[tlsready.Answer]int{tlsready.No: 2, tlsready.Unknown: 1, tlsready.Yes: 0}[a]
}

// withoutPort is the address of a client: each of its connections has another port.
func withoutPort(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// Record gives everything to a recorder, sorted.
func (s *Seen) Record(ctx context.Context, r *Recorder) error {
	keys := slices.SortedFunc(maps.Keys(s.sums), func(a, b seenKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.client, b.client), cmp.Compare(a.server, b.server), cmp.Compare(a.serverName, b.serverName),
			cmp.Compare(a.stack, b.stack), cmp.Compare(a.offered, b.offered), cmp.Compare(a.negotiated, b.negotiated))
	})
	for _, k := range keys {
		one := s.sums[k]
		one.Survives = one.survives.String()
		if err := r.Observation(ctx, one.Observation); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.owners)) {
		if err := r.Owner(ctx, s.owners[id]); err != nil {
			return err
		}
	}
	return nil
}
