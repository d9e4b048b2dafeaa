package sourcetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/source/gather"
)

// Loss is a fact that a source documents as one that it does not carry.
type Loss struct {
	What  string               // the fact, in a word or two
	Why   string               // the reason, as the source's page gives it
	Drop  func(*host.Snapshot) // takes the fact from a snapshot
	Turns bool                 // without the fact the verdict may be another one
}

// Less is the host as a source with these losses reads it.
func (r Reference) Less(losses ...Loss) *host.Snapshot {
	s := r.Snapshot()
	for _, l := range losses {
		l.Drop(s)
	}
	return s
}

// Compare says how what a source read differs from what it was to read: the
// system, the settings with their types, what counts as absent, and the lists. A
// source may cover more than the keys of [gather.Prefixes]; of those alone it is
// asked. The values that say which system it is are compared as the system.
func Compare(got, want *host.Snapshot) []string {
	var diffs []string
	differ := func(what string, got, want any) {
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			diffs = append(diffs, fmt.Sprintf("%s: got %s, want %s", what, g, w))
		}
	}
	differ("name", strings.ToLower(got.Name), strings.ToLower(want.Name))
	differ("system", fmt.Sprintf("%+v", got.OS), fmt.Sprintf("%+v", want.OS))
	known := states(want)
	for ref, state := range states(got) {
		differ(ref, state, known[ref])
	}
	g, w := settings(got), settings(want)
	for _, id := range slices.Sorted(maps.Keys(w)) {
		if _, ok := g[id]; !ok {
			diffs = append(diffs, fmt.Sprintf("%s is missing", w[id].Key+" "+w[id].Name))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(g)) {
		v, ok := w[id]
		switch {
		case !ok:
			diffs = append(diffs, fmt.Sprintf("%s %s is too much", g[id].Key, g[id].Name))
		case !g[id].Equal(v.Data):
			diffs = append(diffs, fmt.Sprintf("%s %s: got %+v, want %+v", v.Key, v.Name, g[id].Data, v.Data))
		}
	}
	differ("updates", updates(got), updates(want))
	differ("files", files(got), files(want))
	differ("certificates", certificates(got), certificates(want))
	differ("programs", programs(got), programs(want))
	for _, a := range want.Addresses { // a running system may have more than its registry says
		if !slices.Contains(got.Addresses, a) {
			diffs = append(diffs, fmt.Sprintf("the address %s is missing among %q", a, got.Addresses))
		}
	}
	return diffs
}

// states says what a snapshot knows of each value that the model looks up, and of
// one that nobody has in each key that sources look through.
func states(s *host.Snapshot) map[string]host.State {
	refs := gather.Reads()
	for _, key := range gather.Prefixes() {
		refs = append(refs, host.NewRef(key, "no such value"))
	}
	view, m := host.NewView(s), map[string]host.State{}
	for _, ref := range refs {
		_, m[ref.Key+" "+ref.Name] = view.Lookup(ref)
	}
	return m
}

func settings(s *host.Snapshot) map[string]host.Value {
	m := map[string]host.Value{}
	for _, v := range s.Registry {
		if slices.ContainsFunc(gather.Prefixes(), func(p string) bool { return host.Under(v.Key, p) }) {
			m[host.ValueID(v.Key, v.Name)] = v
		}
	}
	return m
}

const notAsked = "not asked"

func updates(s *host.Snapshot) string {
	if s.Updates == nil {
		return notAsked
	}
	return fmt.Sprintf("%q, complete %v", s.Updates.IDs, s.Updates.Complete)
}

func files(s *host.Snapshot) string {
	if s.Files == nil {
		return notAsked
	}
	return fmt.Sprint(s.Files)
}

func certificates(s *host.Snapshot) string {
	if s.Certificates == nil {
		return notAsked
	}
	return fmt.Sprintf("%q %q", s.Certificates.Root, s.Certificates.Intermediate)
}

func programs(s *host.Snapshot) string {
	if s.Programs == nil {
		return notAsked
	}
	return fmt.Sprintf("%q", *s.Programs)
}

func fullName(name string) string { return strings.ToLower(name) + ".example.com" }

// fileName is how a snapshot names a file: those of System32 by their name alone.
func fileName(path string) string {
	low := strings.ToLower(path)
	return strings.TrimPrefix(low, `system32\`)
}
