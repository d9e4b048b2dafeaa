package host

import (
	"slices"
	"sync"
)

// Memo keeps what was found out about snapshots, and finds it again for every other snapshot
// that answers alike all that was asked then: hosts that differ in nothing that was looked at
// share the work. It is exact, as answers are compared in full; a value that is absent, one
// that nobody asked for and one that is there are three different answers. It may be used by
// many goroutines at once.
//
// What is asked next depends on nothing but the answers so far. So the questions form a tree:
// each node asks one, and each branch is an answer.
//
// Results are kept in two generations, of which the older is dropped when the younger is full.
// Each holds Least results, and one more for each that was found again, up to Most: where no
// two hosts are alike, hardly anything is kept.
type Memo[T any] struct {
	Least, Most int

	hits       int
	mu         sync.Mutex
	young, old generation[T]
	free       []*Trace // of hosts that are done with, whose room the next ones take
}

// generation is a number of results by what was known without asking.
type generation[T any] struct {
	roots map[memoKey]*memoNode[T]
	size  int
}

// memoKey is what every host is asked first.
type memoKey struct {
	os      OS
	assumed bool // every update is taken as installed
}

// memoNode is a way that all hosts go which come here: facts that they agree on, then the
// result, or a question that they answer in different ways.
type memoNode[T any] struct {
	facts  []fact
	result *T
	branch question
	next   map[string]*memoNode[T]
}

// fact is a question with its answer.
type fact struct {
	question
	answer string
}

// Find gives what was found about a snapshot that answers alike. The view must have no changes
// on top.
func (m *Memo[T]) Find(v *View) (found T, ok bool) {
	key := memoKey{v.OS, v.assume}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range []*generation[T]{&m.young, &m.old} {
		if r := g.roots[key].find(v); r != nil {
			m.hits++
			return *r, true
		}
	}
	return found, false
}

// find follows the answers of a snapshot.
func (n *memoNode[T]) find(v *View) *T {
	var answer []byte
	for n != nil {
		for i := range n.facts {
			if answer = v.answer(n.facts[i].question, answer[:0]); string(answer) != n.facts[i].answer {
				return nil
			}
		}
		if n.result != nil {
			return n.result
		}
		answer = v.answer(n.branch, answer[:0])
		n = n.next[string(answer)]
	}
	return nil
}

// Trace notes what is asked of a view. The traced view must not be used any more after
// [Memo.Keep].
func (m *Memo[T]) Trace(v *View) (*View, *Trace) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last := len(m.free) - 1; last >= 0 {
		t := m.free[last]
		m.free = m.free[:last]
		return v.tracedBy(t), t
	}
	return v.Traced()
}

// Keep takes what was found about a snapshot, with all that was asked of it.
func (m *Memo[T]) Keep(t *Trace, result T) {
	key := memoKey{t.view.OS, t.view.assume}
	facts := t.facts()
	t.reset()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, t)
	if m.young.size >= min(m.Least+m.hits, m.Most) {
		m.old, m.young = m.young, generation[T]{}
	}
	if m.young.roots == nil {
		m.young.roots = map[memoKey]*memoNode[T]{}
	}
	leaf := &memoNode[T]{facts: facts, result: &result}
	if root := m.young.roots[key]; root == nil {
		m.young.roots[key] = leaf
		m.young.size++
	} else if root.insert(leaf) {
		leaf.facts = slices.Clone(leaf.facts) // not what it has in common with others
		m.young.size++
	}
}

// facts are the questions with their answers.
func (t *Trace) facts() []fact {
	list := make([]fact, len(t.questions))
	var answer []byte
	for i, q := range t.questions {
		answer = t.view.answer(q, answer[:0])
		list[i] = fact{q, string(answer)}
	}
	return list
}

// insert puts a leaf below a node, where its way and the others part. It is not put anywhere if
// it stands there already, or if the same answers led to different questions.
func (n *memoNode[T]) insert(leaf *memoNode[T]) bool {
	for {
		same := 0
		for same < len(n.facts) && same < len(leaf.facts) && n.facts[same] == leaf.facts[same] {
			same++
		}
		if same < len(n.facts) {
			return n.split(leaf, same)
		}
		leaf.facts = leaf.facts[same:]
		if n.result != nil || len(leaf.facts) == 0 || leaf.facts[0].question != n.branch {
			return false
		}
		answer := leaf.facts[0].answer
		leaf.facts = leaf.facts[1:]
		if n.next[answer] == nil {
			n.next[answer] = leaf
			return true
		}
		n = n.next[answer]
	}
}

// split makes a node branch at one of its facts.
func (n *memoNode[T]) split(leaf *memoNode[T], at int) bool {
	if at >= len(leaf.facts) || n.facts[at].question != leaf.facts[at].question {
		return false
	}
	rest := *n
	rest.facts = n.facts[at+1:]
	branch, other := n.facts[at], leaf.facts[at]
	leaf.facts = leaf.facts[at+1:]
	*n = memoNode[T]{facts: n.facts[:at], branch: branch.question, next: map[string]*memoNode[T]{branch.answer: &rest, other.answer: leaf}}
	return true
}
