package store

import (
	"context"
	"time"
)

// Queries are what pages are made of: filtered lists with their totals, and counts, fast
// enough at a hundred thousand hosts to be asked for each page. Every [Store] has them,
// and like all of it they know one tenant. A page after another is asked for with its
// Next; rows that change meanwhile may be seen twice or not at all.
type Queries interface {
	// FindHosts are hosts that have a verdict in a series.
	FindHosts(ctx context.Context, q HostQuery) (HostPage, error)
	// Groups count the hosts of a query by something that they share: those with most
	// failing hosts first, and at most [MaxGroups]. Order, After and Limit of the query do not
	// count.
	Groups(ctx context.Context, q HostQuery, by GroupBy) ([]Group, error)
	// Totals count the hosts of every series by verdict.
	Totals(ctx context.Context, today Day) ([]Total, error)
	// Progress counts the hosts of a series by verdict on each day from first to last on
	// which a verdict changed, and on first and last. A host counts from the first day on
	// which it was judged, with its newest verdict until that day.
	Progress(ctx context.Context, s Series, first, last Day) ([]DayCount, error)
	// Fell are the hosts of a series that fail, were ready when they were last judged to be
	// either, and have failed since a day or later: what people should be told of. At most
	// limit of them, after an id.
	Fell(ctx context.Context, s Series, since Day, after string, limit int) ([]HostRow, error)
	// Host is a host. One that is not there is a [NoHostError].
	Host(ctx context.Context, id string) (Host, error)
	// CountHosts is how many hosts there are, whether they have a verdict or not.
	CountHosts(ctx context.Context) (int, error)
	// Standings are how a host stands in each series.
	Standings(ctx context.Context, id string) ([]Standing, error)
	// TagsOf are the tags of a host.
	TagsOf(ctx context.Context, id string) ([]Tag, error)
	// TagNames are the names of all tags, sorted. Their values are counted by [Groups].
	TagNames(ctx context.Context) ([]string, error)

	FindEndpoints(ctx context.Context, q EndpointQuery) (EndpointPage, error)
	FindClients(ctx context.Context, q ClientQuery) (ClientPage, error)
	// SeenOf are the observations of a client in a span of days, first and last included:
	// the newest day first, at most limit of them.
	SeenOf(ctx context.Context, client string, first, last Day, limit int) ([]Observation, error)
}

// HostQuery asks for hosts in one series. What is left empty does not narrow it.
type HostQuery struct {
	Series           Series
	Verdicts, Causes []string // any of them
	// Fix is that of a [Group]: hosts that need the same changes.
	Fix Hash
	// Owner is whom the host belongs to; NoOwner asks for those of nobody.
	Owner   string
	NoOwner bool
	OS      string
	// Tags are all to be there; an empty Value stands for any. Host does not count.
	Tags []Tag
	// Text stands in the id or the name, in whatever case.
	Text string
	// FellSince asks for hosts as [Queries.Fell] has them, and MendedSince for those that
	// connect and failed when they were last judged to be either.
	FellSince, MendedSince Day
	Exempt                 Exempt
	// Today is the day on which exemptions have to hold; "" for all that there are.
	Today Day

	Order HostOrder
	// After is the Next of the page before; "" for the first page.
	After string
	// Limit is how many rows a page has; 0 for [DefaultLimit], and [MaxLimit] at most.
	Limit int
}

// How many rows a page has.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// MaxGroups bounds the groups of a query, of which those with fewest hosts are left out.
const MaxGroups = 1000

// Exempt says whether excused hosts count.
type Exempt string

// Whether excused hosts count.
const (
	ExemptToo  Exempt = ""
	ExemptOnly Exempt = "only"
	ExemptNone Exempt = "none"
)

// HostOrder is the order of hosts in a list. Those that are equal in it are in the order
// of their ids.
type HostOrder string

// The orders of hosts.
const (
	ByID        HostOrder = ""
	ByVerdict   HostOrder = "verdict"    // fails, unreadable, unknown, connects, notInstalled; then by cause and fix
	ByFailsFrom HostOrder = "fails-from" // those without a day last
	ByOwner     HostOrder = "owner"      // those without an owner first; then by verdict
)

// HostPage is a page of hosts.
type HostPage struct {
	Rows  []HostRow
	Total int    // of all pages
	Next  string // "" after the last page
}

// HostRow is a host and how it stands in the series that was asked for.
type HostRow struct {
	Host
	Standing
	Mail string // of the owner; "" if it is not known
	Tags map[string]string
}

// Standing is how a host stands in a series.
type Standing struct {
	Series  Series
	Verdict Verdict
	// Since is the first day of this verdict, and Was what the host was last judged to be
	// before, "connects" or "fails"; "" if it never was.
	Since Day
	Was   string
	// Owner is who was said to own it, else its label "owner".
	Owner string
	OS    string // the name of its system, else its version; HostQuery.OS asks for it
	// ExemptUntil is the last day of its exemption from the service; "" for none. It may
	// be over.
	ExemptUntil Day
}

// GroupBy is what the hosts of a group share: one of the constants, or [ByTag].
type GroupBy string

// What the hosts of a group may share.
const (
	GroupByFix   GroupBy = "fix"   // verdict, cause and changes: "one fix → 312 hosts"
	GroupByOwner GroupBy = "owner" // "" for those of nobody
	GroupByOS    GroupBy = "os"
)

// ByTag groups by the values of a tag; "" for hosts without it.
func ByTag(name string) GroupBy { return GroupBy("tag:" + name) }

// Group is hosts that share something.
type Group struct {
	// Value is what they share: an owner, a system, the value of a tag. It is empty in
	// groups by fix, which have Verdict, Cause and Fix.
	Value          string
	Verdict, Cause string
	Fix            Hash
	Hosts          int
	Verdicts       map[string]int
	// Example is how one of the hosts stands: its outcome shows the changes.
	Example Verdict
}

// Total is how the hosts of a series stand.
type Total struct {
	Series   Series
	Last     Day // on which hosts were judged last
	Verdicts map[string]int
	// Exempt are the failing hosts that are excused on the day that was asked for.
	Exempt int
}

// DayCount is how many hosts had each verdict on a day.
type DayCount struct {
	Day      Day
	Verdicts map[string]int
	// Mended and Fell are the hosts that came to connect after failing on that day, and
	// the other way round.
	Mended, Fell int
}

// EndpointQuery asks for endpoints. What is left empty does not narrow it.
type EndpointQuery struct {
	Text    string // in the target, the address or the name
	Address string // the whole of it
	Limit   int
	After   string
	// ChangedSince asks for those whose answers are otherwise since a moment.
	ChangedSince time.Time
	// Accepts asks for those that take a version, such as "TLS 1.0"; Failed for those that
	// could not be asked.
	Accepts string
	Failed  bool
	// ExpiresBefore asks for those with a certificate that ends before a day.
	ExpiresBefore Day
}

// EndpointPage is a page of endpoints, in the order of their keys.
type EndpointPage struct {
	Rows  []Probe
	Total int
	Next  string
}

// ClientQuery asks for clients seen, one row for each client and stack. What is left
// empty does not narrow it.
type ClientQuery struct {
	// First and Last are the days of which one at least has to have seen the client.
	First, Last  Day
	Text         string // in the address or the name
	Client, Name string // the whole of it; of the name in whatever case
	Owner, Stack string
	Survives     string // yes, no, unknown
	Offered      string // the newest version that it offered when it was last seen
	Limit        int
	After        string
}

// ClientPage is a page of clients, in the order of their addresses and stacks.
type ClientPage struct {
	Rows  []Client
	Total int
	Next  string
}

// Client is a client and stack as its observations have it.
type Client struct {
	Client, Name, Owner, Mail, Stack string
	// Survives and Offered are those of the last day on which it was seen, the worst of
	// them; Versions are all that were negotiated in the days that were asked for.
	Survives, Offered string
	Versions, Servers []string
	FirstDay, LastDay Day
	Days              int   // of those that were asked for, on how many it was seen
	Count             int64 // connections on these days
}
