package view

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Tree is the registry values that matter to a group, each key named once: what was read,
// what is to be set, and what else vendors document.
type Tree []TreeKey

// TreeKey is a key with its values.
type TreeKey struct {
	Key    string // without Wow6432Node
	Values []TreeValue
}

// TreeValue is one value in the views in which it is the same.
type TreeValue struct {
	Name   string
	Views  string // "64", "32", "64+32"; "" if there is only one
	State  host.State
	Read   string // what was read; "" for what is not there
	Set    bool   // it is to be set
	Value  string // to what
	Gone   bool   // it is to be deleted
	Owner  string // who will write it again
	Policy string // name of the group policy object that will, where it is known
	// Documented is what vendors ask for and the fix does not set: the host has it
	// already (Already), or connects without it.
	Documented string
	Already    bool
	Near       *document.NearMiss // it almost is a value that Windows reads

	key string
}

// place is a value in one view.
type place struct {
	key, name string
	wow       bool
}

// TreeOf gathers the values of a group.
func TreeOf(g *Group) Tree {
	b := treeBuilder{values: map[place]*TreeValue{}, x86: g.First().OS != nil && g.First().OS.X86()}
	h := g.First()
	for i := range h.Changes {
		b.change(&h.Changes[i])
	}
	for _, r := range g.Rows {
		for i := range r.Reasons {
			for j := range r.Reasons[i].Evidence {
				b.evidence(&r.Reasons[i].Evidence[j])
			}
		}
	}
	for i := range h.Redundant {
		b.redundant(&h.Redundant[i])
	}
	for i := range h.NearMisses {
		b.near(&h.NearMisses[i])
	}
	return b.tree()
}

type treeBuilder struct {
	values map[place]*TreeValue
	order  []place
	x86    bool
}

func (b *treeBuilder) at(key, name string) *TreeValue {
	narrow, wow := Narrow(key)
	p := placeOf(narrow, name, wow)
	v := b.values[p]
	if v == nil {
		v = &TreeValue{Name: name, key: narrow}
		b.values[p] = v
		b.order = append(b.order, p)
	}
	return v
}

// placeOf compares keys and names without case.
func placeOf(key, name string, wow bool) place {
	return place{strings.ToLower(key), strings.ToLower(name), wow}
}

func (b *treeBuilder) change(c *document.Change) {
	v := b.at(c.Key, c.Name)
	v.Set, v.Gone, v.Owner, v.Policy = true, c.Delete, c.Owner, c.Policy
	if !c.Delete {
		v.Value = c.Data.Display()
	}
	v.was(c.Before)
}

func (v *TreeValue) was(before *document.Before) {
	if before != nil && v.State == "" {
		v.State, v.Read = before.State, before.Data.Display()
	}
}

// evidence adds what was read. What is no value of the registry, such as an update,
// stands in the reasons.
func (b *treeBuilder) evidence(e *document.Evidence) {
	if !strings.Contains(e.Key, `\`) || strings.HasPrefix(e.Name, "line ") {
		return
	}
	v := b.at(e.Key, e.Name)
	if v.State == "" || v.State == host.NotAsked {
		v.State, v.Read = e.State, e.Data.Display()
	}
}

func (b *treeBuilder) redundant(c *document.Change) {
	v := b.at(c.Key, c.Name)
	if v.Set {
		return
	}
	v.was(c.Before)
	v.Documented = c.Data.Display()
	v.Already = v.State == host.Present && v.Read == v.Documented
}

// near marks a value that is almost right. If it is right but in the wrong view, the
// views shown next to the values say so.
func (b *treeBuilder) near(m *document.NearMiss) {
	v := b.at(m.Key, m.Name)
	if m.Slip == "view" {
		if v.State == "" {
			v.State = host.Present
		}
		return
	}
	v.Near = m
	if v.State == "" {
		v.State = host.Present
	}
}

// tree puts the values together, and makes one of those that are the same in both views.
func (b *treeBuilder) tree() Tree {
	var tree Tree
	done := map[place]bool{}
	for _, p := range b.order {
		if done[p] {
			continue
		}
		one := *b.values[p]
		twin := place{p.key, p.name, !p.wow}
		other := b.values[twin]
		switch {
		case other != nil && same(one, *other):
			one.Views = "64+32"
			done[twin] = true
		case p.wow:
			one.Views = "32"
		case hasTwin(p.key) && !b.x86:
			one.Views = "64"
		}
		at := slices.IndexFunc(tree, func(k TreeKey) bool { return strings.EqualFold(k.Key, p.key) })
		if at < 0 {
			tree = append(tree, TreeKey{Key: one.key})
			at = len(tree) - 1
		}
		tree[at].Values = append(tree[at].Values, one)
	}
	for _, k := range tree {
		slices.SortStableFunc(k.Values, func(a, c TreeValue) int { return cmp.Compare(rank(a), rank(c)) })
	}
	slices.SortStableFunc(tree, func(a, c TreeKey) int { return cmp.Compare(rank(a.Values[0]), rank(c.Values[0])) })
	return tree
}

// rank puts what is to be set before what was read.
func rank(v TreeValue) int {
	if v.Set {
		return 0
	}
	return 1
}

func same(a, b TreeValue) bool {
	return a.State == b.State && a.Read == b.Read && a.Set == b.Set && a.Value == b.Value && a.Gone == b.Gone && a.Owner == b.Owner && a.Policy == b.Policy &&
		a.Documented == b.Documented && a.Near == nil && b.Near == nil
}

// hasTwin says whether a key is another one for 32-bit programs: most of
// HKLM\SOFTWARE, but not the policies ("Registry Keys Affected by WOW64",
// learn.microsoft.com/windows/win32/winprog64).
func hasTwin(key string) bool {
	k := strings.ToLower(key)
	return strings.HasPrefix(k, `hklm\software\`) && !strings.HasPrefix(k, `hklm\software\policies\`)
}

// Value says what was read and what is to be done: "absent → 1".
func (w Words) Value(v TreeValue) string {
	text := w.Code("state", string(v.State))
	switch {
	case v.State == host.Present && v.Read != "":
		text = v.Read
	case v.State == host.WrongType && v.Near != nil:
		text = v.Read
	case v.State == host.WrongType:
		text = w.T("evidence.note", message.Str("value", v.Read), message.Str("note", text))
	case v.State == "":
		text = w.Code("state", string(host.NotAsked))
	}
	switch {
	case v.Gone:
		text += " → " + w.T("tree.delete")
	case v.Set:
		text += " → " + v.Value
	}
	for _, note := range w.treeNotes(v) {
		text += "  " + note
	}
	return text
}

func (w Words) treeNotes(v TreeValue) []string {
	var list []string
	if v.Owner == host.GroupPolicy {
		list = append(list, w.policy(v.Policy))
	}
	switch {
	case v.Already:
		list = append(list, w.T("tree.already"))
	case v.Documented != "":
		list = append(list, w.T("tree.not-needed", message.Str("value", v.Documented)))
	}
	if v.Near != nil {
		list = append(list, w.near(v))
	}
	return list
}

// near says of a value beside its key why Windows does not read it.
func (w Words) near(v TreeValue) string {
	if v.Near.Slip == "type" {
		return w.T("near.type")
	}
	if id := "report.near." + v.Near.Slip; w.Has(id) {
		return w.Text(id, message.Str("name", v.Near.Meant.Name), message.Str("key", v.Near.Meant.Key))
	}
	return v.Near.Text
}
