package endpoint

import (
	"cmp"
	"slices"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/verdict"
)

func whyConnects(res tlsready.Result) message.Text {
	args := []message.Arg{message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String()), message.Str("group", res.Group.String())}
	switch {
	case res.Suite == 0:
		return message.New("probe.why.connects-version", args...)
	case res.Group == 0:
		return message.New("probe.why.connects", args...)
	}
	return message.New("probe.why.connects-group", args...)
}

func whyCause(c verdict.Cause) message.Text { return message.New("probe.why.cause-" + string(c)) }

// whyFails names the item that is missing.
func whyFails(o tlsready.Offer, a tlsready.Acceptance, res tlsready.Result) message.Text {
	version := message.Str("version", res.Version.String())
	switch res.Step {
	case tlsready.StepOffer:
		return message.New("probe.why.nothing-to-offer")
	case tlsready.StepVersion:
		return message.New("probe.why.version", message.Str("offered", named(versionsOf(o))), message.Str("accepted", named(a.Versions.List())))
	case tlsready.StepSuite:
		return message.New("probe.why.suite", version, message.Str("accepted", named(a.SuitesFor(res.Version).List())))
	}
	return whyLater(o, a, res)
}

// whyLater is the reason after a suite was agreed on.
func whyLater(o tlsready.Offer, a tlsready.Acceptance, res tlsready.Result) message.Text {
	version, suite := message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String())
	switch res.Step {
	case tlsready.StepGroup:
		if res.Suite.Info().KeyExchange == tlsready.DHE {
			return message.New("probe.why.dh", version, suite, message.Int("bits", a.DHBits), limit("least", o.Limits.MinDH), limit("most", o.Limits.MaxDH))
		}
		return message.New("probe.why.group", version, message.Str("offered", named(groupsOf(o))), message.Str("accepted", named(a.Groups.List())))
	case tlsready.StepSignature:
		if s := a.Certificate.Signature; s != 0 && !offersScheme(o, s) {
			return message.New("probe.why.certificate-signature", version, message.Str("scheme", s.String()))
		}
		return message.New("probe.why.signature", version, message.Str("offered", named(schemesOf(o))), message.Str("accepted", named(a.SignatureAlgorithms.List())))
	}
	return message.New("probe.why.rsa", version, message.Int("bits", a.Certificate.KeyBits), limit("least", o.Limits.MinRSA), limit("most", o.Limits.MaxRSA))
}

// whyRefuses is the reason why a client refuses what the server chose.
func whyRefuses(o tlsready.Offer, chosen tlsready.Acceptance, res tlsready.Result) message.Text {
	if res.Step <= tlsready.StepSuite {
		return message.New("probe.why.not-offered", message.Str("version", named(chosen.Versions.List())), message.Str("suite", named(chosen.SuitesFor(chosen.Versions.List()[0]).List())))
	}
	inner := whyLater(o, chosen, res)
	if res.Step == tlsready.StepGroup && tiedElsewhere(o, res.Suite, chosen.Groups.List()) {
		inner = message.New("probe.why.pair", message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String()), message.Str("group", named(chosen.Groups.List())))
	}
	return message.New("probe.why.refuses", message.Sub("why", inner))
}

// tiedElsewhere says that a client ties the suite to curves, and to others than the
// one that the server chose. A hello lists suites and curves apart, so that a server
// cannot know.
func tiedElsewhere(o tlsready.Offer, suite tlsready.Suite, chosen []tlsready.Group) bool {
	tied := false
	for _, s := range o.Suites {
		if s.Suite == suite && s.Group != 0 {
			tied = true
			if slices.Contains(chosen, s.Group) {
				return false
			}
		}
	}
	return tied
}

// whyUnknown says what would have to be known.
func whyUnknown(row verdict.Row, res tlsready.Result) message.Text {
	var facts []string
	for _, m := range row.Missing {
		name := m.Update
		if m.Ref.Name != "" {
			name = m.Ref.Key + " " + m.Ref.Name
		}
		if name != "" && !slices.Contains(facts, name) {
			facts = append(facts, name)
		}
	}
	switch {
	case len(facts) > maxNamed:
		facts = append(facts[:maxNamed], "…")
		fallthrough
	case len(facts) > 0:
		return message.New("probe.why.facts", message.List("facts", facts))
	case row.Cause != verdict.NotAsked:
		return whyCause(row.Cause)
	}
	steps := map[tlsready.Step]string{
		tlsready.StepVersion: "version", tlsready.StepSuite: "suite", tlsready.StepGroup: "group", tlsready.StepSignature: "signature",
	}
	return message.New("probe.why.not-learned-" + cmp.Or(steps[res.Step], "version"))
}

func limit(name string, bits int) message.Arg {
	if bits == 0 {
		return message.Str(name, "-")
	}
	return message.Int(name, bits)
}

func versionsOf(o tlsready.Offer) []tlsready.Version {
	var list []tlsready.Version
	for _, v := range o.Versions {
		list = append(list, v.Version)
	}
	return list
}

func groupsOf(o tlsready.Offer) []tlsready.Group {
	var list []tlsready.Group
	for _, g := range o.Groups {
		list = append(list, g.Group)
	}
	for _, s := range o.Suites {
		if s.Group != 0 && !slices.Contains(list, s.Group) {
			list = append(list, s.Group)
		}
	}
	return list
}

func schemesOf(o tlsready.Offer) []tlsready.SignatureScheme {
	var list []tlsready.SignatureScheme
	for _, s := range o.SignatureAlgorithms {
		list = append(list, s.Scheme)
	}
	return list
}

func offersScheme(o tlsready.Offer, scheme tlsready.SignatureScheme) bool {
	return slices.Contains(schemesOf(o), scheme)
}
