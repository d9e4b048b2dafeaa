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
	Hello                        // a ServerHello that goes on
	Retry                        // a HelloRetryRequest alone: no second hello could be made
	Alert                        // a fatal alert
	Reset                        // the connection was reset
	Closed                       // the connection was closed without a word
	Silent                       // nothing, or not enough, within the time
	NotTLS                       // something that is not TLS
	Malformed                    // TLS that breaks its own rules
	NoStartTLS                   // the dialogue before TLS failed
)

// Reply is what came back on one connection.
type Reply struct {
	Kind  ReplyKind
	Alert wire.Alert // if Kind is Alert; with Hello, one that came after it
	Err   error      // what went wrong, if anything did

	Version tlsready.Version // if Kind is Hello
	Suite   tlsready.Suite
	Group   tlsready.Group // of key_share or of the server's key exchange; 0: none was told
	// Retried says that a HelloRetryRequest came first; Kind is the outcome of the second
	// hello, or Hello if none was sent because only the group was asked for.
	Retried bool
	// Began is the version of a ServerHello that did not go on; 0: there was none.
	Began tlsready.Version

	// The fields below are read if the whole flight was asked for. In TLS 1.3 it is
	// encrypted, and cannot be read if this program does not compute the group.
	KeyExchange *wire.ServerKeyExchange  // up to TLS 1.2
	Scheme      tlsready.SignatureScheme // with what the server signed; 0: it did not, or it is not known
	Chain       [][]byte                 // certificates in DER, leaf first
	OCSP        []byte
	Request     *wire.CertificateRequest
	Complete    bool             // the flight came to its end
	Kinds       []tlsready.Suite // what SSL 2.0 takes

	unsent bool // no connection was made: the time was over before
	early  bool // it went wrong before TLS began
}

// String says in a few words how the server answered; evidence is made of it.
func (r Reply) String() string {
	text := r.word()
	switch {
	case r.Began != 0:
		text = r.Began.String() + ", then " + text
	case r.Retried && r.Kind != Hello && r.Kind != Retry:
		text = "hello retry, then " + text
	}
	return text
}

func (r Reply) word() string {
	switch r.Kind {
	case Hello:
		return r.Version.String()
	case Retry:
		return "hello retry"
	case Alert:
		return fmt.Sprintf("alert %d", r.Alert.Description)
	case Reset:
		return "reset"
	case Closed:
		return "closed"
	case Silent:
		return "timeout"
	case NotTLS:
		return "not tls"
	case Malformed:
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

// refusesVersion says whether the reply refuses the version in so many words.
func (r Reply) refusesVersion() bool {
	return r.Kind == Alert && r.Alert.Description == wire.ProtocolVersion && r.Began == 0
}

// explicit says whether the reply says yes or no to a version by itself, whatever the
// connections around it met.
func (r Reply) explicit() bool { return r.Kind == Hello || r.refusesVersion() }

// refusesSuites says whether the reply says in so many words that nothing fits.
func (r Reply) refusesSuites() bool {
	if r.Kind == Hello { // a lower version: nothing in this one
		return true
	}
	switch r.Alert.Description {
	case wire.HandshakeFailure, wire.InsufficientSecurity, wire.IllegalParameter, wire.ProtocolVersion, wire.MissingExtension:
		return r.Kind == Alert
	}
	return false
}
