package cli

import (
	"errors"
	"net"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/probe"
)

// probed is one address with everything that was learned of it.
type probed struct {
	target   string // host:port
	result   probe.Result
	clients  []simulated
	findings []finding
	ends     []chainEnd // of each chain
	listed   string     // a message id: why it was not probed at all; "" as a rule
}

// judgedAll says whether the endpoint answered everything that was asked.
func (p *probed) judgedAll(ssl bool) bool {
	if p.listed != "" {
		return true
	}
	if p.result.Err != nil {
		return false
	}
	for _, v := range tlsready.Versions() {
		if (ssl || v >= tlsready.TLS10) && p.result.Versions[v] == tlsready.Unknown {
			return false
		}
	}
	return true
}

// endpoint is the document of an address, in the words of a language.
func (p *probed) endpoint(w *message.Catalog) *document.Endpoint {
	e := document.NewEndpoint(p.target)
	r := &p.result
	e.Address = addressText(r.Target)
	e.ServerName, e.StartTLS = r.Target.ServerName, r.Target.StartTLS
	e.Connections = r.Connections
	if text := p.errorText(w); text != "" {
		e.Error = &text
	}
	for _, v := range tlsready.Versions() {
		e.Versions[v] = r.Versions[v]
		if r.Complete[v] {
			e.Suites[v] = texts(r.Suites[v])
			if e.ServerOrder == nil {
				e.ServerOrder = map[tlsready.Version]tlsready.Answer{}
			}
			e.ServerOrder[v] = r.OwnOrder[v]
		}
	}
	if len(r.Groups) > 0 || r.GroupsKnown {
		e.Groups, e.GroupsComplete = texts(r.Groups), &r.GroupsKnown
	}
	if r.SignaturesKnown {
		e.SignatureAlgorithms = texts(r.SignatureAlgorithms)
	}
	p.details(e)
	for _, ev := range r.Evidence {
		e.Evidence = append(e.Evidence, document.EndpointEvidence{Asked: ev.Asked, Answer: ev.Answer, Tries: ev.Tries})
	}
	for _, c := range p.clients {
		e.Clients = append(e.Clients, c.document(w))
	}
	e.Findings = findingDocs(p.findings, w)
	return e
}

// addressText is the address of a target; "" where only a proxy knows it, or nobody.
func addressText(t probe.Target) string {
	if !t.Address.IsValid() {
		return ""
	}
	return t.Address.Addr().String()
}

func findingDocs(list []finding, w *message.Catalog) []document.EndpointFinding {
	var docs []document.EndpointFinding
	for _, f := range list {
		docs = append(docs, document.EndpointFinding{Against: f.against, Rule: f.rule, Met: f.met, Likely: f.likely, Text: f.why(w)})
	}
	return docs
}

// details adds what is learned beside versions, suites and groups.
func (p *probed) details(e *document.Endpoint) {
	r := &p.result
	e.DHBits = r.DHBits
	for _, chain := range r.Chains {
		for _, c := range chain {
			e.Certificates = append(e.Certificates, certificateDoc(c))
		}
	}
	e.Roots = rootDocs(p.ends)
	if len(r.Chains) > 0 {
		e.OCSPStaple, e.ClientCertificate = &r.OCSPStaple, &r.ClientCertificate
	}
	if n := r.WithoutServerName; n.Asked {
		e.WithoutServerName = &document.Nameless{Answer: n.Answer, SameCertificate: n.SameCertificate}
	}
}

func certificateDoc(c probe.Certificate) document.EndpointCertificate {
	d := document.EndpointCertificate{
		Subject: c.Subject, Issuer: c.Issuer, Names: append([]string{}, c.Names...), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		KeyType: c.KeyType, KeyBits: c.KeyBits, SHA256: c.SHA256,
	}
	if c.Signature != 0 {
		d.Signature = c.Signature.String()
	}
	if c.Err != nil {
		d.Error = c.Err.Error()
	}
	return d
}

// errorText is why nothing, or not everything, was learned.
func (p *probed) errorText(w *message.Catalog) string {
	if p.listed != "" {
		return w.Text(p.listed)
	}
	err := p.result.Err
	if err == nil {
		return ""
	}
	for id, known := range map[string]error{
		"unreachable": probe.ErrUnreachable, "not-tls": probe.ErrNotTLS, "silent": probe.ErrSilent, "starttls": probe.ErrStartTLS, "no-hello": probe.ErrNoHello,
		"certificates": probe.ErrCertificates,
	} {
		if errors.Is(err, known) {
			return w.Text("probe.error."+id, message.Str("why", oneLine(innermost(err, known))))
		}
	}
	var name *net.DNSError
	if errors.As(err, &name) { // without the address of whoever was asked
		id := "probe.error.lookup"
		if name.IsNotFound {
			id = "probe.error.no-name"
		}
		return w.Text(id, message.Str("name", name.Name), message.Str("why", oneLine(name.Err)))
	}
	return oneLine(err.Error())
}

// innermost is the cause beside the known error, or "" where there is none; several
// causes are joined by the error itself.
func innermost(err, known error) string {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			if one != known && one != nil {
				return ": " + one.Error()
			}
		}
	}
	return ""
}

func (s simulated) document(w *message.Catalog) document.EndpointClient {
	d := document.EndpointClient{Client: s.id, Connects: s.answer, Why: s.words(w)}
	d.Version, d.Suite = s.agreed()
	if s.after != nil {
		d.After = &document.EndpointClientAfter{Connects: s.after.answer, Why: s.after.words(w)}
		d.After.Version, d.After.Suite = s.after.agreed()
	}
	return d
}

func (o outcome) words(w *message.Catalog) string {
	if o.why == nil {
		return ""
	}
	return o.why(w)
}

func (o outcome) agreed() (version, suite string) {
	if o.version != 0 {
		version = o.version.String()
	}
	if o.suite != 0 && o.version != tlsready.SSL20 {
		suite = o.suite.String()
	}
	return version, suite
}

func texts[T interface{ String() string }](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}
