package endpoint

import (
	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Reply is how an endpoint met a client's own hello.
type Reply struct {
	Kind   ReplyKind
	Answer string // in the words of evidence: "alert 40", "TLS 1.2", "timeout"
	// Alone says that the endpoint answers hellos of one form alone, without extensions for
	// instance: then the answer counts, and not what the lists of both sides make likely.
	Alone bool

	// If Kind is Chosen: what the server chose, as far as it was sent in clear.
	Version tlsready.Version
	Suite   tlsready.Suite
	Kinds   []tlsready.Suite         // of SSL 2.0: all that it takes
	Group   tlsready.Group           // 0: none was told
	DHBits  int                      // of its finite field; 0: none
	Scheme  tlsready.SignatureScheme // with which it signed; 0: none was told
	Leaf    string                   // SHA-256 of the certificate that came, in hex; "" for none
}

// ReplyKind says what follows from a reply.
type ReplyKind int

// The kinds. The zero value: the hello was not sent.
const (
	NotSent ReplyKind = iota
	Open              // nothing follows from it: an answer that may come from a limiter
	Refused           // the server refused this hello
	Chosen            // a ServerHello
)

// seen is what the hellos of one row came to; if they came to different things,
// nothing is known.
func seen(sends []send, replies []Reply, e *document.Endpoint) document.ClientResult {
	var all []document.ClientResult
	for _, x := range sends {
		var r Reply
		if x.hello < len(replies) {
			r = replies[x.hello]
		}
		one := judgeReply(x.offer, r, e)
		if len(all) > 0 && one.Connects != all[0].Connects {
			return document.ClientResult{}
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return document.ClientResult{}
	}
	return all[0]
}

// judgeReply says what a client makes of the answer to its own hello: what the
// server chose has to be something that the client takes, in everything that was
// seen of it.
func judgeReply(o tlsready.Offer, r Reply, e *document.Endpoint) document.ClientResult {
	answered := message.New("probe.why.answered", message.Sub("answer", document.AnswerText(r.Answer)))
	switch r.Kind {
	case NotSent:
		return document.ClientResult{}
	case Open:
		return document.ClientResult{Why: answered}
	case Refused:
		return document.ClientResult{Connects: tlsready.No, Why: answered}
	}
	chosen := r.accepts(e)
	agreed := tlsready.Negotiate(o, chosen)
	switch agreed.Outcome {
	case tlsready.Connects:
		return connects(tlsready.Result{Version: r.Version, Suite: r.Suite, Group: r.Group})
	case tlsready.Fails:
		return document.ClientResult{Connects: tlsready.No, Version: failedVersion(agreed), Why: whyRefuses(o, chosen, agreed)}
	}
	return document.ClientResult{Why: answered}
}

// accepts is the acceptance of a server that takes exactly what it chose.
func (r Reply) accepts(e *document.Endpoint) tlsready.Acceptance {
	a := tlsready.Acceptance{
		Versions: tlsready.Only(r.Version),
		SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{r.Version: tlsready.Only(r.Suite)},
		DHBits:   r.DHBits,
	}
	if r.Version == tlsready.SSL20 {
		a.SuitesOf[r.Version] = tlsready.Only(r.Kinds...)
	}
	if r.Group != 0 {
		a.Groups = tlsready.Only(r.Group)
	}
	if r.Scheme != 0 {
		a.SignatureAlgorithms = tlsready.Only(r.Scheme)
	}
	if leaf := r.leaf(e); leaf != nil {
		a.Certificate = tlsready.Certificate{KeyType: leaf.KeyType, KeyBits: leaf.KeyBits, Signature: leaf.Scheme()}
	}
	return a
}

// leaf is the certificate that came with the reply, as the probe read it; in TLS 1.3,
// which encrypts it, the server's certificate if it has only one. It is nil if neither is
// known.
func (r Reply) leaf(e *document.Endpoint) *document.EndpointCertificate {
	chains := e.Chains()
	if r.Leaf == "" && len(chains) == 1 {
		return &chains[0][0]
	}
	for _, chain := range chains {
		if r.Leaf != "" && chain[0].SHA256 == r.Leaf {
			return &chain[0]
		}
	}
	return nil
}
