# Checks the hosts, before and after apply.
# Written for: Windows Server 2012 R2 6.3.9600 x64
# Holds after: a restart of the service
# Plan: 671f54161a25
# The caller parameters are for the script itself, which starts again once per
# caller in a PowerShell of the caller's bitness.
param([string]$Stack, [string]$Target)

$ErrorActionPreference = 'Stop'
$planId = '671f54161a25'
$server = '192.0.2.10'
$port = 8443
$timeout = 15000

function Exit-With([string]$result, [string]$needed, [int]$code) {
    Write-Output ('TLSREADY host=' + $env:COMPUTERNAME + ' state=' + $result + ' restart=' + $needed)
    exit $code
}


function Get-Url {
    $name = $server
    if ($name.Contains(':')) { $name = '[' + $name + ']' }
    return 'https://' + $name + ':' + $port + '/line'
}

# What the rehearsal server says of the connection over which it was asked: whether such
# a client survives the day that is rehearsed.
function Get-Answer([string]$text) {
    if ($text -match '^TLSREADY survives=(yes|no|unknown) version=(\S+) ') {
        $means = @{ 'yes' = 'connects'; 'no' = 'fails'; 'unknown' = 'unknown' }
        return $means[$Matches[1]] + ' rehearsed ' + $Matches[2]
    }
    return 'unknown stranger'
}

# Every exception inside another one, the outermost first.
function Get-Chain($problem) {
    $chain = @()
    while ($null -ne $problem) {
        $chain += $problem
        $problem = $problem.InnerException
    }
    return $chain
}

# WinHTTP with its default protocols. Certificate errors are ignored (0x3300 of
# option 4): a certificate comes after the ServerHello, so the protocol is agreed,
# and what is left of error 12175 is the handshake.
# https://learn.microsoft.com/windows/win32/winhttp/winhttprequest
# https://learn.microsoft.com/windows/win32/winhttp/error-messages
function Test-WinHttp {
    try {
        $request = New-Object -ComObject 'WinHttp.WinHttpRequest.5.1'
        $request.SetTimeouts($timeout, $timeout, $timeout, $timeout)
        $request.Open('GET', (Get-Url), $false)
        [void][__ComObject].InvokeMember('Option', [Reflection.BindingFlags]::SetProperty, $null, $request, [object[]]@(4, 13056))
        $request.Send()
        return Get-Answer $request.ResponseText
    } catch {
        $code = 0
        foreach ($e in @(Get-Chain $_.Exception)) {
            if ($e -is [Runtime.InteropServices.COMException]) { $code = $e.ErrorCode -band 65535 }
        }
        if (@(12044, 12152, 12185) -contains $code) { return 'connects connects ' + $code }
        if (@(12157, 12175) -contains $code) { return 'fails handshake ' + $code }
        if (@(12002, 12007, 12029) -contains $code) { return 'unknown unreachable ' + $code }
        return 'unknown unclear ' + $code + ' ' + $_.Exception.Message
    }
}

# The class that connects. It is compiled to a file, because it has to be loaded
# into an application domain of its own: the target framework, and with it the
# default protocols, belong to the domain. C# 2, for CLR 2.
$source = @'
using System;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TlsReady
{
    public class Probe : MarshalByRefObject
    {
        private bool seen;

        private bool Certificate(object sender, X509Certificate certificate, X509Chain chain, SslPolicyErrors errors)
        {
            seen = true;
            return true;
        }

        public string Connect(string url, int timeout)
        {
            ServicePointManager.ServerCertificateValidationCallback = Certificate;
            try
            {
                HttpWebRequest request = (HttpWebRequest)WebRequest.Create(url);
                request.Method = "GET";
                request.Timeout = timeout;
                request.AllowAutoRedirect = false;
                using (System.IO.StreamReader reader = new System.IO.StreamReader(request.GetResponse().GetResponseStream()))
                {
                    return reader.ReadToEnd();
                }
            }
            catch (WebException e)
            {
                return Judge(e) + " " + e.Status + " " + ServicePointManager.SecurityProtocol;
            }
        }

        private string Judge(WebException e)
        {
            switch (e.Status)
            {
                case WebExceptionStatus.ProtocolError:
                case WebExceptionStatus.ServerProtocolViolation:
                    return "connects connects";
                case WebExceptionStatus.TrustFailure:
                    return "connects certificate";
                case WebExceptionStatus.NameResolutionFailure:
                case WebExceptionStatus.ProxyNameResolutionFailure:
                case WebExceptionStatus.ConnectFailure:
                    return "unknown unreachable";
            }
            if (seen) { return "connects connects"; }
            switch (e.Status)
            {
                case WebExceptionStatus.SecureChannelFailure:
                case WebExceptionStatus.SendFailure:
                    return "fails handshake";
                case WebExceptionStatus.Timeout:
                    return "unknown unreachable";
            }
            return "unknown unclear";
        }
    }
}
'@

# .NET Framework: a domain with the caller's target framework. AppDomainSetup has
# TargetFrameworkName from .NET Framework 4.5 on; CLR 2 has none and needs none.
# https://learn.microsoft.com/dotnet/api/system.appdomainsetup.targetframeworkname
function Test-DotNet([string]$target) {
    $clr = 4
    if (([Version]$target).Major -lt 4) { $clr = 2 }
    if ([Environment]::Version.Major -ne $clr) { return 'unknown clr ' + [Environment]::Version }
    $folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), [Guid]::NewGuid().ToString())
    [void][IO.Directory]::CreateDirectory($folder)
    # This process holds the library to its end; the one that started it deletes it.
    Write-Output ('folder ' + $folder)
    $domain = $null
    try {
        $library = [IO.Path]::Combine($folder, 'TlsReady.Probe.dll')
        Add-Type -TypeDefinition $source -OutputAssembly $library -OutputType Library
        [void][Reflection.Assembly]::LoadFrom($library)
        $setup = New-Object AppDomainSetup
        $setup.ApplicationBase = $folder
        $note = ''
        if ($clr -eq 4) {
            $property = [AppDomainSetup].GetProperty('TargetFrameworkName')
            if ($null -eq $property) {
                $note = ' no-target'
            } else {
                $property.SetValue($setup, '.NETFramework,Version=v' + $target, $null)
            }
        }
        $domain = [AppDomain]::CreateDomain('tlsready', $null, $setup)
        $probe = $domain.CreateInstanceFromAndUnwrap($library, 'TlsReady.Probe')
        $said = $probe.Connect((Get-Url), $timeout)
        if (-not ($said -match '^(connects|fails|unknown) ')) { $said = Get-Answer $said }
        return $said + $note
    } catch {
        return 'unknown unclear ' + $_.Exception.Message
    } finally {
        if ($null -ne $domain) { [AppDomain]::Unload($domain) }
    }
}

if ($Stack -eq 'winhttp') {
    Write-Output (Test-WinHttp)
    exit 0
}
if ($Stack -eq 'dotnet') {
    Write-Output (Test-DotNet $Target)
    exit 0
}

$user = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Write-Output 'Not elevated. Run this as administrator. Nothing was changed.'
    Exit-With 'not-elevated' 'none' 5
}
$is64 = ($env:PROCESSOR_ARCHITECTURE -ne 'x86') -or ($null -ne $env:PROCESSOR_ARCHITEW6432)

$words = @{
    'connects' = 'TLS was agreed'
    'certificate' = 'TLS was agreed; the certificate was refused'
    'handshake' = 'no TLS was agreed'
    'unreachable' = 'the server was not reached, nothing is proved'
    'unclear' = 'the connection ended, the cause is not clear'
    'rehearsed' = 'so the rehearsal server says'
    'stranger' = 'the server that answered is no rehearsal server'
    'clr' = 'this PowerShell runs on another .NET Framework than the caller'
    'stack' = 'a script cannot connect as this caller; use: tlsready probe'
    'shell' = 'there is no PowerShell of this bitness'
}

# The PowerShell of a bitness, or nothing where the system has none.
function Get-Shell([int]$bits) {
    $folder = 'System32'
    if ($is64 -and ($bits -eq 32)) { $folder = 'SysWOW64' }
    if ($is64 -and ($bits -eq 64) -and ([IntPtr]::Size -eq 4)) { $folder = 'sysnative' }
    if ((-not $is64) -and ($bits -eq 64)) { return $null }
    $shell = $env:SystemRoot + '\' + $folder + '\WindowsPowerShell\v1.0\powershell.exe'
    if ([IO.File]::Exists($shell)) { return $shell }
    return $null
}

function Test-Caller([string]$stack, [string]$target, [int]$bits) {
    if (@('winhttp', 'dotnet') -notcontains $stack) { return 'unknown stack' }
    $shell = Get-Shell $bits
    if ($null -eq $shell) { return 'unknown shell' }
    $start = @()
    # CLR 2 is what the engine of PowerShell 2.0 runs on.
    if ($target -and (([Version]$target).Major -lt 4)) { $start += @('-Version', '2.0') }
    $start += @('-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', $script:MyInvocation.MyCommand.Path, '-Stack', $stack)
    if ($target) { $start += @('-Target', $target) }
    $answer = 'unknown unclear'
    try {
        foreach ($line in @(& $shell $start)) {
            if ($line -match '^(connects|fails|unknown) ') { $answer = $line }
            if ($line -match '^folder (.+)$') { [IO.Directory]::Delete($Matches[1], $true) }
        }
    } catch {
        $answer = $answer + ' ' + $_.Exception.Message
    }
    return $answer
}

function New-Row([string]$action, [string]$key, [string]$name, [string]$type, $data) {
    return (New-Object PSObject -Property @{ Action = $action; Key = $key; Name = $name; Type = $type; Data = $data })
}

$kinds = @{
    'REG_DWORD' = [Microsoft.Win32.RegistryValueKind]::DWord
    'REG_QWORD' = [Microsoft.Win32.RegistryValueKind]::QWord
    'REG_SZ' = [Microsoft.Win32.RegistryValueKind]::String
    'REG_EXPAND_SZ' = [Microsoft.Win32.RegistryValueKind]::ExpandString
    'REG_MULTI_SZ' = [Microsoft.Win32.RegistryValueKind]::MultiString
    'REG_BINARY' = [Microsoft.Win32.RegistryValueKind]::Binary
}

# The registry classes of .NET rather than the registry provider: they open a key
# that exists without touching its values, and take / as part of a key's name.
function Get-Root([string]$key) {
    if ($key.StartsWith('HKU\')) { return [Microsoft.Win32.Registry]::Users }
    return [Microsoft.Win32.Registry]::LocalMachine
}

function Get-Below([string]$key) { return $key.Substring($key.IndexOf('\') + 1) }

# The value as it is now, as a row: action "set", or "delete" where it is absent.
function Read-Row([string]$key, [string]$name) {
    $row = New-Row 'delete' $key $name '' $null
    $at = (Get-Root $key).OpenSubKey((Get-Below $key), $false)
    if ($null -eq $at) { return $row }
    try {
        if (@($at.GetValueNames()) -contains $name) {
            $kind = $at.GetValueKind($name)
            $row.Action = 'set'
            $row.Type = $kind.ToString()
            foreach ($known in $kinds.Keys) {
                if ($kinds[$known] -eq $kind) { $row.Type = $known }
            }
            $row.Data = $at.GetValue($name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
        }
    } finally {
        $at.Close()
    }
    return $row
}

function Format-Text([string]$text) {
    $out = New-Object Text.StringBuilder
    [void]$out.Append('"')
    foreach ($c in $text.ToCharArray()) {
        $n = [int]$c
        if ($n -eq 92) {
            [void]$out.Append('\\')
        } elseif (($n -lt 32) -or ($n -gt 126) -or ($n -eq 34)) {
            [void]$out.Append('\u' + $n.ToString('x4'))
        } else {
            [void]$out.Append($c)
        }
    }
    [void]$out.Append('"')
    return $out.ToString()
}

# Data as JSON; ConvertTo-Json came with PowerShell 3.0.
function Format-Data([string]$type, $data) {
    if ($type -eq 'REG_DWORD') { return ([int64]$data -band 4294967295).ToString() }
    if ($type -eq 'REG_QWORD') { return '"' + [BitConverter]::ToUInt64([BitConverter]::GetBytes([int64]$data), 0).ToString() + '"' }
    if (($type -eq 'REG_SZ') -or ($type -eq 'REG_EXPAND_SZ')) { return (Format-Text $data) }
    if ($type -eq 'REG_BINARY') { return '"' + [BitConverter]::ToString([byte[]]$data).Replace('-', '').ToLowerInvariant() + '"' }
    if ($type -eq 'REG_MULTI_SZ') {
        $items = @()
        foreach ($item in @($data)) { $items += (Format-Text $item) }
        return '[' + [string]::Join(',', [string[]]$items) + ']'
    }
    throw ('a value of this type cannot be saved' + ': ' + $type)
}

function Format-State($row) {
    if ($row.Action -eq 'delete') { return '{"state":"absent"}' }
    return '{"state":"present","type":"' + $row.Type + '","value":' + (Format-Data $row.Type $row.Data) + '}'
}

function Test-Same($left, $right) {
    if (($left.Action -eq 'set') -and (-not $kinds.ContainsKey($left.Type))) { return $false }
    return ((Format-State $left) -ceq (Format-State $right))
}


$planned = @()
$planned += New-Row 'set' 'HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' 'SchUseStrongCrypto' 'REG_DWORD' ([int32]1)

# Where the hosts are between before and after apply: how many of its values are there.
# A 32-bit PowerShell on 64-bit Windows sees another part of the registry.
function Get-Stage {
    if ($is64 -and ([IntPtr]::Size -eq 4)) { return '?/' + $planned.Count }
    $there = 0
    foreach ($row in $planned) {
        try { if (Test-Same (Read-Row $row.Key $row.Name) $row) { $there++ } } catch { return '?/' + $planned.Count }
    }
    $text = [string]$there + '/' + $planned.Count
    if ($there -eq 0) { return $text + ' ' + '(before apply)' }
    if ($there -eq $planned.Count) { return $text + ' ' + '(after apply)' }
    return $text + ' ' + '(partly applied)'
}

function Get-Setting([string]$key, [string]$name) {
    return [string][Microsoft.Win32.Registry]::GetValue(('HKEY_LOCAL_MACHINE\' + $key), $name, '')
}

# Lines to paste into a ticket.
function Write-Ticket($results) {
    $bits = '32'
    if ($is64) { $bits = '64' }
    $nt = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $tcpip = 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    Write-Output ''
    Write-Output ('---- ' + 'for the ticket' + ' ----')
    Write-Output ('Time:' + ' ' + [DateTime]::UtcNow.ToString('yyyy-MM-dd HH:mm:ss') + ' UTC')
    Write-Output ('Computer:' + ' ' + $env:COMPUTERNAME + ' ' + (Get-Setting $tcpip 'Domain'))
    Write-Output ('System:' + ' ' + (Get-Setting $nt 'ProductName') + ' ' + [Environment]::OSVersion.Version + ', ' + $bits + ' bit')
    Write-Output ('.NET Framework:' + ' ' + (Get-Setting 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Version') + ', CLR ' + [Environment]::Version)
    Write-Output ('Plan:' + ' ' + $planId)
    Write-Output ('Values of the fix in place:' + ' ' + (Get-Stage))
    Write-Output ('Endpoint:' + ' ' + $server + ':' + $port + ' ' + '(rehearsal)')
    foreach ($line in $results) { Write-Output ('  ' + $line) }
    Write-Output '----'
}

$results = @()
$state = 'connects'
if ($server -eq '') {
    Write-Output 'no endpoint was given, so nothing was connected to'
    Write-Ticket @('no endpoint was given, so nothing was connected to')
    Exit-With 'unknown' 'none' 1
}
$callers = @()
$callers += , @('dotnet-4.5-x64', 'dotnet', '4.5', 64)
$callers += , @('dotnet-4.5-x86', 'dotnet', '4.5', 32)
$callers += , @('winhttp-x64', 'winhttp', '', 64)
$callers += , @('winhttp-x86', 'winhttp', '', 32)
if ($callers.Count -eq 0) { $state = 'unknown' }
foreach ($caller in $callers) {
    $answer = Test-Caller $caller[1] $caller[2] $caller[3]
    $part = $answer.Split(' ')
    $line = $caller[0] + ': ' + $part[0] + ' (' + $words[$part[1]]
    if ($answer.EndsWith(' no-target')) { $line += '; ' + 'this .NET Framework knows no target framework name; its own default was used' }
    $line = $line + ') ' + [string]::Join(' ', $part, [Math]::Min(2, $part.Length), [Math]::Max(0, $part.Length - 2))
    Write-Output $line
    $results += $line
    if (($part[0] -eq 'fails') -or (($part[0] -eq 'unknown') -and ($state -eq 'connects'))) { $state = $part[0] }
}
Write-Ticket $results
if ($state -eq 'connects') { Exit-With $state 'none' 0 }
Exit-With $state 'none' 1
