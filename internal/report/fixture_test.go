package report

import (
	"fmt"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
)

const (
	netKey  = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	netKey6 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	httpKey = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	http6   = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	tls12   = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	backup  = "https://learn.microsoft.com/azure/backup/transport-layer-security"
)

// fixtureWords picks the language of the texts that a document carries.
type fixtureWords string

func (l fixtureWords) pick(en, ja string) string {
	if l == "ja" {
		return ja
	}
	return en
}

func ptr[T any](x T) *T { return &x }

func windows(name, version string, build int) *host.OS {
	return &host.OS{Name: name, Version: version, Build: build, Architecture: "x64", Type: "server"}
}

func accepts12() *document.Acceptance {
	return &document.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}
}

func offer(versions ...tlsready.Version) *document.Offer {
	return &document.Offer{
		Versions:            versions,
		Suites:              []string{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
		Groups:              []string{"secp256r1", "secp384r1"},
		SignatureAlgorithms: []string{},
		ServerName:          true,
	}
}

func set(key, name string, n int) document.Change {
	return document.Change{
		Key: key, Name: name, Data: host.Dword(uint32(n)),
		Before: &document.Before{State: host.Absent}, Services: []string{"azure-backup"},
	}
}

func absent(key, name string) document.Evidence {
	return document.Evidence{Key: key, Name: name, State: host.Absent}
}

func (l fixtureWords) netReason() document.Reason {
	return document.Reason{
		Rule: "dotnet4-legacy-default",
		Text: l.pick("A .NET program that targets 4.5 offers SSL 3.0 and TLS 1.0 only, unless the system's choice is turned on.",
			".NET 4.5 を対象とするプログラムは、OS の選択に従う設定がないかぎり SSL 3.0 と TLS 1.0 しか提示しません。"),
		Basis:     "source-code",
		Evidence:  []document.Evidence{absent(netKey, "SystemDefaultTlsVersions"), absent(netKey6, "SystemDefaultTlsVersions")},
		Citations: []string{"https://github.com/microsoft/referencesource", backup},
	}
}

func (l fixtureWords) httpReason() document.Reason {
	return document.Reason{
		Rule: "winhttp-default-protocols",
		Text: l.pick("WinHTTP on this system uses SSL 3.0 and TLS 1.0 unless DefaultSecureProtocols says otherwise.",
			"この OS の WinHTTP は、DefaultSecureProtocols の指定がなければ SSL 3.0 と TLS 1.0 を使います。"),
		Basis:     "documented",
		Evidence:  []document.Evidence{absent(httpKey, "DefaultSecureProtocols"), absent(http6, "DefaultSecureProtocols"), absent(tls12, "DisabledByDefault")},
		Citations: []string{"https://support.microsoft.com/help/3140245"},
	}
}

func row(name, stack, verdict string, o *document.Offer, reasons ...document.Reason) document.Verdict {
	v := document.Verdict{
		Host: name, Service: "azure-backup", Caller: "mars", Stack: stack, Verdict: verdict,
		Offer: o, Accepts: accepts12(), Reasons: reasons, Warnings: []document.Note{},
	}
	if verdict == fails {
		v.Cause, v.FailsFrom, v.Fixable = ptr("protocol-version"), ptr("2021-09-01"), ptr(true)
	}
	if verdict == unknown {
		v.Cause = ptr("not-asked")
	}
	return v
}

func hostOf(folder, name, verdict string, os *host.OS) document.Host {
	h := document.Host{
		Host: folder + "/" + name, Service: "azure-backup", Folder: folder, OS: os, Verdict: verdict, Restart: "none",
		Source: "reg:" + folder + "/" + name + ".reg", Program: "MARS 2.0.9207.0",
		Changes: []document.Change{}, Prerequisites: []document.Prerequisite{}, Redundant: []document.Change{}, Warnings: []document.Note{},
	}
	if verdict == fails {
		h.Cause, h.FailsFrom, h.Fixable, h.Exposure = ptr("protocol-version"), ptr("2021-09-01"), ptr(true), ""
	}
	return h
}

// fleet is a document as check makes it: fails, unknown, connects, not
// installed and unreadable hosts of five Windows versions in two folders.
func fleet(lang string) *document.Check {
	l := fixtureWords(lang)
	c := &document.Check{
		Schema: document.CheckSchema, On: "2021-09-01", Today: "2021-06-20",
		Services: []document.Service{{
			ID: "azure-backup", Name: map[string]string{"en": "Azure Backup (MARS agent)", "ja": "Azure Backup(MARS エージェント)"},
			Status: "announced", From: "2021-09-01", Timezone: "America/Los_Angeles", DaysLeft: ptr(73), AsOf: "2021-06-15", Accepts: accepts12(),
			Note: map[string]string{
				"en": "The date stood in the press; Microsoft's own page gives none.",
				"ja": "日付は報道によるもので、公式文書には記載がありません。",
			},
			Citations: []document.Citation{{URL: backup, Says: "TLS 1.2 and later only"}},
		}},
	}
	l.addDotNet(c)
	l.addWinHTTP(c)
	l.addOthers(c)
	l.addConnecting(c)
	l.addUnjudged(c)
	c.Summary = document.Count(c.Hosts)
	return c
}

func (l fixtureWords) addDotNet(c *document.Check) {
	for i := range 4 {
		name := fmt.Sprintf("fs%02d", i+1)
		h := hostOf("acme", name, fails, windows("Windows Server 2012 R2", "6.3", 9600))
		h.Labels = map[string]string{"owner": "backup-team", "site": "osaka"}
		h.Changes = []document.Change{set(netKey, "SystemDefaultTlsVersions", 1), set(netKey6, "SystemDefaultTlsVersions", 1)}
		h.Redundant = []document.Change{set(netKey, "SchUseStrongCrypto", 1), set(netKey6, "SchUseStrongCrypto", 1)}
		h.Restart = "service"
		h.Effects = []document.Effect{{Caller: "dotnet-3.5-x64", Before: fails, After: fails}, {Caller: "entra-connect", Before: connects, After: connects}}
		h.Documented = &document.Documented{Changes: append(h.Changes, h.Redundant...), Verdict: connects}
		c.Hosts = append(c.Hosts, h)
		old := offer(tlsready.SSL30, tlsready.TLS10)
		c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.5-x64", fails, old, l.netReason()), row(h.Host, "dotnet-4.5-x86", fails, old, l.netReason()))
	}
}

func (l fixtureWords) addWinHTTP(c *document.Check) {
	for i := range 3 {
		os := windows("Windows Server 2008 R2", "6.1", 7601)
		os.ServicePack = 1
		h := hostOf("acme", fmt.Sprintf("bk%02d", i+1), fails, os)
		h.Program = fmt.Sprintf("MARS 2.0.91%02d.0", i%2)
		h.Labels = map[string]string{"owner": "infra"}
		h.Prerequisites = []document.Prerequisite{{Kind: "update", ID: "KB3140245", Or: "KB4022719", Text: l.pick(
			"Without it WinHTTP does not read the value.", "これがないと WinHTTP は値を読みません。")}}
		h.Changes = []document.Change{
			set(tls12, "DisabledByDefault", 0), set(netKey, "SystemDefaultTlsVersions", 1), set(netKey6, "SystemDefaultTlsVersions", 1),
			set(httpKey, "DefaultSecureProtocols", 2048), set(http6, "DefaultSecureProtocols", 2048),
		}
		h.Changes[1].Before = &document.Before{State: host.Present, Data: host.Dword(0)}
		h.Changes[0].Owner = host.GroupPolicy
		h.Restart = "reboot"
		h.Documented = &document.Documented{Changes: h.Changes[:4], Verdict: fails, Lacks: []string{"winhttp-x64", "winhttp-x86"}}
		h.Warnings = []document.Note{{Code: "root-not-asked", Text: l.pick("The certificate stores were not collected.", "証明書ストアは未取得です。")}}
		c.Hosts = append(c.Hosts, h)
		old := offer(tlsready.SSL30, tlsready.TLS10)
		for _, stack := range []string{"dotnet-4.5-x64", "dotnet-4.5-x86"} {
			c.Verdicts = append(c.Verdicts, row(h.Host, stack, fails, old, l.netReason()))
		}
		for _, stack := range []string{"winhttp-x64", "winhttp-x86"} {
			c.Verdicts = append(c.Verdicts, row(h.Host, stack, fails, old, l.httpReason()))
		}
	}
}

// addOthers adds a host whose program nothing can change, one of which a fact
// is missing, and one of an inventory list.
func (l fixtureWords) addOthers(c *document.Check) {
	h := hostOf("globex", "ps01", fails, windows("Windows Server 2016", "10.0", 14393))
	h.Cause, h.Fixable, h.Program = ptr("program"), ptr(false), "MARS 1.0.0.0"
	c.Hosts = append(c.Hosts, h)
	v := row(h.Host, "dotnet-4.5-x64:tls1.0", fails, offer(tlsready.TLS10), document.Reason{
		Rule: "protocol-named-in-code", Basis: "inferred",
		Text: l.pick("The program names TLS 1.0 in its own code; only a newer version of it helps.", "プログラムが自身のコードで TLS 1.0 を指定しています。新しい版にするほかありません。"),
	})
	v.Cause, v.Fixable = ptr("program"), ptr(false)
	c.Verdicts = append(c.Verdicts, v)

	h = hostOf("globex", "app01", unknown, windows("Windows Server 2012", "6.2", 9200))
	h.Cause = ptr("not-asked")
	c.Hosts = append(c.Hosts, h)
	c.Verdicts = append(c.Verdicts, row(h.Host, "winhttp-x64", unknown, offer(tlsready.TLS10, tlsready.TLS12), document.Reason{
		Rule: "winhttp-update", Basis: "documented",
		Text:      l.pick("Whether WinHTTP reads DefaultSecureProtocols depends on an update.", "WinHTTP が DefaultSecureProtocols を読むかどうかは更新プログラムによります。"),
		Evidence:  []document.Evidence{{Key: "updates", Name: "KB3140245", State: host.NotAsked}},
		Citations: []string{"https://support.microsoft.com/help/3140245"},
	}))

	h = hostOf("globex", "inv01", unknown, &host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600})
	h.Cause, h.Exposure, h.Program = ptr("not-asked"), "possible", ""
	c.Hosts = append(c.Hosts, h)
}

func (l fixtureWords) addConnecting(c *document.Check) {
	for _, name := range []string{"new01", "new02"} {
		h := hostOf("globex", name, connects, windows("Windows Server 2019", "10.0", 17763))
		h.Warnings = []document.Note{{Code: "target-unpublished", Text: l.pick("The vendor does not publish which .NET version the agent targets.", "エージェントが対象とする .NET のバージョンは公開されていません。")}}
		h.Program = "MARS 2.0.9250.0"
		c.Hosts = append(c.Hosts, h)
		c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.7.2-x64", connects, offer(tlsready.TLS10, tlsready.TLS11, tlsready.TLS12), document.Reason{
			Rule: "dotnet-system-default", Basis: "source-code",
			Text: l.pick("A program that targets 4.7 or later leaves the choice to the system.", "4.7 以降を対象とするプログラムは OS の選択に従います。"),
		}))
	}
	h := hostOf("acme", "fs16", connects, windows("Windows Server 2016", "10.0", 14393))
	c.Hosts = append(c.Hosts, h)
	c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.5-x64", connects, offer(tlsready.TLS10, tlsready.TLS11, tlsready.TLS12), document.Reason{
		Rule: "dotnet-system-default", Basis: "source-code",
		Text:     l.pick("SystemDefaultTlsVersions leaves the choice to the system.", "SystemDefaultTlsVersions により OS の選択に従います。"),
		Evidence: []document.Evidence{{Key: netKey, Name: "SystemDefaultTlsVersions", State: host.Present, Data: host.Dword(1)}},
	}))
}

func (l fixtureWords) addUnjudged(c *document.Check) {
	for i := range 23 {
		h := hostOf("globex", fmt.Sprintf("ws%02d", i+1), notInstalled, windows("Windows Server 2022", "10.0", 20348))
		h.Program = ""
		c.Hosts = append(c.Hosts, h)
	}
	h := hostOf("acme", "経理サーバー", unreadable, nil)
	h.Program, h.Error = "", "acme/経理サーバー.reg: line 412: the file ends inside a value"
	h.Hint = "export the key again: reg export"
	c.Hosts = append(c.Hosts, h)
}

// twoServices is the fleet with a second service, whose day has passed.
func twoServices(lang string) *document.Check {
	c := fleet(lang)
	c.Services = append(c.Services, document.Service{
		ID: "azure-portal", Name: map[string]string{"en": "Azure portal", "ja": "Azure ポータル"},
		Status: "enforced", From: "2021-06-01", DaysLeft: ptr(-19), Accepts: accepts12(),
	})
	h := hostOf("acme", "fs01", fails, windows("Windows Server 2012 R2", "6.3", 9600))
	h.Service, h.FailsFrom = "azure-portal", ptr("2021-06-01")
	v := row(h.Host, "wininet", fails, nil)
	v.Service, v.Caller, v.FailsFrom = "azure-portal", "wininet", ptr("2021-06-01")
	c.Hosts, c.Verdicts = append(c.Hosts, h), append(c.Verdicts, v)
	return c
}
