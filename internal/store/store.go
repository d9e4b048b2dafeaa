// Package store keeps what runs found over time: hosts with their settings, what was
// judged of them, endpoints, clients that were seen, and what people decided.
//
// A [Database] holds any number of tenants, and a [Store] is the view of one of them: no
// method of it reads or changes anything of another. Two databases are there, one file
// (store/sqlite) and a server (store/postgres), of which store/open opens the one that a
// name means; store/storetest holds both to what this page says.
//
// Three rules make a run that is repeated, cut off or late harmless:
//
//   - Nothing is a sum of runs. What is recorded twice is there once, so that a batch
//     whose acknowledgement was lost is recorded again.
//   - Settings and outcomes are kept by their content, and only when they change: a host
//     that is the same for ninety nights is one [Span] of time.
//   - A batch is recorded whole or not at all.
//
// Texts in documents are in English, as in every JSON of the program; other languages are
// judged again from the settings.
package store

import (
	"context"
	"io"
	"iter"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// DefaultTenant is the tenant of those who have one alone.
const DefaultTenant = "default"

// Database is an open database. It may be used by many goroutines at once.
type Database interface {
	// Tenant is the view of a tenant. One that is not there is a [NoTenantError].
	Tenant(ctx context.Context, name string) (Store, error)
	// AddTenant is Tenant, and adds the one that is not there.
	AddTenant(ctx context.Context, name string) (Store, error)
	// Tenants are the names of all tenants, sorted.
	Tenants(ctx context.Context) ([]string, error)
	// Schema is the version of the tables, see [Versions].
	Schema(ctx context.Context) (int, error)
	// Backup writes everything of all tenants as it is at one moment, in the format of
	// [BackupSchema], while others go on writing.
	Backup(ctx context.Context, w io.Writer) (Counts, error)
	// Restore reads what Backup wrote, of this or an earlier version and of either kind
	// of database. The database has to be empty; it is left empty if an error is found.
	Restore(ctx context.Context, r io.Reader) (Counts, error)
	// Accounts are those who may use a server that shows the database.
	Accounts() Accounts
	Close() error
}

// Store is what is kept of one tenant. It may be used by many goroutines at once. Lists
// are sorted by their keys, and those that grow with the fleet come in pages: the entries
// after a key, at most limit of them.
type Store interface {
	Queries
	Decisions

	// Record keeps a batch, whole or not at all. Recording it again changes nothing.
	Record(ctx context.Context, b *Batch) error

	// Hosts are the hosts after an id.
	Hosts(ctx context.Context, after string, limit int) ([]Host, error)
	// Latest are the newest settings of the hosts after an id; hosts that were never
	// read are left out.
	Latest(ctx context.Context, after string, limit int) ([]Settings, error)
	// History are the times of a host's settings, oldest first.
	History(ctx context.Context, id string) ([]Span[time.Time], error)
	// Snapshot is what a host was set to in a span of its history. A host that is not there
	// is a [NoHostError].
	Snapshot(ctx context.Context, id string, span Span[time.Time]) (*host.Snapshot, error)

	// Verdicts are the newest verdicts of a series by host, after an id.
	Verdicts(ctx context.Context, s Series, after string, limit int) ([]Verdict, error)
	// VerdictHistory are the verdicts of a host in a series, oldest first.
	VerdictHistory(ctx context.Context, s Series, id string) ([]Verdict, error)
	// AllSeries are the series that have verdicts.
	AllSeries(ctx context.Context) ([]Series, error)
	// Outcome is what was judged of a host, with a row for each program and stack.
	Outcome(ctx context.Context, v Verdict) (Outcome, error)

	// Endpoints are the endpoints with their newest probe, after a key.
	Endpoints(ctx context.Context, after EndpointKey, limit int) ([]Probe, error)
	// Probes are the probes of an endpoint that differ, oldest first.
	Probes(ctx context.Context, key EndpointKey) ([]Probe, error)

	// Observations are those of a span of days, first and last included. An error comes
	// last.
	Observations(ctx context.Context, first, last Day) iter.Seq2[Observation, error]

	// Fixes are what was given and applied to a host, oldest first; "" for all hosts.
	Fixes(ctx context.Context, id string) ([]Fix, error)
	Owners(ctx context.Context) ([]Owner, error)
	Tags(ctx context.Context) ([]Tag, error)
	Exemptions(ctx context.Context) ([]Exemption, error)

	// Count counts what is kept.
	Count(ctx context.Context) (Counts, error)
	// Prune removes what is older than r says, and what nothing refers to any more. With
	// dry it only counts.
	Prune(ctx context.Context, r Retention, dry bool) (Counts, error)
}

// Batch is what is recorded at once. Some hundred hosts are a good size.
type Batch struct {
	Hosts        []HostResult
	Endpoints    []EndpointResult
	Observations []Observation
	Fixes        []Fix
	Owners       []Owner
	Exemptions   []Exemption
	// Tags are those that people said. One without a value takes back what was said, so
	// that the host's own label counts again.
	Tags []Tag
	// Spent is the token for one use with which the hosts come; nil for none.
	Spent *Spending
}

// Spending is the use of a token for one use. It is taken when the batch is kept, in the
// same transaction: a token whose report was lost is still good. The same hosts with the
// same settings may come again, since whoever sends does not know whether the answer or the
// question was lost. A batch whose token is not good is not kept: the error is a
// [TokenError].
type Spending struct {
	Token Hash
	At    time.Time
}

// HostResult is what a run found out about one host.
type HostResult struct {
	ID string // path below the source, with slashes: "acme/DC01"
	At time.Time
	// Settings are nil if the host could not be read; Error says why.
	Settings *host.Snapshot
	Error    string
	// Kept says that the settings are the newest that the store has of the host: they were
	// judged again, nobody read the host, and of Settings and Error nothing is recorded.
	Kept     bool
	Outcomes []JudgedService
}

// JudgedService is the outcome of a host for one service.
type JudgedService struct {
	Series  Series
	Day     Day // the day on which it was judged
	Outcome Outcome
}

// Series is one question that is asked again and again, so that its verdicts can be
// compared over time.
type Series struct {
	Service string
	// On is the day for which it is judged, YYYY-MM-DD; "" for the day on which it is
	// judged.
	On string
	// Callers are the programs that were asked about, joined by commas; "" for those of
	// the service.
	Callers string
}

// Outcome is what was judged of a host and service. In the store it has no names: hosts
// of which the same was found share one.
type Outcome struct {
	Host document.Host      `json:"host"`
	Rows []document.Verdict `json:"rows"`
}

// Day is a day, YYYY-MM-DD.
type Day string

// DayOf is the day of a moment in UTC.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Span is a time in which nothing else was found: it was so at From and at To, and
// whenever anybody looked in between.
type Span[T Ordered] struct {
	From, To T
	Hash     Hash // of what was found
}

// Host is a host as it was last seen.
type Host struct {
	ID    string
	About About
	Seen  time.Time // when it was last read; zero if it never was
	Error string    // why the last reading failed; "" if it did not
	Tried time.Time // when the last reading was
}

// About is what tells hosts apart: it is kept of the last reading alone.
type About struct {
	Name      string            `json:"name,omitempty"`
	Source    string            `json:"source,omitempty"`
	OS        host.OS           `json:"os"`
	Addresses []string          `json:"addresses,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
}

// Settings are the newest settings of a host.
type Settings struct {
	Host     Host
	Snapshot *host.Snapshot
	// Hash is the same for hosts that have the same settings, whatever they are called.
	Hash Hash
}

// Verdict is a verdict and the days on which it was the same.
type Verdict struct {
	Host string
	Span Span[Day]
	Verdict, Cause, FailsFrom,
	Fixable, // "yes", "no" or "" if it is not known
	Restart string
	// Fix is the same for hosts that need the same changes; "" for none.
	Fix Hash
}

// EndpointKey names an endpoint.
type EndpointKey struct{ Target, Address, ServerName string }

// EndpointResult is one probe.
type EndpointResult struct {
	At       time.Time
	Endpoint *document.Endpoint
}

// Probe is what an endpoint answered, and the time in which it answered the same. How
// many connections a probe took is not kept.
type Probe struct {
	Key      EndpointKey
	Span     Span[time.Time]
	Endpoint *document.Endpoint
}

// Observation is a client at a server on a day: all its connections that are alike. Count
// is the most that one run saw, never a sum of runs, so that a log may be read again and
// again; runs that each see a part of a day count too little.
type Observation struct {
	Day                        Day
	Client, Server, ServerName string // addresses, without the client's port
	Stack                      string // "" if it is not known
	Offered, Negotiated        string // versions; "" if the source has none
	Survives                   string // yes, no, unknown
	ClientName, Owner          string
	Count                      int64
	First, Last                time.Time // zero if the source has no time
}

// What fixes, owners and exemptions are about.
const (
	KindHost     = "host"
	KindClient   = "client"
	KindEndpoint = "endpoint"
)

// Fix is something that was done about a host.
type Fix struct {
	Host, Service string
	State         FixState
	At            time.Time
	By            string // who did it; "" if it is not known
	Changes       []document.Change
}

// FixState says what became of a fix.
type FixState string

// The states of fixes.
const (
	FixGiven    FixState = "given"    // written for somebody to apply
	FixApplied  FixState = "applied"  // by this program
	FixUndone   FixState = "undone"   // by this program
	FixOffered  FixState = "offered"  // for a second person to look at
	FixApproved FixState = "approved" // by that person, see [Decisions.Approve]
	FixRejected FixState = "rejected"
)

// Owner is whom something belongs to.
type Owner struct {
	Kind, ID    string // a host's id, or a client's address
	Owner, Mail string
	At          time.Time // when it was last said
}

// Tag is a label of a host.
type Tag struct {
	Host, Name, Value string
	// Said says that people said it: it stays when the host is read again, and counts in
	// place of the host's own label of that name.
	Said bool
}

// Exemption excuses something from a service for a time.
type Exemption struct {
	Kind, ID, Service string
	Until             Day // the last day
	Owner, Reason     string
	At                time.Time
}

// Retention says how long things are kept. A zero day keeps all.
type Retention struct {
	// People is the first day that is kept of what is about people: observations, owners
	// of clients.
	People Day
	// History is the first day that is kept of what was: settings, verdicts and probes
	// that have changed since, fixes, and exemptions that have ended.
	History Day
}

// Counts are numbers of entries by table.
type Counts map[string]int64

// Options are how a database is opened.
type Options struct {
	// Holder says who holds the database while it is open, for those who are refused: a
	// command. "" opens it to be read beside others who write.
	Holder string
	// Waiting is told once when the database is away and is waited for; may be nil.
	Waiting func(error)
	// Patience is how long a database that is away is waited for; zero for
	// [DefaultPatience].
	Patience time.Duration
}

// DefaultPatience is long enough for a server that is restarted.
const DefaultPatience = time.Minute
