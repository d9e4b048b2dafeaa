package endpoint

import (
	"slices"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/policy"
)

// Policy holds endpoints against a policy: what may be accepted at most and has to be
// accepted at least.
func Policy(p *policy.Policy) Check { return policyCheck{p} }

type policyCheck struct{ *policy.Policy }

// Needs is what the policy says something about.
func (c policyCheck) Needs() Needs {
	return Needs{SSL: len(c.Versions) > 0, Suites: len(c.Suites) > 0, Groups: len(c.Groups) > 0, Certificates: c.DHBits > 0 || c.wantsCertificate()}
}

func (c policyCheck) wantsCertificate() bool {
	w := c.Certificate
	return w.MaxDays > 0 || len(w.KeyTypes) > 0 || len(w.Signatures) > 0 || w.RSABits > 0
}

// Findings lists each demand that is not met.
func (c policyCheck) Findings(e *document.Endpoint) []document.EndpointFinding {
	if e.Error != nil {
		return nil
	}
	f := &findings{e: e, against: "policy:" + c.ID}
	if len(c.Versions) > 0 {
		f.noVersionBut(func(v tlsready.Version) bool { return slices.Contains(c.Versions, policy.Version(v)) })
	}
	for _, v := range c.Requires {
		f.version(tlsready.Version(v))
	}
	if len(c.Suites) > 0 {
		f.suites(func(_ tlsready.Version, s tlsready.Suite) bool { return slices.Contains(c.Suites, s) })
	}
	if len(c.Groups) > 0 {
		f.groups(func(g tlsready.Group) bool { return slices.Contains(c.Groups, policy.Group(g)) })
	}
	if c.DHBits > 0 && e.DHBits > 0 && e.DHBits < c.DHBits {
		f.add("dh-bits", tlsready.No, "probe.finding.dh-bits", message.Int("bits", e.DHBits), message.Int("least", c.DHBits))
	}
	if c.Needs().Certificates {
		c.certificates(f)
	}
	return f.list
}

func (c policyCheck) certificates(f *findings) {
	chains := f.e.Chains()
	if len(chains) == 0 {
		f.add("certificate", tlsready.Unknown, "probe.finding.certificate-unknown")
	}
	for _, chain := range chains {
		if chain[0].Error != "" {
			f.add("certificate", tlsready.Unknown, "probe.finding.certificate-unknown")
			continue
		}
		c.leaf(f, &chain[0])
	}
}

func (c policyCheck) leaf(f *findings, leaf *document.EndpointCertificate) {
	want := c.Certificate
	subject, key := certificateArgs(leaf)
	small := leaf.KeyType == "rsa" && leaf.KeyBits < want.RSABits || leaf.KeyType == "ecdsa" && len(want.ECDSABits) > 0 && !slices.Contains(want.ECDSABits, leaf.KeyBits)
	if small || len(want.KeyTypes) > 0 && !slices.Contains(want.KeyTypes, leaf.KeyType) {
		f.add("certificate-key", tlsready.No, "probe.finding.certificate-key", subject, key)
	}
	if scheme := leaf.Scheme(); len(want.Signatures) > 0 && !slices.Contains(want.Signatures, policy.Scheme(scheme)) {
		f.add("certificate-signature", tlsready.No, "probe.finding.certificate-signature", subject, message.Str("scheme", scheme.String()))
	}
	if days := int(leaf.NotAfter.Sub(leaf.NotBefore) / (24 * time.Hour)); want.MaxDays > 0 && days > want.MaxDays {
		f.add("certificate-lifetime", tlsready.No, "probe.finding.certificate-lifetime", subject, message.Int("days", days), message.Int("most", want.MaxDays))
	}
}
