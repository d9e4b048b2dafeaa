package cli

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/policy"
	"tlsready/internal/probe"
	"tlsready/internal/service"
)

// finding is one point in which something is not met, or cannot be told.
type finding struct {
	against string
	rule    string
	met     tlsready.Answer // No or Unknown
	why     why

	// Of a difference from a server's own settings: why in two parts, and the codes of
	// the likely reasons, the likeliest first.
	what    why
	reasons func(*message.Catalog) []string
	likely  []string
}

// checker holds an endpoint against something that was asked of it.
type checker interface {
	check(p *probed) []finding
	needs() probe.Questions
}

// readPolicy reads --policy: an id that is built in, a policy file, or a service
// profile, whose phase of today is then what may be accepted at most.
func (app *App) readPolicy(arg string) (checker, error) {
	if p, ok, err := policy.ByID(arg); ok {
		return policyCheck{p}, err
	}
	if !looksLikeFile(arg) {
		if _, ok, _ := service.ByID(arg); !ok {
			return nil, app.unknownName("policy", arg, policy.IDs())
		}
	}
	if p, ok, err := service.ByID(arg); ok {
		return serviceCheck{p, app.Now, "policy:" + arg, true}, err
	}
	data, err := os.ReadFile(arg)
	if err != nil {
		return nil, app.cannotRead(arg, err)
	}
	if bytes.Contains(data, []byte(service.Schema)) {
		p, err := app.readService(arg)
		if err != nil {
			return nil, err
		}
		return serviceCheck{p, app.Now, "policy:" + p.ID, true}, nil
	}
	p, err := policy.Parse(data)
	if err != nil {
		return nil, &UserError{Msg: arg + ": " + err.Error(), Hint: app.text("cli.hint.policy-file"), Err: err}
	}
	return policyCheck{p}, nil
}

// policyCheck holds an endpoint against a policy.
type policyCheck struct{ *policy.Policy }

func (c policyCheck) needs() probe.Questions {
	return probe.Questions{
		SSL:          len(c.Versions) > 0,
		Suites:       len(c.Suites) > 0,
		Groups:       len(c.Groups) > 0,
		Certificates: c.DHBits > 0 || c.Certificate.MaxDays > 0 || len(c.Certificate.KeyTypes) > 0 || len(c.Certificate.Signatures) > 0 || c.Certificate.RSABits > 0,
	}
}

func (c policyCheck) check(p *probed) []finding {
	l := &ledger{against: "policy:" + c.ID}
	r := &p.result
	if len(c.Versions) > 0 {
		allowed := func(v tlsready.Version) bool { return slices.Contains(c.Versions, policy.Version(v)) }
		l.noVersionBut(r, allowed)
	}
	for _, v := range c.Requires {
		l.version(r, tlsready.Version(v))
	}
	if len(c.Suites) > 0 {
		l.suites(r, func(_ tlsready.Version, s tlsready.Suite) bool { return slices.Contains(c.Suites, s) })
	}
	if len(c.Groups) > 0 {
		l.groups(r, func(g tlsready.Group) bool { return slices.Contains(c.Groups, policy.Group(g)) })
	}
	if c.DHBits > 0 && r.DHBits > 0 && r.DHBits < c.DHBits {
		l.add("dh-bits", tlsready.No, "probe.finding.dh-bits", message.Int("bits", r.DHBits), message.Int("least", c.DHBits))
	}
	if c.needs().Certificates {
		c.certificates(l, r)
	}
	return l.list
}

func (c policyCheck) certificates(l *ledger, r *probe.Result) {
	if len(r.Chains) == 0 && r.Err == nil {
		l.add("certificate", tlsready.Unknown, "probe.finding.certificate-unknown")
	}
	want := c.Certificate
	for _, chain := range r.Chains {
		leaf := chain[0]
		subject := message.Str("subject", firstOf(leaf.Subject, leaf.SHA256))
		if leaf.Err != nil {
			l.add("certificate", tlsready.Unknown, "probe.finding.certificate-unknown")
			continue
		}
		small := leaf.KeyType == "rsa" && leaf.KeyBits < want.RSABits || leaf.KeyType == "ecdsa" && len(want.ECDSABits) > 0 && !slices.Contains(want.ECDSABits, leaf.KeyBits)
		if small || len(want.KeyTypes) > 0 && !slices.Contains(want.KeyTypes, leaf.KeyType) {
			l.add("certificate-key", tlsready.No, "probe.finding.certificate-key", subject, message.Str("key", strings.TrimSpace(strings.ToUpper(leaf.KeyType)+" "+strconv.Itoa(leaf.KeyBits))))
		}
		if len(want.Signatures) > 0 && !slices.Contains(want.Signatures, policy.Scheme(leaf.Signature)) {
			l.add("certificate-signature", tlsready.No, "probe.finding.certificate-signature", subject, message.Str("scheme", leaf.Signature.String()))
		}
		if days := int(leaf.NotAfter.Sub(leaf.NotBefore) / (24 * time.Hour)); want.MaxDays > 0 && days > want.MaxDays {
			l.add("certificate-lifetime", tlsready.No, "probe.finding.certificate-lifetime", subject, message.Int("days", days), message.Int("most", want.MaxDays))
		}
	}
}

// serviceCheck holds an endpoint against what a profile states for today. As a
// policy it is a limit; else it is a statement, which may be wrong both ways.
type serviceCheck struct {
	profile *service.Profile
	now     time.Time
	against string
	limit   bool
}

func (c serviceCheck) needs() probe.Questions {
	a := c.stated()
	return probe.Questions{
		Suites:       a.RestrictsSuites() && !a.Suites.IsUnknown(),
		Groups:       len(a.Groups.List()) > 0,
		Certificates: a.Certificate != (tlsready.Certificate{}),
	}
}

func (c serviceCheck) stated() tlsready.Acceptance {
	y, m, d := c.now.Date()
	return c.profile.PhaseOn(service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}).Acceptance()
}

func (c serviceCheck) check(p *probed) []finding {
	l := &ledger{against: c.against}
	r, stated := &p.result, c.stated()
	if len(stated.Versions.List()) > 0 {
		l.noVersionBut(r, func(v tlsready.Version) bool { return stated.Versions.Allows(v) == tlsready.Yes })
		for _, v := range stated.Versions.List() {
			if !c.limit && (v >= tlsready.TLS10 || r.Versions[v] != tlsready.Unknown) {
				l.version(r, v)
			}
		}
	}
	if len(stated.Suites.List()) > 0 {
		l.suites(r, func(v tlsready.Version, s tlsready.Suite) bool { return stated.SuitesFor(v).Allows(s) == tlsready.Yes })
		if !c.limit {
			l.missingSuites(r, stated)
		}
	}
	if len(stated.Groups.List()) > 0 {
		l.groups(r, func(g tlsready.Group) bool { return stated.Groups.Allows(g) == tlsready.Yes })
	}
	c.certificate(l, r, stated.Certificate)
	return l.list
}

func (c serviceCheck) certificate(l *ledger, r *probe.Result, want tlsready.Certificate) {
	for _, chain := range r.Chains {
		leaf := chain[0]
		subject := message.Str("subject", firstOf(leaf.Subject, leaf.SHA256))
		if want.KeyType != "" && leaf.KeyType != want.KeyType || want.KeyBits != 0 && leaf.KeyBits != want.KeyBits {
			l.add("certificate-key", tlsready.No, "probe.finding.certificate-key", subject, message.Str("key", strings.TrimSpace(strings.ToUpper(leaf.KeyType)+" "+strconv.Itoa(leaf.KeyBits))))
		}
		if want.Signature != 0 && leaf.Signature != want.Signature {
			l.add("certificate-signature", tlsready.No, "probe.finding.certificate-signature", subject, message.Str("scheme", leaf.Signature.String()))
		}
	}
}

// ledger gathers findings.
type ledger struct {
	against string
	list    []finding
}

func (l *ledger) add(rule string, met tlsready.Answer, id string, args ...message.Arg) {
	l.list = append(l.list, finding{against: l.against, rule: rule, met: met, why: say(id, args...)})
}

// noVersionBut finds versions that are accepted and must not be. Of those that were
// not asked nothing is said.
func (l *ledger) noVersionBut(r *probe.Result, allowed func(tlsready.Version) bool) {
	for _, v := range tlsready.Versions() {
		answer, asked := r.Versions[v]
		switch {
		case allowed(v) || !asked && v < tlsready.TLS10:
		case answer == tlsready.Yes:
			l.add("version", tlsready.No, "probe.finding.version", message.Str("version", v.String()))
		case answer == tlsready.Unknown:
			l.add("version", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
		}
	}
}

// version finds that a version which has to be accepted is not.
func (l *ledger) version(r *probe.Result, v tlsready.Version) {
	switch r.Versions[v] {
	case tlsready.No:
		l.add("version-missing", tlsready.No, "probe.finding.version-missing", message.Str("version", v.String()))
	case tlsready.Unknown:
		l.add("version-missing", tlsready.Unknown, "probe.finding.version-unknown", message.Str("version", v.String()))
	}
}

func (l *ledger) suites(r *probe.Result, allowed func(tlsready.Version, tlsready.Suite) bool) {
	for _, v := range tlsready.Versions() {
		if r.Versions[v] != tlsready.Yes || v == tlsready.SSL20 {
			continue
		}
		var extra []tlsready.Suite
		for _, s := range r.Suites[v] {
			if !allowed(v, s) {
				extra = append(extra, s)
			}
		}
		switch {
		case len(extra) > 0:
			l.add("suite", tlsready.No, "probe.finding.suite", message.Str("version", v.String()), message.Str("suites", listed(extra)))
		case !r.Complete[v]:
			l.add("suite", tlsready.Unknown, "probe.finding.suite-unknown", message.Str("version", v.String()))
		}
	}
}

// missingSuites finds suites that a profile states and the server does not take.
func (l *ledger) missingSuites(r *probe.Result, stated tlsready.Acceptance) {
	for _, v := range tlsready.Versions() {
		if !r.Complete[v] || r.Versions[v] != tlsready.Yes {
			continue
		}
		var missing []tlsready.Suite
		for _, s := range stated.SuitesFor(v).List() {
			if !slices.Contains(r.Suites[v], s) {
				missing = append(missing, s)
			}
		}
		if len(missing) > 0 {
			l.add("suite-missing", tlsready.No, "probe.finding.suite-missing", message.Str("version", v.String()), message.Str("suites", listed(missing)))
		}
	}
}

func (l *ledger) groups(r *probe.Result, allowed func(tlsready.Group) bool) {
	var extra []tlsready.Group
	for _, g := range r.Groups {
		if !allowed(g) {
			extra = append(extra, g)
		}
	}
	switch {
	case len(extra) > 0:
		l.add("group", tlsready.No, "probe.finding.group", message.Str("groups", listed(extra)))
	case !r.GroupsKnown && r.Err == nil:
		l.add("group", tlsready.Unknown, "probe.finding.group-unknown")
	}
}
