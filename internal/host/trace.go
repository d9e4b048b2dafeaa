package host

import "strings"

// Trace is what was asked of one snapshot through a view and all views made of it, in the
// order of asking, each question once. What asks the same of another snapshot and is answered
// the same comes to the same end there, since nothing else is known to it: see [Memo].
// It is not safe for concurrent use.
type Trace struct {
	view      *View // the snapshot as it is, without changes on top
	questions []question
	found     []int                // by question, where it is about a value: its place in the registry, absent or notAsked
	values    map[string]int       // folded ref of a value → its question
	others    map[question]yesOrNo // every other question
}

// question is one thing that can be asked of a snapshot.
type question struct {
	kind questionKind
	text string // a folded ref or key, or the name of an update, a file or a certificate
	own  Asker  // of askOwn
}

// Asker asks a snapshot something that is nobody's business here, such as which program it
// has. Its answer tells apart whatever the asker goes by. An Asker is comparable.
type Asker interface {
	Answer(s *Snapshot) string
}

// questionKind is a kind of question: about a value, all that stands below a key, what was
// read below a key, or a part of the snapshot beside the registry.
type questionKind uint8

const (
	askValue questionKind = iota
	askBelow
	askCovered
	askUpdate
	askUpdates
	askFile
	askFiles
	askCertificate
	askCertificates
	askPolicy
	askOwn
)

// yesOrNo is an answer that is kept.
type yesOrNo uint8

const (
	unanswered yesOrNo = iota
	no
	yes
)

// The places of a value that is not in the registry, and of one that nobody looked up.
const (
	placeAbsent   = -1
	placeNotAsked = -2
	placeUntraced = -3
)

// usualQuestions is how many a host is asked, with some room.
const usualQuestions = 128

// Traced is the view with everything noted that is asked of it, and of all views that are made
// of it.
func (v *View) Traced() (*View, *Trace) {
	t := &Trace{
		questions: make([]question, 0, usualQuestions), found: make([]int, 0, usualQuestions),
		values: make(map[string]int, usualQuestions), others: map[question]yesOrNo{},
	}
	return v.tracedBy(t), t
}

func (v *View) tracedBy(t *Trace) *View {
	next, base := *v, *v
	base.over = nil
	t.view, next.trace = &base, t
	return &next
}

// reset makes a trace as good as new, with the room that it has taken.
func (t *Trace) reset() {
	t.view, t.questions, t.found = nil, t.questions[:0], t.found[:0]
	clear(t.values)
	clear(t.others)
}

// On is a view of another snapshot that was made of this one's, such as the host after an
// upgrade. What is asked of it counts as asked of this one: each answer there has to follow
// from the answer here.
func (v *View) On(s *Snapshot) *View {
	next := NewView(s)
	next.trace, next.derived = v.trace, true
	return next
}

// Own notes that something was asked of the snapshot, past the view.
func (v *View) Own(q Asker) { v.yesNo(question{kind: askOwn, own: q}, func() bool { return false }) }

// yesNo notes a question that a snapshot answers by yes or no, and finds the answer once.
func (v *View) yesNo(q question, find func() bool) bool {
	t := v.trace
	if t == nil {
		return find()
	}
	known, noted := t.others[q]
	if !noted {
		t.others[q] = unanswered
		t.questions, t.found = append(t.questions, q), append(t.found, placeUntraced)
	}
	if v.derived {
		return find()
	}
	if known == unanswered {
		known = no
		if find() {
			known = yes
		}
		t.others[q] = known
	}
	return known == yes
}

// noteValue notes a look-up and gives the place of the value, if it is known from an earlier
// look-up or now.
func (v *View) noteValue(r Ref) int {
	if v.trace == nil {
		return placeUntraced
	}
	at := v.trace.value(r)
	v.reads.mark(at)
	if v.derived {
		return placeUntraced
	}
	return v.trace.found[at]
}

// value is the question about a value.
func (t *Trace) value(r Ref) int {
	at, known := t.values[r.folded]
	if !known {
		at = len(t.questions)
		t.values[r.folded] = at
		t.questions, t.found = append(t.questions, question{kind: askValue, text: r.folded}), append(t.found, t.view.place(r))
	}
	return at
}

// answer is what the snapshot says to a question, in a form for comparing alone.
func (v *View) answer(q question, to []byte) []byte {
	switch q.kind {
	case askValue:
		return v.appendValue(q.text, to)
	case askBelow:
		for _, f := range v.folded {
			if strings.HasPrefix(f, q.text) {
				to = appendText(to, f)
			}
		}
		return to
	case askCovered:
		return appendBool(to, v.coversBelow(Ref{folded: q.text, keyLen: len(q.text)}))
	case askUpdate:
		return appendBool(to, v.Snapshot.hasUpdate(q.text))
	case askUpdates:
		return appendBool(to, v.Updates != nil, v.Updates != nil && v.Updates.Complete)
	case askFile:
		return append(to, v.Snapshot.fileVersion(q.text)...)
	case askFiles:
		return appendBool(to, v.Files != nil)
	case askCertificate:
		store, thumbprint, _ := strings.Cut(q.text, " ")
		return appendBool(to, hasFold(v.Certificates.store(Store(store)), thumbprint))
	case askCertificates:
		return appendBool(to, v.Certificates.store(Store(q.text)) != nil)
	case askPolicy:
		return appendPolicies(to, v.policies(q.text))
	}
	return append(to, q.own.Answer(v.Snapshot)...)
}

// appendValue tells in any case whether the value was looked for: where a snapshot is derived
// from this one without the value, that is what is left of it.
func (v *View) appendValue(folded string, to []byte) []byte {
	r := Ref{folded: folded, keyLen: strings.IndexByte(folded, 0)}
	to = appendBool(to, v.covers(r))
	if i, ok := v.index[folded]; ok {
		to = v.Registry[i].appendState(to)
	}
	return to
}

func appendBool(to []byte, list ...bool) []byte {
	for _, b := range list {
		if b {
			to = append(to, 'y')
		} else {
			to = append(to, 'n')
		}
	}
	return to
}

// Reads is which values were looked up in a part of a trace: it saves judging again after a
// change that the judgement cannot have seen.
type Reads struct {
	trace *Trace
	marks []bool   // by question
	keys  []string // folded keys whose contents were asked for
}

// Noting is the view with its look-ups noted by themselves. It is traced for that, if it is
// not yet.
func (v *View) Noting() (*View, *Reads) {
	next := *v
	if v.trace == nil {
		traced, _ := v.Traced()
		next = *traced
	}
	next.reads = &Reads{trace: next.trace}
	return &next, next.reads
}

func (r *Reads) mark(at int) {
	if r == nil {
		return
	}
	for len(r.marks) <= at {
		r.marks = append(r.marks, false)
	}
	r.marks[at] = true
}

// Touched says whether one of the changes bears on what was read.
func (r *Reads) Touched(edits []*Edit) bool {
	for _, e := range edits {
		if at, known := r.trace.values[e.Ref.folded]; known && at < len(r.marks) && r.marks[at] {
			return true
		}
		for _, key := range r.keys {
			if strings.HasPrefix(e.Ref.folded, key) {
				return true
			}
		}
	}
	return false
}
