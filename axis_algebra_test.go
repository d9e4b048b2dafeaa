package tlsready_test

import (
	"testing"

	"tlsready"
)

// axes are all axes over two items, with a third of which none says anything.
func axes() []tlsready.Axis[int] {
	list := []tlsready.Axis[int]{tlsready.AnyOf[int]()}
	for _, named := range [][]int{nil, {1}, {2}, {2, 1}} {
		list = append(list, tlsready.AtLeast(named...))
		for _, open := range [][]int{nil, {1}, {2}, {1, 2}} {
			list = append(list, tlsready.Only(named...).Except(open...))
		}
	}
	return list
}

// and is what follows where two things both have to be so.
func and(a, b tlsready.Answer) tlsready.Answer {
	switch {
	case a == tlsready.No || b == tlsready.No:
		return tlsready.No
	case a == tlsready.Yes && b == tlsready.Yes:
		return tlsready.Yes
	}
	return tlsready.Unknown
}

// Proves that the algebra of axes makes nothing up: for each pair of axes and each
// item, both together take what each of them takes; an item that is added is taken and
// nothing else changes; what is taken away is not taken, unless the axis knows no end.
func TestAxisAlgebra(t *testing.T) {
	for _, a := range axes() {
		for x := 1; x <= 3; x++ {
			for _, b := range axes() {
				if got, want := a.Intersect(b).Allows(x), and(a.Allows(x), b.Allows(x)); got != want {
					t.Errorf("%+v and %+v take %d: %v, want %v", a, b, x, got, want)
				}
			}
			for added := 1; added <= 3; added++ {
				want := a.Allows(x)
				if x == added {
					want = tlsready.Yes
				}
				if got := a.With(added).Allows(x); got != want {
					t.Errorf("%+v with %d takes %d: %v, want %v", a, added, x, got, want)
				}
			}
			want := a.Allows(x)
			if x == 1 && a.IsUnknown() {
				want = tlsready.Unknown
			} else if x == 1 && !a.IsAny() {
				want = tlsready.No
			}
			if got := a.Filter(func(y int) bool { return y != 1 }).Allows(x); got != want {
				t.Errorf("%+v without 1 takes %d: %v, want %v", a, x, got, want)
			}
		}
	}
}

// Proves that what two servers of one name have in common leaves open what only one of
// them tells: whose order decides, the certificate; the smaller finite field counts.
func TestCommonAcceptance(t *testing.T) {
	server := func(bits int, key string, suites ...tlsready.Suite) tlsready.Acceptance {
		return tlsready.Acceptance{
			Versions: tlsready.Only(tlsready.TLS12),
			SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{tlsready.TLS12: tlsready.Only(suites...)},
			OwnOrder: map[tlsready.Version]tlsready.Answer{tlsready.TLS12: tlsready.Yes},
			DHBits:   bits, Certificate: tlsready.Certificate{KeyType: key},
		}
	}
	a, b := server(2048, "rsa", 0xc02f, 0x9c), server(1024, "ecdsa", 0x9c, 0xc02f)
	c := a.Common(b)
	if c.DHBits != 1024 || c.Certificate.KeyType != "" || c.OwnOrder[tlsready.TLS12] != tlsready.Unknown || len(c.SuitesFor(tlsready.TLS12).List()) != 2 {
		t.Errorf("%+v", c)
	}
	if c = a.Common(a); c.Certificate.KeyType != "rsa" || c.OwnOrder[tlsready.TLS12] != tlsready.Yes || len(c.SuitesOf) != 1 {
		t.Errorf("the same twice: %+v", c)
	}
}

// Proves that an answer is read as it is written, and nothing else.
func TestAnswerText(t *testing.T) {
	for _, want := range []tlsready.Answer{tlsready.Yes, tlsready.No, tlsready.Unknown} {
		got := tlsready.Yes
		if text, _ := want.MarshalText(); got.UnmarshalText(text) != nil || got != want {
			t.Errorf("%v became %v", want, got)
		}
	}
	var a tlsready.Answer
	for _, odd := range []string{"", "Yes", "maybe"} {
		if a.UnmarshalText([]byte(odd)) == nil {
			t.Errorf("%q was taken for %v", odd, a)
		}
	}
}
