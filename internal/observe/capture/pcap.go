package capture

import (
	"encoding/binary"
	"time"

	"tlsready/internal/message"
)

// packet is one packet of a capture. Its data lasts until the next one.
type packet struct {
	number int   // from 1
	nanos  int64 // since 1970, UTC
	timed  bool  // whether the capture says when
	link   uint32
	data   []byte
	length int // on the wire; more than data if the capture kept only the beginning
}

// packets is a format of captures.
type packets interface {
	// next reads one packet into p. At the end of the stream it gives io.EOF, and
	// io.ErrUnexpectedEOF if that is in the middle of a packet. Another error is one of
	// the format, after which the rest cannot be read.
	next(p *packet) error
}

// The magic numbers of pcap, as they stand in the order of the writer's machine
// (https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcap.html;
// the third is that of libpcap's sf-pcap.c for a patched kernel of 1999, whose packets
// have eight bytes more in their headers).
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34
)

const (
	pcapHeader         = 24
	pcapPacket         = 16
	pcapPacketModified = 24
)

// pcap reads the format of tcpdump.
type pcap struct {
	w      *window
	order  binary.ByteOrder
	magic  uint32
	unit   int64 // nanoseconds of one unit of time
	header int   // of a packet
	link   uint32
	minor  uint16
	number int
}

// pcapOrder says whether the magic number is one of pcap, and in which order.
func pcapOrder(b []byte) (order binary.ByteOrder, magic uint32, ok bool) {
	if len(b) < 4 {
		return nil, 0, false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch magic := order.Uint32(b); magic {
		case magicMicro, magicNano, magicModified:
			return order, magic, true
		}
	}
	return nil, 0, false
}

func newPcap(w *window) (*pcap, error) {
	b, err := w.peek(pcapHeader)
	if err != nil {
		return nil, cutOr(err)
	}
	order, magic, _ := pcapOrder(b)
	p := &pcap{w: w, order: order, magic: magic, unit: int64(time.Microsecond), header: pcapPacket}
	switch magic {
	case magicNano:
		p.unit = 1
	case magicModified:
		p.header = pcapPacketModified
	}
	p.minor = order.Uint16(b[6:])
	p.link = order.Uint32(b[20:]) & 0x03ffffff // above it stands the length of frame check sequences
	w.take(pcapHeader)
	return p, nil
}

// next implements [packets].
func (c *pcap) next(p *packet) error {
	b, err := c.w.peek(c.header)
	if err != nil {
		return cutIf(len(b) > 0, err)
	}
	seconds, fraction := c.order.Uint32(b), c.order.Uint32(b[4:])
	kept, length := c.order.Uint32(b[8:]), c.order.Uint32(b[12:])
	if seconds == c.magic && kept == 0 && length == 0 && c.order.Uint16(b[4:]) == 2 {
		return c.another(p)
	}
	if c.minor < 3 || c.minor == 3 && kept > length { // the two stood the other way round before 2.3
		kept, length = length, kept
	}
	c.number++
	if kept > maxPacket {
		return message.Error("capture.packet-length", message.Int("packet", c.number), message.Int("length", kept))
	}
	c.w.take(c.header)
	data, err := c.w.peek(int(kept))
	if err != nil {
		return cutOr(err)
	}
	c.w.take(int(kept))
	*p = packet{c.number, int64(seconds)*int64(time.Second) + int64(fraction)*c.unit, true, c.link, data, int(max(length, kept))}
	return nil
}

// another goes on with a file that was put behind the first with "cat": its header stands
// where one of a packet without content would, in a year in which 32 bits are over.
func (c *pcap) another(p *packet) error {
	next, err := newPcap(c.w)
	if err != nil {
		return err
	}
	next.number = c.number
	*c = *next
	return c.next(p)
}
