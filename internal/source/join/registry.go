package join

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
)

// registry puts the registry's values and what is known to be absent together.
func (j *joining) registry() {
	var parts []source.Host
	for _, h := range j.parts {
		if s := h.Snapshot; len(s.Covered)+len(s.Shallow)+len(s.Absent)+len(s.Registry) > 0 {
			parts = append(parts, h)
		}
	}
	switch len(parts) {
	case 0:
		return
	case 1: // most hosts
		s := parts[0].Snapshot
		j.out.Covered, j.out.Shallow, j.out.Absent, j.out.Registry = s.Covered, s.Shallow, s.Absent, s.Registry
		return
	}
	r := settings{joining: j, parts: parts, seen: map[string]bool{}}
	for _, h := range parts {
		r.views = append(r.views, host.NewView(h.Snapshot))
	}
	r.values()
	r.coverage()
}

// settings are the registries of several parts.
type settings struct {
	*joining
	parts []source.Host
	views []*host.View
	seen  map[string]bool // values that are settled
	lost  []host.Ref      // values that two parts state differently, without a date
}

// values settles every value that any part has.
func (r *settings) values() {
	r.out.Registry, r.out.Absent = nil, nil
	for _, h := range r.parts {
		for _, v := range h.Snapshot.Registry {
			ref := host.NewRef(v.Key, v.Name)
			if r.seen[ref.Folded()] {
				continue
			}
			r.seen[ref.Folded()] = true
			r.value(ref)
		}
	}
	slices.SortStableFunc(r.out.Registry, func(a, b host.Value) int {
		return strings.Compare(host.ValueID(a.Key, a.Name), host.ValueID(b.Key, b.Name))
	})
	for _, h := range r.parts {
		for _, a := range h.Snapshot.Absent {
			ref := host.NewRef(a.Key, a.Name)
			if !r.seen[ref.Folded()] {
				r.seen[ref.Folded()] = true
				r.out.Absent = append(r.out.Absent, a)
			}
		}
	}
}

// value settles one value among the parts that were asked for it.
func (r *settings) value(ref host.Ref) {
	var best source.Host
	var data host.Data
	state := host.NotAsked
	for i, v := range r.views {
		d, s := v.Lookup(ref)
		switch {
		case s == host.NotAsked:
		case state == host.NotAsked:
			best, data, state = r.parts[i], d, s
		case s == state && d.Equal(data):
		case !r.contradiction(message.New("join.what.value", message.Str("key", ref.Key), message.Quote("name", ref.Name)), best, r.parts[i]):
			r.lost = append(r.lost, ref)
			return
		}
	}
	switch {
	case state == host.Present:
		r.out.Registry = append(r.out.Registry, host.Value{Key: ref.Key, Name: ref.Name, Data: data})
	case slices.ContainsFunc(r.views, func(v *host.View) bool { return !v.Covers(ref) }):
		r.out.Absent = append(r.out.Absent, host.ValueName{Key: ref.Key, Name: ref.Name})
	}
}

// coverage is what any part looked through, without the keys of values that are
// lost. A value that is there stays known although its key is not whole.
func (r *settings) coverage() {
	var c gather.Coverage
	for _, h := range r.parts {
		for _, key := range h.Snapshot.Covered {
			c.Tree(host.NormalKey(key))
		}
		for _, key := range h.Snapshot.Shallow {
			c.Own(host.NormalKey(key))
		}
	}
	for _, ref := range r.lost {
		c.Lost(ref.Key)
	}
	if len(r.lost) > 0 {
		for _, v := range r.out.Registry {
			c.Seen(v.Key)
		}
	}
	r.out.Covered, r.out.Shallow = c.Result()
	r.dropLost()
}

// dropLost takes values out that stand under a key which one part could not read as
// the other did, since a name in the list of what is absent would outrank it.
func (r *settings) dropLost() {
	r.out.Absent = slices.DeleteFunc(r.out.Absent, func(a host.ValueName) bool {
		return slices.ContainsFunc(r.lost, func(l host.Ref) bool {
			return host.SameName(l.Key, a.Key) && strings.EqualFold(l.Name, a.Name)
		})
	})
}
