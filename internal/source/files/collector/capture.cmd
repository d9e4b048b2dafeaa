@echo off
rem tlsready collector capture (cmd). It records one minute of network traffic
rem with what Windows has: pktmon where it can convert what it records (Windows
rem 10 2004, Server 2022 and later), and else netsh trace (Windows 7, Server 2008
rem R2 and later). It changes no setting and sends nothing anywhere; where a port
rem is named, pktmon's packet filters are all removed at the end. It leaves beside
rem this script:
rem
rem   <COMPUTERNAME>.etl or .pcapng   what was recorded: handshakes and contents
rem   <COMPUTERNAME>.capture.json     this computer's name and addresses
rem   <COMPUTERNAME>.netstat.txt      connections of the program, if one was named
rem
rem Run it as an administrator, and let the program connect meanwhile: start its
rem backup, log on to its service. What is recorded may hold secrets of what is
rem not encrypted: treat the file so.
rem
rem The last line says what happened: TLSREADY host=... state=... file=...
rem Exit code: 0 recorded, 1 not an administrator, 2 nothing could be started,
rem 3 the files could not be written.

setlocal enableextensions disabledelayedexpansion
set "PORT=@PORT@"
set "PROGRAM=@PROGRAM@"
set "SECONDS=60"

rem A 32-bit shell on 64-bit Windows does not find pktmon: go on in a 64-bit one.
if defined TLSREADY_NATIVE goto native
if not defined PROCESSOR_ARCHITEW6432 goto native
set "TLSREADY_NATIVE=1"
if not exist "%SystemRoot%\Sysnative\cmd.exe" goto native
"%SystemRoot%\Sysnative\cmd.exe" /d /c call "%~f0"
exit /b %errorlevel%

:native
set "SYS=%SystemRoot%\System32"
for %%D in ("%~dp0.") do set "DIR=%%~fD"
set "BASE=%DIR%\%COMPUTERNAME%"
set "STATE=failed"
set "CODE=3"

"%SYS%\net.exe" session >nul 2>&1
if errorlevel 1 set "STATE=not-administrator"& set "CODE=1"& goto done

rem Addresses: "IPv4" or "IPv6" stands in their lines in each language. What follows
rem the first colon is the address, perhaps with a zone or a remark in brackets.
set "ADDRESSES="
"%SYS%\ipconfig.exe" >"%BASE%.part"
for /f "usebackq tokens=1* delims=:" %%A in ("%BASE%.part") do call :line "%%A" "%%B"
del "%BASE%.part" >nul 2>&1
>"%BASE%.capture.json" echo {"schema": "tlsready.capture/v1", "computer": "%COMPUTERNAME%", "addresses": [%ADDRESSES%]}
if not exist "%BASE%.capture.json" goto done

set "WAY=netsh"
if not exist "%SYS%\pktmon.exe" goto start
"%SYS%\pktmon.exe" help >"%BASE%.part" 2>nul
for /f "usebackq tokens=1" %%A in ("%BASE%.part") do if /i "%%A"=="etl2pcap" set "WAY=pktmon"
del "%BASE%.part" >nul 2>&1

:start
set "CODE=2"
if "%WAY%"=="netsh" goto netsh
if defined PORT "%SYS%\pktmon.exe" filter add tlsready -t TCP -p %PORT% >nul
"%SYS%\pktmon.exe" start --capture --comp nics --pkt-size 0 --file-name "%BASE%.etl" --file-size 1024 >nul
if errorlevel 1 goto netsh
call :minute
"%SYS%\pktmon.exe" stop >nul
if defined PORT "%SYS%\pktmon.exe" filter remove >nul
"%SYS%\pktmon.exe" etl2pcap "%BASE%.etl" --out "%BASE%.pcapng" >nul
if not exist "%BASE%.pcapng" goto done
del "%BASE%.etl" >nul 2>&1
set "STATE=recorded"& set "CODE=0"& set "FILE=%BASE%.pcapng"
goto done

:netsh
"%SYS%\netsh.exe" trace start capture=yes report=disabled overwrite=yes maxsize=1024 tracefile="%BASE%.etl" >nul
if errorlevel 1 goto done
call :minute
"%SYS%\netsh.exe" trace stop >nul
if not exist "%BASE%.etl" goto done
echo Convert it with etl2pcapng.exe of https://github.com/microsoft/etl2pcapng/releases, on any Windows computer:
echo   etl2pcapng.exe "%COMPUTERNAME%.etl" "%COMPUTERNAME%.pcapng"
set "STATE=recorded"& set "CODE=0"& set "FILE=%BASE%.etl"

:done
echo TLSREADY host=%COMPUTERNAME% state=%STATE% file="%FILE%"
exit /b %CODE%

rem minute waits, and notes the program's connections once a second.
:minute
echo Recording for %SECONDS% seconds on %COMPUTERNAME%: let the program connect now.
if defined PROGRAM goto watching
"%SYS%\ping.exe" -n %SECONDS% 127.0.0.1 >nul
exit /b 0
:watching
>"%BASE%.netstat.txt" echo tlsready: connections of %PROGRAM%
for /l %%N in (1,1,%SECONDS%) do call :second
del "%BASE%.part" "%BASE%.lines" >nul 2>&1
exit /b 0
:second
"%SYS%\tasklist.exe" /fo csv /nh /fi "imagename eq %PROGRAM%" >"%BASE%.part" 2>nul
"%SYS%\netstat.exe" -ano >"%BASE%.lines" 2>nul
for /f "usebackq tokens=2 delims=," %%P in ("%BASE%.part") do "%SYS%\findstr.exe" /r /c:" %%~P *$" "%BASE%.lines" >>"%BASE%.netstat.txt"
"%SYS%\ping.exe" -n 2 127.0.0.1 >nul
exit /b 0

rem line takes a line of ipconfig, address adds one to the list.
:line
set "NAME=%~1"
if not defined NAME exit /b 0
if "%NAME:IPv=%"=="%NAME%" exit /b 0
for /f "tokens=1 delims=(%% " %%C in ("%~2") do call :address "%%C"
exit /b 0
:address
if "%~1"=="" exit /b 0
if defined ADDRESSES set ADDRESSES=%ADDRESSES%, "%~1"
if not defined ADDRESSES set ADDRESSES="%~1"
exit /b 0
