package document

import (
	"strconv"
	"time"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// FleetSchema is the name of the format of what report sums up.
const FleetSchema = "tlsready.fleet/v1"

// Fleet is what the runs of many days say together: how many hosts are ready for each
// deadline, how fast the number of the others falls, and what became of each host. All
// days are YYYY-MM-DD.
type Fleet struct {
	Schema    string          `json:"schema"`
	Today     string          `json:"today"`     // the day from which days left are counted
	Days      []FleetDay      `json:"days"`      // with lines of check, the oldest first
	Deadlines []FleetDeadline `json:"deadlines"` // the most urgent first
	Groups    []FleetGroup    `json:"groups"`    // the worst and largest first
	Fixes     []FleetFix      `json:"fixes"`     // in the order of their ids
	Owners    []FleetOwner    `json:"owners"`    // those with most to do first
	Hosts     []FleetHost     `json:"hosts"`     // in the order of their ids
	Endpoints []FleetEndpoint `json:"endpoints"`
	Clients   []FleetClient   `json:"clients"` // the most urgent first
	Sources   FleetSources    `json:"sources"`
}

// FleetDay is what the lines of one day say, and nothing that was known before.
type FleetDay struct {
	Date    string  `json:"date"`
	Summary Summary `json:"summary"` // each host once, by its worst outcome
	// Unseen are hosts that were seen a short while before and are not in the
	// lines of this day.
	Unseen int  `json:"unseen"`
	Cut    bool `json:"cut,omitempty"` // a run of this day was cut short: the rest was not reached
}

// FleetDeadline is a service, and how the hosts come along.
type FleetDeadline struct {
	Service  Service       `json:"service"` // as of the last run that has it; days left count from Today
	Course   []FleetPoint  `json:"course"`  // on the days on which it was judged
	Changes  []FleetMove   `json:"changes"` // when its date or its demand changed
	Forecast FleetForecast `json:"forecast"`
}

// Last is the newest point of the course; the zero value if there is none.
func (d *FleetDeadline) Last() FleetPoint {
	if len(d.Course) == 0 {
		return FleetPoint{}
	}
	return d.Course[len(d.Course)-1]
}

// FleetPoint is how the hosts stand on a day. A host that is not in the lines of that day
// counts with its last outcome for a while, so that a source that could not be reached
// does not look like hosts that were mended.
type FleetPoint struct {
	Date     string `json:"date"`
	Ready    int    `json:"ready"`    // connects
	NotReady int    `json:"notReady"` // fails
	Unknown  int    `json:"unknown"`  // not judged, or not read
	Unseen   int    `json:"unseen"`   // of all these, those that are not in the lines of the day
	Cut      bool   `json:"cut,omitempty"`
}

// Open are the hosts that are not known to be ready.
func (p FleetPoint) Open() int { return p.NotReady + p.Unknown }

// FleetMove is a change of what a service demands, or from when.
type FleetMove struct {
	Date   string `json:"date"`             // of the first run that has it
	Before string `json:"before,omitempty"` // its day until then; "" if that did not change
	After  string `json:"after,omitempty"`
	Demand bool   `json:"demand,omitempty"` // it accepts something else
}

// FleetForecast is a straight line through the last points of a course. Without a day in
// Ready, Reason says why there is none.
type FleetForecast struct {
	Reason   string  `json:"reason,omitempty"` // see the constants
	From     string  `json:"from,omitempty"`   // the first of the points
	To       string  `json:"to,omitempty"`
	Points   int     `json:"points"`
	PerDay   float64 `json:"perDay"`          // hosts that become ready in a day; negative if it gets worse
	Start    float64 `json:"start"`           // open hosts on the day From, by the line
	Residual float64 `json:"residual"`        // standard deviation of the points around the line, in hosts
	Ready    string  `json:"ready,omitempty"` // when the line reaches none
	// Earliest and Latest bound Ready at 95 %, if the hosts go on as they did.
	Earliest string `json:"earliest,omitempty"`
	Latest   string `json:"latest,omitempty"`
}

// Why there is no forecast.
const (
	ForecastDone    = "done"    // no host is open
	ForecastFew     = "few"     // too few days
	ForecastSteady  = "steady"  // it does not fall, or not more than it varies
	ForecastDistant = "distant" // it falls so slowly that a day means nothing
)

// FleetGroup is hosts of which the same is wrong and which the same helps.
type FleetGroup struct {
	ID            string         `json:"id"` // the same in every run
	Service       string         `json:"service"`
	Verdict       string         `json:"verdict"`
	Cause         string         `json:"cause"`
	Fixable       *bool          `json:"fixable"`
	Error         string         `json:"error,omitempty"` // why its hosts could not be read
	Changes       []Change       `json:"changes"`         // without what stood there before
	Prerequisites []Prerequisite `json:"prerequisites"`
	Restart       string         `json:"restart"`
	Hosts         []string       `json:"hosts"`
}

// FleetFix is what helps hosts of a group that start from the same settings, so that its
// undo is the same too.
type FleetFix struct {
	ID      string   `json:"id"` // the same in every run
	Changes []Change `json:"changes"`
}

// FleetOwner is how the hosts and clients of one owner stand.
type FleetOwner struct {
	Owner   string  `json:"owner"`   // "" for those that belong to nobody that is known
	Summary Summary `json:"summary"` // of hosts, each once, by its last outcomes
	Unseen  int     `json:"unseen"`
	Clients int     `json:"clients"`
	Cannot  int     `json:"cannot"` // clients that would be cut off, or probably would
}

// FleetHost is one host and what became of it.
type FleetHost struct {
	Host      string             `json:"host"`
	Owner     string             `json:"owner,omitempty"`
	Site      string             `json:"site,omitempty"`
	OS        *host.OS           `json:"os,omitempty"`
	FirstSeen string             `json:"firstSeen"`
	LastSeen  string             `json:"lastSeen"`
	Verdict   string             `json:"verdict"`          // the worst of its services
	Unseen    bool               `json:"unseen,omitempty"` // it is not in the lines of the last day
	Gone      bool               `json:"gone,omitempty"`   // and has not been for so long that it no longer counts
	Services  []FleetHostService `json:"services"`
}

// FleetHostService is how a host stands with one service.
type FleetHostService struct {
	Service   string      `json:"service"`
	Program   string      `json:"program,omitempty"`
	Verdict   string      `json:"verdict"`
	Cause     string      `json:"cause,omitempty"`
	FailsFrom string      `json:"failsFrom,omitempty"`
	Error     string      `json:"error,omitempty"`
	Group     string      `json:"group,omitempty"` // of [FleetGroup]; "" if there is nothing to do
	Fix       string      `json:"fix,omitempty"`   // of [FleetFix]; "" if no setting is to be changed
	Since     string      `json:"since"`           // the day of the first run with this verdict
	Turn      string      `json:"turn,omitempty"`  // what it came from, see the constants
	Seen      string      `json:"lastSeen"`
	Gone      bool        `json:"gone,omitempty"` // not in the lines for so long that it no longer counts
	History   []FleetSpan `json:"history"`        // the oldest first
}

// What became of a host when it came to its last verdict.
const (
	TurnMended   = "mended"   // it failed, and connects
	TurnFellBack = "fellBack" // it connected, and fails
	TurnJudged   = "judged"   // it was not judged, and is
	TurnUnjudged = "unjudged" // it was judged, and is not any more
)

// FleetSpan is runs with the same outcome, one after the other.
type FleetSpan struct {
	From    string `json:"from"`
	To      string `json:"to"` // the last day on which it was seen so
	Verdict string `json:"verdict"`
	Cause   string `json:"cause,omitempty"`
	Error   string `json:"error,omitempty"`
	Group   string `json:"group,omitempty"`
}

// FleetEndpoint is one endpoint and how its answers changed.
type FleetEndpoint struct {
	Endpoint  string              `json:"endpoint"`
	Versions  []tlsready.Version  `json:"versions"` // that it takes, the oldest first
	Open      []tlsready.Version  `json:"open"`     // of which it is not known
	Connect   int                 `json:"connect"`  // clients that could connect
	Cannot    int                 `json:"cannot"`
	Undecided int                 `json:"undecided"`
	Error     string              `json:"error,omitempty"`
	NotAfter  string              `json:"notAfter,omitempty"` // the day on which a certificate of its chain ends
	Since     string              `json:"since"`              // since when it answers so
	FirstSeen string              `json:"firstSeen"`
	LastSeen  string              `json:"lastSeen"`
	History   []FleetEndpointSpan `json:"history"` // the oldest first
}

// FleetEndpointSpan is probes with the same answer, one after the other.
type FleetEndpointSpan struct {
	From     string             `json:"from"`
	To       string             `json:"to"`
	Versions []tlsready.Version `json:"versions"`
	Error    string             `json:"error,omitempty"`
}

// FleetClient is one client that was seen in captures or logs: one stack behind one
// address, of one owner.
type FleetClient struct {
	Client      string           `json:"client"` // its machine's name, else its address
	Address     string           `json:"address,omitempty"`
	Owner       string           `json:"owner"`
	OwnerMail   string           `json:"ownerMail,omitempty"`
	Stack       string           `json:"stack"`
	UserAgent   string           `json:"userAgent,omitempty"`
	Process     string           `json:"process,omitempty"`
	Class       string           `json:"class"` // as that of [WatchClient]
	Why         message.Text     `json:"why,omitzero"`
	Remedy      message.Text     `json:"remedy,omitzero"`
	Offered     tlsready.Version `json:"offered,omitzero"`
	Connections int              `json:"connections"`
	Old         int              `json:"old"`
	First       time.Time        `json:"firstSeen,omitzero"`
	Last        time.Time        `json:"lastSeen,omitzero"`
	LastOld     time.Time        `json:"lastSeenOld,omitzero"`
	Servers     []string         `json:"servers"` // some of those that it came to
}

// FleetSources is what was read, and what was not.
type FleetSources struct {
	Files       []FleetFile `json:"files"`
	Damaged     int         `json:"damaged"`               // lines that could not be read
	Losses      []FleetLoss `json:"losses"`                // the first of them, and whatever else was left out
	PassedOver  int         `json:"passedOver"`            // files of folders that hold no lines of this program
	MoreClients int         `json:"moreClients,omitempty"` // connections of clients that are too many to be told apart
}

// FleetFile is one file.
type FleetFile struct {
	File    string   `json:"file"`
	Kinds   []string `json:"kinds"` // check, probe, watch
	Days    []string `json:"days"`
	DatedBy string   `json:"datedBy"` // see the constants
	Lines   int      `json:"lines"`
	Damaged int      `json:"damaged"`
	Cut     bool     `json:"cut,omitempty"` // it ends without its summary
}

// What says of which day a file is.
const (
	DatedByLines = "lines"    // its lines do
	DatedByName  = "name"     // a date in the name of the file or of a folder above it
	DatedByFile  = "modified" // when the file was changed last
	DatedByClock = "clock"    // the day of the run: it came through a pipe
)

// FleetLoss is something that could not be read, or was left out.
type FleetLoss struct {
	File string       `json:"file"`
	Line int          `json:"line,omitempty"`
	What message.Text `json:"what"`
}

// Where is the file, with the line if one is meant: "runs/check.jsonl:2".
func (l FleetLoss) Where() string {
	if l.Line == 0 {
		return l.File
	}
	return l.File + ":" + strconv.Itoa(l.Line)
}
