package gather

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/source"
)

// Facts is what the registry sources (exports, hives, collector output) have
// in common before it becomes a snapshot.
type Facts struct {
	Keys    []string     // every key that was seen, also empty ones
	Values  []host.Value // keys as snapshots spell them
	Covered []string     // keys that were looked through and become Snapshot.Covered
	Lists   []string     // keys that were looked through for updates, programs and certificates alone
	Partly  []string     // keys that were read in part: what was found is kept, what was not is not absent
	Whole   bool         // all values lie under covered keys
	Files   map[string]string
	Notes   []string
}

// asked says whether key was looked through.
func (g *Facts) asked(key string) bool {
	looked := func(prefix string) bool { return Under(key, prefix) }
	return slices.ContainsFunc(g.Covered, looked) || slices.ContainsFunc(g.Lists, looked)
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
		OS: os, Covered: Topmost(g.Covered), Files: g.Files, Notes: g.Notes,
	}
	g.fillLists(s)
	keep := slices.Concat(s.Covered, g.Partly, []string{CurrentVersionKey})
	for _, v := range g.Values {
		if g.Whole || slices.ContainsFunc(keep, func(k string) bool { return Under(v.Key, k) }) || IsAccountValue(v.Key, v.Name) {
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
		return ValueID(a.Key, a.Name) == ValueID(b.Key, b.Name)
	})
}

// fillLists makes updates, programs and certificates of the keys that hold them,
// where these were looked through entirely.
func (g *Facts) fillLists(s *host.Snapshot) {
	if g.asked(PackagesKey) && g.holds(PackagesKey) {
		updates, revision := servicing(EntriesBelow(PackagesKey, g.Keys, g.Values), s.OS.Build)
		s.Updates, s.OS.Revision = updates, max(s.OS.Revision, revision)
	}
	if g.asked(UninstallKey) && g.holds(UninstallKey) && (s.OS.X86() || g.asked(UninstallKey32)) {
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
		if !g.asked(store + CertificatesKey) {
			return nil
		}
		for _, e := range EntriesBelow(store+CertificatesKey, g.Keys, g.Values) {
			names = append(names, e.name)
		}
	}
	return thumbprints(names)
}

// Topmost are the keys that lie under no other of them, sorted, each once.
func Topmost(keys []string) []string {
	// With the lowest character as the separator a key's descendants follow it
	// directly.
	order := func(key string) string { return strings.ReplaceAll(strings.ToLower(key), `\`, "\x01") }
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b))
	})
	top := []string{}
	for _, key := range sorted {
		if len(top) == 0 || !Under(key, top[len(top)-1]) {
			top = append(top, key)
		}
	}
	slices.SortFunc(top, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return top
}
