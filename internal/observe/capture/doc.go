// Package capture reads the hellos of TLS connections from packet captures: pcap and
// pcapng, compressed or not, whole files and streams that are still being written.
//
// Hellos are found by content, on any port, at any place where a message may begin in a
// stream that is not yet encrypted. What is never trusted: lengths, times, and that what
// a capture says was what was sent. What cannot be followed is counted and said.
package capture

// Limits on what a capture may make us keep. Together they hold a reading below 64 MiB,
// however long the capture.
const (
	// maxPacket is the longest packet that is read, the most that libpcap captures
	// (MAXIMUM_SNAPLEN). A longer one is a broken length.
	maxPacket = 256 << 10
	// maxBlock is the longest block of pcapng that is stepped over, as in libpcap.
	maxBlock = 16 << 20
	// maxInterfaces is the most interfaces of one section of pcapng: one machine has
	// some dozens, a merge of captures some hundreds.
	maxInterfaces = 1 << 12
	// maxFlows is the most connections that are known at a time, decided ones included:
	// a decided one costs some 250 bytes and keeps its bulk from being looked at again.
	maxFlows = 1 << 15
	// maxStream is the most that is kept of one direction of a connection: hellos with
	// post-quantum key shares have 2 KiB, dialogues before TLS seldom 4 KiB.
	maxStream = 64 << 10
	// maxKept is the most that is kept of all connections together that are not decided.
	// One keeps some 1,500 bytes, for the fraction of a second that its handshake takes.
	maxKept = 16 << 20
	// maxPieces is the most segments of one direction that wait for one before them. A
	// congestion window is seldom larger, and what is lost never comes.
	maxPieces = 32
	// maxFragmented is the most IP datagrams that are put together at a time.
	maxFragmented = 64
	// maxNesting is the most headers of links and tunnels around one packet.
	maxNesting = 12
	// maxCertificate is the most that is read of a server's flight in search of its
	// certificate.
	maxCertificate = 32 << 10
)
