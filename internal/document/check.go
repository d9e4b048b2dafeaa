// Package document is what goes out: the results as plain structs, each with a
// schema, and what follows from their values alone.
package document

import (
	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// CheckSchema is the name of the result format of check.
const CheckSchema = "tlsready.check/v1"

// Check is the result of one run of check or fix.
type Check struct {
	Schema   string    `json:"schema"`
	On       string    `json:"on"`    // the day that is judged, YYYY-MM-DD
	Today    string    `json:"today"` // the day from which "days left" counts
	Services []Service `json:"services"`
	Verdicts []Verdict `json:"verdicts"`
	Hosts    []Host    `json:"hosts"`
	Summary  Summary   `json:"summary"`
	Assumed  *Assumed  `json:"assumed,omitempty"` // the recipe that is taken as run
	Since    *Since    `json:"since,omitempty"`   // what is otherwise than in an earlier run
}

// Assumed is a recipe that is taken as run before anything is judged.
type Assumed struct {
	Recipe   string    `json:"recipe"`   // the file as it was named
	Changes  []Change  `json:"changes"`  // what it does, as far as that is sure
	Findings []Finding `json:"findings"` // what there is to say about it
}

// Service is a profile as far as a report needs it.
type Service struct {
	ID        string            `json:"id"`
	Name      map[string]string `json:"name"`
	Status    string            `json:"status,omitempty"`   // announced, enforced, unverified
	From      string            `json:"from,omitempty"`     // the phase that holds on the day
	Formerly  []string          `json:"formerly,omitempty"` // days that were announced before From, in that order
	Timezone  string            `json:"timezone,omitempty"`
	DaysLeft  *int              `json:"daysLeft,omitempty"` // from Today to From; negative once it has passed
	AsOf      string            `json:"asOf,omitempty"`
	Accepts   *Acceptance       `json:"accepts,omitempty"`
	Note      map[string]string `json:"note,omitempty"`
	Citations []Citation        `json:"citations,omitempty"`
	// Findings are what an endpoint does otherwise than a server's own settings
	// predict, if both were given.
	Findings []EndpointFinding `json:"findings,omitempty"`
}

// Citation is a source and what it says.
type Citation struct {
	URL  string `json:"url"`
	Says string `json:"says,omitempty"`
	// SaysIn is the same in other languages.
	SaysIn map[string]string `json:"saysIn,omitempty"`
}

// Verdict is one row: host × service × caller × stack.
type Verdict struct {
	Host      string      `json:"host"`
	Service   string      `json:"service"`
	Caller    string      `json:"caller"`
	Stack     string      `json:"stack"`
	Verdict   string      `json:"verdict"` // connects, fails, unknown
	Cause     *string     `json:"cause"`
	FailsFrom *string     `json:"failsFrom"`
	Offer     *Offer      `json:"offer"`
	Accepts   *Acceptance `json:"accepts"`
	Reasons   []Reason    `json:"reasons"`
	Fixable   *bool       `json:"fixable"`
	Warnings  []Note      `json:"warnings"`
	Programs  []string    `json:"programs,omitempty"` // files of --callers-from that are this caller
}

// Offer is an offer as JSON shows it: null is unknown.
type Offer struct {
	Versions            []tlsready.Version `json:"versions"`
	Suites              []string           `json:"suites"`
	Groups              []string           `json:"groups"`
	SignatureAlgorithms []string           `json:"signatureAlgorithms"`
	ServerName          bool               `json:"serverName"`
}

// Acceptance is an acceptance as JSON shows it: an axis that takes anything is
// left out, an unknown one is null.
type Acceptance struct {
	Versions            tlsready.Axis[tlsready.Version]         `json:"versions,omitzero"`
	Suites              tlsready.Axis[tlsready.Suite]           `json:"suites,omitzero"`
	Groups              tlsready.Axis[tlsready.Group]           `json:"groups,omitzero"`
	SignatureAlgorithms tlsready.Axis[tlsready.SignatureScheme] `json:"signatureAlgorithms,omitzero"`
	ServerCertificate   *Certificate                            `json:"serverCertificate,omitempty"`
	DHBits              int                                     `json:"dhBits,omitempty"`
}

// Certificate is what is stated of a server's certificate.
type Certificate struct {
	KeyType   string `json:"keyType,omitempty"`
	KeyBits   int    `json:"keyBits,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// Reason is a rule that bore on the verdict, with what it read.
type Reason struct {
	Rule      string     `json:"rule"`
	Text      string     `json:"text"`
	Basis     string     `json:"basis,omitempty"` // documented, source-code, measured, inferred
	Evidence  []Evidence `json:"evidence,omitempty"`
	Citations []string   `json:"citations,omitempty"`

	Args []message.Arg `json:"-"` // of Text, for reports that say it in fewer words
}

// Evidence is one value that was read, or its absence. Key and Name may also
// name another fact of the snapshot: "updates", "KB3140245".
type Evidence struct {
	Key, Name string
	State     host.State
	host.Data // what was read; none for what is absent or was not asked
}

// Note is a warning: a code that does not change, and words.
type Note struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Host is the outcome for one host and service.
type Host struct {
	Host          string            `json:"host"`
	Service       string            `json:"service"`
	Folder        string            `json:"folder,omitempty"` // path of the host's id without its last part
	Labels        map[string]string `json:"labels,omitempty"`
	Source        string            `json:"source,omitempty"`
	File          string            `json:"file,omitempty"` // the file or folder that it was read from
	OS            *host.OS          `json:"os,omitempty"`
	Program       string            `json:"program,omitempty"` // the caller's program and version found on the host
	Verdict       string            `json:"verdict"`           // connects, fails, unknown, notInstalled, unreadable
	Cause         *string           `json:"cause"`
	FailsFrom     *string           `json:"failsFrom"`
	Fixable       *bool             `json:"fixable"`
	Exposure      string            `json:"exposure"` // possible, none-by-default, or "" if nothing is known
	Error         string            `json:"error,omitempty"`
	Hint          string            `json:"hint,omitempty"` // with Error: what to try
	Changes       []Change          `json:"changes"`
	Prerequisites []Prerequisite    `json:"prerequisites"`
	Restart       string            `json:"restart"` // none, process, service, reboot
	Redundant     []Change          `json:"redundant"`
	Effects       []Effect          `json:"effects,omitempty"`
	Loses         []Loss            `json:"loses,omitempty"`
	Documented    *Documented       `json:"documented,omitempty"`
	Warnings      []Note            `json:"warnings"`
	NearMisses    []NearMiss        `json:"nearMisses,omitempty"` // each text stands in Warnings too
}

// NearMiss is a value or key that almost is one that Windows reads.
type NearMiss struct {
	Key   string `json:"key"` // what stands there
	Name  string `json:"name"`
	Slip  string `json:"slip"` // the kind of mistake: stack.Slip
	Meant Meant  `json:"meant"`
	Text  string `json:"text"`
}

// Meant is what Windows reads in place of a near miss.
type Meant struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// Plain is the host as JSON has it: a host that could not be read is unknown,
// with its error.
func (h Host) Plain() Host {
	if h.Error != "" {
		cause := "not-asked"
		h.Verdict, h.Cause = "unknown", &cause
	}
	return h
}

// Effect is what the changes do to another caller of the same host.
type Effect struct {
	Caller string `json:"caller"`
	Before string `json:"before"` // verdict
	After  string `json:"after"`
}

// Loss is versions that other callers offer now and would not after the changes: a
// server that knows nothing newer is then out of their reach.
type Loss struct {
	Callers  []string `json:"callers"`
	Versions []string `json:"versions"`
}

// Documented is the vendor's whole recipe for this host and what it achieves.
type Documented struct {
	Changes []Change `json:"changes"`
	Updates []string `json:"updates,omitempty"` // that the recipe asks for first
	Verdict string   `json:"verdict"`           // after changes and updates, and nothing else
	Lacks   []string `json:"lacks,omitempty"`   // stacks that still fail, or facts that are missing
}

// Prerequisite is what has to be there before the changes can help.
type Prerequisite struct {
	Kind string `json:"kind"` // update, certificate, policy, program, operating-system
	ID   string `json:"id"`
	Or   string `json:"or,omitempty"` // what serves as well
	Text string `json:"text,omitempty"`
}

// Change is a registry value to set or to delete.
type Change struct {
	Key, Name string
	host.Data // what to write; none with Delete
	Delete    bool
	WholeKey  bool // with Delete: the key with all that is below it; there is no Name
	Before    *Before
	Owner     string
	Policy    string // name of the group policy object that owns it, where it is known
	Services  []string
	Citation  string // redundant ones: who asks for it
}

// Registry is the change as the model has it.
func (c *Change) Registry() host.Change {
	out := host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete, Tree: c.WholeKey, Owner: c.Owner, Policy: c.Policy, Services: c.Services}
	if c.Before != nil {
		out.Before = host.Before(*c.Before)
	}
	return out
}

// Before is what stood there.
type Before struct {
	State     host.State
	host.Data // none for what was absent or not asked
}
