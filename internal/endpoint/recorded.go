package endpoint

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// ParseHello reads a recorded ClientHello in any of the forms in which tools write one
// down: raw bytes, hex or base64, with or without the record header.
func ParseHello(data []byte) (*wire.ClientHello, error) {
	h, err := parseRawHello(data)
	if err == nil {
		return h, nil
	}
	text := strings.Join(strings.Fields(strings.NewReplacer(":", "", "0x", "", ",", "").Replace(string(data))), "")
	if raw, bad := hex.DecodeString(text); bad == nil && len(raw) > 0 {
		return parseRawHello(raw)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		if raw, bad := encoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); bad == nil && len(raw) > 0 {
			return parseRawHello(raw)
		}
	}
	return nil, err
}

func parseRawHello(data []byte) (*wire.ClientHello, error) {
	if len(data) > 4 && data[0] == byte(wire.TypeClientHello) && int(data[1])<<16|int(data[2])<<8|int(data[3]) == len(data)-4 {
		return wire.ParseClientHello(data)
	}
	var reader wire.Reader
	_, _ = reader.Write(data)
	m, ok, err := reader.Next()
	switch {
	case err != nil:
		return nil, &message.Problem{What: message.New("probe.hello.other", message.Cause("why", err)), Err: err}
	case !ok:
		return nil, &message.Problem{What: message.New("probe.hello.cut", message.Int("n", len(data)))}
	case m.Content == wire.ContentSSL2:
		return wire.ParseSSL2ClientHello(m.Data)
	case m.Content != wire.ContentHandshake || m.Type != wire.TypeClientHello:
		return nil, &message.Problem{What: message.New("probe.hello.message")}
	}
	h, err := wire.ParseClientHello(m.Data)
	if err == nil {
		h.RecordVersion = m.RecordVersion
	}
	return h, err
}
