// Package wire turns bytes into TLS messages and back: hellos from SSL 2.0 to
// TLS 1.3, the server's first flight as far as it is in clear, alerts, records.
//
// It opens no socket and reads no clock. What a peer sends is never trusted: every
// length is held against the bytes that really came, and nothing is allocated
// because a peer announced it.
package wire

// Limits on what a peer may make us keep.
const (
	// MaxRecord is the longest record body that is read: 2^14 bytes of content and
	// 2048 for encryption and compression (RFC 5246 section 6.2.3). TLS 1.3 allows
	// less.
	MaxRecord = 1<<14 + 2048
	// MaxHandshake is the longest handshake message that is put together. The field
	// allows 16 MiB; chains of certificates in use stay below 100 KiB, and Schannel
	// itself stops at 32 KiB (MessageLimitClient).
	MaxHandshake = 256 << 10
	// MaxEmptyRecords is how many records without content may follow one another.
	// They are legal for application data only as padding, and endless ones keep a
	// reader busy.
	MaxEmptyRecords = 32
	// maxSSL2Record is the longest body of an SSL 2.0 record with a two-byte header
	// (draft-hickman-netscape-ssl-00 section 1.1).
	maxSSL2Record = 1<<15 - 1
)
