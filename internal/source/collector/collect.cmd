@echo off
rem tlsready collector (cmd). It reads what decides how this machine speaks TLS,
rem and writes it to one text file, <COMPUTERNAME>.tlsready.txt. It changes no
rem setting, needs nothing installed, and uses no network but a share you name.
rem
rem   collect.cmd                  writes the file beside this script
rem   collect.cmd \\server\share   writes it there
rem
rem Windows Server 2008 SP2 to Windows 11 and Server 2025. Run it as an
rem administrator where you can; what it may not read is marked in the file.
rem
rem The last line says what happened: TLSREADY host=... state=... unreadable=...
rem Exit code: 0 collected, 1 the file could not be written, 2 no 64-bit shell
rem could be started, 3 collected, but some keys could not be read.

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
set "DIR=%~1"
if not defined DIR set "DIR=%~dp0."
set "WORK=%TEMP%\tlsready-%RANDOM%-%RANDOM%"
set "OUT=%WORK%.txt"
set "ANSWER=%WORK%.answer"
set "UNREADABLE=0"
set "HKLM=HKEY_LOCAL_MACHINE"
set "CONTROL=%HKLM%\SYSTEM\CurrentControlSet\Control"
set "SERVICES=%HKLM%\SYSTEM\CurrentControlSet\Services"
set "SOFT=%HKLM%\SOFTWARE"
set "SOFT32=%HKLM%\SOFTWARE\Wow6432Node"
set "INTERNET=Microsoft\Windows\CurrentVersion\Internet Settings"
set "UNINSTALL=Microsoft\Windows\CurrentVersion\Uninstall"

if not exist "%DIR%\." goto failed
>"%OUT%" echo tlsready.collect/v1
if not exist "%OUT%" goto failed
>>"%OUT%" echo ## host %COMPUTERNAME%
>>"%OUT%" echo ## architecture %PROCESSOR_ARCHITECTURE%

rem Which Windows this is.
set "NT=%SOFT%\Microsoft\Windows NT\CurrentVersion"
for %%V in (ProductName CurrentVersion CurrentMajorVersionNumber CurrentMinorVersionNumber CurrentBuild CurrentBuildNumber UBR BuildLab BuildLabEx CSDVersion DisplayVersion ReleaseId EditionID InstallationType) do call :ask value "%NT%" "/v %%V"
call :ask value "%CONTROL%\ProductOptions" "/v ProductType"
call :ask value "%CONTROL%\ComputerName\ComputerName" "/v ComputerName"
for %%V in (Hostname Domain) do call :ask value "%SERVICES%\Tcpip\Parameters" "/v %%V"

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

rem Installed updates (this takes the longest, up to a minute).
call :ask list "%SOFT%\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages" "/s /v CurrentState" "Package_ CurrentState"

call :files
>>"%OUT%" echo ## end
copy /b /y "%OUT%" "%DIR%\%COMPUTERNAME%.tlsready.txt" >nul
if errorlevel 1 goto failed
del "%WORK%.*" >nul 2>&1
echo TLSREADY host=%COMPUTERNAME% state=collected unreadable=%UNREADABLE% file="%DIR%\%COMPUTERNAME%.tlsready.txt"
if not "%UNREADABLE%"=="0" exit /b 3
exit /b 0

:failed
del "%WORK%.*" >nul 2>&1
echo TLSREADY host=%COMPUTERNAME% state=failed reason=cannot-write file="%DIR%\%COMPUTERNAME%.tlsready.txt"
exit /b 1

rem :ask KIND KEY OPTIONS WORDS: what reg query says about a key, only the lines
rem that hold one of the words, and then whether the key was there.
:ask
>>"%OUT%" echo ## %~1 %~2
"%SYS%\reg.exe" query "%~2" %~3 >"%ANSWER%" 2>&1
if errorlevel 1 goto missing
if "%~4"=="" goto whole
"%SYS%\findstr.exe" /i "%~4" "%ANSWER%" >"%ANSWER%.cut"
for %%F in ("%ANSWER%.cut") do if %%~zF==0 goto whole
type "%ANSWER%.cut" >>"%OUT%"
>>"%OUT%" echo ## present
exit /b 0
:whole
type "%ANSWER%" >>"%OUT%"
>>"%OUT%" echo ## present
exit /b 0

rem Nothing was found. If the key itself can be read, it only holds no such value.
rem A key that cannot be read is absent only if the nearest parent that can be read
rem does not list it; if the parent lists it, it is there, but not for us.
:missing
type "%ANSWER%" >>"%OUT%"
set "PARENT=%~2"
if not "%~3"=="" "%SYS%\reg.exe" query "%~2" >nul 2>&1
if not "%~3"=="" if not errorlevel 1 goto nothing
:climb
set "CHILD=%PARENT%"
:cut
set "LAST=%PARENT:~-1%"
set "PARENT=%PARENT:~0,-1%"
if not "%LAST%"=="\" goto cut
"%SYS%\reg.exe" query "%PARENT%" >"%ANSWER%" 2>nul
if not errorlevel 1 goto listed
if not "%PARENT%"=="%HKLM%" goto climb
goto unreadable
:listed
setlocal enabledelayedexpansion
for /f "usebackq delims=" %%K in ("%ANSWER%") do (
  set "LINE=%%K"
  if /i "!LINE!"=="!CHILD!" (
    endlocal
    goto unreadable
  )
)
endlocal
:nothing
>>"%OUT%" echo ## absent
exit /b 0
:unreadable
set /a UNREADABLE=UNREADABLE+1 >nul
>>"%OUT%" echo ## unreadable
exit /b 0

rem Time and file versions: by PowerShell, else by Windows Script Host, else not
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
if exist "%PS%" "%PS%" -NoProfile -NonInteractive -Command "'time ' + [DateTime]::UtcNow.ToString('s') + 'Z'; foreach ($n in $env:F1, $env:F2, $env:F3, $env:F4, $env:F5, $env:F6, $env:F7) { $p = Join-Path $env:SystemRoot $n; if (Test-Path $p) { $v = (Get-Item $p).VersionInfo; 'file {0}.{1}.{2}.{3} {4}' -f $v.FileMajorPart, $v.FileMinorPart, $v.FileBuildPart, $v.FilePrivatePart, $n } }" >"%ANSWER%" 2>nul <nul
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
type "%ANSWER%" >>"%OUT%"
>>"%OUT%" echo ## present
exit /b 0
