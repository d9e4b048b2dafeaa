package scripts

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsready"
)

// sum writes a reading so that a test can compare it: what each use asks for, then
// what is not certain, with lines.
func sum(r Reading) string {
	var parts []string
	for _, u := range r.Uses {
		var names []string
		for _, v := range u.Versions {
			names = append(names, strings.TrimPrefix(v.String(), "TLS "))
		}
		text := "default"
		switch {
		case u.Adds:
			text = "+" + strings.Join(names, ",")
		case u.Set && len(names) == 0:
			text = "system"
		case u.Set:
			text = strings.Join(names, ",")
		}
		if u.Stack != Framework {
			text = string(u.Stack) + ":" + text
		}
		parts = append(parts, fmt.Sprintf("%d=%s", u.Line, text))
	}
	for _, p := range r.Unclear {
		parts = append(parts, fmt.Sprintf("%d?%s", p.Line, p.Code))
	}
	return strings.Join(parts, " ")
}

func encoded(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

const (
	spm = "[Net.ServicePointManager]::SecurityProtocol"
	spt = "[Net.SecurityProtocolType]"
	tls = spm + " = 'Tls12'\n"
	iwr = "Invoke-WebRequest https://api.example.com\n"
)

// beside gives the files next to the scripts of these tests.
func beside(name string) (string, bool) {
	text, ok := map[string]string{`.\lib.ps1`: "function Get-It { " + iwr + " }\n" + tls, `.\old.ps1`: spm + " = 'Tls'", `.\mod.psm1`: "function Get-It { irm https://a.example.com }"}[strings.ReplaceAll(name, "/", `\`)]
	return text, ok
}

// holdPowerShell compares what scripts ask for.
func holdPowerShell(t *testing.T, table map[string]string) {
	t.Helper()
	for text, want := range table {
		if got := sum(PowerShell(text, false, beside)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves that versions count only at the requests that come after them.
func TestOrder(t *testing.T) {
	holdPowerShell(t, map[string]string{
		tls + iwr:                        "1=1.2",
		iwr + tls:                        "1=default",
		iwr + tls + iwr:                  "1=default 2=1.2",
		tls:                              "1=1.2",
		iwr:                              "1=default",
		"Write-Host hello":               "",
		tls + spm + " = 'Tls'\n" + iwr:   "2=1.0",
		"irm https://a.example.com":      "1=default",
		"curl https://a.example.com":     "1=default",
		"curl.exe https://a.example.com": "1=other:default",
		"wget https://a.example.com":     "1=default",
		"iwr http://localhost:8080/":     "",
		"(New-Object Net.WebClient).DownloadString('https://a.example.com')":                             "1=default",
		"$c = New-Object System.Net.WebClient\n" + tls + "$c.DownloadFile('https://a.example.com', 'a')": "2=1.2",
		"$q = [Net.WebRequest]::Create('https://a.example.com')\n" + tls + "$q.GetResponse()":            "2=1.2",
		"$q = [Net.HttpWebRequest]::Create('https://a.example.com'); $q.GetResponse()\n" + tls:           "1=default",
		"$h = [Net.Http.HttpClient]::new(); $h.GetAsync('https://a.example.com').Result":                 "1=default",
		tls + "Install-Module Az":   "1=1.2",
		"Install-Module Az\n" + tls: "1=default",
		"Connect-AzAccount\n":       "1=default",
	})
}

// Proves that text, here-strings and comments name nothing.
func TestText(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"$x=@'\n" + tls + "'@\n" + iwr:                  "4=default",
		"$x=@\"\n" + tls + "\"@\n" + iwr:                "4=default",
		"$x=\"" + spm + " = 3072\"\n" + iwr:             "2=default",
		"# " + tls + iwr:                                "2=default",
		"<#\n" + tls + "#>\n" + iwr:                     "4=default",
		"<# a #> " + tls + iwr:                          "1=1.2",
		"'" + spm + " = 3072' | Out-File x.ps1\n" + iwr: "2=default",
	})
}

// Proves that code that is never reached, and routines that nobody calls, name nothing.
func TestReach(t *testing.T) {
	holdPowerShell(t, map[string]string{
		iwr + "return\n" + tls + iwr:                         "1=default",
		iwr + "exit 0\n" + tls + iwr:                         "1=default",
		iwr + "throw 'x'\n" + tls + iwr:                      "1=default",
		"if ($false) { " + tls + " }\n" + iwr:                "3=default",
		"if (0) { " + tls + " }\n" + iwr:                     "3=default",
		"while ($false) { " + tls + " }\n" + iwr:             "3=default",
		"if (1 -eq 2) { " + tls + " }\n" + iwr:               "3=default",
		"if ($true) { " + tls + " } else { }\n" + iwr:        "1=1.2",
		"foreach ($i in @()) { " + tls + " }\n" + iwr:        "3=default",
		"for ($i=0; $i -lt 1; $i++) { " + tls + " }\n" + iwr: "1=1.2",
		"do { " + tls + " } while ($false)\n" + iwr:          "1=1.2",
		"switch (1) { 2 { " + tls + " } }\n" + iwr:           "3=default",
		"function f { " + tls + " }\n" + iwr:                 "3=default",
		"function f { " + tls + " }\nf\n" + iwr:              "1=1.2",
		"function f { return; " + tls + " }\nf\n" + iwr:      "4=default",
		"filter f { " + tls + " }\n" + iwr:                   "3=default",
		"$b = { " + tls + " }\n" + iwr:                       "3=default",
		"$b = { " + tls + " }\n& $b\n" + iwr:                 "1=1.2",
		"$b = { " + tls + " }\n$b.Invoke()\n" + iwr:          "1=1.2",
		"& { " + tls + " }\n" + iwr:                          "1=1.2",
	})
}

// Proves that another machine and another process name nothing for this one.
func TestElsewhere(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"Invoke-Command -ComputerName fs01 { " + tls + " }\n" + iwr:                          "3=default",
		"Invoke-Command -Session $s -ScriptBlock { " + tls + " }\n" + iwr:                    "3=default",
		"Invoke-Command { " + tls + " }\n" + iwr:                                             "1=1.2",
		"Start-Job { " + tls + " }\n" + iwr:                                                  "3=default",
		"Start-Job { " + tls + iwr + "}\n":                                                   "1=1.2",
		tls + "Start-Job { " + iwr + "}\n":                                                   "2=default",
		"powershell -Command { " + tls + " }\n" + iwr:                                        "3=default",
		"powershell -Command \"" + spm + " = 'Tls12'; iwr https://a.example.com\"":           "1=1.2",
		"powershell -EncodedCommand " + encoded(spm+" = 'Tls12'; iwr https://a.example.com"): "1=1.2",
		"powershell -EncodedCommand " + encoded("iwr https://a.example.com"):                 "1=default",
		"Start-Process powershell -ArgumentList '-Command \"" + spm + " = 3072\"'\n" + iwr:   "2=default",
		"1..3 | ForEach-Object -Parallel { " + tls + iwr + " }":                              "1=1.2",
	})
}

// Proves that what depends on an unknown condition is not certain.
func TestConditions(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"if ($x) { " + tls + " }\n" + iwr:                                                       "1=1.2 3=default 1?condition",
		"if ($x) { " + tls + " } else { " + spm + "=3072 }\n" + iwr:                             "1=1.2",
		"if ($x) { " + tls + " } else { " + spm + "='Tls' }\n" + iwr:                            "1=1.2 2=1.0 1?condition 2?condition",
		"if (Test-Path x) { " + tls + " }\n" + iwr:                                              "1=1.2 3=default 1?condition",
		"foreach ($h in Get-Content l.txt) { " + tls + " }\n" + iwr:                             "1=1.2 3=default 1?condition",
		"foreach ($h in Get-Content l.txt) { " + tls + iwr + "}":                                "1=1.2",
		"if ($x) { exit }\n" + tls + iwr:                                                        "2=1.2",
		"if ($x) { " + iwr + " }\n" + tls + iwr:                                                 "1=default 3=1.2",
		"try { " + tls + " } catch { Write-Warning x }\n" + iwr:                                 "1=1.2",
		"try { Get-X } catch { " + tls + " }\n" + iwr:                                           "3=default 1?on-error",
		"try { " + iwr + "} catch { " + tls + iwr + "}":                                         "1=default 3?on-error",
		"try { } finally { " + tls + " }\n" + iwr:                                               "1=1.2",
		"$x -and (" + spm + " = 3072)\n" + iwr:                                                  "1=1.2 2=default 1?condition",
		"if ((Get-CimInstance Win32_OperatingSystem).Version -lt '10') { " + tls + " }\n" + iwr: "1=1.2 3=default 1?condition",
		"if ($x) { " + tls + " }":                                                               "1=1.2 1=default 1?condition",
	})
}

// Proves that conditions that are known, or ask for the setting itself, are followed.
func TestKnownConditions(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"if ($PSVersionTable.PSVersion.Major -lt 6) { " + tls + " }\n" + iwr:                                                    "1=1.2",
		"if ($PSVersionTable.PSEdition -ne 'Core') { " + tls + " }\n" + iwr:                                                     "1=1.2",
		"if ($PSVersionTable.PSVersion.Major -ge 7) { " + tls + " }\n" + iwr:                                                    "3=default",
		"if (-not $IsCoreCLR) { " + tls + " }\n" + iwr:                                                                          "1=1.2",
		"if ($PSVersionTable.PSVersion.Major -ge 6) { iwr https://a.example.com -SslProtocol Tls12 } else { " + tls + iwr + "}": "1=1.2",
		"if (" + spm + " -notmatch 'Tls12') { " + spm + " = " + spm + " -bor 3072 }\n" + iwr:                                    "1=+1.2",
		"if (-not " + spm + ".HasFlag(" + spt + "::Tls12)) { " + spm + " = " + spm + " -bor " + spt + "::Tls12 }\n" + iwr:       "1=+1.2",
		"if ((" + spm + " -band 3072) -eq 0) { " + spm + " += 3072 }\n" + iwr:                                                   "1=+1.2",
		"if (-not (" + spm + " -band " + spt + "::Tls12)) { " + spm + " = " + spm + " -bor 3072 }\n" + iwr:                      "1=+1.2",
		"if ([enum]::GetNames(" + spt + ") -contains 'Tls12') { " + tls + " }\n" + iwr:                                          "1=1.2",
		"if (" + spt + ".GetEnumNames() -contains 'Tls12') { " + tls + " }\n" + iwr:                                             "1=1.2",
		"if ([enum]::GetNames(" + spt + ") -contains 'Tls13') { " + spm + " = " + spm + " -bor 12288 }\n" + iwr:                 "1=+1.3 2=default 1?condition",
	})
}

// Proves that a value counts however it is written, and one that cannot be told is said.
func TestValues(t *testing.T) {
	holdPowerShell(t, map[string]string{
		spm + " = 3072\n" + iwr:                                            "1=1.2",
		spm + " = 0xC00\n" + iwr:                                           "1=1.2",
		spm + " = 768 -bor 3072\n" + iwr:                                   "1=1.1,1.2",
		spm + " = '3072'\n" + iwr:                                          "1=1.2",
		spm + " = 'Tls12,Tls11'\n" + iwr:                                   "1=1.1,1.2",
		spm + " = 'tls12', 'tls11'\n" + iwr:                                "1=1.1,1.2",
		spm + " = " + spt + "::Tls12 -bor " + spt + "::Tls11\n" + iwr:      "1=1.1,1.2",
		spm + " = [System.Net.SecurityProtocolType]::Tls12\n" + iwr:        "1=1.2",
		spm + " = " + spt + "'Tls12'\n" + iwr:                              "1=1.2",
		spm + " = " + spt + "3072\n" + iwr:                                 "1=1.2",
		spm + " = 'Tls12' -as " + spt + "\n" + iwr:                         "1=1.2",
		spm + " = [Enum]::Parse(" + spt + ", 'Tls12')\n" + iwr:             "1=1.2",
		spm + " = [Enum]::ToObject(" + spt + ", 3072)\n" + iwr:             "1=1.2",
		spm + " = [Enum]::GetValues(" + spt + ")\n" + iwr:                  "1=default 1?value",
		spm + " = 0\n" + iwr:                                               "1=system",
		spm + " = 'SystemDefault'\n" + iwr:                                 "1=system",
		spm + " = 'Tls1.2'\n" + iwr:                                        "1=default 1?value-bad",
		spm + " = 'Tls13'\n" + iwr:                                         "1=default 1?tls13",
		spm + " = 'Tls12, Tls13'\n" + iwr:                                  "1=default 1?tls13",
		spm + " = " + spt + "::Tls12 -bor " + spt + "::Tls13\n" + iwr:      "1=1.2,1.3",
		spm + " = $args[0]\n" + iwr:                                        "1=default 1?value",
		spm + " = (Get-Content x)\n" + iwr:                                 "1=default 1?value",
		"param($P = 'Tls12')\n" + spm + " = $P\n" + iwr:                    "2=1.2",
		"param([Parameter(Mandatory)]$P)\n" + spm + " = $P\n" + iwr:        "2=default 2?value",
		"$p = 'Tls12'\n" + spm + " = $p\n" + iwr:                           "2=1.2",
		"$p = 'Tls12'; $p = 'Tls'\n" + spm + " = $p\n" + iwr:               "2=1.0",
		"[Net.SecurityProtocolType]$p = 'Tls12'\n" + spm + " = $p\n" + iwr: "2=1.2",
		"$v = @{p='Tls12'}\n" + spm + " = $v.p\n" + iwr:                    "2=1.2",
		"function p { 'Tls12' }\n" + spm + " = p\n" + iwr:                  "2=1.2",
		spm + " = if ($true) { 'Tls12' } else { 'Tls' }\n" + iwr:           "1=1.2",
	})
}

// Proves that operators on bits do what they do.
func TestMasks(t *testing.T) {
	holdPowerShell(t, map[string]string{
		spm + " = " + spm + " -band (-bnot 3072)\n" + iwr:            "1=default 1?taken",
		spm + " = " + spm + " -bxor 3072\n" + iwr:                    "1=default 1?value",
		spm + " = " + spm + " -band 3072\n" + iwr:                    "1=default 1?taken",
		tls + spm + " = " + spm + " -band (-bnot 3072)\n" + iwr:      "2=system",
		tls + spm + " = " + spm + " -bor 768\n" + iwr:                "2=1.1,1.2",
		spm + " = 0xFC0 -bxor 3072\n" + iwr:                          "1=1.0,1.1",
		spm + " = 4032 -band (-bnot 192)\n" + iwr:                    "1=1.1,1.2",
		spm + " = " + spm + " -band (-bnot 48)\n" + iwr:              "1=default",
		spm + " = (" + spm + " -band (-bnot 240)) -bor 3072\n" + iwr: "1=+1.2",
		spm + " += 3072\n" + iwr:                                     "1=+1.2",
		spm + " -bor 3072\n" + iwr:                                   "2=default",
	})
}

// Proves that the type counts however it is written, and no other.
func TestTypes(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"using namespace System.Net\n[ServicePointManager]::SecurityProtocol = [SecurityProtocolType]::Tls12\n" + iwr: "2=1.2",
		"[ServicePointManager]::SecurityProtocol = 'Tls12'\n" + iwr:                                                   "2=default",
		"$s = [Net.ServicePointManager]\n$s::SecurityProtocol = 'Tls12'\n" + iwr:                                      "2=1.2",
		"$s = 'Net.ServicePointManager' -as [type]\n$s::SecurityProtocol = 'Tls12'\n" + iwr:                           "2=1.2",
		"([Net.ServicePointManager])::SecurityProtocol = 'Tls12'\n" + iwr:                                             "1=1.2",
		"[Net.ServicePointManager]::'SecurityProtocol' = 'Tls12'\n" + iwr:                                             "1=1.2",
		"$n = 'SecurityProtocol'\n[Net.ServicePointManager]::$n = 'Tls12'\n" + iwr:                                    "2=1.2",
		"[Net.ServicePointManager].GetProperty('SecurityProtocol').SetValue($null, 3072)\n" + iwr:                     "1=1.2",
		"[Example.ServicePointManager]::SecurityProtocol = 'Tls12'\n" + iwr:                                           "2=default",
		"[Net.ServicePointManager]::Expect100Continue = $true\n" + iwr:                                                "2=default",
	})
}

// Proves that versions that are named at a request count for it.
func TestRequests(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"iwr https://a.example.com -SslProtocol Tls12":                                                        "1=1.2",
		"iwr https://a.example.com -SslProtocol Tls12,Tls13":                                                  "1=1.2,1.3",
		"iwr https://a.example.com -SslProtocol $x":                                                           "1=default 1?value",
		"$p = @{Uri='https://a.example.com'; SslProtocol='Tls12'}\niwr @p":                                    "2=1.2",
		"$p = @{Uri='https://a.example.com'}\n" + tls + "iwr @p":                                              "2=1.2",
		"#Requires -Version 7\n" + tls + iwr:                                                                  "3=default",
		"#Requires -Version 7\n" + tls + "(New-Object Net.WebClient).DownloadString('https://a.example.com')": "2=1.2",
		"$s.AuthenticateAsClient('h', $null, 'Tls', $false)":                                                  "1=1.0",
		"$s.AuthenticateAsClient('h', $null, $x, $false)":                                                     "1=default 1?value",
		"$h = New-Object Net.Http.HttpClientHandler; $h.SslProtocols = 'Tls12'":                               "1=1.2",
	})
}

// Proves that files next to the script and text that it runs are followed, and missing
// ones reported.
func TestFiles(t *testing.T) {
	const (
		beside   = ". (Join-Path (Split-Path -Parent $MyInvocation.MyCommand.Path) 'lib.ps1')\n"
		fetched  = "iex ((New-Object Net.WebClient).DownloadString('https://a.example.com'))"
		compiled = "Add-Type 'class C { void F() { ServicePointManager.SecurityProtocol = 0; } }'\n"
	)
	quoted := "iex '" + strings.ReplaceAll(strings.TrimSpace(tls), "'", "''") + "'\n"
	holdPowerShell(t, map[string]string{
		". .\\lib.ps1\n" + iwr:                          "1=1.2",
		". \"$PSScriptRoot\\lib.ps1\"\nGet-It":          "1=1.2",
		". (Join-Path $PSScriptRoot 'lib.ps1')\n" + iwr: "1=1.2",
		beside + iwr:                                   "1=1.2",
		"& .\\lib.ps1\n" + iwr:                         "1=1.2",
		tls + ". .\\old.ps1\n" + iwr:                   "2=1.0",
		"Import-Module .\\mod.psm1\n" + tls + "Get-It": "2=1.2",
		". .\\gone.ps1\n" + iwr:                        "2=default 1?file",
		". .\\gone.ps1\n" + tls + iwr:                  "2=1.2 1?file",
		". $lib\n" + iwr:                               "2=default",
		quoted + iwr:                                   "1=1.2",
		"@'\n" + tls + "'@ | iex\n" + iwr:              "3=1.2",
		fetched:                                        "1=default",
		tls + fetched + "\n":                           "1=1.2",
		"iex $x\n" + iwr:                               "2=default 1?expression",
		compiled + iwr:                                 "2=default 1?compiled",
		"Add-Type -AssemblyName System.Web\n" + tls + iwr: "2=1.2",
		"function (\n" + iwr:                              "2=default 1?unparsed",
	})
}

// Proves that other stacks than the PowerShell's own are told apart.
func TestStacks(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"Start-BitsTransfer https://a.example.com/x x":                               "1=winhttp:default",
		"bitsadmin /transfer a https://a.example.com/x c:\\x":                        "1=winhttp:default",
		"certutil -urlcache -f https://a.example.com/x x":                            "1=winhttp:default 1?certutil",
		"certutil -hashfile x SHA256":                                                "",
		"$h = New-Object -ComObject WinHttp.WinHttpRequest.5.1":                      "1=winhttp:default",
		"$h = New-Object -ComObject WinHttp.WinHttpRequest.5.1\n$h.Option(9) = 2048": "1=winhttp:default 2=winhttp:1.2",
		"$h = New-Object -Com Msxml2.XMLHTTP":                                        "1=wininet:default",
		"$h = New-Object -ComObject Msxml2.ServerXMLHTTP.6.0":                        "1=winhttp:default",
		"$c = New-Object System.Data.SqlClient.SqlConnection":                        "1=sql-client:default",
		"$m = New-Object -ComObject CDO.Message":                                     "1?cdo",
	})
}

// Proves that ordinary scripts raise no alarm.
func TestOrdinary(t *testing.T) {
	holdPowerShell(t, map[string]string{
		"[CmdletBinding()]\nparam([string]$Url = 'https://a.example.com')\n$ErrorActionPreference = 'Stop'\n" + tls + "$r = Invoke-RestMethod -Uri $Url -Headers @{a='b'} -TimeoutSec 5\n$r | Where-Object { $_.x } | Export-Csv o.csv\nforeach ($x in $r) { if ($x.y) { Write-Host $x } }": "4=1.2",
		"Import-Module ActiveDirectory\nGet-ADUser -Filter * | ForEach-Object { $_.Name }\nGet-Service | ? Status -eq Running | Stop-Service -WhatIf\n& $msbuild /t:x\n":                                                                                                                    "",
	})
}

// Proves that what names versions without being in force at any request is said.
func TestIdle(t *testing.T) {
	for text, want := range map[string]string{
		iwr + tls:                                    "after",
		"if ($false) { " + tls + " }\n" + iwr:        "unreached",
		"function f { " + tls + " }\n" + iwr:         "uncalled",
		"icm -cn fs01 { " + tls + " }\n" + iwr:       "elsewhere",
		tls + iwr:                                    "",
		"function f { " + tls + iwr + "}\nf\n" + iwr: "",
	} {
		var got []string
		for _, p := range PowerShell(text, false, nil).Idle {
			got = append(got, p.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %q", text, got, want)
		}
	}
}

// Proves that a module is read by what its functions do, whoever calls them.
func TestModule(t *testing.T) {
	for text, want := range map[string]string{
		"function Get-It { " + tls + iwr + "}":                       "1=1.2",
		"function Get-It { " + iwr + "}":                             "1=default",
		tls + "function Get-It { " + iwr + "}":                       "1=1.2",
		"function A { " + tls + " }\nfunction Get-It { " + iwr + "}": "3=default",
	} {
		if got := sum(PowerShell(text, true, nil)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Proves that batch files are read by what they start.
func TestBatch(t *testing.T) {
	files := func(name string) (string, bool) { return tls + iwr, name == "get.ps1" }
	for text, want := range map[string]string{
		"@echo off\ncurl.exe -o x https://a.example.com":                                                   "2=other:default",
		"bitsadmin /transfer a https://a.example.com/x %TEMP%\\x":                                          "1=winhttp:default",
		"certutil.exe -urlcache -split -f https://a.example.com/x x":                                       "1=winhttp:default 1?certutil",
		"powershell -NoProfile -ExecutionPolicy Bypass -Command \"iwr https://a.example.com\"":             "1=default",
		"powershell -c \"" + spm + " = 'Tls12'; iwr https://a.example.com\"":                               "1=1.2",
		"powershell -c \"iwr https://a.example.com; " + spm + " = 'Tls12'\"":                               "1=default",
		"%SystemRoot%\\SysWOW64\\WindowsPowerShell\\v1.0\\powershell.exe -c \"iwr https://a.example.com\"": "1=default",
		"powershell -enc " + encoded(tls+iwr):                                                              "1=1.2",
		"powershell -File \"%~dp0get.ps1\"":                                                                "1=1.2",
		"powershell -ExecutionPolicy Bypass -File %~dp0gone.ps1":                                           "1=default 1?file",
		"powershell Get-Date": "",
		"rem curl https://a.example.com\n:: curl x\necho curl x":       "",
		"goto :eof\ncurl https://a.example.com":                        "",
		"if 1==0 curl https://a.example.com":                           "",
		"exit /b\ncurl https://a.example.com":                          "",
		"if exist x curl https://a.example.com":                        "1=other:default",
		"for %%u in (a b) do curl https://%%u.example.com":             "1=other:default",
		"call :get\nexit /b\n:get\ncurl x":                             "4=other:default",
		"cmd /c curl https://a.example.com":                            "1=other:default",
		"powershell -c \"iwr %URL%\"":                                  "1=default",
		"powershell -c \"" + spm + "=%P%; iwr https://a.example.com\"": "1=default 1?unparsed 1?value",
		"reg add HKLM\\X /v a /d 1 /f\nnet stop x":                     "",
		"sqlcmd -S db01 -Q \"select 1\"":                               "1=sql-client:default",
	} {
		if got := sum(Batch(text, files)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// FuzzScripts: no text makes a reader panic, or give a use without its place.
func FuzzScripts(f *testing.F) {
	f.Add(tls+iwr, "a")
	f.Add("if ("+spm+" -notmatch 'Tls12') { "+spm+" = "+spm+" -bxor (-bnot 3072) }; f; function f { iex $x; . .\\a }", iwr)
	f.Add("powershell -c \"iwr %URL%\" & curl x", tls)
	f.Fuzz(func(t *testing.T, text, other string) {
		files := func(string) (string, bool) { return other, true }
		for _, r := range []Reading{PowerShell(text, false, files), PowerShell(text, true, files), Batch(text, files)} {
			for _, u := range r.Uses {
				if u.Line < 1 || u.Column < 1 {
					t.Errorf("%+v has no place", u)
				}
				for _, v := range u.Versions {
					if v.Rank() < tlsready.SSL20.Rank() {
						t.Errorf("%+v: no version", u)
					}
				}
			}
			for _, p := range r.Unclear {
				if p.Line < 1 || p.Code == "" {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}
