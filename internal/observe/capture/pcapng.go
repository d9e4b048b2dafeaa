package capture

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"tlsready/internal/message"
)

// Blocks and options of pcapng
// (https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6

	byteOrderMagic = 0x1a2b3c4d

	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
)

// pcapng reads the format of Wireshark and of pktmon.
type pcapng struct {
	w          *window
	order      binary.ByteOrder
	interfaces []netInterface
	number     int
}

// netInterface is what the packets of an interface have in common.
type netInterface struct {
	link   uint32
	keeps  uint32 // bytes of a packet; 0: all
	units  uint64 // of time in a second
	offset int64  // in seconds
}

func newPcapng(w *window) *pcapng { return &pcapng{w: w, order: binary.LittleEndian} }

// next implements [packets].
func (c *pcapng) next(p *packet) error {
	for {
		b, err := c.w.peek(8)
		if err != nil {
			return cutIf(len(b) > 0, err)
		}
		kind := c.order.Uint32(b)
		if kind == blockSection {
			if err := c.section(); err != nil {
				return err
			}
			continue
		}
		size := c.order.Uint32(b[4:])
		if size < 12 || size%4 != 0 || size > maxBlock {
			return message.Error("capture.block-length", message.Int("packet", c.number), message.Int("length", size))
		}
		found, err := c.block(kind, int(size), p)
		if found || err != nil {
			return err
		}
	}
}

// maxPacketBlock is the longest block of a packet: the packet, and as much for its options.
const maxPacketBlock = 2 * maxPacket

// block reads one block; found says that it is a packet.
func (c *pcapng) block(kind uint32, size int, p *packet) (found bool, err error) {
	header := 28
	switch kind {
	case blockInterface:
		return false, c.netInterface(size)
	case blockPacket, blockOldPacket:
	case blockSimple:
		header = 12
	default:
		return false, cutOr(c.w.skip(int64(size)))
	}
	c.number++
	if size < header+4 || size > maxPacketBlock {
		return false, message.Error("capture.block-length", message.Int("packet", c.number), message.Int("length", size))
	}
	b, err := c.w.peek(size)
	if len(b) < header {
		return false, cutOr(err)
	}
	kept, invalid := c.packetHeader(kind, b, size-header-4, p)
	if invalid != nil {
		return false, invalid
	}
	if len(b) < header+kept { // padding, options and the second length need not be there
		return false, cutOr(err)
	}
	c.w.take(len(b))
	p.data = b[header : header+kept]
	return true, nil
}

// packetHeader reads what stands before the data of a packet, and how long they are; most
// is what the block leaves for them.
func (c *pcapng) packetHeader(kind uint32, b []byte, most int, p *packet) (int, error) {
	id, kept, length := uint32(0), uint32(0), uint32(0)
	switch kind {
	case blockPacket:
		id, kept, length = c.order.Uint32(b[8:]), c.order.Uint32(b[20:]), c.order.Uint32(b[24:])
	case blockOldPacket:
		id, kept, length = uint32(c.order.Uint16(b[8:])), c.order.Uint32(b[20:]), c.order.Uint32(b[24:])
	case blockSimple:
		length = c.order.Uint32(b[8:])
		kept = min(length, uint32(most))
	}
	if kept > maxPacket || int(kept) > most {
		return 0, message.Error("capture.packet-length", message.Int("packet", c.number), message.Int("length", kept))
	}
	if int(id) >= len(c.interfaces) {
		return 0, message.Error("capture.no-interface", message.Int("packet", c.number), message.Int("interface", id))
	}
	in := c.interfaces[id]
	*p = packet{number: c.number, link: in.link, length: int(min(max(length, kept), math.MaxInt32))}
	if kind == blockSimple {
		if in.keeps > 0 {
			kept = min(kept, in.keeps)
		}
		return int(kept), nil
	}
	p.timed = true
	p.nanos = in.nanos(uint64(c.order.Uint32(b[12:]))<<32 | uint64(c.order.Uint32(b[16:])))
	return int(kept), nil
}

// section begins a section: other interfaces, perhaps another order.
func (c *pcapng) section() error {
	b, err := c.w.peek(28)
	if err != nil {
		return cutOr(err)
	}
	switch {
	case binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic:
		c.order = binary.LittleEndian
	case binary.BigEndian.Uint32(b[8:]) == byteOrderMagic:
		c.order = binary.BigEndian
	default:
		return message.Error("capture.byte-order", message.Int("packet", c.number))
	}
	size := c.order.Uint32(b[4:])
	if size < 28 || size%4 != 0 || size > maxBlock {
		return message.Error("capture.block-length", message.Int("packet", c.number), message.Int("length", size))
	}
	c.interfaces = c.interfaces[:0]
	return cutOr(c.w.skip(int64(size)))
}

// netInterface takes an interface.
func (c *pcapng) netInterface(size int) error {
	if size < 20 || len(c.interfaces) == maxInterfaces {
		return message.Error("capture.interface", message.Int("packet", c.number), message.Int("limit", maxInterfaces))
	}
	b, err := c.w.peek(min(size, maxPacket)) // options of an interface are some hundred bytes
	if err != nil {
		return cutOr(err)
	}
	in := netInterface{link: uint32(c.order.Uint16(b[8:])), keeps: c.order.Uint32(b[12:]), units: 1e6}
	for options := b[16 : len(b)-4]; len(options) >= 4; {
		kind, n := c.order.Uint16(options), int(c.order.Uint16(options[2:]))
		padded := 4 + (n+3)&^3
		if kind == optionEnd || padded > len(options) {
			break
		}
		switch value := options[4 : 4+n]; {
		case kind == optionResolution && n >= 1:
			in.units = resolution(value[0])
		case kind == optionOffset && n >= 8:
			in.offset = int64(c.order.Uint64(value))
		}
		options = options[padded:]
	}
	c.interfaces = append(c.interfaces, in)
	return cutOr(c.w.skip(int64(size)))
}

// resolution is the units of time in a second: a power of ten, or with the highest bit
// one of two. What does not fit 64 bits is no resolution; microseconds stand for it.
func resolution(code byte) uint64 {
	if power := code & 0x7f; code&0x80 != 0 {
		if power < 64 {
			return 1 << power
		}
		return 1e6
	}
	units := uint64(1)
	for range code {
		hi, lo := bits.Mul64(units, 10)
		if hi > 0 {
			return 1e6
		}
		units = lo
	}
	return units
}

// nanos is a time of the interface in nanoseconds since 1970.
func (in *netInterface) nanos(at uint64) int64 {
	if in.units == 1e6 && in.offset == 0 && at < math.MaxInt64/1000 {
		return int64(at) * 1000
	}
	seconds, rest := at/in.units, at%in.units
	hi, lo := bits.Mul64(rest, uint64(time.Second))
	fraction, _ := bits.Div64(hi, lo, in.units)
	return (int64(seconds)+in.offset)*int64(time.Second) + int64(fraction)
}
