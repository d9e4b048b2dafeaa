package policy

import (
	"strings"
	"testing"

	"tlsready"
)

// Proves that every policy that is built in reads, bears its file's name, has words
// in both languages and a source, and names suites that fit its versions.
func TestBuiltins(t *testing.T) {
	if len(IDs()) < 2 {
		t.Fatalf("only %v", IDs())
	}
	for _, id := range IDs() {
		p, ok, err := ByID(id)
		if !ok || err != nil {
			t.Errorf("%s: %v %v", id, ok, err)
			continue
		}
		for _, c := range p.Citations {
			if c.Says["en"] == "" || c.Says["ja"] == "" {
				t.Errorf("%s: citation %+v", id, c)
			}
		}
		if p.ID != id || p.Name["en"] == "" || p.Name["ja"] == "" || len(p.Citations) == 0 || p.AsOf == "" {
			t.Errorf("%s: %+v", id, p)
		}
		for _, s := range p.Suites {
			fits := false
			for _, v := range p.Versions {
				fits = fits || s.Fits(tlsready.Version(v))
			}
			if !fits {
				t.Errorf("%s: %v fits none of its versions", id, s)
			}
		}
	}
	if _, ok, err := ByID("mozilla-nothing"); ok || err != nil {
		t.Errorf("a policy that is not there: %v %v", ok, err)
	}
}

// Proves that a file that cannot be meant is refused, with what is wrong in it.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "empty",
		"schema: tlsready.policy/v2": "not \"tlsready.policy/v1\"",
		"schema: tlsready.policy/v1": "id is missing",
		"schema: tlsready.policy/v1\nid: a\nsuits: []":                                   "unknown key suits",
		"schema: tlsready.policy/v1\nid: a\nversions: [TLS 4.2]":                         "TLS 4.2",
		"schema: tlsready.policy/v1\nid: a\nsuites: [AES]":                               "AES",
		"schema: tlsready.policy/v1\nid: a\ngroups: [P-1]":                               "P-1",
		"schema: tlsready.policy/v1\nid: a\nversions: [TLS 1.3]\nrequires: [TLS 1.2]":    "requires TLS 1.2",
		"schema: tlsready.policy/v1\nid: a\ndhBits: -1":                                  "below 0",
		"schema: tlsready.policy/v1\nid: a\ncertificate: {keyTypes: [dss]}":              "dss",
		"schema: tlsready.policy/v1\nid: a\ncertificate: {signatures: [md5]}":            "md5",
		"schema: tlsready.policy/v1\nid: a\n---\nschema: tlsready.policy/v1\nid: b":      "more than one",
		"schema: tlsready.policy/v1\nid: a\nversions: [TLS 1.2]\nversions: [TLS 1.3]\n":  "versions",
		"schema: tlsready.policy/v1\nid: a\nrequires: {TLS 1.2: yes}":                    "line 3",
		"schema: tlsready.policy/v1\nid: a\ncertificate: {keyTypes: [rsa], ecdsaBits: 1": "line",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Proves that no text makes the reader panic, and that what it takes has an id.
func FuzzParse(f *testing.F) {
	for _, id := range IDs() {
		data, err := files.ReadFile("data/" + id + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := Parse(data); err == nil && p.ID == "" {
			t.Error("a policy without an id")
		}
	})
}
