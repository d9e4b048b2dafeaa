package probe

import (
	"crypto/rand"
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
	expects tlsready.Version  // this very hello was answered so before: a sign of life; 0: it was not
}

// hello makes the message.
func (q question) hello(serverName string) (*wire.ClientHello, error) {
	if q.ready != nil {
		return q.ready, nil
	}
	h := &wire.ClientHello{
		Version: min(q.version, tlsready.TLS12), Random: make([]byte, 32),
		Suites: slices.Clone(q.suites), Compression: []byte{0},
	}
	if _, err := rand.Read(h.Random); err != nil {
		return nil, message.Error("probing.random", message.Cause("why", err))
	}
	if q.version.Rank() < tlsready.TLS10.Rank() || q.form == bare {
		if h.SSL2 = q.version == tlsready.SSL20; h.SSL2 {
			h.Random = h.Random[:16]
		} else {
			h.Suites = append(h.Suites, 0x00ff) // renegotiation SCSV: there are no extensions
		}
		return h, nil
	}
	if q.version == tlsready.TLS13 {
		h.SessionID = slices.Clone(h.Random) // as browsers do, for middleboxes (RFC 8446 appendix D.4)
	}
	if q.form == full {
		h.Suites = append(h.Suites, 0x00ff) // some servers look for this, others for the extension
	}
	if q.noName {
		serverName = ""
	}
	h.Extensions = q.extensions(serverName)
	return h, nil
}

func (q question) extensions(serverName string) []wire.Extension {
	list := make([]wire.Extension, 0, 12)
	add := func(when bool, e wire.Extension) {
		if when {
			list = append(list, e)
		}
	}
	groups, schemes := q.groups, q.schemes
	if groups == nil {
		groups = usualGroups(q)
	}
	if schemes == nil {
		schemes = schemes12()
		if q.form != full {
			schemes = without(schemes, 0x0301, 0x0303, 0x0101, 0x0302, 0x0402, 0x0502, 0x0602, tlsready.Ed448)
		}
	}
	modern := q.version == tlsready.TLS13
	add(serverName != "", wire.ServerNameExtension(serverName))
	add(q.depth == toFlight, wire.StatusRequestExtension())
	add(true, wire.GroupsExtension(groups))
	add(true, wire.PointFormatsExtension())
	add(q.version >= tlsready.TLS12, wire.SignatureAlgorithmsExtension(schemes))
	add(q.form == withALPN, wire.ALPNExtension(protocols()...))
	add(true, wire.Extension{Type: wire.ExtExtendedMasterSecret})
	add(modern, wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}))
	add(modern, wire.PSKModesExtension())
	add(modern, wire.KeyShareExtension(q.shares...))
	add(q.form != full, wire.RenegotiationInfoExtension())
	return list
}

// protocols are those that servers may insist on (IANA registry "TLS
// Application-Layer Protocol Negotiation (ALPN) Protocol IDs").
func protocols() []string {
	return []string{"h2", "http/1.1", "tds/8.0", "postgresql", "mqtt", "dot", "imap", "pop3", "managesieve", "xmpp-client", "ftp", "ntske/1"}
}

func usualGroups(q question) []tlsready.Group {
	switch {
	case q.form != full:
		return []tlsready.Group{tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1}
	case q.version == tlsready.TLS13:
		return append(groups13(), 0x001a, 0x001b, 0x001c, 0x0016)
	}
	return groups12()
}

// framed is the message of a hello, and the records in which it goes out. A message
// of 256 to 511 bytes is lengthened to 512: some balancers take those for a hello of
// SSL 2.0 and hang (RFC 7685 section 1). A hello that was handed in stays as it is.
func (q question) framed(h *wire.ClientHello) (msg, records []byte, err error) {
	if msg, err = h.Marshal(); err != nil {
		return nil, nil, err
	}
	if n := len(msg); n > 255 && n < 512 && h.Extensions != nil && q.ready == nil {
		h.Extensions = append(h.Extensions, wire.Extension{Type: wire.ExtPadding, Data: make([]byte, max(0, 512-n-4))})
		if msg, err = h.Marshal(); err != nil {
			return nil, nil, err
		}
	}
	records, err = h.Framed(msg, 0)
	return msg, records, err
}
