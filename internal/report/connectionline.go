package report

import (
	"bufio"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// connectionLines writes connections as encoding/json does, byte for byte, in a fifth of
// its time: a capture of handshakes has more than 100,000 connections for each second of
// reading. What many connections share, the offer of a hello and what is said of it, is
// written once and copied.
type connectionLines struct {
	out    *bufio.Writer
	enc    *json.Encoder // for what is seldom there
	line   []byte
	offers map[*document.ConnectionOffer][]byte
	texts  map[textKey][]byte
}

// textKey tells texts apart that share their arguments.
type textKey struct {
	id   string
	args *message.Arg
	n    int
}

// maxShared bounds what is kept to be copied: a network's clients send some hundreds of
// different hellos.
const maxShared = 512

func newConnectionLines(l lines) *connectionLines {
	return &connectionLines{out: l.out, enc: l.enc, offers: map[*document.ConnectionOffer][]byte{}, texts: map[textKey][]byte{}}
}

// write writes one connection and a line end.
func (w *connectionLines) write(c *document.Connection) error {
	if c.Gate != nil || c.Rehearsal != nil {
		return w.enc.Encode(c)
	}
	f := fields{b: append(w.line[:0], '{')}
	w.head(&f, c)
	f.raw("offered", w.offer(c.Offered))
	f.negotiated(c.Negotiated)
	f.alert(c.Alert)
	f.flag("refused", c.Refused)
	f.text("ja3", c.JA3)
	f.text("ja4", c.JA4)
	f.text("stack", c.Stack)
	f.text("owner", c.Owner)
	f.some("ownerMail", c.OwnerMail)
	f.identity(&c.Identity)
	f.text("survives", c.Survives.String())
	f.some("likely", c.Likely)
	f.some("basis", c.Basis)
	f.flag("old", c.Old)
	f.some("finding", c.Finding)
	f.raw("why", w.text(c.Why))
	f.raw("remedy", w.text(c.Remedy))
	w.line = append(f.b, '}', '\n')
	_, err := w.out.Write(w.line)
	return err
}

func (w *connectionLines) head(f *fields, c *document.Connection) {
	f.text("schema", c.Schema)
	f.text("source", c.Source)
	if c.Line != 0 {
		f.number("line", c.Line)
	}
	f.some("format", c.Format)
	if !c.Time.IsZero() {
		f.key("time")
		f.b = append(f.b, '"')
		f.b = append(c.Time.AppendFormat(f.b, time.RFC3339Nano), '"')
	}
	f.text("client", c.Client)
	f.text("server", c.Server)
	f.text("transport", c.Transport)
	f.some("clientName", c.ClientName)
	f.some("serverHost", c.ServerHost)
	f.some("via", c.Via)
	f.text("serverName", c.ServerName)
	f.some("before", c.Before)
}

// offer is an offer in JSON, which is kept.
func (w *connectionLines) offer(o *document.ConnectionOffer) []byte {
	if o == nil {
		return []byte("null")
	}
	b, ok := w.offers[o]
	if !ok {
		if len(w.offers) >= maxShared {
			clear(w.offers)
		}
		b = appendOffer(nil, o)
		w.offers[o] = b
	}
	return b
}

func appendOffer(b []byte, o *document.ConnectionOffer) []byte {
	f := fields{b: append(b, '{')}
	f.text("max", o.Max.String())
	words(&f, "versions", o.Versions)
	f.b = strconv.AppendBool(append(f.b, `,"exact":`...), o.Exact)
	words(&f, "suites", o.Suites)
	words(&f, "groups", o.Groups)
	words(&f, "signatureAlgorithms", o.SignatureAlgorithms)
	f.flag("outer", o.Outer)
	return append(f.b, '}')
}

// words is a list of names; nil is null.
func words[T interface {
	tlsready.Version | tlsready.Suite | tlsready.Group | tlsready.SignatureScheme
	String() string
}](f *fields, name string, list []T) {
	f.key(name)
	if list == nil {
		f.b = append(f.b, "null"...)
		return
	}
	f.b = append(f.b, '[')
	for i, one := range list {
		if i > 0 {
			f.b = append(f.b, ',')
		}
		f.b = appendString(f.b, one.String())
	}
	f.b = append(f.b, ']')
}

// text is a text in JSON, in English, which is kept.
func (w *connectionLines) text(t message.Text) []byte {
	if t.ID == "" || len(t.Args) == 0 {
		return appendText(t)
	}
	key := textKey{t.ID, &t.Args[0], len(t.Args)}
	b, ok := w.texts[key]
	if !ok {
		if len(w.texts) >= maxShared {
			clear(w.texts)
		}
		b = appendText(t)
		w.texts[key] = b
	}
	return b
}

func appendText(t message.Text) []byte {
	english, _ := t.MarshalText() // which never fails
	return appendString(nil, string(english))
}

// fields are those of an object that is being written.
type fields struct{ b []byte }

func (f *fields) key(name string) {
	if f.b[len(f.b)-1] != '{' {
		f.b = append(f.b, ',')
	}
	f.b = append(append(append(f.b, '"'), name...), '"', ':')
}

func (f *fields) raw(name string, value []byte) {
	f.key(name)
	f.b = append(f.b, value...)
}

func (f *fields) text(name, value string) {
	f.key(name)
	f.b = appendString(f.b, value)
}

// some is a text that is left out if it is empty.
func (f *fields) some(name, value string) {
	if value != "" {
		f.text(name, value)
	}
}

// flag is left out if it is false.
func (f *fields) flag(name string, value bool) {
	if value {
		f.raw(name, []byte("true"))
	}
}

func (f *fields) number(name string, n int) {
	f.key(name)
	f.b = strconv.AppendInt(f.b, int64(n), 10)
}

func (f *fields) negotiated(n *document.ConnectionNegotiated) {
	if n == nil {
		f.raw("negotiated", []byte("null"))
		return
	}
	f.raw("negotiated", []byte("{"))
	f.text("version", n.Version.String())
	f.text("suite", n.Suite)
	f.some("group", n.Group)
	f.b = append(f.b, '}')
}

func (f *fields) alert(a *document.ConnectionAlert) {
	if a == nil {
		f.raw("alert", []byte("null"))
		return
	}
	f.raw("alert", []byte("{"))
	f.text("from", a.From)
	f.number("level", a.Level)
	f.number("description", a.Description)
	f.text("name", a.Name)
	f.b = append(f.b, '}')
}

func (f *fields) identity(id *document.ConnectionIdentity) {
	f.raw("identity", []byte("{"))
	f.text("principal", id.Principal)
	f.text("account", id.Account)
	f.text("clientCertificate", id.ClientCertificate)
	f.text("userAgent", id.UserAgent)
	f.some("serverCertificate", id.ServerCertificate)
	f.some("process", id.Process)
	f.b = append(f.b, '}')
}

// appendString writes a string as encoding/json does that does not escape HTML.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf || c == 0x7f {
			return appendEscaped(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendEscaped(b []byte, s string) []byte {
	var out appender = b
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string can always be written
	return out[:len(out)-1]
}

// appender is an [io.Writer] that appends.
type appender []byte

// Write implements io.Writer.
func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
