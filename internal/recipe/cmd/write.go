// Package cmd carries a plan as batch files for cmd.exe, from Windows 7 on.
package cmd

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/regexe"
)

// Format is the batch file as --as takes it.
func Format() recipe.Format {
	return recipe.Format{Name: "cmd", Extensions: []string{".cmd", ".bat"}, Write: write, WriteAll: WriteAll, Read: read, ReadBeside: readBeside, Lint: lint}
}

// write gives apply.cmd, undo.cmd and verify.cmd.
func write(p recipe.Plan, w *message.Catalog) ([]recipe.File, error) {
	var files []recipe.File
	for _, r := range []recipe.Role{recipe.Apply, recipe.Undo, recipe.Verify} {
		f, err := File(p, r, w)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// The marks around the commands that do what the file is for; those that take
// them back stand after the second one. Parse looks for them.
const (
	begin = "rem == changes =="
	end   = "rem == end of changes =="
)

// writer collects the lines of one file.
type writer struct {
	plan  recipe.Plan
	role  recipe.Role
	words *message.Catalog
	view  string // " /reg:64", or nothing on 32-bit systems, whose reg.exe does not need it
	steps []step
	lines []string
	group string // ends the labels of one group if a file holds several; "" if it holds one
}

// step is one change in the words of reg.exe.
type step struct {
	n         int // from 1
	change    host.Change
	query     string // "KEY" /v "NAME", quoted
	do, undo  string // the command, and the one that takes it back
	want, was string // as reg query prints them behind the name; "absent"
}

const absent = "absent"

// File writes one batch file. Formats that can check nothing themselves take
// verify.cmd from here.
func File(p recipe.Plan, r recipe.Role, w *message.Catalog) (recipe.File, error) {
	if err := p.Validate(); err != nil {
		return recipe.File{}, err
	}
	data, err := contents(p, r, w)
	return recipe.File{Name: string(r) + ".cmd", Data: data}, err
}

func contents(p recipe.Plan, r recipe.Role, w *message.Catalog) ([]byte, error) {
	c := &writer{words: w, role: r}
	if err := c.take(p); err != nil {
		return nil, err
	}
	c.head(recipe.Head(p, r, w))
	c.elevated()
	c.body()
	c.tail()
	return encode(c.lines, w.Lang())
}

// take begins a group. Its steps are numbered on from those before it, so that no two
// groups of a file share a label or a variable.
func (c *writer) take(p recipe.Plan) error {
	view, n := regexe.View64, len(c.steps)
	if n > 0 {
		n = c.steps[n-1].n
	}
	c.plan, c.view, c.steps = p, " /reg:64", nil
	if p.OS.X86() {
		c.view, view = "", regexe.NoView
	}
	for i, change := range c.role.Changes(p) {
		one, err := newStep(n+i+1, change, view)
		if err != nil {
			return recipe.At(change.Key, change.Name, err)
		}
		c.steps = append(c.steps, one)
	}
	return nil
}

// body is what the file does for one group.
func (c *writer) body() {
	c.fits()
	if c.role == recipe.Verify {
		c.compareAll()
		return
	}
	c.lookAll()
	c.changeAll()
	c.takeBack()
}

func newStep(n int, change host.Change, view regexe.View) (step, error) {
	if err := check(change); err != nil {
		return step{}, err
	}
	one := step{n: n, change: change, want: absent, was: absent}
	key, errKey := regexe.Batch.Quote(change.Key)
	name, errName := regexe.Batch.Quote(change.Name)
	one.query = key + " /v " + name
	err := errors.Join(errKey, errName)
	if !change.Delete && err == nil {
		one.want, err = printed(change.Data)
	}
	if change.Before.State == host.Present && err == nil {
		one.was, err = printed(change.Before.Data)
	}
	if err != nil {
		return one, err
	}
	do, errDo := regLine(change, view)
	undo, errUndo := regLine(change.Undo(), view)
	one.do, one.undo = do, undo
	return one, errors.Join(errDo, errUndo)
}

func (c *writer) add(lines ...string) { c.lines = append(c.lines, lines...) }

func (c *writer) echo(id string) {
	c.add("echo " + echoed(recipe.Say(c.words, id)))
}

func (c *writer) head(about []string) {
	c.add("@echo off")
	for _, line := range about {
		c.add("rem - " + comment(line))
	}
	// The last one keeps a reg.cmd next to this file from being run as reg.
	c.add("setlocal EnableExtensions DisableDelayedExpansion", `set "NoDefaultCurrentDirectoryInExePath=1"`, `set "LOST="`)
	c.result("failed", recipe.ExitFailed, recipe.RestartNone)
}

func (c *writer) result(state string, code int, restart recipe.Restart) {
	c.add(`set "STATE=`+state+`"`, `set "CODE=`+strconv.Itoa(code)+`"`, `set "RESTART=`+string(restart)+`"`)
}

// elevated stops before anything is done: only administrators may read the key of
// the local service account, and this test needs no service, as net session does.
func (c *writer) elevated() {
	c.add(`reg query "HKU\S-1-5-19" >nul 2>&1`, "if not errorlevel 1 goto elevated")
	c.echo("run.elevate")
	c.result("not-elevated", recipe.ExitNotElevated, recipe.RestartNone)
	c.add("goto end", ":elevated")
}

// fits stops if the system has the other architecture.
func (c *writer) fits() {
	// PROCESSOR_ARCHITEW6432 is set in a 32-bit cmd on 64-bit Windows alone.
	c.add(`set "WIDE=1"`, `if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set "WIDE="`)
	if c.plan.OS.X86() {
		c.add("if not defined WIDE goto fits" + c.group)
		c.echo("run.arch32")
	} else {
		c.add("if defined WIDE goto fits" + c.group)
		c.echo("run.arch64")
	}
	c.add("goto end", ":fits"+c.group)
	for _, line := range recipe.Needs(c.plan, c.words) {
		c.add("echo " + echoed(line))
	}
}

// look finds out whether a value is as wanted, as it was, or something else.
func (c *writer) look(s step) {
	n := strconv.Itoa(s.n)
	// reg query prints the name, the type and the data, with blanks between; the
	// type is the word behind the words of the name.
	token := strconv.Itoa(len(strings.Fields(s.change.Name)) + 1)
	c.add(`set "NOW=`+absent+`"`, setLine("WANT", s.want), setLine("WAS", s.was),
		"reg query "+s.query+c.view+" >nul 2>&1", "if errorlevel 1 goto seen"+n,
		`for /f "tokens=`+token+`,*" %%K in ('reg query `+s.query+c.view+` 2^>nul') do set "NOW=%%K    %%L"`,
		":seen"+n, "call :compare", `set "AT=`+s.change.Key+` `+s.change.Name+`"`)
}

func (c *writer) comment(s step) {
	c.add("rem - [" + strconv.Itoa(s.n) + "] " + comment(recipe.Tag(s.change, c.words)))
}

// lookAll refuses to start if a value is neither as planned nor as it was, because the
// undo would not restore what is there.
func (c *writer) lookAll() {
	c.add(`set "NEED="`)
	for _, s := range c.steps {
		n := strconv.Itoa(s.n)
		c.look(s)
		c.add(`set "DO`+n+`="`, `if "%SAME%"=="other" goto drift`+c.group,
			`if "%SAME%"=="was" set "DO`+n+`=1"`, `if "%SAME%"=="was" set "NEED=1"`)
	}
	c.add("if defined NEED goto change" + c.group)
	c.echo("run.unchanged")
	c.result("unchanged", recipe.ExitDone, recipe.RestartNone)
	c.add("goto end", ":drift"+c.group)
	c.echo("run.drift")
	c.add(`echo "%AT%"`, "goto end", ":change"+c.group)
}

// changeAll does what is to be done. A step that fails goes to the part of
// takeBack that undoes the steps before it.
func (c *writer) changeAll() {
	c.add(begin)
	for _, s := range c.steps {
		n := strconv.Itoa(s.n)
		c.comment(s)
		c.add("if not defined DO"+n+" goto done"+n, `set "AT=`+s.change.Key+` `+s.change.Name+`"`, `set "BACK=back`+n+`"`,
			s.do, "if errorlevel 1 goto failed"+c.group, ":done"+n)
	}
	c.add(end)
	state := "applied"
	if c.role == recipe.Undo {
		state = "undone"
	}
	c.result(state, c.plan.Restart.ExitStatus(), c.plan.Restart)
	c.add("goto end")
}

// takeBack undoes the steps before the one that failed, last first: from :backN
// the undo of step N-1 follows, and so on down.
func (c *writer) takeBack() {
	c.add(":failed" + c.group)
	c.echo("run.failed")
	c.add(`echo "%AT%"`, "goto %BACK%")
	for _, s := range slices.Backward(c.steps) {
		n := strconv.Itoa(s.n)
		if s.n < c.steps[len(c.steps)-1].n {
			c.add("if not defined DO"+n+" goto back"+n, s.undo)
			// In a .cmd file set clears the error level, so it stands last.
			c.add(`if errorlevel 1 echo "`+s.change.Key+` `+s.change.Name+`"`, `if errorlevel 1 set "LOST=1"`)
		}
		c.add(":back" + n)
	}
	c.add("if defined LOST goto lost" + c.group)
	c.echo("run.rolledBack")
	c.result("rolled-back", recipe.ExitFailed, recipe.RestartNone)
	c.add("goto end", ":lost"+c.group)
	c.echo("run.rollbackFailed")
	c.add("goto end")
}

// compareAll is verify: every value against the plan, and lines for a ticket.
func (c *writer) compareAll() {
	c.add(`set "OTHER="`, `set /a THERE=0`)
	for _, s := range c.steps {
		n := strconv.Itoa(s.n)
		c.comment(s)
		c.look(s)
		c.add(`if "%SAME%"=="want" goto same` + n)
		c.echo("run.differs")
		c.add(`echo "%AT%"`, `set "OTHER=1"`, "goto next"+n, ":same"+n)
		c.echo("run.matches")
		c.add(`echo "%AT%"`, "set /a THERE+=1", ":next"+n)
	}
	if c.plan.Rehearsal {
		c.rehearse()
	}
	c.ticket()
	c.result("differs", recipe.ExitFailed, recipe.RestartNone)
	c.add("if defined OTHER goto end")
	if c.plan.Rehearsal {
		c.result("fails", recipe.ExitFailed, recipe.RestartNone)
		c.add(`if "%SAID%"=="survives=no" goto end`)
	}
	c.result("matches", recipe.ExitDone, recipe.RestartNone)
	c.add("goto end")
}

// rehearse visits the rehearsal server with certutil, which connects by WinHTTP and
// checks the certificate: without its root no answer comes back, and the log of the
// server alone says what was offered.
func (c *writer) rehearse() {
	url := "https://" + strings.TrimSuffix(c.plan.Endpoint, ":443") + "/line"
	const program, answer = `"%SystemRoot%\System32\certutil.exe" -urlcache `, `"%TEMP%\tlsready-rehearsal.txt"`
	c.add(`set "SAID="`, "if exist "+answer+" del "+answer, program+"-split -f "+url+" "+answer+" >nul 2>&1", program+url+" delete >nul 2>&1",
		"if exist "+answer+` for /f "tokens=2" %%K in ('findstr /b /c:"TLSREADY survives=" `+answer+`') do set "SAID=%%K"`)
	say := func(id string) string { return "echo " + echoed(recipe.Say(c.words, "rehearsal."+id)) }
	c.add(`if "%SAID%"=="survives=yes" `+say("survives"), `if "%SAID%"=="survives=no" `+say("shutOut"), "if not defined SAID "+say("noAnswer"))
}

// ticket prints lines to paste into a ticket: when, where, and how much of the plan
// is there. ver prints the version of Windows; date and time are the computer's own.
func (c *writer) ticket() {
	say := func(id string) string { return echoed(recipe.Say(c.words, "ticket."+id)) }
	const nt = `"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v ProductName`
	c.add("echo.", "echo ---- "+say("title")+" ----",
		"echo "+say("time")+" %DATE% %TIME%",
		"echo "+say("host")+" %COMPUTERNAME%",
		`set "SYSTEM="`, `for /f "tokens=2,*" %%K in ('reg query `+nt+c.view+` 2^>nul') do set "SYSTEM=%%L"`,
		`for /f "delims=" %%K in ('ver') do set "VERSION=%%K"`,
		`set "BITS=32"`, `if defined WIDE set "BITS=64"`,
		"echo "+say("system")+" %SYSTEM% %VERSION%, %BITS% bit",
		"echo "+say("plan")+" "+c.plan.ID(),
		`set "STAGE=`+say("between")+`"`,
		`if "%THERE%"=="0" set "STAGE=`+say("before")+`"`,
		`if "%THERE%"=="`+strconv.Itoa(len(c.steps))+`" set "STAGE=`+say("after")+`"`,
		"echo "+say("stage")+" %THERE%/"+strconv.Itoa(len(c.steps))+" %STAGE%", "echo ----")
}

// tail is the way out and the comparison, whose answer is SAME: want, was or
// other. Delayed expansion keeps the data from being read as commands.
func (c *writer) tail() {
	c.add(":end", "echo TLSREADY host=%COMPUTERNAME% state=%STATE% restart=%RESTART%", "exit /b %CODE%",
		":compare", "setlocal EnableDelayedExpansion", `set "R=other"`,
		`if "!NOW!"=="!WAS!" set "R=was"`, `if "!NOW!"=="!WANT!" set "R=want"`,
		`endlocal & set "SAME=%R%"`, "exit /b 0")
}

// regLine is the reg.exe call of a change.
func regLine(c host.Change, view regexe.View) (string, error) {
	command, err := regexe.Change(c, view)
	if err != nil {
		return "", err
	}
	line, err := command.In(regexe.Batch)
	return line + " >nul", err
}
