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

// VerdictDiff is a row whose verdict or cause changed. A verdict is "" if the
// row is missing: the host is on one side only, or is asked something else.
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
