package dryrun_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/dryrun"
	"tlsready/internal/script"
)

// summary writes a reading so that a test can compare it: "+key name=data" for what
// is set, "-" for what is deleted, "?" for what is not sure, "!" for a place that may
// write anything, then the rules with their lines.
func summary(r recipe.Reading) string {
	var parts []string
	for _, c := range r.Changes() {
		key := strings.TrimPrefix(strings.TrimPrefix(c.Key, `HKLM\SOFTWARE\`), `HKLM\SYSTEM\`)
		switch {
		case c.Tree:
			parts = append(parts, "--"+key)
		case c.Delete:
			parts = append(parts, "-"+key+" "+c.Name)
		default:
			parts = append(parts, "+"+key+" "+c.Name+"="+data(c.Data))
		}
	}
	for _, f := range r.Findings {
		mark := ""
		if f.Opaque {
			mark = "!"
		} else if f.Unsure != nil {
			mark = "?"
		}
		parts = append(parts, fmt.Sprintf("%s%s:%d", mark, f.Rule, f.Line))
	}
	return strings.Join(parts, " ")
}

func data(d host.Data) string {
	switch d.Type {
	case host.DWORD:
		return fmt.Sprint(d.Number)
	case host.QWORD:
		return fmt.Sprintf("q%d", d.Number)
	case host.MultiSZ:
		return fmt.Sprint(d.Strings)
	case host.Binary:
		return fmt.Sprintf("%x", d.Bytes)
	}
	return "'" + d.Text + "'"
}

// Proves, kind by kind, what a PowerShell script is read to do.
func TestPowerShell(t *testing.T) {
	holdPowerShell(t, map[string]string{
		set:                   "+x a=1",
		set + " -Type String": "+x a='1'",
		`sp -Path 'HKLM:\SOFTWARE\x' -Name a -Value '1'`:                                 "+x a='1' ps1-no-type:1",
		`New-ItemProperty -Pa HKLM:\SOFTWARE\x -Na a -PropertyT DWord -V 0xFFFFFFFF -Fo`: "+x a=4294967295",
		`New-ItemProperty 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\x' a -Value ([int]'7')`: "+x a=7 ps1-no-force:1",
		`Set-ItemProperty HKLM:\SOFTWARE\x a @('b','c')`:                                 "+x a=[b c]",
		`Set-ItemProperty HKLM:\SOFTWARE\x a ([byte[]](1,255)) -Type Binary`:             "+x a=01ff",
		`Set-ItemProperty HKLM:\SOFTWARE\x a 4294967295`:                                 "+x a='4294967295' ps1-no-type:1",
		`Set-ItemProperty HKLM:\SOFTWARE\x a -Type QWord -Value 4294967296`:              "+x a=q4294967296",
		// variables, strings, lists, loops, pipes
		"$k='HKLM:\\SOFTWARE\\x'\n$n = \"a$(1+1)\"\nSet-ItemProperty $k $n 1":                                                                             "+x a2=1",
		"foreach ($k in 'x','y') { Set-ItemProperty \"HKLM:\\SOFTWARE\\$k\" a 1 }":                                                                        "+x a=1 +y a=1",
		"'x','y' | % { Set-ItemProperty (Join-Path HKLM:\\SOFTWARE $_) a 1 }":                                                                             "+x a=1 +y a=1",
		"'x','y' | Where-Object { $_ -ne 'x' } | ForEach-Object { " + strings.ReplaceAll(set, "x a", "$_ a") + " }":                                       "+y a=1",
		"1..2 | ForEach-Object { Set-ItemProperty HKLM:\\SOFTWARE\\x \"a$_\" $_ }":                                                                        "+x a1=1 +x a2=2",
		"for ($i = 0; $i -lt 2; $i++) { Set-ItemProperty HKLM:\\SOFTWARE\\x \"a$i\" $i }":                                                                 "+x a0=0 +x a1=1",
		"$h = @{Path='HKLM:\\SOFTWARE\\x'; Name='a'; Value=1}; Set-ItemProperty @h":                                                                       "+x a=1",
		"$l = @([pscustomobject]@{k='x';v=1}, [pscustomobject]@{k='y';v=2})\nforeach ($e in $l) { Set-ItemProperty \"HKLM:\\SOFTWARE\\$($e.k)\" a $e.v }": "+x a=1 +y a=2",
		"'HKLM:\\SOFTWARE\\x','HKLM:\\SOFTWARE\\y' | Set-ItemProperty -Name a -Value 1":                                                                   "+x a=1 +y a=1",
		"Get-Item HKLM:\\SOFTWARE\\x | Set-ItemProperty -Name a -Value 1":                                                                                 "+x a=1",
		"$p = 'HKLM:\\SOFTWARE\\x\\y'; Set-ItemProperty $p.Substring(0, $p.LastIndexOf('\\')) 'bab'.Substring('bab'.IndexOf('a'), 1) 1":                   "+x a=1",
		"Set-ItemProperty HKLM:\\SOFTWARE\\$([char]120) a ([string][char]'1') -Type String":                                                               "+x a='1'",
		"$e = 'x'.Substring(2); Set-ItemProperty HKLM:\\SOFTWARE\\x a 1 -Type DWord":                                                                      "+x a=1",
		"cd HKLM:\\SOFTWARE\nSet-ItemProperty .\\x a 1":                                                                                                   "+x a=1",
		"New-PSDrive -Name R -PSProvider Registry -Root HKEY_LOCAL_MACHINE\\SOFTWARE | Out-Null\nSet-ItemProperty R:\\x a 1":                              "+x a=1",
		// functions
		"function Set-It($k, [int]$v = 1) { Set-ItemProperty \"HKLM:\\SOFTWARE\\$k\" a $v }\nSet-It x\nSet-It -v 2 y": "+x a=1 +y a=2",
		"function Never { " + set + " }":                                          "not-called:1",
		"& { " + set + " }":                                                       "+x a=1",
		"Invoke-Expression '" + set + "'":                                         "+x a=1",
		"powershell -NoProfile -Command \"" + set + "\"":                          "+x a=1",
		"Start-Process powershell.exe -ArgumentList '-Command " + set + "' -Wait": "+x a=1",
		// .NET, COM and programs
		`[Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\SOFTWARE\x', 'a', 1, [Microsoft.Win32.RegistryValueKind]::DWord)`:  "+x a=1",
		`[Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\SOFTWARE\x', 'a', 'b')`:                                            "+x a='b'",
		"$k = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\\x')\n$k.SetValue('a', 1, 'DWord')\n$k.Close()":        "+x a=1",
		"$k = (Get-Item HKLM:\\).OpenSubKey('SOFTWARE\\x', $true).CreateSubKey('AES 128/128'); $k.SetValue('Enabled', 0)":            "+x\\AES 128/128 Enabled=0",
		"[Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry32').OpenSubKey('SOFTWARE\\x', $true).SetValue('a', 1)": "+Wow6432Node\\x a=1",
		"$s = New-Object -ComObject WScript.Shell; $s.RegWrite('HKLM\\SOFTWARE\\x\\a', 1, 'REG_DWORD')":                              "+x a=1",
		`reg add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f`:                                                                          "+x a=1",
		`cmd /c "reg add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f"`:                                                                 "+x a=1",
		`Start-Process reg -ArgumentList 'add HKLM\SOFTWARE\x /v a /d 1 /f' -NoNewWindow`:                                            "+x a='1'",
	})
}

// Proves the same of what deletes, of what does not happen and of what is not sure.
func TestPowerShellUnsure(t *testing.T) {
	holdPowerShell(t, map[string]string{
		// deleting
		`Remove-ItemProperty HKLM:\SOFTWARE\x a`:                                                            "-x a",
		`Remove-Item HKLM:\SOFTWARE\x -Recurse`:                                                             "--x ps1-deletes-key:1",
		`New-Item HKLM:\SOFTWARE\x -Force`:                                                                  "--x ps1-new-item-force:1",
		"if (!(Test-Path HKLM:\\SOFTWARE\\x)) { New-Item HKLM:\\SOFTWARE\\x -Force }\n" + set:               "+x a=1",
		"$there = Test-Path HKLM:\\SOFTWARE\\x\nif (-not $there) { New-Item HKLM:\\SOFTWARE\\x\\y -Force }": "",
		set + "\nRemove-Item HKLM:\\SOFTWARE\\x":                                                            "--x ps1-deletes-key:2",
		// what does not happen
		"# " + set:                                                "",
		"<# " + set + " #>":                                       "",
		"'" + set + "'":                                           "",
		"@'\n" + set + "\n'@":                                     "",
		"Write-Host \"" + set + "\"":                              "",
		"return\n" + set:                                          "not-reached:2",
		"exit 0\n" + set:                                          "not-reached:2",
		"throw 'x'\n" + set:                                       "not-reached:2",
		"if ($false) { " + set + " }":                             "not-reached:1",
		"if (1 -eq 2) { " + set + " }":                            "not-reached:1",
		"while ($false) { " + set + " }":                          "not-reached:1",
		"try { x-y } catch { " + set + " }":                       "!ps1-not-understood:1 on-error:1",
		"try { Get-Item x } catch { " + set + " }":                "on-error:1",
		set + " -WhatIf":                                          "ps1-what-if:1",
		"$WhatIfPreference = $true\n" + set:                       "ps1-what-if:2",
		set + " -WhatIf:$false":                                   "+x a=1",
		"Invoke-Command -ComputerName fs01 { " + set + " }":       "!other-machine:1",
		"Invoke-Command -Session $s -ScriptBlock { " + set + " }": "!other-machine:1",
		"Invoke-Command { " + set + " }":                          "+x a=1",
		"Invoke-Command -ComputerName localhost -ScriptBlock { " + set + " }":                                                            "+x a=1",
		`reg add \\fs01\HKLM\SOFTWARE\x /v a /d 1 /f`:                                                                                    "!other-machine:1",
		"$r = [Microsoft.Win32.RegistryKey]::OpenRemoteBaseKey('LocalMachine', 'fs01'); $r.CreateSubKey('SOFTWARE\\x').SetValue('a', 1)": "!other-machine:1 !other-machine:1",
		`Set-ItemProperty HKLM\SOFTWARE\x a 1`:                                                                                           "ps1-no-drive:1",
		`Set-ItemProperty C:\x a 1`:                                                                                                      "",
		// what is not sure
		"if ($x) { " + set + " }":                                                  "?only-if:1",
		"if ($x) { " + set + " } else { " + set + " }":                             "+x a=1",
		"if ($x) { " + set + " } else { Set-ItemProperty HKLM:\\SOFTWARE\\x a 0 }": "?only-if:1",
		"if ($x) { exit }\n" + set:                                                 "?only-if:2",
		set + "\nif ($x) { " + set + " }":                                          "+x a=1",
		"if ($x) { Set-ItemProperty HKLM:\\SOFTWARE\\x a 0 }\n" + set:              "+x a=1",
		"switch ($x) { 1 { " + set + " } }":                                        "?only-if:1",
		"foreach ($m in $x) { " + set + " }":                                       "?only-if:1",
		"while ($x) { " + set + " }":                                               "?only-if:1",
		`Set-ItemProperty HKLM:\SOFTWARE\x a $x`:                                   "?data-unknown:1",
		`Set-ItemProperty HKLM:\SOFTWARE\x $x 1`:                                   "?name-unknown:1",
		`Set-ItemProperty $x a 1`:                                                  "!ps1-not-understood:1",
		`Set-ItemProperty HKLM:\SOFTWARE\* a 1`:                                    "!ps1-not-understood:1",
		"Get-ChildItem HKLM:\\SOFTWARE\\x | % { Set-ItemProperty $_.PSPath a 1 }":  "!ps1-not-understood:1",
		"& $x":                 "!ps1-not-understood:1",
		".\\other.ps1":         "!ps1-not-understood:1",
		". .\\other.ps1":       "!ps1-not-understood:1",
		"Invoke-Expression $x": "!ps1-not-understood:1",
		"Some-Command":         "!ps1-not-understood:1",
		"regedit /s x.reg":     "!ps1-not-understood:1",
		"reg import x.reg":     "!cmd-not-understood:1",
		"Disable-TlsCipherSuite TLS_RSA_WITH_AES_128_CBC_SHA": "!ps1-not-understood:1",
		"$x.SetValue('a', 1)": "!ps1-not-understood:1",
		"x (":                 "!ps1-not-understood:1",
		// what is harmless
		"Restart-Service w3svc; iisreset; Write-Host done; Start-Sleep 1; Import-Module x; $d = Get-Date":                                                                                                                        "",
		"#Requires -RunAsAdministrator\nif (-not ([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { exit 1 }\n" + set: "+x a=1",
		"param([string]$Key = 'x', [switch]$Undo)\nif ($Undo) { exit }\nSet-ItemProperty \"HKLM:\\SOFTWARE\\$Key\" a 1":                                                                                                          "+x a=1",
	})
}

// set is the statement of the tables.
const set = `Set-ItemProperty HKLM:\SOFTWARE\x a 1`

func holdPowerShell(t *testing.T, table map[string]string) {
	t.Helper()
	for text, want := range table {
		if got := summary(dryrun.PowerShell("s.ps1", text, nil)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves, kind by kind, what a batch file is read to do.
func TestBatch(t *testing.T) {
	const add = `reg add HKLM\SYSTEM\x /v a /t REG_DWORD /d 1 /f`
	for text, want := range map[string]string{
		add:                      "+x a=1",
		"@" + add + " >nul 2>&1": "+x a=1",
		`"%SystemRoot%\System32\reg.exe" ADD "HKLM\SYSTEM\x y" /v "a b" /t REG_SZ /d "1" /f`:                                    "+x y a b='1'",
		"set K=HKLM\\SYSTEM\\x\nreg add \"%k%\" /v a /d 1 /f":                                                                   "+x a='1'",
		"set \"K=x\" & rem\nreg add HKLM\\SYSTEM\\%K% /v a /d 1 /f":                                                             "+x a='1'",
		"reg add HKLM\\SYSTEM\\x ^\n /v a /t REG_DWORD /d 1 /f":                                                                 "+x a=1",
		"for %%k in (x y) do reg add HKLM\\SYSTEM\\%%k /v a /d 1 /f":                                                            "+x a='1' +y a='1'",
		"for %%k in (\"x 1\" y) do (\n  reg add \"HKLM\\SYSTEM\\%%~k\" /v a /d 1 /f\n)":                                         "+x 1 a='1' +y a='1'",
		"for /l %%i in (1,1,2) do reg add HKLM\\SYSTEM\\x /v a%%i /d 1 /f":                                                      "+x a1='1' +x a2='1'",
		"setlocal EnableDelayedExpansion\nset V=1\nfor %%k in (x y) do (\nset V=%%k\nreg add HKLM\\SYSTEM\\!V! /v a /d 1 /f\n)": "+x a='1' +y a='1'",
		"call :set x\ncall :set y\ngoto :eof\n:set\nreg add HKLM\\SYSTEM\\%1 /v a /d 1 /f\nexit /b 0":                           "+x a='1' +y a='1'",
		"goto there\n" + strings.ReplaceAll(add, "/v a", "/v b") + "\n:there\n" + add:                                           "+x a=1 not-reached:2",
		"cmd /c " + add:           "+x a=1",
		"start \"\" /wait " + add: "+x a=1",
		"echo y|" + add:           "+x a=1",
		"powershell -Command \"Set-ItemProperty 'HKLM:\\SYSTEM\\x' a 1\"": "+x a=1",
		"reg add HKLM\\SOFTWARE\\x /v a /d 1 /f":                          "+HKLM\\SOFTWARE\\x a='1' cmd-no-view:1",
		"reg add HKLM\\SOFTWARE\\x /v a /d 1 /f /reg:32":                  "+Wow6432Node\\x a='1'",
		"reg delete HKLM\\SYSTEM\\x /v a /f":                              "-x a",
		"reg delete HKLM\\SYSTEM\\x /f":                                   "--x cmd-deletes-key:1",
		"reg delete HKLM\\SYSTEM\\x /va /f":                               "?cmd-deletes-values:1",
		"reg delete HKLM\\SYSTEM\\x /f\n" + add:                           "--x +x a=1 cmd-deletes-key:1",
		add + "\nreg delete HKLM\\SYSTEM\\x /f":                           "--x cmd-deletes-key:2",
		// what does not happen
		"rem " + add:                     "",
		":: " + add:                      "",
		"echo " + add:                    "",
		"echo x > " + "reg & rem " + add: "",
		"goto :eof\n" + add:              "not-reached:2",
		"exit /b\n" + add:                "not-reached:2",
		"if 1==0 " + add:                 "not-reached:1",
		"if 1==0 (\n" + add + "\n) else (\necho x\n)":          "not-reached:2",
		"if not 1==1 " + add + " & " + add:                     "not-reached:1 not-reached:1",
		"if \"%1\"==\"go\" " + add:                             "not-reached:1",
		add + " || " + strings.ReplaceAll(add, "/v a", "/v b"): "+x a=1 on-error:1",
		`reg add \\fs01\HKLM\SYSTEM\x /v a /d 1 /f`:            "!other-machine:1",
		`reg add SYSTEM\x /v a /d 1 /f`:                        "cmd-no-root:1",
		`reg add HKLM\SYSTEM\x y /v a /d 1 /f`:                 "cmd-key-unquoted:1",
		`reg add HKLM\SYSTEM\x /v a /t REG_DWORD /d one /f`:    "cmd-bad-data:1",
		"set reg=1": "",
		// what is not sure
		"if exist C:\\x " + add:                                 "?only-if:1",
		"if defined X (" + add + ")":                            "?only-if:1",
		"if exist x (" + add + ") else (" + add + ")":           "+x a=1",
		"reg query HKLM\\SYSTEM\\x || exit /b 1\n" + add:        "?only-if:2",
		"ver | find \"6.1\" && " + add:                          "?only-if:1",
		"for /f %%i in ('dir') do " + add:                       "?only-if:1",
		"for %%f in (*.txt) do " + add:                          "?only-if:1",
		"reg add \"%KEY%\" /v a /d 1 /f":                        "!cmd-not-understood:1",
		"reg add HKLM\\SYSTEM\\x /v a /d %V% /f":                "?data-unknown:1",
		"set /p K=key?\nreg add HKLM\\SYSTEM\\%K% /v a /d 1 /f": "!cmd-not-understood:2",
		"call other.cmd":                                        "!cmd-not-understood:1",
		"regedit /s x.reg":                                      "!cmd-not-understood:1",
		"reg import x.reg":                                      "!cmd-not-understood:1",
		"setup.exe /quiet":                                      "!cmd-not-understood:1",
		"%TOOL% x":                                              "!cmd-not-understood:1",
		"goto %1x\n:x\n" + add:                                  "+x a=1",
		"goto %X%\n" + add:                                      "!cmd-not-understood:1 not-reached:2",
		"(\n" + add:                                             "!cmd-not-understood:1",
		// what is harmless
		"net session >nul 2>&1\nif %errorlevel% neq 0 (\n  echo run as administrator\n  exit /b 1\n)\n" + add: "+x a=1",
		"ping localhost\nnet stop x & net start x\npause\nshutdown /r":                                        "",
	} {
		r := dryrun.Batch("s.cmd", text, nil)
		r.Findings = slices.DeleteFunc(r.Findings, func(f recipe.Finding) bool { return f.Rule == "cmd-no-view" && !strings.Contains(want, "no-view") })
		got := strings.ReplaceAll(summary(r), "+x ", "+x ")
		want = strings.ReplaceAll(want, "+HKLM\\SOFTWARE\\x", "+x")
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves where a script writes by the program that runs it, and what presets and
// namespaces do to it.
func TestHosts(t *testing.T) {
	const wow = `Wow6432Node\x`
	for text, want := range map[string]string{
		`%windir%\SysWOW64\reg.exe add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f`:                                                                       "+" + wow + " a=1",
		`C:\Windows\SysWOW64\reg.exe add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f /reg:64`:                                                             "+x a=1",
		`%windir%\SysWOW64\reg.exe add HKLM\SYSTEM\x /v a /t REG_DWORD /d 1 /f`:                                                                         "+x a=1",
		`%windir%\sysnative\reg.exe add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f`:                                                                      "+x a=1",
		`%windir%\SysWOW64\cmd.exe /c reg add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f`:                                                                "+" + wow + " a=1",
		`%windir%\SysWOW64\WindowsPowerShell\v1.0\powershell.exe -Command "sp HKLM:\SOFTWARE\x a 1"`:                                                    "+" + wow + " a=1",
		`%windir%\SysWOW64\WindowsPowerShell\v1.0\powershell.exe -Command "C:\Windows\sysnative\reg.exe add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f"`: "+x a=1",
		`powershell -Command "sp HKLM:\SOFTWARE\x a 1"`:                                                                                                 "+x a=1",
	} {
		r := dryrun.Batch("s.cmd", text, nil)
		r.Findings = slices.DeleteFunc(r.Findings, func(f recipe.Finding) bool { return f.Rule == "cmd-no-view" })
		if got := summary(r); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	holdPowerShell(t, map[string]string{
		"& \"$env:windir\\SysWOW64\\reg.exe\" add HKLM\\SOFTWARE\\x /v a /t REG_DWORD /d 1 /f":                      "+" + wow + " a=1",
		"& \"$env:windir\\SysWOW64\\WindowsPowerShell\\v1.0\\powershell.exe\" -Command 'sp HKLM:\\SOFTWARE\\x a 1'": "+" + wow + " a=1",
		"using namespace Microsoft.Win32\n[Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\x', 'a', 1, 'DWord')": "+x a=1",
		"New-PSDrive X Registry HKLM:\\SOFTWARE | Out-Null\nsp X:\\x a 1":                                           "+x a=1",
		"$PSDefaultParameterValues['*:WhatIf'] = $true\n" + set:                                                     "ps1-what-if:2",
		"$PSDefaultParameterValues = @{'Set-ItemProperty:WhatIf' = $true}\n" + set:                                  "?only-if:2",
		"$PSDefaultParameterValues = @{'*:WhatIf' = $false}\n" + set:                                                "+x a=1",
		"$PSDefaultParameterValues['*:Verbose'] = $true\n" + set:                                                    "+x a=1",
		"do { " + set + " } while ($false)\n" + strings.ReplaceAll(set, " a ", " b "):                               "+x a=1 +x b=1",
	})
}

// Proves that a step which hangs on what is there is judged by the host.
func TestOn(t *testing.T) {
	const key = `HKLM\SOFTWARE\x`
	there := func(d host.Data) *host.Snapshot {
		return &host.Snapshot{Covered: []string{key}, Registry: []host.Value{{Key: key, Name: "a", Data: d}}}
	}
	absent := &host.Snapshot{Covered: []string{key}}
	for _, c := range []struct {
		script string
		host   *host.Snapshot
		want   string // the value behind the script; "?" if nobody knows
	}{
		{`New-ItemProperty HKLM:\SOFTWARE\x a -Value 1 -PropertyType DWord`, absent, "1"},
		{`New-ItemProperty HKLM:\SOFTWARE\x a -Value 1 -PropertyType DWord`, there(host.Dword(0)), "0"},
		{`New-ItemProperty HKLM:\SOFTWARE\x a -Value 1 -PropertyType DWord`, &host.Snapshot{}, "?"},
		{`New-ItemProperty HKLM:\SOFTWARE\x a -Value 1 -PropertyType DWord -Force`, there(host.Dword(0)), "1"},
		{"Remove-ItemProperty HKLM:\\SOFTWARE\\x a\nNew-ItemProperty HKLM:\\SOFTWARE\\x a -Value 1 -PropertyType DWord", there(host.Dword(0)), "1"},
		{"New-ItemProperty HKLM:\\SOFTWARE\\x a -Value 1 -PropertyType DWord -Force\nNew-ItemProperty HKLM:\\SOFTWARE\\x a -Value 2 -PropertyType DWord", there(host.Dword(0)), "1"},
		{"if (Get-ItemProperty HKLM:\\SOFTWARE\\x a) { Set-ItemProperty HKLM:\\SOFTWARE\\x a 1 -Type DWord } else { New-ItemProperty HKLM:\\SOFTWARE\\x a -Value 1 -PropertyType DWord }", there(host.Dword(0)), "1"},
		{`Set-ItemProperty HKLM:\SOFTWARE\x a '1'`, absent, "'1'"},
		{`Set-ItemProperty HKLM:\SOFTWARE\x a '1'`, there(host.Dword(0)), "1"},
		{`Set-ItemProperty HKLM:\SOFTWARE\x a 'one'`, there(host.Dword(0)), "0"},
		{`Set-ItemProperty HKLM:\SOFTWARE\x a 1`, there(host.String("0")), "'1'"},
		{`Set-ItemProperty HKLM:\SOFTWARE\x a 1 -Type DWord`, there(host.String("0")), "1"},
	} {
		after, unsure := dryrun.PowerShell("s.ps1", c.script, nil).On(c.host)
		d, state := host.NewView(after).WithUnsure(unsure...).Lookup(host.NewRef(key, "a"))
		got := data(d)
		if state == host.NotAsked {
			got = "?"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.script, got, c.want)
		}
	}
}

// Proves that the largest scripts are followed in time that grows with their size.
func TestLarge(t *testing.T) {
	for _, unit := range []string{
		"if ($a) {\n", "if ($a) { exit }\n", "$a += 'x'\n", "$a = $a, $a\n", "'a' | % {", "foreach ($i in 1..999) {\n", "f;function f { f; f }\n", "while ($a) {\n", "$a.b = $a\n",
		"sp HKLM:\\x a 1\n", "if ($a) { sp HKLM:\\x a 1 }\n", "try {\n", "switch ($a) { 1 {\n", "iex 'iex \"iex 1\"'\n",
		"if exist x goto a\n:a\n", "if exist x set a=1%a%\n", "for %%i in (1 2 3) do (\n", "call :a\n:a\n", "if exist x (reg add HKLM\\x /v a /d 1 /f)\n", "set a=%a%%a%x\n",
		"if exist x exit /b\n", "(\n", "^\n", "for /l %%i in (1,1,999) do ", "a & ", "reg add HKLM\\x /v a%random% /d 1 /f\n", "set a%random%=1\n",
	} {
		text := strings.Repeat(unit, script.MaxSize/len(unit))
		for name, read := range map[string]func(string, string, recipe.Beside) recipe.Reading{"ps1": dryrun.PowerShell, "cmd": dryrun.Batch} {
			begun := time.Now()
			read("s", text, nil)
			took := time.Since(begun)
			if took > 30*time.Second {
				t.Errorf("%s of %q took %v", name, unit, took)
			}
			t.Logf("%s of %q: %v", name, unit, took)
		}
	}
}

// FuzzFollow: no text makes a reader panic, run for long, or give a change without
// its type; a reading always has its places.
func FuzzFollow(f *testing.F) {
	for _, seed := range []string{
		"if ($a) { sp HKLM:\\x a 1 } else { return }\nforeach ($i in 1..3) { sp HKLM:\\x \"a$i\" $i }", "function f($x) { if ($x) { f 0 } }; f 1; 'a' | % { $_ }",
		"try { throw } catch { exit } finally { $a = @{b=1}; $a.b++ }", "switch (1) { 1 { break } default { continue } }",
		"for %%i in (1 2) do if exist x (reg add HKLM\\x /v a%%i /d %%i /f) else goto :eof\ncall :b 1\n:b\nset /a n+=1\nif %n% lss 3 goto b",
		"setlocal EnableDelayedExpansion\nset a=!b!\nfor /f \"tokens=1\" %%i in ('x') do echo %%i && exit /b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stuck := time.AfterFunc(20*time.Second, func() { panic("is read without an end") })
		defer stuck.Stop()
		for _, read := range []func(string, string, recipe.Beside) recipe.Reading{dryrun.PowerShell, dryrun.Batch} {
			r := read("s", text, nil)
			for _, c := range r.Steps {
				if !c.Delete && c.Type == "" || c.Line < 1 {
					t.Errorf("%+v", c)
				}
			}
			for _, x := range r.Findings {
				if x.Line < 1 || x.Column < 1 {
					t.Errorf("%+v has no place", x)
				}
			}
		}
	})
}
