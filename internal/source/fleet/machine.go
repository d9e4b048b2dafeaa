package fleet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
)

// maxNotes bounds the notes of a machine: beyond it they are no help.
const maxNotes = 20

// machine is one host while its rows come in.
type machine struct {
	id, name  string
	os        host.OS
	values    []host.Value
	at        map[string]int // place of a value by its folded key and name
	said      []said         // what was asked, and what came of it
	seen      map[string]bool
	origin    string         // what the rows that come in are an answer to
	from      map[int]string // origin of a value, by its place
	batch     batch
	updates   *host.Updates
	notes     []message.Text
	collected time.Time
	addresses []string
	err       error
	errFrom   string // origin of err
}

// machines collects the hosts of an export by their ids, in order.
type machines struct {
	list   []*machine
	byID   map[string]*machine
	broken bool // a row was not understood, and of which machine it is does not show
}

func (m *machines) get(id string) *machine {
	folded := host.Fold(id)
	if found, ok := m.byID[folded]; ok {
		return found
	}
	if m.byID == nil {
		m.byID = map[string]*machine{}
	}
	one := &machine{id: id, at: map[string]int{}, seen: map[string]bool{}, from: map[int]string{}}
	m.byID[folded] = one
	m.list = append(m.list, one)
	return one
}

// set adds a value. Of a value that comes twice the later one counts, as exports
// are in the order of time.
func (m *machine) set(key, name string, data host.Data) {
	id := host.ValueID(key, name)
	v := host.Value{Key: key, Name: name, Data: data}
	if i, ok := m.at[id]; ok {
		m.values[i], m.from[i] = v, m.origin
		return
	}
	m.at[id], m.from[len(m.values)] = len(m.values), m.origin
	m.values = append(m.values, v)
}

// setOnce adds a value of an answer in which each comes once. If two differ, neither
// counts.
func (m *machine) setOnce(key, name string, data host.Data) {
	id := host.ValueID(key, name)
	i, had := m.at[id]
	switch {
	case m.seen["differs\x00"+id]:
	case had && !m.values[i].Data.Equal(data):
		m.seen["differs\x00"+id] = true
		m.say(lost, key)
		m.remove(key, name)
	default:
		m.set(key, name, data)
	}
}

// renew begins a new whole answer to something: what an earlier answer to the
// same said, and this one does not, is there no more.
func (m *machine) renew(origin string) {
	m.endBatch()
	m.origin = origin
	if m.first("answer", origin) {
		return
	}
	if m.errFrom == origin {
		m.err = nil
	}
	for i, v := range m.values {
		if v.Key != "" && m.from[i] == origin {
			m.remove(v.Key, v.Name)
		}
	}
	m.said = slices.DeleteFunc(m.said, func(s said) bool { return s.origin == origin })
}

// remove takes a value back, as logs of differences do.
func (m *machine) remove(key, name string) {
	id := host.ValueID(key, name)
	if i, ok := m.at[id]; ok {
		m.values[i].Key = "" // dropped when the snapshot is made
		delete(m.at, id)
	}
}

// forget takes back all values of a key, which is answered anew.
func (m *machine) forget(key string) {
	for _, v := range m.values {
		if v.Key != "" && host.SameName(v.Key, key) {
			m.remove(v.Key, v.Name)
		}
	}
}

// fail notes that the machine, or the question, failed. A later answer to the same
// takes its place.
func (m *machine) fail(err error) { m.err, m.errFrom = err, m.origin }

// first says whether something of a kind comes for the first time.
func (m *machine) first(kind, text string) bool {
	id := kind + "\x00" + host.Fold(text)
	known := m.seen[id]
	m.seen[id] = true
	return !known
}

func (m *machine) update(id string) {
	if m.updates == nil {
		m.updates = &host.Updates{IDs: []string{}} // never complete: these lists leave things out
	}
	if id = strings.ToUpper(strings.TrimSpace(id)); strings.HasPrefix(id, "KB") && m.first("update", id) {
		m.updates.IDs = append(m.updates.IDs, id)
	}
}

// note adds something that is to be known of the reading, once.
func (m *machine) note(id string, args ...message.Arg) {
	text := message.New(id, args...)
	if m.first("note", message.English(text)) && len(m.notes) < maxNotes {
		m.notes = append(m.notes, text)
	}
}

// hosts makes the snapshots of an export of a kind.
func (m *machines) hosts(kind, path string, opt source.Options) []source.Host {
	list := make([]source.Host, 0, len(m.list))
	for _, one := range m.list {
		one.batch.broken = one.batch.broken || m.broken
		one.endBatch()
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
	m.controlSet()
	os, ok := m.system(opt)
	if !ok {
		return nil, message.At(path, message.Error("fleet.no-system").At(m.id).Hinted("gather.hint.os", message.Str("example", `"Windows Server 2012 R2"`)))
	}
	s := &host.Snapshot{
		Schema: host.Schema, Name: cmp.Or(m.name, m.id), CollectedAt: m.collected, Source: kind + ":" + path,
		OS: os, Registry: slices.Clone(m.values), Updates: m.updates,
		Addresses: gather.Addresses(m.addresses),
	}
	s.Registry = slices.DeleteFunc(s.Registry, func(v host.Value) bool { return v.Key == "" })
	slices.SortStableFunc(s.Registry, host.CompareValues)
	if kind != "ansible" { // it answers key by key
		m.emptyAnswer(len(s.Registry))
	}
	m.cover(s, opt)
	if len(s.Covered)+len(s.Shallow)+len(s.Absent) == 0 {
		m.note("fleet.not-asked", message.Str("page", page(kind)))
	}
	s.Notes = m.notes
	if s.Updates != nil {
		slices.Sort(s.Updates.IDs)
	}
	return s, nil
}

// controlSet spells the keys of the control set in use as CurrentControlSet and drops
// those of others, once everything that the machine says is there.
func (m *machine) controlSet() {
	values := slices.DeleteFunc(slices.Clone(m.values), func(v host.Value) bool { return v.Key == "" })
	var keys []string
	for _, v := range values {
		keys = append(keys, v.Key)
	}
	for _, s := range m.said {
		keys = append(keys, s.key)
	}
	set := gather.ControlSetOf(keys, values)
	if set.Second != "" {
		m.note("files.two-control-sets", message.Str("first", set.First), message.Str("second", set.Second))
	}
	said := m.said[:0]
	for _, s := range m.said {
		if key, ok := set.Key(s.key); ok {
			s.key = spelled(key)
			said = append(said, s)
		}
	}
	m.said = said
	values, split := set.Values(values)
	m.values, m.at = values, map[string]int{}
	for i, v := range values {
		m.values[i].Key = spelled(v.Key)
		m.at[host.ValueID(v.Key, v.Name)] = i
	}
	for _, key := range split {
		m.say(lost, key)
	}
}

// page is the page of docs/sources on a kind.
func page(kind string) string {
	switch kind {
	case "clixml", "listing", "entra", "healthchecker":
		return "powershell"
	}
	return kind
}
