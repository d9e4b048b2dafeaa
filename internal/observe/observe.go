// Package observe is the vocabulary of what was really seen: a connection from a
// capture, or a line of a log, before anybody judges it.
//
// Captures and logs yield the same Connection, each with what it knows; what it does
// not know stays at its zero value and is never guessed.
package observe

import (
	"net/netip"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// Connection is one connection that was seen, or one event of a log that stands for one.
type Connection struct {
	Source string // the file's name as it was given
	Line   int    // the log's line, from 1; 0 in a capture
	Format string // the id of the format that it was read from: "pcap", "nginx", "iis" …

	Time      time.Time // UTC; zero if the source does not say
	Transport Transport

	// Client and Server are zero where the source has no address, with port 0 where it
	// has no port.
	Client, Server netip.AddrPort
	// ClientName and ServerHost are the machines' names where a log has them instead of
	// an address, such as Computer of a Windows event.
	ClientName, ServerHost string
	// Via is the balancer or relay that the connection came from, where Client was taken
	// from a field such as X-Forwarded-For.
	Via netip.Addr

	// ServerName is what the client asked for (RFC 6066 section 3); "" without one, and
	// where the log does not say.
	ServerName string
	// Before is what went over the connection before TLS began: an id of starttls, or
	// "connect", "socks", "proxy-protocol", "upgrade" (RFC 2817), "irc", or "other" for
	// what is not known; "" if TLS came first.
	Before string

	// Hello is the client's first hello, nil where only a log line was seen or the
	// capture lacks it.
	Hello *Hello
	// Offered is what a log states of the hello; nil if there is a Hello, and where the
	// log says nothing of it.
	Offered *Offered
	// Negotiated is what the server chose, nil where it was not seen. The last
	// ServerHello counts: a HelloRetryRequest is none.
	Negotiated *Negotiated
	// Alert is the first fatal alert in clear, nil without one.
	Alert *Alert
	// Refused says that the source states a handshake that failed: with an alert, or
	// without one by a server that ended the connection where its answer was due.
	Refused bool

	Identity Identity
}

// Transport is what carries the hello.
type Transport string

// The transports. QUIC is TLS 1.3 by definition (RFC 9001 section 4.2) and is counted,
// not decrypted.
const (
	TCP  Transport = "tcp"
	QUIC Transport = "quic"
)

// Hello is a ClientHello that was seen.
type Hello struct {
	*wire.ClientHello
	// Records is in how many TLS records the hello came; 0 for one of SSL 2.0.
	Records int
	// Again says that a second hello followed a HelloRetryRequest (RFC 8446 section
	// 4.1.4).
	Again bool
	// Outer says that the hello carries encrypted_client_hello (RFC 9849): its server
	// name is that of the front.
	Outer bool
}

// Offered is what a log says of a hello that it does not hold.
type Offered struct {
	Max      tlsready.Version   // 0: not said
	Versions []tlsready.Version // what supported_versions lists; nil: not said
	Suites   []tlsready.Suite
	Groups   []tlsready.Group
}

// Negotiated is what the server chose.
type Negotiated struct {
	Version tlsready.Version
	Suite   tlsready.Suite // 0 and HasSuite false where the log does not say
	// HasSuite tells TLS_NULL_WITH_NULL_NULL from a suite that was not seen.
	HasSuite bool
	Group    tlsready.Group // 0: not seen
}

// Alert is a fatal alert and who sent it.
type Alert struct {
	wire.Alert
	FromServer bool
}

// Identity is what lets one find the person to call.
type Identity struct {
	Principal         string // a cloud principal, a user
	Account           string
	ClientCertificate string // its subject
	ServerCertificate string // the subject of the certificate that the server sent, where it is in clear
	UserAgent         string
	Process           string // path or name of the program on the client's machine
	JA3, JA4          string // as a log states them; a capture's are computed
	Stack             string // the TLS stack, as a log of this program states it
	// Fields are other fields of the log's line by their names in the log, for
	// --owner-by, and of a capture what a mail client called itself, "ehlo"; nil without
	// any.
	Fields map[string]string
}

// Loss is something of a source that could not be read or followed, counted and with one
// example: nothing is left out in silence.
type Loss struct {
	What    message.Text // what was lost, without a count
	Count   int
	Example string // the first such line or packet, cut to a line
	Where   string // its place: FILE:LINE or FILE:packet N
}

// Coverage is the span of time in which a source could have seen a connection.
type Coverage struct {
	Source      string
	From, To    time.Time // of the first and the last packet or line; zero without times
	Connections int
	Losses      []Loss
	// WithoutTLS counts lines of connections that say nothing of TLS (plain HTTP).
	WithoutTLS int
	// Missing says that the format as it was written has no field for the TLS version,
	// with the line that adds it; zero if it has.
	Missing message.Text
	// Assumed is what was taken for granted, such as the zone of times that are written
	// without one; zero if nothing was.
	Assumed message.Text
}

// Sink takes connections as they are found. An error ends the reading and is given back.
type Sink func(Connection) error
