rem What follows gives the verdict, from decisions that tlsready worked out with its
rem model. It reads the registry again, and beside it what was just collected; it
rem changes nothing. What it cannot settle it leaves to "tlsready check".
:verdict
setlocal enabledelayedexpansion
call :language
for %%T in (DWORD SZ MULTI_SZ EXPAND_SZ BINARY QWORD NONE) do set "IS_REG_%%T=1"
set "BUILD="
for %%V in (CurrentBuild CurrentBuildNumber) do call :one BUILD "%NT%" %%V
set "REV=0"
call :one UBR "%NT%" UBR
if defined UBR set /a REV=UBR
set "TYPE=server"
call :one PRODUCT "%CONTROL%\ProductOptions" ProductType
if /i "%PRODUCT%"=="WinNT" set "TYPE=client"
set "BITS=64"
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" set "BITS=32"
set "WHY="
set "WHAT="
set "GUARDED="
set "RESULT=connects"
set "ROWS=0"
set "WHEN=0"
set "UNSURE="
set "PART="
call :system
call :installed
call :heading%LANGUAGE%
if defined PART goto known
call :doubt system "%BUILD%"
goto judged
:known
call :part%PART%
:judged
if "%ROWS%"=="0" if not defined WHY set "RESULT=notInstalled"
call :roots
if defined WHY if not "%RESULT%"=="fails" set "RESULT=unknown"
call :tell%LANGUAGE%
if defined BACK "%SYS%\chcp.com" %BACK% >nul 2>&1
endlocal & set "VERDICT= verdict=%RESULT%"
exit /b 0

rem The language is Japanese where the system's is, else English. TLSREADY_LANG says
rem otherwise. Japanese stands here in code page 932, as that of a Japanese console.
:language
set "LANGUAGE=en"
set "BACK="
if /i "%TLSREADY_LANG%"=="en" exit /b 0
if /i "%TLSREADY_LANG%"=="ja" set "LANGUAGE=ja"
"%SYS%\chcp.com" >"%ANSWER%" 2>nul
"%SYS%\find.exe" "932" <"%ANSWER%" >nul
if not errorlevel 1 set "LANGUAGE=ja" & exit /b 0
"%SYS%\reg.exe" query "%CONTROL%\Nls\Language" /v InstallLanguage >"%ANSWER%.errors" 2>nul
"%SYS%\find.exe" "0411" <"%ANSWER%.errors" >nul
if not errorlevel 1 set "LANGUAGE=ja"
if "%LANGUAGE%"=="en" exit /b 0
for /f "usebackq tokens=2 delims=:" %%C in ("%ANSWER%") do for /f "delims=. " %%D in ("%%C") do set "BACK=%%D"
if defined BACK "%SYS%\chcp.com" 932 >nul 2>&1
exit /b 0

rem :one VARIABLE KEY NAME: the data of one value; the variable stays as it is without it.
:one
"%SYS%\reg.exe" query "%~2" /v %3 >"%ANSWER%" 2>nul
if errorlevel 1 exit /b 0
for /f "usebackq tokens=1,2,*" %%A in ("%ANSWER%") do if /i "%%A"=="%3" set "%1=%%C"
exit /b 0

rem :take KEY N NAME N NAME...: type and data of values as T<n> and D<n>. T<n> is absent,
rem or lost if the key could not be read.
:take
call :look "%~1"
shift
set "NAMES="
:taking
if "%~1"=="" goto taken
set "T%1=%FOUND%"
set "D%1="
set "I_%2=%1"
set "NAMES=%NAMES% %2"
shift
shift
goto taking
:taken
if not "%FOUND%"=="absent" goto took
if not exist "%ANSWER%" goto took
for /f "usebackq tokens=1,2,*" %%A in ("%ANSWER%") do (
  set "DATA=%%C"
  if defined I_%%A call :put %%A %%B
)
:took
for %%N in (%NAMES%) do set "I_%%N="
exit /b 0

:put
if not defined IS_%2 exit /b 0
set "N=!I_%1!"
set "T%N%=%2"
set "D%N%=!DATA!"
exit /b 0

rem :look KEY: its values are in %ANSWER%; without the key this is gone. FOUND is lost if
rem the key is there but not for us: one that came meanwhile is read.
:look
set "FOUND=absent"
"%SYS%\reg.exe" query "%~1" >"%ANSWER%" 2>nul
if not errorlevel 1 exit /b 0
call :state "%~1"
if "%FOUND%"=="absent" goto gone
"%SYS%\reg.exe" query "%~1" >"%ANSWER%" 2>nul
if not errorlevel 1 set "FOUND=absent" & exit /b 0
:gone
del "%ANSWER%" >nul 2>&1
exit /b 0

rem :state KEY: FOUND is lost if a key that cannot be queried is there: the nearest key
rem above it that can be queried lists it, or there is none.
:state
set "PARENT=%~1"
:above
set "CHILD=%PARENT%"
:shorter
set "LAST=%PARENT:~-1%"
set "PARENT=%PARENT:~0,-1%"
if not "%LAST%"=="\" goto shorter
"%SYS%\reg.exe" query "%PARENT%" >"%ANSWER%" 2>nul
if not errorlevel 1 goto listing
if not "%PARENT%"=="%HKLM%" goto above
set "FOUND=lost"
exit /b 0
:listing
for /f "usebackq delims=" %%K in ("%ANSWER%") do if /i "%%K"=="%CHILD%" set "FOUND=lost"
exit /b 0

rem The classes of values: C<n> is the number of the class, or lost.
rem :number N MOST: the MOST lowest numbers by themselves, and the rest.
:number
call :class %1 %2
if not "!T%1!"=="REG_DWORD" exit /b 0
set /a "C%1=%2+1"
for /l %%I in (1,1,%2) do (
  set /a "AT=%%I-1"
  if /i "!D%1!"=="0x!AT!" set "C%1=%%I"
)
exit /b 0

rem :class N MOST: absent, lost, or anything else, which is the class behind the numbers.
:class
set "C%1=0"
if "!T%1!"=="absent" exit /b 0
if "!T%1!"=="lost" set "C%1=lost" & exit /b 0
set /a "C%1=%2+2"
exit /b 0

rem :steps N FROM...: between which of the numbers it is; a negative one is more than
rem 31 bits, and is taken for another type.
:steps
set "N=%1"
set /a "ODD=0"
set "LIST=%2 %3 %4 %5 %6 %7 %8 %9"
for %%S in (%LIST%) do set /a "ODD+=1"
call :class %1 %ODD%
if not "!T%N%!"=="REG_DWORD" exit /b 0
set /a "HAVE=!D%N%!" 2>nul
if !HAVE! lss 0 exit /b 0
set "C%N%=1"
set "AT=1"
for %%S in (%LIST%) do (
  set /a "AT+=1"
  if !HAVE! geq %%S set "C%N%=!AT!"
)
exit /b 0

rem :bits N MASK COMBINATION...: 0, or which combination of the bits.
:bits
set "N=%1"
set "LIST=%3 %4 %5 %6 %7 %8 %9"
set /a "ODD=0"
for %%S in (%LIST%) do set /a "ODD+=1"
call :class %1 %ODD%
if not "!T%N%!"=="REG_DWORD" exit /b 0
set "C%N%=1"
if /i "!D%N%!"=="0x0" exit /b 0
set /a "HAVE=!D%N%! & %2" 2>nul
set "AT=1"
for %%S in (%LIST%) do (
  set /a "AT+=1"
  if "!HAVE!"=="%%S" set "C%N%=!AT!"
)
exit /b 0

rem :word N: true, false, or something else.
:word
call :class %1 1
if not "!T%1!"=="REG_SZ" exit /b 0
if /i "!D%1!"=="true" set "C%1=1"
if /i "!D%1!"=="false" set "C%1=2"
exit /b 0

rem :list N WORD...: a list that holds one of the words.
:list
set "N=%1"
call :class %1 0
if "!C%1!"=="0" exit /b 0
if "!C%1!"=="lost" exit /b 0
set "LIST=!D%1!"
set "LIST=,%LIST:\0=,%,"
call :holds1 %2
if not "%3"=="" call :holds1 %3
exit /b 0
:holds1
for %%W in (%1) do set "WORD=%%W"
call set "REST=%%LIST:,%WORD%,=%%"
if not "%REST%"=="%LIST%" set "C%N%=1"
exit /b 0

rem :there N: whether there is such a value.
:there
call :class %1 -1
exit /b 0

rem :guard N CLASSES VALUE: a value has to be in one of the classes.
:guard
set "LIST=%~2"
set "AT=!C%1!"
call set "REST=%%LIST:,%AT%,=%%"
if not "%REST%"=="%LIST%" exit /b 0
set "GUARDED=1"
if "%AT%"=="lost" call :doubt not-read %3
call :doubt unusual %3
exit /b 0

rem :holds N CLASSES: the same for what was advised.
:holds
set "LIST=%~2"
set "AT=!C%1!"
call set "REST=%%LIST:,%AT%,=%%"
if "%REST%"=="%LIST%" set "UNSURE=1"
exit /b 0

rem :doubt REASON VALUE: the first reason is told.
:doubt
if not defined WHY set "WHY=%~1" & set "WHAT=%~2"
exit /b 0

rem :row PROGRAM STACK NODE: judges a stack of a program that is here.
:row
if not defined HERE%1 exit /b 0
set /a "ROWS+=1"
set "V=connects"
set "CAUSE="
if defined GUARDED set "V=unknown"
if not defined GUARDED call :n%3
call :tellrow%LANGUAGE% "%~2"
if "%V%"=="fails" set "RESULT=fails"
if "%V%"=="unknown" set "UNSURE=1"
exit /b 0
:notread
set "V=unknown"
call :doubt not-read
exit /b 0
:notknown
set "V=unknown"
call :doubt update
exit /b 0

rem :packages: which of the updates in IDS are installed, as KB<number>, and the revision
rem that the newest rollup gives.
:packages
set "PACKED="
if not defined IDS exit /b 0
"%SYS%\reg.exe" query "%PACKAGES%" >"%ANSWER%.all" 2>nul
if errorlevel 1 exit /b 0
set "PACKED=1"
"%SYS%\findstr.exe" /i "for_RollupFix %IDS%" "%ANSWER%.all" >"%ANSWER%.cut"
for /f "usebackq delims=" %%K in ("%ANSWER%.cut") do call :package "%%K"
exit /b 0
:package
set "ID=%~1"
set "ID=%ID:*_for_=%"
for /f "delims=~_-. " %%I in ("%ID%") do set "ID=%%I"
if defined HAS_%ID% exit /b 0
set "STATE="
call :one STATE "%~1" CurrentState
if not "%STATE%"=="0x50" if not "%STATE%"=="0x70" if not "%STATE%"=="0x80" exit /b 0
if /i "%ID:~0,9%"=="RollupFix" goto rollupfix
set "HAS_%ID%=1"
exit /b 0
:rollupfix
set "PLACE="
call :one PLACE "%~1" InstallLocation
if not defined PLACE goto rollupbuild
set "PLACE=%PLACE:*KB=%"
for /f "delims=~_-. " %%I in ("%PLACE%") do set "HAS_KB%%I=1"
:rollupbuild
if "%STATE%"=="0x50" exit /b 0
set "ROLL="
set "OF="
set "LATEST=0"
for /f "tokens=4 delims=~" %%I in ("%~1") do set "ROLL=%%I"
for /f "tokens=1,2 delims=." %%J in ("%ROLL%") do set "OF=%%J" & set "LATEST=%%K"
if "%OF%"=="%BUILD%" if %LATEST% gtr %REV% set "REV=%LATEST%"
exit /b 0

rem :fileversions: the file versions that were collected, as F_<name>.
:fileversions
set "FILED="
if not exist "%OUT%" exit /b 0
"%SYS%\find.exe" "file " <"%OUT%" >"%ANSWER%"
for /f "usebackq tokens=1-3 delims= " %%A in ("%ANSWER%") do if "%%A"=="file" call :onefile %%B "%%C"
exit /b 0
:onefile
set "NAME=%~2"
if /i not "%NAME:~0,9%"=="System32\" exit /b 0
set "F_%~nx2=%1"
set "FILED=1"
exit /b 0

rem :update ID REVISION FILES PROOFS: U_<id> is yes or no. File versions count most, then
rem the revision, then the list of packages.
:update
set "U_%1="
set "OLD="
set "ALL=1"
if not defined FILED set "ALL="
if "%~3"=="" set "ALL="
if defined FILED for %%F in (%~3) do call :file "%%F"
if defined OLD set "U_%1=no" & exit /b 0
if defined ALL set "U_%1=yes" & exit /b 0
if not "%2"=="0" if %REV% geq %2 set "U_%1=yes" & exit /b 0
if not defined PACKED exit /b 0
set "U_%1=no"
for %%P in (%~4) do if defined HAS_%%P set "U_%1=yes"
exit /b 0

:file
for /f "tokens=1,2 delims=/" %%A in ("%~1") do call :least %%A %%B
exit /b 0

rem :least FILE VERSION: ALL goes if the file is not known, OLD comes if it is older.
:least
if not defined F_%1 set "ALL=" & exit /b 0
set "HAVE=!F_%1!"
for /f "tokens=1-8 delims=." %%A in ("%HAVE%.%2") do (
  set "A1=%%A"
  set "A2=%%B"
  set "A3=%%C"
  set "A4=%%D"
  set "B1=%%E"
  set "B2=%%F"
  set "B3=%%G"
  set "B4=%%H"
)
for %%I in (1 2 3 4) do call :compare %%I
if "%LESS%"=="1" set "OLD=1"
set "LESS="
exit /b 0
:compare
if defined LESS exit /b 0
if !A%1! lss !B%1! set "LESS=1"
if !A%1! gtr !B%1! set "LESS=0"
exit /b 0

rem :program NAME: the uninstall entries with this in their name are in %ANSWER%.
:program
type nul >"%ANSWER%"
if exist "%ANSWER%.names" "%SYS%\findstr.exe" /i /c:"%~1" "%ANSWER%.names" >"%ANSWER%" 2>nul
exit /b 0

rem :names: what the uninstall entries are called.
:names
del "%ANSWER%.names" >nul 2>&1
if not exist "%OUT%" exit /b 0
"%SYS%\reg.exe" query "%SOFT%\%UNINSTALL%" >nul 2>&1
if errorlevel 1 exit /b 0
"%SYS%\findstr.exe" /i "DisplayName" "%OUT%" >"%ANSWER%.names"
exit /b 0
