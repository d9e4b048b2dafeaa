// Package capturekit makes captures for tests: conversations over TCP, the headers around
// them, files in pcap and pcapng, and traffic without end for measuring.
package capturekit

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Packet is one packet of a capture.
type Packet struct {
	Time   time.Time
	Data   []byte
	Length int // on the wire; 0: all of Data
}

// The flags of TCP.
const (
	FIN = 1
	SYN = 2
	RST = 4
	ACK = 16
)

// Segment is one TCP segment.
type Segment struct {
	From, To netip.AddrPort
	Seq, Ack uint32
	Flags    byte
	Data     []byte
}

// Turn is what one side says at a time.
type Turn struct {
	FromServer bool
	Data       []byte
}

// Conversation is a connection from its SYN to its FIN, in segments of at most mss bytes
// (0: 1,448).
func Conversation(client, server netip.AddrPort, mss int, turns ...Turn) []Segment {
	if mss == 0 {
		mss = 1448
	}
	ends := [2]netip.AddrPort{client, server}
	next := [2]uint32{0x10000000 + uint32(client.Port()), 0xfffffff0 - uint32(server.Port())} // the server's numbers wrap around
	var list []Segment
	say := func(from int, flags byte, data []byte) {
		s := Segment{From: ends[from], To: ends[1-from], Seq: next[from], Ack: next[1-from], Flags: flags, Data: data}
		if flags == SYN {
			s.Ack = 0
		}
		list = append(list, s)
		next[from] += uint32(len(data))
		if flags&(SYN|FIN) != 0 {
			next[from]++
		}
	}
	say(0, SYN, nil)
	say(1, SYN|ACK, nil)
	say(0, ACK, nil)
	for _, turn := range turns {
		from := 0
		if turn.FromServer {
			from = 1
		}
		for data := turn.Data; len(data) > 0; {
			n := min(mss, len(data))
			say(from, ACK, data[:n])
			data = data[n:]
		}
	}
	say(0, FIN|ACK, nil)
	say(1, FIN|ACK, nil)
	say(0, ACK, nil)
	return list
}

// IP is the segment in a packet of IPv4 or IPv6, by its addresses.
func (s Segment) IP() []byte { return IP(6, s.From.Addr(), s.To.Addr(), s.TCP()) }

// TCP is the segment with its header.
func (s Segment) TCP() []byte {
	b := make([]byte, 20, 20+len(s.Data))
	binary.BigEndian.PutUint16(b, s.From.Port())
	binary.BigEndian.PutUint16(b[2:], s.To.Port())
	binary.BigEndian.PutUint32(b[4:], s.Seq)
	binary.BigEndian.PutUint32(b[8:], s.Ack)
	b[12], b[13] = 5<<4, s.Flags
	binary.BigEndian.PutUint16(b[14:], 0xffff)
	return append(b, s.Data...)
}

// IP puts a header around the content of a protocol.
func IP(protocol byte, from, to netip.Addr, content []byte) []byte {
	if from.Is6() {
		b := make([]byte, 40, 40+len(content))
		b[0], b[6], b[7] = 6<<4, protocol, 64
		binary.BigEndian.PutUint16(b[4:], uint16(len(content)))
		copy(b[8:], from.AsSlice())
		copy(b[24:], to.AsSlice())
		return append(b, content...)
	}
	b := make([]byte, 20, 20+len(content))
	b[0], b[8], b[9] = 4<<4|5, 64, protocol
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(content)))
	copy(b[12:], from.AsSlice())
	copy(b[16:], to.AsSlice())
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum&0xffff+sum>>16))
	return append(b, content...)
}

// UDP puts a header around content.
func UDP(from, to uint16, content []byte) []byte {
	b := make([]byte, 8, 8+len(content))
	binary.BigEndian.PutUint16(b, from)
	binary.BigEndian.PutUint16(b[2:], to)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(content)))
	return append(b, content...)
}

// EtherType is that of an IP packet.
func EtherType(ip []byte) uint16 {
	if ip[0]>>4 == 6 {
		return 0x86dd
	}
	return 0x0800
}

// Ethernet puts a frame around content of a kind.
func Ethernet(kind uint16, content []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	return append(binary.BigEndian.AppendUint16(b, kind), content...)
}

// Start is when the captures begin that do not say otherwise.
func Start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

// Packets puts a link's header around each segment and lets a millisecond pass between
// them; nil stands for Ethernet.
func Packets(link func(ip []byte) []byte, segments []Segment) []Packet {
	list := make([]Packet, 0, len(segments))
	for i, s := range segments {
		ip := s.IP()
		data := Ethernet(EtherType(ip), ip)
		if link != nil {
			data = link(ip)
		}
		list = append(list, Packet{Time: Start().Add(time.Duration(i) * time.Millisecond), Data: data})
	}
	return list
}
