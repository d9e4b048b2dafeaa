package survey

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/starttls"
	"tlsready/internal/survey/judge"
	"tlsready/internal/syserror"
	"tlsready/internal/userfile"
	"tlsready/internal/wire"
)

// EndpointOf is the document of what a probe learned. It does not have the ends of the
// chains, the clients or the findings.
func EndpointOf(r *probe.Result) *document.Endpoint {
	e := document.NewEndpoint(r.Target.Name)
	e.Address = addressOf(r.Target)
	e.ServerName, e.StartTLS = r.Target.ServerName, r.Target.StartTLS
	e.Connections, e.Incomplete = r.Connections, r.Incomplete
	if r.NodesDiffer {
		e.Nodes = document.NodesDiffer
	}
	if r.Err != nil {
		why := hinted(WhyNotProbed(r.Err), r)
		e.Error = &why
	}
	for _, v := range tlsready.Versions() {
		e.Versions[v] = r.Versions[v]
	}
	lists(e, r)
	e.DHBits = r.DHBits
	certificates(e, r)
	if n := r.WithoutServerName; n.Asked {
		e.WithoutServerName = &document.NoServerName{Answer: n.Answer, SameCertificate: n.SameCertificate}
	}
	for _, ev := range r.Evidence {
		e.Evidence = append(e.Evidence, document.EndpointEvidence{Asked: ev.Asked, Answer: ev.Answer, Tries: ev.Tries})
	}
	return e
}

// hinted adds what to try: a protocol inside which TLS begins, by what the server said
// in place of TLS or by its port, or a server name.
func hinted(why message.Text, r *probe.Result) message.Text {
	var said *wire.NotTLSError
	var protocols []string
	if errors.As(r.Err, &said) {
		protocols = starttls.Guess(said.First)
	} else if errors.Is(r.Err, probe.ErrSilent) || errors.Is(r.Err, probe.ErrNoHello) {
		protocols = starttls.OnPort(int(r.Target.Address.Port()))
	}
	switch {
	case errors.Is(r.Err, probe.ErrBanned):
		return message.New("probing.hint-banned", message.Sub("what", why))
	case r.Target.StartTLS == "" && len(protocols) > 0:
		return message.New("probing.hint-starttls", message.Sub("what", why), message.List("protocols", protocols))
	case r.Target.ServerName == "" && errors.Is(r.Err, probe.ErrNoHello) && slices.ContainsFunc(r.Evidence, func(e probe.Evidence) bool { return strings.Contains(e.Answer, "alert") }):
		return message.New("probing.hint-name", message.Sub("what", why))
	}
	return why
}

// addressOf is the address of a target; "" if only a proxy knows it.
func addressOf(t probe.Target) string {
	if !t.Address.IsValid() {
		return ""
	}
	return t.Address.Addr().String()
}

// endpointKey tells addresses apart before they are probed, as [endpoint.AddressKey]
// does after it.
func endpointKey(t probe.Target) string {
	return endpoint.AddressKey(&document.Endpoint{Target: t.Name, Address: addressOf(t)})
}

// lists writes suites, groups and signature algorithms, those that are known to their
// end apart from the others.
func lists(e *document.Endpoint, r *probe.Result) {
	partial := &document.EndpointPartial{}
	for _, v := range tlsready.Versions() {
		suites := append([]tlsready.Suite{}, r.Suites[v]...)
		switch {
		case r.Complete[v]:
			e.Suites[v] = suites
			if e.ServerOrder == nil {
				e.ServerOrder = map[tlsready.Version]tlsready.Answer{}
			}
			e.ServerOrder[v] = r.OwnOrder[v]
		case len(suites) > 0:
			if partial.Suites == nil {
				partial.Suites = map[tlsready.Version][]tlsready.Suite{}
			}
			partial.Suites[v] = suites
		}
	}
	if len(r.Groups) > 0 || r.GroupsKnown {
		known := r.GroupsKnown
		e.Groups, e.GroupsComplete = append(e.Groups, r.Groups...), &known
	}
	if schemes := append([]tlsready.SignatureScheme{}, r.SignatureAlgorithms...); r.SignaturesKnown {
		e.SignatureAlgorithms = schemes
	} else {
		partial.SignatureAlgorithms = schemes
	}
	if partial.Suites != nil || len(partial.SignatureAlgorithms) > 0 {
		e.Partial = partial
	}
}

func certificates(e *document.Endpoint, r *probe.Result) {
	for n, chain := range r.Chains {
		for _, c := range chain {
			one := certificateOf(c)
			one.Chain = n
			e.Certificates = append(e.Certificates, one)
		}
	}
	if len(r.Chains) > 0 {
		staple, asks := r.OCSPStaple, r.ClientCertificate
		e.OCSPStaple, e.ClientCertificate = &staple, &asks
	}
}

func certificateOf(c probe.Certificate) document.EndpointCertificate {
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

// chainsOf are the chains in DER.
func chainsOf(r *probe.Result) [][][]byte {
	chains := make([][][]byte, len(r.Chains))
	for i, chain := range r.Chains {
		for _, c := range chain {
			chains[i] = append(chains[i], c.DER)
		}
	}
	return chains
}

// NotProbed is the document of a target that was not, or could not be, probed at any
// address.
func NotProbed(target string, why message.Text) *document.Endpoint {
	e := document.NewEndpoint(target)
	e.Error = &why
	return e
}

// WhyNotProbed says why nothing, or not everything, was learned of an endpoint: what
// the system calls the cause in words that are the same on every system.
func WhyNotProbed(err error) message.Text {
	if none := new(probe.NoHelloError); errors.As(err, &none) {
		answers := make([]message.Text, len(none.Answers))
		for i, a := range none.Answers {
			answers[i] = document.AnswerText(a)
		}
		return message.New("probing.answers", message.Cause("what", probe.ErrNoHello), message.Sub("answers", answers...))
	}
	return message.CauseOf(err).Known(syserror.Text)
}

// maxEndpointLine is the longest line of a result of probe: an endpoint with every
// client and long chains has some hundred kilobytes.
const maxEndpointLine = 8 << 20

// ReadEndpoints reads a result of probe, a line of JSON for each endpoint or one array,
// and gives each endpoint and its line. A line that is not an endpoint is a [Mistake]
// with its place.
func ReadEndpoints(file string, take func(e *document.Endpoint, line []byte)) error {
	in, err := userfile.OpenAtMost(file, maxEndpoints)
	if err != nil {
		return judge.CannotRead(file, err)
	}
	defer in.Close()
	return readEndpoints(in, file, take)
}

// maxEndpoints bounds the result of an earlier probe in bytes: 100,000 endpoints with
// all their suites take some 500 MB.
const maxEndpoints = 1 << 30

func readEndpoints(in io.Reader, name string, take func(e *document.Endpoint, line []byte)) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxEndpointLine)
	for n := 1; scanner.Scan(); n++ {
		line := bytes.TrimSuffix(bytes.TrimSpace(scanner.Bytes()), []byte(","))
		if text := string(line); text == "" || text == "[" || text == "]" {
			continue // the frame of an array
		}
		e, err := document.ReadEndpoint(line)
		if err != nil {
			return mistake("baseline", message.Str("where", name+":"+strconv.Itoa(n)), message.Cause("why", err))
		}
		take(e, line)
	}
	if err := scanner.Err(); err != nil {
		return judge.CannotRead(name, err)
	}
	return nil
}
