package clients

import (
	"cmp"
	"slices"

	"tlsready/internal/document"
)

// Result draws the sum. Nothing may be added after it: what only serves to add is given
// up, and clients are drawn one after the other, so that there is never more of them than
// what was kept and what comes of it.
func (s *Sum) Result() *document.Watch {
	s.rows, s.cells = nil, nil
	w := &document.Watch{Schema: document.WatchSchema, Service: s.demand.Service, On: s.demand.On, Summary: s.counts}
	into := s.join()
	w.Clients = s.draw(into)
	slices.SortFunc(w.Clients, compareClients)
	for i := range w.Clients {
		countClass(&w.Summary, w.Clients[i].Class)
	}
	w.Summary.Clients, w.Summary.Addresses = len(w.Clients), into.addresses
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
	first, last := momentOf(o.First), momentOf(o.Last)
	momentOf(c.First).widen(&first, &last)
	momentOf(c.Last).widen(&first, &last)
	o.First, o.Last, o.LastOld = first.time(), last.time(), max(momentOf(o.LastOld), momentOf(c.LastOld)).time()
}

// stateRank puts owners that were never seen between those that are in danger and those
// that survive: of them nobody knows.
func stateRank(state string) int {
	if state == document.OwnerNever {
		return 2*urgency(document.ClassUnknown) + 1
	}
	return 2 * urgency(state)
}
