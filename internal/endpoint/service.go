package endpoint

import (
	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// Service holds endpoints against what a profile states for a day: a statement, which
// may be wrong both ways.
func Service(p *service.Profile, on service.Date) Check {
	return serviceCheck{against: "service:" + p.ID, stated: p.PhaseOn(on).Acceptance()}
}

// ServiceLimit takes what a profile states for a day as a policy of that name: as what
// may be accepted at most.
func ServiceLimit(name string, p *service.Profile, on service.Date) Check {
	return serviceCheck{against: "policy:" + name, stated: p.PhaseOn(on).Acceptance(), limit: true}
}

type serviceCheck struct {
	against string
	stated  tlsready.Acceptance
	limit   bool // only what goes beyond it is a finding
}

// Needs is what the profile states something about.
func (c serviceCheck) Needs() Needs {
	return Needs{
		Suites:       c.stated.RestrictsSuites() && !c.stated.Suites.IsUnknown(),
		Groups:       len(c.stated.Groups.List()) > 0,
		Certificates: c.stated.Certificate != (tlsready.Certificate{}),
	}
}

// Findings lists how the endpoint differs from what is stated.
func (c serviceCheck) Findings(e *document.Endpoint) []document.EndpointFinding {
	if e.Error != nil {
		return nil
	}
	f, stated := &findings{e: e, against: c.against}, c.stated
	if len(stated.Versions.List()) > 0 {
		f.noVersionBut(func(v tlsready.Version) bool { return stated.Versions.Allows(v) == tlsready.Yes })
		for _, v := range stated.Versions.List() {
			if !c.limit && (v >= tlsready.TLS10 || e.Versions[v] != tlsready.Unknown) {
				f.version(v)
			}
		}
	}
	if len(stated.Suites.List()) > 0 {
		f.suites(func(v tlsready.Version, s tlsready.Suite) bool { return stated.SuitesFor(v).Allows(s) == tlsready.Yes })
		if !c.limit {
			f.missingSuites(stated)
		}
	}
	if len(stated.Groups.List()) > 0 {
		f.groups(func(g tlsready.Group) bool { return stated.Groups.Allows(g) == tlsready.Yes })
	}
	c.certificates(f)
	return f.list
}

func (c serviceCheck) certificates(f *findings) {
	want := c.stated.Certificate
	for _, chain := range f.e.Chains() {
		leaf := &chain[0]
		subject, key := certificateArgs(leaf)
		if want.KeyType != "" && leaf.KeyType != want.KeyType || want.KeyBits != 0 && leaf.KeyBits != want.KeyBits {
			f.add("certificate-key", tlsready.No, "probe.finding.certificate-key", subject, key)
		}
		if scheme := leaf.Scheme(); want.Signature != 0 && scheme != want.Signature {
			f.add("certificate-signature", tlsready.No, "probe.finding.certificate-signature", subject, message.Str("scheme", scheme.String()))
		}
	}
}
