package rehearse

import "time"

// What one visitor may take. A visit lasts helloTime, handshakeTime and twice answerTime
// at most, forty seconds in all, and keeps some 150 KiB: the hello, two records of
// crypto/tls, the request and the answer.
const (
	// helloTime is for the whole hello. Slow clients exist (old phones, links by
	// satellite take two seconds); a client that drips its hello for longer holds a place.
	helloTime = 10 * time.Second
	// handshakeTime is for the rest of the handshake.
	handshakeTime = 10 * time.Second
	// answerTime is for the request, and again for the answer.
	answerTime = 10 * time.Second
	// maxHelloBytes is the most that is read in search of a hello, headers of records
	// included. crypto/tls takes hellos of 64 KiB; one of 2 KiB in records of one byte
	// takes 12 KiB.
	maxHelloBytes = 128 << 10
	// maxHeader bounds the request: browsers stay below 8 KiB.
	maxHeader = 16 << 10

	// MaxVisitors is how many are served at once: with what one may keep, 600 MiB if all
	// are malicious, and 100 MiB in practice. More wait in the queue of the system.
	MaxVisitors = 4096

	// lingerTime is how long the server waits for a refused client to close, so that no
	// reset overtakes the alert on its way.
	lingerTime = time.Second
	// lingerBytes is what is read and thrown away meanwhile.
	lingerBytes = 64 << 10

	// graceTime is how long visits may go on after the server was told to end.
	graceTime = 2 * time.Second

	// maxAddresses bounds the visitors that are told apart in the summary.
	maxAddresses = 1 << 16
)

// times are the time limits of a server; tests have shorter ones.
type times struct{ hello, handshake, answer time.Duration }
