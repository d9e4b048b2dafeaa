rem This collector reports to a console, with a token that is good for one report: that
rem of the environment (TLSREADY_TOKEN), of the file <COMPUTERNAME>.token beside this
rem script, or of the line COMPUTERNAME,TOKEN in tokens.csv beside it. What it collected
rem stays in its folder as well: a machine that cannot speak TLS 1.2 writes to a share.
set "REPORT_TO=@URL@"
set "KEEP=%ProgramFiles%\tlsready"
if not exist "%KEEP%\" mkdir "%KEEP%" >nul 2>&1
if "%~1"=="" set "DIR=%KEEP%"
set "TOKEN=%TLSREADY_TOKEN%"
if not defined TOKEN if exist "%~dp0%COMPUTERNAME%.token" set /p TOKEN=<"%~dp0%COMPUTERNAME%.token"
if not defined TOKEN if exist "%~dp0tokens.csv" for /f "usebackq tokens=1,2 delims=,;" %%A in ("%~dp0tokens.csv") do if /i "%%~A"=="%COMPUTERNAME%" set "TOKEN=%%~B"
if not defined TOKEN goto begin
if not exist "%KEEP%\reported.txt" goto begin
"%SYS%\findstr.exe" /x /l /c:"%TOKEN%" "%KEEP%\reported.txt" >nul
if errorlevel 1 goto begin
echo TLSREADY host=%COMPUTERNAME% state=reported-before
exit /b 0
:begin
rem == report ==
rem Sends the file: by PowerShell, where .NET is told to speak TLS 1.2, which an old one
rem does not by itself, else by the curl of Windows. Neither is given the token as an
rem argument, which everybody on the machine could see.
:report
set "CODE=4"
set "REPORT= report=no-token"
if not defined TOKEN exit /b 0
set "REPORT= report=failed"
type nul >"%ANSWER%"
if exist "%PS%" "%PS%" -NoProfile -NonInteractive -Command "$ErrorActionPreference = 'Stop'; try { [Net.ServicePointManager]::SecurityProtocol = [Enum]::ToObject([Net.SecurityProtocolType], 3072); $c = New-Object Net.WebClient; $c.Headers.Add('Authorization', 'Bearer ' + $env:TOKEN); $a = [Text.Encoding]::UTF8.GetString($c.UploadData($env:REPORT_TO, 'POST', [IO.File]::ReadAllBytes($env:FILE))); if ($a.Contains('tlsready.recorded/v1')) { 'report sent' } else { 'report failed: no console answers' } } catch { $e = $_.Exception; while ($e.InnerException) { $e = $e.InnerException }; 'report failed: ' + $e.Message }" >"%ANSWER%" 2>nul <nul
"%SYS%\find.exe" "report sent" <"%ANSWER%" >nul
if not errorlevel 1 goto sent
if not exist "%SYS%\curl.exe" goto unsent
set "SENT=%FILE:\=/%"
setlocal enabledelayedexpansion
>"%WORK%.curl" echo url = "!REPORT_TO!"
>>"%WORK%.curl" echo request = "POST"
>>"%WORK%.curl" echo header = "Authorization: Bearer !TOKEN!"
>>"%WORK%.curl" echo header = "Content-Type: application/octet-stream"
>>"%WORK%.curl" echo data-binary = "@!SENT!"
>>"%WORK%.curl" echo max-time = 120
>>"%WORK%.curl" echo silent
>>"%WORK%.curl" echo show-error
>>"%WORK%.curl" echo fail
endlocal
"%SYS%\curl.exe" -K "%WORK%.curl" >>"%ANSWER%" 2>&1 <nul
"%SYS%\find.exe" "tlsready.recorded/v1" <"%ANSWER%" >nul
if errorlevel 1 goto unsent
:sent
set "CODE="
set "REPORT= report=sent"
>>"%KEEP%\reported.txt" echo %TOKEN%
exit /b 0
:unsent
type "%ANSWER%"
exit /b 0
