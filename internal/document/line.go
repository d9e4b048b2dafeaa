package document

// Line is what every line of JSON Lines begins with: of which format it is, and
// which of its parts. A line without a summary after it belongs to a cut file.
type Line struct {
	Schema string `json:"schema"`
	Kind   string `json:"kind"`
}

// The kinds of lines.
const (
	VerdictKind = "verdict" // a row of check
	HostKind    = "host"    // a host of check or diff
	SummaryKind = "summary" // the counts; it comes last
	ProgramKind = "program" // a file of callers of
)

// VerdictLine is a row of check as a line.
type VerdictLine struct {
	Line
	*Verdict
}

// HostLine is the outcome of one host and service as a line.
type HostLine struct {
	Line
	*Host
}

// SummaryLine is the end of the lines of check: what was asked, and the counts. With the
// days and the services in it a file says by itself of which night it is.
type SummaryLine struct {
	Line
	On    string `json:"on"`
	Today string `json:"today"`
	Summary
	Services []Service `json:"services"`
	Assumed  *Assumed  `json:"assumed,omitempty"`
	Since    *Since    `json:"since,omitempty"`
}

// HostDiffLine is a host of diff as a line.
type HostDiffLine struct {
	Line
	HostDiff
}

// DiffSummaryLine is the end of the lines of diff.
type DiffSummaryLine struct {
	Line
	On    string `json:"on"`
	Today string `json:"today"`
	DiffSummary
}

// ProgramLine is a file of callers of as a line.
type ProgramLine struct {
	Line
	Program
}
