package powershell

import (
	"slices"
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// builtin runs the commands that belong to the language rather than to what a
// script acts on; ok is false for all others.
func (r *Run) builtin(c *Call) (Value, bool) {
	switch c.Name {
	case "foreach-object":
		return r.forEach(c), true
	case "where-object":
		return r.where(c), true
	case "invoke-command":
		return r.invokeCommand(c), true
	case "invoke-expression":
		return r.invokeExpression(c), true
	case "start-job", "start-threadjob":
		return r.startJob(c), true
	case "set-variable", "new-variable":
		return r.setVariable(c), true
	case "get-variable":
		return Value{}, true
	case "set-alias", "new-alias":
		b := c.Bind(Params{Positional: []string{"name", "value"}, Named: []string{"scope", "option"}})
		name, ok := b.Values["name"].Text()
		if ok {
			r.Assign("alias:"+lower(name), b.Values["value"])
		}
		return Value{Kind: Nothing}, ok
	case "join-path":
		return r.joinPath(c), true
	case "out-null":
		return Value{Kind: Nothing}, true
	case "write-output":
		return r.writeOutput(c), true
	case "select-object", "sort-object", "get-unique":
		return r.selected(c), true
	case "powershell", "pwsh":
		return r.hosted(c)
	case "start-process":
		return r.startProcess(c)
	}
	return Value{}, false
}

// blocks are the script blocks among the arguments, and whether there is anything
// else.
func (c *Call) blocks() (list []*syntax.Block, other bool) {
	for _, a := range c.Args {
		switch {
		case a.Value.Kind == Code:
			list = append(list, a.Value.Block)
		case a.Given || a.Param == "":
			other = true
		}
	}
	return list, other
}

// forEach runs its blocks: begin once, process for each item, end once.
func (r *Run) forEach(c *Call) Value {
	list, _ := c.blocks()
	if len(list) == 0 { // a property's or a method's name
		return Value{}
	}
	begin, process, end := []*syntax.Block(nil), list, []*syntax.Block(nil)
	if len(list) > 1 {
		begin, process = list[:1], list[1:]
	}
	if len(list) > 2 {
		process, end = list[1:len(list)-1], list[len(list)-1:]
	}
	v, e := r.collect(func() exits {
		var all exits
		run := func(blocks []*syntax.Block, f func(*syntax.Block) exits) {
			for _, b := range blocks {
				if r.cur != nil {
					all.add(f(b))
				}
			}
		}
		run(begin, r.block)
		run(process, func(b *syntax.Block) exits {
			if c.Input.Kind == Nothing && len(list) == 1 {
				r.aside(Unreached, func() { r.perItem(Value{}, b) })
				return exits{}
			}
			return r.perItem(c.Input, b)
		})
		run(end, r.block)
		return all
	})
	r.cur = join(r.cur, e.ret, splitOf(e.ret))
	r.cur = join(join(r.cur, e.cont, splitOf(e.cont)), e.brk, splitOf(e.brk))
	r.leave(e)
	return v
}

// where keeps the items for which its block gives true; if that is not known for
// one, nothing is known of the rest.
func (r *Run) where(c *Call) Value {
	list, _ := c.blocks()
	if len(list) != 1 || !c.Input.Known() || len(c.Input.Each()) > maxTurns {
		return Value{}
	}
	var kept []Value
	for _, item := range c.Input.Each() {
		r.Assign("_", item)
		v, e := r.collect(func() exits { return r.block(list[0]) })
		r.leave(e)
		if r.cur == nil {
			return Value{}
		}
		switch v.Truth() {
		case script.Yes:
			kept = append(kept, item)
		case script.Unclear:
			return Value{}
		}
	}
	return listOf(kept)
}

// invokeCommand runs a block here or, with a machine named, elsewhere.
func (r *Run) invokeCommand(c *Call) Value {
	p := Params{
		Positional: []string{"computername", "scriptblock"},
		Named:      []string{"cn", "session", "argumentlist", "args", "filepath", "hostname", "vmname", "vmid", "connectionuri", "containerid", "port", "throttlelimit", "sessionoption", "authentication", "configurationname", "jobname", "inputobject"},
		Switches:   []string{"asjob", "usessl", "nonewscope", "hidecomputername", "indisconnectedsession"},
	}
	named := slices.ContainsFunc(c.Args, func(a CallArg) bool {
		return a.Param != "" && strings.HasPrefix("computername", a.Param) || a.Param == "cn" || a.Param == "session"
	})
	if named || len(c.Args) > 0 && c.Args[0].Value.Kind == Code && c.Args[0].Param == "" {
		p.Positional = []string{"scriptblock"}
		p.Named = append(p.Named, "computername")
	}
	b := c.Bind(p)
	block := b.Values["scriptblock"]
	away := false
	for _, name := range []string{"computername", "cn", "session", "hostname", "vmname", "vmid", "connectionuri", "containerid"} {
		away = away || b.Has(name) && !here(b.Values[name])
	}
	if block.Kind != Code || b.Odd {
		r.world.Unclear(r, c.Pos, c.Name)
		return Value{}
	}
	args := b.Values["argumentlist"]
	if b.Has("args") {
		args = b.Values["args"]
	}
	run := func() Value { return r.invoke(block.Block, positional(args.Each(), c.Pos), c.Input) }
	if !away {
		return run()
	}
	r.called[block.Block] = true
	r.aside(Elsewhere, func() { run() })
	return Value{}
}

// here says whether a name is that of the machine that the script runs on.
func here(v Value) bool {
	if _, ok := v.Object.(ThisMachine); ok {
		return true
	}
	text, ok := v.Text()
	text = lower(text)
	return ok && (text == "." || text == "localhost" || text == "127.0.0.1" || text == "::1")
}

func (r *Run) invokeExpression(c *Call) Value {
	b := c.Bind(Params{Positional: []string{"command"}})
	v := b.Values["command"]
	if !b.Has("command") {
		v = c.Input
	}
	text, ok := v.Text()
	if !ok || v.Kind == Nothing {
		r.world.Unclear(r, c.Pos, c.Name)
		r.Open()
		return Value{}
	}
	return r.inline(text, c.Pos)
}

// startJob runs a block alongside the script: when is not known, but it does run.
func (r *Run) startJob(c *Call) Value {
	list, _ := c.blocks()
	if len(list) == 0 {
		r.world.Unclear(r, c.Pos, c.Name)
		return Value{}
	}
	for _, b := range list {
		before := r.cur.clone()
		run := func() { r.invoke(b, nil, Value{Kind: Nothing}) }
		if c.Name == "start-job" {
			r.apart(run)
		} else {
			run()
		}
		r.pending = exits{} // a job ends itself alone
		if r.cur == nil {
			r.cur = before
		}
	}
	return Value{}
}

func (r *Run) setVariable(c *Call) Value {
	b := c.Bind(Params{Positional: []string{"name", "value"}, Named: []string{"scope", "option", "description", "visibility"}})
	name, ok := b.Values["name"].Text()
	if !ok {
		r.Open()
		r.world.Unclear(r, c.Pos, c.Name)
		return Value{Kind: Nothing}
	}
	v := b.Values["value"]
	if !b.Has("value") {
		v = Value{Kind: Null}
	}
	r.Assign(lower(name), v)
	return Value{Kind: Nothing}
}

func (r *Run) joinPath(c *Call) Value {
	b := c.Bind(Params{Positional: []string{"path", "childpath"}})
	if !b.Has("path") {
		b.Values["path"] = c.Input
	}
	dir, ok := b.Values["path"].Text()
	child, okChild := b.Values["childpath"].Text()
	if !ok || !okChild || b.Odd || len(b.Rest) > 0 || b.Values["path"].Kind == Array {
		return Value{}
	}
	return TextValue(strings.TrimRight(dir, `\/`) + `\` + strings.TrimLeft(child, `\/`))
}

func (r *Run) writeOutput(c *Call) Value {
	var list []Value
	for _, a := range c.Args {
		if a.Given {
			list = append(list, a.Value.Each()...)
		}
	}
	if len(list) == 0 {
		return c.Input
	}
	if len(list) == 1 {
		return list[0]
	}
	return listOf(list)
}

// selected passes a list on whose order and doubles do not matter; with other
// arguments it is not known what is left.
func (r *Run) selected(c *Call) Value {
	for _, a := range c.Args {
		if a.Param != "unique" {
			return Value{}
		}
	}
	return c.Input
}

// shell runs powershell.exe with a command in its arguments.
func (r *Run) shell(c *Call) (Value, bool) {
	for i, a := range c.Args {
		switch {
		case a.Value.Kind == Code:
			before := r.cur.clone()
			r.apart(func() { r.invoke(a.Value.Block, nil, Value{Kind: Nothing}) })
			r.pending = exits{}
			if r.cur == nil {
				r.cur = before
			}
			return Value{}, true
		case a.Param == "" || !isCommandParam(a.Param):
			if a.Param == "file" || a.Param == "f" || a.Param == "" && !isSetting(c.Args, i) {
				return r.shellText(c, i, a.Param == "")
			}
		case strings.HasPrefix(a.Param, "e"):
			text, ok := "", false
			if i+1 < len(c.Args) {
				text, ok = c.Args[i+1].Value.Text()
			}
			if text, okText := decodeCommand(text); ok && okText {
				return r.process(text, c.Pos), true
			}
			return Value{}, false
		default:
			return r.shellText(c, i+1, true)
		}
	}
	return Value{}, len(c.Args) == 0 || !slices.ContainsFunc(c.Args, func(a CallArg) bool { return a.Given })
}

// hosted runs a shell as a program of the folder that it is started from.
func (r *Run) hosted(c *Call) (v Value, ok bool) {
	h, matters := r.world.(Hosts)
	if !matters {
		return r.shell(c)
	}
	h.Within(c.Written, func() { v, ok = r.shell(c) })
	return v, ok
}

// isCommandParam says whether a parameter of powershell.exe is -Command or
// -EncodedCommand, which may be cut short.
func isCommandParam(p string) bool {
	return strings.HasPrefix("command", p) || p == "ec" || p == "enc" || strings.HasPrefix("encodedcommand", p)
}

// isSetting says whether a value belongs to the parameter before it:
// -ExecutionPolicy Bypass.
func isSetting(args []CallArg, i int) bool {
	if i == 0 || args[i-1].Param == "" || args[i-1].Given {
		return false
	}
	for _, name := range []string{"executionpolicy", "ep", "windowstyle", "version", "psconsolefile", "inputformat", "outputformat", "configurationname"} {
		if strings.HasPrefix(name, args[i-1].Param) {
			return true
		}
	}
	return false
}

// shellText runs what stands from an argument on as text.
func (r *Run) shellText(c *Call, from int, command bool) (Value, bool) {
	rest := &Call{Args: c.Args[min(from, len(c.Args)):]}
	words, ok := rest.Words()
	if !command || slices.Contains(ok, false) || len(words) == 0 {
		return Value{}, false
	}
	return r.process(strings.Join(words, " "), c.Pos), true
}

// process runs text in a shell of its own: its variables and its end are its own.
func (r *Run) process(text string, at script.Pos) Value {
	if r.calls >= maxCalls {
		return Value{}
	}
	scopes := r.cur.clone().scopes
	r.cur.scopes = []map[string]Value{{}}
	before := r.cur.clone()
	r.apart(func() {
		r.inline(text, at)
		ended := r.pending
		r.pending = exits{}
		r.cur = join(join(r.cur, ended.exit, splitOf(ended.exit)), ended.throw, splitOf(ended.throw))
	})
	if r.cur == nil {
		r.cur = before
	}
	r.cur.scopes = scopes
	return Value{}
}

// startProcess runs a program by name with its arguments in one text or a list.
func (r *Run) startProcess(c *Call) (Value, bool) {
	b := c.Bind(Params{
		Positional: []string{"filepath", "argumentlist"},
		Named:      []string{"workingdirectory", "verb", "windowstyle", "redirectstandardoutput", "redirectstandarderror", "redirectstandardinput", "args"},
		Switches:   []string{"wait", "nonewwindow", "loaduserprofile", "usenewenvironment"},
	})
	name, ok := b.Values["filepath"].Text()
	args := b.Values["argumentlist"]
	if b.Has("args") {
		args = b.Values["args"]
	}
	line, okLine := args.Text()
	if !ok || b.Odd || b.Has("argumentlist") && !okLine {
		return Value{}, false
	}
	// The new process takes the line apart as the C runtime does.
	call := &Call{Pos: c.Pos, Input: Value{Kind: Nothing}, Operator: "&", Written: lower(name)}
	for _, word := range script.Words(line) {
		call.Args = append(call.Args, CallArg{Pos: c.Pos, Value: TextValue(word), Given: true})
	}
	call.Name = baseName(name)
	if strings.HasSuffix(lower(name), ".ps1") {
		return Value{}, false
	}
	if call.Name == "powershell" || call.Name == "pwsh" {
		for i, a := range call.Args {
			if text, _ := a.Value.Text(); strings.HasPrefix(text, "-") && len(text) > 1 {
				call.Args[i] = CallArg{Pos: c.Pos, Param: lower(text[1:])}
			}
		}
		return r.hosted(call)
	}
	return r.world.Command(r, call)
}
