package capturekit

import (
	"encoding/binary"
	"time"
)

// Style is how a file of pcap is written. The zero value is what tcpdump writes on a PC.
type Style struct {
	Order    binary.AppendByteOrder // nil: little-endian
	Nano     bool
	Modified bool // by the patch of 1999
	Link     uint32
}

// Ethernet's link type, that of the zero Style.
const linkEthernet = 1

func (s Style) order() binary.AppendByteOrder {
	if s.Order == nil {
		return binary.LittleEndian
	}
	return s.Order
}

func (s Style) link() uint32 {
	if s.Link == 0 {
		return linkEthernet
	}
	return s.Link - 1
}

// Link is the Style's number for a link type, so that zero can stand for Ethernet.
func Link(number uint32) uint32 { return number + 1 }

// Pcap writes a file of pcap.
func (s Style) Pcap(packets ...Packet) []byte {
	o, magic := s.order(), uint32(0xa1b2c3d4)
	switch {
	case s.Modified:
		magic = 0xa1b2cd34
	case s.Nano:
		magic = 0xa1b23c4d
	}
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(o.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(o.AppendUint32(b, 1<<18), s.link())
	for _, p := range packets {
		fraction := p.Time.Nanosecond()
		if !s.Nano {
			fraction /= 1000
		}
		b = o.AppendUint32(o.AppendUint32(b, uint32(p.Time.Unix())), uint32(fraction))
		b = o.AppendUint32(o.AppendUint32(b, uint32(len(p.Data))), uint32(max(p.Length, len(p.Data))))
		if s.Modified {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, p.Data...)
	}
	return b
}

// Interface is one interface of a file of pcapng.
type Interface struct {
	Link       uint16
	Resolution byte  // the option if_tsresol; 0: left out
	Offset     int64 // the option if_tsoffset, in seconds; 0: left out
}

// Ng is a file of pcapng that is being written.
type Ng struct {
	order      binary.AppendByteOrder
	interfaces []Interface
	Bytes      []byte
}

// Section begins a section with its interfaces.
func (n *Ng) Section(order binary.AppendByteOrder, interfaces ...Interface) {
	n.order, n.interfaces = order, interfaces
	body := order.AppendUint32(nil, 0x1a2b3c4d)
	body = order.AppendUint16(order.AppendUint16(body, 1), 0)
	n.Block(0x0a0d0d0a, append(body, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	for _, in := range interfaces {
		body := order.AppendUint16(order.AppendUint16(nil, in.Link), 0)
		body = order.AppendUint32(body, 0)
		body = n.option(body, 2, []byte("eth0")) // if_name
		if in.Resolution != 0 {
			body = n.option(body, 9, []byte{in.Resolution})
		}
		if in.Offset != 0 {
			body = n.option(body, 14, order.AppendUint64(nil, uint64(in.Offset)))
		}
		n.Block(1, n.option(body, 0, nil))
	}
}

func (n *Ng) option(b []byte, kind uint16, value []byte) []byte {
	b = n.order.AppendUint16(n.order.AppendUint16(b, kind), uint16(len(value)))
	return pad(append(b, value...))
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// Block adds a block of any kind.
func (n *Ng) Block(kind uint32, body []byte) {
	body = pad(body)
	size := uint32(12 + len(body))
	n.Bytes = n.order.AppendUint32(n.order.AppendUint32(n.Bytes, kind), size)
	n.Bytes = n.order.AppendUint32(append(n.Bytes, body...), size)
}

// Packet adds an enhanced packet block with a comment.
func (n *Ng) Packet(in int, p Packet) {
	body := n.order.AppendUint32(nil, uint32(in))
	body = pad(append(n.head(in, p, body), p.Data...))
	n.Block(6, n.option(n.option(body, 1, []byte("a comment")), 0, nil))
}

// OldPacket adds an obsolete packet block.
func (n *Ng) OldPacket(in int, p Packet) {
	body := n.order.AppendUint16(n.order.AppendUint16(nil, uint16(in)), 0)
	n.Block(2, append(n.head(in, p, body), p.Data...))
}

// SimplePacket adds a simple packet block, which has no time.
func (n *Ng) SimplePacket(p Packet) {
	n.Block(3, append(n.order.AppendUint32(nil, uint32(max(p.Length, len(p.Data)))), p.Data...))
}

func (n *Ng) head(in int, p Packet, body []byte) []byte {
	at := n.interfaces[in].units(p.Time)
	body = n.order.AppendUint32(n.order.AppendUint32(body, uint32(at>>32)), uint32(at))
	return n.order.AppendUint32(n.order.AppendUint32(body, uint32(len(p.Data))), uint32(max(p.Length, len(p.Data))))
}

// units is a time as the interface counts it.
func (in Interface) units(t time.Time) uint64 {
	perSecond := uint64(1e6)
	switch code := in.Resolution; {
	case code&0x80 != 0:
		perSecond = 1 << (code & 0x7f)
	case code != 0:
		perSecond = 1
		for range code {
			perSecond *= 10
		}
	}
	seconds := uint64(t.Unix() - in.Offset)
	return seconds*perSecond + uint64(float64(t.Nanosecond())/1e9*float64(perSecond)+0.5)
}
