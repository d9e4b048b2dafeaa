# 適用の前と後に、機器の状態を確かめます。
# 対象の OS: Windows Server 2012 R2 6.3.9600 x64
# 有効になる時点: OS の再起動後
# 変更の識別子: 157ca1adef75
# The caller parameters are for the script itself, which starts again once per
# caller in a PowerShell of the caller's bitness.
param([string]$Stack, [string]$Target)

$ErrorActionPreference = 'Stop'
$server = ''
$port = 0
$timeout = 15000

function Exit-With([string]$result, [int]$code) {
    Write-Output ('TLSREADY host=' + $env:COMPUTERNAME + ' state=' + $result + ' restart=none')
    exit $code
}

function Get-Url {
    $name = $server
    if ($name.Contains(':')) { $name = '[' + $name + ']' }
    return 'https://' + $name + ':' + $port + '/'
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
        $request.Open('HEAD', (Get-Url), $false)
        [void][__ComObject].InvokeMember('Option', [Reflection.BindingFlags]::SetProperty, $null, $request, [object[]]@(4, 13056))
        $request.Send()
        return 'connects connects'
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
            return errors == SslPolicyErrors.None;
        }

        public string Connect(string url, int timeout)
        {
            ServicePointManager.ServerCertificateValidationCallback = Certificate;
            try
            {
                HttpWebRequest request = (HttpWebRequest)WebRequest.Create(url);
                request.Method = "HEAD";
                request.Timeout = timeout;
                request.AllowAutoRedirect = false;
                using (request.GetResponse()) { }
                return "connects connects " + ServicePointManager.SecurityProtocol;
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
        return $probe.Connect((Get-Url), $timeout) + $note
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
    Write-Output '管理者の権限がありません。管理者として実行してください。何も変更していません。'
    Exit-With 'not-elevated' 5
}
$is64 = ($env:PROCESSOR_ARCHITECTURE -ne 'x86') -or ($null -ne $env:PROCESSOR_ARCHITEW6432)

$words = @{
    'connects' = 'TLS で接続できました'
    'certificate' = 'TLS の取り決めは成功しましたが、証明書が拒否されました'
    'handshake' = 'TLS の取り決めに失敗しました'
    'unreachable' = 'サーバーに到達できず、何も確かめられませんでした'
    'unclear' = '接続が切れましたが、原因は分かりません'
    'clr' = 'この PowerShell は、接続元プログラムとは別の版の .NET Framework で動いています'
    'stack' = 'この接続元プログラムとしての接続は、スクリプトではできません。tlsready probe を使ってください'
    'shell' = 'このビット数の PowerShell がありません'
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

$state = 'connects'
if ($server -eq '') {
    Write-Output '接続先の指定がないため、接続していません'
    Exit-With 'unknown' 1
}
$callers = @()
if ($callers.Count -eq 0) { $state = 'unknown' }
foreach ($caller in $callers) {
    $answer = Test-Caller $caller[1] $caller[2] $caller[3]
    $part = $answer.Split(' ')
    $line = $caller[0] + ': ' + $part[0] + ' (' + $words[$part[1]]
    if ($answer.EndsWith(' no-target')) { $line += '; ' + 'この .NET Framework では対象フレームワーク名を指定できないため、既定の動作で接続しました' }
    Write-Output ($line + ') ' + [string]::Join(' ', $part, [Math]::Min(2, $part.Length), [Math]::Max(0, $part.Length - 2)))
    if (($part[0] -eq 'fails') -or (($part[0] -eq 'unknown') -and ($state -eq 'connects'))) { $state = $part[0] }
}
if ($state -eq 'connects') { Exit-With $state 0 }
Exit-With $state 1
