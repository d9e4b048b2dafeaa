package files

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source/gather"
)

// answers makes facts of what reg query printed, and of no more than that.
type answers struct {
	facts *gather.Facts
	set   gather.ControlSet
	at    map[string]told // values by their ids
	lost  []string
	gone  []string // keys that are not there, by their own answer
}

// told is where a value was put, and whether the command line that asked is known.
type told struct {
	index int
	known bool
}

// query takes a question with its answer.
func (a *answers) query(q *query) {
	for _, s := range q.sections {
		a.section(q, s)
	}
	key, ok := a.set.Key(q.key)
	switch {
	case !q.known() || !ok:
	case q.failed != "":
		a.lose(key)
	case q.missing && len(q.names) > 0:
		for _, name := range q.names {
			a.none(key, name)
		}
	case q.missing:
		a.gone = append(a.gone, key)
	case q.complete() && q.deep:
		a.facts.Tree(key)
	case q.complete():
		a.facts.Own(key)
		a.facts.Subkeys(key, q.below())
	}
}

// none notes a value that is not there. One that an earlier answer showed is gone
// since, or was in another view.
func (a *answers) none(key, name string) {
	if _, shown := a.at[host.ValueID(key, name)]; shown {
		a.lose(key)
		return
	}
	a.facts.None = append(a.facts.None, host.ValueName{Key: key, Name: name})
}

// complete says whether the answer is the whole answer to a question for all values:
// it ends with a blank line, as reg.exe ends it, and a command line follows.
func (q *query) complete() bool {
	if q.odd || q.search || q.partial || len(q.names) > 0 || len(q.sections) == 0 || !q.blank || !q.followed {
		return false
	}
	return !slices.ContainsFunc(q.sections, func(s *section) bool { return s.damaged || !host.Under(s.key, q.key) })
}

// below are the names of the keys that the answer lists directly below the key.
func (q *query) below() (names []string) {
	for _, s := range q.sections {
		if name, ok := strings.CutPrefix(host.Fold(s.key), host.Fold(q.key)+`\`); ok && !strings.Contains(name, `\`) {
			names = append(names, s.key[len(s.key)-len(name):])
		}
	}
	return names
}

// section takes the values of a key.
func (a *answers) section(q *query, s *section) {
	key, ok := a.set.Key(s.key)
	if !ok {
		return
	}
	a.facts.Keys = append(a.facts.Keys, key)
	for _, v := range s.values {
		v.Key = key
		a.value(v, q.known())
	}
	switch {
	case s.damaged:
		a.lose(key)
	case q.ownValues(s):
		a.facts.Own(key)
	}
}

// ownValues says whether a section shows all values of its key. Without the command
// line a single value may be all that was asked for (/v).
func (q *query) ownValues(s *section) bool {
	few := len(s.values) < 2 && (!q.known() || len(s.values) == 0)
	return s.framed && !few && !q.search && !q.partial && len(q.names) == 0
}

// value adds a value. Of two answers that differ the later counts if both command
// lines are known; else they may be of two views, and neither counts.
func (a *answers) value(v host.Value, known bool) {
	id := host.ValueID(v.Key, v.Name)
	had, twice := a.at[id]
	switch {
	case !twice:
		a.at[id] = told{len(a.facts.Values), known}
		a.facts.Values = append(a.facts.Values, v)
	case a.facts.Values[had.index].Data.Equal(v.Data):
	case known && had.known:
		a.facts.Values[had.index].Data = v.Data
	default:
		a.lose(v.Key)
	}
}

// lose notes that nothing is known of a key.
func (a *answers) lose(key string) {
	a.facts.Lost(key)
	if !slices.ContainsFunc(a.lost, func(k string) bool { return host.SameName(k, key) }) {
		a.lost = append(a.lost, key)
	}
}

// end settles what answers say against each other: a key that is not there by one of
// them and was shown by another may have been made meanwhile, or be of another view.
func (a *answers) end() {
	for _, key := range a.gone {
		if slices.ContainsFunc(a.facts.Keys, func(k string) bool { return host.Under(k, key) }) {
			a.lose(key)
		} else {
			a.facts.Gone(key)
		}
	}
	a.noteLost()
}

// noteLost takes back the values of the keys that were lost, and says so.
func (a *answers) noteLost() {
	a.facts.Values = slices.DeleteFunc(a.facts.Values, func(v host.Value) bool {
		return slices.ContainsFunc(a.lost, func(key string) bool { return host.SameName(v.Key, key) })
	})
	for _, key := range a.lost {
		a.facts.Note("console.lost", message.Str("key", key))
	}
}
