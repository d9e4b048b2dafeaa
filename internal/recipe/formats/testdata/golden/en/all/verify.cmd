@echo off
rem - Checks the hosts, before and after apply.
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
set "OTHER="
set /a THERE=0
rem - [1] services: azure-backup; before: REG_DWORD 0x0
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=REG_DWORD    0x0"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /reg:64 >nul 2>&1
if errorlevel 1 goto seen1
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "Enabled" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen1
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled"
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
set "WANT=REG_DWORD    0x0"
set "WAS=absent"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /reg:64 >nul 2>&1
if errorlevel 1 goto seen2
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen2
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
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
rem - [3] services: azure-backup; before: REG_DWORD 0xa0
set "NOW=absent"
set "WANT=REG_DWORD    0xa00"
set "WAS=REG_DWORD    0xa0"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 >nul 2>&1
if errorlevel 1 goto seen3
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen3
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if "%SAME%"=="want" goto same3
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next3
:same3
echo As planned:
echo "%AT%"
set /a THERE+=1
:next3
rem - [4] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0xa00"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 >nul 2>&1
if errorlevel 1 goto seen4
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen4
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if "%SAME%"=="want" goto same4
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next4
:same4
echo As planned:
echo "%AT%"
set /a THERE+=1
:next4
rem - [5] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen5
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen5
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if "%SAME%"=="want" goto same5
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next5
:same5
echo As planned:
echo "%AT%"
set /a THERE+=1
:next5
rem - [6] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen6
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen6
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if "%SAME%"=="want" goto same6
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next6
:same6
echo As planned:
echo "%AT%"
set /a THERE+=1
:next6
rem - [7] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0xffffffff"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 >nul 2>&1
if errorlevel 1 goto seen7
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SchUseStrongCrypto" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen7
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto"
if "%SAME%"=="want" goto same7
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next7
:same7
echo As planned:
echo "%AT%"
set /a THERE+=1
:next7
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
echo Plan: 8b49b1ff576d
set "STAGE=(partly applied)"
if "%THERE%"=="0" set "STAGE=(before apply)"
if "%THERE%"=="7" set "STAGE=(after apply)"
echo Values of the fix in place: %THERE%/7 %STAGE%
echo ----
set "STATE=differs"
set "CODE=1"
set "RESTART=none"
if defined OTHER goto end
set "STATE=matches"
set "CODE=0"
set "RESTART=none"
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
set "OTHER="
set /a THERE=0
rem - [8] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen8
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen8
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if "%SAME%"=="want" goto same8
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next8
:same8
echo As planned:
echo "%AT%"
set /a THERE+=1
:next8
rem - [9] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x1"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 >nul 2>&1
if errorlevel 1 goto seen9
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319" /v "SystemDefaultTlsVersions" /reg:64 2^>nul') do set "NOW=%%K    %%L"
:seen9
call :compare
set "AT=HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SystemDefaultTlsVersions"
if "%SAME%"=="want" goto same9
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next9
:same9
echo As planned:
echo "%AT%"
set /a THERE+=1
:next9
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
echo Plan: e6d30be04590
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
set "OTHER="
set /a THERE=0
rem - [10] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x0"
set "WAS=absent"
reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" >nul 2>&1
if errorlevel 1 goto seen10
for /f "tokens=2,*" %%K in ('reg query "HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client" /v "DisabledByDefault" 2^>nul') do set "NOW=%%K    %%L"
:seen10
call :compare
set "AT=HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client DisabledByDefault"
if "%SAME%"=="want" goto same10
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next10
:same10
echo As planned:
echo "%AT%"
set /a THERE+=1
:next10
rem - [11] services: azure-backup; before: absent
set "NOW=absent"
set "WANT=REG_DWORD    0x800"
set "WAS=absent"
reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" >nul 2>&1
if errorlevel 1 goto seen11
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp" /v "DefaultSecureProtocols" 2^>nul') do set "NOW=%%K    %%L"
:seen11
call :compare
set "AT=HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp DefaultSecureProtocols"
if "%SAME%"=="want" goto same11
echo Differs:
echo "%AT%"
set "OTHER=1"
goto next11
:same11
echo As planned:
echo "%AT%"
set /a THERE+=1
:next11
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
