package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tlsready"
	"tlsready/internal/observe"
	kit "tlsready/internal/testkit/capturekit"
)

func client() netip.AddrPort { return netip.MustParseAddrPort("192.0.2.7:49301") }

func server() netip.AddrPort { return netip.MustParseAddrPort("198.51.100.9:8443") }

func random() io.Reader { return rand.NewChaCha8([32]byte{7}) }

// hello is the records of a hello up to TLS 1.2, answer those of the ServerHello with
// TLS 1.0.
func hello() []byte { return kit.Records(kit.Hello(random(), tlsready.TLS12, 9)) }

func answer() []byte { return answerWith(tlsready.TLS10) }

func answerWith(v tlsready.Version) []byte {
	message, err := kit.Answer(random(), v).Marshal()
	if err != nil {
		panic(err)
	}
	return inRecords(22, message, 0)
}

func inRecords(kind byte, content []byte, fragment int) []byte {
	var b []byte
	for len(content) > 0 {
		n := len(content)
		if fragment > 0 {
			n = min(n, fragment)
		}
		b = append(b, kind, 3, 1, byte(n>>8), byte(n))
		b = append(b, content[:n]...)
		content = content[n:]
	}
	return b
}

func ccs() []byte { return []byte{20, 3, 1, 0, 1, 1} }

// handshake is a connection as most are.
func handshake() []kit.Turn {
	return []kit.Turn{
		{Data: hello()},
		{FromServer: true, Data: answer()},
		{Data: append(ccs(), kit.Data(random(), 40)...)},
		{FromServer: true, Data: append(ccs(), kit.Data(random(), 400)...)},
	}
}

func conversation() []kit.Segment { return kit.Conversation(client(), server(), 0, handshake()...) }

func pcapOf(segments []kit.Segment) []byte { return kit.Style{}.Pcap(kit.Packets(nil, segments)...) }

// one reads a capture with one connection, the usual one, and gives it.
func one(t *testing.T, data []byte) observe.Connection {
	t.Helper()
	list, coverage := readBytes(t, "made.pcap", data)
	if len(list) != 1 || coverage.Connections != 1 {
		t.Fatalf("%d connections, %+v", len(list), coverage)
	}
	return list[0]
}

// usual holds a connection against the usual one.
func usual(t *testing.T, c observe.Connection) {
	t.Helper()
	switch {
	case c.Client != client() || c.Server != server():
		t.Errorf("between %s and %s", c.Client, c.Server)
	case c.Hello == nil || c.Hello.Max() != tlsready.TLS12 || c.ServerName != "service.example.com":
		t.Errorf("hello: %s", describe(c))
	case c.Negotiated == nil || c.Negotiated.Version != tlsready.TLS10 || c.Negotiated.Suite != 0x2f || !c.Negotiated.HasSuite:
		t.Errorf("answer: %s", describe(c))
	case c.Source != "made.pcap" || c.Format != "pcap" || c.Transport != observe.TCP:
		t.Errorf("source: %+v", c)
	}
}

// when is the time of the hello, the fourth packet.
func when() time.Time { return kit.Start().Add(3 * time.Millisecond) }

// Proves that every way in which pcap is written is read, with its times.
func TestPcap(t *testing.T) {
	packets := kit.Packets(nil, conversation())
	for i := range packets {
		packets[i].Time = packets[i].Time.Add(123 * time.Microsecond)
	}
	want := when().Add(123 * time.Microsecond)
	for name, style := range map[string]kit.Style{
		"little-endian": {}, "big-endian": {Order: binary.BigEndian},
		"nanoseconds": {Nano: true}, "big-endian nanoseconds": {Order: binary.BigEndian, Nano: true},
		"modified": {Modified: true}, "big-endian modified": {Order: binary.BigEndian, Modified: true},
	} {
		t.Run(name, func(t *testing.T) {
			data := style.Pcap(packets...)
			if !Is(data[:16]) {
				t.Error("not recognised")
			}
			c := one(t, data)
			usual(t, c)
			if !c.Time.Equal(want) || c.Time.Location() != time.UTC {
				t.Errorf("at %s, want %s", c.Time, want)
			}
		})
	}
}

// Proves that captures that were put one behind the other are read to their end.
func TestPutTogether(t *testing.T) {
	other := kit.Conversation(netip.MustParseAddrPort("192.0.2.8:50000"), server(), 0, handshake()...)
	for _, second := range []kit.Style{{}, {Link: kit.Link(101)}} {
		link := inner
		if second.Link != 0 {
			link = same
		}
		list, coverage := readBytes(t, "made.pcap", append(pcapOf(conversation()), second.Pcap(kit.Packets(link, other)...)...))
		if len(list) != 2 || len(coverage.Losses) > 0 {
			t.Errorf("%d connections, %q", len(list), lossIDs(coverage))
		}
	}
}

// Proves that pcapng is read in both orders, with packets of all three kinds, with each
// resolution of time, with an offset, with several interfaces and several sections.
func TestPcapng(t *testing.T) {
	segments := conversation()
	for name, in := range map[string]kit.Interface{
		"microseconds": {Link: 1}, "nanoseconds": {Link: 1, Resolution: 9}, "milliseconds": {Link: 1, Resolution: 3},
		"2^-20 seconds": {Link: 1, Resolution: 0x80 | 20}, "offset": {Link: 1, Offset: 1_000_000_000}, "before": {Link: 1, Offset: -100},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprint(name, order), func(t *testing.T) {
				var ng kit.Ng
				ng.Section(order, kit.Interface{Link: 105}, in)
				for i, p := range kit.Packets(nil, segments) {
					ng.Block(5, make([]byte, 12)) // interface statistics
					if i%2 == 0 {
						ng.OldPacket(1, p)
					} else {
						ng.Packet(1, p)
					}
				}
				if !Is(ng.Bytes[:16]) {
					t.Error("not recognised")
				}
				c := one(t, ng.Bytes)
				usual(t, c)
				if d := c.Time.Sub(when()).Abs(); d > time.Microsecond {
					t.Errorf("%s from the time of the packet", d)
				}
			})
		}
	}
	var ng kit.Ng
	packets := kit.Packets(nil, segments)
	raw := kit.Packets(func(ip []byte) []byte { return ip }, segments)
	ng.Section(binary.LittleEndian, kit.Interface{Link: 1})
	for _, p := range packets[:4] {
		ng.SimplePacket(p)
	}
	ng.Section(binary.BigEndian, kit.Interface{Link: 1}, kit.Interface{Link: 101, Resolution: 9})
	for i := range packets[4:] {
		if i%2 == 0 {
			ng.Packet(0, packets[4+i])
		} else {
			ng.Packet(1, raw[4+i])
		}
	}
	c := one(t, ng.Bytes)
	usual(t, c)
	if !c.Time.IsZero() {
		t.Errorf("a simple packet has the time %s", c.Time)
	}
}

// Proves that packed captures are read as they are.
func TestPacked(t *testing.T) {
	data := pcapOf(conversation())
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	usual(t, one(t, zipped.Bytes()))
	usual(t, one(t, encoder.EncodeAll(data, nil)))
}

// wrap is a header in front.
func wrap(header ...byte) func([]byte) []byte {
	return func(b []byte) []byte { return append(slices.Clone(header), b...) }
}

// kind is wrap with the ethertype of the packet behind the header.
func kind(header ...byte) func([]byte) []byte {
	return func(ip []byte) []byte {
		return append(binary.BigEndian.AppendUint16(slices.Clone(header), kit.EtherType(ip)), ip...)
	}
}

// inner is a frame of Ethernet around the packet.
func inner(ip []byte) []byte { return kit.Ethernet(kit.EtherType(ip), ip) }

// tunnel puts header and the frame that in makes into a packet of another protocol.
func tunnel(protocol byte, header []byte, in func([]byte) []byte) func([]byte) []byte {
	from, to := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	return func(ip []byte) []byte {
		return inner(kit.IP(protocol, from, to, append(slices.Clone(header), in(ip)...)))
	}
}

func udp(port uint16, header []byte, in func([]byte) []byte) func([]byte) []byte {
	from, to := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	return func(ip []byte) []byte {
		return inner(kit.IP(17, from, to, kit.UDP(60000, port, append(slices.Clone(header), in(ip)...))))
	}
}

func same(ip []byte) []byte { return ip }

// Proves that the connection is found behind every kind of link and tunnel.
func TestLinks(t *testing.T) {
	mac := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	ether := func(b ...byte) []byte { return append(slices.Clone(mac), b...) }
	for _, c := range []struct {
		name string
		link uint32
		wrap func([]byte) []byte
	}{
		{"Ethernet", 1, inner},
		{"Ethernet with a trailer", 1, func(ip []byte) []byte { return append(inner(ip), 0, 0, 0, 0, 0, 0) }},
		{"LLC and SNAP", 1, kind(ether(0, 100, 0xaa, 0xaa, 3, 0, 0, 0)...)},
		{"VLAN", 1, kind(ether(0x81, 0, 0, 42)...)},
		{"QinQ", 1, kind(ether(0x88, 0xa8, 0, 7, 0x81, 0, 0, 42)...)},
		{"old QinQ", 1, kind(ether(0x91, 0, 0, 7, 0x81, 0, 0, 42)...)},
		{"security group tag", 1, kind(ether(0x89, 0x09, 1, 1, 0, 1, 0, 9)...)},
		{"security group tag in a VLAN", 1, kind(ether(0x81, 0, 0, 42, 0x89, 0x09, 1, 1, 0, 1, 0, 9)...)},
		{"VN-Tag", 1, kind(ether(0x89, 0x26, 0, 0, 0, 0)...)},
		{"E-Tag", 1, kind(ether(0x89, 0x3f, 0, 0, 0, 0, 0, 0)...)},
		{"PPPoE", 1, wrap(ether(0x88, 0x64, 0x11, 0, 0, 1, 0, 50, 0, 0x21)...)},
		{"MPLS", 1, wrap(ether(0x88, 0x47, 0, 0, 0x10, 64, 0, 0, 0x21, 64)...)},
		{"Ethernet over MPLS", 1, func(ip []byte) []byte { return append(ether(0x88, 0x47, 0, 0, 0x11, 64, 0, 0, 0, 0), inner(ip)...) }},
		{"SLL", 113, kind(0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0)},
		{"SLL with a VLAN", 113, kind(0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 42)},
		{"SLL2", 276, func(ip []byte) []byte {
			return append(binary.BigEndian.AppendUint16(nil, kit.EtherType(ip)), append(make([]byte, 18), ip...)...)
		}},
		{"raw", 101, same},
		{"raw of BSD", 12, same},
		{"raw of OpenBSD", 14, same},
		{"IPv4", 228, same},
		{"loopback", 0, wrap(2, 0, 0, 0)},
		{"big-endian loopback", 0, wrap(0, 0, 0, 2)},
		{"loopback of OpenBSD", 108, wrap(0, 0, 0, 2)},
		{"PPP", 9, wrap(0, 0x21)},
		{"PPP with an address", 9, wrap(0xff, 3, 0, 0x21)},
		{"PPP with a short protocol", 9, wrap(0x21)},
		{"PPP in HDLC", 50, wrap(0xff, 3, 0, 0x21)},
		{"PPP over Ethernet", 51, wrap(0x11, 0, 0, 1, 0, 50, 0, 0x21)},
		{"Cisco HDLC", 104, kind(0x0f, 0)},
		{"IP in IP", 1, tunnel(4, nil, same)},
		{"GRE", 1, tunnel(47, []byte{0, 0, 8, 0}, same)},
		{"GRE with checksum, key and sequence", 1, tunnel(47, []byte{0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}, same)},
		{"Ethernet in GRE", 1, tunnel(47, []byte{0x20, 0, 0x65, 0x58, 0, 0, 0, 1}, inner)},
		{"PPTP", 1, tunnel(47, []byte{0x30, 0x81, 0x88, 0x0b, 0, 50, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21}, same)},
		{"ERSPAN I", 1, tunnel(47, []byte{0, 0, 0x88, 0xbe}, inner)},
		{"ERSPAN II", 1, tunnel(47, []byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0}, inner)},
		{"ERSPAN III", 1, tunnel(47, append([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20}, make([]byte, 11)...), inner)},
		{"ERSPAN III with a subheader", 1, tunnel(47, append([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 8)...), inner)},
		{"VXLAN", 1, udp(4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, inner)},
		{"VXLAN of Linux", 1, udp(8472, []byte{8, 0, 0, 0, 0, 0, 42, 0}, inner)},
		{"GTP", 1, udp(2152, []byte{0x30, 0xff, 0, 0, 0, 0, 0, 1}, same)},
		{"GTP with an extension", 1, udp(2152, []byte{0x34, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0}, same)},
		{"NFLOG", 239, func(ip []byte) []byte {
			b := append([]byte{2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0}, byte(4+len(ip)), byte((4+len(ip))>>8), 9, 0)
			return append(b, ip...)
		}},
		{"Geneve", 1, udp(6081, []byte{1, 0, 0x65, 0x58, 0, 0, 42, 0, 0, 0, 0, 0}, inner)},
	} {
		t.Run(c.name, func(t *testing.T) {
			usual(t, one(t, kit.Style{Link: kit.Link(c.link)}.Pcap(kit.Packets(c.wrap, conversation())...)))
		})
	}
}

// Proves that the connection is found behind the headers of IPv6, and that a packet that
// nests without end is left.
func TestIPv6(t *testing.T) {
	from, to := netip.MustParseAddrPort("[2001:db8::7]:49301"), netip.MustParseAddrPort("[2001:db8::9]:443")
	segments := kit.Conversation(from, to, 0, handshake()...)
	with := func(first byte, headers ...byte) func([]byte) []byte {
		return func(ip []byte) []byte {
			b := append(slices.Clone(ip[:40]), append(slices.Clone(headers), ip[40:]...)...)
			b[6] = first
			binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
			return inner(b)
		}
	}
	for name, link := range map[string]func([]byte) []byte{
		"plain": nil, "hop by hop": with(0, 6, 0, 1, 4, 0, 0, 0, 0), "routing": with(43, 6, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"options twice": with(60, 60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0), "authentication": with(51, 6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
		"a fragment that is whole": with(44, 6, 0, 0, 0, 0, 0, 0, 9),
	} {
		t.Run(name, func(t *testing.T) {
			if c := one(t, kit.Style{}.Pcap(kit.Packets(link, segments)...)); c.Client != from || c.Hello == nil || c.Negotiated == nil {
				t.Error(describe(c))
			}
		})
	}
	teredo := udp(3544, nil, same)
	if c := one(t, kit.Style{}.Pcap(kit.Packets(teredo, segments)...)); c.Client != from || c.Hello == nil {
		t.Errorf("Teredo: %s", describe(c))
	}
	nested := conversation()[3].IP()
	for range maxNesting + 1 {
		nested = kit.IP(4, netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2"), nested)
	}
	if list, _ := readBytes(t, "nested.pcap", kit.Style{Link: kit.Link(101)}.Pcap(kit.Packet{Time: kit.Start(), Data: nested})); len(list) > 0 {
		t.Errorf("%d connections", len(list))
	}
}

// cut takes an IP packet apart into fragments of at most size bytes of content.
func cut(ip []byte, size int) [][]byte {
	var list [][]byte
	if ip[0]>>4 == 4 {
		for at := 20; at < len(ip); at += size {
			end := min(at+size, len(ip))
			b := append(slices.Clone(ip[:20]), ip[at:end]...)
			binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
			binary.BigEndian.PutUint16(b[4:], 77)
			place := uint16((at - 20) / 8)
			if end < len(ip) {
				place |= 0x2000
			}
			binary.BigEndian.PutUint16(b[6:], place)
			list = append(list, b)
		}
		return list
	}
	for at := 40; at < len(ip); at += size {
		end := min(at+size, len(ip))
		place := uint16(at - 40)
		if end < len(ip) {
			place |= 1
		}
		b := append(slices.Clone(ip[:40]), ip[6], 0, byte(place>>8), byte(place), 0, 0, 0, 77)
		b = append(b, ip[at:end]...)
		b[6] = 44
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
		list = append(list, b)
	}
	return list
}

// Proves that datagrams in fragments are put together, in any order, and that one that is
// not whole is counted.
func TestFragments(t *testing.T) {
	for _, end := range []string{"192.0.2.7:49301", "[2001:db8::7]:49301"} {
		from, to := netip.MustParseAddrPort(end), server()
		if from.Addr().Is6() {
			to = netip.MustParseAddrPort("[2001:db8::9]:443")
		}
		for _, backwards := range []bool{false, true} {
			var packets []kit.Packet
			for _, s := range kit.Conversation(from, to, 0, handshake()...) {
				parts := cut(s.IP(), 64)
				if backwards {
					slices.Reverse(parts)
				}
				for _, p := range parts {
					packets = append(packets, kit.Packet{Time: kit.Start(), Data: inner(p)})
				}
			}
			if c := one(t, kit.Style{}.Pcap(packets...)); c.Hello == nil || c.Negotiated == nil {
				t.Errorf("%s: %s", end, describe(c))
			}
		}
	}
	parts := cut(conversation()[3].IP(), 64)
	list, coverage := readBytes(t, "made.pcap", kit.Style{}.Pcap(kit.Packet{Data: inner(parts[0])}, kit.Packet{Data: inner(parts[2])}))
	if len(list) != 0 || len(coverage.Losses) != 1 || coverage.Losses[0].What.ID != "capture.loss-fragments" {
		t.Errorf("%d connections, %+v", len(list), coverage.Losses)
	}
}

// Proves that a capture gives the same in pieces of any size as in one.
func TestPieces(t *testing.T) {
	for _, name := range truthFiles(t) {
		connections, coverage := read(t, name)
		for _, reader := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader} {
			again, other := readFrom(t, name, reader)
			if fmt.Sprint(other) != fmt.Sprint(coverage) || len(again) != len(connections) {
				t.Errorf("%s: %+v, want %+v", name, other, coverage)
			}
			for i := range again {
				if describe(again[i]) != describe(connections[i]) || !again[i].Time.Equal(connections[i].Time) {
					t.Errorf("%s: %s, want %s", name, describe(again[i]), describe(connections[i]))
				}
			}
		}
	}
}

// lossIDs are the kinds of loss of a reading.
func lossIDs(c observe.Coverage) string {
	var list []string
	for _, l := range c.Losses {
		list = append(list, fmt.Sprintf("%s×%d", strings.TrimPrefix(l.What.ID, "capture.loss-"), l.Count))
	}
	return strings.Join(list, " ")
}
