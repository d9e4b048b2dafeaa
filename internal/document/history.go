package document

import (
	"time"

	"tlsready/internal/host"
)

// HistorySchema is the name of the format of what the store knows of one host.
const HistorySchema = "tlsready.history/v1"

// History is what the store knows of a host over time. Days are YYYY-MM-DD.
type History struct {
	Schema string    `json:"schema"`
	Tenant string    `json:"tenant"`
	Host   string    `json:"host"` // its id
	Name   string    `json:"name,omitempty"`
	OS     *host.OS  `json:"os,omitempty"` // nil if it was never read
	Owner  string    `json:"owner,omitempty"`
	Seen   time.Time `json:"lastSeen,omitzero"` // when it was last read
	Tried  time.Time `json:"lastTried,omitzero"`
	Error  string    `json:"error,omitempty"` // why the last try failed
	// Settings are the times in which its settings were the same, the oldest first.
	Settings []HistorySettings `json:"settings"`
	Services []HistoryService  `json:"services"`
	Fixes    []HistoryFix      `json:"fixes"` // the oldest first
}

// HistorySettings is a time in which a host was set to the same.
type HistorySettings struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`   // when it was last seen so
	Hash string    `json:"hash"` // the same for the same settings
	File string    `json:"file,omitempty"`
}

// HistoryService is how a host stood over time with a service.
type HistoryService struct {
	Service string `json:"service"`
	On      string `json:"on,omitempty"`      // the day that was asked about; "" for the day of each run
	Callers string `json:"callers,omitempty"` // the programs that were asked about, if not those of the service
	Verdict string `json:"verdict"`
	Since   string `json:"since"`
	Turn    string `json:"turn,omitempty"` // mended or fellBack, as [FleetHostService] has it
	// ExemptUntil is the last day of its exemption, over or not; "" for none.
	ExemptUntil string           `json:"exemptUntil,omitempty"`
	Verdicts    []HistoryVerdict `json:"verdicts"` // the oldest first
}

// HistoryVerdict is the days on which a verdict was the same, with its cause.
type HistoryVerdict struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Verdict   string `json:"verdict"`
	Cause     string `json:"cause,omitempty"`
	FailsFrom string `json:"failsFrom,omitempty"`
}

// HistoryFix is something that was done about a host.
type HistoryFix struct {
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	State   string    `json:"state"` // given, applied, undone, offered, approved, rejected
	By      string    `json:"by,omitempty"`
	Changes []Change  `json:"changes"`
}

// DecidedSchema is the name of the format of what people said of hosts.
const DecidedSchema = "tlsready.decided/v1"

// Decided is what people said of hosts: who owns them, and which are excused.
type Decided struct {
	Schema     string         `json:"schema"`
	Tenant     string         `json:"tenant"`
	Owners     []DecidedOwner `json:"owners"`
	Exemptions []Exemption    `json:"exemptions"`
}

// DecidedOwner is whom something belongs to.
type DecidedOwner struct {
	Kind  string    `json:"kind"` // host, client
	ID    string    `json:"id"`
	Owner string    `json:"owner"` // "" if it belongs to nobody any more
	Mail  string    `json:"mail,omitempty"`
	Said  time.Time `json:"said,omitzero"`
}
