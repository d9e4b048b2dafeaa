# This collector reports to a console, with a token that is good for one report: that of
# the environment (TLSREADY_TOKEN), of the file <COMPUTERNAME>.token beside this script, or
# of the line COMPUTERNAME,TOKEN in tokens.csv beside it. What it collected stays in its
# folder as well: a machine that cannot speak TLS 1.2 writes to a share.
$keep = [IO.Path]::Combine($env:ProgramFiles, 'tlsready')
$reported = [IO.Path]::Combine($keep, 'reported.txt')

# The lines of a file beside this script, without quotes and blanks.
function Get-Beside([string]$name) {
    if (-not $self) { return }
    $path = [IO.Path]::Combine([IO.Path]::GetDirectoryName($self), $name)
    if (-not [IO.File]::Exists($path)) { return }
    return ([IO.File]::ReadAllText($path) -replace '["\r\t ]', '').Split("`n")
}

function Find-Token {
    if ($env:TLSREADY_TOKEN) { return $env:TLSREADY_TOKEN }
    foreach ($line in @(Get-Beside ($env:COMPUTERNAME + '.token'))) {
        if ($line) { return $line }
    }
    foreach ($line in @(Get-Beside 'tokens.csv')) {
        $cells = @($line.Replace(';', ',').Split(','))
        if (($cells.Count -gt 1) -and ($cells[0] -eq $env:COMPUTERNAME)) { return $cells[1] }
    }
}

$token = ''
try { [void][IO.Directory]::CreateDirectory($keep) } catch { }
try { $token = [string](Find-Token) } catch { Write-Output ([string]$_.Exception.Message) }
if ($token) {
    $before = @()
    try { if ([IO.File]::Exists($reported)) { $before = @([IO.File]::ReadAllLines($reported)) } } catch { }
    if ($before -ccontains $token) { Exit-With 'state=reported-before' 0 }
}
if (-not $Folder) { $Folder = $keep }

# Why a report failed, and what helps. The console says its reason itself.
function Write-Why($why) {
    $web = $null
    while ($null -ne $why) {
        if ($why -is [Net.WebException]) { $web = $why }
        $last = $why
        $why = $why.InnerException
    }
    Write-Output ('report failed: ' + (Format-Text $last.Message))
    if ($null -eq $web) { return }
    if ($null -ne $web.Response) {
        try {
            $reader = New-Object IO.StreamReader($web.Response.GetResponseStream())
            $said = Format-Text ($reader.ReadToEnd())
            if ($said.Contains('"error"')) { Write-Output $said }
        } catch { }
        return
    }
    $status = $web.Status.ToString()
    if ($status -eq 'TrustFailure') {
        Write-Output 'The authority of the certificate of the console is not in the certificate store of this machine.'
    } elseif (@('SecureChannelFailure', 'SendFailure', 'ReceiveFailure') -contains $status) {
        Write-Output ('If this machine cannot speak TLS 1.2 (switched off for clients in Schannel, or Server 2008 without KB4019276), ' +
            'name a share as argument instead.')
    }
}

# Sends the file. The .NET of PowerShell 2.0 offers TLS 1.0 unless it is told otherwise, and
# has no name for TLS 1.2, which is 3072; without its update it refuses the number. What is
# set here holds for this process alone.
function Send-Report {
    try {
        [Net.ServicePointManager]::SecurityProtocol = [Enum]::ToObject([Net.SecurityProtocolType], 3072)
    } catch {
        Write-Output ('report failed: the .NET Framework of this PowerShell (' + [Environment]::Version + ') cannot speak TLS 1.2.')
        Write-Output ('Install what adds it: KB3154518 (Windows 7, Server 2008 R2), KB3154517 (Server 2008), KB3154519 (Server 2012), ' +
            'a later rollup for .NET Framework 3.5, or for version 4 of it 4.5.2 or later. Or name a share as argument.')
        return
    }
    try {
        $client = New-Object Net.WebClient
        $client.Headers.Add('Authorization', 'Bearer ' + $token)
        $client.Headers.Add('Content-Type', 'application/octet-stream')
        $answer = [Text.Encoding]::UTF8.GetString($client.UploadData('@URL@', 'POST', [IO.File]::ReadAllBytes($file)))
        if (-not $answer.Contains('tlsready.recorded/v1')) {
            Write-Output 'report failed: no console answers there'
            return
        }
    } catch {
        Write-Why $_.Exception
        return
    }
    $script:report = ' report=sent'
    try { [IO.File]::AppendAllText($reported, $token + "`r`n") } catch { }
}

# == report ==
$report = ' report=no-token'
if ($token) {
    $report = ' report=failed'
    Send-Report
}
if ($report -ne ' report=sent') { $code = 4 }
