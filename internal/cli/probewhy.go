package cli

import (
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/verdict"
)

// why is a reason in any language.
type why func(*message.Catalog) string

// say is a reason that is one text.
func say(id string, args ...message.Arg) why {
	return func(w *message.Catalog) string { return w.Text(id, args...) }
}

// maxNamed is the most items that a reason names one by one; the document has the
// whole lists.
const maxNamed = 4

// listed names the items of a list, "-" where there are none.
func listed[T interface{ String() string }](list []T) string {
	var names []string
	for _, x := range list {
		if name := x.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return "-"
	case len(names) > maxNamed:
		return strings.Join(names[:maxNamed], ", ") + ", … (" + strconv.Itoa(len(names)) + ")"
	}
	return strings.Join(names, ", ")
}

func whyConnects(res tlsready.Result) why {
	args := []message.Arg{message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String()), message.Str("group", res.Group.String())}
	switch {
	case res.Suite == 0:
		return say("probe.why.connects-version", args...)
	case res.Group == 0:
		return say("probe.why.connects", args...)
	}
	return say("probe.why.connects-group", args...)
}

func whyCause(c verdict.Cause) why { return say("probe.why.cause-" + string(c)) }

// whyFails names the item that is missing.
func whyFails(o tlsready.Offer, a tlsready.Acceptance, res tlsready.Result) why {
	version := message.Str("version", res.Version.String())
	switch res.Step {
	case tlsready.StepOffer:
		return say("probe.why.nothing-to-offer")
	case tlsready.StepVersion:
		return say("probe.why.version", message.Str("offered", listed(versionsOf(o))), message.Str("accepted", listed(a.Versions.List())))
	case tlsready.StepSuite:
		return say("probe.why.suite", version, message.Str("accepted", listed(a.SuitesFor(res.Version).List())))
	}
	return whyLater(o, a, res)
}

// whyLater is the reason after a suite was agreed on.
func whyLater(o tlsready.Offer, a tlsready.Acceptance, res tlsready.Result) why {
	version, suite := message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String())
	switch res.Step {
	case tlsready.StepGroup:
		if res.Suite.Info().KeyExchange == tlsready.DHE {
			return say("probe.why.dh", version, suite, message.Int("bits", a.DHBits), limit("least", o.Limits.MinDH), limit("most", o.Limits.MaxDH))
		}
		return say("probe.why.group", version, message.Str("offered", listed(groupsOf(o))), message.Str("accepted", listed(a.Groups.List())))
	case tlsready.StepSignature:
		if s := a.Certificate.Signature; s != 0 && !offersScheme(o, s) {
			return say("probe.why.certificate-signature", version, message.Str("scheme", s.String()))
		}
		return say("probe.why.signature", version, message.Str("offered", listed(schemesOf(o))), message.Str("accepted", listed(a.SignatureAlgorithms.List())))
	}
	return say("probe.why.rsa", version, message.Int("bits", a.Certificate.KeyBits), limit("least", o.Limits.MinRSA), limit("most", o.Limits.MaxRSA))
}

// whyRefuses is the reason why a client refuses what the server chose.
func whyRefuses(o tlsready.Offer, chosen tlsready.Acceptance, res tlsready.Result) why {
	if res.Step <= tlsready.StepSuite {
		return say("probe.why.not-offered", message.Str("version", listed(chosen.Versions.List())), message.Str("suite", listed(chosen.SuitesFor(chosen.Versions.List()[0]).List())))
	}
	inner := whyLater(o, chosen, res)
	if res.Step == tlsready.StepGroup && tiedElsewhere(o, res.Suite, chosen.Groups.List()) {
		inner = say("probe.why.pair", message.Str("version", res.Version.String()), message.Str("suite", res.Suite.String()), message.Str("group", listed(chosen.Groups.List())))
	}
	return func(w *message.Catalog) string {
		return w.Text("probe.why.refuses", message.Str("why", inner(w)))
	}
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
func whyUnknown(row verdict.Row, res tlsready.Result) why {
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
		return say("probe.why.facts", message.Str("facts", strings.Join(facts, ", ")))
	case row.Cause != verdict.NotAsked:
		return whyCause(row.Cause)
	}
	steps := map[tlsready.Step]string{
		tlsready.StepVersion: "version", tlsready.StepSuite: "suite", tlsready.StepGroup: "group", tlsready.StepSignature: "signature",
	}
	return say("probe.why.not-learned-" + firstOf(steps[res.Step], "version"))
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
