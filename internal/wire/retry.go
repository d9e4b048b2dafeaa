package wire

import (
	"slices"

	"tlsready/internal/message"

	"tlsready"
)

// Again is the second hello of a client that was sent a HelloRetryRequest: the same hello with
// a share of the group that the server asks for and with its cookie (RFC 8446 section 4.1.2).
// Padding is dropped, and so is resumption, because its proof would now be a different one.
func (h *ClientHello) Again(retry *ServerHello, share KeyShare) (*ClientHello, error) {
	if !retry.IsRetry() || h.SSL2 || share.Group != retry.Group() {
		return nil, message.Error("wire.no-second-hello")
	}
	second := *h
	second.RecordVersion = min(h.Version, tlsready.TLS12) // RFC 8446 section 5.1: TLS 1.0 is for the first hello alone
	second.Extensions = slices.DeleteFunc(slices.Clone(h.Extensions), func(e Extension) bool {
		return e.Type == ExtPadding || e.Type == ExtEarlyData || e.Type == ExtPreSharedKey || e.Type == ExtCookie
	})
	at := slices.IndexFunc(second.Extensions, func(e Extension) bool { return e.Type == ExtKeyShare })
	if at < 0 {
		return nil, message.Error("wire.no-key-share")
	}
	second.Extensions[at] = KeyShareExtension(share)
	if cookie, ok := retry.Extension(ExtCookie); ok {
		second.Extensions = slices.Insert(second.Extensions, at, Extension{Type: ExtCookie, Data: slices.Clone(cookie)})
	}
	return &second, nil
}

// KeyShare is the server's key share: one without data in a HelloRetryRequest, and the zero
// value if there is none.
func (h *ServerHello) KeyShare() KeyShare {
	data, _ := find(h.Extensions, ExtKeyShare)
	var share KeyShare
	var group uint16
	data.ReadUint16(&group)
	if n := len(data); n >= 2 && int(data[0])<<8|int(data[1]) == n-2 {
		share.Data = data[2:]
	}
	share.Group = tlsready.Group(group)
	return share
}
