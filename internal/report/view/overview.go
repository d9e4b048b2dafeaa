package view

import (
	"cmp"
	"slices"

	"tlsready/internal/document"
)

// Line is one line of the overview: hosts with the same verdict, cause and fix.
type Line struct {
	Service *document.Service
	Verdict string
	Hosts   int
	Warned  int // hosts with a warning
	Cause   string
	Fix     string
	Restart string
	Groups  []int // positions in the list of groups
}

// Overview puts groups together that say the same in one line; the worst and
// most urgent first, then the most hosts.
func Overview(list []*Group, w Words) []Line {
	type key struct{ service, verdict, cause, fix, restart string }
	index := map[key]int{}
	var lines []Line
	for i, g := range list {
		h := g.First()
		k := key{h.Service, h.Verdict, w.Cause(g), w.FixOf(g), w.Restart(h)}
		at, ok := index[k]
		if !ok {
			at = len(lines)
			index[k] = at
			lines = append(lines, Line{Service: g.Service, Verdict: h.Verdict, Cause: k.cause, Fix: k.fix, Restart: k.restart})
		}
		lines[at].Hosts += len(g.Hosts)
		if len(Warnings(g)) > 0 {
			lines[at].Warned += len(g.Hosts)
		}
		lines[at].Groups = append(lines[at].Groups, i)
	}
	slices.SortStableFunc(lines, func(a, b Line) int {
		return cmp.Or(
			cmp.Compare(document.Rank(a.Verdict), document.Rank(b.Verdict)),
			cmp.Compare(daysLeft(a.Service), daysLeft(b.Service)),
			cmp.Compare(b.Hosts, a.Hosts))
	})
	return lines
}

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
