// Package probe learns what a live server accepts: it plans hellos, sends each on a
// connection of its own, and folds the answers into a [Result].
//
// A "no" is never a guess. It rests on an explicit answer, or has been asked twice
// and stood between two signs of life; what is left is unknown. The pace per address
// falls as soon as a server resets a connection or falls silent.
package probe

import "time"

// Defaults of [Options].
const (
	// DefaultRate is how many connections a second one address gets. Schannel and
	// most balancers take far more; firewalls that count begin near a hundred.
	DefaultRate = 50
	// SlowRate is what the rate falls to at the first reset or timeout.
	SlowRate = 5
	// leastRate is the lowest it falls to while the server shows no sign of life.
	leastRate = 1
	// calmAnswers is how many answers in a row double a rate that fell.
	calmAnswers = 50
	// DefaultTimeout is for one connection, from dialling to the end of the answer.
	DefaultTimeout = 5 * time.Second
	// dialoguePatience is how many times as long a dialogue before TLS may take: mail
	// servers make clients that they do not know wait before they greet them, six seconds
	// (Postfix's postscreen) or ten (a usual greet_pause of sendmail).
	dialoguePatience = 3
	// DefaultDeadline is for everything about one endpoint.
	DefaultDeadline = 2 * time.Minute
	// DefaultConcurrency is how many endpoints a run has in flight.
	DefaultConcurrency = 256
	// DefaultNodes is how many connections a "no" to an old version rests on if time allows:
	// there are rarely more than three machines taking turns behind one address.
	DefaultNodes = 3
	// DefaultPerEndpoint is how many connections one endpoint has at a time.
	DefaultPerEndpoint = 4
)

const (
	// maxAnswer is the most bytes that one answer may have: a chain of the longest
	// kind that package wire reads, and the messages around it.
	maxAnswer = 512 << 10
	// bufferSize is how much is read at once: most answers come in one piece.
	bufferSize = 4096
	// maxRounds is how often a doubtful "no" is tried again when the sign of life
	// fails, each time slower.
	maxRounds = 3
	// bigList is from how many suites on a "no" may come from the length of the list:
	// some servers look at a few only, or reset (nmap asks in chunks of 64).
	bigList = 32
)
