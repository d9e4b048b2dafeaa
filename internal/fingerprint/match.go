package fingerprint

import "tlsready/internal/message"

// Confidence is how well an entry is founded.
type Confidence string

// The kinds of confidence, the best first.
const (
	Measured   Confidence = "measured"   // the stack was run and its hello recorded, or a labelled capture has it
	Documented Confidence = "documented" // its maker or a list of others says so
	Inferred   Confidence = "inferred"   // concluded from what is known of the stack
)

// Remedy is what its owner can do so that a client speaks TLS 1.2, by an id.
type Remedy string

// The remedies.
const (
	// NoRemedy: the client offers TLS 1.2 or later, or nothing is known.
	NoRemedy Remedy = ""
	// WindowsSetting: the system has TLS 1.2; a setting keeps it from the hello.
	WindowsSetting Remedy = "windows-setting"
	// WindowsMaybe: as WindowsSetting on one of the systems that send the hello, but
	// another of them has no TLS 1.2.
	WindowsMaybe Remedy = "windows-maybe"
	// WindowsReplace: the system has no TLS 1.2, and nothing brings it.
	WindowsReplace Remedy = "windows-replace"
	// Java: a setting of Java 7 and 8, or a newer one.
	Java Remedy = "java"
	// Library: the program's TLS library or its settings.
	Library Remedy = "library"
	// Browser: a newer browser, or its settings.
	Browser Remedy = "browser"
	// Device: firmware of a device that is no computer.
	Device Remedy = "device"
)

// Match is what a hello was recognised as.
type Match struct {
	// Stack names it: "openssl-3", or for Windows as a client is named:
	// "windows-7/schannel", and "windows/schannel" where several releases send the same.
	Stack string
	// Name is for people: "OpenSSL 3".
	Name string
	// Systems are the ids of the Windows versions that send this hello, oldest first;
	// nil for another stack.
	Systems    []string
	Confidence Confidence
	// Provenance is where it was seen: an address, or the name of a recording.
	Provenance string
	Remedy     Remedy
}

// Advice is the remedy in words; zero without one.
func (m Match) Advice() message.Text {
	if m.Remedy == NoRemedy {
		return message.Text{}
	}
	return message.New("fingerprint.remedy." + string(m.Remedy))
}
