package scripts

import (
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/batch"
)

// Batch reads a batch file: the programs that it starts and the PowerShell that it
// hands to them.
func Batch(text string, files Files) Reading {
	var r Reading
	batch.Follow(text, &cmdWorld{out: &r, files: files}, cmdState{})
	if len(r.Uses) == 0 { // nothing in it makes connections
		r.Unclear = nil
	}
	r.sort()
	return r
}

// cmdState has nothing to remember: each program is a process of its own.
type cmdState struct{}

func (cmdState) Clone() batch.State                       { return cmdState{} }
func (cmdState) Join(batch.State, script.Pos) batch.State { return cmdState{} }
func (cmdState) Same(batch.State) bool                    { return true }

// cmdWorld is what a batch file acts on, as far as TLS is concerned.
type cmdWorld struct {
	out   *Reading
	files Files
}

// Unclear takes note of something that may do anything.
func (w *cmdWorld) Unclear(r *batch.Run, at script.Pos, what string) {
	if r.Mode() == batch.Live {
		w.out.unclear(Place{Pos: at, Code: "unparsed", Text: shown(what)})
	}
}

// shown writes … for what is not known.
func shown(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, batch.Folder, "…"), batch.Unknown, "…")
}

// Command runs a program; whether it would succeed is unknown.
func (w *cmdWorld) Command(r *batch.Run, c *batch.Command) (status int, known bool) {
	if len(c.Words) == 0 || r.Mode() != batch.Live {
		return 0, false
	}
	full := strings.ToLower(c.Words[0])
	name := strings.TrimSuffix(base(full), ".exe")
	switch name {
	case "powershell", "pwsh":
		w.powershell(c, name, strings.Contains(full, "syswow64"))
	case "cmd":
		w.cmd(r, c)
	default:
		if p, ok := knownProgram(name, c.Words[1:]); ok {
			w.out.use(Use{Pos: c.Pos, Stack: p.stack, To: name})
			if p.code != "" && p.stack != Other {
				w.out.unclear(Place{Pos: c.Pos, Code: p.code, Text: name})
			}
		}
	}
	return 0, false
}

// base is the last part of a path, of which the folder may not be known.
func base(path string) string {
	const ends = `\/` + batch.Folder
	if i := strings.LastIndexAny(path, ends); i >= 0 {
		return strings.TrimLeft(path[i:], ends)
	}
	return path
}

// powershell is powershell.exe with a command or a file in its arguments.
func (w *cmdWorld) powershell(c *batch.Command, name string, x86 bool) {
	words := c.Words[1:]
	var r Reading
	ps := newWorld(&r, w.files)
	ps.core = name == "pwsh"
	if file, ok := fileArgument(words); ok {
		text, found := "", false
		if w.files != nil {
			text, found = w.files(base(file))
		}
		if !found {
			w.out.use(Use{Pos: c.Pos, Stack: Framework, X86: x86, Core: ps.core, To: shown(file)})
			w.out.unclear(Place{Pos: c.Pos, Code: "file", Text: shown(file)})
			return
		}
		r = PowerShell(text, false, w.files)
		if len(r.Uses) == 0 {
			r.Uses = []Use{{Stack: Framework, To: shown(file)}}
		}
		ps.core = ps.core || r.Core.Text != ""
	} else {
		for _, word := range words {
			if strings.Contains(word, batch.Unknown) && mayMatter(word) {
				r.unclear(Place{Pos: c.Pos, Code: "unparsed", Text: shown(c.Text)})
			}
		}
		ps.follow(commandBlock(c.Pos, name, words))
	}
	for _, u := range r.Uses {
		u.Pos, u.X86, u.Core = c.Pos, x86, ps.core
		w.out.use(u)
	}
	for _, p := range r.Unclear {
		p.Pos = c.Pos
		w.out.unclear(p)
	}
}

// mayMatter says whether a text looks like one that makes connections or names
// versions.
func mayMatter(text string) bool {
	low := strings.ToLower(text)
	for _, part := range []string{"securityprotocol", "sslprotocol", "http"} {
		if strings.Contains(low, part) {
			return true
		}
	}
	return false
}

// fileArgument is the script after -File, or the first argument if that is a script.
func fileArgument(words []string) (string, bool) {
	for i, word := range words {
		low := strings.ToLower(word)
		switch {
		case (low == "-file" || low == "-f" || low == "/file" || low == "-fi" || low == "-fil") && i+1 < len(words):
			return words[i+1], true
		case strings.HasPrefix(low, "-c") || strings.HasPrefix(low, "-e") && !strings.HasPrefix(low, "-ex") && low != "-ep":
			if i+1 < len(words) { // -Command "& 'x.ps1'" is one statement of PowerShell
				return "", false
			}
		case strings.HasSuffix(low, ".ps1") && !strings.HasPrefix(low, "-") && !strings.Contains(low, " "):
			return word, true
		}
	}
	return "", false
}

// cmd is cmd.exe with a command line after /c or /k.
func (w *cmdWorld) cmd(r *batch.Run, c *batch.Command) {
	low := strings.ToLower(c.Text)
	for _, mark := range []string{"/c", "/k"} {
		at := strings.Index(low, mark)
		if at < 0 {
			continue
		}
		line := strings.TrimSpace(c.Text[at+len(mark):])
		if len(line) > 1 && line[0] == '"' && line[len(line)-1] == '"' {
			line = line[1 : len(line)-1]
		}
		if len(line) < len(c.Text) {
			batch.Line(line, c.Pos, w, cmdState{})
		}
		return
	}
}
