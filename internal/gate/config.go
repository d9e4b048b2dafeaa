package gate

import (
	"net/netip"
	"time"

	"tlsready"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
)

// Schema is the name of the format (docs/gate.md).
const Schema = "tlsready.gate/v1"

// DefaultHelloTimeout is how long a client may take for its whole hello.
const DefaultHelloTimeout = 10 * time.Second

// MaxConfig is the size of the largest configuration that is read, in bytes.
const MaxConfig = strictyaml.MaxSize

// Config is a gate's configuration, as [Parse] reads it.
type Config struct {
	Listen   []string // ADDRESS:PORT, at least one
	Upstream string   // HOST:PORT of the default route
	Demand   Demand
	Protocol string // "tls", or the STARTTLS protocol that precedes the hello
	Location *time.Location
	Zone     string // its name as the file has it; "" for the machine's own

	Stages     []Stage // by From; none: the gate observes
	Routes     []Route
	Exemptions []Exemption

	Proxy        ProxyProtocol
	Rollback     *Rollback // nil: none
	HelloTimeout time.Duration
	OnStage      Hook
	Log, Metrics string
}

// Demand is what a client has to be able to do: by version alone, or by all that a
// service takes in the end.
type Demand struct {
	Minimum tlsready.Version
	Service *service.Profile // nil: Minimum decides; else what its last phase accepts
}

// Mode is what a stage does to the clients that the service will not take.
type Mode string

// The modes, the mildest first.
const (
	Observe  Mode = "observe"  // everything passes
	Flag     Mode = "flag"     // everything passes; the log lists whom to tell
	Divert   Mode = "divert"   // they go to a server of their own, which tells them in words
	Brownout Mode = "brownout" // some or all are rejected, within windows
	Enforce  Mode = "enforce"  // all are rejected
)

// Modes lists them.
func Modes() []Mode { return []Mode{Observe, Flag, Divert, Brownout, Enforce} }

// Stage is a part of the plan.
type Stage struct {
	From     time.Time // the moment at which it begins
	To       time.Time // the moment at which it has ended; zero: it does not end
	Mode     Mode
	Percent  int      // of client addresses, 1 to 100: how many a brownout rejects
	Windows  []Window // of a brownout; none: always
	Scatter  bool     // each day's windows are shifted by some minutes
	Upstream string   // of divert
	Line     int      // in the file
}

// Route is where connections for a server name go.
type Route struct {
	SNI      string // in lower case; * stands for one label
	Upstream string
	Demand   Demand
	Stages   []Stage   // of its own, by From; used if Own
	Own      bool      // has stages of its own, perhaps none
	Ends     time.Time // the moment at which the name ends; zero: it does not
	Line     int       // in the file
}

// Exemption keeps clients from being rejected until it ends.
type Exemption struct {
	CIDR   netip.Prefix
	SNI    string // "": for every name
	Ends   time.Time
	Until  service.Date // the last day, as the file has it
	Reason string
	Owner  string
	Line   int
}

// ProxyProtocol says how the client's address goes in and out.
type ProxyProtocol struct {
	In      bool
	Trusted []netip.Prefix
	Out     string // "none", "v1" or "v2"
}

// Rollback is when a stage is taken back by itself.
type Rollback struct {
	Above      float64 // times the share of rejected addresses that the log foretold
	Over       time.Duration
	MinClients int
}

// Hook is what is told of each change of stage.
type Hook struct {
	Command []string
	Webhook string
}
