package capture

import (
	"fmt"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// found hands out what was found, and keeps what was not.
type found struct {
	name     string
	sink     observe.Sink
	err      error // of the sink
	count    int
	subjects map[string]string
	gapAt    int // the number of a packet with which a hello began that was not seen whole
	unread   int // hellos that could not be read
	unreadAt int
	why      string
}

func newFound(name string, sink observe.Sink) *found {
	return &found{name: name, sink: sink, subjects: map[string]string{}}
}

// example keeps the first place of a kind of loss.
func (f *found) example(at *int, packet int) {
	if *at == 0 {
		*at = packet
	}
}

// unreadable counts what begins like a hello and is none.
func (f *found) unreadable(packet int, err error) {
	if f.unread++; f.unread == 1 {
		f.unreadAt, f.why = packet, err.Error()
	}
}

// connection hands out what is known of a flow, if anything is.
func (f *found) connection(flow *flow, l *live) {
	if f.err != nil || !flow.key.quic && !l.tls() {
		return
	}
	c := observe.Connection{
		Source:    f.name,
		Format:    Format,
		Transport: observe.TCP,
		Client:    flow.key.end(l.client), Server: flow.key.end(1 - l.client),
		Before:     l.prior.id,
		Offered:    l.offered,
		Negotiated: l.negotiated,
		Alert:      l.alert,
		Refused:    (l.alert != nil || l.refused) && l.negotiated == nil,
		Identity:   l.prior.identity(),
	}
	c.Identity.ClientCertificate, c.Identity.ServerCertificate = l.clientCert, l.serverCert
	if l.timed {
		c.Time = time.Unix(0, l.nanos).UTC()
	}
	if l.prior.proxied.client.IsValid() {
		c.Via, c.Client = c.Client.Addr(), l.prior.proxied.client
	}
	if l.hello != nil {
		c.Hello = &observe.Hello{ClientHello: l.hello, Records: l.records, Again: l.again, Outer: outer(l.hello)}
		c.ServerName = l.hello.ServerName()
	}
	if flow.key.quic {
		quicConnection(&c, l)
	}
	f.count++
	f.err = f.sink(c)
}

// quicConnection is what is known of QUIC without keys: that it is TLS 1.3.
func quicConnection(c *observe.Connection, l *live) {
	c.Transport = observe.QUIC
	c.Offered = &observe.Offered{Max: tlsready.TLS13, Versions: []tlsready.Version{tlsready.TLS13}}
	if l.quicAnswered {
		c.Negotiated = &observe.Negotiated{Version: tlsready.TLS13}
	}
}

// outer says whether a hello carries an encrypted one (RFC 9849 section 5). Browsers send
// the extension to all servers, with random content where they have no key: the two
// cannot be told apart.
func outer(h *wire.ClientHello) bool {
	data, ok := h.Extension(extECH)
	return ok && len(data) > 0 && data[0] == 0
}

const extECH wire.ExtensionType = 0xfe0d

// at is a place in the capture.
func (f *found) at(packet int) string {
	if packet == 0 {
		return f.name
	}
	return fmt.Sprintf("%s:packet %d", f.name, packet)
}

// losses says what was not followed, each kind once.
func (f *found) losses(d *decoder) []observe.Loss {
	var list []observe.Loss
	add := func(id string, count, packet int, example string, args ...message.Arg) {
		if count > 0 {
			list = append(list, observe.Loss{What: message.New(id, args...), Count: count, Where: f.at(packet), Example: example})
		}
	}
	add("capture.loss-hello-cut", d.flows.gaps, f.gapAt, "")
	add("capture.loss-hello-broken", f.unread, f.unreadAt, f.why)
	add("capture.loss-midway", d.flows.midway, 0, "")
	add("capture.loss-evicted", d.flows.evicted, 0, "", message.Int("limit", maxFlows), message.Int("bytes", maxKept>>20))
	add("capture.loss-fragments", d.fragments.lost+len(d.fragments.open), 0, "")
	return list
}
