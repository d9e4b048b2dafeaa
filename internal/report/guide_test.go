package report

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/testkit/golden"
)

// ownGuide is the page of a service whose owner filled in everything, with names that try
// to be markup.
func ownGuide() *document.Guide {
	const schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	const net4 = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	days := 30
	both := []document.Change{
		{Key: net4, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)},
		{Key: `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)},
	}
	return &document.Guide{
		Service: document.Service{
			ID: "our-api", Name: map[string]string{"en": "Our <API>", "ja": "自社 <API>"}, Status: "announced", From: "2027-03-01",
			Formerly: []string{"2026-09-01"}, DaysLeft: &days, Accepts: &document.Acceptance{Versions: tlsready.Only(tlsready.TLS12, tlsready.TLS13)},
			Note:      map[string]string{"en": "A | note", "ja": "注記"},
			Citations: []document.Citation{{URL: "https://example.com/tls", Says: "the announcement", SaysIn: map[string]string{"ja": "告知"}}, {URL: "javascript:alert(1)", Says: "no link"}},
		},
		Contact: map[string]string{"en": "help@example.com"}, TestEndpoint: "tls12.example.com:443", Brownouts: []document.Brownout{{On: "2027-02-01", Hours: "10:00-11:00 UTC"}},
		Stacks:   []string{"dotnet", "winhttp"},
		Affected: []string{"Windows XP", "Windows 7", "Windows Server 2008 R2", "Windows 8.1", "Windows 10 1507", "Windows 10 1511", "Windows 10 1607"}, Unaffected: []string{"Windows Server 2019", "Windows 11 24H2"},
		Groups: []document.GuideGroup{
			{Systems: []string{"Windows XP"}, Upgrade: true, Old: true, Verdict: "fails"},
			{
				Systems: []string{"Windows 7", "Windows Server 2008 R2"}, Updates: []string{"KB3140245"}, Framework: "4.5.2", Documented: true, Verdict: "fails", Restart: "reboot",
				Settings: append([]document.Change{{Key: schannel, Name: "Enabled", Data: host.Dword(1)}}, both...),
				Fewest:   both, Lacks: []document.Lack{{Stack: "winhttp-x64", Cause: "protocol-version"}},
			},
			{
				Systems:  []string{"Windows 8.1", "Windows 10 1507", "Windows 10 1511", "Windows 10 1607"},
				Settings: both, Fewest: both, Verdict: "connects", Restart: "service",
			},
		},
	}
}

// TestGuide proves what the announcement page looks like in both languages and formats.
func TestGuide(t *testing.T) {
	for _, lang := range message.Languages() {
		for ext, write := range map[string]func(*strings.Builder) error{
			"md":   func(b *strings.Builder) error { return Guide(b, ownGuide(), message.For(lang)) },
			"html": func(b *strings.Builder) error { return GuideHTML(b, ownGuide(), message.For(lang)) },
		} {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, filepath.Join("testdata", "guide-"+lang+"."+ext), []byte(b.String()))
		}
	}
}

// TestGuideOrder proves the order of the page: the table first, then how the fault looks,
// the steps, proof and undo; the newest systems first, those that nobody supports folded
// at the end; and that the owner's contact, test endpoint and brownouts stand there.
func TestGuideOrder(t *testing.T) {
	var b strings.Builder
	if err := Guide(&b, ownGuide(), message.For("en")); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"# Our", "moved once (was 2026-09-01)", "2027-02-01 10:00-11:00 UTC", "help", "## In short", "Windows 8.1; Windows 10 1507–1607", "## How the fault looks",
		"https://tls12.example.com/", "SecurityProtocol", "## What to do", "### 1. Windows 8.1", "### 2. Windows 7", "KB3140245", "## Proof", "## Undo", "<details>", "### 3. Windows XP", "## Sources",
	} {
		next := strings.Index(b.String()[at:], want)
		if next < 0 {
			t.Fatalf("no %q after\n%s\nin\n%s", want, b.String()[:at], b.String())
		}
		at += next
	}
}

// TestGuideHTMLIsSafe proves that the page loads nothing, links only to web pages, and
// that names stay text.
func TestGuideHTMLIsSafe(t *testing.T) {
	var b strings.Builder
	if err := GuideHTML(&b, ownGuide(), message.For("en")); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<API>", `href="javascript:`, "<script", "src=", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("a link leads to #%s, which is not there", m[1])
		}
	}
}
