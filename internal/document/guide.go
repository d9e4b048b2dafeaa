package document

// GuideSchema is the name of the format of services guide.
const GuideSchema = "tlsready.guide/v1"

// Guide is the announcement page of a service for its customers, made from its
// profile and the model.
type Guide struct {
	Schema     string            `json:"schema"`
	Service    Service           `json:"service"`
	Affected   []string          `json:"affected"`   // systems that can fail with nothing set, oldest first
	Unaffected []string          `json:"unaffected"` // systems that need nothing
	LastClient string            `json:"lastClient"` // the newest affected client and server
	LastServer string            `json:"lastServer"`
	Groups     []GuideGroup      `json:"groups"`
	Workaround map[string]string `json:"workaround,omitempty"` // by language
	Endpoints  []string          `json:"endpoints"`
	Stacks     []string          `json:"stacks"` // kinds of stack that the service's programs use: dotnet, winhttp …

	Contact      map[string]string `json:"contact,omitempty"`      // whom customers ask, by language
	TestEndpoint string            `json:"testEndpoint,omitempty"` // accepts already only what the last phase does
	Brownouts    []Brownout        `json:"brownouts,omitempty"`
}

// Brownout is a short, announced rejection of old clients.
type Brownout struct {
	On    string `json:"on"`
	Hours string `json:"hours,omitempty"` // as announced
}

// GuideGroup is what systems that need the same have to do.
type GuideGroup struct {
	Systems    []string `json:"systems"`
	Updates    []string `json:"updates"`
	Settings   []Change `json:"settings"`   // the vendor's recipe, or the fewest changes if there is no such recipe
	Documented bool     `json:"documented"` // the vendor's recipe
	Verdict    string   `json:"verdict"`    // after Settings
	Lacks      []Lack   `json:"lacks,omitempty"`
	Restart    string   `json:"restart"`
	Notes      []string `json:"notes,omitempty"`
	Upgrade    bool     `json:"upgrade,omitempty"`   // no setting or update helps
	Fewest     []Change `json:"fewest"`              // what the model finds to be enough
	Framework  string   `json:"framework,omitempty"` // the lowest .NET Framework that is needed, if the system comes with an older one
	Old        bool     `json:"old,omitempty"`       // no vendor supports these systems any more
}

// Lack is a stack that still fails after the settings, and why.
type Lack struct {
	Stack string `json:"stack"`
	Cause string `json:"cause"`
}
