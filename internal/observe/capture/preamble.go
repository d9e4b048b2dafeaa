package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"tlsready/internal/observe"
	"tlsready/internal/starttls"
)

// proxied is what the header of the PROXY protocol says
// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt); the zero value without
// one.
type proxied struct{ client, server netip.AddrPort }

const proxyV2 = "\r\n\r\n\x00\r\nQUIT\n"

// unit is the length of the message of a protocol that goes before TLS with which b
// begins; 0 if it is none, or not whole.
func unit(b []byte) int {
	n := 0
	switch {
	case len(b) == 0:
		return 0
	case bytes.HasPrefix(b, []byte(proxyV2)) && len(b) >= 16:
		n = 16 + int(binary.BigEndian.Uint16(b[14:]))
	case bytes.HasPrefix(b, []byte("PROXY ")):
		n = bytes.IndexByte(b, '\n') + 1
	case isHTTP(b):
		n = bytes.Index(b, []byte("\r\n\r\n")) + 4
	case isSSLRequest(b):
		n = 8
	case len(b) >= 4 && b[0] == 3 && b[1] == 0: // TPKT, RFC 1006
		n = int(binary.BigEndian.Uint16(b[2:]))
	case b[0] == 5 || b[0] == 4:
		n = socksUnit(b)
	case b[0] == 0x30 && len(b) >= 2 && b[1] < 0x80: // LDAP
		n = 2 + int(b[1])
	case b[0] == 'S' && len(b) > 1 && b[1] == 0x16: // the answer of PostgreSQL
		n = 1
	case len(b) > 4 && b[2] == 0 && b[3] <= 1: // MySQL
		n = 4 + int(b[0]) + int(b[1])<<8
	}
	if n > len(b) {
		return 0
	}
	return n
}

// isHTTP says whether b begins a request for a tunnel, or the answer to it.
func isHTTP(b []byte) bool {
	return bytes.HasPrefix(b, []byte("CONNECT ")) || bytes.HasPrefix(b, []byte("HTTP/1."))
}

func isSSLRequest(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f})
}

// socksUnit is the length of a message of SOCKS 5 (RFC 1928) or 4
// (https://www.openssh.com/txt/socks4.protocol).
func socksUnit(b []byte) int {
	switch {
	case b[0] == 4 && len(b) > 8: // a request ends with a name, and with SOCKS 4a with another one
		n := 8 + bytes.IndexByte(b[8:], 0) + 1
		if b[4] == 0 && b[5] == 0 && b[6] == 0 && b[7] != 0 && n <= len(b) {
			n += bytes.IndexByte(b[n:], 0) + 1
		}
		return n
	case b[0] == 5 && len(b) > 7 && b[1] <= 8 && b[2] == 0 && (b[3] == 1 || b[3] == 3 || b[3] == 4): // a request or its answer
		return 4 + map[byte]int{1: 4, 3: 1 + int(b[4]), 4: 16}[b[3]] + 2
	case b[0] == 5 && len(b) >= 2: // the methods, or the one that was chosen
		return 2 + int(b[1])
	}
	return 0
}

// prior is what a connection was before TLS.
type prior struct {
	id      string // as in [observe.Connection]
	proxied proxied
	// What the client said of itself in clear: the name of its machine, its user, its
	// program.
	hello, user, agent string
}

// before tells what went before a client's hello, by what both sides said; the zero value
// if TLS came first.
func before(client, server *half) (p prior) {
	said := client.buf
	if client.candidate >= 0 {
		said = said[:client.candidate]
	}
	if client.tds.on {
		return prior{id: "mssql"}
	}
	if proxied, n, ok := readProxy(said); ok {
		p.proxied, p.id = proxied, "proxy-protocol"
		said = said[n:]
	}
	if len(said) > 0 {
		p.id, _ = tunnelled(said, server.buf)
		p.introduced(said)
	}
	return p
}

// maxName is the longest name that is taken from what a client says: that of a domain
// (RFC 1035 section 2.3.4).
const maxName = 255

// introduced takes out what the client said of itself: in mail its name (RFC 5321 section
// 4.1.1.1), to a proxy its program (RFC 9110 section 10.1.5), and for Remote Desktop its
// user, of which nine characters are sent ([MS-RDPBCGR] section 2.2.1.1).
func (p *prior) introduced(said []byte) {
	for line := range bytes.Lines(said) {
		word, rest, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		value := strings.ToValidUTF8(string(rest[:min(len(rest), maxName)]), "?")
		switch strings.ToUpper(string(word)) {
		case "EHLO", "HELO", "LHLO":
			p.hello = value
		case "USER-AGENT:":
			p.agent = value
		}
		if _, user, ok := bytes.Cut(line, []byte("Cookie: mstshash=")); ok && p.id == "rdp" {
			p.user = strings.ToValidUTF8(string(bytes.TrimSpace(user[:min(len(user), maxName)])), "?")
		}
	}
}

// identity is what was said, as others state it too.
func (p prior) identity() observe.Identity {
	id := observe.Identity{Principal: p.user, UserAgent: p.agent}
	if p.hello != "" {
		id.Fields = map[string]string{"ehlo": p.hello}
	}
	return id
}

// tunnelled names a protocol by what the client and the server said in it.
func tunnelled(said, answered []byte) (id string, ok bool) {
	upper := bytes.ToUpper(said)
	has := func(word string) bool { return bytes.Contains(upper, []byte(word)) }
	for _, p := range []struct {
		id string
		is bool
	}{
		{"connect", bytes.HasPrefix(said, []byte("CONNECT ")) || has("\nCONNECT ")},
		{"upgrade", has("UPGRADE: TLS")},
		{"socks", said[0] == 5 && len(said) > 2 && (len(answered) == 0 || answered[0] == 5)},
		{"socks", said[0] == 4 && len(said) > 8 && (said[1] == 1 || said[1] == 2)},
		{"postgres", isSSLRequest(said)},
		{"rdp", len(said) > 5 && said[0] == 3 && said[1] == 0 && said[5]&0xf0 == 0xe0},
		{"ldap", bytes.Contains(said, []byte("1.3.6.1.4.1.1466.20037"))},
		{"xmpp", has("<STARTTLS") || has("XMPP-TLS")},
		{"mysql", len(said) >= 36 && said[0] == 32 && said[1] == 0 && said[2] == 0},
		{"pop3", has("STLS\r\n")},
		{"ftp", has("AUTH TLS") || has("AUTH SSL")},
		{"lmtp", has("LHLO ") && has("STARTTLS")},
		{"smtp", (has("EHLO ") || has("HELO ")) && has("STARTTLS")},
		{"irc", has("STARTTLS\r\n") && (bytes.HasPrefix(answered, []byte(":")) || bytes.HasPrefix(answered, []byte("NOTICE ")))},
	} {
		if p.is {
			return p.id, true
		}
	}
	if has("STARTTLS") {
		return byGreeting(said, answered)
	}
	return "other", false
}

// byGreeting tells protocols of lines apart by the server's greeting, and IMAP by the tag
// before the command.
func byGreeting(said, answered []byte) (string, bool) {
	if guess := starttls.Guess(answered); len(guess) > 0 {
		return guess[0], true
	}
	line := said[bytes.LastIndexByte(bytes.TrimRight(said, "\r\n"), '\n')+1:]
	if strings.Contains(strings.ToUpper(string(line)), " STARTTLS") {
		return "imap", true
	}
	return "other", false // NNTP, ManageSieve and others that no capture of a client alone tells apart
}

// readProxy reads a header of the PROXY protocol, and gives its length.
func readProxy(b []byte) (p proxied, n int, ok bool) {
	n = unit(b)
	switch {
	case n == 0:
	case bytes.HasPrefix(b, []byte(proxyV2)):
		return readProxy2(b[:n]), n, true
	case bytes.HasPrefix(b, []byte("PROXY ")):
		fields := strings.Fields(string(b[:n]))
		if len(fields) == 6 && strings.HasPrefix(fields[1], "TCP") {
			p = proxied{endpoint(fields[2], fields[4]), endpoint(fields[3], fields[5])}
		}
		return p, n, true
	}
	return proxied{}, 0, false
}

func endpoint(address, port string) netip.AddrPort {
	e, _ := netip.ParseAddrPort("[" + address + "]:" + port)
	if v4, err := netip.ParseAddrPort(address + ":" + port); err == nil {
		e = v4
	}
	return e
}

// readProxy2 reads the binary form, which is whole.
func readProxy2(b []byte) (p proxied) {
	size := map[byte]int{1: 4, 2: 16}[b[13]>>4]
	if b[12] != 0x21 || size == 0 || len(b) < 16+2*size+4 {
		return proxied{} // LOCAL: the balancer's own connection; or no IP
	}
	ports := b[16+2*size:]
	from, _ := netip.AddrFromSlice(b[16 : 16+size])
	to, _ := netip.AddrFromSlice(b[16+size : 16+2*size])
	return proxied{
		netip.AddrPortFrom(from, binary.BigEndian.Uint16(ports)),
		netip.AddrPortFrom(to, binary.BigEndian.Uint16(ports[2:])),
	}
}

// nothingToCome says whether what a direction began with rules TLS out for the whole
// connection, or that TLS had begun before the capture.
func nothingToCome(b []byte, dir int, l *live) bool {
	if l.clientSpoke() && dir != l.client {
		return l.prior.id == "" && bytes.HasPrefix(b, []byte("HTTP/")) // an answer in clear to a hello
	}
	for _, word := range []string{"GET /", "POST /", "HEAD /", "PUT /", "DELETE /", "PATCH /", "PRI * HTTP/2", "SSH-", "OPTIONS /"} {
		if bytes.HasPrefix(b, []byte(word)) {
			return !bytes.Contains(bytes.ToUpper(b), []byte("UPGRADE: TLS"))
		}
	}
	if len(b) >= 8 && b[0] == 0 && bytes.Equal(b[5:8], []byte("SMB")) && (b[4] == 0xff || b[4] == 0xfe) {
		return true
	}
	return isRecord(b) && b[0] == 23 && b[2] != 0 // application data
}

// tds unpacks the packets in which TLS travels to SQL Server until both sides have
// agreed on keys ([MS-TDS] section 3.2.5.2).
type tds struct {
	on    bool
	tried bool // it was looked whether it is on
	head  [tdsHeader]byte
	have  int
	left  int // of the packet's content
}

const (
	tdsHeader   = 8
	tdsPrelogin = 0x12
	tdsReply    = 0x04
	tdsLook     = tdsHeader + 5 // bytes that tell it
)

// begin looks at the first bytes of a direction: a PRELOGIN packet, whose content begins
// with the option VERSION, or with a record of TLS where the capture begins later.
func (d *tds) begin(b []byte) {
	if len(b) < tdsLook || b[0] != tdsPrelogin && b[0] != tdsReply || b[1] > 1 || b[7] != 0 {
		return
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	option := b[8] == 0 && b[9] == 0 && b[12] != 0
	d.on = n > tdsHeader && n <= 1<<15 && (option || b[8] == 0x16 && b[9] == 3)
}

// next unpacks a part of b, and gives what follows it.
func (d *tds) next(b []byte) (part, rest []byte) {
	if d.have < tdsHeader {
		n := copy(d.head[d.have:], b)
		d.have += n
		if d.have == tdsHeader {
			d.left = max(0, int(binary.BigEndian.Uint16(d.head[2:]))-tdsHeader)
			if d.head[0] != tdsPrelogin && d.head[0] != tdsReply {
				d.on = false
			}
		}
		return nil, b[n:]
	}
	n := min(d.left, len(b))
	if d.left -= n; d.left == 0 {
		d.have = 0
	}
	return b[:n], b[n:]
}

// lost begins anew behind a gap: the next segment may begin a packet.
func (d *tds) lost() { d.have, d.left = 0, 0 }
