@echo off
rem - 適用の前と後に、コンピューターの状態を確かめます。
rem - 対象の OS: Windows Server 2008 R2 6.1.7601 x64
rem - 有効になる時点: OS の再起動後
rem - 変更の識別子: 8b49b1ff576d
rem - 先に次のものが必要です。このファイルは導入も確認も行いません。後から出た累積更新にも含まれます。
rem - 更新プログラム KB3140245 (または KB4019264)
setlocal EnableExtensions DisableDelayedExpansion
set "NoDefaultCurrentDirectoryInExePath=1"
set "LOST="
set "STATE=failed"
set "CODE=1"
set "RESTART=none"
reg query "HKU\S-1-5-19" >nul 2>&1
if not errorlevel 1 goto elevated
echo 管理者の権限がありません。管理者として実行してください。何も変更していません。
set "STATE=not-elevated"
set "CODE=5"
set "RESTART=none"
goto end
:elevated
set "WIDE=1"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="
if defined WIDE goto fits
echo 64 ビット版 Windows 用のファイルですが、このサーバーは 32 ビット版です。何も変更していません。
goto end
:fits
echo 先に次のものが必要です。このファイルは導入も確認も行いません。後から出た累積更新にも含まれます。
echo 更新プログラム KB3140245 (または KB4019264)
set "OTHER="
set /a THERE=0
rem - [1] 必要とする接続先サービス: azure-backup; 変更前: REG_DWORD 0x0
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next1
:same1
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next1
rem - [2] 必要とする接続先サービス: azure-backup; 変更前: 値なし
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next2
:same2
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next2
rem - [3] 必要とする接続先サービス: azure-backup; 変更前: REG_DWORD 0xa0
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next3
:same3
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next3
rem - [4] 必要とする接続先サービス: azure-backup; 変更前: 値なし
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next4
:same4
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next4
rem - [5] 必要とする接続先サービス: azure-backup; 変更前: 値なし
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next5
:same5
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next5
rem - [6] 必要とする接続先サービス: azure-backup; 変更前: 値なし
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next6
:same6
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next6
rem - [7] 必要とする接続先サービス: azure-backup; 変更前: 値なし
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
echo 異なります:
echo "%AT%"
set "OTHER=1"
goto next7
:same7
echo 計画どおりです:
echo "%AT%"
set /a THERE+=1
:next7
echo.
echo ---- チケット用 ----
echo 時刻: %DATE% %TIME%
echo ホスト名: %COMPUTERNAME%
set "SYSTEM="
for /f "tokens=2,*" %%K in ('reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v ProductName /reg:64 2^>nul') do set "SYSTEM=%%L"
for /f "delims=" %%K in ('ver') do set "VERSION=%%K"
set "BITS=32"
if defined WIDE set "BITS=64"
echo システム: %SYSTEM% %VERSION%, %BITS% bit
echo プラン: 8b49b1ff576d
set "STAGE=(一部のみ適用)"
if "%THERE%"=="0" set "STAGE=(適用前)"
if "%THERE%"=="7" set "STAGE=(適用後)"
echo 設定済みの値: %THERE%/7 %STAGE%
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
