package capturekit

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"

	"tlsready"
	"tlsready/internal/wire"
)

// Handshake is one connection with TLS, as both sides send it.
type Handshake struct {
	Max, Negotiated tlsready.Version
	Turns           []Turn
}

// Handshakes are some of the kinds that one sees: old and new ones, with and without a
// certificate in clear, with a HelloRetryRequest. They are the same in every run. der is
// what the servers send for a certificate.
func Handshakes(der []byte) []Handshake {
	random := rand.NewChaCha8([32]byte{1})
	var list []Handshake
	for _, v := range []tlsready.Version{tlsready.TLS10, tlsready.TLS12, tlsready.TLS13} {
		for size := 4; size < 30; size += 5 {
			list = append(list, handshake(random, v, size, der))
		}
	}
	return list
}

// Hello is the hello of a client whose highest version is v.
func Hello(random io.Reader, v tlsready.Version, suites int) *wire.ClientHello {
	offer := tlsready.Offer{ServerName: true, Exact: true}
	for _, known := range tlsready.Versions() {
		if known >= tlsready.TLS10 && known <= v {
			offer.Versions = append(offer.Versions, tlsready.OfferedVersion{Version: known})
		}
	}
	for code := tlsready.Suite(0xc009); len(offer.Suites) < suites && code < 0xc0ff; code++ {
		if code.Fits(v) || v == tlsready.TLS13 {
			offer.Suites = append(offer.Suites, tlsready.OfferedSuite{Suite: code})
		}
	}
	offer.Suites = append(offer.Suites, tlsready.OfferedSuite{Suite: 0x002f}, tlsready.OfferedSuite{Suite: 0x1301})
	offer.Groups = []tlsready.OfferedGroup{{Group: tlsready.X25519}, {Group: tlsready.Secp256r1}}
	offer.SignatureAlgorithms = []tlsready.OfferedScheme{{Scheme: 0x0403}, {Scheme: 0x0804}, {Scheme: 0x0401}}
	h, err := wire.FromOffer(offer, wire.HelloOptions{
		Random: fill(random, 32), SessionID: fill(random, 32), ServerName: "service.example.com",
		KeyShares: []wire.KeyShare{{Group: tlsready.X25519, Data: fill(random, 32)}},
		Style:     wire.Style{ExtendedMasterSecret: true, SessionTicket: true, StatusRequest: true},
	})
	if err != nil {
		panic(err) // the offer has a version
	}
	return h
}

// Answer is the ServerHello that chooses a version.
func Answer(random io.Reader, v tlsready.Version) *wire.ServerHello {
	h := &wire.ServerHello{Version: min(v, tlsready.TLS12), Random: fill(random, 32), SessionID: fill(random, 32), Suite: 0x002f, Extensions: []wire.Extension{}}
	if v == tlsready.TLS13 {
		h.Suite = 0x1301
		h.Extensions = append(h.Extensions,
			wire.Extension{Type: wire.ExtSupportedVersions, Data: []byte{3, 4}},
			wire.Extension{Type: wire.ExtKeyShare, Data: append([]byte{0, 29, 0, 32}, fill(random, 32)...)})
	}
	return h
}

func handshake(random io.Reader, v tlsready.Version, suites int, der []byte) Handshake {
	hello := Records(Hello(random, v, suites))
	answer, err := Answer(random, v).Marshal()
	if err != nil {
		panic(err)
	}
	legacy := min(v, tlsready.TLS12)
	ccs := wire.Records(wire.ContentChangeCipherSpec, legacy, []byte{1}, 0)
	finished := wire.Records(wire.ContentHandshake, legacy, fill(random, 40), 0)
	server := wire.Records(wire.ContentHandshake, legacy, answer, 0)
	turns := []Turn{{Data: hello}}
	if v == tlsready.TLS13 {
		server = append(append(server, ccs...), Data(random, 2800)...)
		return Handshake{v, v, append(turns, Turn{true, server}, Turn{false, append(bytes.Clone(ccs), Data(random, 58)...)})}
	}
	certificate, err := wire.MarshalCertificate([][]byte{der, der})
	if err != nil {
		panic(err)
	}
	done := []byte{byte(wire.TypeServerHelloDone), 0, 0, 0}
	exchange := append([]byte{16, 0, 1, 2, 1, 0}, fill(random, 256)...)
	server = append(server, wire.Records(wire.ContentHandshake, legacy, append(certificate, done...), 0)...)
	client := append(wire.Records(wire.ContentHandshake, legacy, exchange, 0), append(bytes.Clone(ccs), finished...)...)
	return Handshake{v, v, append(turns, Turn{true, server}, Turn{false, client}, Turn{true, append(bytes.Clone(ccs), finished...)})}
}

// Records is a hello as it goes out.
func Records(h *wire.ClientHello) []byte {
	b, err := h.Records(0)
	if err != nil {
		panic(err)
	}
	return b
}

// Data is encrypted data of n bytes.
func Data(random io.Reader, n int) []byte {
	return wire.Records(wire.ContentApplicationData, tlsready.TLS12, fill(random, n), 0)
}

func fill(random io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		panic(err) // it has no end
	}
	return b
}

// Traffic is a capture of any length: a thousand clients that have the same conversations
// again and again from other ports, 256 at a time. It costs next to nothing to read, so
// that what reads it can be measured.
type Traffic struct {
	Connections int // that came so far
	head, block []byte
	at          int
	left        int64
	inBlock     int
	ports       []place // of the clients in block
	strangers   bool
	Pause, Go   func() // around what the traffic itself does between two blocks; nil: nothing
}

// place is where a packet has its client: the offsets of the address and of the port.
type place struct{ address, port int }

// atATime is how many connections are open at a time, and clientCount how many clients
// there are.
const (
	atATime     = 256
	clientCount = 1000
)

// NewTraffic makes a capture of about size bytes, with bulk bytes of encrypted data in
// each connection, in blocks of about blockSize.
func NewTraffic(size int64, blockSize, bulk int, der []byte) *Traffic {
	random := rand.NewChaCha8([32]byte{2})
	t := &Traffic{head: Style{}.Pcap(), left: size}
	kinds := Handshakes(der)
	data := Turn{true, Data(random, bulk)}
	var open [][]Segment
	start := Start().Unix()
	for len(t.block) < blockSize || len(open) > 0 {
		for len(open) < atATime && len(t.block) < blockSize {
			kind := kinds[t.inBlock%len(kinds)]
			turns := kind.Turns
			if bulk > 0 {
				turns = append(turns[:len(turns):len(turns)], data)
			}
			n := t.inBlock % clientCount
			client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), uint16(firstPort+t.inBlock/clientCount))
			server := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(t.inBlock % 200)}), 443)
			open = append(open, Conversation(client, server, 0, turns...))
			t.inBlock++
		}
		for i := 0; i < len(open); i++ {
			t.add(open[i][0], start)
			if open[i] = open[i][1:]; len(open[i]) == 0 {
				open = append(open[:i], open[i+1:]...)
				i--
			}
		}
	}
	return t
}

// add writes one packet into the block.
func (t *Traffic) add(s Segment, start int64) {
	frame := Ethernet(0x0800, s.IP())
	at := place{len(t.block) + 16 + 14 + 12, len(t.block) + 16 + 14 + 20}
	if s.From.Port() == 443 {
		at.address, at.port = at.address+4, at.port+2
	}
	t.ports = append(t.ports, at)
	t.block = binary.LittleEndian.AppendUint32(t.block, uint32(start))
	t.block = binary.LittleEndian.AppendUint32(t.block, uint32(len(t.ports)))
	t.block = binary.LittleEndian.AppendUint32(t.block, uint32(len(frame)))
	t.block = binary.LittleEndian.AppendUint32(t.block, uint32(len(frame)))
	t.block = append(t.block, frame...)
}

// Read implements [io.Reader].
func (t *Traffic) Read(p []byte) (int, error) {
	if len(t.head) > 0 {
		n := copy(p, t.head)
		t.head = t.head[n:]
		return n, nil
	}
	if t.at == 0 && t.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, t.block[t.at:])
	if t.at += n; t.at == len(t.block) {
		t.at = 0
		t.Connections += t.inBlock
		if t.left -= int64(len(t.block)); t.left > 0 {
			t.others()
		}
	}
	return n, nil
}

// firstPort is the first port of each client, and portsInBlock more than it uses in a
// block.
const (
	firstPort    = 2000
	portsInBlock = 16
)

// others gives the conversations other ports.
func (t *Traffic) others() {
	if t.Pause != nil {
		t.Pause()
		defer t.Go()
	}
	for _, at := range t.ports {
		port := binary.BigEndian.Uint16(t.block[at.port:]) + portsInBlock
		if port < firstPort { // they came round
			port += firstPort
		}
		binary.BigEndian.PutUint16(t.block[at.port:], port)
		if t.strangers {
			address := t.block[at.address:]
			binary.BigEndian.PutUint32(address, binary.BigEndian.Uint32(address)+uint32(t.inBlock))
		}
	}
}

// Strangers makes a client of its own of each connection.
func (t *Traffic) Strangers() {
	t.strangers = true
	const tens = 10 << 24
	for _, at := range t.ports {
		address, turn := t.block[at.address:], uint32(binary.BigEndian.Uint16(t.block[at.port:])-firstPort)
		binary.BigEndian.PutUint32(address, tens+turn*clientCount+binary.BigEndian.Uint32(address)-tens)
	}
}

// Padding is an extension of n bytes.
func Padding(n int) wire.Extension {
	return wire.Extension{Type: wire.ExtPadding, Data: make([]byte, n)}
}
