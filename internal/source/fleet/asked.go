package fleet

import (
	"slices"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
)

// said is one thing that an export says of what was asked.
type said struct {
	origin string
	what   answer
	key    string
	names  []string // of listed: the keys directly below; of named: the values that were asked for
}

// answer is what came of a question.
type answer int

const (
	tree   answer = iota // every value and every key at and below the key was read
	own                  // every value of the key itself was read
	listed               // own, and the names of the keys directly below are known
	named                // single values were asked for
	gone                 // there is no such key
	lost                 // denied, failed or not understood
)

// say notes an answer. Of several whole answers about one key itself the last
// counts, also for its values.
func (m *machine) say(what answer, key string, names ...string) {
	if what == own || what == listed || what == gone {
		m.said = slices.DeleteFunc(m.said, func(s said) bool { return s.what != tree && host.SameName(s.key, key) })
		m.forget(key)
	}
	m.said = append(m.said, said{m.origin, what, key, names})
}

// batch is one answer of a machine that comes as rows.
type batch struct {
	rows  int      // rows that are not about what was asked
	asked []string // keys that were asked for, since the last other row
	early bool     // other rows followed a row about what was asked

	run    string // which run of a query the rows are of, if the export says so
	broken bool   // a row was not understood
}

// ask takes a row that says that a key was asked for. Such rows have to be the last
// ones of an answer: rows are cut off at the end, and if they came first, a cut
// answer would pass for a whole one.
func (m *machine) ask(key string) {
	if key != "" {
		m.batch.asked = append(m.batch.asked, key)
	}
}

// row notes a row of another kind.
func (m *machine) row() {
	m.batch.rows++
	if len(m.batch.asked) > 0 {
		m.batch.asked, m.batch.early = nil, true
	}
}

// endBatch ends an answer: the keys that its last rows name were asked for. An
// answer of nothing else, without the system that every query asks for, proves
// nothing.
func (m *machine) endBatch() {
	b := m.batch
	m.batch = batch{}
	if b.broken {
		m.note("fleet.broken")
		return
	}
	if b.early || b.rows == 0 && len(b.asked) > 0 {
		m.note("fleet.asked-first")
	}
	if b.rows == 0 {
		return
	}
	for _, key := range b.asked {
		m.whole(key)
	}
}

// emptyAnswer takes back that keys were looked through if not one value came: every
// Windows has some there, so the answer was lost.
func (m *machine) emptyAnswer(values int) {
	before := len(m.said)
	if values == 0 {
		m.said = slices.DeleteFunc(m.said, func(s said) bool { return s.what == tree || s.what == own })
	}
	if len(m.said) < before {
		m.note("fleet.empty-answer")
	}
}

// whole notes a key that was looked through as far as every source looks: of some
// keys that is their own values.
func (m *machine) whole(key string) {
	what := tree
	if gather.IsShallow(key) {
		what = own
	}
	m.said = append(m.said, said{m.origin, what, key, nil})
}

// cover works out what was looked through, with the keys of --covered.
func (m *machine) cover(s *host.Snapshot, opt source.Options) {
	var c gather.Coverage
	for _, key := range opt.Covered {
		c.Tree(host.CurrentControlSet(normalKey(key)))
	}
	for _, one := range m.said {
		switch one.what {
		case tree, gone:
			c.Tree(one.key)
		case own:
			c.Own(one.key)
		case listed:
			c.Own(one.key)
			c.Subkeys(one.key, one.names)
		case lost:
			c.Lost(one.key)
		}
	}
	for _, v := range s.Registry {
		c.Seen(v.Key)
	}
	s.Covered, s.Shallow = c.Result()
	m.absent(s)
	m.notePartly(s)
}

// absent lists the values that were asked for by name and did not come.
func (m *machine) absent(s *host.Snapshot) {
	view := host.NewView(s)
	for _, one := range m.said {
		if one.what != named || m.isLost(one.key) {
			continue
		}
		for _, name := range one.names {
			if _, state := view.Lookup(host.NewRef(one.key, name)); state == host.NotAsked {
				s.Absent = append(s.Absent, host.ValueName{Key: one.key, Name: name})
			}
		}
	}
	slices.SortFunc(s.Absent, func(a, b host.ValueName) int {
		return host.CompareValues(host.Value{Key: a.Key, Name: a.Name}, host.Value{Key: b.Key, Name: b.Name})
	})
	s.Absent = slices.Compact(s.Absent)
}

func (m *machine) isLost(key string) bool {
	return slices.ContainsFunc(m.said, func(s said) bool { return s.what == lost && host.Under(key, s.key) })
}

// notePartly names the keys that were asked for without all that matters below.
func (m *machine) notePartly(s *host.Snapshot) {
	view := host.NewView(s)
	for _, one := range m.said {
		if one.what == tree || one.what == gone || one.what == lost {
			continue
		}
		for _, ref := range gather.Reads() {
			if _, state := view.Lookup(ref); state == host.NotAsked && host.Under(ref.Key, one.key) {
				m.note("fleet.partly", message.Str("key", one.key))
				break
			}
		}
	}
	for _, one := range m.said {
		if one.what == lost {
			m.note("fleet.lost", message.Str("key", one.key))
		}
	}
}
