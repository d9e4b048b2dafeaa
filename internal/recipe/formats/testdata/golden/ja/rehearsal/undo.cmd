@echo off
rem - TLS の設定を、適用前の状態に戻します。
rem - 対象の OS: Windows Server 2012 R2 6.3.9600 x64
rem - 有効になる時点: 該当サービスの再起動後
rem - 変更の識別子: 671f54161a25
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
echo すべての値が、すでにあるべき状態です。
set "STATE=unchanged"
set "CODE=0"
set "RESTART=none"
goto end
:drift
echo このファイルの作成時とも、このファイルが書き込む内容とも違う値があります。何も変更していません。サーバーの情報を取り直し、ファイルを作り直してください。該当する値:
echo "%AT%"
goto end
:change
rem == changes ==
rem - [1] 必要とする接続先サービス: azure-backup; 変更前: REG_DWORD 0x1
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
echo 値を書き込めませんでした。この実行で変更した値を元に戻します。該当する値:
echo "%AT%"
goto %BACK%
:back1
if defined LOST goto lost
echo この実行で変更した値を、すべて元に戻しました。
set "STATE=rolled-back"
set "CODE=1"
set "RESTART=none"
goto end
:lost
echo 元に戻せなかった値があります。undo を実行し、上に示した値を確かめてください。
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
