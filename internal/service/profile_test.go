package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/service"
)

const minimal = `schema: tlsready.service/v1
id: own
phases: [{from: 2026-01-01, accepts: {versions: [TLS 1.2]}}]
`

// What is wrong in a profile is refused with the word that is wrong, and with the line if the
// YAML reader knows it.
func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "empty"},
		{"other schema", "schema: tlsready.caller/v1\nid: a\n", "tlsready.caller/v1"},
		{"unknown key", minimal + "calers: [mars]\n", "line 4: unknown key calers"},
		{"no phases", "schema: tlsready.service/v1\nid: own\n", "no phases"},
		{"bad id", "schema: tlsready.service/v1\nid: Own Service\n", "Own Service"},
		{"bad date", strings.Replace(minimal, "2026-01-01", "2026-02-30", 1), "2026-02-30"},
		{"date missing", strings.Replace(minimal, "from: 2026-01-01, ", "", 1), "`from`"},
		{"bad version", strings.Replace(minimal, "TLS 1.2", "TLS 4.2", 1), "TLS 4.2"},
		{"bad axis", strings.Replace(minimal, "versions:", "version:", 1), "line 3: unknown key version"},
		{"bad status", strings.Replace(minimal, "accepts:", "status: sure, accepts:", 1), "sure"},
		{"bad zone", strings.Replace(minimal, "accepts:", "timezone: JST, accepts:", 1), "JST"},
		{"bad suite", strings.Replace(minimal, "{versions: [TLS 1.2]}", "{suites: [ECDHE-RSA-AES128-GCM-SHA256]}", 1), "ECDHE-RSA-AES128-GCM-SHA256"},
		{"bad root", minimal + "roots: [abc]\n", `"abc"`},
		{"bad value", minimal + "documented: [{settings: [{key: 'HKLM\\SOFTWARE\\A', name: B, type: REG_DWORD, value: yes}]}]\n", "yes"},
		{"bad type", minimal + "documented: [{settings: [{key: 'HKLM\\SOFTWARE\\A', name: B, type: DWORD, value: 1}]}]\n", "DWORD"},
		{"two documents", minimal + "---\n" + minimal, "more than one document"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := service.Parse([]byte(tt.text))
			if err == nil {
				t.Fatalf("accepted: %+v", p)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

// The three states of an axis are kept apart: left out, null, and a list.
func TestAxisStates(t *testing.T) {
	p, err := service.Parse([]byte(strings.Replace(minimal, "versions: [TLS 1.2]", "versions: [TLS 1.2], suites: null", 1)))
	if err != nil {
		t.Fatal(err)
	}
	a := p.Last().Acceptance()
	if a.Versions.IsAny() || a.Versions.IsUnknown() || !a.Suites.IsUnknown() || !a.Groups.IsAny() {
		t.Errorf("versions %v, suites %v, groups %v", a.Versions, a.Suites, a.Groups)
	}
}

// Phases may be written in any order; the day decides which one holds.
func TestPhaseOn(t *testing.T) {
	p, err := service.Parse([]byte(`schema: tlsready.service/v1
id: own
phases:
  - {from: 2026-06-01, status: announced, accepts: {versions: [TLS 1.3]}}
  - {from: 2020-01-01, status: enforced, accepts: {versions: [TLS 1.2]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2019-12-31": "enforced", "2020-01-01": "enforced", "2026-05-31": "enforced", "2026-06-01": "announced", "2030-01-01": "announced"} {
		on, err := service.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.PhaseOn(on).Status; got != want {
			t.Errorf("on %s: %s, want %s", day, got, want)
		}
	}
}

// FuzzParse: no input makes the parser panic, and what it accepts can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(`{"schema":"tlsready.service/v1","id":"a","phases":[{"from":"2026-01-01","accepts":{"versions":null,"dhBits":1024}}]}`))
	f.Add([]byte("a: &a [*a]\n"))
	for _, id := range service.IDs() {
		if data, err := os.ReadFile(filepath.Join("data", id+".yaml")); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := service.Parse(data)
		if err != nil {
			return
		}
		day, _ := service.ParseDate("2026-01-01")
		_ = p.PhaseOn(day).Acceptance().RestrictsSuites()
		if p.NameIn("ja") == "" {
			t.Error("a profile that was accepted has no name to show")
		}
	})
}
