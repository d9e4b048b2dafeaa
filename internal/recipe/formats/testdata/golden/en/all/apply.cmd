@echo off
rem - Sets the TLS settings that these hosts need.
rem - For 4 computers in 3 groups. Each is known by its name; on any other computer nothing is changed.
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
rem == groups ==
if /i "%COMPUTERNAME%"=="FS01" goto group_1
if /i "%COMPUTERNAME%"=="FS02" goto group_1
if /i "%COMPUTERNAME%"=="FS03" goto group_2
if /i "%COMPUTERNAME%"=="TILL-3" goto group_3
echo This computer is not on the list of this file. Nothing was changed.
set "STATE=elsewhere"
set "CODE=0"
set "RESTART=none"
goto end
:group_1
rem - Written for: Windows Server 2008 R2 6.1.7601 x64
rem - Holds after: a restart of the computer
rem - Plan: 8b49b1ff576d
rem - Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
rem - update KB3140245 (or KB4019264)
set "WIDE=1"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="
if defined WIDE goto fits_1
echo Written for 64-bit Windows, this is 32-bit Windows. Nothing was changed.
goto end
:fits_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
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
if "%SAME%"=="other" goto drift_1
if "%SAME%"=="was" set "DO7=1"
if "%SAME%"=="was" set "NEED=1"
if defined NEED goto change_1
echo Every value is already as it should be.
set "STATE=unchanged"
set "CODE=0"
set "RESTART=none"
goto end
:drift_1
echo A value is neither as it was when this file was written nor as this file sets it. Nothing was changed. Collect the host again and write a new file. The value:
echo "%AT%"
goto end
:change_1
rem == changes ==
rem - [1] services: azure-backup; before: REG_DWORD 0x0
if not defined DO1 goto done1
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled"
set "BACK=back1"
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done1
rem - [2] services: azure-backup; before: absent
if not defined DO2 goto done2
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
set "BACK=back2"
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /t REG_DWORD /d 0 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done2
rem - [3] services: azure-backup; before: REG_DWORD 0xa0
if not defined DO3 goto done3
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "BACK=back3"
reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 2560 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done3
rem - [4] services: azure-backup; before: absent
if not defined DO4 goto done4
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "BACK=back4"
reg add "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 2560 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done4
rem - [5] services: azure-backup; before: absent
if not defined DO5 goto done5
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back5"
reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done5
rem - [6] services: azure-backup; before: absent
if not defined DO6 goto done6
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back6"
reg add "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done6
rem - [7] services: azure-backup; before: absent
if not defined DO7 goto done7
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
set "BACK=back7"
reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /t REG_DWORD /d 4294967295 /f /reg:64 >nul
if errorlevel 1 goto failed_1
:done7
rem == end of changes ==
set "STATE=applied"
set "CODE=3010"
set "RESTART=reboot"
goto end
:failed_1
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
if defined LOST goto lost_1
echo Everything that this run had changed was taken back.
set "STATE=rolled-back"
set "CODE=1"
set "RESTART=none"
goto end
:lost_1
echo Not everything could be taken back. Run undo and look at the values above.
goto end
:group_2
rem - Written for: Windows Server 2012 R2 6.3.9600 x64
rem - Holds after: a restart of the service
rem - Plan: e6d30be04590
set "WIDE=1"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="
if defined WIDE goto fits_2
echo Written for 64-bit Windows, this is 32-bit Windows. Nothing was changed.
goto end
:fits_2
set "NEED="
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen8
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen8
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "DO8="
if "%SAME%"=="other" goto drift_2
if "%SAME%"=="was" set "DO8=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen9
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen9
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "DO9="
if "%SAME%"=="other" goto drift_2
if "%SAME%"=="was" set "DO9=1"
if "%SAME%"=="was" set "NEED=1"
if defined NEED goto change_2
echo Every value is already as it should be.
set "STATE=unchanged"
set "CODE=0"
set "RESTART=none"
goto end
:drift_2
echo A value is neither as it was when this file was written nor as this file sets it. Nothing was changed. Collect the host again and write a new file. The value:
echo "%AT%"
goto end
:change_2
rem == changes ==
rem - [8] services: azure-backup; before: absent
if not defined DO8 goto done8
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back8"
reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed_2
:done8
rem - [9] services: azure-backup; before: absent
if not defined DO9 goto done9
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
set "BACK=back9"
reg add "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /t REG_DWORD /d 1 /f /reg:64 >nul
if errorlevel 1 goto failed_2
:done9
rem == end of changes ==
set "STATE=applied"
set "CODE=0"
set "RESTART=service"
goto end
:failed_2
echo A value could not be written. Taking back what this run has changed. The value:
echo "%AT%"
goto %BACK%
:back9
if not defined DO8 goto back8
reg delete "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /f /reg:64 >nul
if errorlevel 1 echo "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if errorlevel 1 set "LOST=1"
:back8
if defined LOST goto lost_2
echo Everything that this run had changed was taken back.
set "STATE=rolled-back"
set "CODE=1"
set "RESTART=none"
goto end
:lost_2
echo Not everything could be taken back. Run undo and look at the values above.
goto end
:group_3
rem - Written for: Windows 7 6.1.7601 x86
rem - Holds after: a restart of the computer
rem - Plan: 65303146a145
rem - Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
rem - update KB3140245
set "WIDE=1"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="
if not defined WIDE goto fits_3
echo Written for 32-bit Windows, this is 64-bit Windows. Nothing was changed.
goto end
:fits_3
echo Needed first. This file does not install it and does not check it; a later cumulative update holds it too:
echo update KB3140245
set "NEED="
set "NOW=absent"
set "WANT=REG_DWORD    0x0"
set "WAS=absent"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" >nul 2>&1
if errorlevel 1 goto seen10
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" 2^>nul') do set "NOW=%%K    %%L"
:seen10
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
set "DO10="
if "%SAME%"=="other" goto drift_3
if "%SAME%"=="was" set "DO10=1"
if "%SAME%"=="was" set "NEED=1"
set "NOW=absent"
set "WANT=REG_DWORD    0x800"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" >nul 2>&1
if errorlevel 1 goto seen11
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" 2^>nul') do set "NOW=%%K    %%L"
:seen11
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "DO11="
if "%SAME%"=="other" goto drift_3
if "%SAME%"=="was" set "DO11=1"
if "%SAME%"=="was" set "NEED=1"
if defined NEED goto change_3
echo Every value is already as it should be.
set "STATE=unchanged"
set "CODE=0"
set "RESTART=none"
goto end
:drift_3
echo A value is neither as it was when this file was written nor as this file sets it. Nothing was changed. Collect the host again and write a new file. The value:
echo "%AT%"
goto end
:change_3
rem == changes ==
rem - [10] services: azure-backup; before: absent
if not defined DO10 goto done10
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
set "BACK=back10"
reg add "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /t REG_DWORD /d 0 /f >nul
if errorlevel 1 goto failed_3
:done10
rem - [11] services: azure-backup; before: absent
if not defined DO11 goto done11
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
set "BACK=back11"
reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /t REG_DWORD /d 2048 /f >nul
if errorlevel 1 goto failed_3
:done11
rem == end of changes ==
set "STATE=applied"
set "CODE=3010"
set "RESTART=reboot"
goto end
:failed_3
echo A value could not be written. Taking back what this run has changed. The value:
echo "%AT%"
goto %BACK%
:back11
if not defined DO10 goto back10
reg delete "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /f >nul
if errorlevel 1 echo "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
if errorlevel 1 set "LOST=1"
:back10
if defined LOST goto lost_3
echo Everything that this run had changed was taken back.
set "STATE=rolled-back"
set "CODE=1"
set "RESTART=none"
goto end
:lost_3
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
