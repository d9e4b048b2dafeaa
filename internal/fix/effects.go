package fix

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Effect is what the changes do to another caller of the same host, against the
// first demand.
type Effect struct {
	Caller        string
	Before, After verdict.Verdict
}

// others are kinds of programs that any Windows host may run besides the ones that were asked
// about.
var others = [...]string{
	"schannel", "winhttp-x64", "winhttp-x86", "dotnet-3.5-x64", "dotnet-4.0-x64", "dotnet-4.6.2-x64", "dotnet-4.6.2-x86",
	"dotnet-4.7.2-x64", "powershell-5.1-x64",
}

// effectCheck compares the other callers of a host before and after.
type effectCheck struct {
	*search
	callers []*caller.Caller
	known   map[string]bool // installed programs, as against kinds of programs
	demand  verdict.Demand  // the first one, on the day alone
	before  []verdict.Judgement
	reads   []*host.Reads                  // by caller, what its verdict before rests on
	after   map[string][]verdict.Judgement // by combination
}

func newEffectCheck(s *search) *effectCheck {
	c := &effectCheck{search: s, demand: s.demands[0].Today(), after: map[string][]verdict.Judgement{}, known: map[string]bool{}}
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

// judgeBefore judges every other caller on the host as it is.
func (c *effectCheck) judgeBefore() {
	for i := range c.callers {
		v, reads := c.view.Noting()
		c.before = append(c.before, c.Judge.Bare(v, c.callers[i:i+1], c.demand))
		c.reads = append(c.reads, reads)
	}
}

// judgeAfter judges them on the host with a combination. A caller that reads nothing that the
// combination changes keeps its verdict.
func (c *effectCheck) judgeAfter(t set) []verdict.Judgement {
	v := t.apply(c.view)
	list := slices.Clone(c.before)
	for i := range c.callers {
		if len(t.grants) > 0 || c.reads[i].Touched(t.changes) {
			list[i] = c.Judge.Bare(v, c.callers[i:i+1], c.demand)
		}
	}
	return list
}

// with judges the other callers after a combination, and once before any.
func (c *effectCheck) with(t set) []verdict.Judgement {
	if c.before == nil {
		c.judgeBefore()
	}
	list, ok := c.after[t.id]
	if !ok {
		list = c.judgeAfter(t)
		c.after[t.id] = list
	}
	return list
}

// harm counts the other callers that connect now but would not with the combination. A harmful
// combination is taken only if every one harms, and never silently.
func (s *search) harm(t set) (n int) {
	for i, after := range s.effects.with(t) {
		if s.effects.before[i].Verdict == verdict.Connects && after.Verdict != verdict.Connects {
			n++
		}
	}
	return n
}

// list says what the changes do to the other programs that are installed,
// and to any kind of program that would no longer connect; versions that a caller no longer offers are warned of, since an
// older server may need them.
func (c *effectCheck) list(u set, warnings []stack.Fired) ([]Effect, []stack.Fired) {
	judgements := c.with(u)
	var list []Effect
	lost := map[string][]string{} // versions → callers
	for i, one := range c.callers {
		now := judgements[i]
		before := c.before[i].Verdict
		if c.known[one.ID] || (before == verdict.Connects && now.Verdict != verdict.Connects) {
			list = append(list, Effect{Caller: one.ID, Before: before, After: now.Verdict})
		}
		if before == verdict.Connects && now.Verdict != verdict.Connects {
			warnings = append(warnings, stack.Fired{Rule: "breaks-caller", Args: []message.Arg{message.Str("caller", one.ID)}})
		}
		if gone := lostVersions(c.before[i], now); gone != "" {
			lost[gone] = append(lost[gone], one.ID)
		}
	}
	for _, gone := range sortedKeys(lost) {
		warnings = append(warnings, stack.Fired{Rule: "offers-less", Args: []message.Arg{message.List("client", lost[gone]), message.List("version", strings.Split(gone, ", "))}})
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
func lostVersions(before, after verdict.Judgement) string {
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
