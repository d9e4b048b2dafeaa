package document

import (
	"time"

	"tlsready"
	"tlsready/internal/message"
)

// WatchSchema is the name of the format of what watch sums up.
const WatchSchema = "tlsready.watch/v1"

// Watch is what one run of watch found, summed up: who came, with what, and who would
// not survive. The connections themselves are [Connection] lines.
type Watch struct {
	Schema   string        `json:"schema"`
	Service  Service       `json:"service"` // what is to be survived
	On       string        `json:"on"`      // the day for which it is judged
	Summary  WatchSummary  `json:"summary"`
	Clients  []WatchClient `json:"clients"` // the most urgent first
	Owners   []WatchOwner  `json:"owners"`  // the most urgent first; empty if nobody asked for owners
	Coverage WatchCoverage `json:"coverage"`
	// Plan is what a plan of brownouts would meet; nil if nobody asked.
	Plan *WatchPlan `json:"plan,omitzero"`
	// Pseudonymised says what stands in for names and addresses; zero if nothing does.
	Pseudonymised message.Text `json:"pseudonymised,omitzero"`
}

// WatchPlan counts the clients that would be cut off, surely, probably or perhaps, by whether a
// brownout of a plan falls into the hours of the week in which they came. The others
// learn of the cut-over on its day, unless somebody calls them.
type WatchPlan struct {
	File      string `json:"file"`
	Brownouts bool   `json:"brownouts"` // the plan has windows ahead that reject clients
	Met       int    `json:"met"`
	Missed    int    `json:"missed"`
	Timeless  int    `json:"timeless"` // of them the sources have no time
}

// WatchSummary counts. Of clients each counts once, by [WatchClient.Class].
type WatchSummary struct {
	Connections int `json:"connections"`
	Clients     int `json:"clients"`
	Addresses   int `json:"addresses"`
	Cannot      int `json:"cannot"` // clients that would be cut off
	Likely      int `json:"likely"` // clients that probably would
	Unknown     int `json:"unknown"`
	Survive     int `json:"survive"`
	// Of those that survive:
	KeptDown int `json:"keptDown"` // a server chose less than they offer
	Better   int `json:"couldDoBetter"`
	Proven   int `json:"proven"` // came with too little before, and with enough since
	// Negotiated counts connections by the version that was agreed on.
	Negotiated map[tlsready.Version]int `json:"negotiated"`
	// Offered counts connections whose hello was seen by its highest version.
	Offered map[tlsready.Version]int `json:"offered"`
	QUIC    int                      `json:"quic"`
	Refused int                      `json:"refused"` // handshakes that failed
}

// The classes of clients, the most urgent first.
const (
	ClassCannot   = "cannot"
	ClassLikely   = "likely"
	ClassUnknown  = "unknown"
	ClassKeptDown = "kept-down"
	ClassProven   = "proven"
	ClassBetter   = "could-do-better"
	ClassSurvives = "survives"
)

// WatchClasses are the classes in that order.
func WatchClasses() []string {
	return []string{ClassCannot, ClassLikely, ClassUnknown, ClassKeptDown, ClassProven, ClassBetter, ClassSurvives}
}

// WatchClient is one client: one stack behind one address, of one owner.
type WatchClient struct {
	Client    string   `json:"client"`         // its address, or its machine's name
	Names     []string `json:"names,omitzero"` // of its machine, where a source has them
	Owner     string   `json:"owner"`
	OwnerMail string   `json:"ownerMail,omitempty"`
	Stack     string   `json:"stack"`               // "" if it is not known
	StackName string   `json:"stackName,omitempty"` // for people
	StackIs   string   `json:"stackIs,omitempty"`   // how well that is founded: measured, documented, inferred, stated
	UserAgent string   `json:"userAgent,omitempty"` // one that it sent
	Process   string   `json:"process,omitempty"`
	JA4       string   `json:"ja4,omitempty"` // of one hello
	// Behind is how many different stacks were seen behind the address: with more than
	// one it may stand for several machines.
	Behind int `json:"stacksBehindAddress"`

	Class    string          `json:"class"`
	Survives tlsready.Answer `json:"survives"`
	Likely   string          `json:"likely,omitempty"`
	Basis    string          `json:"basis,omitempty"`
	Why      message.Text    `json:"why"`
	Remedy   message.Text    `json:"remedy"`
	Since    time.Time       `json:"provenSince,omitzero"` // of a proven client: when it first came with enough

	First       time.Time `json:"firstSeen,omitzero"`
	Last        time.Time `json:"lastSeen,omitzero"`
	LastOld     time.Time `json:"lastSeenOld,omitzero"` // the last time with too little
	Connections int       `json:"connections"`
	Old         int       `json:"old"` // connections with too little
	// Offered is the highest version that one of its hellos states; 0 without a hello.
	Offered    tlsready.Version         `json:"offered,omitzero"`
	Negotiated map[tlsready.Version]int `json:"negotiated"` // connections
	Servers    []WatchServer            `json:"servers"`
	MoreServer int                      `json:"moreServers,omitempty"` // servers that are not listed
	Evidence   []WatchEvidence          `json:"evidence"`              // one entry for each source
	// Hours are the hours of the week in which it came with too little, from Monday
	// 00:00 UTC, 0 to 167.
	Hours []int `json:"hours,omitzero"`
	// Window says whether a brownout of the plan that was asked about falls into one of
	// these hours: "met" or "missed"; "" without a plan, and where it does not matter.
	Window string `json:"window,omitempty"`
}

// What [WatchClient.Window] says.
const (
	WindowMet    = "met"
	WindowMissed = "missed"
)

// WatchServer is one server that a client came to.
type WatchServer struct {
	Server      string `json:"server"` // address:port; "" if the source does not say
	ServerName  string `json:"serverName"`
	Connections int    `json:"connections"`
	Old         int    `json:"old"`
	// Negotiated are the versions that were agreed on, oldest first.
	Negotiated []tlsready.Version `json:"negotiated"`
	Finding    string             `json:"finding,omitempty"` // the most urgent
}

// WatchEvidence is what one source has of a client.
type WatchEvidence struct {
	Source      string    `json:"source"`
	Format      string    `json:"format"`
	Connections int       `json:"connections"`
	Old         int       `json:"old"`
	Hellos      int       `json:"hellos"` // connections whose hello was seen
	First       time.Time `json:"firstSeen,omitzero"`
	Last        time.Time `json:"lastSeen,omitzero"`
}

// WatchOwner sums up the clients of one owner.
type WatchOwner struct {
	Owner       string    `json:"owner"` // "" for connections that belong to nobody that is known
	Mail        string    `json:"mail,omitempty"`
	State       string    `json:"state"` // the class of the most urgent client, or one of the two below
	Clients     int       `json:"clients"`
	Cannot      int       `json:"cannot"`
	Likely      int       `json:"likely"`
	Unknown     int       `json:"unknown"`
	Connections int       `json:"connections"`
	Old         int       `json:"old"`
	First       time.Time `json:"firstSeen,omitzero"`
	Last        time.Time `json:"lastSeen,omitzero"`
	LastOld     time.Time `json:"lastSeenOld,omitzero"`
}

// The states of an owner without an urgent client.
const (
	OwnerSurvives = ClassSurvives // seen, and only with enough
	OwnerNever    = "never-seen"  // in the list, and seen nowhere
)

// WatchCoverage says what could have been seen.
type WatchCoverage struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	Days int       `json:"days"` // begun ones, both ends included
	// Gaps are spans of a day and more in which nothing came at all.
	Gaps []WatchGap `json:"gaps"`
	// Note is the sentence on clients that come more seldom than that.
	Note    message.Text  `json:"note,omitzero"`
	Sources []WatchSource `json:"sources"`
	// Overflow says what was not kept because there was too much of it; zero if all was.
	Overflow []message.Text `json:"overflow,omitzero"`
	Skews    []WatchSkew    `json:"clockSkew,omitzero"`
}

// WatchGap is a span in which nothing was seen.
type WatchGap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// WatchSource is one file, as far as it was read.
type WatchSource struct {
	Source      string       `json:"source"`
	Format      string       `json:"format,omitempty"`
	From        time.Time    `json:"from,omitzero"`
	To          time.Time    `json:"to,omitzero"`
	Connections int          `json:"connections"`
	WithoutTLS  int          `json:"withoutTls,omitempty"`
	Losses      []WatchLoss  `json:"losses,omitzero"`
	Missing     message.Text `json:"missing,omitzero"` // the line that adds the TLS version to the format
	// Assumed is what was taken for granted, such as the zone of times without one.
	Assumed message.Text `json:"assumed,omitzero"`
	Error   message.Text `json:"error,omitzero"` // why it was not read, or not to its end
	Hint    message.Text `json:"hint,omitzero"`  // what helps against Error, such as the command that converts the file
	// PassedOver says that it was found in a folder and is neither capture nor log.
	PassedOver bool `json:"passedOver,omitempty"`
}

// WatchLoss is something of a source that could not be read.
type WatchLoss struct {
	What    message.Text `json:"what"`
	Count   int          `json:"count"`
	Where   string       `json:"where,omitempty"`
	Example string       `json:"example,omitempty"`
}

// WatchSkew is by how much the clocks of two sources differ, measured on connections
// that are in both.
type WatchSkew struct {
	One         string  `json:"one"`
	Other       string  `json:"other"`
	Seconds     float64 `json:"seconds"` // by which the other's clock is ahead
	Connections int     `json:"connections"`
}
