package starttls

import (
	"bytes"
	"strings"

	"tlsready/internal/message"
)

// xmpp: RFC 6120 section 5.4. The stream is looked through for the few elements
// that matter; a whole XML reader would have to end in the middle of a document.
type xmpp struct {
	name string
	step int
	in   inbox
}

const xmppTLS = "urn:ietf:params:xml:ns:xmpp-tls"

// Next implements [Dialogue].
func (d *xmpp) Next(received []byte) ([]byte, bool, error) {
	if err := d.in.add(received); err != nil {
		return nil, false, err
	}
	switch d.step {
	case 0:
		d.step = 1
		return []byte("<?xml version='1.0'?><stream:stream xmlns='jabber:client' " +
			"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'" + d.to() + ">"), false, nil
	case 1:
		return d.features()
	}
	return d.proceed()
}

// to names the domain, with everything left out that could end the attribute.
func (d *xmpp) to() string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>&'"`, r) || r < ' ' {
			return -1
		}
		return r
	}, d.name)
	if name == "" {
		return ""
	}
	return " to='" + name + "'"
}

// features waits for the end of the list of features.
func (d *xmpp) features() ([]byte, bool, error) {
	text := d.in.data
	if len(text) > 0 && !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n\ufeff"), []byte("<")) {
		return nil, false, message.Error("starttls.no-xml")
	}
	if bytes.Contains(text, []byte("<stream:error")) || bytes.Contains(text, []byte("</stream:stream>")) {
		return nil, false, refused(string(text))
	}
	for _, end := range []string{"</stream:features>", "<stream:features/>"} {
		if at := bytes.Index(text, []byte(end)); at >= 0 {
			if !bytes.Contains(text[:at], []byte(xmppTLS)) {
				return nil, false, refused("no starttls among the features")
			}
			d.in.data, d.step = text[at+len(end):], 2
			return []byte("<starttls xmlns='" + xmppTLS + "'/>"), false, nil
		}
	}
	return nil, false, nil
}

// proceed waits for the word to begin.
func (d *xmpp) proceed() ([]byte, bool, error) {
	text := bytes.TrimLeft(d.in.data, " \t\r\n")
	end := bytes.IndexByte(text, '>')
	if end < 0 {
		return nil, false, nil
	}
	if !bytes.HasPrefix(text, []byte("<proceed")) {
		return nil, false, refused(string(text))
	}
	rest := text[end+1:]
	if text[end-1] != '/' { // <proceed ...></proceed>
		const closing = "</proceed>"
		if len(rest) < len(closing) && strings.HasPrefix(closing, string(rest)) {
			return nil, false, nil
		}
		rest = bytes.TrimPrefix(rest, []byte(closing))
	}
	d.in.data = rest
	return d.in.done()
}
