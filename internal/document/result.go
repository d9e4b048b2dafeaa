package document

import (
	"encoding/json"
	"time"
)

// ResultSchema is the name of the format in which what a run found is sent to a server.
const ResultSchema = "tlsready.result/v1"

// Result is one line of what is sent: a host, a probe, what was seen of a client on a day,
// a fix, or an owner. Which of them it is says Kind; what belongs to the others is left
// out.
type Result struct {
	Line
	// Of a host. Settings is its snapshot, tlsready.host/v1; without one, Error says why it
	// could not be read. A host without outcomes is judged by the server.
	ID       string          `json:"id,omitempty"`
	At       time.Time       `json:"at,omitzero"` // of the reading, or of the probe
	Settings json.RawMessage `json:"settings,omitempty"`
	Error    string          `json:"error,omitempty"`
	Outcomes []ResultOutcome `json:"outcomes,omitempty"`

	Endpoint    json.RawMessage    `json:"endpoint,omitempty"` // tlsready.endpoint/v1
	Observation *ResultObservation `json:"observation,omitempty"`
	Fix         *HostFix           `json:"fix,omitempty"`
	Owner       *ResultOwner       `json:"owner,omitempty"`
}

// The kinds of results.
const (
	ResultHost        = "host"
	ResultEndpoint    = "endpoint"
	ResultObserved    = "observation"
	ResultFix         = "fix"
	ResultOwnerOfSome = "owner"
)

// ResultOutcome is what was judged of a host for a series, on a day.
type ResultOutcome struct {
	Series Series    `json:"series"`
	Day    string    `json:"day"`
	Host   Host      `json:"host"`
	Rows   []Verdict `json:"rows"`
}

// ResultObservation is a client at a server on a day: all its connections that are alike.
// Connections are those that one run saw, which is to see the whole day.
type ResultObservation struct {
	Day         string    `json:"day"`
	Client      string    `json:"client"`
	Server      string    `json:"server"`
	ServerName  string    `json:"serverName,omitempty"`
	Stack       string    `json:"stack,omitempty"`
	Offered     string    `json:"offered,omitempty"`
	Negotiated  string    `json:"negotiated,omitempty"`
	Survives    string    `json:"survives"` // yes, no, unknown
	ClientName  string    `json:"clientName,omitempty"`
	Owner       string    `json:"owner,omitempty"`
	Connections int64     `json:"connections"`
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
}

// ResultOwner is whom a host or a client belongs to.
type ResultOwner struct {
	Kind  string    `json:"kind"` // host, client, endpoint
	ID    string    `json:"id"`
	Owner string    `json:"owner"`
	Mail  string    `json:"mail,omitempty"`
	At    time.Time `json:"at"`
}
