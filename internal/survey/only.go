package survey

import (
	"path"
	"strings"

	"tlsready/internal/message"
)

// Only are the hosts that a user chose by name. It is not for several goroutines at
// once.
type Only struct {
	names []string // as typed
	met   []bool
	seen  []string // ids that were not chosen, to find the one that was meant
}

// maxSeen bounds how many ids are kept to find the one that was meant.
const maxSeen = 10_000

// OnlyHosts chooses hosts by id, by the last part of it, or by that part up to its
// first dot; * and ? stand for what they do in file names. Case does not matter. nil
// without names: all hosts are wanted.
func OnlyHosts(names []string) *Only {
	if len(names) == 0 {
		return nil
	}
	return &Only{names: names, met: make([]bool, len(names))}
}

// wants says whether a host is one of those that were chosen.
func (o *Only) wants(id string) bool {
	if o == nil {
		return true
	}
	wanted := false
	for i, name := range o.names {
		if isNamed(id, name) {
			wanted, o.met[i] = true, true
		}
	}
	if !wanted && len(o.seen) < maxSeen {
		o.seen = append(o.seen, id, path.Base(id))
	}
	return wanted
}

func isNamed(id, name string) bool {
	id, name = strings.ToLower(id), strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	base := path.Base(id)
	label, _, _ := strings.Cut(base, ".")
	for _, is := range []string{id, base, label} {
		if is == name {
			return true
		}
		if matched, err := path.Match(name, is); err == nil && matched {
			return true
		}
	}
	return false
}

// unmet is the [Mistake] of a name that no host has.
func (o *Only) unmet() error {
	if o == nil {
		return nil
	}
	for i, name := range o.names {
		if o.met[i] {
			continue
		}
		p := message.Error("survey.error.only", message.Quote("name", name))
		p.Hint = message.New("survey.hint.only")
		if near := message.Nearest(name, o.seen); near != "" {
			p.Hint = message.New("survey.hint.did-you-mean", message.Str("name", near))
		}
		return &Mistake{Err: p}
	}
	return nil
}
