package probe

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/wire"
)

// question is one hello to send: what it holds, and how far to read the answer.
type question struct {
	asked   string           // for the evidence
	version tlsready.Version // the maximum
	suites  []tlsready.Suite
	groups  []tlsready.Group           // nil: the usual ones
	schemes []tlsready.SignatureScheme // nil: all
	shares  []wire.KeyShare            // of TLS 1.3; none asks for a HelloRetryRequest
	small   bool                       // like a real client, in place of everything
	noName  bool                       // server_name is left out
	depth   depth
}

// hello makes the bytes.
func (q question) hello(serverName string) ([]byte, error) {
	h := &wire.ClientHello{
		Version: min(q.version, tlsready.TLS12), Random: make([]byte, 32),
		Suites: slices.Clone(q.suites), Compression: []byte{0},
	}
	if _, err := rand.Read(h.Random); err != nil {
		return nil, fmt.Errorf("random: %w", err)
	}
	if q.version.Rank() < tlsready.TLS10.Rank() {
		if h.SSL2 = q.version == tlsready.SSL20; h.SSL2 {
			h.Random = h.Random[:16]
		} else {
			h.Suites = append(h.Suites, 0x00ff) // renegotiation SCSV: there are no extensions
		}
		return h.Records(0)
	}
	if q.version == tlsready.TLS13 {
		h.SessionID = slices.Clone(h.Random) // as browsers do, for middleboxes (RFC 8446 appendix D.4)
	}
	if !q.small {
		h.Suites = append(h.Suites, 0x00ff) // some servers look for this, others for the extension
	}
	if q.noName {
		serverName = ""
	}
	h.Extensions = q.extensions(serverName)
	return pad(h)
}

func (q question) extensions(serverName string) []wire.Extension {
	list := []wire.Extension{}
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
		if q.small {
			schemes = without(schemes, 0x0301, 0x0303, 0x0101, 0x0302, 0x0402, 0x0502, 0x0602, tlsready.Ed448)
		}
	}
	modern := q.version == tlsready.TLS13
	add(serverName != "", wire.ServerNameExtension(serverName))
	add(q.depth == toHelloDone, wire.StatusRequestExtension())
	add(true, wire.GroupsExtension(groups))
	add(true, wire.PointFormatsExtension())
	add(q.version >= tlsready.TLS12, wire.SignatureAlgorithmsExtension(schemes))
	add(true, wire.Extension{Type: wire.ExtExtendedMasterSecret})
	add(modern, wire.SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}))
	add(modern, wire.PSKModesExtension())
	add(modern, wire.KeyShareExtension(q.shares...))
	add(q.small, wire.RenegotiationInfoExtension())
	return list
}

func usualGroups(q question) []tlsready.Group {
	switch {
	case q.small:
		return []tlsready.Group{tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1}
	case q.version == tlsready.TLS13:
		return append(groups13(), 0x001a, 0x001b, 0x001c, 0x0016)
	}
	return groups12()
}

// pad lengthens a hello of 256 to 511 bytes to 512: some balancers take those for a
// hello of SSL 2.0 and hang (RFC 7685 section 1).
func pad(h *wire.ClientHello) ([]byte, error) {
	msg, err := h.Marshal()
	if err != nil {
		return nil, err
	}
	if n := len(msg); n > 255 && n < 512 {
		h.Extensions = append(h.Extensions, wire.Extension{Type: wire.ExtPadding, Data: make([]byte, max(0, 512-n-4))})
		return h.Records(0)
	}
	return h.Framed(msg, 0)
}

// keys makes key shares, each when it is first wanted. Nothing is ever decrypted
// with them, so one set serves every connection of a [Prober].
type keys map[tlsready.Group]func() []byte

// share is a key share of a group; false where none can be made.
func (k keys) share(g tlsready.Group) (wire.KeyShare, bool) {
	make, ok := k[g]
	if !ok {
		return wire.KeyShare{}, false
	}
	return wire.KeyShare{Group: g, Data: make()}, true
}

// usual are the two shares of a plain client.
func (k keys) usual() []wire.KeyShare {
	var list []wire.KeyShare
	for _, g := range []tlsready.Group{tlsready.X25519, tlsready.Secp256r1} {
		if share, ok := k.share(g); ok {
			list = append(list, share)
		}
	}
	return list
}

func newKeys() keys {
	public := func(c ecdh.Curve) func() []byte {
		return sync.OnceValue(func() []byte {
			key, err := c.GenerateKey(rand.Reader)
			if err != nil { // crypto/rand ends the program before this
				panic(err)
			}
			return key.PublicKey().Bytes()
		})
	}
	encapsulation := sync.OnceValue(func() []byte {
		key, err := mlkem.GenerateKey768()
		if err != nil {
			panic(err)
		}
		return key.EncapsulationKey().Bytes()
	})
	x25519, p256 := public(ecdh.X25519()), public(ecdh.P256())
	return keys{
		tlsready.X25519: x25519, tlsready.Secp256r1: p256,
		tlsready.Secp384r1: public(ecdh.P384()), tlsready.Secp521r1: public(ecdh.P521()),
		tlsready.X25519MLKEM768:    sync.OnceValue(func() []byte { return slices.Concat(encapsulation(), x25519()) }),
		tlsready.SecP256r1MLKEM768: sync.OnceValue(func() []byte { return slices.Concat(p256(), encapsulation()) }),
	}
}
