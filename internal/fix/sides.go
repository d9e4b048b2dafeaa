package fix

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Effect is what the changes do to another caller of the same host, against the
// first demand.
type Effect struct {
	Caller        string
	Before, After verdict.Verdict
}

// others are kinds of programs that any Windows host may run beside the ones
// that were asked about.
var others = [...]string{
	"schannel", "winhttp-x64", "winhttp-x86", "dotnet-3.5-x64", "dotnet-4.0-x64", "dotnet-4.6.2-x64", "dotnet-4.6.2-x86",
	"dotnet-4.7.2-x64", "powershell-5.1-x64",
}

// sideCheck compares the other callers of a host before and after.
type sideCheck struct {
	*search
	callers []*caller.Caller
	known   map[string]bool // installed programs, as against kinds of programs
	before  []verdict.Outcome
	harms   map[string]int
}

func newSideCheck(s *search) *sideCheck {
	c := &sideCheck{search: s, harms: map[string]int{}, known: map[string]bool{}}
	judged := map[string]bool{}
	for _, d := range s.demands {
		for _, one := range d.Callers {
			judged[one.ID] = true
		}
	}
	for _, one := range s.known {
		if _, found, known := one.Installed(s.view); known && found && !judged[one.ID] && !one.OutOfScope {
			c.callers, c.known[one.ID] = append(c.callers, one), true
		}
	}
	for _, one := range s.others {
		if !judged[one.ID] {
			c.callers = append(c.callers, one)
		}
	}
	return c
}

// start judges the other callers as they are, once it is needed.
func (c *sideCheck) start() {
	if c.before != nil {
		return
	}
	for _, one := range c.callers {
		c.before = append(c.before, c.Judge.Host(c.view, []*caller.Caller{one}, c.demands[0].Demand))
	}
}

// harm counts the other callers that connect now and would not with the
// candidate. A candidate that harms is taken only where none is without harm,
// and never silently.
func (s *search) harm(t set) int {
	if n, ok := s.sides.harms[t.id]; ok {
		return n
	}
	s.sides.start()
	n := 0
	after := t.apply(s.view)
	for i, one := range s.sides.callers {
		if s.sides.before[i].Verdict == verdict.Connects &&
			s.Judge.Only(after, []*caller.Caller{one}, s.demands[0].Demand) != verdict.Connects {
			n++
		}
	}
	s.sides.harms[t.id] = n
	return n
}

// effects lists what the changes do to the other programs that are installed,
// and to any kind of program that would no longer connect; versions that a caller no longer offers are warned of, since an
// older server may need them.
func (c *sideCheck) effects(u set, warnings []stack.Fired) ([]Effect, []stack.Fired) {
	after := u.apply(c.view)
	var list []Effect
	lost := map[string][]string{} // versions → callers
	for i, one := range c.callers {
		now := c.Judge.Host(after, []*caller.Caller{one}, c.demands[0].Demand)
		before := c.before[i].Verdict
		if c.known[one.ID] || (before == verdict.Connects && now.Verdict != verdict.Connects) {
			list = append(list, Effect{Caller: one.ID, Before: before, After: now.Verdict})
		}
		if before == verdict.Connects && now.Verdict != verdict.Connects {
			warnings = append(warnings, stack.Fired{Rule: "breaks-caller", Args: []string{one.ID}})
		}
		if gone := lostVersions(c.before[i], now); gone != "" {
			lost[gone] = append(lost[gone], one.ID)
		}
	}
	for _, gone := range sortedKeys(lost) {
		warnings = append(warnings, stack.Fired{Rule: "offers-less", Args: []string{strings.Join(lost[gone], ", "), gone}})
	}
	return list, warnings
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// lostVersions names the TLS versions that were offered before and are not
// after; SSL 3.0 is no loss.
func lostVersions(before, after verdict.Outcome) string {
	var gone []string
	for i := range min(len(before.Rows), len(after.Rows)) {
		for _, o := range before.Rows[i].Offer.Versions {
			name := o.Version.String()
			if o.Version < tlsready.TLS10 || o.Maybe || slices.Contains(gone, name) {
				continue
			}
			if !slices.ContainsFunc(after.Rows[i].Offer.Versions, func(a tlsready.OfferedVersion) bool { return a.Version == o.Version }) {
				gone = append(gone, name)
			}
		}
	}
	return strings.Join(gone, ", ")
}
