package document

import (
	"encoding/json"
	"time"

	"tlsready"
	"tlsready/internal/message"
)

// ConnectionSchema is the name of the result format of watch, one object for each
// connection that was seen.
const ConnectionSchema = "tlsready.connection/v1"

// Connection is one connection that was seen, or one line of a log that stands for one,
// held against what it is to survive.
type Connection struct {
	Schema    string    `json:"schema"`
	Source    string    `json:"source"`           // the file as it was named
	Line      int       `json:"line,omitempty"`   // of a log, from 1
	Format    string    `json:"format,omitempty"` // pcap, nginx, iis …
	Time      time.Time `json:"time,omitzero"`    // UTC; left out if the source does not say
	Client    string    `json:"client"`           // address:port, the address alone, or "" if the source has none
	Server    string    `json:"server"`
	Transport string    `json:"transport"` // tcp or quic
	// ClientName and ServerHost are the machines' names where a log has them.
	ClientName string `json:"clientName,omitempty"`
	ServerHost string `json:"serverHost,omitempty"`
	Via        string `json:"via,omitempty"` // the balancer that the client came through
	ServerName string `json:"serverName"`
	Before     string `json:"before,omitempty"` // what came before TLS: smtp, connect, socks …

	Offered    *ConnectionOffer      `json:"offered"` // nil if no hello was seen
	Negotiated *ConnectionNegotiated `json:"negotiated"`
	Alert      *ConnectionAlert      `json:"alert"`             // the first fatal one
	Refused    bool                  `json:"refused,omitempty"` // the source states a handshake that failed

	JA3   string `json:"ja3"`
	JA4   string `json:"ja4"`
	Stack string `json:"stack"` // "" if it is not known

	Owner     string             `json:"owner"`
	OwnerMail string             `json:"ownerMail,omitempty"`
	Identity  ConnectionIdentity `json:"identity"`

	Survives tlsready.Answer `json:"survives"`
	Likely   string          `json:"likely,omitempty"`  // "no" if Survives is unknown and it probably does not
	Basis    string          `json:"basis,omitempty"`   // of Likely: "inferred"
	Old      bool            `json:"old,omitempty"`     // it came with too little, as far as that is known
	Finding  string          `json:"finding,omitempty"` // see the constants; "" for nothing to say
	Why      message.Text    `json:"why"`
	Remedy   message.Text    `json:"remedy"`

	// Gate is what a gate did with the connection; nil of every other source.
	Gate json.RawMessage `json:"gate,omitempty"`
	// Rehearsal is what a rehearsal server did with the connection; nil of every other
	// source.
	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
}

// Rehearsal is how a visit to a rehearsal server ended.
type Rehearsal struct {
	Service string `json:"service"` // the id of what was rehearsed
	On      string `json:"on"`      // the day that was rehearsed, YYYY-MM-DD
	Strict  bool   `json:"strict"`  // the server behaved as the service does on that day
	Outcome string `json:"outcome"` // see the constants
	// Proves is what the visit proves, and what it does not.
	Proves message.Text `json:"proves"`
}

// How a visit to a rehearsal server ends.
const (
	// RehearsalCompleted: the handshake was completed.
	RehearsalCompleted = "completed"
	// RehearsalHelloOnly: the client broke off at the certificate, after version and
	// suite were agreed on.
	RehearsalHelloOnly = "hello-only"
	// RehearsalRefused: the server refused the client as the service would.
	RehearsalRefused = "refused"
	// RehearsalNotCompleted: the service would take what the client offers, and the
	// library of the rehearsal server cannot finish it.
	RehearsalNotCompleted = "accepted-not-completed"
	// RehearsalBrokenOff: the client, or the network, ended the handshake elsewhere.
	RehearsalBrokenOff = "broken-off"
	// RehearsalNoHello: nothing came that can be read as a ClientHello.
	RehearsalNoHello = "no-hello"
)

// What a connection shows besides whether it survives.
const (
	// FindingCannot: what the client offers is not enough.
	FindingCannot = "cannot"
	// FindingKeptDown: the client offers enough, and the server chose less.
	FindingKeptDown = "kept-down"
	// FindingBetter: what was agreed on is enough, and the client offers a newer version
	// yet.
	FindingBetter = "could-do-better"
	// FindingRejected: the server refuses the client's versions already.
	FindingRejected = "rejected"
)

// The words of [Connection.Likely] and [Connection.Basis].
const (
	LikelyNo      = "no"
	BasisInferred = "inferred"
)

// ConnectionOffer is what the client's first hello says. GREASE is left out; suites that
// only signal something stand by their names.
type ConnectionOffer struct {
	Max tlsready.Version `json:"max"`
	// Versions are those that the hello states: without supported_versions the maximum
	// alone, and Exact is false.
	Versions            []tlsready.Version         `json:"versions"`
	Exact               bool                       `json:"exact"`
	Suites              []tlsready.Suite           `json:"suites"`
	Groups              []tlsready.Group           `json:"groups"`
	SignatureAlgorithms []tlsready.SignatureScheme `json:"signatureAlgorithms"`
	// Outer says that the hello is the outer one of ECH: its server name is the front's.
	Outer bool `json:"outer,omitempty"`
}

// ConnectionNegotiated is what the server chose. Suite is "" if the source does not say.
type ConnectionNegotiated struct {
	Version tlsready.Version `json:"version"`
	Suite   string           `json:"suite"`
	Group   string           `json:"group,omitempty"`
}

// ConnectionAlert is a fatal alert.
type ConnectionAlert struct {
	From        string `json:"from"` // client or server
	Level       int    `json:"level"`
	Description int    `json:"description"`
	Name        string `json:"name"`
}

// ConnectionIdentity is what lets one find the person to call.
type ConnectionIdentity struct {
	Principal         string `json:"principal"`
	Account           string `json:"account"`
	ClientCertificate string `json:"clientCertificate"`
	UserAgent         string `json:"userAgent"`
	ServerCertificate string `json:"serverCertificate,omitempty"`
	Process           string `json:"process,omitempty"`
}

// ReadConnection reads one line of watch, or of a gate's log.
func ReadConnection(line []byte) (*Connection, error) {
	c := &Connection{}
	if err := json.Unmarshal(line, c); err != nil {
		return nil, err
	}
	if c.Schema != ConnectionSchema {
		return nil, message.Error("document.endpoint.schema", message.Quote("got", c.Schema), message.Str("want", ConnectionSchema))
	}
	return c, nil
}
