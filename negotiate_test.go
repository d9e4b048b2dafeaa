package tlsready_test

import (
	"encoding/json"
	"testing"

	"tlsready"
)

func offerOf(exact bool, versions ...tlsready.Version) tlsready.Offer {
	o := tlsready.Offer{Exact: exact, Suites: []tlsready.OfferedSuite{{Suite: 0xc02f}, {Suite: 0x002f}}, Groups: []tlsready.OfferedGroup{{Group: tlsready.Secp256r1}}}
	for _, v := range versions {
		o.Versions = append(o.Versions, tlsready.OfferedVersion{Version: v})
	}
	return o
}

func takes(versions ...tlsready.Version) tlsready.Acceptance {
	return tlsready.Acceptance{Versions: tlsready.Only(versions...)}
}

// TestNegotiate proves the join step by step: which step fails first, and that something
// unknown leaves the result open unless both answers lead to the same one.
func TestNegotiate(t *testing.T) {
	maybe := offerOf(true, tlsready.TLS10)
	maybe.Versions = append(maybe.Versions, tlsready.OfferedVersion{Version: tlsready.TLS12, Maybe: true})
	unsure := offerOf(true, tlsready.TLS12)
	unsure.Suites = []tlsready.OfferedSuite{{Suite: 0xc02f, Maybe: true}}
	tied := offerOf(true, tlsready.TLS12)
	tied.Suites = []tlsready.OfferedSuite{{Suite: 0xc02f, Group: tlsready.Secp384r1}}
	with := func(change func(*tlsready.Acceptance)) tlsready.Acceptance {
		a := takes(tlsready.TLS12)
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		offer   tlsready.Offer
		accepts tlsready.Acceptance
		outcome tlsready.Outcome
		step    tlsready.Step
	}{
		"nothing to say":                  {tlsready.Offer{Exact: true}, takes(tlsready.TLS12), tlsready.Fails, tlsready.StepOffer},
		"no version":                      {offerOf(true, tlsready.TLS10), takes(tlsready.TLS12), tlsready.Fails, tlsready.StepVersion},
		"agreed":                          {offerOf(true, tlsready.TLS10, tlsready.TLS12), takes(tlsready.TLS12), tlsready.Connects, tlsready.StepDone},
		"only a lower one, exact":         {offerOf(true, tlsready.TLS10, tlsready.TLS12), takes(tlsready.TLS10), tlsready.Connects, tlsready.StepDone},
		"only below the stated maximum":   {offerOf(false, tlsready.TLS12), takes(tlsready.TLS10), tlsready.Undecided, tlsready.StepVersion},
		"the stated maximum itself":       {offerOf(false, tlsready.TLS12), takes(tlsready.TLS12), tlsready.Connects, tlsready.StepDone},
		"above the stated maximum":        {offerOf(false, tlsready.TLS10), takes(tlsready.TLS12), tlsready.Fails, tlsready.StepVersion},
		"a version that may be there":     {maybe, takes(tlsready.TLS12), tlsready.Undecided, tlsready.StepVersion},
		"either way it connects":          {maybe, takes(tlsready.TLS10, tlsready.TLS12), tlsready.Connects, tlsready.StepDone},
		"versions unknown":                {offerOf(true, tlsready.TLS12), tlsready.Acceptance{Versions: tlsready.UnknownOf[tlsready.Version]()}, tlsready.Undecided, tlsready.StepVersion},
		"no suite":                        {offerOf(true, tlsready.TLS12), with(func(a *tlsready.Acceptance) { a.Suites = tlsready.Only[tlsready.Suite](0xc030) }), tlsready.Fails, tlsready.StepSuite},
		"suites unknown":                  {offerOf(true, tlsready.TLS12), with(func(a *tlsready.Acceptance) { a.Suites = tlsready.UnknownOf[tlsready.Suite]() }), tlsready.Undecided, tlsready.StepSuite},
		"a suite that may be there":       {unsure, with(func(a *tlsready.Acceptance) { a.Suites = tlsready.Only[tlsready.Suite](0xc02f) }), tlsready.Undecided, tlsready.StepSuite},
		"a flat list of another version":  {offerOf(true, tlsready.TLS12), with(func(a *tlsready.Acceptance) { a.Suites = tlsready.Only[tlsready.Suite](0x1301) }), tlsready.Connects, tlsready.StepDone},
		"an ECDSA server, RSA suites":     {offerOf(true, tlsready.TLS12), with(func(a *tlsready.Acceptance) { a.Certificate.KeyType = "ecdsa" }), tlsready.Fails, tlsready.StepSuite},
		"no group":                        {tied, with(func(a *tlsready.Acceptance) { a.Groups = tlsready.Only(tlsready.Secp256r1) }), tlsready.Fails, tlsready.StepGroup},
		"a static exchange needs none":    {offerOf(true, tlsready.TLS12), with(func(a *tlsready.Acceptance) { a.Groups = tlsready.Only(tlsready.X25519) }), tlsready.Connects, tlsready.StepDone},
		"an RSA key outside the limits":   {tlsready.Offer{Exact: true, Versions: offerOf(true, tlsready.TLS12).Versions, Suites: offerOf(true).Suites, Groups: offerOf(true).Groups, Limits: tlsready.Limits{MinRSA: 2048}}, with(func(a *tlsready.Acceptance) { a.Certificate.KeyBits = 1024 }), tlsready.Fails, tlsready.StepCertificate},
		"a server that takes no versions": {offerOf(true, tlsready.TLS12), takes(), tlsready.Fails, tlsready.StepVersion},
	} {
		if got := tlsready.Negotiate(c.offer, c.accepts); got.Outcome != c.outcome || got.Step != c.step {
			t.Errorf("%s: outcome %d at step %d, want %d at %d", name, got.Outcome, got.Step, c.outcome, c.step)
		}
	}
}

// TestNoSignatureAlgorithms proves that a hello of TLS 1.2 without signature algorithms
// stands for SHA-1, which a server that is known to sign otherwise refuses, unless nothing is
// signed; and that it decides nothing where that is not known.
func TestNoSignatureAlgorithms(t *testing.T) {
	const sha1, sha256, sha1EC = tlsready.RSAPKCS1SHA1, tlsready.SignatureScheme(0x0401), tlsready.ECDSASHA1
	for name, c := range map[string]struct {
		version tlsready.Version
		suite   tlsready.Suite
		schemes tlsready.Axis[tlsready.SignatureScheme]
		outcome tlsready.Outcome
	}{
		"any":                   {tlsready.TLS12, 0xc02f, tlsready.AnyOf[tlsready.SignatureScheme](), tlsready.Connects},
		"with SHA-1":            {tlsready.TLS12, 0xc02f, tlsready.Only(sha1, sha256), tlsready.Connects},
		"without":               {tlsready.TLS12, 0xc02f, tlsready.Only(sha256), tlsready.Fails},
		"of another key":        {tlsready.TLS12, 0xc02f, tlsready.Only(sha1EC), tlsready.Fails},
		"ECDSA":                 {tlsready.TLS12, 0xc02b, tlsready.Only(sha1EC), tlsready.Connects},
		"DSA":                   {tlsready.TLS12, 0x0032, tlsready.Only(sha1EC), tlsready.Fails},
		"not known":             {tlsready.TLS12, 0xc02f, tlsready.AtLeast(sha256), tlsready.Undecided},
		"RSA key exchange":      {tlsready.TLS12, 0x002f, tlsready.Only(sha256), tlsready.Connects},
		"TLS 1.1, without list": {tlsready.TLS11, 0xc013, tlsready.Only(sha256), tlsready.Connects},
	} {
		offer := offerOf(true, c.version)
		offer.SignatureAlgorithms, offer.Suites = nil, []tlsready.OfferedSuite{{Suite: c.suite}}
		accepts := tlsready.Acceptance{Versions: tlsready.Only(c.version), SignatureAlgorithms: c.schemes}
		if got := tlsready.Negotiate(offer, accepts); got.Outcome != c.outcome || c.outcome == tlsready.Fails && got.Step != tlsready.StepSignature {
			t.Errorf("%s: outcome %d at step %d, want %d", name, got.Outcome, got.Step, c.outcome)
		}
	}
}

// TestAxisJSON proves the three states of an axis in JSON: left out, null, list.
func TestAxisJSON(t *testing.T) {
	type doc struct {
		Versions tlsready.Axis[tlsready.Version] `json:"versions,omitzero"`
	}
	for want, d := range map[string]doc{
		`{}`:                       {},
		`{"versions":null}`:        {tlsready.UnknownOf[tlsready.Version]()},
		`{"versions":[]}`:          {tlsready.Only[tlsready.Version]()},
		`{"versions":["TLS 1.2"]}`: {tlsready.Only(tlsready.TLS12)},
	} {
		text, err := json.Marshal(d)
		if err != nil || string(text) != want {
			t.Errorf("%s %v, want %s", text, err, want)
		}
		var back doc
		if err := json.Unmarshal(text, &back); err != nil || back.Versions.IsAny() != d.Versions.IsAny() || back.Versions.IsUnknown() != d.Versions.IsUnknown() {
			t.Errorf("%s does not come back: %v", want, err)
		}
	}
}

// TestVersionNames proves how versions are spelled and read, drafts included.
func TestVersionNames(t *testing.T) {
	for name, v := range map[string]tlsready.Version{"SSL 2.0": tlsready.SSL20, "TLS 1.2": tlsready.TLS12, "TLS 1.3-draft16": 0x7f10, "0x0305": 0x0305} {
		if got := v.String(); got != name {
			t.Errorf("%s, want %s", got, name)
		}
		if got, err := tlsready.ParseVersion(name); err != nil || got != v {
			t.Errorf("%s is read as %v, %v", name, got, err)
		}
	}
	if _, err := tlsready.ParseVersion("TLS 1.9"); err == nil {
		t.Error("TLS 1.9 was taken")
	}
	for _, draft := range []tlsready.Version{0x7f1c, 0x7e01, 0xfb1a} {
		if draft.Rank() >= tlsready.TLS13.Rank() || draft.Rank() <= tlsready.TLS12.Rank() {
			t.Errorf("draft %s does not stand between TLS 1.2 and 1.3", draft)
		}
	}
}

// TestOwnOrder proves that a known order of suites decides: the first suite in common is
// agreed, even if the client then refuses its finite field and another suite would have worked;
// and that nothing is decided if a suite that only may be offered comes before it.
func TestOwnOrder(t *testing.T) {
	const dhe, ecdhe, static = tlsready.Suite(0x9e), tlsready.Suite(0xc02f), tlsready.Suite(0x2f)
	offer := offerOf(true, tlsready.TLS12)
	offer.Suites = []tlsready.OfferedSuite{{Suite: ecdhe}, {Suite: dhe}, {Suite: static}}
	offer.Limits.MinDH = 1024
	maybe := offer
	maybe.Suites = []tlsready.OfferedSuite{{Suite: ecdhe}, {Suite: dhe, Maybe: true}}
	server := func(own tlsready.Answer, bits int, list ...tlsready.Suite) tlsready.Acceptance {
		return tlsready.Acceptance{
			Versions: tlsready.Only(tlsready.TLS12), DHBits: bits, OwnOrder: map[tlsready.Version]tlsready.Answer{tlsready.TLS12: own},
			SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{tlsready.TLS12: tlsready.Only(list...)},
		}
	}
	for name, c := range map[string]struct {
		offer   tlsready.Offer
		accepts tlsready.Acceptance
		outcome tlsready.Outcome
		suite   tlsready.Suite
	}{
		"the server's order":             {offer, server(tlsready.Yes, 0, static, dhe, ecdhe), tlsready.Connects, static},
		"the client's order":             {offer, server(tlsready.No, 0, static, dhe, ecdhe), tlsready.Connects, ecdhe},
		"not known":                      {offer, server(tlsready.Unknown, 512, dhe, static), tlsready.Connects, static},
		"the server takes a small field": {offer, server(tlsready.Yes, 512, dhe, static), tlsready.Fails, dhe},
		"the client takes a small field": {offer, server(tlsready.No, 512, static, dhe), tlsready.Fails, dhe},
		"the field is behind":            {offer, server(tlsready.Yes, 512, static, dhe), tlsready.Connects, static},
		"a suite that may be there":      {maybe, server(tlsready.Yes, 512, dhe, ecdhe), tlsready.Undecided, 0},
		"it may be there, behind":        {maybe, server(tlsready.Yes, 512, ecdhe, dhe), tlsready.Connects, ecdhe},
	} {
		if got := tlsready.Negotiate(c.offer, c.accepts); got.Outcome != c.outcome || got.Suite != c.suite {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestKnownInPart proves that what is not known of an axis bears only on clients that
// could meet it.
func TestKnownInPart(t *testing.T) {
	part := tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12).Except(tlsready.TLS10)}
	least := takes(tlsready.TLS12)
	least.Suites = tlsready.AtLeast[tlsready.Suite](0xc02f)
	other := offerOf(true, tlsready.TLS12)
	other.Suites = []tlsready.OfferedSuite{{Suite: 0xc030}}
	for name, c := range map[string]struct {
		offer   tlsready.Offer
		accepts tlsready.Acceptance
		outcome tlsready.Outcome
	}{
		"a sure version above the open one":  {offerOf(true, tlsready.TLS10, tlsready.TLS12), part, tlsready.Connects},
		"the open version alone":             {offerOf(true, tlsready.TLS10), part, tlsready.Undecided},
		"a version that is surely not taken": {offerOf(true, tlsready.TLS11), part, tlsready.Fails},
		"an open version above the sure one": {offerOf(true, tlsready.TLS12, tlsready.TLS13), tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12).Except(tlsready.TLS13), SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{tlsready.TLS13: tlsready.UnknownOf[tlsready.Suite]()}}, tlsready.Undecided},
		"a suite that is surely taken":       {offerOf(true, tlsready.TLS12), least, tlsready.Connects},
		"a suite of which nobody knows":      {other, least, tlsready.Undecided},
	} {
		if got := tlsready.Negotiate(c.offer, c.accepts); got.Outcome != c.outcome {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if text, err := json.Marshal(part.Versions); err != nil || string(text) != "null" {
		t.Errorf("%s %v: a list says that nothing else is taken", text, err)
	}
}
