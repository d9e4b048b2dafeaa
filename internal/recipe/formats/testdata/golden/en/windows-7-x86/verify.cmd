@echo off
rem - Checks the hosts, before and after apply.
rem - Written for: Windows 7 6.1.7601 x86
rem - Holds after: a restart of the computer
rem - Plan: 65303146a145
rem - Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
rem - update KB3140245
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
if not defined WIDE goto fits
echo Written for 32-bit Windows, this is 64-bit Windows. Nothing was changed.
goto end
:fits
echo Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
echo update KB3140245
set "OTHER="
set /a THERE=0
rem - [1] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x0"
set "WAS=absent"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" >nul 2>&1
if errorlevel 1 goto seen1
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" 2^>nul') do set "NOW=%%K    %%L"
:seen1
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
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
rem - [2] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x800"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" >nul 2>&1
if errorlevel 1 goto seen2
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" 2^>nul') do set "NOW=%%K    %%L"
:seen2
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if "%SAME%"=="want" goto same2
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next2
:same2
echo As planned:
echo "%AT%"
set /a THERE+=1
:next2
echo.
echo ---- for the ticket ----
echo Time: %DATE% %TIME%
echo Computer: %COMPUTERNAME%
set "SYSTEM="
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v ProductName 2^>nul') do set "SYSTEM=%%L"
for /f "delims=" %%K in ('ver') do set "VERSION=%%K"
set "BITS=32"
if defined WIDE set "BITS=64"
echo System: %SYSTEM% %VERSION%, %BITS% bit
echo Plan: 65303146a145
set "STAGE=(partly applied)"
if "%THERE%"=="0" set "STAGE=(before apply)"
if "%THERE%"=="2" set "STAGE=(after apply)"
echo Values of the fix in place: %THERE%/2 %STAGE%
echo ----
set "STATE=differs"
set "CODE=1"
set "RESTART=none"
if defined OTHER goto end
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
