package view

import (
	"cmp"
	"slices"

	"tlsready/internal/document"
)

// Unjudged lists the hosts that could not be read, or that lack the program.
func Unjudged(c *document.Check, verdict string) []*document.Host {
	var list []*document.Host
	seen := map[string]bool{}
	for i := range c.Hosts {
		h := &c.Hosts[i]
		if h.Verdict == verdict && !seen[h.Host] {
			seen[h.Host] = true
			list = append(list, h)
		}
	}
	return list
}

// ByUrgency sorts services by days left.
func ByUrgency(services []document.Service) []*document.Service {
	list := make([]*document.Service, len(services))
	for i := range services {
		list[i] = &services[i]
	}
	slices.SortStableFunc(list, func(a, b *document.Service) int {
		return cmp.Or(cmp.Compare(daysLeft(a), daysLeft(b)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// HostOrder gives the positions of a document's hosts so that the outcomes of one host
// follow each other, the hosts in the order of first sight.
func HostOrder(c *document.Check) []int {
	first := make(map[string]int, len(c.Hosts))
	order := make([]int, len(c.Hosts))
	for i := range c.Hosts {
		order[i] = i
		if _, seen := first[c.Hosts[i].Host]; !seen {
			first[c.Hosts[i].Host] = i
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(first[c.Hosts[a].Host], first[c.Hosts[b].Host]) })
	return order
}
