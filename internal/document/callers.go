package document

// CallersSchema is the name of the format of callers list.
const CallersSchema = "tlsready.callers/v1"

// Callers is the list of known callers.
type Callers struct {
	Schema  string         `json:"schema"`
	Callers []ListedCaller `json:"callers"`
}

// ListedCaller is a caller by the stacks that it uses anywhere.
type ListedCaller struct {
	ID         string            `json:"id"`
	Name       map[string]string `json:"name,omitempty"`
	Stacks     []string          `json:"stacks"`
	OutOfScope bool              `json:"outOfScope,omitempty"` // it brings a TLS of its own
	Basis      string            `json:"basis,omitempty"`
	Generic    bool              `json:"generic,omitempty"` // spelled out, no program
}

// GenericCaller is a spelled-out caller in the form of a caller file
// (tlsready.caller/v1).
type GenericCaller struct {
	Schema     string      `json:"schema"`
	ID         string      `json:"id"`
	Stacks     []CallerUse `json:"stacks,omitempty"`
	OutOfScope bool        `json:"outOfScope,omitempty"`
}

// CallerUse is a stack of a caller.
type CallerUse struct {
	Stack string `json:"stack"`
}

// ProgramsSchema is the name of the format of callers of.
const ProgramsSchema = "tlsready.programs/v1"

// Programs says which callers files are.
type Programs struct {
	Schema   string    `json:"schema"`
	Programs []Program `json:"programs"`
}

// Program is one executable, configuration or script.
type Program struct {
	Path     string            `json:"path"`
	Caller   string            `json:"caller,omitempty"`
	Also     []string          `json:"also,omitempty"`
	OnX86    []string          `json:"onX86,omitempty"` // in the place of those ids on 32-bit Windows
	Target   string            `json:"target,omitempty"`
	Why      []ProgramReason   `json:"why,omitempty"`
	Switches map[string]string `json:"switches,omitempty"`
	Proxy    string            `json:"proxy,omitempty"`
	Error    string            `json:"error,omitempty"` // why it could not be read
}

// ProgramReason is something in a file that says how it makes TLS.
type ProgramReason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
	Text string            `json:"text"`
}
