package cli

import (
	"context"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/winver"
)

// hostPrefix begins the name of a demand that is a Windows server's own settings.
const hostPrefix = "host:"

// predictedCheck holds an endpoint against what the settings of a Windows server
// predict. A difference says that the settings are not in force, or that something
// else answers in the server's place.
type predictedCheck struct {
	name, system string
	os           host.OS
	collected    string // a date, or ""
	accepts      tlsready.Acceptance
	byDefault    tlsready.Acceptance // of the same system with nothing set
	capable      tlsready.Acceptance // of the same system with everything set
	missing      string              // what was not collected, for the reader
	alone        bool                // the only server: it is held against every target
}

// readPredicted reads the snapshot of --service host:SNAPSHOT.
func (app *App) readPredicted(ctx context.Context, model *stack.Model, path string, options source.Options) (*predictedCheck, error) {
	s, err := source.ReadOne(ctx, path, options)
	if err != nil {
		return nil, app.sourceError(err)
	}
	return newPredicted(model, s), nil
}

func newPredicted(model *stack.Model, s *host.Snapshot) *predictedCheck {
	c := &predictedCheck{name: firstOf(s.Name, "host"), os: s.OS, alone: true}
	if c.system = s.OS.Name; c.system == "" {
		c.system = "Windows " + s.OS.Version
	}
	if !s.CollectedAt.IsZero() {
		c.collected = s.CollectedAt.UTC().Format("2006-01-02")
	}
	var prediction stack.Prediction
	c.accepts, prediction = model.Serve(host.NewView(s))
	var facts []string
	for _, m := range prediction.Missing {
		if name := firstOf(m.Update, m.Ref.Key+" "+m.Ref.Name); m.Step == tlsready.StepVersion && !slices.Contains(facts, name) {
			facts = append(facts, name)
		}
	}
	c.missing = strings.Join(facts[:min(len(facts), maxNamed)], ", ")
	bare := host.NewView(&host.Snapshot{OS: s.OS, Covered: []string{"HKLM", "HKCU"}}).AssumingUpdates()
	c.byDefault, _ = model.Serve(bare)
	c.capable, _ = model.Serve(bare.With(everythingOn()...))
	c.capable.Groups = tlsready.Only(append(c.capable.Groups.List(), capableGroups(s.OS)...)...)
	return c
}

// everythingOn are the settings with which Schannel as a server accepts all that it
// has: every version on, and a list of every suite there is, of which it takes what
// it knows.
func everythingOn() []host.Change {
	var list []host.Change
	for _, v := range tlsready.Versions() {
		key := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\` + v.String() + `\Server`
		list = append(list, host.Change{Key: key, Name: "Enabled", Data: host.Dword(1)}, host.Change{Key: key, Name: "DisabledByDefault", Data: host.Dword(0)})
	}
	var names []string
	for _, s := range tlsready.Suites() {
		name := s.String()
		names = append(names, name, name+"_P256", name+"_P384", name+"_P521") // Windows 8.1 and older write the curve behind
	}
	return append(list, host.Change{Key: `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, Name: "Functions", Data: host.Multi(names...)})
}

// capableGroups are the groups that Windows has and does not offer by default
// (Get-TlsEccCurve; the page on TLS supported groups of Windows 11 24H2).
func capableGroups(os host.OS) []tlsready.Group {
	list := []tlsready.Group{tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1}
	if os.Build >= winver.Windows10 {
		list = append(list, 26, 27, 28) // brainpool
	}
	if os.Build >= winver.Server2025 {
		list = append(list, tlsready.X25519MLKEM768, tlsready.SecP256r1MLKEM768, tlsready.SecP384r1MLKEM1024)
	}
	return list
}

// about says whether a server and an endpoint are the same by their names: one server
// alone is held against every endpoint, several against those that bear their names.
func (c *predictedCheck) about(target string) bool {
	first := func(name string) string { name, _, _ = strings.Cut(name, "."); return name }
	name, _, _ := strings.Cut(target, ":")
	return c.alone || strings.EqualFold(first(name), first(c.name))
}

func (c *predictedCheck) needs() probe.Questions {
	return probe.Questions{Suites: true, Groups: true, Certificates: true}
}

func (c *predictedCheck) check(p *probed) []finding {
	if !c.about(p.target) {
		return nil
	}
	d := &predicted{predictedCheck: c, ledger: ledger{against: hostPrefix + c.name}, r: &p.result}
	d.proof = d.foreign()
	d.versions()
	d.suites()
	d.lists()
	return d.list
}

// predicted is one comparison.
type predicted struct {
	*predictedCheck
	ledger
	r     *probe.Result
	proof []string // what the endpoint does and no Schannel of that system can
}

// foreign lists what the endpoint does and no Schannel of that system can.
func (d *predicted) foreign() []string {
	var list []string
	for _, v := range tlsready.Versions() {
		if d.r.Versions[v] == tlsready.Yes && d.capable.Versions.Allows(v) == tlsready.No {
			list = append(list, v.String())
		}
	}
	for _, chain := range d.r.Chains {
		if chain[0].KeyType == "eddsa" {
			list = append(list, "Ed25519")
		}
	}
	for _, g := range d.r.Groups {
		if d.capable.Groups.Allows(g) == tlsready.No {
			list = append(list, g.String())
		}
	}
	for _, v := range slices.Backward(tlsready.Versions()) {
		for _, s := range d.r.Suites[v] {
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
func (d *predicted) versions() {
	if d.accepts.Versions.IsUnknown() {
		d.add("version", tlsready.Unknown, "probe.finding.predicted-unknown", message.Str("host", d.name), message.Str("facts", firstOf(d.missing, "-")))
		return
	}
	for _, v := range tlsready.Versions() {
		answer, should := d.r.Versions[v], d.should(v)
		switch {
		case answer == tlsready.Unknown:
			if v >= tlsready.TLS10 {
				d.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
			}
		case answer == tlsready.Yes && !should:
			d.differs("version", "predicted-version", d.byDefault.Versions.Allows(v) == tlsready.Yes, false, message.Str("version", v.String()))
		case answer == tlsready.No && should:
			legacy := v == tlsready.TLS10 || v == tlsready.TLS11
			d.differs("version-missing", "predicted-version-missing", d.byDefault.Versions.Allows(v) == tlsready.No, legacy, message.Str("version", v.String()))
		}
	}
}

// should says whether the settings predict a version: it is on, and the list has a
// suite for it that goes with the certificate.
func (d *predicted) should(v tlsready.Version) bool {
	if d.accepts.Versions.Allows(v) != tlsready.Yes {
		return false
	}
	axis := d.accepts.SuitesFor(v)
	return d.accepts.Suites.IsUnknown() || axis.IsAny() && v == tlsready.SSL20 || len(d.fitting(d.accepts.Suites, v)) > 0
}

// fitting lists the suites of an axis that go with a version and with one of the
// certificates that the endpoint showed.
func (d *predicted) fitting(axis tlsready.Axis[tlsready.Suite], v tlsready.Version) []tlsready.Suite {
	var list []tlsready.Suite
	for _, s := range axis.List() {
		usable := len(d.r.Chains) == 0
		for _, chain := range d.r.Chains {
			usable = usable || tlsready.AuthFits(s.Info(), chain[0].KeyType)
		}
		if usable && s.Fits(v) {
			list = append(list, s)
		}
	}
	return list
}

// suites compares the suites of the versions that both sides accept.
func (d *predicted) suites() {
	if d.accepts.Suites.IsUnknown() {
		return
	}
	for _, v := range tlsready.Versions() {
		if d.r.Versions[v] != tlsready.Yes || !d.r.Complete[v] || v == tlsready.SSL20 || !d.should(v) {
			continue
		}
		extra, lacking := compareItems(d.fitting(d.accepts.Suites, v), d.r.Suites[v])
		version := message.Str("version", v.String())
		if len(extra) > 0 {
			d.differs("suite", "predicted-suite", allOf(d.byDefault.Suites, extra, tlsready.Yes), false, version, message.Str("items", listed(extra)))
		}
		if len(lacking) > 0 && len(d.r.Chains) > 0 {
			d.differs("suite-missing", "predicted-suite-missing", allOf(d.byDefault.Suites, lacking, tlsready.No), false, version, message.Str("items", listed(lacking)))
		}
	}
}

// lists compares the groups and the size of the finite field.
func (d *predicted) lists() {
	if len(d.accepts.Groups.List()) > 0 && d.r.GroupsKnown && len(d.r.Groups) > 0 {
		extra, lacking := compareItems(d.accepts.Groups.List(), d.r.Groups)
		if len(extra) > 0 {
			d.differs("group", "predicted-group", allOf(d.byDefault.Groups, extra, tlsready.Yes), false, message.Str("items", listed(extra)))
		}
		if len(lacking) > 0 {
			d.differs("group-missing", "predicted-group-missing", allOf(d.byDefault.Groups, lacking, tlsready.No), false, message.Str("items", listed(lacking)))
		}
	}
	if is, should := d.r.DHBits, d.accepts.DHBits; is > 0 && should > 0 && is != should {
		d.differs("dh-bits", "predicted-dh-bits", d.byDefault.DHBits == is, false, message.Int("bits", is), message.Int("predicted", should))
	}
}

// compareItems gives what is beyond the predicted list, and what of it is not there.
func compareItems[T comparable](predicted, is []T) (extra, lacking []T) {
	for _, x := range is {
		if !slices.Contains(predicted, x) {
			extra = append(extra, x)
		}
	}
	for _, x := range predicted {
		if !slices.Contains(is, x) {
			lacking = append(lacking, x)
		}
	}
	return extra, lacking
}

func allOf[T comparable](a tlsready.Axis[T], list []T, want tlsready.Answer) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return a.Allows(x) != want })
}

// differs writes a difference down with its likely reasons. untouched says that the
// endpoint does what the system does where nothing is set; legacy that the port alone
// may refuse the version.
func (d *predicted) differs(rule, id string, untouched, legacy bool, args ...message.Arg) {
	likely := d.likely(untouched, legacy)
	what := say("probe.finding."+id, append(args, message.Str("host", d.name))...)
	reasons := func(w *message.Catalog) []string {
		list := make([]string, len(likely))
		for i, code := range likely {
			list[i] = w.Text("probe.likely", message.Int("n", i+1), message.Str("why", d.reason(w, code, untouched)))
		}
		return list
	}
	d.list = append(d.list, finding{
		against: d.against, rule: rule, met: tlsready.No, likely: likely, what: what, reasons: reasons,
		why: func(w *message.Catalog) string { return sentences(w, what(w), reasons(w)) },
	})
}

// sentences writes what is so, and then its reasons.
func sentences(w *message.Catalog, what string, reasons []string) string {
	for _, reason := range reasons {
		what = w.Text("probe.likely.after", message.Str("what", what), message.Str("why", reason))
	}
	return what
}

// The reasons for a difference, as they stand in JSON.
const (
	likelyInFront      = "in-front"
	likelyRestart      = "restart-pending"
	likelyLegacy       = "legacy-binding"
	likelyChangedSince = "changed-since"
)

// likely orders the reasons by what speaks for them. What Schannel cannot do at all
// is proof; an endpoint that does what the system does without any setting waits for
// a restart as a rule; a certificate for other names speaks for another machine.
func (d *predicted) likely(untouched, legacy bool) []string {
	var list []string
	legacy = legacy && d.os.Build >= firstLegacyBinding
	switch {
	case len(d.proof) > 0:
		list = []string{likelyInFront, likelyRestart}
	case untouched:
		list = []string{likelyRestart, likelyInFront}
	case legacy:
		list = []string{likelyLegacy, likelyRestart, likelyInFront}
	case d.otherName() != "":
		list = []string{likelyInFront, likelyRestart}
	default:
		list = []string{likelyRestart, likelyInFront}
	}
	if d.collected != "" {
		list = append(list, likelyChangedSince)
	}
	return list
}

// firstLegacyBinding is the first build whose bindings can refuse TLS 1.0 and 1.1 on
// one port ("Disable Legacy TLS", netsh http add sslcert disablelegacytls).
const firstLegacyBinding = winver.Server2019

// otherName is the first name of the certificate where none of its names is the
// server's; a wildcard may be anything.
func (d *predicted) otherName() string {
	other := ""
	for _, chain := range d.r.Chains {
		for _, name := range chain[0].Names {
			first, _, _ := strings.Cut(name, ".")
			own, _, _ := strings.Cut(d.name, ".")
			if first == "*" || strings.EqualFold(first, own) {
				return ""
			}
			other = firstOf(other, name)
		}
	}
	return other
}

// reason writes one reason with what speaks for it.
func (d *predicted) reason(w *message.Catalog, code string, untouched bool) string {
	id, system := "probe.likely."+code, message.Str("system", d.system)
	if code != likelyInFront {
		if code == likelyRestart && untouched && len(d.proof) == 0 {
			id += "-default"
		}
		return w.Text(id, system, message.Str("date", d.collected))
	}
	if len(d.proof) > 0 {
		shown := strings.Join(d.proof[:min(len(d.proof), maxNamed)], ", ")
		return w.Text(id+"-proof", system, message.Str("items", shown))
	}
	if name := d.otherName(); name != "" {
		return w.Text(id+"-name", message.Str("name", name), message.Str("host", d.name))
	}
	return w.Text(id, system)
}
