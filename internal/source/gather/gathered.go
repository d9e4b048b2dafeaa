package source

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/host"
)

// gathered is what the registry sources (exports, hives, collector output) have
// in common before it becomes a snapshot.
type gathered struct {
	keys    []string     // every key that was seen, also empty ones
	values  []host.Value // keys as snapshots spell them
	covered []string     // keys that were looked through and become Snapshot.Covered
	lists   []string     // keys that were looked through for updates, programs and certificates alone
	partly  []string     // keys that were read in part: what was found is kept, what was not is not absent
	whole   bool         // all values lie under covered keys
	files   map[string]string
	notes   []string
}

// asked says whether key was looked through.
func (g *gathered) asked(key string) bool {
	looked := func(prefix string) bool { return under(key, prefix) }
	return slices.ContainsFunc(g.covered, looked) || slices.ContainsFunc(g.lists, looked)
}

// snapshot makes the snapshot. The scheme ("reg", "hive", …) says in
// Snapshot.Source which kind it came from.
func (g *gathered) snapshot(scheme string, in Input, opt Options) (*host.Snapshot, error) {
	m := newValues(g.values)
	os, known := system(m)
	os, err := opt.complete(in.Path, os, known)
	if err != nil {
		return nil, err
	}
	s := &host.Snapshot{
		Schema: host.Schema, Name: cmp.Or(hostName(m), in.ID), Source: scheme + ":" + in.Path,
		OS: os, Covered: topmost(g.covered), Files: g.files, Notes: g.notes,
	}
	g.fillLists(s)
	keep := slices.Concat(s.Covered, g.partly, []string{currentVersionKey})
	for _, v := range g.values {
		if g.whole || slices.ContainsFunc(keep, func(k string) bool { return under(v.Key, k) }) || isAccountValue(v.Key, v.Name) {
			s.Registry = append(s.Registry, v)
		}
	}
	s.Registry = latest(s.Registry)
	return s, nil
}

// latest sorts values and, of several of one name, keeps the last: a machine may
// change while a collector asks.
func latest(list []host.Value) []host.Value {
	slices.Reverse(list)
	sortValues(list)
	return slices.CompactFunc(list, func(a, b host.Value) bool {
		return valueID(a.Key, a.Name) == valueID(b.Key, b.Name)
	})
}

// fillLists makes updates, programs and certificates of the keys that hold them,
// where these were looked through entirely.
func (g *gathered) fillLists(s *host.Snapshot) {
	if g.asked(packagesKey) && g.holds(packagesKey) {
		updates, revision := servicing(entriesBelow(packagesKey, g.keys, g.values), s.OS.Build)
		s.Updates, s.OS.Revision = updates, max(s.OS.Revision, revision)
	}
	if g.asked(uninstallKey) && g.holds(uninstallKey) && (s.OS.X86() || g.asked(uninstallKey32)) {
		list := programs(append(entriesBelow(uninstallKey, g.keys, g.values), entriesBelow(uninstallKey32, g.keys, g.values)...))
		s.Programs = &list
	}
	root, intermediate := g.certificates(rootStores()), g.certificates(intermediateStores())
	if root != nil || intermediate != nil {
		s.Certificates = &host.Certificates{Root: root, Intermediate: intermediate}
	}
}

// holds says whether key was seen. Every Windows has the keys of these lists: a
// source without them is not a whole one, and proves nothing by their absence.
func (g *gathered) holds(key string) bool {
	return slices.ContainsFunc(g.keys, func(k string) bool { return under(k, key) })
}

// certificates are the thumbprints in the stores; nil unless all of them were
// looked through, and the first, which every Windows has, is there.
func (g *gathered) certificates(stores []string) []string {
	if !g.holds(stores[0] + certificatesKey) {
		return nil
	}
	var names []string
	for _, store := range stores {
		if !g.asked(store + certificatesKey) {
			return nil
		}
		for _, e := range entriesBelow(store+certificatesKey, g.keys, g.values) {
			names = append(names, e.name)
		}
	}
	return thumbprints(names)
}

// topmost are the keys that lie under no other of them, sorted, each once.
func topmost(keys []string) []string {
	// With the lowest character as the separator a key's descendants follow it
	// directly.
	order := func(key string) string { return strings.ReplaceAll(strings.ToLower(key), `\`, "\x01") }
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b))
	})
	top := []string{}
	for _, key := range sorted {
		if len(top) == 0 || !under(key, top[len(top)-1]) {
			top = append(top, key)
		}
	}
	slices.SortFunc(top, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return top
}
