package logs

import "tlsready/internal/message"

// format is one kind of log.
type format struct{ id, name string }

// formats is the list of the formats; a new one is a file with a function that makes it,
// and a line here. Where two would take the same line, the first is right.
func formats() []format { return nil }

// unknown is the error for a file that is no log of a known format.
func unknown(name string) error {
	return &message.Problem{Where: name, What: message.New("logs.unknown"), Hint: message.New("logs.unknown-hint")}
}
