# tlsready collector (PowerShell). It reads what decides how this machine speaks
# TLS, and writes it to one text file, <COMPUTERNAME>.tlsready.txt. It changes no
# setting, needs nothing installed, and uses no network but a share you name (and the
# console, if it was printed with --report).
#
#   collect.ps1                  writes the file beside this script
#   collect.ps1 \\server\share   writes it there
#
# Windows PowerShell 2.0 and later. Run it as an administrator where you can; what
# it may not read is marked in the file. As a start-up script of a group policy it
# runs as the computer's account, which then needs write access to the share. The
# file is written under another name, and takes the place of an earlier one only
# when it is complete. From a management agent start it as
#   powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File collect.ps1
#
# The last line says what happened: TLSREADY host=... state=... unreadable=...
# Exit code: 0 collected, 1 nothing was written, for the reason told, 2 this PowerShell cannot
# do it (a 32-bit one that cannot start the 64-bit one, or constrained language:
# use the collector for cmd), 3 collected, but some keys could not be read, 4 collected,
# but what was to be reported to a console was not. Only a start with -File, as above,
# passes the exit code on.
param([string]$Folder)

$ErrorActionPreference = 'Stop'

function Exit-With([string]$result, [int]$code) {
    Write-Output ('TLSREADY host=' + $env:COMPUTERNAME + ' ' + $result)
    exit $code
}

# In constrained language no method may be called, so nothing below would work.
if ([string]$ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Exit-With 'state=failed reason=constrained-language' 2
}

$self = $MyInvocation.MyCommand.Path
if ((-not $Folder) -and (-not $self)) { Exit-With 'state=failed reason=no-folder' 1 }

# A 32-bit PowerShell sees the 32-bit view, and CLR 2 has no way to ask for the
# other one: start again in the 64-bit PowerShell.
if (([IntPtr]::Size -eq 4) -and $env:PROCESSOR_ARCHITEW6432) {
    $shell = $env:SystemRoot + '\Sysnative\WindowsPowerShell\v1.0\powershell.exe'
    if ((-not $self) -or (-not [IO.File]::Exists($shell))) { Exit-With 'state=failed reason=32-bit-shell' 2 }
    $again = @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', $self)
    # PowerShell quotes what has blanks; a backslash at its end would escape the quote.
    if ($Folder.Contains(' ')) { $Folder = $Folder.TrimEnd('\') }
    if ($Folder) { $again += $Folder }
    $told = $false
    foreach ($line in @(& $shell $again)) {
        Write-Output $line
        if ([string]$line -like 'TLSREADY *') { $told = $true }
    }
    if ($told) { exit $LASTEXITCODE }
    Exit-With 'state=failed reason=32-bit-shell' 2
}

# Text as its readers see it, up to the first NUL, and on one line.
function Format-Text([string]$value) {
    $end = $value.IndexOf([char]0)
    if ($end -ge 0) { $value = $value.Substring(0, $end) }
    return $value.Replace("`r", ' ').Replace("`n", ' ')
}

# == report ==
$hive = [Microsoft.Win32.Registry]::LocalMachine
$root = 'HKEY_LOCAL_MACHINE'
$text = New-Object Text.StringBuilder
$unreadable = 0
$missed = $false
$lines = 0
$kinds = @{
    'String' = 'REG_SZ'
    'ExpandString' = 'REG_EXPAND_SZ'
    'MultiString' = 'REG_MULTI_SZ'
    'DWord' = 'REG_DWORD'
    'QWord' = 'REG_QWORD'
    'Binary' = 'REG_BINARY'
    'None' = 'REG_NONE'
}

function Add-Line([string]$line) {
    [void]$text.Append($line).Append("`r`n")
    $script:lines += 1
}

# A value in the form of reg query. The data decides where it does not fit its
# type, such as a REG_DWORD of eight bytes: that is bytes.
function Add-Value($key, [string]$name) {
    $type = $kinds[$key.GetValueKind($name).ToString()]
    $data = $key.GetValue($name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    $shown = ''
    if (($type -eq 'REG_DWORD') -and ($data -is [int])) {
        $shown = '0x' + $data.ToString('x')
    } elseif (($type -eq 'REG_QWORD') -and ($data -is [long])) {
        $shown = '0x' + $data.ToString('x')
    } elseif ((($type -eq 'REG_SZ') -or ($type -eq 'REG_EXPAND_SZ')) -and ($data -is [string])) {
        $shown = Format-Text $data
    } elseif (($type -eq 'REG_MULTI_SZ') -and ($data -is [string[]])) {
        $items = @()
        foreach ($item in $data) { $items += (Format-Text $item) }
        $shown = [string]::Join('\0', [string[]]$items)
    } else {
        if ($type -ne 'REG_NONE') { $type = 'REG_BINARY' }
        if ($data -is [long]) { $data = [BitConverter]::GetBytes($data) }
        if ($data -is [byte[]]) { $shown = [BitConverter]::ToString($data).Replace('-', '') }
    }
    if ($name -eq '') { $name = '(Default)' }
    Add-Line ('    ' + (Format-Text $name) + '    ' + $type + '    ' + $shown)
}

# The key, or nothing where it is not there or may not be read.
function Open-Key($parent, [string]$name) {
    try { return $parent.OpenSubKey($name, $false) } catch { return $null }
}

# Whether the nearest key above that can be opened lists the one below it.
function Test-Listed([string]$path) {
    while ($path.Contains('\')) {
        $cut = $path.LastIndexOf('\')
        $name = $path.Substring($cut + 1)
        $path = $path.Substring(0, $cut)
        $parent = Open-Key $hive $path
        if ($null -ne $parent) {
            try { return (@($parent.GetSubKeyNames()) -contains $name) } catch { return $true } finally { $parent.Close() }
        }
    }
    return (@($hive.GetSubKeyNames()) -contains $path)
}

# The values of a key and, where deep, of all keys below it.
function Add-Tree($key, [string]$path, [bool]$deep) {
    Add-Line $path
    foreach ($name in $key.GetValueNames()) { Add-Value $key $name }
    if (-not $deep) { return }
    foreach ($name in $key.GetSubKeyNames()) {
        $below = Open-Key $key $name
        if ($null -eq $below) {
            $script:missed = $true
        } else {
            try { Add-Tree $below ($path + '\' + $name) $true } catch { $script:missed = $true } finally { $below.Close() }
        }
    }
}

# Named values of one key.
function Add-Named($key, [string]$path, $names) {
    Add-Line $path
    $there = @($key.GetValueNames())
    foreach ($name in $names) {
        if ($there -contains $name) { Add-Value $key $name }
    }
}

# The keys directly below one, those whose names match, with named values. Without
# names they are not opened: the key's name is all that is wanted.
function Add-List($key, [string]$path, [string]$match, $names) {
    Add-Line $path
    foreach ($name in $key.GetSubKeyNames()) {
        if ($name -notmatch $match) { continue }
        if ($names.Count -eq 0) {
            Add-Line ($path + '\' + $name)
            continue
        }
        $below = Open-Key $key $name
        if ($null -eq $below) {
            $script:missed = $true
        } else {
            try { Add-Named $below ($path + '\' + $name) $names } catch { $script:missed = $true } finally { $below.Close() }
        }
    }
}

# One question and its answer, whose number of lines stands at its end, so that none
# is lost unseen. A key that cannot be opened is absent only if no
# parent lists it; if one does, it came meanwhile, or it is there, but not for us.
function Read-Part([string]$kind, [string]$path, [string]$match, $names) {
    $full = $root + '\' + $path
    Add-Line ('## ' + $kind + ' ' + $full)
    $script:missed = $false
    $script:lines = 0
    $state = 'present'
    $key = Open-Key $hive $path
    $listed = ($null -eq $key) -and (Test-Listed $path)
    if ($listed) { $key = Open-Key $hive $path } # it may have come meanwhile
    if ($null -eq $key) {
        $state = 'absent'
        if ($listed) { $script:missed = $true }
    } else {
        try {
            if ($kind -eq 'list') {
                Add-List $key $full $match $names
            } elseif ($kind -eq 'value') {
                Add-Named $key $full $names
            } else {
                Add-Tree $key $full ($kind -eq 'tree')
            }
        } catch {
            $script:missed = $true
        } finally {
            $key.Close()
        }
    }
    if ($script:missed) {
        $state = 'unreadable'
        if ($kind -ne 'value') { $script:unreadable += 1 }
    }
    Add-Line ('## ' + $state + ' ' + $script:lines)
}

function Read-Values([string]$path, $names) { Read-Part 'value' $path '' $names }
function Read-Key([string]$path) { Read-Part 'key' $path '' @() }
function Read-Tree([string]$path) { Read-Part 'tree' $path '' @() }
function Read-List([string]$path, [string]$match, $names) { Read-Part 'list' $path $match $names }

# Named values of an account: this one, or one that services run as.
function Read-Account([string]$name, [string]$path, $names) {
    $script:root = 'HKEY_CURRENT_USER'
    $script:hive = [Microsoft.Win32.Registry]::CurrentUser
    if ($name -ne 'HKCU') {
        $script:root = 'HKEY_USERS'
        $script:hive = [Microsoft.Win32.Registry]::Users
        $path = $name.Substring(4) + '\' + $path
    }
    Read-Part 'value' $path '' $names
    $script:root = 'HKEY_LOCAL_MACHINE'
    $script:hive = [Microsoft.Win32.Registry]::LocalMachine
}

# What each machine.config says about a proxy. Nothing else of these files is
# taken; they may hold keys and passwords.
function Read-Configs($files) {
    foreach ($name in $files) {
        $path = [IO.Path]::Combine($env:SystemRoot, $name)
        Add-Line ('## config ' + $name)
        if (-not [IO.File]::Exists($path)) {
            Add-Line '## absent'
            continue
        }
        try {
            $config = New-Object Xml.XmlDocument
            $config.LoadXml([IO.File]::ReadAllText($path))
            $found = $config.SelectSingleNode('/configuration/system.net/defaultProxy')
            if ($null -ne $found) { Add-Line ($found.OuterXml -replace '\s+', ' ') }
            Add-Line '## present'
        } catch {
            Add-Line '## unreadable'
        }
    }
}

# Addresses of the network interfaces that are in use, also those of IPv6, which do
# not stand in the registry.
function Add-Addresses {
    try {
        foreach ($interface in [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
            if ($interface.OperationalStatus -ne 'Up') { continue }
            foreach ($one in $interface.GetIPProperties().UnicastAddresses) { Add-Line ('address ' + $one.Address) }
        }
    } catch { }
}

# Time and versions of the files below the Windows folder that are there.
function Read-Files($files) {
    Add-Line '## files'
    Add-Line ('time ' + [DateTime]::UtcNow.ToString('s') + 'Z')
    foreach ($name in $files) {
        $path = [IO.Path]::Combine($env:SystemRoot, $name)
        if (-not [IO.File]::Exists($path)) { continue }
        try {
            $v = [Diagnostics.FileVersionInfo]::GetVersionInfo($path)
            Add-Line ('file ' + $v.FileMajorPart + '.' + $v.FileMinorPart + '.' + $v.FileBuildPart + '.' + $v.FilePrivatePart + ' ' + $name)
        } catch {
            $script:unreadable += 1
        }
    }
    Add-Addresses
    Add-Line '## present'
}

try {
    if (-not $Folder) { $Folder = [IO.Path]::GetDirectoryName($self) }
    # .NET has a current folder of its own; a path is meant from that of the shell.
    if (-not [IO.Path]::IsPathRooted($Folder)) {
        $Folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Folder)
    }
    $file = [IO.Path]::Combine($Folder, $env:COMPUTERNAME + '.tlsready.txt')
    if (-not [IO.Directory]::Exists($Folder)) { Exit-With ('state=failed reason=cannot-write file="' + $file + '"') 1 }

    Add-Line 'tlsready.collect/v1'
    Add-Line ('## host ' + $env:COMPUTERNAME)
    Add-Line ('## architecture ' + $env:PROCESSOR_ARCHITECTURE)
    # == what is read ==
    Add-Line '## end'
} catch {
    Write-Output ([string]$_.Exception.Message)
    Exit-With 'state=failed reason=error' 1
}

# An earlier file goes only when the new one is complete.
$part = [IO.Path]::Combine($Folder, '.' + $env:COMPUTERNAME + '.' + [Guid]::NewGuid().ToString('N') + '.part')
try {
    [IO.File]::WriteAllText($part, $text.ToString(), (New-Object Text.UTF8Encoding($false)))
    [IO.File]::Delete($file)
    [IO.File]::Move($part, $file)
} catch {
    try { [IO.File]::Delete($part) } catch { }
    Exit-With ('state=failed reason=cannot-write file="' + $file + '"') 1
}
$code = 0
if ($unreadable -gt 0) { $code = 3 }
$report = ''
# == call ==
Exit-With ('state=collected unreadable=' + $unreadable + $report + ' file="' + $file + '"') $code
