package dryrun

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/script"
	"tlsready/internal/script/batch"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// Batch reads a batch file: what it would do, started by an administrator without
// arguments, if nothing that it calls fails. Beside gives the files in its folder; it may be nil.
func Batch(file, text string, beside recipe.Beside) recipe.Reading {
	n := &notes{file: file, lang: "cmd", beside: beside}
	end := batch.Follow(text, &batchWorld{notes: n}, batchState{newState()})
	return n.reading(end.(batchState).state)
}

// batchState is the state with the methods that package batch asks for.
type batchState struct{ *state }

func (s batchState) Clone() batch.State { return batchState{s.clone()} }

func (s batchState) Join(other batch.State, at script.Pos) batch.State {
	return batchState{s.join(other.(batchState).state, at)}
}

func (s batchState) Same(other batch.State) bool { return s.sameAs(other.(batchState).state) }

// batchWorld is the registry as cmd.exe sees it.
type batchWorld struct {
	*notes
	gone func(what string) bool // in a script of another kind: the line does not run
}

// dead says whether a command does not run, and takes note of it.
func (w *batchWorld) dead(r *batch.Run, at script.Pos, what string) bool {
	if w.gone != nil && w.gone(what) {
		return true
	}
	m := map[batch.Mode]powershell.Mode{batch.Live: powershell.Live, batch.Unreached: powershell.Unreached, batch.OnError: powershell.OnError}[r.Mode()]
	return w.mode(m, at, what)
}

// Unclear takes note of something that may write anything.
func (w *batchWorld) Unclear(r *batch.Run, at script.Pos, what string) {
	if what = shown(what); !w.dead(r, at, what) {
		w.opaque(at, "cmd-not-understood", message.Str("command", what))
	}
}

// shown writes … for what is not known.
func shown(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, batch.Folder, "%~dp0"), batch.Unknown, "…")
}

// Command runs a program.
func (w *batchWorld) Command(r *batch.Run, c *batch.Command) (status int, isKnown bool) {
	if len(c.Words) == 0 {
		return 0, false
	}
	s := r.State().(batchState).state
	words := make([]word, len(c.Words)-1)
	for i, text := range c.Words[1:] {
		words[i] = word{text, !strings.Contains(text, batch.Unknown)}
	}
	gone := func(what string) bool { return w.dead(r, c.Pos, shown(what)) }
	w.Within(c.Words[0], func() { status, isKnown = w.program(r, c, s, words, gone) })
	return status, isKnown
}

// program runs a program by its name.
func (w *batchWorld) program(r *batch.Run, c *batch.Command, s *state, words []word, gone func(string) bool) (status int, isKnown bool) {
	name := programName(c.Words[0])
	switch name {
	case "reg":
		call := &regCall{notes: w.notes, state: s, at: c.Pos, gone: gone, batch: r.Batch()}
		if call.reg(words) {
			return 0, true
		}
		return 0, isElevationTest(words)
	case "regedit", "regedt32":
		call := &regCall{notes: w.notes, state: s, at: c.Pos, gone: gone, batch: r.Batch()}
		if !call.importing(words, shown(c.Text)) && !gone(c.Text) {
			w.opaque(c.Pos, "cmd-not-understood", message.Str("command", shown(c.Text)))
		}
		return 0, true
	case "powershell", "pwsh":
		w.powershell(r, c, words, s, gone)
		return 0, true
	case "cmd":
		w.cmd(r, c, words, s, gone)
		return 0, true
	case "net", "net1", "fltmc", "openfiles", "cacls", "fsutil": // ask whether the script runs as an administrator
		return 0, true
	case "find", "findstr", "ping", "query", "where", "sc", "tasklist", "choice", "timeout", "netsh", "nltest", "fc", "wevtutil", "driverquery":
		return 0, false
	}
	if !harmlessProgram(name) && !gone(c.Text) {
		w.opaque(c.Pos, "cmd-not-understood", message.Str("command", shown(c.Text)))
		return 0, false
	}
	return 0, true
}

// programName is a program's name without folder and .exe, in lower case.
func programName(word string) string {
	word = strings.ToLower(word)
	if i := strings.LastIndexAny(word, `\/`); i >= 0 {
		word = word[i+1:]
	}
	return strings.TrimSuffix(word, ".exe")
}

// isElevationTest says whether reg query asks for a key that administrators alone
// may read.
func isElevationTest(words []word) bool {
	return len(words) > 1 && strings.EqualFold(words[0].text, "query") && strings.HasPrefix(strings.ToUpper(words[1].text), `HKU\S-1-5-`)
}

// powershell runs powershell.exe with a command in its arguments.
func (w *batchWorld) powershell(r *batch.Run, c *batch.Command, words []word, s *state, gone func(string) bool) {
	call := &syntax.Command{Pos: c.Pos, Name: text(c.Pos, "powershell")}
	for _, one := range words {
		switch {
		case !one.known:
			if !gone(c.Text) {
				w.opaque(c.Pos, "cmd-not-understood", message.Str("command", shown(c.Text)))
			}
			return
		case len(one.text) > 1 && (one.text[0] == '-' || one.text[0] == '/') && !strings.Contains(one.text, " "):
			call.Args = append(call.Args, syntax.Arg{Pos: c.Pos, Param: strings.ToLower(one.text[1:])})
		default:
			call.Args = append(call.Args, syntax.Arg{Pos: c.Pos, Value: text(c.Pos, one.text)})
		}
	}
	if gone(c.Text) {
		return
	}
	block := &syntax.Block{Statements: []syntax.Statement{&syntax.Pipeline{Pos: c.Pos, Elements: []syntax.Element{{Command: call}}}}}
	end := powershell.Follow(block, &psWorld{notes: w.notes}, s, nil)
	*s = *end.(*state)
}

func text(at script.Pos, s string) *syntax.Text {
	return &syntax.Text{Pos: at, Parts: []syntax.Expr{&syntax.Literal{Pos: at, Value: s}}}
}

// cmd is cmd.exe with a command line behind /c or /k.
func (w *batchWorld) cmd(r *batch.Run, c *batch.Command, words []word, s *state, gone func(string) bool) {
	low := strings.ToLower(c.Text)
	at := strings.Index(low, "/c")
	if at < 0 {
		at = strings.Index(low, "/k")
	}
	if at < 0 {
		if len(words) > 0 && !gone(c.Text) {
			w.opaque(c.Pos, "cmd-not-understood", message.Str("command", shown(c.Text)))
		}
		return
	}
	line := strings.TrimSpace(c.Text[at+2:])
	if len(line) > 1 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) < len(c.Text) {
		runLine(line, w.notes, s, c.Pos, gone)
	}
}

// runLine runs one line of cmd.exe that stands in a script.
func runLine(line string, n *notes, s *state, at script.Pos, gone func(string) bool) {
	end := batch.Line(line, at, &batchWorld{notes: n, gone: gone}, batchState{s})
	*s = *end.(batchState).state
}
