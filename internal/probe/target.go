package probe

import (
	"context"
	"crypto/sha256"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Target is one server address, with the name that is asked for.
type Target struct {
	Name       string // as the user wrote it; for the reader alone
	Address    netip.AddrPort
	ServerName string // server_name; "" sends none
	StartTLS   string // a protocol of package starttls; "" begins with TLS
	// Through is host:port if the address is not known here because a proxy looks the
	// name up; Address is then the zero value.
	Through string
}

// dial connects to what [Target.dialled] gives. A plain connection lives for seconds, and needs no
// keep-alive. Its address is written out: net.Dialer.DialTCP binds a local port first,
// which costs a call and takes that port from all other connections.
func (o Options) dial(ctx context.Context, deadline time.Time, address string) (net.Conn, error) {
	if o.Dial != nil {
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		return o.Dial(ctx, "tcp", address)
	}
	plain := net.Dialer{KeepAlive: -1}
	return plain.DialContext(until{ctx, deadline}, "tcp", address)
}

// until is a context with a deadline that it does not watch: the dialer of an address
// waits for no longer than that, and a timer for each connection would be one too many.
type until struct {
	context.Context
	deadline time.Time
}

// Deadline is that of the connection.
func (u until) Deadline() (time.Time, bool) { return u.deadline, true }

// dialled is what the dialer is asked for.
func (t Target) dialled() string {
	if t.Through != "" {
		return t.Through
	}
	return t.Address.String()
}

// paced is what the pace is kept for: the address, or what stands for the name of a
// host that a proxy looks up.
func (t Target) paced() netip.Addr {
	if t.Through == "" {
		return t.Address.Addr()
	}
	host, _, _ := net.SplitHostPort(t.Through)
	sum := sha256.Sum256([]byte(strings.ToLower(host)))
	return netip.AddrFrom16([16]byte(sum[:16]))
}

// Questions says what to ask in addition to the versions TLS 1.0 to TLS 1.3.
type Questions struct {
	SSL                 bool // SSL 2.0 and SSL 3.0
	Suites              bool // every suite of every version, in the server's order if it has one
	Groups              bool
	SignatureAlgorithms bool
	Certificates        bool // chain, OCSP answer, size of the finite field, wish for a client certificate
	WithoutServerName   bool // what the server does when it is not named
}

// Everything asks all there is.
func Everything() Questions { return Questions{true, true, true, true, true, true} }

// lists says whether anything is asked of which the result has lists.
func (q Questions) lists() bool {
	return q.Suites || q.Groups || q.SignatureAlgorithms || q.Certificates
}

// Options is how a [Prober] works. The zero value asks for versions alone, without
// a limit on the rate.
type Options struct {
	Questions
	Rate        float64       // new connections a second and address; 0: no limit
	TotalRate   float64       // new connections a second in all; 0: no limit
	Jitter      time.Duration // each connection waits up to so much longer, by chance
	PerEndpoint int           // connections at a time; 0: [DefaultPerEndpoint]
	Nodes       int           // connections that must refuse SSL 2.0 to TLS 1.1, each, for a "no"; 0: one
	Timeout     time.Duration // of one connection; 0: [DefaultTimeout]
	Deadline    time.Duration // of one endpoint; 0: [DefaultDeadline]
	// Polite closes connections with a FIN. Otherwise they are reset, which leaves
	// no TIME_WAIT behind, but Schannel writes an event for each.
	Polite bool
	// Dial makes connections, through a proxy for instance; nil: plain ones.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (o Options) withDefaults() Options {
	if o.PerEndpoint <= 0 {
		o.PerEndpoint = DefaultPerEndpoint
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	return o
}
