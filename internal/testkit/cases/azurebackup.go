package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// AzureBackupDay is the day of the cut-over.
const AzureBackupDay = "2021-09-01"

// CheckService judges a snapshot for a built-in service on AzureBackupDay. Without named
// callers, those of the service are judged if the host has them.
type CheckService func(t *testing.T, service string, named []string, snapshot []byte) document.Check

// Announcement holds the page of azure-backup, as seen from 2021-06-15, against what
// was announced: the date in US time, who is affected, the steps by system, what
// needs nothing.
func Announcement(t *testing.T, g document.Guide) {
	t.Helper()
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
}

// BareHost is the snapshot of a system on which nothing is set.
func BareHost(t *testing.T, os host.OS, values ...host.Value) []byte {
	t.Helper()
	os.Architecture, os.Type = "x64", "server"
	s := host.Snapshot{Schema: host.Schema, Name: "fs01", OS: os, Covered: []string{"HKLM"}, Registry: values, Programs: &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}}}
	text, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// SixValuesAlone proves that with the article's six values check does not say
// connects on 7, 2008 R2 and 2012, and names WinHTTP.
func SixValuesAlone(t *testing.T, check CheckService) {
	t.Helper()
	var six []host.Value
	for _, view := range []string{"", `Wow6432Node\`} {
		for _, name := range []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto"} {
			six = append(six, host.Value{Key: `HKLM\SOFTWARE\` + view + `Microsoft\.NETFramework\v4.0.30319`, Name: name, Data: host.Dword(1)})
		}
	}
	const key = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	// .NET Framework 4.5.2, which the agent needs; 4.0 reads none of the values
	six = append(six, host.Value{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(379893)})
	six = append(six, host.Value{Key: key, Name: "Enabled", Data: host.Dword(1)}, host.Value{Key: key, Name: "DisabledByDefault", Data: host.Dword(0)})
	for _, os := range []host.OS{{Version: "6.1", Build: 7601}, {Version: "6.2", Build: 9200}} {
		doc := check(t, "azure-backup", nil, BareHost(t, os, six...))
		if doc.Hosts[0].Verdict == "connects" {
			t.Errorf("build %d: %s", os.Build, doc.Hosts[0].Verdict)
		}
		for _, v := range doc.Verdicts {
			if winhttp := strings.HasPrefix(v.Stack, "winhttp"); winhttp == (v.Verdict == "connects") {
				t.Errorf("build %d: %s %s", os.Build, v.Stack, v.Verdict)
			}
		}
	}
}

// PortalDemonstration proves the article's demonstration: on an untouched
// Server 2016 PowerShell cannot reach the portal; it can once Tls12 is set in the
// session, and once the registry values are set. The workaround is offered.
func PortalDemonstration(t *testing.T, check CheckService) {
	t.Helper()
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
		doc := check(t, "azure-portal", []string{row.caller}, BareHost(t, server, row.values...))
		if got := doc.Hosts[0].Verdict; got != row.want {
			t.Errorf("%s with %d values: %s, want %s", row.caller, len(row.values), got, row.want)
		}
		offered := strings.Contains(fmt.Sprint(doc.Hosts[0].Warnings), "SecurityProtocol")
		if offered != (row.want == "fails") {
			t.Errorf("%s: the workaround is offered: %v", row.caller, offered)
		}
	}
}
