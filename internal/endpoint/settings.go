package endpoint

import (
	"cmp"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// Settings holds endpoints against what the settings of a Windows server predict. A
// difference says that the settings are not in force, or that something else answers
// in the server's place.
type Settings struct {
	// Everywhere holds every endpoint against it, not only those that bear the server's
	// name: for a server that is the only one.
	Everywhere bool

	name, system string
	os           host.OS
	collected    string // a date, or ""
	accepts      tlsready.Acceptance
	byDefault    tlsready.Acceptance // of the same system with nothing set
	capable      tlsready.Acceptance // of the same system with everything set
	missing      string              // what was not collected, for the reader
}

// NewSettings reads the settings of a server from its snapshot.
func NewSettings(model *stack.Model, s *host.Snapshot) *Settings {
	c := &Settings{name: cmp.Or(s.Name, "host"), os: s.OS, system: cmp.Or(s.OS.Name, "Windows "+s.OS.Version)}
	if !s.CollectedAt.IsZero() {
		c.collected = s.CollectedAt.UTC().Format("2006-01-02")
	}
	var prediction stack.Prediction
	c.accepts, prediction = model.Serve(host.NewView(s))
	var facts []string
	for _, m := range prediction.Missing {
		if name := cmp.Or(m.Update, m.Ref.Key+" "+m.Ref.Name); m.Step == tlsready.StepVersion && !slices.Contains(facts, name) {
			facts = append(facts, name)
		}
	}
	c.missing = strings.Join(facts[:min(len(facts), maxNamed)], ", ")
	c.byDefault, _ = model.Serve(bareView(s.OS))
	c.capable = model.ServeEverything(s.OS)
	return c
}

// Name is the server's name, "host" if its snapshot has none.
func (c *Settings) Name() string { return c.name }

// about says whether a server and an endpoint are the same by their names.
func (c *Settings) about(target string) bool {
	first := func(name string) string { name, _, _ = strings.Cut(name, "."); return name }
	name, _, _ := strings.Cut(target, ":")
	return c.Everywhere || strings.EqualFold(first(name), first(c.name))
}

// Needs is what settings govern.
func (c *Settings) Needs() Needs { return Needs{Suites: true, Groups: true, Certificates: true} }

// Findings lists how an endpoint differs from what the settings predict, with the likely
// reasons.
func (c *Settings) Findings(e *document.Endpoint) []document.EndpointFinding {
	if e.Error != nil || !c.about(e.Target) {
		return nil
	}
	d := &comparison{Settings: c, findings: findings{e: e, against: "host:" + c.name}, chains: e.Chains()}
	d.proof = d.beyondSchannel()
	d.versions()
	d.suites()
	d.lists()
	return d.list
}

// comparison is one endpoint and what the settings predict of it.
type comparison struct {
	*Settings
	findings
	chains [][]document.EndpointCertificate
	proof  []string // what the endpoint does and no Schannel of that system can
}

// beyondSchannel lists what the endpoint does and no Schannel of that system can.
func (d *comparison) beyondSchannel() []string {
	var list []string
	for _, v := range tlsready.Versions() {
		if d.e.Versions[v] == tlsready.Yes && d.capable.Versions.Allows(v) == tlsready.No {
			list = append(list, v.String())
		}
	}
	for _, chain := range d.chains {
		if chain[0].KeyType == "eddsa" {
			list = append(list, "Ed25519")
		}
	}
	for _, g := range d.e.Groups {
		if d.capable.Groups.Allows(g) == tlsready.No {
			list = append(list, g.String())
		}
	}
	for _, v := range slices.Backward(tlsready.Versions()) {
		suites, _ := suitesOf(d.e, v)
		for _, s := range suites {
			if d.capable.Suites.Allows(s) == tlsready.No && !weak(s) && !slices.Contains(list, s.String()) {
				list = append(list, s.String())
			}
		}
	}
	return list
}

// weak says that a suite is of the kind that Windows once had and the model leaves
// out, because no client offers it unasked: export suites, DES, NULL, SSL 2.0.
func weak(s tlsready.Suite) bool {
	switch s.Info().Cipher {
	case tlsready.AES128, tlsready.AES256, tlsready.TripleDES, tlsready.RC4_128, tlsready.CHACHA20, tlsready.CAMELLIA128, tlsready.CAMELLIA256, tlsready.ARIA128, tlsready.ARIA256:
		return false
	}
	return true
}

// versions compares what is known of both sides.
func (d *comparison) versions() {
	if d.accepts.Versions.IsUnknown() {
		d.add("version", tlsready.Unknown, "probe.finding.predicted-unknown", message.Str("host", d.name), message.Str("facts", cmp.Or(d.missing, "-")))
		return
	}
	for _, v := range tlsready.Versions() {
		answer, predicted := d.e.Versions[v], d.predicts(v)
		switch {
		case answer == tlsready.Unknown:
			if v >= tlsready.TLS10 {
				d.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
			}
		case answer == tlsready.Yes && !predicted:
			d.differs("version", "predicted-version", d.byDefault.Versions.Allows(v) == tlsready.Yes, false, message.Str("version", v.String()))
		case answer == tlsready.No && predicted:
			legacy := v == tlsready.TLS10 || v == tlsready.TLS11
			d.differs("version-missing", "predicted-version-missing", d.byDefault.Versions.Allows(v) == tlsready.No, legacy, message.Str("version", v.String()))
		}
	}
}

// predicts says whether the settings predict a version: it is on, and the list has a
// suite for it that goes with the certificate.
func (d *comparison) predicts(v tlsready.Version) bool {
	if d.accepts.Versions.Allows(v) != tlsready.Yes {
		return false
	}
	axis := d.accepts.SuitesFor(v)
	return d.accepts.Suites.IsUnknown() || axis.IsAny() && v == tlsready.SSL20 || len(d.fitting(d.accepts.Suites, v)) > 0
}

// fitting lists the suites of an axis that go with a version and with one of the
// certificates that the endpoint showed.
func (d *comparison) fitting(axis tlsready.Axis[tlsready.Suite], v tlsready.Version) []tlsready.Suite {
	var list []tlsready.Suite
	for _, s := range axis.List() {
		usable := len(d.chains) == 0
		for _, chain := range d.chains {
			usable = usable || tlsready.AuthFits(s.Info(), chain[0].KeyType)
		}
		if usable && s.Fits(v) {
			list = append(list, s)
		}
	}
	return list
}

// suites compares the suites of the versions that are both predicted and accepted.
func (d *comparison) suites() {
	if d.accepts.Suites.IsUnknown() {
		return
	}
	for _, v := range tlsready.Versions() {
		list, complete := d.e.Suites[v]
		if d.e.Versions[v] != tlsready.Yes || !complete || v == tlsready.SSL20 || !d.predicts(v) {
			continue
		}
		extra, lacking := compare(d.fitting(d.accepts.Suites, v), list)
		version := message.Str("version", v.String())
		if len(extra) > 0 {
			d.differs("suite", "predicted-suite", allOf(d.byDefault.Suites, extra, tlsready.Yes), false, version, message.Str("items", named(extra)))
		}
		if len(lacking) > 0 && len(d.chains) > 0 {
			d.differs("suite-missing", "predicted-suite-missing", allOf(d.byDefault.Suites, lacking, tlsready.No), false, version, message.Str("items", named(lacking)))
		}
	}
}

// lists compares the groups and the size of the finite field.
func (d *comparison) lists() {
	if len(d.accepts.Groups.List()) > 0 && groupsComplete(d.e) && len(d.e.Groups) > 0 {
		extra, lacking := compare(d.accepts.Groups.List(), d.e.Groups)
		if len(extra) > 0 {
			d.differs("group", "predicted-group", allOf(d.byDefault.Groups, extra, tlsready.Yes), false, message.Str("items", named(extra)))
		}
		if len(lacking) > 0 {
			d.differs("group-missing", "predicted-group-missing", allOf(d.byDefault.Groups, lacking, tlsready.No), false, message.Str("items", named(lacking)))
		}
	}
	if is, predicted := d.e.DHBits, d.accepts.DHBits; is > 0 && predicted > 0 && is != predicted {
		d.differs("dh-bits", "predicted-dh-bits", d.byDefault.DHBits == is, false, message.Int("bits", is), message.Int("predicted", predicted))
	}
}

func allOf[T comparable](a tlsready.Axis[T], list []T, want tlsready.Answer) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return a.Allows(x) != want })
}
