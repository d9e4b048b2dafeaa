package document

import (
	"encoding/json"
	"slices"

	"tlsready/internal/host"
	"tlsready/internal/verdict"
)

// DiffSchema is the name of the result format of diff.
const DiffSchema = "tlsready.diff/v1"

// Diff is what changed on hosts between two times, and what it did to the
// verdicts.
type Diff struct {
	Schema  string      `json:"schema"`
	On      string      `json:"on"`    // the day that both sides are judged on
	Today   string      `json:"today"` // as in Check
	Hosts   []HostDiff  `json:"hosts"`
	Summary DiffSummary `json:"summary"`
}

// HostDiff is one host on both sides.
type HostDiff struct {
	Host        string        `json:"host"`
	State       string        `json:"state"` // same, changed, added, removed, unreadable
	ErrorBefore string        `json:"errorBefore,omitempty"`
	ErrorAfter  string        `json:"errorAfter,omitempty"`
	Verdicts    []VerdictDiff `json:"verdicts"`
	Differences []Difference  `json:"differences"`
}

// The states of a host in a Diff.
const (
	SameHost       = "same"
	ChangedHost    = "changed"
	AddedHost      = "added"      // only in AFTER
	RemovedHost    = "removed"    // only in BEFORE
	UnreadableHost = "unreadable" // on one side, or both
)

// Difference is one fact that the sides state differently.
type Difference struct {
	Area   string `json:"area"`          // one of the areas below
	Key    string `json:"key,omitempty"` // registry: the key; certificate: root or intermediate
	Name   string `json:"name"`
	Before Side   `json:"before"`
	After  Side   `json:"after"`
}

// The areas of differences, in their order.
const (
	SystemArea      = "system"
	CoverageArea    = "coverage" // what was looked through at all
	RegistryArea    = "registry"
	UpdateArea      = "update"
	FileArea        = "file"
	CertificateArea = "certificate"
	ProgramArea     = "program"
)

// Side is a fact on one side. State is absent, present or not-asked; of a
// coverage it is asked, in-part or not-asked.
type Side struct {
	State string          `json:"state"`
	Type  host.Type       `json:"type,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// The states of a coverage.
const (
	Asked  = "asked"
	InPart = "in-part" // some keys below it, or a list that is not whole
)

// VerdictDiff is a row whose verdict or cause changed. A verdict is "" where the
// row is not there: the host is on one side only, or is asked something else.
type VerdictDiff struct {
	Service     string  `json:"service"`
	Caller      string  `json:"caller"`
	Stack       string  `json:"stack"`
	Before      string  `json:"before"`
	After       string  `json:"after"`
	CauseBefore *string `json:"causeBefore"`
	CauseAfter  *string `json:"causeAfter"`
	Effect      string  `json:"effect"`
}

// The effects of a change on a verdict.
const (
	Worse   = "worse"   // it connected and fails now
	Better  = "better"  // it failed and connects now
	Unclear = "unknown" // it is unknown now and was not: it was known, or was not there
	Known   = "known"   // it was unknown and is known now
	Other   = "other"   // another cause, a row that came or went
)

// DiffSummary counts hosts; one with effects of several kinds counts for each.
type DiffSummary struct {
	Hosts      int `json:"hosts"`
	Same       int `json:"same"`
	Changed    int `json:"changed"`
	Added      int `json:"added"`
	Removed    int `json:"removed"`
	Unreadable int `json:"unreadable"`
	Worse      int `json:"worse"`
	Better     int `json:"better"`
	Unknown    int `json:"unknown"`
	Known      int `json:"known"`
	Fails      int `json:"fails"` // something fails that was not known to fail before: the worse ones, and what was unknown or was not there
}

// DiffSide is a host as one side knows it. Snapshot is nil where Err is set.
type DiffSide struct {
	Snapshot *host.Snapshot
	Err      error
	Judged   []*Judged
}

// Compare compares a host of both sides; nil is a host that a side does not have.
func Compare(id string, before, after *DiffSide) HostDiff {
	d := HostDiff{Host: id, Verdicts: verdictDiffs(before, after), Differences: []Difference{}}
	d.ErrorBefore, d.ErrorAfter = errorText(before), errorText(after)
	switch {
	case d.ErrorBefore != "" || d.ErrorAfter != "":
		d.State = UnreadableHost
	case before == nil:
		d.State = AddedHost
	case after == nil:
		d.State = RemovedHost
	default:
		d.Differences = differences(before.Snapshot, after.Snapshot)
		d.State = SameHost
		if len(d.Differences)+len(d.Verdicts) > 0 {
			d.State = ChangedHost
		}
	}
	return d
}

func errorText(s *DiffSide) string {
	if s == nil || s.Err == nil {
		return ""
	}
	return s.Err.Error()
}

// Add counts a host.
func (s *DiffSummary) Add(d HostDiff) {
	s.Hosts++
	switch d.State {
	case SameHost:
		s.Same++
	case ChangedHost:
		s.Changed++
	case AddedHost:
		s.Added++
	case RemovedHost:
		s.Removed++
	case UnreadableHost:
		s.Unreadable++
	}
	for effect, n := range map[string]*int{Worse: &s.Worse, Better: &s.Better, Unclear: &s.Unknown, Known: &s.Known} {
		if slices.ContainsFunc(d.Verdicts, func(v VerdictDiff) bool { return v.Effect == effect }) {
			*n++
		}
	}
	if slices.ContainsFunc(d.Verdicts, VerdictDiff.FailsNewly) {
		s.Fails++
	}
}

// FailsNewly says whether a row fails of which that was not known before: it
// connected, was unknown or unreadable, or its host or program was not there.
func (v VerdictDiff) FailsNewly() bool {
	const fails = string(verdict.Fails)
	return v.After == fails && v.Before != fails
}

// rowID names a row of verdicts.
type rowID struct{ service, caller, stack string }

// verdictDiffs are the rows that changed, in the order of AFTER and then BEFORE.
// A caller may use other stacks than before, after an upgrade of the system for
// one: a row that is new is compared with what the whole caller came to before,
// and one that is gone counts only where the whole caller is gone.
func verdictDiffs(before, after *DiffSide) []VerdictDiff {
	was, is := outcomesOf(before), outcomesOf(after)
	list := []VerdictDiff{}
	add := func(id rowID) {
		d := VerdictDiff{Service: id.service, Caller: id.caller, Stack: id.stack}
		d.Before, d.CauseBefore = was.verdict(id)
		d.After, d.CauseAfter = is.verdict(id)
		if d.Before != d.After || text(d.CauseBefore) != text(d.CauseAfter) {
			d.Effect = effect(d.Before, d.After, after == nil)
			list = append(list, d)
		}
	}
	for _, id := range is.ids {
		add(id)
	}
	for _, id := range was.ids {
		if _, there := is.rows[rowID{id.service, id.caller, ""}]; !there {
			add(id)
		}
	}
	return list
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// outcomes are the rows of a side; the row without a stack is what the whole
// caller comes to.
type outcomes struct {
	side *DiffSide
	ids  []rowID // of the rows with a stack, in their order
	rows map[rowID]row
}

type row struct {
	verdict verdict.Verdict
	cause   verdict.Cause
}

func outcomesOf(s *DiffSide) outcomes {
	o := outcomes{side: s, rows: map[rowID]row{}}
	if s == nil {
		return o
	}
	for _, j := range s.Judged {
		for _, r := range j.Outcome.Rows {
			id, whole := rowID{j.Demand.Service, r.Caller, r.Stack}, rowID{j.Demand.Service, r.Caller, ""}
			if _, twice := o.rows[id]; !twice {
				o.ids = append(o.ids, id)
			}
			one := row{r.Verdict, r.Cause}
			o.rows[id] = one
			if known, ok := o.rows[whole]; !ok || rank(one.verdict) > rank(known.verdict) {
				o.rows[whole] = one
			}
		}
	}
	return o
}

// rank orders verdicts as a caller adds up its stacks: fails wins over unknown,
// unknown over connects.
func rank(v verdict.Verdict) int {
	switch v {
	case verdict.Fails:
		return 2
	case verdict.Unknown:
		return 1
	}
	return 0
}

// verdict is that of a row; without the row that of its caller, and without this
// what the side says of the service.
func (o outcomes) verdict(id rowID) (string, *string) {
	r, ok := o.rows[id]
	if !ok {
		r, ok = o.rows[rowID{id.service, id.caller, ""}]
	}
	switch {
	case ok:
		return string(r.verdict), orNull(string(r.cause))
	case o.side == nil:
		return "", nil
	case o.side.Err != nil:
		return string(verdict.Unreadable), nil
	}
	for _, j := range o.side.Judged {
		if j.Demand.Service == id.service && j.Outcome.Verdict == verdict.NotInstalled {
			return string(verdict.NotInstalled), nil
		}
	}
	return "", nil
}

// effect says what a change means. A host that is gone cannot be judged any more.
func effect(before, after string, gone bool) string {
	const connects, fails = string(verdict.Connects), string(verdict.Fails)
	known := func(v string) bool { return v == connects || v == fails }
	unknown := func(v string) bool { return v == string(verdict.Unknown) || v == string(verdict.Unreadable) }
	switch {
	case before == connects && after == fails:
		return Worse
	case before == fails && after == connects:
		return Better
	case unknown(after) && !unknown(before), known(before) && gone:
		return Unclear
	case unknown(before) && known(after):
		return Known
	}
	return Other
}
