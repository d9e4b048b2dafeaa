package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
)

// machine is one host while its rows come in.
type machine struct {
	id, name  string
	os        host.OS
	values    []host.Value
	at        map[string]int // place of a value by its folded key and name
	asked     []string       // keys that were looked through with all below them
	own       []ownKey       // keys that were looked at alone
	updates   *host.Updates
	notes     []string
	collected time.Time
	err       error
}

// ownKey is a key that was asked for without the keys below it.
type ownKey struct {
	key    string
	absent bool     // the key is not there, so nothing is below it
	below  []string // the names of its direct subkeys
	names  []string // the values that were asked for; nil: all
}

// machines collects the hosts of an export by their ids, in order.
type machines struct {
	list []*machine
	byID map[string]*machine
}

func (m *machines) get(id string) *machine {
	folded := strings.ToLower(id)
	if found, ok := m.byID[folded]; ok {
		return found
	}
	if m.byID == nil {
		m.byID = map[string]*machine{}
	}
	one := &machine{id: id, at: map[string]int{}}
	m.byID[folded] = one
	m.list = append(m.list, one)
	return one
}

// set adds a value. Of a value that comes twice the later one counts, as exports
// are in the order of time.
func (m *machine) set(key, name string, data host.Data) {
	id := strings.ToLower(key) + "\x00" + strings.ToLower(name)
	v := host.Value{Key: key, Name: name, Data: data}
	if i, ok := m.at[id]; ok {
		m.values[i] = v
		return
	}
	m.at[id] = len(m.values)
	m.values = append(m.values, v)
}

// remove takes a value back, as logs of differences do.
func (m *machine) remove(key, name string) {
	id := strings.ToLower(key) + "\x00" + strings.ToLower(name)
	i, ok := m.at[id]
	if !ok {
		return
	}
	m.values = slices.Delete(m.values, i, i+1)
	delete(m.at, id)
	for other, at := range m.at {
		if at > i {
			m.at[other] = at - 1
		}
	}
}

func (m *machine) ask(key string) {
	if key != "" && !slices.Contains(m.asked, key) {
		m.asked = append(m.asked, key)
	}
}

func (m *machine) update(id string) {
	if m.updates == nil {
		m.updates = &host.Updates{IDs: []string{}} // never complete: these lists leave things out
	}
	if id = strings.ToUpper(strings.TrimSpace(id)); strings.HasPrefix(id, "KB") && !slices.Contains(m.updates.IDs, id) {
		m.updates.IDs = append(m.updates.IDs, id)
	}
}

func (m *machine) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(m.notes, text) {
		m.notes = append(m.notes, text)
	}
}

// hosts makes the snapshots of an export of a kind.
func (m *machines) hosts(kind, path string, opt Options) []Host {
	list := make([]Host, 0, len(m.list))
	for _, one := range m.list {
		h := Host{ID: safeID(one.id), Err: one.err}
		if h.Err == nil {
			h.Snapshot, h.Err = one.snapshot(kind, path, opt)
		}
		list = append(list, h)
	}
	return list
}

// safeID keeps a name from looking like a path of ids.
func safeID(id string) string { return strings.NewReplacer("/", "_", `\`, "_").Replace(id) }

func (m *machine) snapshot(kind, path string, opt Options) (*host.Snapshot, error) {
	os, ok := m.system(opt)
	if !ok {
		return nil, errorAt(path, cmp.Or(m.id, "the machine"), `the operating system is not in the export; give it with --os "Windows Server 2012 R2" or --os 6.3.9600`)
	}
	s := &host.Snapshot{
		Schema: host.Schema, Name: cmp.Or(m.name, m.id), CollectedAt: m.collected, Source: kind + ":" + path,
		OS: os, Registry: slices.Clone(m.values), Updates: m.updates, Notes: m.notes,
	}
	s.Covered = m.covered(s, opt)
	if len(s.Covered) == 0 {
		s.Notes = append(s.Notes, fmt.Sprintf(noteNotAsked, kind))
	}
	slices.SortStableFunc(s.Registry, host.CompareValues)
	if s.Updates != nil {
		slices.Sort(s.Updates.IDs)
	}
	return s, nil
}

// covered are the prefixes under which everything was looked at.
func (m *machine) covered(s *host.Snapshot, opt Options) []string {
	all := slices.Clone(m.asked)
	for _, key := range opt.Covered {
		all = append(all, normalKey(key))
	}
	for _, o := range m.own {
		if m.whole(o, all) {
			all = append(all, o.key)
		} else {
			s.Notes = append(s.Notes, fmt.Sprintf(notePartly, o.key))
		}
	}
	return topmost(all)
}

// whole says whether looking at a key alone was enough: it is not there, or
// nothing below it matters that was not asked for too.
func (m *machine) whole(o ownKey, deep []string) bool {
	if o.absent {
		return true
	}
	if o.names != nil && !holdsNames(o.names, namesThatMatter(o.key)) {
		return false
	}
	for _, name := range o.below {
		key := o.key + `\` + name
		if !matters(key) || slices.ContainsFunc(deep, func(d string) bool { return under(key, d) }) {
			continue
		}
		i := slices.IndexFunc(m.own, func(other ownKey) bool { return strings.EqualFold(other.key, key) })
		if i < 0 || !m.whole(m.own[i], deep) {
			return false
		}
	}
	return true
}

func holdsNames(have, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, w) }) {
			return false
		}
	}
	return len(want) > 0
}

// topmost are the keys that lie under no other of them, sorted.
func topmost(keys []string) []string {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	var top []string
	for _, key := range sorted {
		if !slices.ContainsFunc(top, func(t string) bool { return under(key, t) }) {
			top = append(top, key)
		}
	}
	slices.SortFunc(top, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return top
}
