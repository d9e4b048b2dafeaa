package document

import "tlsready/internal/message"

// GateCheckSchema is the name of the format of gate check.
const GateCheckSchema = "tlsready.gate-check/v1"

// GateCheck is what a gate's configuration would do, day by day.
type GateCheck struct {
	Schema     string          `json:"schema"`
	Config     string          `json:"config"`
	Today      string          `json:"today"`
	Timezone   string          `json:"timezone"` // "" for the machine's own
	Plans      []GateCourse    `json:"plans"`
	Exemptions []GateExemption `json:"exemptions"` // by the day on which they end
	Warnings   []GateWarning   `json:"warnings"`
	Unmet      []GateClient    `json:"unmet,omitempty"` // old clients that no window meets; given with old traffic
}

// GateCourse is the course of the plan of a route.
type GateCourse struct {
	Route    string `json:"route"` // "default", or the server name whose stages are its own
	Upstream string `json:"upstream"`
	Minimum  string `json:"minimum"`
	// Days are the days on which something changes or happens, and those between them
	// together; the last one holds from then on.
	Days []GateDays `json:"days"`
	Cut  bool       `json:"cut,omitempty"` // there are more days than are shown
}

// GateDays is one day, or several that are alike.
type GateDays struct {
	From  string     `json:"from"`         // yyyy-mm-dd
	To    string     `json:"to,omitempty"` // the last day; left out: from then on
	Spans []GateSpan `json:"spans"`
}

// GateSpan is a part of a day by the clock of the plan's time zone.
type GateSpan struct {
	From      string `json:"from"` // HH:MM
	To        string `json:"to"`   // HH:MM, 24:00 at the day's end
	Mode      string `json:"mode"`
	Rejecting bool   `json:"rejecting"`         // old clients are rejected
	Percent   int    `json:"percent,omitempty"` // of their addresses, where it is not all
}

// GateExemption is an exemption that a plan has.
type GateExemption struct {
	CIDR   string `json:"cidr"`
	SNI    string `json:"sni,omitempty"`
	Until  string `json:"until"`
	Owner  string `json:"owner,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// GateWarning is what a plan's owner should look at.
type GateWarning struct {
	Code string       `json:"code"`
	Date string       `json:"date,omitempty"`
	Line int          `json:"line,omitempty"` // of the configuration
	Text message.Text `json:"text"`
}

// GateClient is an old client as it was seen.
type GateClient struct {
	Client      string `json:"client"` // its address
	Owner       string `json:"owner,omitempty"`
	Stack       string `json:"stack,omitempty"`
	Max         string `json:"max"` // the highest version that it offered
	Connections int    `json:"connections"`
	First       string `json:"first"` // when it was seen, RFC 3339
	Last        string `json:"last"`
}

// GateReplaySchema is the name of the format of a dry run.
const GateReplaySchema = "tlsready.gate-replay/v1"

// GateReplay is what the stages of a plan would have done to traffic that was seen before.
type GateReplay struct {
	Schema      string        `json:"schema"`
	Config      string        `json:"config"`
	Timezone    string        `json:"timezone"`
	Sources     []WatchSource `json:"sources"`
	Connections int           `json:"connections"`
	Able        int           `json:"able"`    // can do what is asked: every stage lets them pass
	Old         int           `json:"old"`     // cannot
	Unknown     int           `json:"unknown"` // a log alone, with too little agreed on or nothing said
	NotTLS      int           `json:"notTls"`
	// Stages are those that reject or divert somebody, the default route's first.
	Stages []GateTrial `json:"stages"`
	Owners []GateOwner `json:"owners"`
	// Clients are the old ones, by owner, those with the most connections first.
	Clients     []GateTried `json:"clients"`
	MoreClients bool        `json:"moreClients,omitempty"` // there were more than are kept apart
}

// GateTrial is what a stage would have done to the old connections, and to those that are
// not TLS.
type GateTrial struct {
	Route    string   `json:"route"`
	Mode     string   `json:"mode"`
	Line     int      `json:"line"` // of the configuration
	From     string   `json:"from"` // RFC 3339
	To       string   `json:"to,omitempty"`
	Windows  []string `json:"windows"`
	Rejected int      `json:"rejected"`
	Diverted int      `json:"diverted"`
	Exempt   int      `json:"exempt"`
	Passed   int      `json:"passed"`
	Closed   int      `json:"closed"`  // not TLS
	Clients  int      `json:"clients"` // old clients that it would have rejected or diverted
}

// GateTried is an old client with what the stages would have done to it.
type GateTried struct {
	GateClient
	Touched []int `json:"touched"` // connections rejected or diverted, in the order of the stages
	Exempt  int   `json:"exempt"`  // connections that an exemption lets pass when old TLS is off
	Met     bool  `json:"met"`     // by a brownout
}

// GateOwner is an owner with old clients.
type GateOwner struct {
	Owner       string `json:"owner"` // "" if nobody is known
	Clients     int    `json:"clients"`
	Connections int    `json:"connections"`
	Unmet       int    `json:"unmet"`   // clients that no brownout meets
	Touched     []int  `json:"touched"` // clients rejected or diverted, in the order of the stages
}
