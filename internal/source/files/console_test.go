package files_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/sourcetest"
)

const (
	longSchannel = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	shortClient  = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	longClient   = longSchannel + `\Protocols\TLS 1.2\Client`
	longNet      = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	notFound     = "ERROR: The system was unable to find the specified registry key or value."
)

// consoleOf reads a text of a console as of Windows Server 2012 R2.
func consoleOf(t *testing.T, data []byte) (*host.Snapshot, error) {
	t.Helper()
	return sourcetest.ReadOne(t, sourcetest.Write(t, "", "fs01.txt", data), source.Options{OS: "Windows Server 2012 R2"})
}

// Proves what each form of reg query's answer says to be there, to be absent and not
// to be known: never more than it shows.
func TestConsoleCoverage(t *testing.T) {
	const (
		enabled  = shortClient + "!Enabled"
		disabled = shortClient + "!DisabledByDefault"
		server   = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server!Enabled`
		strong   = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319!SchUseStrongCrypto`
		system   = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319!SystemDefaultTlsVersions`
		wow      = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319!SchUseStrongCrypto`
	)
	two := "\n" + longClient + "\n    Enabled    REG_DWORD    0x0\n    Other    REG_DWORD    0x1\n\n"
	one := "\n" + longClient + "\n    Enabled    REG_DWORD    0x0\n\n"
	ask := func(args string) string { return `C:\Users\admin>reg query ` + args + "\n" }
	quoted := func(key string) string { return `"` + strings.Replace(key, "HKEY_LOCAL_MACHINE", "HKLM", 1) + `"` }
	for name, c := range map[string]struct {
		text                      string
		present, absent, notAsked string // refs, parted by blanks of "key!name"
	}{
		"several values":              {two, enabled, disabled, server},
		"one value may be all asked":  {one, enabled, "", disabled + "|" + server},
		"one value, asked for all":    {ask(quoted(longClient)) + one, enabled, disabled, server},
		"one value, asked by name":    {ask(quoted(longClient)+" /v Enabled") + one, enabled, "", disabled},
		"a value that is not there":   {ask(quoted(longClient)+" /v DisabledByDefault") + notFound + "\n\n", "", disabled, enabled},
		"a tree, maybe cut":           {ask(quoted(longSchannel)+" /s") + two, enabled, disabled, server + "|" + strong},
		"a tree, then a prompt":       {ask(quoted(longSchannel)+" /s") + two + `C:\>` + "\n", enabled, disabled + "|" + server, strong},
		"PowerShell":                  {"PS " + ask(quoted(longSchannel)+" /s") + two + "PS C:\\>", enabled, disabled + "|" + server, strong},
		"a tree, an error in it":      {ask(quoted(longSchannel)+" /s") + two + "ERROR: Access is denied.\n\nC:\\>\n", "", "", disabled + "|" + server},
		"a tree, cut":                 {ask(quoted(longSchannel)+" /s") + strings.TrimSuffix(two, "\n\n"), enabled, "", disabled + "|" + server},
		"a tree, half a line":         {ask(quoted(longSchannel)+" /s") + strings.TrimSuffix(two, "1\n\n"), "", "", disabled + "|" + server},
		"a tree, filtered":            {ask(quoted(longSchannel)+` /s | findstr HKEY`) + two + "C:\\>", enabled, "", disabled + "|" + server},
		"a tree, errors elsewhere":    {ask(quoted(longSchannel)+` /s 2>nul`) + two + "C:\\>", enabled, "", server},
		"a search":                    {ask(quoted(longSchannel)+` /s /f Enabled`) + two + "End of search: 2 match(es) found.\n", enabled, "", disabled + "|" + server},
		"a search without its line":   {two + "End of search: 2 match(es) found.\n", enabled, "", disabled + "|" + server},
		"no such key":                 {ask(quoted(longClient)) + notFound + "\n\n", "", enabled + "|" + disabled, server},
		"no such key, not said which": {two + notFound + "\n\n", enabled, disabled, strong},
		"denied":                      {ask(quoted(longClient)) + "ERROR: Access is denied.\n\n", "", "", enabled + "|" + disabled},
		"the 32-bit view":             {ask(quoted(longNet)+" /reg:32") + "\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x1\n\n", wow, "", strong},
		"both views, not said which":  {"\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x1\n\n\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x0\n\n", "", "", strong + "|" + wow},
		"asked again after a change":  {ask(quoted(longNet)) + "\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x0\n\n" + ask(quoted(longNet)) + "\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x1\n\n", strong, system, wow},
		"two files behind each other": {two + "\n" + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x1\n    A    REG_SZ    b\n\n", enabled + "|" + strong, disabled + "|" + system, server},
		"Japanese":                    {ask(quoted(longSchannel)+" /s") + "\n" + longClient + "\n    (既定)    REG_SZ    (値の設定なし)\n    Enabled    REG_DWORD    0x0\n\nエラー: アクセスが拒否されました。\n", "", "", disabled + "|" + server},
		"filtered, without blanks":    {strings.ReplaceAll(two, "\n\n", "\n")[1:] + longNet + "\n    SchUseStrongCrypto    REG_DWORD    0x1\n    A    REG_SZ    b\n", enabled + "|" + strong, "", disabled + "|" + system},
		"two control sets":            {strings.ReplaceAll(two, "CurrentControlSet", "ControlSet001") + strings.ReplaceAll(two, "CurrentControlSet", "ControlSet002"), "", "", enabled},
		"a wrapped key line":          {ask(quoted(longSchannel)+" /s") + "\n" + longSchannel + "\\Prot\nocols\\TLS 1.2\\Client\n    Enabled    REG_DWORD    0x0\n\n", "", "", enabled + "|" + disabled},
		"a text with a blank line":    {ask(quoted(longClient)) + "\n" + longClient + "\n    A    REG_SZ    b\n\nc\n    Enabled    REG_DWORD    0x0\n\n", "", "", enabled + "|" + disabled},
		"a key below listed":          {ask(quoted(longSchannel+`\Protocols`)) + "\n" + longSchannel + "\\Protocols\\TLS 1.1\n" + longSchannel + "\\Protocols\\TLS 1.2\n\n", "", "", enabled},
		"a key below not listed":      {ask(quoted(longSchannel+`\Protocols`)) + "\n" + longSchannel + "\\Protocols\\TLS 1.1\n" + longSchannel + "\\Protocols\\TLS 1.3\n\nC:\\>", "", enabled, ""},
	} {
		old, err := japanese.ShiftJIS.NewEncoder().String(c.text)
		if err != nil {
			t.Fatal(err)
		}
		for encoding, data := range map[string][]byte{
			"UTF-8": []byte(c.text), "CRLF": []byte(strings.ReplaceAll(c.text, "\n", "\r\n")), "CP932": []byte(old),
			"UTF-16": append([]byte{0xff, 0xfe}, sourcetest.UTF16LE(strings.ReplaceAll(c.text, "\n", "\r\n"))...),
		} {
			s, err := consoleOf(t, data)
			if err != nil {
				t.Errorf("%s, %s: %v", name, encoding, err)
				continue
			}
			view := host.NewView(s)
			for want, refs := range map[host.State]string{host.Present: c.present, host.Absent: c.absent, host.NotAsked: c.notAsked} {
				for ref := range strings.SplitSeq(refs, "|") {
					key, value, ok := strings.Cut(ref, "!")
					if _, got := view.Lookup(host.NewRef(key, value)); ok && got != want {
						t.Errorf("%s, %s: %s is %s, want %s", name, encoding, ref, got, want)
					}
				}
			}
		}
	}
}

// Proves that systeminfo and the first line of cmd.exe name machine, system and
// updates, in both languages.
func TestSystemInfo(t *testing.T) {
	english := "\r\nHost Name:                 FS01\r\nOS Name:                   Microsoft Windows Server 2012 R2 Standard\r\nOS Version:                6.3.9600 N/A Build 9600\r\n" +
		"OS Configuration:          Primary Domain Controller\r\nSystem Type:               x64-based PC\r\nHotfix(s):                 2 Hotfix(s) Installed.\r\n                           [01]: KB2919355\r\n                           [02]: KB3140245\r\n" +
		"Network Card(s):           1 NIC(s) Installed.\r\n                           [01]: Ethernet\r\n"
	japaneseText := "\r\nホスト名:               FS01\r\nOS 名:                  Microsoft Windows Server 2012 R2 Standard\r\nOS バージョン:          6.3.9600 N/A ビルド 9600\r\n" +
		"OS 構成:                プライマリ ドメイン コントローラー\r\nシステムの種類:         x64-based PC\r\nホットフィックス:       2 ホットフィックスがインストールされています。\r\n                        [01]: KB2919355\r\n                        [02]: KB3140245\r\n"
	old, err := japanese.ShiftJIS.NewEncoder().String(japaneseText)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"English": english, "Japanese": japaneseText, "CP932": old, "behind a prompt": `C:\>systeminfo` + "\r\n" + english} {
		s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "x.txt", []byte(text)), source.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Architecture: "x64", Type: "domain-controller"}
		if s.OS != want || s.Name != "FS01" || s.Updates == nil || s.Updates.Complete || !slices.Equal(s.Updates.IDs, []string{"KB2919355", "KB3140245"}) {
			t.Errorf("%s: %s %+v %+v", name, s.Name, s.OS, s.Updates)
		}
		if len(s.Covered)+len(s.Shallow) > 0 {
			t.Errorf("%s covers %q", name, s.Covered)
		}
	}
	for text, build := range map[string]int{
		"Microsoft Windows [Version 6.3.9600]":        9600,
		"Microsoft Windows [Version 10.0.17763.4010]": 17763,
		"Microsoft Windows [バージョン 10.0.14393]":        14393,
	} {
		s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "x.txt", []byte(text+"\r\n\r\nC:\\>hostname\r\nFS02\r\n\r\nC:\\>reg query \"HKLM\\SOFTWARE\\Microsoft\\.NETFramework\" /s\r\n"+notFound+"\r\n\r\n")), source.Options{})
		if err != nil || s.OS.Build != build || s.Name != "FS02" {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
	}
}

// Proves that two machines in one text are not mixed, and that what a text does not
// prove is said with the way out.
func TestConsoleSays(t *testing.T) {
	ask := func(machine string) string {
		return `C:\>reg query \\` + machine + `\HKLM\SOFTWARE\Microsoft\.NETFramework` + "\n\n" + longNet + "\n    A    REG_DWORD    0x1\n\n"
	}
	if _, err := consoleOf(t, []byte(ask("fs01")+ask("fs02"))); err == nil || !strings.Contains(err.Error(), "fs02") {
		t.Errorf("two machines: %v", err)
	}
	s, err := consoleOf(t, []byte(ask("fs01")+ask("fs01")))
	if err != nil || s.Name != "fs01" {
		t.Errorf("one machine: %v", err)
	}
	s, err = consoleOf(t, []byte("\n"+longClient+"\n    Enabled    REG_DWORD    0x1\n\n"))
	if err != nil || !strings.Contains(message.English(s.Notes...), "--covered") {
		t.Errorf("%v, %v", s, err)
	}
}

// Proves of forms that are not read that each is named, with the command that gives a
// file that is, and that nothing of them is judged.
func TestUnread(t *testing.T) {
	for name, c := range map[string]struct{ file, text, hint string }{
		"table":         {"a.txt", "\r\n\r\n    Hive: HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\r\n\r\n\r\nName    Property\r\n----    --------\r\nClient  Enabled : 1\r\n", "ConvertTo-Json"},
		"regedit":       {"a.txt", "Key Name:          HKEY_LOCAL_MACHINE\\SYSTEM\\A\r\nClass Name:        <NO CLASS>\r\nLast Write Time:   1/1/2021 - 0:00\r\nValue 0\r\n", "reg export"},
		"network check": {"AzureBackup_Check_NW_20210601_000000.log", "**********************\r\nWindows PowerShell transcript start\r\n", "tlsready collector"},
		"HealthChecker": {"ExchangeAllServersReport-20260101000000.html", "<html><head>", ".xml"},
	} {
		_, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", c.file, []byte(c.text)), source.Options{OS: "Windows Server 2012 R2"})
		var problem *message.Problem
		if !errors.As(err, &problem) || !strings.Contains(message.English(problem.Hint), c.hint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
