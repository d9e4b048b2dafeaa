package capture

import "encoding/binary"

// The link types by their numbers (https://www.tcpdump.org/linktypes.html). Raw IP has
// three: its own, and two that systems wrote into files.
const (
	linkNull      = 0
	linkEthernet  = 1
	linkPPP       = 9
	linkRawBSD    = 12
	linkRawOpen   = 14
	linkPPPSerial = 50
	linkPPPoE     = 51
	linkRaw       = 101
	linkHDLC      = 104
	linkLoop      = 108
	linkSLL       = 113
	linkIPv4      = 228
	linkIPv6      = 229
	linkNFLOG     = 239
	linkSLL2      = 276
)

// The kinds of content by their numbers (IANA registry "IEEE 802 Numbers").
const (
	etherIPv4     = 0x0800
	etherIPv6     = 0x86dd
	etherVLAN     = 0x8100
	etherQinQ     = 0x88a8
	etherOldQinQ  = 0x9100
	etherOldQinQ2 = 0x9200
	etherCMD      = 0x8909 // Cisco MetaData, with a security group tag
	etherETag     = 0x893f // IEEE 802.1BR
	etherVNTag    = 0x8926
	etherPPPoE    = 0x8864
	etherMPLS     = 0x8847
	etherMPLSMany = 0x8848
	etherBridge   = 0x6558 // transparent Ethernet bridging, in tunnels
	etherERSPAN   = 0x88be // I and II
	etherERSPAN3  = 0x22eb
	etherPPP      = 0x880b
)

// known says whether packets of a link type can be read.
func known(link uint32) bool {
	switch link {
	case linkNull, linkEthernet, linkPPP, linkRawBSD, linkRawOpen, linkPPPSerial, linkPPPoE, linkRaw, linkHDLC, linkLoop, linkSLL, linkIPv4, linkIPv6, linkNFLOG, linkSLL2:
		return true
	}
	return false
}

// frame takes the link's header off and reads on. depth counts headers: a packet may
// nest, but not without end.
func (d *decoder) frame(link uint32, b []byte, depth int) {
	switch link {
	case linkEthernet:
		d.ethernet(b, depth)
	case linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		d.ip(b, depth)
	case linkSLL:
		d.behind(b, 14, 16, depth)
	case linkSLL2:
		d.behind(b, 0, 20, depth)
	case linkNull, linkLoop:
		if len(b) > 4 { // the family is that of the writer's system; the packet tells it too
			d.ip(b[4:], depth)
		}
	case linkPPP, linkPPPSerial:
		d.ppp(b, depth)
	case linkPPPoE:
		d.pppoe(b, depth)
	case linkHDLC:
		d.behind(b, 2, 4, depth)
	case linkNFLOG:
		d.nflog(b, depth)
	}
}

// nflog finds the packet among what the firewall of Linux says of it, each with its length
// and its kind in the order of the machine, which is taken to be little-endian
// (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).
func (d *decoder) nflog(b []byte, depth int) {
	const header, payload = 4, 9
	for b = b[min(header, len(b)):]; len(b) > header; {
		n := int(binary.LittleEndian.Uint16(b))
		if n < header || n > len(b) {
			return
		}
		if binary.LittleEndian.Uint16(b[2:]) == payload {
			d.ip(b[header:n], depth)
			return
		}
		b = b[min((n+3)&^3, len(b)):]
	}
}

// behind reads what follows a header of size bytes that has the kind of content at.
func (d *decoder) behind(b []byte, at, size, depth int) {
	if len(b) >= size {
		d.content(binary.BigEndian.Uint16(b[at:]), b[size:], depth)
	}
}

// ethernet reads a frame, or one of IEEE 802.3 with a SNAP header.
func (d *decoder) ethernet(b []byte, depth int) {
	const header, snap = 14, 8
	if len(b) < header {
		return
	}
	kind := binary.BigEndian.Uint16(b[12:])
	if kind < 0x600 && len(b) >= header+snap && b[14] == 0xaa && b[15] == 0xaa {
		d.content(binary.BigEndian.Uint16(b[20:]), b[header+snap:], depth)
		return
	}
	d.content(kind, b[header:], depth)
}

// content reads what an ethertype stands before: IP, or another header.
func (d *decoder) content(kind uint16, b []byte, depth int) {
	if depth++; depth > maxNesting {
		return
	}
	switch kind {
	case etherIPv4, etherIPv6:
		d.ip(b, depth)
	case etherVLAN, etherQinQ, etherOldQinQ, etherOldQinQ2:
		d.behind(b, 2, 4, depth)
	case etherVNTag:
		d.behind(b, 4, 6, depth)
	case etherETag:
		d.behind(b, 6, 8, depth)
	case etherCMD:
		if len(b) > 1 { // version, length of the options in words, options, kind
			size := 2 + 4*int(b[1]) + 2
			d.behind(b, size-2, size, depth)
		}
	case etherPPPoE:
		d.pppoe(b, depth)
	case etherMPLS, etherMPLSMany:
		d.mpls(b, depth)
	case etherBridge:
		d.ethernet(b, depth)
	case etherPPP:
		d.ppp(b, depth)
	}
}

func (d *decoder) pppoe(b []byte, depth int) {
	if len(b) > 6 {
		d.ppp(b[6:], depth)
	}
}

// ppp reads a frame of PPP, with or without the address and control of HDLC, and with the
// protocol in one byte or two (RFC 1661 section 2).
func (d *decoder) ppp(b []byte, depth int) {
	if len(b) > 2 && (b[0] == 0xff || b[0] == 0x0f || b[0] == 0x8f) {
		if b[0] != 0xff { // Cisco's HDLC has an ethertype
			d.behind(b, 2, 4, depth)
			return
		}
		b = b[2:]
	}
	if len(b) < 2 {
		return
	}
	protocol, size := uint16(b[0]), 1
	if b[0]&1 == 0 {
		protocol, size = binary.BigEndian.Uint16(b), 2
	}
	switch protocol {
	case 0x0021, 0x0057:
		d.ip(b[size:], depth)
	case 0x0281:
		d.mpls(b[size:], depth)
	}
}

// mpls steps over the labels. What they carry is not named: IP begins with its version, a
// bridged frame with a control word of zeros (RFC 4385 section 3).
func (d *decoder) mpls(b []byte, depth int) {
	for len(b) > 4 {
		last := b[2]&1 == 1
		if b = b[4:]; !last {
			continue
		}
		switch b[0] >> 4 {
		case 4, 6:
			d.ip(b, depth)
		case 0:
			if len(b) > 4 {
				d.ethernet(b[4:], depth)
			}
		}
		return
	}
}
