package verdict

import (
	"slices"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// Judge holds the model. It is immutable and safe for concurrent use.
type Judge struct{ Model *stack.Model }

// use is a caller's use of a stack, with everything parsed.
type use struct {
	stack   *stack.Stack
	update  string // the update without which the program behaves as without says
	dispute bool   // sources differ between stack and without
	without *stack.Stack
	warning string
	unsure  bool // hangs on the program's version, which is not known
	gates   []host.Change
}

// Host judges every stack of every caller. Callers is what the user or the
// profile named; installed programs have been picked by [Judge.Callers].
func (j *Judge) Host(v *host.View, callers []*caller.Caller, d Demand) Judgement {
	return j.host(v, callers, d, false)
}

// Bare is Host without reasons and warnings: verdicts, causes and offers alone.
func (j *Judge) Bare(v *host.View, callers []*caller.Caller, d Demand) Judgement {
	return j.host(v, callers, d, true)
}

func (j *Judge) host(v *host.View, callers []*caller.Caller, d Demand, bare bool) Judgement {
	stacks := 0
	for _, c := range callers {
		stacks += max(1, len(c.Stacks))
	}
	out := Judgement{Rows: make([]Row, 0, stacks)}
	for _, c := range callers {
		program, _, _ := c.Installed(v)
		if out.Program.Name == "" {
			out.Program = program
		}
		out.Rows = append(out.Rows, j.caller(v, c, program.Version, &d, bare)...)
	}
	j.trustRows(v, d, &out)
	out.Verdict, out.Cause = sum(out.Rows)
	return out
}

func (j *Judge) caller(v *host.View, c *caller.Caller, version string, d *Demand, bare bool) []Row {
	if c.OutOfScope {
		return []Row{{Caller: c.ID, Stack: c.ID, Verdict: Unknown, Cause: OutOfScope, Accepts: d.now(), Fired: []stack.Fired{{Rule: "out-of-scope"}}}}
	}
	uses := usesOf(v, c, version)
	rows := make([]Row, 0, len(uses))
	for i := range uses {
		u := &uses[i]
		r := j.row(v, u, d, bare)
		r.Caller = c.ID
		tooOld(&r, c, version, d)
		if u.warning != "" {
			r.Warnings = append(r.Warnings, stack.Fired{Rule: u.warning})
		}
		rows = append(rows, r)
	}
	settleUnsure(rows)
	for i := range rows {
		if len(c.Unclear) > 0 {
			rows[i].doubt(c.Unclear)
		}
	}
	return rows
}

// tooOld fails a row of a program that is older than the vendor's first version
// that can do without TLS 1.0.
func tooOld(r *Row, c *caller.Caller, version string, d *Demand) {
	least := c.FirstWithoutTLS10(version)
	if least == "" || d.now().Versions.Allows(tlsready.TLS10) == tlsready.Yes {
		return
	}
	if version == "" {
		r.Warnings = append(r.Warnings, stack.Fired{Rule: "program-version-assumed", Args: []message.Arg{message.Str("minimum", least)}})
		return
	}
	if host.CompareVersions(version, least) >= 0 {
		return
	}
	r.Verdict, r.Cause = Fails, Program
	if r.FailsFrom == "" {
		r.FailsFrom = d.Phases[d.At].From
	}
	r.old = true
	r.Fired = append(r.Fired, stack.Fired{Rule: "program-too-old", Args: []message.Arg{message.Str("version", version), message.Str("minimum", least)}})
}

// settleUnsure turns rows that hang on a version which nobody asked for into
// unknown ones, unless the versions that are possible all come to the same.
func settleUnsure(rows []Row) {
	alike, first := true, -1
	for i := range rows {
		if rows[i].parsed == nil || !rows[i].parsed.unsure {
			continue
		}
		if first < 0 {
			first = i
		}
		alike = alike && rows[i].Verdict == rows[first].Verdict
	}
	if alike {
		return
	}
	for i := range rows {
		if rows[i].parsed != nil && rows[i].parsed.unsure && rows[i].Verdict != Connects {
			rows[i].Verdict, rows[i].Cause, rows[i].FailsFrom = Unknown, NotAsked, ""
			rows[i].Fired = append(rows[i].Fired, stack.Fired{Rule: "program-version-not-asked"})
		}
	}
}

// usesOf lists what of a caller applies to a host.
func usesOf(v *host.View, c *caller.Caller, version string) []use {
	var gates []host.Change
	for _, g := range c.Gates {
		if g.AppliesTo(version) {
			gates = append(gates, g.Changes(v.OS)...)
		}
	}
	list := make([]use, 0, len(c.Stacks))
	for i := range c.Stacks {
		u := &c.Stacks[i]
		applies, decided := u.AppliesTo(v.OS, version)
		if !applies && decided {
			continue
		}
		parsed, without := u.Parsed()
		if v.OS.X86() && parsed.Bits == 64 || u.OnlyX86 && !v.OS.X86() {
			continue
		}
		one := use{stack: parsed, without: without, update: u.Update, dispute: u.Or != "", warning: u.Warning, unsure: !decided, gates: gates}
		list = append(list, one)
	}
	return list
}

// row judges one stack on the day, and finds since when or from when it fails.
func (j *Judge) row(v *host.View, u *use, d *Demand, bare bool) Row {
	o := &onView{Judge: j, view: v, bare: bare}
	r := o.at(u, d, d.At)
	r.FailsFrom = o.failsFrom(u, d, r.Verdict)
	return r
}

// onView judges on one state of a host. What a stack offers there is predicted once
// for all phases of a service that ask the same of it.
type onView struct {
	*Judge
	view *host.View
	bare bool // the verdict is wanted alone, without its reasons
	had  []predicted
}

type predicted struct {
	stack string
	ask   stack.Ask
	stack.Prediction
}

// predict is the model's prediction; its lists are clipped, so that rows may append
// to them without disturbing each other.
func (o *onView) predict(s stack.Stack, ask stack.Ask) stack.Prediction {
	if o.bare { // for one phase, so it is asked once
		return o.Model.Predict(o.view, s, ask)
	}
	for _, p := range o.had {
		if p.stack == s.ID && p.ask == ask {
			return p.Prediction
		}
	}
	p := o.Model.Predict(o.view, s, ask)
	p.Fired, p.Missing, p.Warnings, p.Updates = slices.Clip(p.Fired), slices.Clip(p.Missing), slices.Clip(p.Warnings), slices.Clip(p.Updates)
	o.had = append(o.had, predicted{s.ID, ask, p})
	return p
}

// failsFrom is the start of the unbroken run of failing phases that holds the
// day, or the next failing phase of a row that connects.
func (o *onView) failsFrom(u *use, d *Demand, now Verdict) string {
	switch now {
	case Fails:
		from := d.Phases[d.At].From
		for i := d.At - 1; i >= 0 && o.at(u, d, i).Verdict == Fails; i-- {
			from = d.Phases[i].From
		}
		return from
	case Connects:
		for i := d.At + 1; i < len(d.Phases); i++ {
			if o.at(u, d, i).Verdict == Fails {
				return d.Phases[i].From
			}
		}
	}
	return ""
}

// at judges one stack in one phase, with the installer's gate.
func (o *onView) at(u *use, d *Demand, phase int) Row {
	r := o.withUpdate(u, &d.Phases[phase].Accepts)
	r.parsed = u
	r.Stack = u.stack.ID
	if missing := unmet(o.view, u.gates); len(missing) > 0 {
		r.Needs = missing
		if r.Verdict == Connects {
			r.Verdict, r.Cause = Fails, InstallerGate
		}
		f := stack.Fired{Rule: "installer-gate"}
		for _, c := range missing {
			f.Evidence = append(f.Evidence, stack.Evidence{Key: c.Key, Name: c.Name, State: c.Before.State, Data: c.Before.Data})
		}
		r.Fired = append(r.Fired, f)
	}
	return r
}

// unmet lists the demanded values that do not stand there.
func unmet(v *host.View, demanded []host.Change) []host.Change {
	var missing []host.Change
	for _, c := range demanded {
		data, state := v.Lookup(host.NewRef(c.Key, c.Name))
		if state == host.Present && data.Equal(c.Data) {
			continue
		}
		c.Before = host.Before{State: state, Data: data}
		missing = append(missing, c)
	}
	return missing
}

// withUpdate chooses the stack if a program behaves differently without an update; if nobody
// knows about the update, both stacks must lead to the same result.
func (o *onView) withUpdate(u *use, a *tlsready.Acceptance) Row {
	if u.dispute {
		return o.disputed(u, a)
	}
	if u.update == "" {
		return o.stackRow(u.stack, a)
	}
	switch o.Model.Update(o.view, u.update) {
	case tlsready.Yes:
		return o.stackRow(u.stack, a)
	case tlsready.No:
		r := o.stackRow(u.without, a)
		if r.Verdict == Fails {
			r.Cause = UpdateMissing
		}
		r.Fired = append(r.Fired, stack.Fired{Rule: "program-needs-update", Args: []message.Arg{message.Str("update", u.update)}})
		return r
	}
	with, without := o.stackRow(u.stack, a), o.stackRow(u.without, a)
	if with.Verdict == without.Verdict {
		return without
	}
	without.Verdict, without.Cause = Unknown, NotAsked
	without.Missing = append(without.Missing, stack.Missing{Step: tlsready.StepVersion, Update: u.update})
	without.Fired = append(without.Fired, stack.Fired{Rule: "program-needs-update", Args: []message.Arg{message.Str("update", u.update)}})
	return without
}

// disputed is a program of which sources say that it uses one stack or another.
func (o *onView) disputed(u *use, a *tlsready.Acceptance) Row {
	one, other := o.stackRow(u.stack, a), o.stackRow(u.without, a)
	if one.Verdict != other.Verdict {
		if weight(other.Verdict) > weight(one.Verdict) {
			one = other
		}
		one.Verdict, one.Cause = Unknown, NotAsked
	}
	one.Fired = append(one.Fired, stack.Fired{Rule: "program-disputed", Args: []message.Arg{message.Str("one", u.stack.ID), message.Str("other", u.without.ID)}})
	return one
}

// stackRow predicts the offer and holds it against the acceptance.
func (o *onView) stackRow(s *stack.Stack, a *tlsready.Acceptance) Row {
	p := o.predict(*s, o.askOf(a))
	res := tlsready.Negotiate(p.Offer, *a)
	r := Row{Stack: s.ID, Step: res.Step, Offer: p.Offer, Accepts: a, Fired: p.Fired, Warnings: p.Warnings}
	switch res.Outcome {
	case tlsready.Connects:
		r.Verdict = Connects
	case tlsready.Fails:
		if len(p.Updates) > 0 && res.Step > tlsready.StepVersion && o.failsUpdated(s, a, res.Step) {
			p.Updates = nil // they lack, and are not why
		}
		r.Verdict, r.Cause = Fails, causeOf(&p, *s, a, res.Step)
	default:
		r.Verdict, r.Cause, r.Missing = Unknown, NotAsked, bearing(p.Missing, res.Step)
	}
	return r
}

// failsUpdated says whether a stack fails on the same step with every update installed.
func (o *onView) failsUpdated(s *stack.Stack, a *tlsready.Acceptance, step tlsready.Step) bool {
	ask := o.askOf(a)
	ask.Bare = true
	p := o.Model.Predict(o.view.AssumingUpdates(), *s, ask)
	res := tlsready.Negotiate(p.Offer, *a)
	return res.Outcome == tlsready.Fails && res.Step == step
}

func (o *onView) askOf(a *tlsready.Acceptance) stack.Ask {
	return stack.Ask{
		Bare:       o.bare,
		Suites:     a.RestrictsSuites(),
		Groups:     !a.Groups.IsAny(),
		Signatures: !a.SignatureAlgorithms.IsAny() || a.Certificate.Signature != 0,
	}
}

// bearing keeps the missing facts on which the undecided step depends.
func bearing(all []stack.Missing, step tlsready.Step) []stack.Missing {
	kept := slices.DeleteFunc(slices.Clone(all), func(m stack.Missing) bool { return m.Step != step })
	if len(kept) == 0 {
		return all
	}
	return kept
}

func causeOf(p *stack.Prediction, s stack.Stack, a *tlsready.Acceptance, step tlsready.Step) Cause {
	early := step <= tlsready.StepVersion
	switch {
	case !a.Versions.IsAny() && !a.Versions.IsUnknown() && len(a.Versions.List()) == 0:
		return ServerCause
	case early && p.InProgram && !anyAccepted(p, s, a):
		return Program
	case slices.ContainsFunc(p.Updates, func(m stack.Missing) bool { return m.Step == step || (early && m.Step <= tlsready.StepVersion) }):
		return UpdateMissing
	case step == tlsready.StepOffer || len(p.Offer.Suites) == 0:
		return NothingToOffer
	case step == tlsready.StepVersion:
		return ProtocolVersion
	case step == tlsready.StepSuite:
		return CipherSuite
	case step == tlsready.StepGroup:
		return Group
	case step == tlsready.StepSignature:
		return SignatureAlgorithm
	}
	return CertificateTrust
}

// anyAccepted says whether the server takes any version that the program names in its own code,
// which means that the host's settings are the obstacle.
func anyAccepted(p *stack.Prediction, s stack.Stack, a *tlsready.Acceptance) bool {
	named := s.Named
	if len(named) == 0 { // fixed without being spelled out: WCF
		for _, o := range p.Offer.Versions {
			named = append(named, o.Version)
		}
	}
	return slices.ContainsFunc(named, func(v tlsready.Version) bool { return a.Versions.Allows(v) != tlsready.No })
}
