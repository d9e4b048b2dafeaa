package rehearse

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// opening is how a connection begins.
type opening struct {
	raw   []byte         // every byte that was read
	hello *observe.Hello // nil if none came that can be read
	why   message.Text   // what came instead; zero if the client closed without a word
	plain bool           // it is a request of HTTP without TLS
}

// readOpening reads until the hello is whole, or cannot become one. The caller has set a
// deadline after patience.
func readOpening(conn net.Conn, patience time.Duration) opening {
	var o opening
	var reader wire.Reader
	buf := make([]byte, 4<<10)
	for {
		n, err := conn.Read(buf)
		o.raw = append(o.raw, buf[:n]...)
		_, _ = reader.Write(buf[:n])
		switch done, hello, why := parseOpening(&reader); {
		case done:
			o.hello, o.why = hello, why
			if hello != nil && !hello.SSL2 {
				hello.Records = records(o.raw)
			}
			o.plain = hello == nil && isHTTP(o.raw)
			return o
		case len(o.raw) > maxHelloBytes:
			o.why = message.New("rehearse.opening.long", message.Int("limit", maxHelloBytes))
			return o
		case err != nil:
			o.why = unfinished(o.raw, err, patience)
			return o
		}
	}
}

// parseOpening gives the hello once it is whole; done says that nothing more is needed.
func parseOpening(reader *wire.Reader) (done bool, _ *observe.Hello, why message.Text) {
	m, ok, err := reader.Next()
	switch {
	case err != nil:
		return true, nil, message.CauseOf(err)
	case !ok:
		return false, nil, message.Text{}
	case m.Content == wire.ContentSSL2:
		h, err := wire.ParseSSL2ClientHello(m.Data)
		if err != nil {
			return true, nil, message.CauseOf(err)
		}
		return true, &observe.Hello{ClientHello: h}, message.Text{}
	case m.Content != wire.ContentHandshake || m.Type != wire.TypeClientHello:
		return true, nil, message.New("rehearse.opening.other")
	}
	h, err := wire.ParseClientHello(m.Data)
	if err != nil {
		return true, nil, message.CauseOf(err)
	}
	h.RecordVersion = m.RecordVersion
	_, outer := h.Extension(extECH)
	return true, &observe.Hello{ClientHello: h, Outer: outer}, message.Text{}
}

// records counts the records that have come.
func records(raw []byte) int {
	const header = 5
	n := 0
	for len(raw) >= header {
		n++
		raw = raw[min(header+(int(raw[3])<<8|int(raw[4])), len(raw)):]
	}
	return n
}

// extECH is encrypted_client_hello (RFC 9849 section 5). Most clients that send it without
// a key for it send noise; of both the name is only perhaps the right one.
const extECH wire.ExtensionType = 0xfe0d

// unfinished says why no hello came.
func unfinished(raw []byte, err error, patience time.Duration) message.Text {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && len(raw) == 0:
		return message.New("rehearse.opening.silent", message.Int("seconds", int(patience.Seconds())))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return message.New("rehearse.opening.slow", message.Int("size", len(raw)), message.Int("seconds", int(patience.Seconds())))
	case len(raw) == 0:
		return message.Text{}
	case errors.Is(err, io.EOF):
		return message.New("rehearse.opening.cut", message.Int("size", len(raw)))
	}
	return message.New("rehearse.opening.lost", message.Int("size", len(raw)), message.Cause("why", err))
}

// isHTTP says whether the bytes begin a request of HTTP.
func isHTTP(raw []byte) bool {
	for _, method := range []string{"GET ", "HEAD ", "POST ", "PUT ", "OPTIONS ", "CONNECT "} {
		if bytes.HasPrefix(raw, []byte(method)) {
			return true
		}
	}
	return false
}
