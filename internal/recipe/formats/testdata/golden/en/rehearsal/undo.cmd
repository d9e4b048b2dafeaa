@echo off
rem - Restores the TLS settings as they were before apply.
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
set "NEED="
set "NOW=absent"
set "WANT=absent"
set "WAS=REG_DWORD    0x1"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 >nul 2>&1
if errorlevel 1 goto seen1
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen1
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
set "DO1="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO1=1"
if "%SAME%"=="was" set "NEED=1"
if defined NEED goto change
echo Every value is already as it should be.
set "STATE=unchanged"
set "CODE=0"
set "RESTART=none"
goto end
:drift
echo A value is neither as it was when this file was written nor as this file sets it. Nothing was changed. Collect the host again and write a new file. The value:
echo "%AT%"
goto end
:change
rem == changes ==
rem - [1] services: azure-backup; before: REG_DWORD 0x1
if not defined DO1 goto done1
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
set "BACK=back1"
reg delete "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /f /reg:64 >nul
if errorlevel 1 goto failed
:done1
rem == end of changes ==
set "STATE=undone"
set "CODE=0"
set "RESTART=service"
goto end
:failed
echo A value could not be written. Taking back what this run has changed. The value:
echo "%AT%"
goto %BACK%
:back1
if defined LOST goto lost
echo Everything that this run had changed was taken back.
set "STATE=rolled-back"
set "CODE=1"
set "RESTART=none"
goto end
:lost
echo Not everything could be taken back. Run undo and look at the values above.
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
