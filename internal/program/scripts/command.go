package scripts

import (
	"strings"

	"tlsready/internal/program/protocol"
	"tlsready/internal/script"
	"tlsready/internal/script/batch"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// Command runs a cmdlet or a program.
func (w *psWorld) Command(r *powershell.Run, c *powershell.Call) (powershell.Value, bool) {
	if c.Operator == "." || strings.HasSuffix(c.Name, ".ps1") || strings.HasSuffix(c.Name, ".psm1") {
		return w.include(r, c, c.Written, c.Operator == "."), true
	}
	switch c.Name {
	case "using":
		w.using(r, c)
		return powershell.Value{Kind: powershell.Nothing}, true
	case "new-object":
		return w.newObject(r, c), true
	case "import-module":
		return w.importModule(r, c), true
	case "add-type":
		w.addType(r, c)
		return powershell.Value{}, true
	case "split-path":
		return parent(c), true
	case "start-bitstransfer":
		w.direct(r, Use{Pos: c.Pos, Stack: WinHTTP, To: "Start-BitsTransfer"})
		return powershell.Value{}, true
	case "invoke-sqlcmd":
		w.direct(r, Use{Pos: c.Pos, Stack: SQL, To: "Invoke-Sqlcmd"})
		return powershell.Value{}, true
	case "cmd":
		w.cmd(r, c)
		return powershell.Value{}, true
	case "powershell", "pwsh":
		w.shellFile(r, c)
		return powershell.Value{}, true
	case "get-date", "get-item", "get-childitem", "get-content", "test-path":
		return powershell.Value{}, true
	}
	switch {
	case isWebCmdlet(c.Name) && !(w.core && (c.Written == "curl" || c.Written == "wget")) && !strings.HasSuffix(c.Written, ".exe"):
		w.webCmdlet(r, c)
		return powershell.Value{}, true
	case isNetCmdlet(c.Name):
		w.ask(r, c.Pos, c.Written, false)
		return powershell.Value{}, true
	case w.native(r, c):
		return powershell.Value{}, true
	}
	return w.blocks(r, c), true
}

// blocks runs the script blocks that an unknown command is given: some run them,
// others keep them.
func (w *psWorld) blocks(r *powershell.Run, c *powershell.Call) powershell.Value {
	sure := c.Name == "measure-command"
	for _, a := range c.Args {
		if a.Value.Kind == powershell.Code && r.State() != nil {
			r.Do(a.Value.Block, c.Pos, sure)
		}
	}
	return powershell.Value{}
}

// webCmdlet is a request by a web cmdlet, whose versions may be named at it.
func (w *psWorld) webCmdlet(r *powershell.Run, c *powershell.Call) {
	for i, a := range c.Args {
		switch {
		case a.Param == "sslprotocol":
		case a.Param == "uri" || a.Param == "":
			continue
		default:
			continue
		}
		v := a.Value
		if !a.Given && i+1 < len(c.Args) {
			v = c.Args[i+1].Value
		}
		if w.coreSeen.Text == "" && r.Mode() == powershell.Live && !r.Rehearsing() {
			w.coreSeen = Place{Pos: c.Pos, Text: "-SslProtocol"}
		}
		w.named(r, c.Pos, v, "-SslProtocol")
		return
	}
	if !local(c) {
		w.ask(r, c.Pos, c.Written, true)
	}
}

// local says whether a request goes to the machine itself without TLS.
func local(c *powershell.Call) bool {
	for _, a := range c.Args {
		text, _ := a.Value.Text()
		for _, own := range []string{"http://localhost", "http://127.0.0.1", "http://169.254.169.254"} {
			if strings.HasPrefix(strings.ToLower(text), own) {
				return true
			}
		}
	}
	return false
}

// named is a connection at which versions are named.
func (w *psWorld) named(r *powershell.Run, pos script.Pos, v powershell.Value, to string) {
	c, ok, code := given(v)
	if v.Kind == powershell.String || v.Kind == powershell.Int || v.Kind == powershell.Array {
		if n, known := number(v); known { // SslProtocols of today knows TLS 1.3
			c, ok = constant(n), true
		}
	}
	if !ok || len(c) != 1 {
		if code == "" {
			code = "value"
		}
		w.unclear(r, Place{Pos: pos, Code: code, Text: to})
		w.direct(r, Use{Pos: pos, Stack: Framework, To: to})
		return
	}
	u, ok := c[0].use()
	if !ok {
		w.unclear(r, Place{Pos: pos, Code: "value", Text: to})
	}
	u.Pos, u.Stack, u.To = pos, Framework, to
	w.direct(r, u)
}

// number is the number of one or several names.
func number(v powershell.Value) (uint32, bool) {
	var sum uint32
	for _, item := range v.Each() {
		switch item.Kind {
		case powershell.Int:
			sum |= uint32(item.Int)
		case powershell.String:
			n, ok := protocol.Names(item.Str)
			if !ok {
				return 0, false
			}
			sum |= n
		default:
			return 0, false
		}
	}
	return sum, true
}

// native is a program of Windows that makes connections.
func (w *psWorld) native(r *powershell.Run, c *powershell.Call) bool {
	words, _ := c.Words()
	name := c.Name
	if name == "invoke-webrequest" { // curl.exe; or curl in PowerShell 7
		name = strings.TrimSuffix(c.Written, ".exe")
	}
	p, ok := knownProgram(name, words)
	if ok {
		w.direct(r, Use{Pos: c.Pos, Stack: p.stack, To: name})
		if p.code != "" && p.stack != Other {
			w.unclear(r, Place{Pos: c.Pos, Code: p.code, Text: name})
		}
	}
	return ok
}

// include takes in another script, if it is there.
func (w *psWorld) include(r *powershell.Run, c *powershell.Call, path string, inScope bool) powershell.Value {
	if !inScope && c.Name == "script.ps1" || r.State() == nil {
		return powershell.Value{} // itself
	}
	if text, ok := w.file(path); ok {
		return r.Include(text, c.Pos, inScope)
	}
	p := Place{Pos: c.Pos, Code: "file", Text: path}
	w.doubt(r, p)
	w.unclear(r, p)
	if inScope {
		r.Open()
	}
	return powershell.Value{}
}

// shellFile is powershell.exe with a file: a process of its own.
func (w *psWorld) shellFile(r *powershell.Run, c *powershell.Call) {
	words, _ := c.Words()
	path, ok := fileArgument(words)
	if !ok || r.Mode() != powershell.Live || r.Rehearsing() {
		return
	}
	text, found := w.file(path)
	if !found {
		w.unclear(r, Place{Pos: c.Pos, Code: "file", Text: path})
		return
	}
	files := w.files
	if w.included >= maxIncluded {
		files = nil
	}
	other := PowerShell(text, false, files)
	for _, u := range other.Uses {
		u.Pos, u.Core = c.Pos, other.Core.Text != "" || c.Name == "pwsh"
		w.out.use(u)
	}
	for _, p := range other.Unclear {
		p.Pos = c.Pos
		w.out.unclear(p)
	}
}

// file reads another file by its path from the script's folder.
func (w *psWorld) file(path string) (string, bool) {
	if w.files == nil || w.included >= maxIncluded || path == "" {
		return "", false
	}
	w.included++
	return w.files(path)
}

func (w *psWorld) using(r *powershell.Run, c *powershell.Call) {
	words, _ := c.Words()
	if len(words) != 2 {
		return
	}
	switch what := strings.ToLower(words[1]); strings.ToLower(words[0]) {
	case "namespace":
		w.usings = append(w.usings, strings.TrimPrefix(what+".", "system."))
	case "module":
		if text, ok := w.file(words[1]); ok {
			r.Include(text, c.Pos, true)
		}
	}
}

// importModule takes in a module that is a file next to the script; the machine's
// own modules name no versions for others.
func (w *psWorld) importModule(r *powershell.Run, c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"name"}})
	name, ok := b.Values["name"].Text()
	if ok && strings.ContainsAny(name, `\/`) {
		if text, found := w.file(name); found {
			return r.Include(text, c.Pos, true)
		}
	}
	return powershell.Value{}
}

// addType compiles code: if it names versions, what it does is not followed.
func (w *psWorld) addType(r *powershell.Run, c *powershell.Call) {
	for _, a := range c.Args {
		text, _ := a.Value.Text()
		if low := strings.ToLower(text); strings.Contains(low, "securityprotocol") || strings.Contains(low, "sslprotocols") {
			p := Place{Pos: c.Pos, Code: "compiled", Text: "Add-Type"}
			w.doubt(r, p)
			w.unclear(r, p)
		}
	}
}

// parent is Split-Path without switches, or with -Parent.
func parent(c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"path"}, Switches: []string{"parent", "leaf", "qualifier", "resolve"}})
	v := b.Values["path"]
	if !b.Has("path") {
		v = c.Input
	}
	text, ok := v.Text()
	if !ok || b.Has("leaf") || b.Has("qualifier") {
		return powershell.Value{}
	}
	i := strings.LastIndexAny(text, `\/`)
	return powershell.TextValue(text[:max(i, 0)])
}

// cmd is cmd.exe with a command line.
func (w *psWorld) cmd(r *powershell.Run, c *powershell.Call) {
	words, ok := c.Words()
	for i, word := range words {
		if strings.EqualFold(word, "/c") || strings.EqualFold(word, "/k") {
			line := strings.Join(words[i+1:], " ")
			known := true
			for _, one := range ok[i+1:] {
				known = known && one
			}
			if known && r.Mode() == powershell.Live && !r.Rehearsing() {
				batch.Line(line, c.Pos, &cmdWorld{out: w.out, files: w.files}, cmdState{})
			}
			return
		}
	}
}

// Use of a block as a whole script of its own: powershell.exe started by cmd.exe.
func commandBlock(pos script.Pos, name string, words []string) *syntax.Block {
	text := func(s string) *syntax.Text {
		return &syntax.Text{Pos: pos, Parts: []syntax.Expr{&syntax.Literal{Pos: pos, Value: s}}}
	}
	call := &syntax.Command{Pos: pos, Name: text(name)}
	for _, word := range words {
		if len(word) > 1 && (word[0] == '-' || word[0] == '/') && !strings.Contains(word, " ") {
			call.Args = append(call.Args, syntax.Arg{Pos: pos, Param: strings.ToLower(word[1:])})
		} else {
			call.Args = append(call.Args, syntax.Arg{Pos: pos, Value: text(word)})
		}
	}
	return &syntax.Block{Statements: []syntax.Statement{&syntax.Pipeline{Pos: pos, Elements: []syntax.Element{{Command: call}}}}}
}
