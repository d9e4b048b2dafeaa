// Package starttls holds the dialogues that come before a ClientHello when TLS begins inside
// another protocol, as pure state machines: bytes that came in, bytes to send out. It opens no
// socket.
package starttls

import (
	"fmt"
	"slices"

	"tlsready/internal/message"
)

// Limits on what a server may say before TLS begins.
const (
	// MaxReply is the most bytes of one answer. Greetings and lists of features in
	// use stay below 4 KiB (RFC 5321 section 4.5.3.1.5: 512 per line).
	MaxReply = 16 << 10
	// MaxReplies is the most answers of one dialogue that say neither yes nor no,
	// such as untagged lines.
	MaxReplies = 100
)

// ErrRefused is the error of a server that does not go over to TLS.
var ErrRefused error = message.Error("starttls.refused")

// ErrEarly is the error of a server that said more than the dialogue allows before
// TLS began: bytes in clear must not pass into the encrypted part.
var ErrEarly error = message.Error("starttls.early")

// Dialogue is what a client says before its hello.
type Dialogue interface {
	// Next takes what came since the last call, nothing at first, and gives what to
	// send. done says that the hello comes next. After an error or done the
	// dialogue is over.
	Next(received []byte) (send []byte, done bool, err error)
}

// Framing is what a Dialogue also is if the TLS records themselves travel in packets of the
// protocol.
type Framing interface {
	// Wrap puts packets around TLS bytes that are to be sent.
	Wrap(tls []byte) []byte
	// Unwrap takes bytes that came and gives the TLS bytes that are whole so far.
	Unwrap(received []byte) ([]byte, error)
}

// protocol is one row of the list.
type protocol struct {
	name  string
	port  int                        // on which its servers usually wait
	begin func(name string) Dialogue // name is the server's, see [New]
}

// protocols is the list, in alphabetical order: a new protocol is a row here and a
// dialogue in a file beside it.
func protocols() []protocol {
	return []protocol{
		{"ftp", 21, func(string) Dialogue { return newFTP() }},
		{"imap", 143, func(string) Dialogue { return newIMAP() }},
		{"ldap", 389, func(string) Dialogue { return &ldap{} }},
		{"lmtp", 24, func(string) Dialogue { return newLMTP() }}, // no port of its own (RFC 2033 section 5); what mail servers use
		{"mssql", 1433, func(string) Dialogue { return &mssql{} }},
		{"mysql", 3306, func(string) Dialogue { return &mysql{} }},
		{"pop3", 110, func(string) Dialogue { return newPOP3() }},
		{"postgres", 5432, func(string) Dialogue { return &postgres{} }},
		{"rdp", 3389, func(string) Dialogue { return &rdp{} }},
		{"smtp", 25, func(string) Dialogue { return newSMTP() }},
		{"xmpp", 5222, func(name string) Dialogue { return &xmpp{name: name} }},
	}
}

// byProtocol finds the row of a protocol.
func byProtocol(name string) (p protocol, ok bool) {
	list := protocols()
	if i := slices.IndexFunc(list, func(p protocol) bool { return p.name == name }); i >= 0 {
		return list[i], true
	}
	return protocol{}, false
}

// Protocols lists the protocols that [New] knows, in alphabetical order.
func Protocols() []string {
	var names []string
	for _, p := range protocols() {
		names = append(names, p.name)
	}
	return names
}

// New begins the dialogue of a protocol. name is the server's name, which XMPP
// says in clear; it may be empty.
func New(protocol, name string) (Dialogue, error) {
	if p, ok := byProtocol(protocol); ok {
		return p.begin(name), nil
	}
	return nil, message.Error("starttls.protocol", message.Quote("text", protocol), message.List("known", Protocols()))
}

// DefaultPort is the port on which servers of a protocol usually wait, 0 for a
// protocol that is not known.
func DefaultPort(protocol string) int {
	p, _ := byProtocol(protocol)
	return p.port
}

// inbox keeps what came and was not yet used.
type inbox struct{ data []byte }

func (b *inbox) add(received []byte) error {
	b.data = append(b.data, received...)
	if len(b.data) > MaxReply {
		return message.Error("starttls.long-answer", message.Int("limit", MaxReply))
	}
	return nil
}

// take gives the first n bytes, if they are there.
func (b *inbox) take(n int) ([]byte, bool) {
	if len(b.data) < n {
		return nil, false
	}
	out := slices.Clone(b.data[:n])
	b.data = b.data[n:]
	return out, true
}

// done ends a dialogue: nothing may be left over.
func (b *inbox) done() ([]byte, bool, error) {
	if len(b.data) > 0 {
		return nil, false, ErrEarly
	}
	return nil, true, nil
}

func refused(answer string) error {
	return message.Error("starttls.refused-with", message.Cause("why", ErrRefused), message.Str("answer", fmt.Sprintf("%.100q", answer)))
}
