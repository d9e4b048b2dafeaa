package decide

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// result is what the decisions say of a machine: the same that a printed script works
// out, from the same data, here in Go.
type result struct {
	verdict verdict.Verdict // unknown: left to check
	why     Reason
	answers []*Answer
	ref     host.Ref // the value that is unusual
}

func (c Class) holds(d host.Data, there bool) bool {
	switch c.Kind {
	case Absent:
		return !there
	case Number:
		n := uint32(d.Number)
		return there && d.Type == host.DWORD && n >= c.Min && n <= c.Max && n&c.Mask == c.Bits
	case Text:
		return there && d.Type == host.SZ && slices.ContainsFunc(c.Words, func(w string) bool { return strings.EqualFold(w, d.Text) })
	case List:
		return there && slices.ContainsFunc(stack.SplitList(d), func(item string) bool { return slices.Contains(c.Words, item) })
	}
	return there
}

func (d Domain) class(data host.Data, there bool) int {
	return slices.IndexFunc(d, func(c Class) bool { return c.holds(data, there) })
}

// decide follows the decisions on a machine.
func (d *Decision) decide(m *stack.Model, v *host.View) result {
	at := slices.IndexFunc(d.Systems, func(s System) bool {
		return s.OS.Build == v.OS.Build && s.OS.X86() == v.OS.X86() && (s.OS.Type == "" || s.OS.Type == "client" == (v.OS.Type == "client"))
	})
	if at < 0 {
		return result{verdict: verdict.Unknown, why: OtherSystem}
	}
	part := d.Systems[at].Part
	if len(part.Rows) == 0 {
		return result{verdict: verdict.Unknown, why: OtherSystem}
	}
	out := result{verdict: verdict.Connects}
	if len(d.Left) > 0 {
		out = result{verdict: verdict.Unknown, why: d.Left[0].Why}
	}
	for _, g := range part.Guards {
		data, state := v.Lookup(g.Ref)
		switch {
		case state == host.NotAsked:
			return result{verdict: verdict.Unknown, why: NotRead, ref: g.Ref}
		case !g.Allowed[g.Domain.class(data, state == host.Present)]:
			return result{verdict: verdict.Unknown, why: Unusual, ref: g.Ref}
		}
	}
	for _, r := range part.Rows {
		a := r.Root.follow(m, v)
		out.answers = append(out.answers, a)
		switch {
		case a.Verdict == verdict.Fails:
			out.verdict = verdict.Fails
		case a.Verdict == verdict.Unknown && out.verdict == verdict.Connects:
			out.verdict, out.why = verdict.Unknown, a.Why
		}
	}
	return out
}

func (n *Node) follow(m *stack.Model, v *host.View) *Answer {
	for n.Answer == nil {
		if n.Update != "" {
			switch m.Update(v, n.Update) {
			case tlsready.Yes:
				n = n.Yes
			case tlsready.No:
				n = n.No
			default:
				return &Answer{Verdict: verdict.Unknown, Why: UpdateLost}
			}
			continue
		}
		data, state := v.Lookup(*n.Value)
		if state == host.NotAsked {
			return &Answer{Verdict: verdict.Unknown, Why: NotRead}
		}
		n = n.Next[n.Domain.class(data, state == host.Present)]
	}
	return n.Answer
}

// advice is the machine after what the answers advise, if they do and it is enough.
func (out result) advice(v *host.View) (*host.View, bool) {
	if out.verdict != verdict.Fails {
		return nil, false
	}
	for _, a := range out.answers {
		if a.Verdict == verdict.Unknown || a.Verdict == verdict.Fails && len(a.Changes) == 0 {
			return nil, false
		}
	}
	after := v
	for _, a := range out.answers {
		for _, g := range a.Holds {
			data, state := v.Lookup(g.Ref)
			if state == host.NotAsked || !g.Allowed[g.Domain.class(data, state == host.Present)] {
				return nil, false
			}
		}
		after = mended(after, a)
	}
	return after, true
}
