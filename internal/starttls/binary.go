package starttls

import (
	"encoding/binary"
	"fmt"

	"tlsready/internal/message"
)

// postgres: the SSLRequest of PostgreSQL (documentation "Message Flow", section
// "SSL Session Encryption"): one byte comes back.
type postgres struct {
	begun bool
	in    inbox
}

// Next implements [Dialogue].
func (d *postgres) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	if !d.begun {
		d.begun = true
		return []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}, false, nil
	}
	answer, ok := d.in.take(1)
	if !ok {
		return nil, false, nil
	}
	switch answer[0] {
	case 'S':
		return d.in.done()
	case 'N', 'E':
		return nil, false, refused(string(answer) + string(d.in.data))
	}
	return nil, false, message.Error("starttls.not-this-answer", message.Quote("answer", string(answer)))
}

// mysql: the server speaks first; the client answers with only the head of its own handshake,
// and TLS follows (MySQL internals, "Protocol::SSLRequest").
type mysql struct {
	in inbox
}

const (
	mysqlProtocol41 = 0x0200
	mysqlSSL        = 0x0800
	mysqlSecure     = 0x8000
)

// Next implements [Dialogue].
func (d *mysql) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	b := d.in.data
	if len(b) < 4 {
		return nil, false, nil
	}
	n := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	if n == 0 || 4+n > MaxReply {
		return nil, false, message.Error("starttls.not-this-size", message.Int("size", n))
	}
	packet, ok := d.in.take(4 + n)
	if !ok {
		return nil, false, nil
	}
	if packet[4] == 0xff { // an error, such as a host that is blocked
		return nil, false, refused(string(packet[min(len(packet), 7):]))
	}
	capabilities, err := mysqlCapabilities(packet[4:])
	if err != nil {
		return nil, false, err
	}
	if capabilities&mysqlSSL == 0 {
		return nil, false, refused("no CLIENT_SSL among the capabilities")
	}
	if _, _, err := d.in.done(); err != nil {
		return nil, false, err
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, packet[3]+1
	binary.LittleEndian.PutUint32(request[4:], mysqlProtocol41|mysqlSSL|mysqlSecure)
	binary.LittleEndian.PutUint32(request[8:], 1<<24) // longest packet
	request[12] = 33                                  // utf8_general_ci
	return request, true, nil
}

// mysqlCapabilities reads the lower capability flags of a greeting: version of the
// protocol, text up to a zero, thread, eight bytes of salt, a zero, the flags.
func mysqlCapabilities(greeting []byte) (uint16, error) {
	if greeting[0] != 10 {
		return 0, message.Error("starttls.greeting-version", message.Int("version", greeting[0]))
	}
	rest := greeting[1:]
	for i, c := range rest {
		if c == 0 {
			if rest = rest[i+1:]; len(rest) < 4+8+1+2 {
				break
			}
			return binary.LittleEndian.Uint16(rest[13:]), nil
		}
	}
	return 0, message.Error("starttls.greeting-cut")
}

// rdp: the X.224 connection request with a negotiation request for TLS ([MS-RDPBCGR]
// section 2.2.1.1).
type rdp struct {
	begun bool
	in    inbox
}

const (
	rdpSSL        = 1 // PROTOCOL_SSL
	rdpHybrid     = 2 // PROTOCOL_HYBRID: TLS, then CredSSP
	rdpResponse   = 2 // TYPE_RDP_NEG_RSP
	rdpFailure    = 3 // TYPE_RDP_NEG_FAILURE
	x224Confirm   = 0xd0
	tpktVersion   = 3
	rdpConfirmLen = 19
)

// Next implements [Dialogue].
func (d *rdp) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	if !d.begun {
		d.begun = true
		return []byte{
			tpktVersion, 0, 0, 19, // TPKT: version, reserved, length
			14, 0xe0, 0, 0, 0, 0, 0, // X.224: length, connection request, references, class
			1, 0, 8, 0, rdpSSL | rdpHybrid, 0, 0, 0, // RDP_NEG_REQ
		}, false, nil
	}
	b := d.in.data
	if len(b) < 4 {
		return nil, false, nil
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if b[0] != tpktVersion || n < 11 || n > MaxReply {
		return nil, false, message.Error("starttls.not-this-answer", message.Str("answer", fmt.Sprintf("%x", b[:4])))
	}
	packet, ok := d.in.take(n)
	if !ok {
		return nil, false, nil
	}
	switch {
	case packet[5]&0xf0 != x224Confirm:
		return nil, false, refused(fmt.Sprintf("X.224 code %#x", packet[5]))
	case n < rdpConfirmLen:
		return nil, false, refused("no negotiation: only the protocol's own encryption")
	case packet[11] == rdpFailure:
		return nil, false, refused(fmt.Sprintf("negotiation failure %d", binary.LittleEndian.Uint32(packet[15:])))
	case packet[11] != rdpResponse || binary.LittleEndian.Uint32(packet[15:])&(rdpSSL|rdpHybrid) == 0:
		return nil, false, refused("TLS was not selected")
	}
	return d.in.done()
}

// mssql: a TDS PRELOGIN that asks for encryption; then the records of the TLS
// handshake travel in PRELOGIN packets ([MS-TDS] section 2.2.6.5 and 3.2.5.2).
type mssql struct {
	begun bool
	in    inbox
}

const (
	tdsPrelogin  = 0x12
	tdsReply     = 0x04
	tdsLast      = 0x01 // status: end of message
	tdsHeader    = 8
	tdsPacket    = 4096 // the size before anything else is agreed
	tdsEncrypt   = 1    // option ENCRYPTION
	tdsNoSupport = 2    // ENCRYPT_NOT_SUP
	tdsEnd       = 0xff
)

// Next implements [Dialogue].
func (d *mssql) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	if !d.begun {
		d.begun = true
		return tdsFrame([]byte{
			0, 0, 11, 0, 6, // VERSION at 11, 6 bytes
			tdsEncrypt, 0, 17, 0, 1, // ENCRYPTION at 17, 1 byte
			tdsEnd,
			11, 0, 0, 0, 0, 0, // a client of 2012; the server does not mind
			1, // ENCRYPT_ON
		}), false, nil
	}
	body, ok, err := d.packet(tdsReply)
	if err != nil || !ok {
		return nil, false, err
	}
	mode, err := tdsEncryption(body)
	if err != nil {
		return nil, false, err
	}
	if mode == tdsNoSupport {
		return nil, false, refused("ENCRYPT_NOT_SUP")
	}
	return d.in.done()
}

// packet takes one whole packet; content of type PRELOGIN is allowed from servers
// too, once TLS has begun.
func (d *mssql) packet(kinds ...byte) ([]byte, bool, error) {
	b := d.in.data
	if len(b) < tdsHeader {
		return nil, false, nil
	}
	known := false
	for _, kind := range kinds {
		known = known || b[0] == kind
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if !known || n < tdsHeader {
		return nil, false, message.Error("starttls.not-this-answer", message.Str("answer", fmt.Sprintf("%x", b[:tdsHeader])))
	}
	packet, ok := d.in.take(n)
	if !ok {
		return nil, false, nil
	}
	return packet[tdsHeader:], true, nil
}

// tdsEncryption finds the option ENCRYPTION in a PRELOGIN answer.
func tdsEncryption(body []byte) (byte, error) {
	for at := 0; at+5 <= len(body) && body[at] != tdsEnd; at += 5 {
		if body[at] != tdsEncrypt {
			continue
		}
		place := int(binary.BigEndian.Uint16(body[at+1:]))
		if place >= len(body) {
			return 0, message.Error("starttls.encryption-outside")
		}
		return body[place], nil
	}
	return tdsNoSupport, nil
}

// tdsFrame puts packets around content.
func tdsFrame(content []byte) []byte {
	var out []byte
	for first := true; first || len(content) > 0; first = false {
		n := min(len(content), tdsPacket-tdsHeader)
		status := byte(0)
		if n == len(content) {
			status = tdsLast
		}
		out = append(out, tdsPrelogin, status, byte((n+tdsHeader)>>8), byte(n+tdsHeader), 0, 0, 0, 0)
		out = append(out, content[:n]...)
		content = content[n:]
	}
	return out
}

// Wrap implements [Framing].
func (d *mssql) Wrap(tls []byte) []byte { return tdsFrame(tls) }

// Unwrap implements [Framing].
func (d *mssql) Unwrap(received []byte) ([]byte, error) {
	d.in.data = append(d.in.data, received...) // a packet is at most 65535 bytes long
	var out []byte
	for {
		body, ok, err := d.packet(tdsPrelogin, tdsReply)
		if err != nil || !ok {
			return out, err
		}
		out = append(out, body...)
	}
}
