@echo off
rem - Sets the TLS settings that these hosts need.
rem - Written for: Windows Server 2008 R2 6.1.7601 x64
rem - Holds after: a restart of the computer
rem - Plan: 8b49b1ff576d
rem - Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
rem - update KB3140245 (or KB4019264)
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
echo Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
echo update KB3140245 (or KB4019264)
set "NEED="
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=REG_DWORD    0x0"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /reg:64 >nul 2>&1
if errorlevel 1 goto seen1
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen1
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled"
set "DO1="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO1=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0x0"
set "WAS=absent"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /reg:64 >nul 2>&1
if errorlevel 1 goto seen2
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen2
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
set "DO2="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO2=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0xa00"
set "WAS=REG_DWORD    0xa0"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 >nul 2>&1
if errorlevel 1 goto seen3
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen3
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "DO3="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO3=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0xa00"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 >nul 2>&1
if errorlevel 1 goto seen4
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen4
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "DO4="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO4=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen5
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen5
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "DO5="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO5=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen6
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen6
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "DO6="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO6=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0xffffffff"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 >nul 2>&1
if errorlevel 1 goto seen7
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen7
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
set "DO7="
if "%SAME%"=="other" goto drift
if "%SAME%"=="was" set "DO7=1"
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
rem - [1] services: azure-backup; before: REG_DWORD 0x0
if not defined DO1 goto done1
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled"
set "BACK=back1"
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed
:done1
rem - [2] services: azure-backup; before: absent
if not defined DO2 goto done2
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
set "BACK=back2"
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /t REG_DWORD /d 0 /f /reg:64 >nul
if errorlevel 1 goto failed
:done2
rem - [3] services: azure-backup; before: REG_DWORD 0xa0
if not defined DO3 goto done3
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "BACK=back3"
reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 2560 /f /reg:64 >nul
if errorlevel 1 goto failed
:done3
rem - [4] services: azure-backup; before: absent
if not defined DO4 goto done4
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "BACK=back4"
reg add "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 2560 /f /reg:64 >nul
if errorlevel 1 goto failed
:done4
rem - [5] services: azure-backup; before: absent
if not defined DO5 goto done5
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back5"
reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed
:done5
rem - [6] services: azure-backup; before: absent
if not defined DO6 goto done6
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back6"
reg add "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed
:done6
rem - [7] services: azure-backup; before: absent
if not defined DO7 goto done7
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
set "BACK=back7"
reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /t REG_DWORD /d 4294967295 /f /reg:64 >nul
if errorlevel 1 goto failed
:done7
rem == end of changes ==
set "STATE=applied"
set "CODE=3010"
set "RESTART=reboot"
goto end
:failed
echo A value could not be written. Taking back what this run has changed. The value:
echo "%AT%"
goto %BACK%
:back7
if not defined DO6 goto back6
reg delete "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if errorlevel 1 set "LOST=1"
:back6
if not defined DO5 goto back5
reg delete "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if errorlevel 1 set "LOST=1"
:back5
if not defined DO4 goto back4
reg delete "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if errorlevel 1 set "LOST=1"
:back4
if not defined DO3 goto back3
reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 160 /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if errorlevel 1 set "LOST=1"
:back3
if not defined DO2 goto back2
reg delete "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
if errorlevel 1 set "LOST=1"
:back2
if not defined DO1 goto back1
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /t REG_DWORD /d 0 /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled"
if errorlevel 1 set "LOST=1"
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
