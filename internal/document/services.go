package document

// ServicesSchema is the name of the format of services list.
const ServicesSchema = "tlsready.services/v1"

// Services is the list of built-in profiles.
type Services struct {
	Schema   string          `json:"schema"`
	Today    string          `json:"today"` // the day from which "days left" counts
	Services []ListedService `json:"services"`
}

// ListedService is a profile by its deadline.
type ListedService struct {
	ID       string            `json:"id"`
	Name     map[string]string `json:"name"`
	Status   string            `json:"status,omitempty"`   // how certain the deadline is
	Deadline string            `json:"deadline,omitempty"` // first day of the versions that hold in the end; left out if they always held
	Formerly []string          `json:"formerly,omitempty"` // days that were announced before
	Timezone string            `json:"timezone,omitempty"`
	DaysLeft *int              `json:"daysLeft,omitempty"` // negative once it has passed
	Accepts  *Acceptance       `json:"accepts"`            // in the end
	AsOf     string            `json:"asOf"`
	Callers  []string          `json:"callers"`
}

// LintSchema is the name of the format of what a checker found.
const LintSchema = "tlsready.lint/v1"

// Lint is what is wrong with files.
type Lint struct {
	Schema   string    `json:"schema"`
	Findings []Finding `json:"findings"`
	Changes  []Change  `json:"changes"` // what a recipe would do; empty for a profile
}

// Finding is one thing that is wrong.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"` // in characters
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // error, warning, note
	Text     string `json:"text"`
	Unclear  bool   `json:"unclear,omitempty"` // a recipe may write something here that is not understood
}

// The severities of a finding.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
	SeverityNote    = "note"
)
