package assess

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Seen is what watch saw of machines, by their addresses and names. It stands beside the
// verdicts of the model where the two differ, and never changes one.
type Seen struct{ by map[string][]sighting }

// sighting is hellos of one kind that were seen of a machine.
type sighting struct {
	max      tlsready.Version
	versions []tlsready.Version
	stack    string
	name     string // of the computer, if the connection has it: as in nameKey
	last     time.Time
}

// joined is a sighting, and by what it was joined with a host.
type joined struct {
	*sighting
	by message.Text
}

// maxSightings bounds the kinds of hellos that are kept of a machine: behind an address
// with more there are many machines, and nothing could be said of one.
const maxSightings = 64

// NewSeen makes one that has seen nothing.
func NewSeen() *Seen { return &Seen{map[string][]sighting{}} }

// Add takes in a connection. One without a hello says nothing of what the client could
// have offered.
func (s *Seen) Add(c *document.Connection) {
	if c.Offered == nil {
		return
	}
	one := sighting{c.Offered.Max, c.Offered.Versions, c.Stack, nameKey(c.ClientName), c.Time}
	for _, key := range []string{addressKey(c.Client), nameKey(c.ClientName)} {
		if key != "" {
			s.keep(key, one)
		}
	}
}

func (s *Seen) keep(key string, one sighting) {
	list := s.by[key]
	at := slices.IndexFunc(list, func(o sighting) bool {
		return o.max == one.max && o.stack == one.stack && o.name == one.name && slices.Equal(o.versions, one.versions)
	})
	switch {
	case at >= 0 && one.last.After(list[at].last):
		list[at].last = one.last
	case at < 0 && len(list) < maxSightings:
		s.by[key] = append(list, one)
	}
}

// addressKey is an address as it is looked for, with or without a port; "" for no address.
func addressKey(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return ""
		}
		a = at.Addr()
	}
	return a.Unmap().WithZone("").String()
}

// nameKey is a computer's name as it is looked for: a log gives it with its domain, a
// snapshot without, or the other way round.
func nameKey(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	if name == "" {
		return ""
	}
	return "name " + name
}

// of is what was seen of a host, by its addresses and its name. An address may be another
// computer's by now: what came from one that says another name is not of this host.
func (s *Seen) of(j *Judged) []joined {
	if s == nil {
		return nil
	}
	name := nameKey(cmp.Or(j.View.Name, j.ID[strings.LastIndexByte(j.ID, '/')+1:]))
	var list []joined
	for _, a := range j.View.Addresses {
		by := message.New("seen.by.address", message.Str("address", a))
		for i := range s.by[addressKey(a)] {
			o := &s.by[addressKey(a)][i]
			if o.name == "" {
				list = append(list, joined{o, by})
			}
		}
	}
	for i := range s.by[name] {
		list = append(list, joined{&s.by[name][i], message.New("seen.by.name")})
	}
	return list
}

// Warn says on each row where what was seen of the host differs from what the model says,
// and what the likely reason is; on a row that is unknown, what was seen.
func (s *Seen) Warn(j *Judged) {
	list := s.of(j)
	if len(list) == 0 {
		return
	}
	for i := range j.Judgement.Rows {
		r := &j.Judgement.Rows[i] // its warnings may be shared with other hosts
		if r.Cause == verdict.OutOfScope || r.Accepts == nil {
			continue
		}
		enough, little := best(list, r.Accepts, true), best(list, r.Accepts, false)
		switch {
		case r.Verdict == verdict.Connects && enough == nil && little != nil:
			r.Warnings = append(slices.Clip(r.Warnings), stack.Fired{Rule: "seen-otherwise", Args: seenArgs(little, j, list, false)})
		case r.Verdict == verdict.Fails && r.Step <= tlsready.StepVersion && enough != nil:
			r.Warnings = append(slices.Clip(r.Warnings), stack.Fired{Rule: "seen-otherwise", Args: seenArgs(enough, j, list, true)})
		case r.Verdict == verdict.Unknown && (enough != nil || little != nil):
			one := enough
			if one == nil {
				one = little
			}
			r.Warnings = append(slices.Clip(r.Warnings), stack.Fired{Rule: "seen-with", Args: seenArgs(one, j, list, enough != nil)})
		}
	}
}

// best is the newest sighting whose versions are enough, or are not; nil without one.
func best(list []joined, accepts *tlsready.Acceptance, enough bool) *joined {
	var found *joined
	for i := range list {
		o := &list[i]
		takes := slices.ContainsFunc(o.versions, func(v tlsready.Version) bool { return accepts.Versions.Allows(v) == tlsready.Yes })
		if takes == enough && (found == nil || o.last.After(found.last)) {
			found = o
		}
	}
	return found
}

func seenArgs(o *joined, j *Judged, list []joined, enough bool) []message.Arg {
	when := "-"
	if !o.last.IsZero() {
		when = o.last.UTC().Format("2006-01-02 15:04")
	}
	stackName := o.stack
	if stackName == "" {
		stackName = "?"
	}
	return []message.Arg{
		message.Str("when", when), message.Str("max", o.max.String()), message.Str("stack", stackName), message.Sub("by", o.by),
		message.Sub("reason", message.New("seen.reason."+likelyReason(o, j, list, enough))),
	}
}

// likelyReason is why what was seen differs from what the settings say, the surest first.
func likelyReason(o *joined, j *Judged, list []joined, enough bool) string {
	windows := strings.Contains(o.stack, "schannel") || strings.HasPrefix(o.stack, "windows")
	collected := j.View.CollectedAt
	switch {
	case o.stack != "" && !windows:
		return "own-tls"
	case len(stacksSeen(list)) > 2:
		return "several-machines"
	case !collected.IsZero() && !o.last.IsZero() && o.last.Before(collected):
		return "changed-since"
	case !enough:
		return "restart-or-program"
	}
	return "names-it-itself"
}

func stacksSeen(list []joined) map[string]bool {
	set := map[string]bool{}
	for _, o := range list {
		set[o.stack] = true
	}
	return set
}
