package view

import (
	"cmp"
	"maps"
	"slices"

	"tlsready/internal/document"
)

// Part is the share of a document that belongs to one customer folder, owner or
// cause.
type Part struct {
	Name  string // "" for hosts that have none
	Check *document.Check
}

// The ways to split.
const (
	ByFolder = "folder"
	ByOwner  = "owner" // the label "owner"
	ByCause  = "cause"
)

// Split returns one part for each folder, owner or cause, sorted by name, with those that
// have none last. By "" or anything else the whole document is one part without a name.
// The parts share their contents with c.
func Split(c *document.Check, by string) []Part {
	name := PartName(by)
	if name == nil {
		return []Part{{Check: c}}
	}
	parts := map[string]*document.Check{}
	of := make(map[HostService]string, len(c.Hosts))
	for i := range c.Hosts {
		h := &c.Hosts[i]
		n := name(h)
		of[HostService{h.Host, h.Service}] = n
		if parts[n] == nil {
			parts[n] = &document.Check{Schema: c.Schema, On: c.On, Today: c.Today, Assumed: c.Assumed}
		}
		parts[n].Hosts = append(parts[n].Hosts, *h)
	}
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		if p := parts[of[HostService{v.Host, v.Service}]]; p != nil {
			p.Verdicts = append(p.Verdicts, *v)
		}
	}
	return sortParts(c, parts)
}

// HostService names a host and a service together.
type HostService struct{ Host, Service string }

// PartName returns the function that names the part of a host, or nil if nothing is
// split.
func PartName(by string) func(*document.Host) string {
	switch by {
	case ByFolder:
		return func(h *document.Host) string { return h.Folder }
	case ByOwner:
		return func(h *document.Host) string { return h.Labels["owner"] }
	case ByCause:
		return func(h *document.Host) string { return Deref(h.Cause) }
	}
	return nil
}

func sortParts(c *document.Check, parts map[string]*document.Check) []Part {
	list := make([]Part, 0, len(parts))
	for name, p := range parts {
		p.Services = usedServices(c.Services, p.Hosts)
		p.Summary = document.Count(p.Hosts)
		list = append(list, Part{name, p})
	}
	slices.SortFunc(list, func(a, b Part) int { return comparePart(a.Name, b.Name) })
	return list
}

// comparePart orders parts by name, the one without a name last.
func comparePart(a, b string) int {
	if (a == "") != (b == "") {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// PartOrder gives the names of parts in their order.
func PartOrder[T any](parts map[string]T) []string {
	return slices.SortedFunc(maps.Keys(parts), comparePart)
}

func usedServices(all []document.Service, hosts []document.Host) []document.Service {
	used := map[string]bool{}
	for i := range hosts {
		used[hosts[i].Service] = true
	}
	var list []document.Service
	for _, s := range all {
		if used[s.ID] {
			list = append(list, s)
		}
	}
	return list
}

// Deref is the text, or "" if there is none.
func Deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
