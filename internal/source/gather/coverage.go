package gather

import (
	"slices"
	"strings"
	"sync"

	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// Coverage keeps what was asked of a registry and what came of it, key by key, and
// says in the end what was looked through: a covered key means that every value and
// every key below was read. What was denied or failed is never part of it, whatever
// another answer says; around it everything that was read stays covered.
//
// The zero Coverage is ready for use.
type Coverage struct {
	top   node
	asked []string // folded; see Ask
	lost  bool     // something was denied or failed
}

// node is one key, by the answers that were given about it.
type node struct {
	name  string
	below map[string]*node // by folded name
	tree  bool             // every value and every key at and below it was read, or there is no such key
	own   bool             // every value of the key itself was read
	names bool             // the names of all keys directly below are known: they are those in below
	lost  bool             // denied, failed, damaged: nothing is known of it or of what lies below

	whole bool // worked out by settle
}

// child finds or makes a key directly below n.
func (n *node) child(name string) *node {
	folded := host.Fold(name)
	found, ok := n.below[folded]
	if !ok {
		if n.below == nil {
			n.below = map[string]*node{}
		}
		found = &node{name: name}
		n.below[folded] = found
	}
	return found
}

// at finds or makes a key.
func (c *Coverage) at(key string) *node {
	n := &c.top
	for part := range strings.SplitSeq(key, `\`) {
		n = n.child(part)
	}
	return n
}

// Ask notes that key was asked for: values at and below it belong in the snapshot,
// even if the answer has holes.
func (c *Coverage) Ask(key string) { c.asked = append(c.asked, host.Fold(key)) }

// Asked says whether key, or one above it, was asked for.
func (c *Coverage) Asked(key string) bool {
	folded := host.Fold(key)
	return slices.ContainsFunc(c.asked, func(prefix string) bool { return host.Under(folded, prefix) })
}

// Tree notes that every value and every key at and below key was read.
func (c *Coverage) Tree(key string) { c.at(key).tree = true }

// Gone notes that there is surely no such key.
func (c *Coverage) Gone(key string) { c.at(key).tree = true }

// Own notes that every value of key itself was read.
func (c *Coverage) Own(key string) { c.at(key).own = true }

// Subkeys notes the names of all keys directly below key.
func (c *Coverage) Subkeys(key string, names []string) {
	n := c.at(key)
	n.names = true
	for _, name := range names {
		n.child(name)
	}
}

// Lost notes that key could not be read: it was denied, the question failed, or the
// answer is damaged. It counts more than any other answer.
func (c *Coverage) Lost(key string) { c.at(key).lost, c.lost = true, true }

// IsLost says whether key, or one above it, could not be read.
func (c *Coverage) IsLost(key string) bool {
	n := &c.top
	for part := range strings.SplitSeq(key, `\`) {
		next, ok := n.below[host.Fold(part)]
		if !ok {
			return false
		}
		if n = next; n.lost {
			return true
		}
	}
	return false
}

// Seen notes that a key exists: it stays covered even if a tree around it has a
// hole.
func (c *Coverage) Seen(key string) {
	if c.lost {
		c.at(key)
	}
}

// Whole says whether every value and every key at and below key was read, or
// whether it is surely not there.
func (c *Coverage) Whole(key string) bool {
	c.top.settle(false)
	n, tree := &c.top, false
	for part := range strings.SplitSeq(key, `\`) {
		next, ok := n.below[host.Fold(part)]
		if !ok {
			return tree || n.names // it lies below a tree, or is not among the names
		}
		if n = next; n.lost {
			return false
		}
		tree = tree || n.tree
	}
	return n.whole
}

// Result gives the keys that were looked through with all below them, and those of
// which only the own values were read, both sorted.
func (c *Coverage) Result() (covered, shallow []string) {
	c.top.settle(false)
	r := result{}
	r.walk(&c.top, "", matter(), false)
	slices.SortFunc(r.covered, compareKeys)
	slices.SortFunc(r.shallow, compareKeys)
	return r.covered, r.shallow
}

// settle works out which keys were read whole; tree says that one above is a tree.
func (n *node) settle(tree bool) {
	tree = tree || n.tree
	n.whole = !n.lost && (tree || n.own && n.names)
	for _, sub := range n.below {
		sub.settle(tree)
		n.whole = n.whole && sub.whole
	}
}

type result struct{ covered, shallow []string }

// walk takes what was read at and below n. If a key has a hole, the keys that
// matter and are certainly not there are named, since nothing else says so.
func (r *result) walk(n *node, key string, matters *node, tree bool) {
	switch {
	case n.lost:
		return
	case n.whole && key != "":
		r.covered = append(r.covered, key)
		return
	}
	tree = tree || n.tree
	if key != "" && (tree || n.own) {
		r.shallow = append(r.shallow, key)
	}
	join := func(name string) string { return strings.TrimPrefix(key+`\`+name, `\`) }
	for folded, sub := range n.below {
		var next *node
		if matters != nil {
			next = matters.below[folded]
		}
		r.walk(sub, join(sub.name), next, tree)
	}
	if matters == nil || !tree && !n.names {
		return
	}
	for folded, sub := range matters.below {
		if _, there := n.below[folded]; !there {
			r.covered = append(r.covered, join(sub.name))
		}
	}
}

// matter are the keys that somebody looks values up in, as a tree of names. It is
// made once, and read only.
var matter = sync.OnceValue(func() *node {
	var c Coverage
	for _, key := range Matter() {
		c.at(key)
	}
	return &c.top
})

// Matter lists the keys of which a value may decide a verdict: those that the model
// reads, and those that every source looks through.
func Matter() []string {
	keys := Prefixes()
	for _, ref := range Reads() {
		keys = append(keys, ref.Key)
	}
	slices.SortFunc(keys, compareKeys)
	return slices.CompactFunc(keys, host.SameName)
}

// Reads lists the values that the model looks up. It is made once; do not change it.
func Reads() []host.Ref { return reads() }

var reads = sync.OnceValue(stack.Reads)
