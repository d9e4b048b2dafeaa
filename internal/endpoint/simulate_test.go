package endpoint

import (
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Proves that the two ways together never hide that they differ.
func TestCombine(t *testing.T) {
	yes := document.ClientResult{Connects: tlsready.Yes, Version: tlsready.TLS12, Suite: 0xc02f, Why: answerText(tlsready.Yes)}
	no := document.ClientResult{Connects: tlsready.No, Why: answerText(tlsready.No)}
	open := document.ClientResult{Why: answerText(tlsready.Unknown)}
	words := message.For("en")
	for _, c := range []struct {
		computed, sent document.ClientResult
		want           tlsready.Answer
		why            string
	}{
		{yes, yes, tlsready.Yes, "yes"},
		{no, no, tlsready.No, "no"},
		{yes, open, tlsready.Yes, "yes"},
		{open, no, tlsready.No, "no"},
		{open, open, tlsready.Unknown, "unknown"},
		{yes, no, tlsready.Unknown, "yes (yes); the client's own hello, sent: no (no)"},
		{no, yes, tlsready.Unknown, "no (no); the client's own hello, sent: yes (yes)"},
	} {
		got := combine(c.computed, c.sent)
		if got.Connects != c.want || !strings.Contains(words.Render(got.Why), c.why) {
			t.Errorf("%v and %v: %v, %s", c.computed.Connects, c.sent.Connects, got.Connects, words.Render(got.Why))
		}
	}
}

// Proves that a client's refusal after the ServerHello is told apart from a server's:
// a key or a finite field that is too small, and a hash that it does not take.
func TestClientRefuses(t *testing.T) {
	offer := tlsready.Offer{
		Exact: true, Versions: []tlsready.OfferedVersion{{Version: tlsready.TLS12}},
		Suites:              []tlsready.OfferedSuite{{Suite: 0xc02f}, {Suite: 0x9e}},
		Groups:              []tlsready.OfferedGroup{{Group: tlsready.Secp256r1}},
		SignatureAlgorithms: []tlsready.OfferedScheme{{Scheme: tlsready.RSAPKCS1SHA256}},
		Limits:              tlsready.Limits{MinDH: 1024, MinRSA: 1024},
	}
	for name, c := range map[string]struct {
		chosen tlsready.Acceptance
		want   string
	}{
		"small key":    {tlsready.Acceptance{Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 512}}, "RSA key has 512 bits"},
		"SHA-512":      {tlsready.Acceptance{Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA512}}, "signed with rsa_pkcs1_sha512"},
		"small DH":     {tlsready.Acceptance{DHBits: 768, Suites: tlsready.Only[tlsready.Suite](0x9e)}, "has 768 bits"},
		"other group":  {tlsready.Acceptance{Groups: tlsready.Only(tlsready.X25519)}, "no group in common"},
		"other suite":  {tlsready.Acceptance{Suites: tlsready.Only[tlsready.Suite](0xc030)}, "does not offer"},
		"other scheme": {tlsready.Acceptance{SignatureAlgorithms: tlsready.Only(tlsready.RSAPKCS1SHA512)}, "no signature algorithm"},
	} {
		c.chosen.Versions = tlsready.Only(tlsready.TLS12)
		if c.chosen.Suites.IsAny() {
			c.chosen.Suites = tlsready.Only[tlsready.Suite](0xc02f)
		}
		res := tlsready.Negotiate(offer, c.chosen)
		if got := message.For("en").Render(whyRefuses(offer, c.chosen, res)); res.Outcome != tlsready.Fails || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, %s", name, res.Outcome, got)
		}
	}
}
