# 対象のコンピューターに必要な TLS の設定を書き込みます。
# 対象の OS: Windows Server 2012 R2 6.3.9600 x64
# 有効になる時点: 該当サービスの再起動後
# 変更の識別子: 671f54161a25
param([switch]$Undo, [switch]$WhatIf, [string]$State)

$ErrorActionPreference = 'Stop'
$planId = '671f54161a25'
$restart = 'service'
$doneCode = 0
$wide = $true
$purpose = 'apply'
$mode = $purpose
if ($Undo) { $mode = 'undo' }

function Exit-With([string]$result, [string]$needed, [int]$code) {
    Write-Output ('TLSREADY host=' + $env:COMPUTERNAME + ' state=' + $result + ' restart=' + $needed)
    exit $code
}

# The groups of the token, not the name of the user: true for the system account too.
$user = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Write-Output '管理者の権限がありません。管理者として実行してください。何も変更していません。'
    Exit-With 'not-elevated' 'none' 5
}
$is64 = ($env:PROCESSOR_ARCHITECTURE -ne 'x86') -or ($null -ne $env:PROCESSOR_ARCHITEW6432)
if ($is64 -ne $wide) {
    Write-Output '64 ビット版 Windows 用のファイルですが、このサーバーは 32 ビット版です。何も変更していません。'
    Exit-With 'failed' 'none' 1
}
# A 32-bit PowerShell sees the 32-bit view, and CLR 2 has no way to ask for the
# other one: start again in the 64-bit PowerShell.
if ($is64 -and ([IntPtr]::Size -eq 4)) {
    $shell = $env:SystemRoot + '\sysnative\WindowsPowerShell\v1.0\powershell.exe'
    if (-not [IO.File]::Exists($shell)) {
        Write-Output '64 ビット版の PowerShell を起動できませんでした。'
        Exit-With 'failed' 'none' 1
    }
    $again = @('-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', $MyInvocation.MyCommand.Path)
    if ($Undo) { $again += '-Undo' }
    if ($WhatIf) { $again += '-WhatIf' }
    if ($State) { $again += @('-State', $State) }
    & $shell $again
    exit $LASTEXITCODE
}

$planned = @()
$earlier = @()
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
    throw ('この型の値は保存できません' + ': ' + $type)
}

function Format-State($row) {
    if ($row.Action -eq 'delete') { return '{"state":"absent"}' }
    return '{"state":"present","type":"' + $row.Type + '","value":' + (Format-Data $row.Type $row.Data) + '}'
}

function Test-Same($left, $right) {
    if (($left.Action -eq 'set') -and (-not $kinds.ContainsKey($left.Type))) { return $false }
    return ((Format-State $left) -ceq (Format-State $right))
}

# == changes ==
# 必要とする接続先サービス: azure-backup; 変更前: 値なし
$planned += New-Row 'set' 'HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' 'SchUseStrongCrypto' 'REG_DWORD' ([int32]1)
# == state before ==
$earlier += New-Row 'delete' 'HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' 'SchUseStrongCrypto' '' $null
# == end of changes ==

function Write-Row($row) {
    if ($row.Action -eq 'delete') {
        $at = (Get-Root $row.Key).OpenSubKey((Get-Below $row.Key), $true)
        if ($null -eq $at) { return }
        try { $at.DeleteValue($row.Name, $false) } finally { $at.Close() }
        return
    }
    $at = (Get-Root $row.Key).CreateSubKey((Get-Below $row.Key))
    try { $at.SetValue($row.Name, $row.Data, $kinds[$row.Type]) } finally { $at.Close() }
}

function Show-Row($row) { return $row.Key + ' ' + $row.Name + ' ' + (Format-State $row) }

# One value a line, so that it can be read back without a JSON reader.
function Format-Line($row) {
    return '{"key":' + (Format-Text $row.Key) + ',"name":' + (Format-Text $row.Name) + ',"before":' + (Format-State $row) + '}'
}

# SHA-1 of the provider is what CLR 2 has and FIPS mode allows. It shows damage and
# slips; against others the file's owner is looked at.
function Get-Digest([string]$text) {
    $sha = New-Object Security.Cryptography.SHA1CryptoServiceProvider
    return [BitConverter]::ToString($sha.ComputeHash([Text.Encoding]::UTF8.GetBytes($text))).Replace('-', '').ToLowerInvariant()
}

function Save-Rows([string]$file, $rows) {
    $lines = @()
    foreach ($row in $rows) { $lines += (Format-Line $row) }
    $text = '{"schema":"tlsready.before/v1","host":' + (Format-Text $env:COMPUTERNAME) + ',"plan":"' + $planId + '","values":[' + "`r`n"
    $text += [string]::Join(",`r`n", [string[]]$lines) + "`r`n"
    $text += '],"digest":"' + (Get-Digest $text) + '"}' + "`r`n"
    [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
    [IO.File]::WriteAllText($file, $text)
    if ([IO.File]::ReadAllText($file) -cne $text) { throw $file }
}

function Read-Text([string]$json) { return [regex]::Unescape($json.Substring(1, $json.Length - 2)) }

function Read-Data([string]$type, [string]$json) {
    if ($type -eq 'REG_DWORD') { return [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$json), 0) }
    if ($type -eq 'REG_QWORD') { return [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64]$json.Trim('"')), 0) }
    if ($type -eq 'REG_BINARY') {
        $hex = $json.Trim('"')
        $bytes = New-Object byte[] ($hex.Length / 2)
        for ($i = 0; $i -lt $bytes.Length; $i++) { $bytes[$i] = [Convert]::ToByte($hex.Substring(2 * $i, 2), 16) }
        return , $bytes
    }
    if ($type -eq 'REG_MULTI_SZ') {
        $items = @()
        foreach ($found in [regex]::Matches($json, '"[^"]*"')) { $items += (Read-Text $found.Value) }
        return , [string[]]$items
    }
    return (Read-Text $json)
}

# Everybody may create files where the state is kept: take it only from an
# administrator, the system or this user, and only for the values of this plan.
function Read-Rows([string]$file) {
    $owner = [IO.File]::GetAccessControl($file).GetOwner([Security.Principal.SecurityIdentifier]).Value
    $self = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    if (@('S-1-5-32-544', 'S-1-5-18', $self) -notcontains $owner) { throw ($file + ' ' + $owner) }
    $text = [IO.File]::ReadAllText($file)
    $seal = [regex]::Match($text, '\],"digest":"([0-9a-f]{40})"\}\s*$')
    if ($seal.Success -and ((Get-Digest $text.Substring(0, $seal.Index)) -cne $seal.Groups[1].Value)) { throw ('保存された状態が、保存後に変更されています' + ': ' + $file) }
    if (-not $text.Contains(',"host":' + (Format-Text $env:COMPUTERNAME) + ',')) { throw ('保存された状態は別のコンピューターのものです' + ': ' + $file) }
    $rows = @()
    $pattern = '^\{"key":("[^"]*"),"name":("[^"]*"),"before":\{"state":"(absent|present)"(?:,"type":"([A-Z_]+)","value":(.*))?\}\},?$'
    foreach ($line in [IO.File]::ReadAllLines($file)) {
        $m = [regex]::Match($line, $pattern)
        if (-not $m.Success) { continue }
        $row = New-Row 'delete' (Read-Text $m.Groups[1].Value) (Read-Text $m.Groups[2].Value) '' $null
        if ($m.Groups[3].Value -eq 'present') {
            $row.Action = 'set'
            $row.Type = $m.Groups[4].Value
            $row.Data = Read-Data $row.Type $m.Groups[5].Value
        }
        $rows += $row
    }
    if ($rows.Count -ne $planned.Count) { throw $file }
    for ($i = 0; $i -lt $rows.Count; $i++) {
        if (($rows[$i].Key -ne $planned[$i].Key) -or ($rows[$i].Name -ne $planned[$i].Name)) { throw $file }
    }
    return $rows
}

function Move-Aside([string]$file) {
    [IO.File]::Move($file, $file + '.' + [DateTime]::UtcNow.ToString('yyyyMMddHHmmssfff') + '.old')
}

if ($State) {
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($State)
} else {
    $file = $env:ProgramData + '\tlsready\' + $planId + '.json'
}

$wanted = $planned
if ($mode -eq 'undo') {
    $wanted = $earlier
    if ([IO.File]::Exists($file)) {
        try {
            $wanted = @(Read-Rows $file)
        } catch {
            Write-Output '保存した状態が信頼できないか、読み取れません。何も変更していません。'
            Write-Output $_.Exception.Message
            Exit-With 'failed' 'none' 1
        }
        Write-Output ('保存しておいた状態に戻します:' + ' ' + $file)
    } else {
        Write-Output '保存した状態がないため、計画に記録された状態に戻します。'
    }
}

$found = @()
$todo = @()
try {
    foreach ($row in $wanted) {
        $now = Read-Row $row.Key $row.Name
        $found += $now
        if (-not (Test-Same $now $row)) { $todo += $row }
    }
} catch {
    Write-Output '値を読み取れませんでした。何も変更していません。'
    Write-Output $_.Exception.Message
    Exit-With 'failed' 'none' 1
}
# A value that is neither as recorded nor as this script leaves it is somebody else's.
$strict = ($mode -eq 'undo')
$drift = @()
for ($i = 0; $strict -and ($i -lt $found.Count); $i++) {
    $known = (Test-Same $found[$i] $planned[$i]) -or (Test-Same $found[$i] $earlier[$i]) -or (Test-Same $found[$i] $wanted[$i])
    if (-not $known) { $drift += $found[$i] }
}
if ($drift.Count -gt 0) {
    Write-Output 'このファイルの作成時とも、このファイルが書き込む内容とも違う値があります。何も変更していません。サーバーの情報を取り直し、ファイルを作り直してください。該当する値:'
    foreach ($row in $drift) { Write-Output (Show-Row $row) }
    Exit-With 'failed' 'none' 1
}
if ($WhatIf -and ($todo.Count -gt 0)) {
    foreach ($row in $todo) { Write-Output ('変更する予定の値:' + ' ' + (Show-Row $row)) }
    Exit-With 'would-change' $restart 0
}
if ($todo.Count -eq 0) {
    Write-Output 'すべての値が、すでにあるべき状態です。'
    if (($mode -eq 'undo') -and (-not $WhatIf) -and [IO.File]::Exists($file)) { Move-Aside $file }
    Exit-With 'unchanged' 'none' 0
}

# The state from before the first run counts. Where nothing of the plan is in
# place, a saved state is of an earlier round.
$saved = $false
if ($mode -eq 'apply') {
    try {
        if ([IO.File]::Exists($file) -and ($todo.Count -eq $planned.Count)) { Move-Aside $file }
        if ([IO.File]::Exists($file)) {
            [void](Read-Rows $file)
            Write-Output ('最初に適用する前の状態は、次のファイルに残してあります:' + ' ' + $file)
        } else {
            Save-Rows $file $found
            $saved = $true
            Write-Output ('変更前の状態の保存先:' + ' ' + $file)
        }
    } catch {
        Write-Output '変更前の状態を保存できませんでした。何も変更していません。'
        Write-Output $_.Exception.Message
        Exit-With 'failed' 'none' 1
    }
}

$begun = @()
$problem = $null
foreach ($row in $todo) {
    try {
        $begun += (Read-Row $row.Key $row.Name)
        Write-Row $row
        if (-not (Test-Same (Read-Row $row.Key $row.Name) $row)) { throw '書き込んだ値と、読み直した値が一致しません' }
        Write-Output ('変更した値:' + ' ' + (Show-Row $row))
    } catch {
        $problem = (Show-Row $row) + ': ' + $_.Exception.Message
        break
    }
}
if ($null -eq $problem) {
    if ($mode -eq 'apply') { Exit-With 'applied' $restart $doneCode }
    if ([IO.File]::Exists($file)) { Move-Aside $file }
    Exit-With 'undone' $restart $doneCode
}

Write-Output ('値を書き込めませんでした。この実行で変更した値を元に戻します。該当する値:' + ' ' + $problem)
$lost = 0
for ($i = $begun.Count - 1; $i -ge 0; $i--) {
    try {
        if (-not (Test-Same (Read-Row $begun[$i].Key $begun[$i].Name) $begun[$i])) { Write-Row $begun[$i] }
        if (-not (Test-Same (Read-Row $begun[$i].Key $begun[$i].Name) $begun[$i])) { throw '書き込んだ値と、読み直した値が一致しません' }
    } catch {
        $lost++
        Write-Output (($begun[$i].Key) + ' ' + $begun[$i].Name + ': ' + $_.Exception.Message)
    }
}
if ($lost -gt 0) {
    Write-Output '元に戻せなかった値があります。undo を実行し、上に示した値を確かめてください。'
    Exit-With 'failed' 'none' 1
}
if ($saved) { [IO.File]::Delete($file) }
Write-Output 'この実行で変更した値を、すべて元に戻しました。'
Exit-With 'rolled-back' 'none' 1
