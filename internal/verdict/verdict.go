// Package verdict holds a host's callers against what a service demands. It
// gives rule ids and evidence, no prose.
package verdict

import (
	"slices"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// Verdict is how a host, a caller or a row ends.
type Verdict string

// The verdicts. NotInstalled and Unreadable are states of a host, not of a row.
const (
	Connects     Verdict = "connects"
	Fails        Verdict = "fails"
	Unknown      Verdict = "unknown"
	NotInstalled Verdict = "notInstalled"
	Unreadable   Verdict = "unreadable"
)

// Cause is the first step that cannot succeed, or why nobody can tell.
type Cause string

// The causes, in the order in which they are looked for.
const (
	None               Cause = ""
	Program            Cause = "program"
	UpdateMissing      Cause = "update-missing"
	NothingToOffer     Cause = "nothing-to-offer"
	ProtocolVersion    Cause = "protocol-version"
	CipherSuite        Cause = "cipher-suite"
	Group              Cause = "group"
	SignatureAlgorithm Cause = "signature-algorithm"
	CertificateTrust   Cause = "certificate-trust"
	InstallerGate      Cause = "installer-gate"
	ServerCause        Cause = "server"
	UpdateDefect       Cause = "update-defect"
	NotAsked           Cause = "not-asked"
	OutOfScope         Cause = "out-of-scope"
)

// Demand is what a service, a probed endpoint or a server's snapshot asks of a
// client, by date.
type Demand struct {
	Service       string
	Phases        []Phase // oldest first, at least one
	At            int     // the phase that holds on the day
	Roots         []string
	AllRoots      bool
	Intermediates []string
}

// Phase is an acceptance and the day from which it applies ("" if it has no beginning).
type Phase struct {
	From    string
	Accepts tlsready.Acceptance
}

// Now is the acceptance on the day that is judged.
func (d Demand) Now() tlsready.Acceptance { return d.Phases[d.At].Accepts }

// Today is the demand with the phase of its day alone: judging by it costs less,
// and says nothing of other days.
func (d Demand) Today() Demand {
	d.Phases, d.At = d.Phases[d.At:d.At+1], 0
	return d
}

func (d *Demand) now() *tlsready.Acceptance { return &d.Phases[d.At].Accepts }

// Row is the verdict for one stack of one caller.
type Row struct {
	Caller    string
	Stack     string
	Verdict   Verdict
	Cause     Cause
	FailsFrom string // a date, or "" for none
	Step      tlsready.Step
	Offer     tlsready.Offer
	Accepts   *tlsready.Acceptance
	Fired     []stack.Fired
	Missing   []stack.Missing
	Warnings  []stack.Fired
	Needs     []host.Change // what an installer demands and does not find
	Roots     []string      // roots that are missing
	parsed    *use
	old       bool // the program itself is too old; nothing on the host helps
}

// Judgement is the verdict for one host and demand.
type Judgement struct {
	Verdict  Verdict
	Cause    Cause
	Rows     []Row
	Warnings []stack.Fired
	Program  host.Program // the program found on the host, if any
}

// FailsFrom is the earliest day from which a row fails.
func (o Judgement) FailsFrom() string {
	first := ""
	for _, r := range o.Rows {
		if r.FailsFrom != "" && (first == "" || r.FailsFrom < first) && r.Verdict == o.Verdict {
			first = r.FailsFrom
		}
	}
	return first
}

// Doubt makes every row unknown that hangs on the settings of the host: something
// may have changed any of them. Fired says what.
func (o *Judgement) Doubt(fired []stack.Fired) {
	for i := range o.Rows {
		if r := &o.Rows[i]; r.Cause != OutOfScope {
			r.doubt(fired)
		}
	}
	o.Verdict, o.Cause = sum(o.Rows)
}

func (r *Row) doubt(fired []stack.Fired) {
	r.Verdict, r.Cause, r.FailsFrom, r.parsed = Unknown, NotAsked, "", nil
	r.Fired = append(slices.Clone(fired), r.Fired...)
	r.Warnings = append(r.Warnings, fired...)
}

// sum folds rows: fails wins over unknown, unknown over connects.
func sum(rows []Row) (Verdict, Cause) {
	worst := -1
	for i, r := range rows {
		if worst < 0 || weight(r.Verdict) > weight(rows[worst].Verdict) ||
			(r.Verdict == rows[worst].Verdict && causeRank(r.Cause) < causeRank(rows[worst].Cause)) {
			worst = i
		}
	}
	if worst < 0 {
		return Unknown, OutOfScope
	}
	return rows[worst].Verdict, rows[worst].Cause
}

func weight(v Verdict) int {
	switch v {
	case Fails:
		return 2
	case Unknown:
		return 1
	}
	return 0
}

func causeRank(c Cause) int {
	for i, known := range [...]Cause{Program, UpdateMissing, NothingToOffer, ProtocolVersion, CipherSuite, Group, SignatureAlgorithm, CertificateTrust, InstallerGate, ServerCause, UpdateDefect, NotAsked, OutOfScope} {
		if c == known {
			return i
		}
	}
	return len(c) + 100
}
