package document

import (
	"time"

	"tlsready/internal/host"
)

// The names of the formats that the console answers with, below /api/v1.
const (
	DeadlinesSchema  = "tlsready.deadlines/v1"
	HostsSchema      = "tlsready.hosts/v1"
	HostGroupsSchema = "tlsready.host-groups/v1"
	HostViewSchema   = "tlsready.host-view/v1"
	WhatIfSchema     = "tlsready.what-if/v1"
)

// Series is one question that is asked of hosts again and again: a service, on a day, with
// some programs.
type Series struct {
	Service string `json:"service"`
	On      string `json:"on,omitempty"`      // the day that is judged; "" for the day of the run
	Callers string `json:"callers,omitempty"` // joined by commas; "" for those of the service
}

// Deadlines is how the hosts stand for each deadline, the most urgent first.
type Deadlines struct {
	Schema    string     `json:"schema"`
	Today     string     `json:"today"`
	Deadlines []Deadline `json:"deadlines"`
}

// Deadline is one series: its service, how the hosts come along, and what is to be done.
type Deadline struct {
	FleetDeadline
	Series Series      `json:"series"`
	Judged string      `json:"judged"` // the last day on which hosts were judged
	Counts Summary     `json:"counts"`
	Exempt int         `json:"exempt"` // failing hosts that are excused today
	Groups []HostGroup `json:"groups"` // the largest first, some of them
	Owners []HostGroup `json:"owners"` // those with most failing hosts first, some of them
}

// HostGroups are a page of the hosts of a question, counted by something that they share.
type HostGroups struct {
	Schema string      `json:"schema"`
	Today  string      `json:"today"`
	Series Series      `json:"series"`
	By     string      `json:"by"`    // fix, owner, os, tag:NAME
	Total  int         `json:"total"` // of all pages; of more than 1,000 groups the largest are there
	Groups []HostGroup `json:"groups"`
	Next   string      `json:"next,omitempty"` // what asks for the page after this one; "" after the last
}

// HostGroup is hosts that share something. Groups by fix have a verdict and a cause, and
// what helps; all others a value.
type HostGroup struct {
	Value         string         `json:"value"`
	Hosts         int            `json:"hosts"`
	Counts        Summary        `json:"counts"`
	Verdict       string         `json:"verdict,omitempty"`
	Cause         string         `json:"cause,omitempty"`
	Fix           string         `json:"fix,omitempty"` // the same for hosts that need the same changes
	Fixable       *bool          `json:"fixable,omitempty"`
	Changes       []Change       `json:"changes,omitempty"`
	Prerequisites []Prerequisite `json:"prerequisites,omitempty"`
	Restart       string         `json:"restart,omitempty"`
	Example       string         `json:"example,omitempty"` // one of the hosts
}

// HostPage is a page of the hosts of a series.
type HostPage struct {
	Schema string    `json:"schema"`
	Today  string    `json:"today"`
	Series Series    `json:"series"`
	Total  int       `json:"total"` // of all pages
	Hosts  []HostRow `json:"hosts"`
	Next   string    `json:"next,omitempty"` // what asks for the page after this one; "" after the last
}

// HostRow is a host and how it stands in a series.
type HostRow struct {
	Host        string            `json:"host"`
	Name        string            `json:"name,omitempty"`
	OS          string            `json:"os,omitempty"`
	Owner       string            `json:"owner,omitempty"`
	OwnerMail   string            `json:"ownerMail,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Addresses   []string          `json:"addresses,omitempty"`
	Verdict     string            `json:"verdict"`
	Cause       string            `json:"cause,omitempty"`
	FailsFrom   string            `json:"failsFrom,omitempty"`
	Fixable     string            `json:"fixable,omitempty"` // yes, no; "" if it is not known
	Restart     string            `json:"restart,omitempty"`
	Fix         string            `json:"fix,omitempty"`
	Since       string            `json:"since"`                 // the first day of this verdict
	Turn        string            `json:"turn,omitempty"`        // mended or fellBack, if it was otherwise before
	Judged      string            `json:"judged"`                // the last day on which it was judged so
	Seen        time.Time         `json:"seen,omitzero"`         // when it was last read
	Error       string            `json:"error,omitempty"`       // why the last reading failed
	ExemptUntil string            `json:"exemptUntil,omitempty"` // the last day of its exemption
}

// HostView is everything that is known of a host, judged again from its newest settings.
type HostView struct {
	Schema    string            `json:"schema"`
	Today     string            `json:"today"`
	Host      string            `json:"host"`
	Name      string            `json:"name,omitempty"`
	OS        host.OS           `json:"os"`
	Source    string            `json:"source,omitempty"`
	Addresses []string          `json:"addresses"`
	Tags      map[string]string `json:"tags"`
	Owner     string            `json:"owner,omitempty"`
	Seen      time.Time         `json:"seen,omitzero"` // when it was last read
	Tried     time.Time         `json:"tried,omitzero"`
	Error     string            `json:"error,omitempty"`
	Services  []HostService     `json:"services"`
	History   []HostSettings    `json:"history"` // the newest first
	Wire      HostWire          `json:"wire"`
	Fixes     []HostFix         `json:"fixes"` // the newest first
}

// HostService is how a host stands for one series.
type HostService struct {
	Series      Series `json:"series"`
	Verdict     string `json:"verdict"` // as it was recorded
	Since       string `json:"since"`
	Turn        string `json:"turn,omitempty"`
	ExemptUntil string `json:"exemptUntil,omitempty"`
	// Check is the newest settings, judged now: it is nil for a host that was never read,
	// and for a service that the server does not know.
	Check   *Check        `json:"check"`
	History []HostVerdict `json:"history"` // the oldest first
}

// HostVerdict is a verdict and the days on which it was the same.
type HostVerdict struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Verdict string `json:"verdict"`
	Cause   string `json:"cause,omitempty"`
	Fix     string `json:"fix,omitempty"`
}

// HostSettings is what a host was set to for a time.
type HostSettings struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Hash string    `json:"hash"` // of the settings
	// Changed is what is otherwise than before; nil for the oldest.
	Changed *HostDiff `json:"changed,omitempty"`
}

// Whether the wire agrees with the registry.
const (
	WireAgrees   = "agree"    // what was seen is what the settings predict
	WireDisagree = "disagree" // it is not: the settings are not in force, or something else answers
	WireUnsure   = "unsure"   // what was seen does not tell
	WireUnseen   = "not-seen" // nothing was probed or seen at the host's addresses
)

// HostWire holds what was probed and seen at a host's addresses against its settings.
// Where clients disagree, the rows of the checks say why, as warnings.
type HostWire struct {
	State     string         `json:"state"`    // the worse of both, see the constants
	AsServer  string         `json:"asServer"` // what its endpoints answer
	AsClient  string         `json:"asClient"` // what came from it
	Endpoints []WireEndpoint `json:"endpoints"`
	Clients   []WireClient   `json:"clients"`
}

// WireEndpoint is an endpoint at one of the host's addresses.
type WireEndpoint struct {
	Key      EndpointKey       `json:"key"`
	Seen     time.Time         `json:"seen"`
	State    string            `json:"state"`
	Findings []EndpointFinding `json:"findings"` // what it does otherwise than the settings predict
}

// WireClient is what was seen to come from one of the host's addresses, or bears its name.
type WireClient struct {
	Client  string `json:"client"`
	Stack   string `json:"stack,omitempty"`
	Offered string `json:"offered,omitempty"` // the newest version in its hellos
	LastDay string `json:"lastDay"`
}

// HostFix is what was done about a host.
type HostFix struct {
	Host    string    `json:"host"`
	Service string    `json:"service"`
	State   string    `json:"state"` // offered, approved, rejected, given, applied, undone
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Changes []Change  `json:"changes"`
}

// EndpointKey names an endpoint.
type EndpointKey struct {
	Target     string `json:"target"`
	Address    string `json:"address,omitempty"`
	ServerName string `json:"serverName,omitempty"`
}

// WhatIf is what another day, or another demand, would make of the hosts.
type WhatIf struct {
	Schema string   `json:"schema"`
	Today  string   `json:"today"`
	Before Question `json:"before"`
	After  Question `json:"after"`
	Hosts  int      `json:"hosts"` // that were judged both times
	Was    Summary  `json:"was"`
	Is     Summary  `json:"is"`
	// Lose are hosts that connect before and not after, Gain those that connect after and
	// not before, Other those that change in another way. Lists are cut, their numbers are
	// not.
	Lose     []Moved `json:"lose"`
	Gain     []Moved `json:"gain"`
	Other    []Moved `json:"other"`
	LoseMore int     `json:"loseMore"` // hosts that are not in the list
	GainMore int     `json:"gainMore"`
	Others   int     `json:"otherMore"`
	Same     int     `json:"same"`
}

// Question is what is asked of the hosts.
type Question struct {
	Service string      `json:"service"`
	On      string      `json:"on"`
	Accepts *Acceptance `json:"accepts"`
}

// Moved is a host whose verdict changes.
type Moved struct {
	Host   string `json:"host"`
	Before string `json:"before"` // verdicts
	After  string `json:"after"`
	Cause  string `json:"cause,omitempty"` // of the verdict after
	Owner  string `json:"owner,omitempty"`
}

// Names of further formats of the console.
const (
	EndpointsSchema    = "tlsready.endpoints/v1"
	EndpointViewSchema = "tlsready.endpoint-view/v1"
	ClientsSchema      = "tlsready.clients/v1"
	ClientViewSchema   = "tlsready.client-view/v1"
	DemandsSchema      = "tlsready.demands/v1"
	ExemptionsSchema   = "tlsready.exemptions/v1"
	OffersSchema       = "tlsready.offers/v1"
	RecordedSchema     = "tlsready.recorded/v1"
)

// EndpointPage is a page of endpoints.
type EndpointPage struct {
	Schema    string        `json:"schema"`
	Today     string        `json:"today"`
	Total     int           `json:"total"`
	Endpoints []EndpointRow `json:"endpoints"`
	Next      string        `json:"next,omitempty"`
}

// EndpointRow is an endpoint and what it answers.
type EndpointRow struct {
	Key EndpointKey `json:"key"`
	FleetEndpoint
}

// EndpointView is everything that is known of an endpoint.
type EndpointView struct {
	Schema   string      `json:"schema"`
	Today    string      `json:"today"`
	Endpoint EndpointRow `json:"endpoint"`
	Probe    *Endpoint   `json:"probe"` // the newest
}

// ClientPage is a page of clients seen.
type ClientPage struct {
	Schema  string      `json:"schema"`
	Today   string      `json:"today"`
	First   string      `json:"first"` // of the days that count
	Last    string      `json:"last"`
	Total   int         `json:"total"`
	Clients []ClientRow `json:"clients"`
	Next    string      `json:"next,omitempty"`
}

// ClientRow is one stack behind one address.
type ClientRow struct {
	Client      string   `json:"client"`
	Name        string   `json:"name,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	OwnerMail   string   `json:"ownerMail,omitempty"`
	Stack       string   `json:"stack,omitempty"`
	Survives    string   `json:"survives"`          // yes, no, unknown
	Offered     string   `json:"offered,omitempty"` // the newest version, on the last day
	Versions    []string `json:"versions"`          // that were negotiated
	Servers     []string `json:"servers"`
	First       string   `json:"firstSeen"` // days
	Last        string   `json:"lastSeen"`
	Days        int      `json:"days"`
	Connections int64    `json:"connections"`
}

// ClientView is everything that was seen of an address.
type ClientView struct {
	Schema string      `json:"schema"`
	Today  string      `json:"today"`
	Client string      `json:"client"`
	Stacks []ClientRow `json:"stacks"`
	Days   []ClientDay `json:"days"` // the newest first
}

// ClientDay is what was seen of a client on a day, at one server.
type ClientDay struct {
	Day         string `json:"day"`
	Server      string `json:"server"`
	ServerName  string `json:"serverName,omitempty"`
	Stack       string `json:"stack,omitempty"`
	Offered     string `json:"offered,omitempty"`
	Negotiated  string `json:"negotiated,omitempty"`
	Survives    string `json:"survives"`
	Connections int64  `json:"connections"`
}

// Demands are the services that can be asked about, with their sources.
type Demands struct {
	Schema   string    `json:"schema"`
	Today    string    `json:"today"`
	Services []Service `json:"services"` // the most urgent first; each as of its last phase
}

// Exemptions are what is excused.
type Exemptions struct {
	Schema     string      `json:"schema"`
	Today      string      `json:"today"`
	Exemptions []Exemption `json:"exemptions"`
}

// Exemption excuses something from a service for a time.
type Exemption struct {
	Kind    string    `json:"kind"` // host, client, endpoint
	ID      string    `json:"id"`
	Service string    `json:"service"`
	Until   string    `json:"until"` // the last day, YYYY-MM-DD
	Owner   string    `json:"owner,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Ended   bool      `json:"ended"` // it is over today
}

// Offers are fixes that wait for a second person.
type Offers struct {
	Schema string    `json:"schema"`
	Offers []HostFix `json:"offers"`
}

// Recorded is what was taken of what was sent.
type Recorded struct {
	Schema      string         `json:"schema"`
	Tenant      string         `json:"tenant"` // whose data these are now
	Hosts       int            `json:"hosts"`
	Endpoints   int            `json:"endpoints"`
	Connections int            `json:"connections"`
	Lines       int            `json:"lines"` // of JSON Lines, that could be read
	Taken       []TakenFile    `json:"taken"`
	Refused     []RefusedInput `json:"refused"` // the first of what was not taken
	RefusedMore int            `json:"refusedMore"`
}

// TakenFile is a file, and what was in it.
type TakenFile struct {
	Name  string   `json:"name"`
	Hosts []string `json:"hosts,omitempty"` // some of them
	Count int      `json:"count"`           // of hosts, endpoints and connections
}

// RefusedInput is something that was not taken, and why.
type RefusedInput struct {
	Name  string `json:"name"` // of a file or a host
	Line  int    `json:"line,omitempty"`
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}
