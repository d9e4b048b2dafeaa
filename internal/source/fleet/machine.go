package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/source"
)

// maxNotes bounds the notes of a machine: beyond it they are no help.
const maxNotes = 20

// machine is one host while its rows come in.
type machine struct {
	id, name  string
	os        host.OS
	values    []host.Value
	at        map[string]int // place of a value by its folded key and name
	asked     []string       // keys that were looked through with all below them
	own       []ownKey       // keys that were looked at alone
	ownAt     map[string]int // place of such a key by its folded spelling
	seen      map[string]bool
	origin    string         // what the rows that come in are an answer to
	from      map[int]string // origin of a value, by its place
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
	one := &machine{id: id, at: map[string]int{}, ownAt: map[string]int{}, seen: map[string]bool{}, from: map[int]string{}}
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
		m.values[i], m.from[i] = v, m.origin
		return
	}
	m.at[id], m.from[len(m.values)] = len(m.values), m.origin
	m.values = append(m.values, v)
}

// renew begins a new whole answer to something: what an earlier answer to the
// same said, and this one does not, is there no more.
func (m *machine) renew(origin string) {
	m.origin = origin
	if m.first("answer", origin) {
		return
	}
	for i, v := range m.values {
		if v.Key != "" && m.from[i] == origin {
			m.remove(v.Key, v.Name)
		}
	}
}

// remove takes a value back, as logs of differences do.
func (m *machine) remove(key, name string) {
	id := strings.ToLower(key) + "\x00" + strings.ToLower(name)
	if i, ok := m.at[id]; ok {
		m.values[i].Key = "" // dropped when the snapshot is made
		delete(m.at, id)
	}
}

func (m *machine) ask(key string) {
	if key != "" && m.first("asked", key) {
		m.asked = append(m.asked, key)
	}
}

// first says whether something of a kind comes for the first time.
func (m *machine) first(kind, text string) bool {
	id := kind + "\x00" + strings.ToLower(text)
	known := m.seen[id]
	m.seen[id] = true
	return !known
}

// look notes a key that was asked for without the keys below it. Of several
// answers for one key the last counts; values asked for one by one add up.
func (m *machine) look(o ownKey) {
	folded := strings.ToLower(o.key)
	i, ok := m.ownAt[folded]
	switch {
	case !ok:
		m.ownAt[folded] = len(m.own)
		m.own = append(m.own, o)
	case o.names == nil:
		m.own[i] = o
	case m.own[i].names != nil:
		m.own[i].names = append(m.own[i].names, o.names...)
	}
}

func (m *machine) update(id string) {
	if m.updates == nil {
		m.updates = &host.Updates{IDs: []string{}} // never complete: these lists leave things out
	}
	if id = strings.ToUpper(strings.TrimSpace(id)); strings.HasPrefix(id, "KB") && m.first("update", id) {
		m.updates.IDs = append(m.updates.IDs, id)
	}
}

func (m *machine) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if m.first("note", text) {
		m.notes = append(m.notes, text)
	}
}

// hosts makes the snapshots of an export of a kind.
func (m *machines) hosts(kind, path string, opt source.Options) []source.Host {
	list := make([]source.Host, 0, len(m.list))
	for _, one := range m.list {
		h := source.Host{ID: safeID(one.id), Err: one.err}
		if h.Err == nil {
			h.Snapshot, h.Err = one.snapshot(kind, path, opt)
		}
		list = append(list, h)
	}
	return list
}

// safeID keeps a name from looking like a path of ids.
func safeID(id string) string { return strings.NewReplacer("/", "_", `\`, "_").Replace(id) }

func (m *machine) snapshot(kind, path string, opt source.Options) (*host.Snapshot, error) {
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
		s.Notes = append(s.Notes, fmt.Sprintf(noteNotAsked, page(kind)))
	}
	s.Registry = slices.DeleteFunc(s.Registry, func(v host.Value) bool { return v.Key == "" })
	slices.SortStableFunc(s.Registry, host.CompareValues)
	if s.Updates != nil {
		slices.Sort(s.Updates.IDs)
	}
	return s, nil
}

// page is the page of docs/sources on a kind.
func page(kind string) string {
	if kind == "clixml" {
		return "powershell"
	}
	return kind
}

// covered are the prefixes under which everything was looked at.
func (m *machine) covered(s *host.Snapshot, opt source.Options) []string {
	all := slices.Clone(m.asked)
	for _, key := range opt.Covered {
		all = append(all, normalKey(key))
	}
	deep := topmost(all)
	known := map[string]bool{}
	for _, o := range m.own {
		if m.whole(o, deep, known) {
			all = append(all, o.key)
		} else if len(s.Notes) < maxNotes {
			s.Notes = append(s.Notes, fmt.Sprintf(notePartly, o.key))
		}
	}
	return topmost(all)
}

// whole says whether looking at a key alone was enough: it is not there, or
// nothing below it matters that was not asked for too. Answers are kept in known.
func (m *machine) whole(o ownKey, deep []string, known map[string]bool) bool {
	folded := strings.ToLower(o.key)
	answer, ok := known[folded]
	if !ok {
		answer = m.lookWhole(o, deep, known)
		known[folded] = answer
	}
	return answer
}

func (m *machine) lookWhole(o ownKey, deep []string, known map[string]bool) bool {
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
		i, asked := m.ownAt[strings.ToLower(key)]
		if !asked || !m.whole(m.own[i], deep, known) {
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
	// With the lowest character as the separator a key's descendants follow it
	// directly.
	order := func(key string) string { return strings.ReplaceAll(strings.ToLower(key), `\`, "\x01") }
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a, b))
	})
	var top []string
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
