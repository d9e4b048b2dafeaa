package source

import (
	"context"
	"strings"

	"tlsready/internal/host"
)

// Scheme is a way to a running machine: local:, or a URL that names one.
type Scheme struct {
	Name string // without the colon, lower-case
	// ID is the id of the host that the URL names. An error is a wrong URL, or a
	// way that this system does not have, and ends the run.
	ID func(url string) (string, error)
	// Expect is told of every machine that is going to be read, before the first one
	// is, and can read them ahead; may be nil.
	Expect func(url string)
	// Read reads the machine. An error costs that host.
	Read func(ctx context.Context, url string, opt Options) (*host.Snapshot, error)
	// Left gives, after the context of Read has ended, the snapshot of a machine
	// that was read ahead and that nobody took; may be nil.
	Left func(url string) (*host.Snapshot, bool)
}

// scheme finds the scheme of an argument.
func (o Options) scheme(arg string) (Scheme, bool) {
	name, _, ok := strings.Cut(arg, ":")
	for _, s := range o.Schemes {
		if ok && strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Scheme{}, false
}
