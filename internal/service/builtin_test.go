package service_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/service"
)

// Every built-in profile parses, names itself as its file does, and gives a
// reader both languages, a source and an as-of date.
func TestBuiltinProfiles(t *testing.T) {
	ids := service.IDs()
	if len(ids) < 25 {
		t.Fatalf("%d built-in profiles, want at least 25", len(ids))
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			p, ok, err := service.ByID(id)
			if err != nil || !ok {
				t.Fatalf("ByID: found %v, %v", ok, err)
			}
			if p.ID != id {
				t.Errorf("the file of %s holds the id %s", id, p.ID)
			}
			if p.AsOf.IsZero() || len(p.Callers) == 0 {
				t.Errorf("asOf %q, callers %v: neither may be missing", p.AsOf, p.Callers)
			}
			checkWords(t, "name", p.Name)
			checkWords(t, "note", p.Note)
			checkCitations(t, p.Citations)
			for _, r := range p.Documented {
				if len(r.Note) > 0 {
					checkWords(t, "note of a step", r.Note)
				}
				if r.Citation == "" {
					t.Errorf("a documented step says not where it stands: %+v", r.AppliesTo)
				}
			}
		})
	}
}

func checkWords(t *testing.T, what string, words map[string]string) {
	t.Helper()
	if len(words) != 2 {
		t.Errorf("%s: %v, want en and ja alone", what, words)
	}
	for _, lang := range []string{"en", "ja"} {
		if strings.TrimSpace(words[lang]) == "" {
			t.Errorf("%s has no %s text", what, lang)
		}
	}
}

func checkCitations(t *testing.T, citations []service.Citation) {
	t.Helper()
	if len(citations) == 0 {
		t.Error("no citation")
	}
	for _, c := range citations {
		if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" || u.Host == "" || c.Says.In("en") == "" {
			t.Errorf("citation %+v: an https address and what it says are wanted", c)
		}
	}
}

// The recipe for Azure Backup comes out in the vendor's order: Schannel, .NET,
// WinHTTP; four values on 2012 R2 to 2016, six and two on 7 to 2012.
func TestAzureBackupRecipe(t *testing.T) {
	p, _, err := service.ByID("azure-backup")
	if err != nil {
		t.Fatal(err)
	}
	schannel := []string{"Enabled", "DisabledByDefault"}
	net := []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto"}
	winhttp := []string{"DefaultSecureProtocols", "DefaultSecureProtocols"}
	seven := slices.Concat(schannel, net, winhttp)
	tests := []struct {
		name    string
		os      host.OS
		want    []string
		updates []string
	}{
		{"2008 SP2", host.OS{Version: "6.0", Build: 6002}, slices.Concat(schannel, net), []string{"KB4019276"}},
		{"7 x86", host.OS{Version: "6.1", Build: 7601, Architecture: "x86"}, slices.Concat(schannel, net[:2], winhttp[:1]), []string{"KB3140245"}},
		{"2008 R2", host.OS{Version: "6.1", Build: 7601}, seven, []string{"KB3140245"}},
		{"2012", host.OS{Version: "6.2", Build: 9200}, seven, []string{"KB3140245"}},
		{"2012 R2", host.OS{Version: "6.3", Build: 9600}, net, nil},
		{"2016", host.OS{Version: "10.0", Build: 14393}, net, nil},
		{"10 1803", host.OS{Version: "10.0", Build: 17134}, net, nil},
		{"10 1809", host.OS{Version: "10.0", Build: 17763}, nil, nil},
		{"2022", host.OS{Version: "10.0", Build: 20348}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range p.DocumentedFor(tt.os) {
				got = append(got, c.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("values %v, want %v", got, tt.want)
			}
			var updates []string
			for _, r := range p.Documented {
				if r.AppliesTo.Match(tt.os) {
					updates = append(updates, r.Updates...)
				}
			}
			if !slices.Equal(updates, tt.updates) {
				t.Errorf("updates %v, want %v", updates, tt.updates)
			}
		})
	}
}

// What the announcement says of Azure Backup's date stands in the profile: the
// day, whose clock, and how certain it is.
func TestAzureBackupDate(t *testing.T) {
	p, _, err := service.ByID("azure-backup")
	if err != nil {
		t.Fatal(err)
	}
	last := p.Last()
	if last.From.String() != "2021-09-01" || last.Timezone != "America/Los_Angeles" || last.Status != "announced" {
		t.Errorf("last phase: %s %s %s", last.From, last.Timezone, last.Status)
	}
	before, _ := service.ParseDate("2021-08-31")
	if got := p.PhaseOn(before).Acceptance().Versions.List(); len(got) != 3 {
		t.Errorf("the day before accepts %v, want three versions", got)
	}
	if got := last.Acceptance().Versions.List(); len(got) != 1 {
		t.Errorf("the last phase accepts %v, want TLS 1.2 alone", got)
	}
}

// A profile without a deadline gives an answer for any day.
func TestGenericProfilesHaveOnePhase(t *testing.T) {
	for _, id := range []string{"tls12", "tls13"} {
		p, ok, err := service.ByID(id)
		if err != nil || !ok {
			t.Fatalf("%s: found %v, %v", id, ok, err)
		}
		if len(p.Phases) != 1 {
			t.Errorf("%s has %d phases, want 1", id, len(p.Phases))
		}
	}
}
