package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// program runs the real command line in this process.
func program(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = Run(context.Background(), args, Streams{Out: &o, Err: &e}, []string{"LANG=C"})
	return status, o.String(), e.String()
}

func guideOf(t *testing.T, id string) document.Guide {
	t.Helper()
	status, out, errs := program(t, "services", "guide", id, "--today", "2021-06-15", "--json")
	if status != 0 {
		t.Fatal(errs)
	}
	var g document.Guide
	if err := json.Unmarshal([]byte(out), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestAnnouncement holds the page of azure-backup against what was announced:
// the date in US time, who is affected, the steps by system, what needs nothing.
func TestAnnouncement(t *testing.T) {
	g := guideOf(t, "azure-backup")
	if g.Service.From != "2021-09-01" || g.Service.Timezone != "America/Los_Angeles" || g.Service.Status != "announced" || *g.Service.DaysLeft != 78 {
		t.Errorf("the cut-over is %s %s %s, %d days from 2021-06-15", g.Service.From, g.Service.Timezone, g.Service.Status, *g.Service.DaysLeft)
	}
	if g.LastServer != "Windows Server 2016" || g.LastClient != "Windows 10 1803" {
		t.Errorf("affected up to %s and %s", g.LastServer, g.LastClient)
	}
	for _, name := range []string{"Windows Server 2019", "Windows 10 1809", "Windows Server 2022", "Windows 11 21H2"} {
		if !slices.Contains(g.Unaffected, name) {
			t.Errorf("%s needs nothing, but is not said to", name)
		}
	}
	const key = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	for _, row := range []struct {
		system   string
		settings int
		schannel bool
		update   string
	}{
		{"Windows 7", 8, true, "KB3140245"},
		{"Windows Server 2008 R2", 8, true, "KB3140245"},
		{"Windows Server 2012", 8, true, "KB3140245"},
		{"Windows Server 2008", 6, true, "KB4019276"},
		{"Windows 8.1", 4, false, ""},
		{"Windows Server 2012 R2", 4, false, ""},
		{"Windows Server 2016", 4, false, ""},
		{"Windows 10 1803", 4, false, ""},
	} {
		at := slices.IndexFunc(g.Groups, func(x document.GuideGroup) bool { return slices.Contains(x.Systems, row.system) })
		if at < 0 {
			t.Errorf("%s has no steps", row.system)
			continue
		}
		group := g.Groups[at]
		if len(group.Settings) != row.settings {
			t.Errorf("%s: %d values, want %d", row.system, len(group.Settings), row.settings)
		}
		if got := slices.ContainsFunc(group.Settings, func(c document.Change) bool { return c.Key == key }); got != row.schannel {
			t.Errorf("%s: Schannel values: %v", row.system, got)
		}
		if row.update != "" && !slices.Contains(group.Updates, row.update) {
			t.Errorf("%s: %s is not among %v", row.system, row.update, group.Updates)
		}
	}
	for _, lang := range []string{"en", "ja"} {
		if status, out, _ := program(t, "services", "guide", "azure-backup", "--lang", lang); status != 0 || !strings.Contains(out, "2021-09-01") || !strings.Contains(out, "reg add") {
			t.Errorf("%s: status %d:\n%s", lang, status, out)
		}
	}
}

// bareHost writes a snapshot of a system on which nothing is set.
func bareHost(t *testing.T, os host.OS, values ...host.Value) string {
	t.Helper()
	os.Architecture, os.Type = "x64", "server"
	s := host.Snapshot{Schema: host.Schema, Name: "fs01", OS: os, Covered: []string{"HKLM"}, Registry: values, Programs: &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}}}
	text, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fs01.json")
	write(t, path, text)
	return path
}

// TestDocumentedRecipe proves that fix --documented --as cmd writes the vendor's
// recipe line by line: four reg add lines from 2012 R2 to 2016, six on 7, 2008
// R2 and 2012, followed by the two WinHTTP values.
func TestDocumentedRecipe(t *testing.T) {
	for _, row := range []struct {
		os   host.OS
		want []string
	}{
		{host.OS{Version: "6.3", Build: 9600}, []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto"}},
		{host.OS{Version: "10.0", Build: 14393}, []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto"}},
		{host.OS{Version: "6.1", Build: 7601}, []string{"Enabled", "DisabledByDefault", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "DefaultSecureProtocols", "DefaultSecureProtocols"}},
		{host.OS{Version: "6.2", Build: 9200}, []string{"Enabled", "DisabledByDefault", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "DefaultSecureProtocols", "DefaultSecureProtocols"}},
	} {
		dir := filepath.Join(t.TempDir(), "fixes")
		status, _, errs := program(t, "fix", bareHost(t, row.os), "--service", "azure-backup", "--on", "2021-09-01", "--documented", "--as", "cmd", "--dir", dir, "-q")
		if status != 0 {
			t.Fatalf("build %d: status %d %s", row.os.Build, status, errs)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*", "apply.cmd"))
		if len(files) != 1 {
			t.Fatalf("files %v", files)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "reg add "); ok {
				_, name, _ := strings.Cut(rest, `/v "`)
				name, _, _ = strings.Cut(name, `"`)
				got = append(got, name)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("build %d: %v, want %v", row.os.Build, got, row.want)
		}
	}
}

// TestSixValuesAlone proves that with the article's six values check does not say
// connects on 7, 2008 R2 and 2012, and names WinHTTP.
func TestSixValuesAlone(t *testing.T) {
	var six []host.Value
	for _, view := range []string{"", `Wow6432Node\`} {
		for _, name := range []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto"} {
			six = append(six, host.Value{Key: `HKLM\SOFTWARE\` + view + `Microsoft\.NETFramework\v4.0.30319`, Name: name, Data: host.Dword(1)})
		}
	}
	const key = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	six = append(six, host.Value{Key: key, Name: "Enabled", Data: host.Dword(1)}, host.Value{Key: key, Name: "DisabledByDefault", Data: host.Dword(0)})
	for _, os := range []host.OS{{Version: "6.1", Build: 7601}, {Version: "6.2", Build: 9200}} {
		status, out, errs := program(t, "check", bareHost(t, os, six...), "--service", "azure-backup", "--on", "2021-09-01", "--json")
		var doc document.Check
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err, errs)
		}
		if status == 0 || doc.Hosts[0].Verdict == "connects" {
			t.Errorf("build %d: %s", os.Build, doc.Hosts[0].Verdict)
		}
		for _, v := range doc.Verdicts {
			if winhttp := strings.HasPrefix(v.Stack, "winhttp"); winhttp == (v.Verdict == "connects") {
				t.Errorf("build %d: %s %s", os.Build, v.Stack, v.Verdict)
			}
		}
	}
}

// TestPortalDemonstration proves the article's demonstration: on an untouched
// Server 2016 PowerShell cannot reach the portal; it can once Tls12 is set in the
// session, and once the registry values are set. The workaround is offered.
func TestPortalDemonstration(t *testing.T) {
	server := host.OS{Version: "10.0", Build: 14393}
	strong := host.Value{Key: `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)}
	for _, row := range []struct {
		caller, want string
		values       []host.Value
	}{
		{"powershell-5.1-x64", "fails", nil},
		{"powershell-5.1-x64:tls1.2", "connects", nil},
		{"powershell-5.1-x64", "connects", []host.Value{strong}},
	} {
		_, out, errs := program(t, "check", bareHost(t, server, row.values...), "--service", "azure-portal", "--caller", row.caller, "--json")
		var doc document.Check
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err, errs)
		}
		if got := doc.Hosts[0].Verdict; got != row.want {
			t.Errorf("%s with %d values: %s, want %s", row.caller, len(row.values), got, row.want)
		}
		offered := strings.Contains(fmt.Sprint(doc.Hosts[0].Warnings), "SecurityProtocol")
		if offered != (row.want == "fails") {
			t.Errorf("%s: the workaround is offered: %v", row.caller, offered)
		}
	}
}
