package host

import (
	"slices"
	"strings"
)

// State says what a source knows of one value.
type State string

// The states. WrongType: the value is there, but of a type that its reader does
// not take.
const (
	Absent    State = "absent"
	Present   State = "present"
	WrongType State = "wrong-type"
	NotAsked  State = "not-asked"
)

// View is a snapshot made ready for look-ups, with hypothetical changes on top.
// It is immutable; [View.With] gives a new one.
type View struct {
	*Snapshot
	index   map[string]int  // folded ref → position in Registry
	folded  []string        // the folded refs in the order of Registry
	covered []string        // folded prefixes
	single  map[string]bool // folded keys of which the values alone were read, and folded refs of single values
	over    []override
	granted []string // updates taken as installed, beside the snapshot's
	assume  bool     // take every update as installed
	trace   *Trace   // what is asked is noted there; nil: nowhere
	derived bool     // of the trace is another snapshot, of which this one was made
	asked   *Asked   // what is looked up is kept there; nil: nowhere
	reads   *Reads   // which values are looked up is noted there; nil: nowhere
}

type override struct {
	folded string // of a value, or with tree of a key
	data   Data
	gone   bool
	tree   bool
	unsure bool
}

// about says whether the override is about a value.
func (o *override) about(r Ref) bool {
	if o.tree {
		return under(r.foldedKey(), o.folded)
	}
	return o.folded == r.folded
}

// NewView indexes a snapshot. The snapshot must not change afterwards.
func NewView(s *Snapshot) *View {
	v := &View{Snapshot: s, index: make(map[string]int, len(s.Registry)), covered: make([]string, len(s.Covered))}
	v.folded = make([]string, len(s.Registry))
	for i, val := range s.Registry {
		v.folded[i] = ValueID(val.Key, val.Name)
		v.index[v.folded[i]] = i
	}
	for i, c := range s.Covered {
		v.covered[i] = Fold(NormalKey(c))
	}
	v.single = make(map[string]bool, len(s.Shallow)+len(s.Absent))
	for _, key := range s.Shallow {
		v.single[Fold(NormalKey(key))] = true
	}
	for _, a := range s.Absent {
		v.single[ValueID(NormalKey(a.Key), a.Name)] = true
	}
	return v
}

// FoldedAt is what [Ref.Folded] is of the value at a place in the registry.
func (v *View) FoldedAt(i int) string { return v.folded[i] }

// Lookup finds a value. The data is meaningful only if the state is Present.
func (v *View) Lookup(r Ref) (Data, State) {
	v.asked.value(r)
	at := v.noteValue(r)
	for i := len(v.over) - 1; i >= 0; i-- {
		if o := &v.over[i]; o.about(r) {
			switch {
			case o.unsure:
				return Data{}, NotAsked
			case o.gone:
				return Data{}, Absent
			}
			return o.data, Present
		}
	}
	if at == placeUntraced {
		at = v.place(r)
	}
	switch at {
	case placeAbsent:
		return Data{}, Absent
	case placeNotAsked:
		return Data{}, NotAsked
	}
	return v.Registry[at].Data, Present
}

// place is where a value stands in the registry, or what is known of it instead.
func (v *View) place(r Ref) int {
	if i, ok := v.index[r.folded]; ok {
		return i
	}
	if v.covers(r) {
		return placeAbsent
	}
	return placeNotAsked
}

// Collected looks a value up as it was collected, without the hypothetical
// changes on top.
func (v *View) Collected(r Ref) (Data, State) {
	base := *v
	base.over = nil
	return base.Lookup(r)
}

// Covers says whether the source looked for the value: through its key, or by its
// name.
func (v *View) Covers(r Ref) bool {
	v.noteValue(r)
	return v.covers(r)
}

func (v *View) covers(r Ref) bool {
	return v.single[r.foldedKey()] || v.single[r.folded] || v.coversBelow(r)
}

// CoversBelow says whether the source looked through the key of r with all below it.
func (v *View) CoversBelow(r Ref) bool {
	return v.yesNo(question{kind: askCovered, text: r.foldedKey()}, func() bool { return v.coversBelow(r) })
}

func (v *View) coversBelow(r Ref) bool {
	key := r.foldedKey()
	return slices.ContainsFunc(v.covered, func(c string) bool { return under(key, c) })
}

// Dword looks up a value that its reader takes only as a REG_DWORD.
func (v *View) Dword(r Ref) (uint32, State) {
	d, state := v.Lookup(r)
	if state == Present && d.Type != DWORD {
		return 0, WrongType
	}
	return uint32(d.Number), state
}

// HasBelow says whether any value stands at or below the key of r, hypothetical
// ones included. It is a quick way past many look-ups.
func (v *View) HasBelow(r Ref) bool {
	key := r.foldedKey()
	if v.reads != nil {
		v.reads.keys = append(v.reads.keys, key)
	}
	if v.yesNo(question{kind: askBelow, text: key}, func() bool { return v.standsBelow(key) }) {
		return true
	}
	for _, o := range v.over {
		if strings.HasPrefix(o.folded, key) || o.tree && under(key, o.folded) {
			return true
		}
	}
	return false
}

func (v *View) standsBelow(key string) bool {
	for _, f := range v.folded {
		if strings.HasPrefix(f, key) {
			return true
		}
	}
	return false
}

// With is the view after the changes.
func (v *View) With(changes ...Change) *View {
	if len(changes) == 0 {
		return v
	}
	next := *v
	next.over = slices.Clone(v.over)
	for _, c := range changes {
		o := override{folded: NewRef(c.Key, c.Name).folded, data: c.Data, gone: c.Delete}
		if c.Tree {
			o.folded, o.tree = Fold(NormalKey(c.Key)), true
		}
		next.over = append(next.over, o)
	}
	return &next
}

// Edited is the view after changes of single values.
func (v *View) Edited(edits []*Edit) *View {
	if len(edits) == 0 {
		return v
	}
	next := *v
	next.over = make([]override, len(v.over), len(v.over)+len(edits))
	copy(next.over, v.over)
	for _, e := range edits {
		next.over = append(next.over, override{folded: e.Ref.folded, data: e.Data, gone: e.Delete})
	}
	return &next
}

// WithUnsure is the view in which nobody knows these values.
func (v *View) WithUnsure(list ...Unsure) *View {
	if len(list) == 0 {
		return v
	}
	next := *v
	next.over = slices.Clone(v.over)
	for _, u := range list {
		o := override{folded: NewRef(u.Key, u.Name).folded, unsure: true}
		if u.Tree {
			o.folded, o.tree = Fold(NormalKey(u.Key)), true
		}
		next.over = append(next.over, o)
	}
	return &next
}

// Granting is the view in which these updates are installed as well.
func (v *View) Granting(updates ...string) *View {
	if len(updates) == 0 {
		return v
	}
	next := *v
	next.granted = append(slices.Clone(v.granted), updates...)
	return &next
}

// AssumingUpdates is the view in which every update is installed
// (--assume updates=current).
func (v *View) AssumingUpdates() *View {
	next := *v
	next.assume = true
	return &next
}

// AssumesUpdates says whether every update is taken as installed.
func (v *View) AssumesUpdates() bool { return v.assume }

// Granted says whether an update was granted by [View.Granting].
func (v *View) Granted(update string) bool {
	v.asked.grant(update)
	return slices.Contains(v.granted, update)
}

// Apply writes the changes into a copy of the snapshot, in the order in which a
// source would have found them; the view's own index does not change.
func (s *Snapshot) Apply(changes ...Change) *Snapshot {
	next := *s
	next.Registry = slices.Clone(s.Registry)
	for _, c := range changes {
		if c.Tree {
			next.Registry = slices.DeleteFunc(next.Registry, func(v Value) bool { return Under(v.Key, c.Key) })
			continue
		}
		at := slices.IndexFunc(next.Registry, func(v Value) bool {
			return SameName(v.Key, c.Key) && SameName(v.Name, c.Name)
		})
		switch {
		case c.Delete && at >= 0:
			next.Registry = slices.Delete(next.Registry, at, at+1)
		case c.Delete:
		case at >= 0:
			next.Registry[at].Data = c.Data
		default:
			next.Registry = append(next.Registry, Value{Key: c.Key, Name: c.Name, Data: c.Data})
		}
	}
	return &next
}
