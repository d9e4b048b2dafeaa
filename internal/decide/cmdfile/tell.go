package cmdfile

import (
	"fmt"
	"strings"

	"tlsready/internal/decide"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regexe"
	"tlsready/internal/verdict"
)

// command is the number of the command that makes a change.
func (w *writer) command(c host.Change) int {
	command, err := regexe.Change(c, regexe.NoView)
	var line string
	if err == nil {
		line, err = command.In(regexe.Batch)
	}
	if err != nil && w.err == nil {
		w.err = err
	}
	if _, ok := w.changes[line]; !ok {
		w.changes[line] = len(w.changes)
		w.commands = append(w.commands, line)
	}
	return w.changes[line]
}

// heading says what is judged.
func (w *writer) heading(lang string) {
	w.add("\n:heading%s\necho.", lang)
	w.say(lang, "head", message.Str("name", w.head.Name(lang)), message.Str("on", w.head.On))
	w.add("echo.\nexit /b 0")
}

// roots leaves the machine to check if it lacks the root certificates.
func (w *writer) roots() {
	w.add("\n:roots")
	roots := w.decision.Demand.Roots
	if len(roots) == 0 {
		w.add("exit /b 0")
		return
	}
	w.add(`if "%%RESULT%%"=="notInstalled" exit /b 0`)
	for _, root := range roots {
		w.add(`"%%SYS%%\find.exe" /i "Root\Certificates\%s" <"%%OUT%%" >nul`, root)
		if w.decision.Demand.AllRoots {
			w.add("if errorlevel 1 goto noroot")
		} else {
			w.add("if not errorlevel 1 exit /b 0")
		}
	}
	if w.decision.Demand.AllRoots {
		w.add("exit /b 0\n:noroot")
	}
	w.add("call :doubt root\nexit /b 0")
}

// when writes lines that hold under a condition alone.
func (w *writer) when(condition string, lines func()) {
	w.labels++
	w.add("if not %s goto o%d", condition, w.labels)
	at := w.labels
	lines()
	w.add(":o%d", at)
}

// tellRow prints the verdict of a stack with its cause.
func (w *writer) tellRow(lang string) {
	words := message.For(lang)
	w.add("\n:tellrow%s", lang)
	for _, v := range []verdict.Verdict{verdict.Connects, verdict.Fails, verdict.Unknown} {
		causes := []verdict.Cause{""}
		if v == verdict.Fails {
			causes = []verdict.Cause{
				verdict.Program, verdict.UpdateMissing, verdict.NothingToOffer, verdict.ProtocolVersion, verdict.CipherSuite, verdict.Group,
				verdict.SignatureAlgorithm, verdict.CertificateTrust,
			}
		}
		for _, cause := range causes {
			text := "  " + padded(words.Render(message.New("spot.row."+string(v)))) + "  %~1"
			if cause != "" {
				text += ": " + words.Render(message.New("cause."+string(cause)))
			}
			w.when(`"%V%%CAUSE%"=="`+string(v)+string(cause)+`"`, func() {
				// the name of the stack is an argument
				before, after, _ := strings.Cut(text, "%~1")
				w.add("echo %s%%~1%s", printed(lang, before), printed(lang, after))
			})
		}
	}
	w.add("exit /b 0")
}

// padded fills a word up to the width of the longest; a Japanese character is as wide
// as two others.
func padded(word string) string {
	const longest = 8
	width := 0
	for _, r := range word {
		width++
		if r > 0x7e {
			width++
		}
	}
	return word + strings.Repeat(" ", max(0, longest-width))
}

// tell prints the verdict of the machine, what to set, and what is left to check.
func (w *writer) tell(lang string) {
	w.add("\n:tell%s\necho.", lang)
	for _, v := range []verdict.Verdict{verdict.Connects, verdict.Fails, verdict.NotInstalled} {
		w.when(`"%RESULT%"=="`+string(v)+`"`, func() { w.say(lang, "result."+string(v)) })
	}
	w.when(`"%RESULT%"=="unknown"`, func() {
		for _, why := range []decide.Reason{
			decide.Unspecified, decide.Unusual, decide.NotRead, decide.UpdateLost, decide.OtherSystem, decide.MissingRoot, decide.OwnTLS, decide.ByVersion,
		} {
			w.when(`"%WHY%"=="`+string(why)+`"`, func() { w.say(lang, "why."+string(why)) })
		}
		w.when("defined WHAT", func() { w.add("echo   !WHAT!") })
	})
	w.when(`"%RESULT%"=="fails"`, func() { w.advice(lang) })
	w.add("echo.")
	w.say(lang, "next")
	w.add("echo   tlsready check %%COMPUTERNAME%%.tlsready.txt --service %s", w.head.Service)
	w.left(lang)
	w.add("exit /b 0")
}

// advice prints what is needed first, and the commands.
func (w *writer) advice(lang string) {
	for i, text := range w.required {
		kind, id, _ := strings.Cut(text, " ")
		w.when(fmt.Sprintf("defined N%d", i), func() { w.say(lang, "need."+kind, message.Str("id", id)) })
	}
	w.when("defined UNSURE", func() { w.say(lang, "unsure") })
	w.add(`set "ANY="`)
	for i := range w.commands {
		w.add(`if defined S%d set "ANY=1"`, i)
	}
	w.add(`if defined UNSURE set "ANY="`)
	w.when("defined ANY", func() {
		w.say(lang, "set")
		for i, line := range w.commands {
			w.when(fmt.Sprintf("defined S%d", i), func() { w.add("echo   %s", line) })
		}
		words := message.For(lang)
		for r := fix.RestartProcess; r <= fix.Reboot; r++ {
			when := words.Render(message.New("recipe.restart." + r.String()))
			w.when(fmt.Sprintf(`"%%WHEN%%"=="%d"`, r), func() { w.say(lang, "restart", message.Str("when", when)) })
		}
	})
}

// left says what the script leaves to check, whatever the machine.
func (w *writer) left(lang string) {
	w.add("echo.")
	w.say(lang, "left")
	for _, id := range []string{"suites", "switches", "update", "root", "system", "denied"} {
		w.item(lang, "left."+id)
	}
	for _, l := range w.decision.Left {
		w.item(lang, "left."+string(l.Why), message.Str("name", l.Caller.NameIn(lang)))
	}
	w.add("echo.")
}

// item is a sentence in a list.
func (w *writer) item(lang, id string, args ...message.Arg) {
	w.sentence(lang, "  - "+message.For(lang).Render(message.New("spot."+id, args...)))
}
