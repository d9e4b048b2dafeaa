package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// signatureNames are the names in Local\SSL\00010003 by their code points
// (values captured from Windows 7 to Server 2025).
var signatureNames = map[string]tlsready.SignatureScheme{
	"rsa/sha1": tlsready.RSAPKCS1SHA1, "rsa/sha256": tlsready.RSAPKCS1SHA256,
	"rsa/sha384": tlsready.RSAPKCS1SHA384, "rsa/sha512": tlsready.RSAPKCS1SHA512,
	"ecdsa/sha1": tlsready.ECDSASHA1, "ecdsa/sha256": tlsready.ECDSAP256SHA256,
	"ecdsa/sha384": tlsready.ECDSAP384SHA384, "ecdsa/sha512": tlsready.ECDSAP521SHA512,
	"dsa/sha1": 0x0202, "rsae-pss/sha256": tlsready.RSAPSSRSAESHA256,
	"rsae-pss/sha384": tlsready.RSAPSSRSAESHA384, "rsae-pss/sha512": tlsready.RSAPSSRSAESHA512,
}

// signatures fills the signature algorithms, which only a hello of TLS 1.2 and
// later has.
func (p *predictor) signatures() {
	max := p.out.Offer.Max()
	if max < tlsready.TLS12 && !p.mayOffer(tlsready.TLS12) && !p.mayOffer(tlsready.TLS13) {
		return
	}
	d, state := p.view.Lookup(p.refs.signaturesLocal)
	ev := Evidence{p.refs.signaturesLocal.Key, p.refs.signaturesLocal.Name, state, d}
	if state == host.Present {
		p.fire("signatures-configured", ev)
		p.out.Offer.SignatureAlgorithms = p.readSignatures(SplitList(d))
		return
	}
	if !p.ask.Signatures {
		p.out.Offer.SignatureAlgorithms = p.sys.schemes
		return
	}
	doubtful := state == host.NotAsked
	if doubtful {
		p.miss(tlsready.StepSignature, p.refs.signaturesLocal)
	} else {
		p.fire("signatures-os-default", ev)
	}
	p.out.Offer.SignatureAlgorithms = p.defaultSignatures(doubtful)
}

func (p *predictor) mayOffer(v tlsready.Version) bool {
	for _, o := range p.out.Offer.Versions {
		if o.Version == v {
			return true
		}
	}
	return false
}

func (p *predictor) readSignatures(names []string) []tlsready.OfferedScheme {
	list := make([]tlsready.OfferedScheme, 0, len(names))
	for _, name := range names {
		s, ok := signatureNames[strings.ToLower(name)]
		if !ok {
			p.warn("signature-unknown", message.Str("algorithm", name))
			continue
		}
		list = append(list, tlsready.OfferedScheme{Scheme: s})
	}
	return list
}

// defaultSignatures is the system's list, with SHA-512 once its update is there.
func (p *predictor) defaultSignatures(doubtful bool) []tlsready.OfferedScheme {
	s := p.sys.signatures
	list := make([]tlsready.OfferedScheme, 0, len(s.Default)+len(s.Patched)+len(s.Unsure))
	for _, scheme := range s.Unsure {
		list = append(list, tlsready.OfferedScheme{Scheme: scheme, Maybe: true})
	}
	schemes, answer := s.Default, tlsready.Yes
	if len(s.Patched) > 0 {
		if answer = p.need(tlsready.StepSignature, p.sys.SignaturesUpdate); answer != tlsready.No {
			schemes = s.Patched
		} else {
			p.tell("signatures-need-update", []message.Arg{message.Str("update", p.sys.SignaturesUpdate)})
		}
	}
	for _, scheme := range schemes {
		unsure := answer == tlsready.Unknown && !slices.Contains(s.Default, scheme)
		list = append(list, tlsready.OfferedScheme{Scheme: scheme, Maybe: doubtful || unsure})
	}
	return list
}

// Least sizes that a client accepts if nothing is set (TLS registry settings: 1024 bits for
// both; "What's new in Windows Server 2025": 2,048 bits for RSA).
const (
	defaultMinDH     = 1024
	defaultMinRSA    = 1024
	server2025MinRSA = 2048
	firstMinRSA2048  = 26100 // build of Windows Server 2025
)

// standardMinRSA is the smallest RSA key accepted if nothing is set.
func standardMinRSA(os host.OS) int {
	if os.Build >= firstMinRSA2048 && os.Type != "client" {
		return server2025MinRSA
	}
	return defaultMinRSA
}

// limits fills the key sizes that the client refuses.
func (p *predictor) limits() {
	p.out.Offer.Limits = tlsready.Limits{
		MinDH: p.limit(p.refs.minDH, defaultMinDH), MaxDH: p.limit(p.refs.maxDH, 0),
		MinRSA: p.limit(p.refs.minRSA, standardMinRSA(p.view.OS)), MaxRSA: p.limit(p.refs.maxRSA, 0),
	}
}

func (p *predictor) limit(ref host.Ref, standard int) int {
	n, state, ev := p.dword(ref)
	if state != host.Present {
		return standard
	}
	p.fire("key-size-limit", ev)
	return int(n)
}
