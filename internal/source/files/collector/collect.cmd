@echo off
rem tlsready collector (cmd). It reads what decides how this machine speaks TLS,
rem and writes it to one text file, <COMPUTERNAME>.tlsready.txt. It changes no
rem setting, needs nothing installed, and uses no network but a share you name (and the
rem console, if it was printed with --report).
rem
rem   collect.cmd                  writes the file beside this script
rem   collect.cmd \\server\share   writes it there
rem
rem Windows Server 2008 SP2 to Windows 11 and Server 2025. Run it as an
rem administrator where you can; what it may not read is marked in the file. It
rem needs no current folder, so that it may be started from a share. The file is
rem made in TEMP, copied under another name, and takes the place of an earlier one
rem only when it is complete.
rem
rem The last line says what happened: TLSREADY host=... state=... unreadable=...
rem Exit code: 0 collected, 1 the file could not be written, 2 no 64-bit shell
rem could be started, 3 collected, but some keys could not be read, 4 collected, but
rem what was to be reported to a console was not.

setlocal enableextensions disabledelayedexpansion

rem A 32-bit shell on 64-bit Windows sees another registry: go on in a 64-bit one.
if defined TLSREADY_NATIVE goto native
if not defined PROCESSOR_ARCHITEW6432 goto native
set "TLSREADY_NATIVE=1"
if not exist "%SystemRoot%\Sysnative\cmd.exe" goto noshell
"%SystemRoot%\Sysnative\cmd.exe" /d /c call "%~f0" "%~1"
exit /b %errorlevel%
:noshell
echo TLSREADY host=%COMPUTERNAME% state=failed reason=32-bit-shell
exit /b 2

:native
set "SYS=%SystemRoot%\System32"
for %%D in ("%~dp0.") do set "DIR=%%~fD"
if not "%~1"=="" set "DIR=%~f1"
rem == report ==
set "FILE=%DIR%\%COMPUTERNAME%.tlsready.txt"
set "PART=%DIR%\.%COMPUTERNAME%.%RANDOM%.part"
if not defined TEMP set "TEMP=%SystemRoot%\Temp"
set "WORK=%TEMP%\tlsready-%RANDOM%-%RANDOM%"
set "OUT=%WORK%.txt"
set "ANSWER=%WORK%.answer"
set "UNREADABLE=0"
set "CUT="
set "REASON=cannot-write-temp"
set "HKLM=HKEY_LOCAL_MACHINE"
set "CONTROL=%HKLM%\SYSTEM\CurrentControlSet\Control"
set "SERVICES=%HKLM%\SYSTEM\CurrentControlSet\Services"
set "SOFT=%HKLM%\SOFTWARE"
set "SOFT32=%HKLM%\SOFTWARE\Wow6432Node"
set "INTERNET=Microsoft\Windows\CurrentVersion\Internet Settings"
set "UNINSTALL=Microsoft\Windows\CurrentVersion\Uninstall"
set "PACKAGES=%SOFT%\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"

>"%OUT%" echo tlsready.collect/v1
if not exist "%OUT%" goto failed
rem Whether the folder can be written to is better known now than in a minute.
set "REASON=cannot-write"
copy /b /y "%OUT%" "%PART%" >nul 2>&1
if not exist "%PART%" goto failed
del "%PART%" >nul 2>&1
>>"%OUT%" echo ## host %COMPUTERNAME%
>>"%OUT%" echo ## architecture %PROCESSOR_ARCHITECTURE%

rem Which Windows this is.
set "NT=%SOFT%\Microsoft\Windows NT\CurrentVersion"
for %%V in (ProductName CurrentVersion CurrentMajorVersionNumber CurrentMinorVersionNumber CurrentBuild CurrentBuildNumber UBR BuildLab BuildLabEx CSDVersion DisplayVersion ReleaseId EditionID InstallationType) do call :ask value "%NT%" "/v %%V"
call :ask value "%CONTROL%\ProductOptions" "/v ProductType"
call :ask value "%CONTROL%\ComputerName\ComputerName" "/v ComputerName"
for %%V in (Hostname Domain) do call :ask value "%SERVICES%\Tcpip\Parameters" "/v %%V"

rem By which addresses its connections are known. Only a key's own values are taken:
rem below it stand wireless networks that were visited.
set "INTERFACES=%SERVICES%\Tcpip\Parameters\Interfaces"
call :ask list "%INTERFACES%"
"%SYS%\reg.exe" query "%INTERFACES%" >"%ANSWER%.all" 2>nul
"%SYS%\find.exe" "\Interfaces\{" <"%ANSWER%.all" >"%ANSWER%.cards"
for /f "usebackq delims=" %%K in ("%ANSWER%.cards") do call :card "%%K"

rem TLS settings: "tree" is a key with all below it, "key" its own values.
call :ask tree "%CONTROL%\SecurityProviders\SCHANNEL" "/s"
call :ask tree "%CONTROL%\Cryptography\Configuration\Local\SSL" "/s"
call :ask tree "%CONTROL%\Lsa\FIPSAlgorithmPolicy" "/s"
call :ask tree "%SOFT%\Policies\Microsoft\Cryptography\Configuration\SSL" "/s"
call :ask tree "%SOFT%\Microsoft\.NETFramework" "/s"
call :ask tree "%SOFT32%\Microsoft\.NETFramework" "/s"
call :ask tree "%SOFT%\Microsoft\NET Framework Setup\NDP" "/s"
call :ask tree "%SOFT32%\Microsoft\NET Framework Setup\NDP" "/s"
call :ask key "%SOFT%\%INTERNET%"
call :ask key "%SOFT32%\%INTERNET%"
call :ask tree "%SOFT%\%INTERNET%\WinHttp" "/s"
call :ask tree "%SOFT32%\%INTERNET%\WinHttp" "/s"
call :ask tree "%SOFT%\%INTERNET%\Connections" "/s"
call :ask tree "%SOFT32%\%INTERNET%\Connections" "/s"
call :ask tree "%SOFT%\Policies\%INTERNET%" "/s"
call :ask key "%SOFT%\Microsoft\Internet Explorer"
call :ask tree "%SOFT%\Policies\Microsoft\SystemCertificates\AuthRoot" "/s"
call :ask tree "%SOFT%\Microsoft\SystemCertificates\AuthRoot\AutoUpdate" "/s"

rem Programs that speak TLS and have a deadline.
call :ask tree "%SOFT%\Microsoft\Update Services\Server\Setup" "/s"
call :ask tree "%SOFT%\Microsoft\Windows Azure Backup\Config" "/s"
call :ask tree "%SOFT%\Microsoft\ExchangeServer\v15\Setup" "/s"
for %%S in (obengine ADSync FileSyncSvc CcmExec WsusService himds adfssrv HealthService SMS_EXECUTIVE) do call :ask tree "%SERVICES%\%%S" "/s"
call :ask list "%SOFT%\%UNINSTALL%" "/s" "HKEY_ DisplayName DisplayVersion SystemComponent ParentKeyName"
call :ask list "%SOFT32%\%UNINSTALL%" "/s" "HKEY_ DisplayName DisplayVersion SystemComponent ParentKeyName"

rem Thumbprints of the machine's root and intermediate certificates.
call :ask list "%SOFT%\Microsoft\SystemCertificates\ROOT\Certificates"
call :ask list "%SOFT%\Microsoft\SystemCertificates\AuthRoot\Certificates"
call :ask list "%SOFT%\Policies\Microsoft\SystemCertificates\Root\Certificates"
call :ask list "%SOFT%\Microsoft\EnterpriseCertificates\Root\Certificates"
call :ask list "%SOFT%\Microsoft\SystemCertificates\CA\Certificates"
call :ask list "%SOFT%\Policies\Microsoft\SystemCertificates\CA\Certificates"
call :ask list "%SOFT%\Microsoft\EnterpriseCertificates\CA\Certificates"

rem The proxy of the account that this runs as, and of those that services run as.
for %%U in (HKEY_CURRENT_USER HKEY_USERS\S-1-5-18 HKEY_USERS\S-1-5-19 HKEY_USERS\S-1-5-20) do (
  call :ask value "%%U\Software\%INTERNET%" "" "HKEY_ ProxyEnable ProxyServer ProxyOverride AutoConfigURL"
  call :ask value "%%U\Software\%INTERNET%\Connections" "/v DefaultConnectionSettings"
)

rem Installed updates (this takes the longest, up to a minute). Most packages name
rem their update in the key; rollups only in the place that they came from.
call :ask list "%PACKAGES%" "/s /v CurrentState" "Package_ CurrentState"
call :rollups

call :files
call :configs
>"%ANSWER%" echo ## end
call :add "%ANSWER%"
if "%MORE%"=="0" set "CUT=1"
if defined CUT set "REASON=cannot-write-temp"
if defined CUT goto failed
copy /b /y "%OUT%" "%PART%" >nul 2>&1
if errorlevel 1 goto failed
call :size WANTED "%OUT%"
call :size WRITTEN "%PART%"
if not "%WANTED%"=="%WRITTEN%" goto failed
move /y "%PART%" "%FILE%" >nul 2>&1
if exist "%PART%" goto failed
set "VERDICT="
call :verdict
set "CODE="
set "REPORT="
rem == call ==
del "%WORK%.*" >nul 2>&1
echo TLSREADY host=%COMPUTERNAME% state=collected unreadable=%UNREADABLE%%VERDICT%%REPORT% file="%FILE%"
if defined CODE exit /b %CODE%
if not "%UNREADABLE%"=="0" exit /b 3
exit /b 0

:failed
del "%WORK%.*" >nul 2>&1
if exist "%PART%" del "%PART%" >nul 2>&1
echo TLSREADY host=%COMPUTERNAME% state=failed reason=%REASON% file="%FILE%"
exit /b 1

rem :size VARIABLE FILE
:size
set "%~1=none"
if exist "%~2" set "%~1=%~z2"
exit /b 0

rem :add FILE: what is in it goes into the result. A full disk shows in the size.
:add
call :size BEFORE "%OUT%"
call :size MORE "%~1"
type "%~1" >>"%OUT%"
call :size AFTER "%OUT%"
set /a WANTED=BEFORE+MORE >nul
if not "%AFTER%"=="%WANTED%" set "CUT=1"
exit /b 0

rem :ask KIND KEY OPTIONS WORDS: what reg query says about a key, only the lines
rem that hold one of the words, and then whether the key was there. What it says on
rem the error output, in whatever language, is that something could not be read.
:ask
>>"%OUT%" echo ## %~1 %~2
"%SYS%\reg.exe" query "%~2" %~3 >"%ANSWER%" 2>"%ANSWER%.errors"
if errorlevel 1 goto missing
:answered
rem A key without values and keys has no line of its own; its default value gives it
rem one, so that an empty key can be told from an answer that was lost.
"%SYS%\find.exe" "HKEY_" <"%ANSWER%" >nul
if errorlevel 1 "%SYS%\reg.exe" query "%~2" /ve >"%ANSWER%" 2>nul
set "PICKED=%ANSWER%"
if "%~4"=="" goto picked
"%SYS%\findstr.exe" /i "%~4" "%ANSWER%" >"%ANSWER%.cut"
for %%F in ("%ANSWER%.cut") do if not %%~zF==0 set "PICKED=%ANSWER%.cut"
:picked
call :add "%PICKED%"
for %%F in ("%ANSWER%.errors") do if not %%~zF==0 goto unreadable
>>"%OUT%" echo ## present
exit /b 0

rem Nothing was found, or not all of it. If the key itself can be read, it only
rem holds no such value; but where all below it was asked for and there are keys
rem below it, one of these cannot be read. A key that cannot be read is absent only
rem if the nearest parent that can be read does not list it; if the parent lists
rem it, it came meanwhile, or it is there, but not for us.
:missing
call :add "%ANSWER%"
set "PARENT=%~2"
if "%~3"=="" goto climb
"%SYS%\reg.exe" query "%~2" >"%ANSWER%" 2>nul
if errorlevel 1 goto climb
if not "%~3"=="/s" goto nothing
set "CHILD=%~2"
setlocal enabledelayedexpansion
for /f "usebackq delims=" %%K in ("%ANSWER%") do (
  set "LINE=%%K"
  if /i "!LINE!"=="!CHILD!" set "LINE=itself"
  if "!LINE:~0,5!"=="HKEY_" (
    endlocal
    goto unreadable
  )
)
endlocal
goto nothing
:climb
set "CHILD=%PARENT%"
:cut
set "LAST=%PARENT:~-1%"
set "PARENT=%PARENT:~0,-1%"
if not "%LAST%"=="\" goto cut
"%SYS%\reg.exe" query "%PARENT%" >"%ANSWER%" 2>nul
if not errorlevel 1 goto listed
if "%PARENT%"=="%HKLM%" goto unreadable
if "%PARENT%"=="HKEY_USERS" goto unreadable
if "%PARENT%"=="HKEY_CURRENT_USER" goto unreadable
goto climb
:listed
setlocal enabledelayedexpansion
for /f "usebackq delims=" %%K in ("%ANSWER%") do (
  set "LINE=%%K"
  if /i "!LINE!"=="!CHILD!" (
    endlocal
    goto again
  )
)
endlocal
:nothing
call :add "%ANSWER%.errors"
>>"%OUT%" echo ## absent
exit /b 0
:again
"%SYS%\reg.exe" query "%~2" %~3 >"%ANSWER%" 2>nul
if errorlevel 1 goto unreadable
type nul >"%ANSWER%.errors"
goto answered
:unreadable
call :add "%ANSWER%.errors"
if not "%~1"=="value" set /a UNREADABLE=UNREADABLE+1 >nul
>>"%OUT%" echo ## unreadable
exit /b 0

rem What gives the addresses of one network interface, and nothing else of it.
:card
"%SYS%\reg.exe" query "%~1" >"%ANSWER%" 2>nul
if errorlevel 1 exit /b 0
>>"%OUT%" echo ## value %~1
type nul >"%ANSWER%.cut"
for %%W in (EnableDHCP IPAddress LeaseTerminatesTime) do "%SYS%\find.exe" "%%W" <"%ANSWER%" >>"%ANSWER%.cut"
call :add "%ANSWER%.cut"
>>"%OUT%" echo ## present
exit /b 0

rem Where the rollups came from.
:rollups
set "MISSED="
>>"%OUT%" echo ## list %PACKAGES%
"%SYS%\reg.exe" query "%PACKAGES%" >"%ANSWER%.all" 2>nul
if errorlevel 1 set "MISSED=1"
"%SYS%\find.exe" "for_RollupFix" <"%ANSWER%.all" >"%ANSWER%.cut"
for /f "usebackq delims=" %%K in ("%ANSWER%.cut") do call :rollup "%%K"
set "STATE=present"
if defined MISSED set "STATE=unreadable"
>>"%OUT%" echo ## %STATE%
exit /b 0
:rollup
"%SYS%\reg.exe" query "%~1" /v InstallLocation >"%ANSWER%" 2>nul
if not errorlevel 1 goto located
"%SYS%\reg.exe" query "%~1" >nul 2>&1
if errorlevel 1 set "MISSED=1"
exit /b 0
:located
call :add "%ANSWER%"
exit /b 0

rem Time, file versions and, by PowerShell alone, addresses: by PowerShell, else by Windows Script Host, else not
rem at all. Their exit codes prove nothing, so the answer itself is looked at.
:files
set "F1=System32\schannel.dll"
set "F2=System32\winhttp.dll"
set "F3=System32\webio.dll"
set "F4=Microsoft.NET\Framework64\v4.0.30319\System.dll"
set "F5=Microsoft.NET\Framework\v4.0.30319\System.dll"
set "F6=Microsoft.NET\Framework64\v2.0.50727\System.dll"
set "F7=Microsoft.NET\Framework\v2.0.50727\System.dll"
type nul >"%ANSWER%"
set "PS=%SYS%\WindowsPowerShell\v1.0\powershell.exe"
if exist "%PS%" "%PS%" -NoProfile -NonInteractive -Command "'time ' + [DateTime]::UtcNow.ToString('s') + 'Z'; foreach ($n in $env:F1, $env:F2, $env:F3, $env:F4, $env:F5, $env:F6, $env:F7) { $p = Join-Path $env:SystemRoot $n; if (Test-Path $p) { $v = (Get-Item $p).VersionInfo; 'file {0}.{1}.{2}.{3} {4}' -f $v.FileMajorPart, $v.FileMinorPart, $v.FileBuildPart, $v.FilePrivatePart, $n } }; foreach ($i in [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) { if ($i.OperationalStatus -eq 'Up') { foreach ($a in $i.GetIPProperties().UnicastAddresses) { 'address ' + $a.Address } } }" >"%ANSWER%" 2>nul <nul
"%SYS%\find.exe" "file " <"%ANSWER%" >nul
if not errorlevel 1 goto versions
>"%WORK%.vbs" echo Set f = CreateObject("Scripting.FileSystemObject")
>>"%WORK%.vbs" echo Set s = CreateObject("WScript.Shell")
>>"%WORK%.vbs" echo For Each n In Array("%F1%", "%F2%", "%F3%", "%F4%", "%F5%", "%F6%", "%F7%")
>>"%WORK%.vbs" echo   p = s.ExpandEnvironmentStrings("%%SystemRoot%%\" ^& n)
>>"%WORK%.vbs" echo   If f.FileExists(p) Then WScript.Echo "file " ^& f.GetFileVersion(p) ^& " " ^& n
>>"%WORK%.vbs" echo Next
>>"%WORK%.vbs" echo t = DateAdd("n", s.RegRead("HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation\ActiveTimeBias"), Now)
>>"%WORK%.vbs" echo WScript.Echo "time " ^& Year(t) ^& "-" ^& Right(100 + Month(t), 2) ^& "-" ^& Right(100 + Day(t), 2) ^& "T" ^& Right(100 + Hour(t), 2) ^& ":" ^& Right(100 + Minute(t), 2) ^& ":" ^& Right(100 + Second(t), 2) ^& "Z"
if exist "%SYS%\cscript.exe" "%SYS%\cscript.exe" //nologo "%WORK%.vbs" >"%ANSWER%" 2>nul <nul
"%SYS%\find.exe" "file " <"%ANSWER%" >nul
if errorlevel 1 exit /b 0
:versions
>>"%OUT%" echo ## files
call :add "%ANSWER%"
>>"%OUT%" echo ## present
exit /b 0

rem What each machine.config says about a proxy, by the same means. Nothing else of
rem these files is taken; they may hold keys and passwords.
:configs
set "C1=Microsoft.NET\Framework64\v4.0.30319\Config\machine.config"
set "C2=Microsoft.NET\Framework\v4.0.30319\Config\machine.config"
set "C3=Microsoft.NET\Framework64\v2.0.50727\Config\machine.config"
set "C4=Microsoft.NET\Framework\v2.0.50727\Config\machine.config"
type nul >"%ANSWER%"
if exist "%PS%" "%PS%" -NoProfile -NonInteractive -Command "$o = foreach ($n in $env:C1, $env:C2, $env:C3, $env:C4) { '## config ' + $n; $p = Join-Path $env:SystemRoot $n; if (-not (Test-Path $p)) { '## absent' } else { try { $d = ([xml](Get-Content $p -ErrorAction Stop)).configuration.'system.net'.defaultProxy; if ($d.OuterXml) { $d.OuterXml -replace '\s+', ' ' }; '## present' } catch { '## unreadable' } } }; $o" >"%ANSWER%" 2>nul <nul
"%SYS%\find.exe" "## config" <"%ANSWER%" >nul
if not errorlevel 1 goto configured
>"%WORK%.vbs" echo Set f = CreateObject("Scripting.FileSystemObject")
>>"%WORK%.vbs" echo Set s = CreateObject("WScript.Shell")
>>"%WORK%.vbs" echo o = ""
>>"%WORK%.vbs" echo For Each n In Array("%C1%", "%C2%", "%C3%", "%C4%")
>>"%WORK%.vbs" echo   p = s.ExpandEnvironmentStrings("%%SystemRoot%%\" ^& n)
>>"%WORK%.vbs" echo   o = o ^& "## config " ^& n ^& vbCrLf
>>"%WORK%.vbs" echo   If f.FileExists(p) Then
>>"%WORK%.vbs" echo     t = f.OpenTextFile(p).ReadAll
>>"%WORK%.vbs" echo     Do While InStr(t, "<!--") * InStr(t, "-->") ^> 0
>>"%WORK%.vbs" echo       t = Left(t, InStr(t, "<!--") - 1) ^& Mid(t, InStr(InStr(t, "<!--"), t, "-->") + 3)
>>"%WORK%.vbs" echo     Loop
>>"%WORK%.vbs" echo     a = InStr(t, "<defaultProxy")
>>"%WORK%.vbs" echo     If a ^> 0 Then
>>"%WORK%.vbs" echo       e = InStr(a, t, ">")
>>"%WORK%.vbs" echo       If Mid(t, e - 1, 1) ^<^> "/" Then e = InStr(a, t, "</defaultProxy>") + 14
>>"%WORK%.vbs" echo       o = o ^& Replace(Replace(Mid(t, a, e - a + 1), vbCr, " "), vbLf, " ") ^& vbCrLf
>>"%WORK%.vbs" echo     End If
>>"%WORK%.vbs" echo     o = o ^& "## present" ^& vbCrLf
>>"%WORK%.vbs" echo   Else
>>"%WORK%.vbs" echo     o = o ^& "## absent" ^& vbCrLf
>>"%WORK%.vbs" echo   End If
>>"%WORK%.vbs" echo Next
>>"%WORK%.vbs" echo WScript.Echo o
if exist "%SYS%\cscript.exe" "%SYS%\cscript.exe" //nologo "%WORK%.vbs" >"%ANSWER%" 2>nul <nul
"%SYS%\find.exe" "## config" <"%ANSWER%" >nul
if errorlevel 1 exit /b 0
:configured
call :add "%ANSWER%"
exit /b 0
