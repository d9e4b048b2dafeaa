package probe

import (
	"crypto/rand"
	"errors"
	"slices"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// form is the shape of a hello: some servers look at nothing else.
type form int

const (
	full     form = iota // everything there is
	plain                // like a real client
	bare                 // without extensions, as clients of 1999 spoke
	early                // with the extensions of the first clients of TLS 1.2 alone
	withALPN             // like a real client that names application protocols
)

// question is one hello to send: what it holds, and how far to read the answer.
type question struct {
	asked   string           // for the evidence
	version tlsready.Version // the maximum
	suites  []tlsready.Suite
	groups  []tlsready.Group           // nil: the usual ones
	schemes []tlsready.SignatureScheme // nil: all
	shares  []wire.KeyShare            // of TLS 1.3; none asks for a HelloRetryRequest
	form    form
	noName  bool // server_name is left out
	depth   depth
	ready   *wire.ClientHello // sent as it is, in place of everything above
	alike   bool              // others that differ in a list alone were answered
	expects tlsready.Version  // this very hello was answered so before: a sign of life; 0: it was not
}

// turnedAway says that a hello that was taken before met something else, in TLS or not,
// that says nothing of versions.
func (q *question) turnedAway(r Reply) bool {
	return q.expects != 0 && !r.throttled() && !r.explicit()
}

// ready are extensions that stand in most hellos, made once.
type ready struct {
	groups, schemes                      map[form]wire.Extension // schemes of TLS 1.2 and later
	groups13                             wire.Extension          // of TLS 1.3, in the full form
	points, secret, versions, modes      wire.Extension
	renegotiation, protocols, noKeyShare wire.Extension
}

func newReady() *ready {
	r := &ready{
		groups: map[form]wire.Extension{}, schemes: map[form]wire.Extension{},
		groups13: wire.GroupsExtension(append(groups13(), 0x001a, 0x001b, 0x001c, 0x0016)),
		points:   wire.PointFormatsExtension(), secret: wire.Extension{Type: wire.ExtExtendedMasterSecret},
		versions: wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}),
		modes:    wire.PSKModesExtension(), renegotiation: wire.RenegotiationInfoExtension(), protocols: wire.ALPNExtension(protocols()...),
		noKeyShare: wire.KeyShareExtension(),
	}
	for _, f := range []form{full, plain, early, withALPN} {
		groups, schemes := groups12(), schemes12()
		if f != full {
			groups = []tlsready.Group{tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1}
			schemes = without(schemes, 0x0301, 0x0303, 0x0101, 0x0302, 0x0402, 0x0502, 0x0602, tlsready.Ed448)
		}
		r.groups[f], r.schemes[f] = wire.GroupsExtension(groups), wire.SignatureAlgorithmsExtension(schemes)
	}
	return r
}

// groupsOf are the groups of a question.
func (r *ready) groupsOf(q *question) wire.Extension {
	switch {
	case q.groups != nil:
		return wire.GroupsExtension(q.groups)
	case q.form == full && q.version == tlsready.TLS13:
		return r.groups13
	}
	return r.groups[q.form]
}

func (r *ready) schemesOf(q *question) wire.Extension {
	if q.schemes != nil {
		return wire.SignatureAlgorithmsExtension(q.schemes)
	}
	return r.schemes[q.form]
}

func (r *ready) sharesOf(q *question) wire.Extension {
	if len(q.shares) == 0 {
		return r.noKeyShare
	}
	return wire.KeyShareExtension(q.shares...)
}

// hello makes the message. What it holds is that of the question and of m.
func (q *question) hello(ready *ready, m *memory, serverName string) (*wire.ClientHello, error) {
	if q.ready != nil {
		return q.ready, nil
	}
	h := &wire.ClientHello{
		Version: min(q.version, tlsready.TLS12), Random: m.random[:], Suites: q.suites, Compression: m.zero[:],
	}
	if _, err := rand.Read(h.Random); err != nil {
		return nil, message.Error("probing.random", message.Cause("why", err))
	}
	if q.version.Rank() < tlsready.TLS10.Rank() || q.form == bare {
		if h.SSL2 = q.version == tlsready.SSL20; h.SSL2 {
			h.Random = h.Random[:16]
		} else {
			h.Suites = signalled(h.Suites) // there are no extensions
		}
		return h, nil
	}
	if q.version == tlsready.TLS13 {
		h.SessionID = h.Random // as browsers do, for middleboxes (RFC 8446 appendix D.4)
	}
	if q.form == full || q.form == early {
		h.Suites = signalled(h.Suites) // some servers look for this, others for the extension
	}
	if q.noName {
		serverName = ""
	}
	h.Extensions = q.extensions(ready, m.extensions[:0], serverName)
	return h, nil
}

// signalled is a list with the renegotiation SCSV at its end (RFC 5746 section 3.3).
func signalled(suites []tlsready.Suite) []tlsready.Suite {
	const scsv = 0x00ff
	if n := len(suites); n > 0 && suites[n-1] == scsv {
		return suites
	}
	return append(slices.Clip(suites), scsv)
}

func (q *question) extensions(ready *ready, list []wire.Extension, serverName string) []wire.Extension {
	if serverName != "" {
		list = append(list, wire.ServerNameExtension(serverName))
	}
	if q.depth == toFlight {
		list = append(list, wire.StatusRequestExtension())
	}
	list = append(list, ready.groupsOf(q), ready.points)
	if q.version >= tlsready.TLS12 {
		list = append(list, ready.schemesOf(q))
	}
	if q.form == withALPN {
		list = append(list, ready.protocols)
	}
	if q.form == early {
		return list
	}
	list = append(list, ready.secret)
	if q.version == tlsready.TLS13 {
		list = append(list, ready.versions, ready.modes, ready.sharesOf(q))
	}
	if q.form != full {
		list = append(list, ready.renegotiation)
	}
	return list
}

// protocols are those that servers may insist on (IANA registry "TLS
// Application-Layer Protocol Negotiation (ALPN) Protocol IDs").
func protocols() []string {
	return []string{"h2", "http/1.1", "tds/8.0", "postgresql", "mqtt", "dot", "imap", "pop3", "managesieve", "xmpp-client", "ftp", "ntske/1"}
}

// framed is the message of a hello, and the record in which it goes out. A message
// of 256 to 511 bytes is lengthened to 512: some balancers take those for a hello of
// SSL 2.0 and hang (RFC 7685 section 1). A hello that was handed in stays as it is.
func (q *question) framed(h *wire.ClientHello, m *memory) (msg, records []byte, err error) {
	msg, m.out, err = h.AppendRecord(m.out[:0])
	if n := len(msg); err == nil && n > 255 && n < 512 && h.Extensions != nil && q.ready == nil {
		h.Extensions = append(h.Extensions, wire.Extension{Type: wire.ExtPadding, Data: make([]byte, max(0, 512-n-4))})
		msg, m.out, err = h.AppendRecord(m.out[:0])
	}
	if !errors.Is(err, wire.ErrTooLong) {
		return msg, m.out, err
	}
	if msg, err = h.Marshal(); err != nil {
		return nil, nil, err
	}
	records, err = h.Framed(msg, 0)
	return msg, records, err
}
