package starttls

import (
	"bytes"
	"slices"
)

// Guess names the protocols that a server may speak if it said this instead of TLS, the
// likelier first; none for a protocol that is not known here. Several begin alike: "220 "
// begins SMTP, LMTP and FTP.
func Guess(said []byte) []string {
	switch {
	case bytes.HasPrefix(said, []byte("220 ")), bytes.HasPrefix(said, []byte("220-")):
		return byName(said, "smtp", "ftp", "lmtp")
	case bytes.HasPrefix(said, []byte("* OK")), bytes.HasPrefix(said, []byte("* BYE")):
		return []string{"imap"}
	case bytes.HasPrefix(said, []byte("+OK ")), bytes.HasPrefix(said, []byte("-ERR ")):
		return []string{"pop3"}
	case bytes.Contains(said, []byte("<stream:")), bytes.HasPrefix(said, []byte("<?xml")):
		return []string{"xmpp"}
	case len(said) > 5 && said[3] == 0 && said[4] == 10 && int(said[0])|int(said[1])<<8|int(said[2])<<16 >= 30: // a greeting of protocol 10
		return []string{"mysql"}
	}
	return nil
}

// OnPort names the protocols that usually have a port and begin TLS inside; none for
// another port. Their servers wait for their own first words, and say nothing to a
// ClientHello or end the connection.
func OnPort(port int) []string {
	for _, p := range Protocols() {
		if DefaultPort(p) == port {
			return []string{p}
		}
	}
	return nil
}

// byName puts the protocol first that the text itself names.
func byName(said []byte, protocols ...string) []string {
	text := bytes.ToUpper(said)
	for i, p := range protocols {
		if i > 0 && bytes.Contains(text, bytes.ToUpper([]byte(p))) && !bytes.Contains(text, bytes.ToUpper([]byte(protocols[0]))) {
			return append([]string{p}, slices.Delete(slices.Clone(protocols), i, i+1)...)
		}
	}
	return protocols
}
