package probe

import (
	"fmt"

	"tlsready"
	"tlsready/internal/wire"
)

// ReplyKind is how a server met a hello.
type ReplyKind int

// The kinds. Several of them are one "no" to other tools; here they stay apart.
const (
	Unreachable ReplyKind = iota // no connection
	Hello                        // a ServerHello or HelloRetryRequest
	Alert                        // a fatal alert
	Reset                        // the connection was reset
	Closed                       // the connection was closed without a word
	Silent                       // nothing, or not enough, within the time
	Foreign                      // something that is not TLS
	Broken                       // TLS that breaks its own rules
	NoStartTLS                   // the dialogue before TLS failed
)

// Reply is what came back on one connection.
type Reply struct {
	Kind  ReplyKind
	Alert wire.Alert // where Kind is Alert; beside Hello one that came after it
	Err   error      // what went wrong, where something did

	Version tlsready.Version // where Kind is Hello
	Suite   tlsready.Suite
	Group   tlsready.Group // of key_share or of the server's key exchange; 0: none was told
	Retry   bool           // the answer is a HelloRetryRequest

	// What follows is read up to TLS 1.2, where the flight is in clear.
	KeyExchange *wire.ServerKeyExchange
	Chain       [][]byte // certificates in DER, leaf first
	OCSP        []byte
	Request     *wire.CertificateRequest
	Complete    bool             // the flight came to its end
	Kinds       []tlsready.Suite // what SSL 2.0 takes
}

// String says in a few words how the server answered; evidence is made of it.
func (r Reply) String() string {
	switch r.Kind {
	case Hello:
		return r.Version.String()
	case Alert:
		return fmt.Sprintf("alert %d", r.Alert.Description)
	case Reset:
		return "reset"
	case Closed:
		return "closed"
	case Silent:
		return "timeout"
	case Foreign:
		return "not tls"
	case Broken:
		return "malformed"
	case NoStartTLS:
		return "no starttls"
	}
	return "unreachable"
}

// throttled says whether the answer may come from a limiter and not from the TLS
// server at all.
func (r Reply) throttled() bool {
	return r.Kind == Unreachable || r.Kind == Reset || r.Kind == Closed || r.Kind == Silent || r.Kind == NoStartTLS
}

// chose says whether the answer is a hello of that version.
func (r Reply) chose(v tlsready.Version) bool { return r.Kind == Hello && r.Version == v }
