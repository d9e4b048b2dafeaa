package endpoint

import (
	"errors"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/message"
)

// Proves what each rule of --accepting leaves of an acceptance.
func TestRules(t *testing.T) {
	base := tlsready.Acceptance{
		Versions: tlsready.Only(tlsready.TLS10, tlsready.TLS12, tlsready.TLS13),
		SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{
			tlsready.TLS10: tlsready.Only[tlsready.Suite](0x2f, 0x0a, 0xc013, 0x05),
			tlsready.TLS12: tlsready.Only[tlsready.Suite](0x9c, 0x9e, 0xc02f, 0xc027, 0xcca8),
			tlsready.TLS13: tlsready.Only[tlsready.Suite](0x1301),
		},
		Groups: tlsready.Only(tlsready.X25519, tlsready.Secp256r1),
	}
	for rules, want := range map[string]string{
		"TLS 1.2+":                "TLS 1.2 TLS 1.3",
		"TLS 1.2":                 "TLS 1.2",
		"TLS 1.0, TLS 1.2":        "TLS 1.0 TLS 1.2",
		"-TLS 1.0":                "TLS 1.2 TLS 1.3",
		"+TLS 1.1":                "TLS 1.0 TLS 1.2 TLS 1.3 TLS 1.1",
		"TLS 1.2+; +TLS 1.0":      "TLS 1.2 TLS 1.3 TLS 1.0",
		"tls 1.2+":                "TLS 1.2 TLS 1.3",
		" TLS 1.2+ ;; - TLS 1.3 ": "TLS 1.2",
		"-CBC":                    "TLS 1.0 TLS 1.2 TLS 1.3 | TLS_RSA_WITH_RC4_128_SHA | TLS_RSA_WITH_AES_128_GCM_SHA256 TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 | TLS_AES_128_GCM_SHA256",
		"-rsa-kx; -3des; -SHA1":   "TLS 1.0 TLS 1.2 TLS 1.3 |  | TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 | TLS_AES_128_GCM_SHA256",
		"TLS 1.3; +TLS_AES_256_GCM_SHA384; -TLS_AES_128_GCM_SHA256": "TLS 1.3 |  |  | TLS_AES_256_GCM_SHA384",
	} {
		list, err := ParseRules(rules)
		if err != nil {
			t.Errorf("%s: %v", rules, err)
			continue
		}
		a := apply(base, list)
		got := strings.Join(names(a.Versions.List()), " ")
		if strings.Contains(want, "|") {
			for _, v := range []tlsready.Version{tlsready.TLS10, tlsready.TLS12, tlsready.TLS13} {
				got += " | "
				if a.Versions.Allows(v) == tlsready.Yes {
					got += strings.Join(names(a.SuitesFor(v).List()), " ")
				}
			}
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", rules, got, want)
		}
	}
	if len(base.SuitesOf[tlsready.TLS10].List()) != 4 {
		t.Error("a rule changed what it was given")
	}
}

// Proves that groups are taken away and added, and that of what is not known nothing
// is made up.
func TestRulesOnGroupsAndUnknown(t *testing.T) {
	list, err := ParseRules("-x25519; +P-384; -CBC; TLS 1.2+")
	if err != nil {
		t.Fatal(err)
	}
	a := apply(tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Groups: tlsready.Only(tlsready.X25519)}, list)
	if got := strings.Join(names(a.Groups.List()), " "); got != "secp384r1" {
		t.Errorf("%s", got)
	}
	a = apply(nothingKnown(), list)
	if !a.Versions.IsUnknown() || !a.Suites.IsUnknown() || !a.Groups.IsUnknown() {
		t.Errorf("%+v", a)
	}
}

// Proves that a rule that cannot be meant is refused with its place and its reason.
func TestRulesRefused(t *testing.T) {
	for rules, want := range map[string]struct {
		column int
		why    string
	}{
		"TLS 9.9+":       {1, `"TLS 9.9" is not a protocol version`},
		"TLS 1.2+; -FOO": {11, "the classes are 3DES, AES128"},
		"+CBC":           {1, "no version, suite or group"},
		"CBC":            {1, `"CBC" is not a protocol version`},
		" ; ":            {1, "no rule"},
		"-":              {1, "the classes are"},
		"TLS 1.2, x":     {1, `"x" is not a protocol version`},
	} {
		_, err := ParseRules(rules)
		var bad *RuleError
		if !errors.As(err, &bad) || bad.Column != want.column || !strings.Contains(message.For("en").Render(bad.Why), want.why) {
			t.Errorf("%q: %+v", rules, err)
		}
	}
}

// FuzzRules proves that no text makes the reader panic, and that what it takes can be
// applied.
func FuzzRules(f *testing.F) {
	for _, text := range []string{"TLS 1.2+; -CBC; -3DES; -RSA-kx", "-x25519;+P-384", "tls12", "TLS 1.0, TLS 1.1", "+TLS_AES_128_GCM_SHA256"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if list, err := ParseRules(text); err == nil {
			apply(tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: tlsready.Only[tlsready.Suite](0x2f)}, list)
		}
	})
}
