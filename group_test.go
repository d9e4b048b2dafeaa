package tlsready_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	. "tlsready"
)

func TestGroupNamesAndCodes(t *testing.T) {
	all := Groups()
	if len(all) != 59 {
		t.Errorf("%d groups, want 59", len(all))
	}
	for i, g := range all {
		if i > 0 && all[i-1] >= g {
			t.Errorf("%v stands after %v", g, all[i-1])
		}
		code := fmt.Sprintf("0x%04x", uint16(g))
		for _, spelling := range []string{g.String(), strings.ToUpper(g.String()), code} {
			if got, err := ParseGroup(spelling); got != g || err != nil {
				t.Errorf("ParseGroup(%q) = %v, %v", spelling, got, err)
			}
		}
		if g.String() == code {
			t.Errorf("%s has no name", code)
		}
	}
}

func TestGroupCodesOfTheDocuments(t *testing.T) {
	for _, want := range []struct {
		group Group
		code  uint16
		name  string
	}{
		{Secp256r1, uint16(tls.CurveP256), "secp256r1"},
		{Secp384r1, uint16(tls.CurveP384), "secp384r1"},
		{Secp521r1, uint16(tls.CurveP521), "secp521r1"},
		{X25519, uint16(tls.X25519), "x25519"},
		{X448, 30, "x448"},
		{FFDHE2048, 256, "ffdhe2048"},
		{FFDHE3072, 257, "ffdhe3072"},
		{FFDHE4096, 258, "ffdhe4096"},
		{FFDHE6144, 259, "ffdhe6144"},
		{FFDHE8192, 260, "ffdhe8192"},
		{X25519MLKEM768, uint16(tls.X25519MLKEM768), "X25519MLKEM768"},
		{SecP256r1MLKEM768, uint16(tls.SecP256r1MLKEM768), "SecP256r1MLKEM768"},
		{SecP384r1MLKEM1024, uint16(tls.SecP384r1MLKEM1024), "SecP384r1MLKEM1024"},
		{41, 41, "curveSM2"},
		{31, 31, "brainpoolP256r1tls13"},
		{33, 33, "brainpoolP512r1tls13"},
		{0x11ee, 4590, "curveSM2MLKEM768"},
		{0x2a2a, 0x2a2a, "0x2a2a"},
	} {
		if uint16(want.group) != want.code || want.group.String() != want.name {
			t.Errorf("%#04x is %q, want %#04x, %q", uint16(want.group), want.group, want.code, want.name)
		}
	}
}

func TestParseGroup(t *testing.T) {
	for text, want := range map[string]Group{
		"P-256": Secp256r1, "P256": Secp256r1, "p-384": Secp384r1, "P-521": Secp521r1, "p521": Secp521r1,
		"X25519": X25519, "x25519mlkem768": X25519MLKEM768, "0x11EC": X25519MLKEM768, "0x0a0a": 0x0a0a,
	} {
		if got, err := ParseGroup(text); got != want || err != nil {
			t.Errorf("ParseGroup(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "P-224", "P--256", "0x1", "0x000017", "23", "secp256"} {
		if got, err := ParseGroup(text); err == nil || got != 0 {
			t.Errorf("ParseGroup(%q) = %v, %v, want an error", text, got, err)
		}
	}
	g := X448
	if err := g.UnmarshalText([]byte("P-224")); err == nil || g != X448 {
		t.Errorf("a wrong name gives %v, %v", g, err)
	}
	if err := g.UnmarshalText([]byte("P-256")); err != nil || g != Secp256r1 {
		t.Errorf("P-256 is read as %v, %v", g, err)
	}
	if text, err := g.MarshalText(); string(text) != "secp256r1" || err != nil {
		t.Errorf("P-256 is written %q, %v", text, err)
	}
}

func TestGroupFiniteField(t *testing.T) {
	for _, g := range append(Groups(), 0x01fc, 0x2a2a) {
		want := strings.HasPrefix(g.String(), "ffdhe") || g == 0x01fc // private use: RFC 7919 section 2
		if got := g.FiniteField(); got != want {
			t.Errorf("%v.FiniteField() = %v", g, got)
		}
	}
}
