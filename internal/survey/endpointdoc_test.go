package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"reflect"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/probe"
)

// sameAcceptance says that a document gives back what the probe folded, also after it
// was written and read.
func sameAcceptance(t testing.TB, e *document.Endpoint, r *probe.Result) {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	back, err := document.ReadEndpoint(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	want := plain(r.Acceptance())
	for way, got := range map[string]tlsready.Acceptance{"made": e.Acceptance(), "read": back.Acceptance()} {
		if got := plain(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %+v\nprobed: %+v\n%s", way, got, want, data)
		}
	}
}

// plainAxis is an axis in the open: what it takes, what it may take, whether it has an
// end.
type plainAxis[T comparable] struct {
	List, Open   []T
	Any, Unknown bool
}

func plainOf[T comparable](a tlsready.Axis[T]) plainAxis[T] {
	return plainAxis[T]{append([]T{}, a.List()...), append([]T{}, a.Open()...), a.IsAny(), a.IsUnknown()}
}

// plain is an acceptance that can be compared: an empty list is the same as none.
func plain(a tlsready.Acceptance) any {
	suites := map[tlsready.Version]plainAxis[tlsready.Suite]{}
	for v, axis := range a.SuitesOf {
		suites[v] = plainOf(axis)
	}
	return []any{plainOf(a.Versions), plainOf(a.Suites), suites, plainOf(a.Groups), plainOf(a.SignatureAlgorithms), a.Certificate, a.DHBits, a.OwnOrder}
}

// some picks a part of a list, in an order of its own.
func some[T any](r *rand.Rand, list []T) []T {
	var part []T
	for _, i := range r.Perm(len(list))[:r.IntN(min(len(list), 6)+1)] {
		part = append(part, list[i])
	}
	return part
}

func anyAnswer(r *rand.Rand) tlsready.Answer { return tlsready.Answer(r.IntN(3)) }

// anyResult is a result as a probe could fold it, and odder ones.
func anyResult(r *rand.Rand) *probe.Result {
	res := &probe.Result{
		Target:   probe.Target{Name: "lab.example.com:443"},
		Versions: map[tlsready.Version]tlsready.Answer{}, Suites: map[tlsready.Version][]tlsready.Suite{},
		Complete: map[tlsready.Version]bool{}, OwnOrder: map[tlsready.Version]tlsready.Answer{},
		Groups: some(r, []tlsready.Group{tlsready.Secp256r1, tlsready.X25519, tlsready.FFDHE2048, tlsready.X25519MLKEM768, 0x2a2a}), GroupsKnown: r.IntN(2) == 0,
		SignatureAlgorithms: some(r, []tlsready.SignatureScheme{tlsready.RSAPKCS1SHA1, tlsready.RSAPKCS1SHA256, tlsready.RSAPSSRSAESHA256, tlsready.Ed25519, 0x0202}), SignaturesKnown: r.IntN(2) == 0,
		DHBits: []int{0, 1024, 2048}[r.IntN(3)], OCSPStaple: anyAnswer(r), ClientCertificate: anyAnswer(r),
	}
	for _, v := range tlsready.Versions() {
		if r.IntN(3) > 0 {
			res.Versions[v] = anyAnswer(r)
		}
		if r.IntN(3) > 0 {
			res.Suites[v] = some(r, append(tlsready.Suites(), 0xfafa, 0x0f0080))
			res.Complete[v], res.OwnOrder[v] = r.IntN(2) == 0, anyAnswer(r)
		}
	}
	for range r.IntN(4) {
		var chain []probe.Certificate
		for range 1 + r.IntN(3) {
			chain = append(chain, probe.Certificate{
				Subject: "CN=lab.example.com", KeyType: []string{"rsa", "ecdsa", "eddsa", "dsa", ""}[r.IntN(5)], KeyBits: []int{0, 256, 2048}[r.IntN(3)],
				Signature: []tlsready.SignatureScheme{0, 0x0101, 0x0202, tlsready.RSAPKCS1SHA256}[r.IntN(4)], NotAfter: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			})
		}
		res.Chains = append(res.Chains, chain)
	}
	if r.IntN(8) == 0 {
		res.Err = fmt.Errorf("%w: %w", probe.ErrNotTLS, errors.New("HTTP"))
	}
	return res
}

// Proves that the document of a probed endpoint gives back the acceptance that the
// probe folded, whatever that was, also after it was written and read; and that it
// keeps the chains apart.
func TestDocumentGivesAcceptanceBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		res := anyResult(r)
		e := EndpointOf(res)
		sameAcceptance(t, e, res)
		chains := e.Chains()
		if len(chains) != len(res.Chains) {
			t.Fatalf("%d chains of %d", len(chains), len(res.Chains))
		}
		for i, chain := range chains {
			if len(chain) != len(res.Chains[i]) || chain[0].Scheme() != res.Chains[i][0].Signature {
				t.Fatalf("chain %d: %+v, was %+v", i, chain, res.Chains[i])
			}
		}
	}
}

// Proves that an error is told in words of the reader's language with its cause, and a
// name that is not known without the server that was asked.
func TestWhyNotProbed(t *testing.T) {
	for want, err := range map[string]error{
		"no connection: refused":                              unreachable(errors.New("refused")),
		"the endpoint takes connections and says nothing":     probe.ErrSilent,
		"there is no host of the name a.example.com":          &net.OpError{Err: &net.DNSError{Err: "no such host", Name: "a.example.com", Server: "192.0.2.53:53", IsNotFound: true}},
		"the address of b.example.com could not be looked up": &net.DNSError{Err: "timeout", Name: "b.example.com", Server: "192.0.2.53:53"},
		"out of time": errors.New("out of time"),
	} {
		if got := message.For("en").Render(WhyNotProbed(err)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := message.For("ja").Render(WhyNotProbed(unreachable(errors.New("x")))); got != "接続できません: x" {
		t.Errorf("%q", got)
	}
}

func unreachable(why error) error {
	return message.Error("probing.because", message.Cause("what", probe.ErrUnreachable), message.Cause("why", why))
}
