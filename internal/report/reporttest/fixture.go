// Package reporttest has the documents that the tests of every format render.
package reporttest

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
)

const (
	NetKey  = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	NetKey6 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	httpKey = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	http6   = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	Tls12   = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
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

// Set is a change of a value that was not there.
func Set(key, name string, n int) document.Change {
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
		Evidence:  []document.Evidence{absent(NetKey, "SystemDefaultTlsVersions"), absent(NetKey6, "SystemDefaultTlsVersions")},
		Citations: []string{"https://github.com/microsoft/referencesource", backup},
	}
}

func (l fixtureWords) httpReason() document.Reason {
	return document.Reason{
		Rule: "winhttp-default-protocols",
		Text: l.pick("WinHTTP on this system uses SSL 3.0 and TLS 1.0 unless DefaultSecureProtocols says otherwise.",
			"この OS の WinHTTP は、DefaultSecureProtocols の指定がなければ SSL 3.0 と TLS 1.0 を使います。"),
		Basis:     "documented",
		Evidence:  []document.Evidence{absent(httpKey, "DefaultSecureProtocols"), absent(http6, "DefaultSecureProtocols"), absent(Tls12, "DisabledByDefault")},
		Citations: []string{"https://support.microsoft.com/help/3140245"},
	}
}

func row(name, stack, verdict string, o *document.Offer, reasons ...document.Reason) document.Verdict {
	v := document.Verdict{
		Host: name, Service: "azure-backup", Caller: "mars", Stack: stack, Verdict: verdict,
		Offer: o, Accepts: accepts12(), Reasons: reasons, Warnings: []document.Note{},
	}
	if verdict == document.Fails {
		v.Cause, v.FailsFrom, v.Fixable = ptr("protocol-version"), ptr("2021-09-01"), ptr(true)
	}
	if verdict == document.Unknown {
		v.Cause = ptr("not-asked")
	}
	return v
}

func hostOf(folder, name, verdict string, os *host.OS) document.Host {
	h := document.Host{
		Host: folder + "/" + name, Service: "azure-backup", Folder: folder, OS: os, Verdict: verdict, Restart: "none",
		Source: "reg:" + folder + "/" + name + ".reg", File: folder + "/" + name + ".reg", Program: "MARS 2.0.9207.0",
		Changes: []document.Change{}, Prerequisites: []document.Prerequisite{}, Redundant: []document.Change{}, Warnings: []document.Note{},
	}
	if verdict == document.Fails {
		h.Cause, h.FailsFrom, h.Fixable, h.Exposure = ptr("protocol-version"), ptr("2021-09-01"), ptr(true), ""
	}
	return h
}

// Fleet is a document as check makes it: fails, unknown, connects, not
// installed and unreadable hosts of five Windows versions in two folders.
func Fleet(lang string) *document.Check {
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
		h := hostOf("acme", name, document.Fails, windows("Windows Server 2012 R2", "6.3", 9600))
		h.Labels = map[string]string{"owner": "backup-team", "site": "osaka"}
		h.Changes = []document.Change{Set(NetKey, "SystemDefaultTlsVersions", 1), Set(NetKey6, "SystemDefaultTlsVersions", 1)}
		h.Redundant = []document.Change{Set(NetKey, "SchUseStrongCrypto", 1), Set(NetKey6, "SchUseStrongCrypto", 1)}
		h.Restart = "service"
		h.Effects = []document.Effect{{Caller: "dotnet-3.5-x64", Before: document.Fails, After: document.Fails}, {Caller: "entra-connect", Before: document.Connects, After: document.Connects}}
		h.Documented = &document.Documented{Changes: append(h.Changes, h.Redundant...), Verdict: document.Connects}
		c.Hosts = append(c.Hosts, h)
		old := offer(tlsready.SSL30, tlsready.TLS10)
		c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.5-x64", document.Fails, old, l.netReason()), row(h.Host, "dotnet-4.5-x86", document.Fails, old, l.netReason()))
	}
}

func (l fixtureWords) addWinHTTP(c *document.Check) {
	for i := range 3 {
		os := windows("Windows Server 2008 R2", "6.1", 7601)
		os.ServicePack = 1
		h := hostOf("acme", fmt.Sprintf("bk%02d", i+1), document.Fails, os)
		h.Program = fmt.Sprintf("MARS 2.0.91%02d.0", i%2)
		h.Labels = map[string]string{"owner": "infra"}
		h.Prerequisites = []document.Prerequisite{{Kind: "update", ID: "KB3140245", Or: "KB4022719", Text: l.pick(
			"Without it WinHTTP does not read the value.", "これがないと WinHTTP は値を読みません。")}}
		h.Changes = []document.Change{
			Set(Tls12, "DisabledByDefault", 0), Set(NetKey, "SystemDefaultTlsVersions", 1), Set(NetKey6, "SystemDefaultTlsVersions", 1),
			Set(httpKey, "DefaultSecureProtocols", 2048), Set(http6, "DefaultSecureProtocols", 2048),
		}
		h.Changes[1].Before = &document.Before{State: host.Present, Data: host.Dword(0)}
		h.Changes[0].Owner = host.GroupPolicy
		h.Restart = "reboot"
		h.Documented = &document.Documented{Changes: h.Changes[:4], Verdict: document.Fails, Lacks: []string{"winhttp-x64", "winhttp-x86"}}
		h.Warnings = []document.Note{{Code: "root-not-asked", Text: l.pick("The certificate stores were not collected.", "証明書ストアは未取得です。")}}
		c.Hosts = append(c.Hosts, h)
		old := offer(tlsready.SSL30, tlsready.TLS10)
		for _, stack := range []string{"dotnet-4.5-x64", "dotnet-4.5-x86"} {
			c.Verdicts = append(c.Verdicts, row(h.Host, stack, document.Fails, old, l.netReason()))
		}
		for _, stack := range []string{"winhttp-x64", "winhttp-x86"} {
			c.Verdicts = append(c.Verdicts, row(h.Host, stack, document.Fails, old, l.httpReason()))
		}
	}
}

// addOthers adds a host whose program nothing can change, one with a missing fact, and
// one from an inventory list.
func (l fixtureWords) addOthers(c *document.Check) {
	h := hostOf("globex", "ps01", document.Fails, windows("Windows Server 2016", "10.0", 14393))
	h.Cause, h.Fixable, h.Program = ptr("program"), ptr(false), "MARS 1.0.0.0"
	c.Hosts = append(c.Hosts, h)
	v := row(h.Host, "dotnet-4.5-x64:tls1.0", document.Fails, offer(tlsready.TLS10), document.Reason{
		Rule: "protocol-named-in-code", Basis: "inferred",
		Text: l.pick("The program names TLS 1.0 in its own code; only a newer version of it helps.", "プログラムが自身のコードで TLS 1.0 を指定しています。新しい版にするほかありません。"),
	})
	v.Cause, v.Fixable = ptr("program"), ptr(false)
	c.Verdicts = append(c.Verdicts, v)

	h = hostOf("globex", "app01", document.Unknown, windows("Windows Server 2012", "6.2", 9200))
	h.Cause = ptr("not-asked")
	c.Hosts = append(c.Hosts, h)
	c.Verdicts = append(c.Verdicts, row(h.Host, "winhttp-x64", document.Unknown, offer(tlsready.TLS10, tlsready.TLS12), document.Reason{
		Rule: "winhttp-update", Basis: "documented",
		Text:      l.pick("Whether WinHTTP reads DefaultSecureProtocols depends on an update.", "WinHTTP が DefaultSecureProtocols を読むかどうかは更新プログラムによります。"),
		Evidence:  []document.Evidence{{Key: "updates", Name: "KB3140245", State: host.NotAsked}},
		Citations: []string{"https://support.microsoft.com/help/3140245"},
	}))

	h = hostOf("globex", "inv01", document.Unknown, &host.OS{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600})
	h.Cause, h.Exposure, h.Program = ptr("not-asked"), "possible", ""
	c.Hosts = append(c.Hosts, h)
}

func (l fixtureWords) addConnecting(c *document.Check) {
	for _, name := range []string{"new01", "new02"} {
		h := hostOf("globex", name, document.Connects, windows("Windows Server 2019", "10.0", 17763))
		h.Warnings = []document.Note{{Code: "target-unpublished", Text: l.pick("The vendor does not publish which .NET version the agent targets.", "エージェントが対象とする .NET のバージョンは公開されていません。")}}
		h.Program = "MARS 2.0.9250.0"
		c.Hosts = append(c.Hosts, h)
		c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.7.2-x64", document.Connects, offer(tlsready.TLS10, tlsready.TLS11, tlsready.TLS12), document.Reason{
			Rule: "dotnet-system-default", Basis: "source-code",
			Text: l.pick("A program that targets 4.7 or later leaves the choice to the system.", "4.7 以降を対象とするプログラムは OS の選択に従います。"),
		}))
	}
	h := hostOf("acme", "fs16", document.Connects, windows("Windows Server 2016", "10.0", 14393))
	c.Hosts = append(c.Hosts, h)
	c.Verdicts = append(c.Verdicts, row(h.Host, "dotnet-4.5-x64", document.Connects, offer(tlsready.TLS10, tlsready.TLS11, tlsready.TLS12), document.Reason{
		Rule: "dotnet-system-default", Basis: "source-code",
		Text:     l.pick("SystemDefaultTlsVersions leaves the choice to the system.", "SystemDefaultTlsVersions により OS の選択に従います。"),
		Evidence: []document.Evidence{{Key: NetKey, Name: "SystemDefaultTlsVersions", State: host.Present, Data: host.Dword(1)}},
	}))
}

func (l fixtureWords) addUnjudged(c *document.Check) {
	for i := range 23 {
		h := hostOf("globex", fmt.Sprintf("ws%02d", i+1), document.NotInstalled, windows("Windows Server 2022", "10.0", 20348))
		h.Program = ""
		c.Hosts = append(c.Hosts, h)
	}
	h := hostOf("acme", "経理サーバー", document.Unreadable, nil)
	h.Program, h.Error = "", "acme/経理サーバー.reg: line 412: the file ends inside a value"
	h.Hint = "export the key again: reg export"
	c.Hosts = append(c.Hosts, h)
}

// TwoServices is the fleet with a second service, whose day has passed.
func TwoServices(lang string) *document.Check {
	c := Fleet(lang)
	c.Services = append(c.Services, document.Service{
		ID: "azure-portal", Name: map[string]string{"en": "Azure portal", "ja": "Azure ポータル"},
		Status: "enforced", From: "2021-06-01", Formerly: []string{"2020-06-01", "2020-12-01"}, DaysLeft: ptr(-19), Accepts: accepts12(),
	})
	h := hostOf("acme", "fs01", document.Fails, windows("Windows Server 2012 R2", "6.3", 9600))
	h.Service, h.FailsFrom = "azure-portal", ptr("2021-06-01")
	v := row(h.Host, "wininet", document.Fails, nil)
	v.Service, v.Caller, v.FailsFrom = "azure-portal", "wininet", ptr("2021-06-01")
	c.Hosts, c.Verdicts = append(c.Hosts, h), append(c.Verdicts, v)
	return c
}

// Render gives what a writer writes.
func Render[O any](t testing.TB, write func(io.Writer, *document.Check, O) error, c *document.Check, o O) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Command is a command line as typed.
func Command(lang string) string {
	return "tlsready check " + fixtureWords(lang).pick("hosts", "収集") + " --service azure-backup --on 2021-09-01"
}

// BigFleet repeats the fleet's judged hosts up to n; different gives each its
// own warning, so that no two are alike.
func BigFleet(n int, different bool) *document.Check {
	base := Fleet("en")
	c := &document.Check{Schema: base.Schema, On: base.On, Today: base.Today, Services: base.Services}
	for i := 0; len(c.Hosts) < n; i++ {
		h := base.Hosts[i%13]
		old := h
		h.Host = fmt.Sprintf("%s/site%d/host%05d.example.com", h.Folder, i%40, i)
		if different {
			h.Warnings = []document.Note{{Code: "seen-otherwise", Text: fmt.Sprintf("Seen %d times.", i)}}
		}
		c.Hosts = append(c.Hosts, h)
		for _, v := range base.Verdicts {
			if v.Host == old.Host && v.Service == old.Service {
				v.Host = h.Host
				c.Verdicts = append(c.Verdicts, v)
			}
		}
	}
	c.Summary = document.Count(c.Hosts)
	return c
}
