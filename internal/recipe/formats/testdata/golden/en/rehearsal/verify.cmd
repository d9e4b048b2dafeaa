@echo off
rem - Checks the hosts, before and after apply.
rem - Written for: Windows Server 2012 R2 6.3.9600 x64
rem - Holds after: a restart of the service
rem - Plan: 671f54161a25
setlocal EnableExtensions DisableDelayedExpansion
set "NoDefaultCurrentDirectoryInExePath=1"
set "LOST="
set "STATE=failed"
set "CODE=1"
set "RESTART=none"
reg query "HKU\S-1-5-19" >nul 2>&1
if not errorlevel 1 goto elevated
echo Not elevated. Run this as administrator. Nothing was changed.
set "STATE=not-elevated"
set "CODE=5"
set "RESTART=none"
goto end
:elevated
set "WIDE=1"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="
if defined WIDE goto fits
echo Written for 64-bit Windows, this is 32-bit Windows. Nothing was changed.
goto end
:fits
set "OTHER="
set /a THERE=0
rem - [1] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 >nul 2>&1
if errorlevel 1 goto seen1
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen1
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
if "%SAME%"=="want" goto same1
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next1
:same1
echo As planned:
echo "%AT%"
set /a THERE+=1
:next1
set "SAID="
if exist "%TEMP%\tlsready-rehearsal.txt" del "%TEMP%\tlsready-rehearsal.txt"
"%SystemRoot%\System32\certutil.exe" -urlcache -split -f https://192.0.2.10:8443/line "%TEMP%\tlsready-rehearsal.txt" >nul 2>&1
"%SystemRoot%\System32\certutil.exe" -urlcache https://192.0.2.10:8443/line delete >nul 2>&1
if exist "%TEMP%\tlsready-rehearsal.txt" for /f "tokens=2" %%K in ('findstr /b /c:"TLSREADY survives=" "%TEMP%\tlsready-rehearsal.txt"') do set "SAID=%%K"
if "%SAID%"=="survives=yes" echo The rehearsal server says: certutil, by WinHTTP, goes on connecting.
if "%SAID%"=="survives=no" echo The rehearsal server says: certutil, by WinHTTP, will be shut out.
if not defined SAID echo No answer of the rehearsal server: its log says what was offered. Its root has to be imported.
echo.
echo ---- for the ticket ----
echo Time: %DATE% %TIME%
echo Computer: %COMPUTERNAME%
set "SYSTEM="
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v ProductName /reg:64 2^>nul') do set "SYSTEM=%%L"
for /f "delims=" %%K in ('ver') do set "VERSION=%%K"
set "BITS=32"
if defined WIDE set "BITS=64"
echo System: %SYSTEM% %VERSION%, %BITS% bit
echo Plan: 671f54161a25
set "STAGE=(partly applied)"
if "%THERE%"=="0" set "STAGE=(before apply)"
if "%THERE%"=="1" set "STAGE=(after apply)"
echo Values of the fix in place: %THERE%/1 %STAGE%
echo ----
set "STATE=differs"
set "CODE=1"
set "RESTART=none"
if defined OTHER goto end
set "STATE=fails"
set "CODE=1"
set "RESTART=none"
if "%SAID%"=="survives=no" goto end
set "STATE=matches"
set "CODE=0"
set "RESTART=none"
goto end
:end
echo TLSREADY host=%COMPUTERNAME% state=%STATE% restart=%RESTART%
exit /b %CODE%
:compare
setlocal EnableDelayedExpansion
set "R=other"
if "!NOW!"=="!WAS!" set "R=was"
if "!NOW!"=="!WANT!" set "R=want"
endlocal & set "SAME=%R%"
exit /b 0
