package gather

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

// Facts is what a source of registry values has found before it becomes a
// snapshot.
type Facts struct {
	Coverage                  // what was asked, and what came of it
	Keys     []string         // every key that was seen, also empty ones
	Values   []host.Value     // keys as snapshots spell them
	Lists    []string         // keys that were looked through for updates, programs and certificates alone
	None     []host.ValueName // values that were asked for by name and are not there
	Whole    bool             // every value belongs into the snapshot
	Files    map[string]string
	// Addresses are those that the system itself told; those of its interfaces are found
	// among the values.
	Addresses []string
	At        time.Time      // when it was read; zero if that is not known
	Notes     []message.Text // what is to be known of the reading
}

// listed says whether key was looked through for a list.
func (g *Facts) listed(key string) bool {
	return slices.ContainsFunc(g.Lists, func(prefix string) bool { return host.Under(key, prefix) }) || g.Coverage.Whole(key)
}

// Note adds something that is to be known of the reading.
func (g *Facts) Note(id string, args ...message.Arg) {
	g.Notes = append(g.Notes, message.New(id, args...))
}

// Snapshot makes the snapshot. The scheme ("reg", "hive", …) says in
// Snapshot.Source which kind it came from.
func (g *Facts) Snapshot(scheme string, in source.Input, opt source.Options) (*host.Snapshot, error) {
	m := NewValues(g.Values)
	os, known := system(m)
	os, err := complete(opt, in.Path, os, known)
	if err != nil {
		return nil, err
	}
	s := &host.Snapshot{
		Schema: host.Schema, Name: cmp.Or(HostName(m), in.ID), Source: scheme + ":" + in.Path,
		OS: os, Files: g.Files, Notes: g.Notes, Addresses: Addresses(append(g.addresses(g.At), g.Addresses...)),
	}
	for _, v := range g.Values {
		g.Seen(v.Key)
		if g.Whole || g.Asked(v.Key) || Under(v.Key, CurrentVersionKey) || IsAccountValue(v.Key, v.Name) {
			s.Registry = append(s.Registry, v)
		}
	}
	for _, key := range g.Keys {
		g.Seen(key)
	}
	s.Covered, s.Shallow = g.Result()
	s.Absent = g.absent(s)
	g.fillLists(s)
	s.Registry = latest(s.Registry)
	return s, nil
}

// absent are the values that were asked for by name, are not there, and whose key
// was not lost; those of covered keys need no word.
func (g *Facts) absent(s *host.Snapshot) (list []host.ValueName) {
	view := host.NewView(s)
	for _, v := range g.None {
		if _, state := view.Lookup(host.NewRef(v.Key, v.Name)); state == host.NotAsked && !g.IsLost(v.Key) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b host.ValueName) int {
		return host.CompareValues(host.Value{Key: a.Key, Name: a.Name}, host.Value{Key: b.Key, Name: b.Name})
	})
	return slices.Compact(list)
}

// latest sorts values and, of several of one name, keeps the last: a machine may
// change while a collector asks.
func latest(list []host.Value) []host.Value {
	slices.Reverse(list)
	sortValues(list)
	return slices.CompactFunc(list, func(a, b host.Value) bool {
		return host.ValueID(a.Key, a.Name) == host.ValueID(b.Key, b.Name)
	})
}

// fillLists makes updates, programs and certificates from the keys that hold them,
// if these were looked through entirely.
func (g *Facts) fillLists(s *host.Snapshot) {
	if g.listed(PackagesKey) && g.holds(PackagesKey) {
		updates, revision := servicing(EntriesBelow(PackagesKey, g.Keys, g.Values), s.OS.Build)
		s.Updates, s.OS.Revision = updates, max(s.OS.Revision, revision)
	}
	if g.listed(UninstallKey) && g.holds(UninstallKey) && (s.OS.X86() || g.listed(UninstallKey32)) {
		list := programs(append(EntriesBelow(UninstallKey, g.Keys, g.Values), EntriesBelow(UninstallKey32, g.Keys, g.Values)...))
		s.Programs = &list
	}
	root, intermediate := g.certificates(RootStores()), g.certificates(IntermediateStores())
	if root != nil || intermediate != nil {
		s.Certificates = &host.Certificates{Root: root, Intermediate: intermediate}
	}
}

// holds says whether key was seen. Every Windows has the keys of these lists: a
// source without them is not a whole one, and proves nothing by their absence.
func (g *Facts) holds(key string) bool {
	return slices.ContainsFunc(g.Keys, func(k string) bool { return Under(k, key) })
}

// certificates are the thumbprints in the stores; nil unless all of them were
// looked through, and the first, which every Windows has, is there.
func (g *Facts) certificates(stores []string) []string {
	if !g.holds(stores[0] + CertificatesKey) {
		return nil
	}
	var names []string
	for _, store := range stores {
		if !g.listed(store + CertificatesKey) {
			return nil
		}
		for _, e := range EntriesBelow(store+CertificatesKey, g.Keys, g.Values) {
			names = append(names, e.name)
		}
	}
	return thumbprints(names)
}

// Topmost are the keys that lie under no other of them, sorted, each once. An export of a
// whole hive has a million keys, nearly all of them right after one that they lie under.
func Topmost(keys []string) []string {
	type folded struct{ order, key string }
	var all []folded
	for _, key := range keys {
		if n := len(all); n > 0 && Under(key, all[n-1].key) && !host.SameName(key, all[n-1].key) {
			continue
		}
		// With the lowest character as the separator a key's descendants follow it
		// directly.
		all = append(all, folded{strings.ReplaceAll(host.Fold(key), `\`, "\x01"), key})
	}
	slices.SortFunc(all, func(a, b folded) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.key, b.key)) })
	top := []string{}
	for _, f := range all {
		if len(top) == 0 || !Under(f.key, top[len(top)-1]) {
			top = append(top, f.key)
		}
	}
	slices.SortFunc(top, compareKeys)
	return top
}

// compareKeys orders keys without case; spelling decides between equal ones.
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(host.Fold(a), host.Fold(b)), cmp.Compare(a, b))
}
