package powershell

import (
	"encoding/base64"
	"path"
	"strings"
	"unicode/utf16"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// Call is a command with its arguments evaluated.
type Call struct {
	script.Pos
	Name     string // in lower case, without folder and .exe; aliases are resolved
	Written  string // the name as the script writes it
	Args     []CallArg
	Input    Value // what the pipeline feeds; Nothing without one
	Operator string
}

// CallArg is one argument: a parameter, a value, or a parameter with its value
// joined by a colon.
type CallArg struct {
	script.Pos
	Param string // in lower case; "" for a value alone
	Value Value
	Given bool // there is a value
}

// Params are the parameters of a cmdlet, for [Call.Bind].
type Params struct {
	Positional []string // in their order
	Named      []string // others that take a value
	Switches   []string // those that take none
}

// common are the parameters of every cmdlet.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_commonparameters
func common() Params {
	return Params{
		Named: []string{
			"erroraction", "ea", "warningaction", "wa", "errorvariable", "ev", "outvariable", "ov", "informationaction", "outbuffer", "pipelinevariable",
			"credential", "filter", "include", "exclude",
		},
		Switches: []string{"verbose", "debug", "whatif", "confirm", "passthru", "force", "usetransaction", "recurse"},
	}
}

// Bound are the arguments of a call by the names of parameters. A switch has the
// value true, or what follows its colon.
type Bound struct {
	Values map[string]Value
	Rest   []Value // values that no parameter takes
	Odd    bool    // a parameter that the cmdlet does not have, or splatted arguments that are not known
}

// Has says whether a parameter was given.
func (b Bound) Has(name string) bool { _, ok := b.Values[name]; return ok }

// Bind gives the arguments their parameters, as a cmdlet does: names may be cut
// short, and values without one take the positions that are left.
func (c *Call) Bind(p Params) Bound {
	b := Bound{Values: map[string]Value{}}
	shared := common()
	var loose []Value
	for i := 0; i < len(c.Args); i++ {
		a := c.Args[i]
		if a.Param == "" {
			if a.Given {
				loose = append(loose, a.Value)
			} else {
				b.Odd = true // splatted, and not known
			}
			continue
		}
		name, isSwitch, ok := p.find(a.Param)
		if !ok {
			name, isSwitch, ok = shared.find(a.Param)
		}
		switch {
		case !ok:
			b.Odd = true
		case isSwitch && a.Given:
			b.Values[name] = a.Value
		case isSwitch:
			b.Values[name] = Truth(true)
		case a.Given:
			b.Values[name] = a.Value
		case i+1 < len(c.Args) && c.Args[i+1].Param == "" && c.Args[i+1].Given:
			i++
			b.Values[name] = c.Args[i].Value
		default:
			b.Odd = true
		}
	}
	for _, name := range p.Positional {
		if len(loose) > 0 && !b.Has(name) {
			b.Values[name], loose = loose[0], loose[1:]
		}
	}
	b.Rest = loose
	return b
}

// find is the parameter of a name that may be cut short.
func (p Params) find(name string) (full string, isSwitch, ok bool) {
	for _, list := range [][]string{p.Positional, p.Named} {
		for _, n := range list {
			if n == name {
				return n, false, true
			}
		}
	}
	for _, n := range p.Switches {
		if n == name {
			return n, true, true
		}
	}
	found := 0
	try := func(n string, is bool) {
		if strings.HasPrefix(n, name) {
			full, isSwitch = n, is
			found++
		}
	}
	for _, list := range [][]string{p.Positional, p.Named} {
		for _, n := range list {
			try(n, false)
		}
	}
	for _, n := range p.Switches {
		try(n, true)
	}
	return full, isSwitch, found == 1
}

// Words are the arguments as a program gets them; ok is false for those that are
// not known.
func (c *Call) Words() (words []string, ok []bool) {
	add := func(s string, known bool) { words, ok = append(words, s), append(ok, known) }
	for _, a := range c.Args {
		switch {
		case a.Param != "" && a.Given:
			text, known := a.Value.Text()
			add("-"+a.Param+":"+text, known)
		case a.Param != "":
			add("-"+a.Param, true)
		default:
			for _, v := range a.Value.Each() {
				text, known := v.Text()
				add(text, known && a.Given)
			}
		}
	}
	return words, ok
}

// aliases are the names that Windows PowerShell has for the commands that matter
// here, each before its command.
const aliases = "% foreach-object foreach foreach-object ? where-object where where-object sp set-itemproperty rp remove-itemproperty " +
	"clp clear-itemproperty gp get-itemproperty cpp copy-itemproperty mp move-itemproperty rnp rename-itemproperty " +
	"ni new-item md new-item mkdir new-item ri remove-item rm remove-item rd remove-item del remove-item erase remove-item " +
	"rmdir remove-item si set-item gi get-item gci get-childitem dir get-childitem ls get-childitem cpi copy-item " +
	"cp copy-item copy copy-item mi move-item mv move-item move move-item rni rename-item ren rename-item cd set-location " +
	"sl set-location chdir set-location pushd push-location popd pop-location icm invoke-command iex invoke-expression " +
	"iwr invoke-webrequest curl invoke-webrequest wget invoke-webrequest irm invoke-restmethod sv set-variable " +
	"set set-variable nv new-variable echo write-output write write-output ipmo import-module start start-process " +
	"saps start-process sajb start-job ndr new-psdrive mount new-psdrive sal set-alias select select-object sort sort-object " +
	"ft format-table fl format-table fw format-table gv get-variable sleep start-sleep"

// unalias is the command that an alias stands for, or the name itself.
func unalias(name string) string {
	fields := strings.Fields(aliases)
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == name {
			return fields[i+1]
		}
	}
	return name
}

// baseName is a program's name without its folder and .exe, in lower case.
func baseName(name string) string {
	name = lower(strings.TrimSpace(name))
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimSuffix(name, ".exe")
}

// pipeline runs the commands of a pipeline, each fed by the one before.
func (r *Run) pipeline(p *syntax.Pipeline) Value {
	v := Value{Kind: Nothing}
	for i, e := range p.Elements {
		if r.cur == nil {
			break
		}
		if e.Expr != nil {
			v = r.eval(e.Expr)
			continue
		}
		input := v
		if i == 0 {
			input = Value{Kind: Nothing}
		}
		v = r.command(e.Command, input)
	}
	if p.Next != nil && r.cur != nil {
		if p.OnError { // what is done here is taken to succeed
			r.aside(OnError, func() { r.pipeline(p.Next) })
		} else {
			v = r.pipeline(p.Next)
		}
	}
	if r.cur == nil {
		return Value{Kind: Nothing}
	}
	return v
}

// command evaluates the name and the arguments of a command and runs it.
func (r *Run) command(c *syntax.Command, input Value) Value {
	name := r.eval(c.Name)
	call := &Call{Pos: c.Pos, Input: input, Operator: c.Operator}
	for _, a := range c.Args {
		call.Args = append(call.Args, r.argument(a)...)
	}
	if r.cur == nil || !r.step(c.Pos) {
		return Value{}
	}
	if name.Kind == Code {
		return r.invoke(name.Block, call.Args, input)
	}
	text, ok := name.Text()
	if !ok || text == "" {
		r.world.Unclear(r, c.Pos, "")
		return Value{}
	}
	return r.named(lower(text), call)
}

// argument evaluates one argument; a splatted table gives many.
func (r *Run) argument(a syntax.Arg) []CallArg {
	one := CallArg{Pos: a.Pos, Param: a.Param}
	if a.Value == nil {
		return []CallArg{one}
	}
	one.Value, one.Given = r.eval(a.Value), true
	if !a.Splat {
		return []CallArg{one}
	}
	switch one.Value.Kind {
	case Table:
		var list []CallArg
		for name, v := range one.Value.Table {
			list = append(list, CallArg{Pos: a.Pos, Param: name, Value: v, Given: true})
		}
		return list
	case Array:
		return positional(one.Value.Items, a.Pos)
	case Null:
		return nil
	}
	return []CallArg{{Pos: a.Pos}}
}

// named runs a function of the script, a command of the language, or asks the
// world.
func (r *Run) named(name string, c *Call) Value {
	if v := r.lookup("alias:" + name); v.Kind == String {
		name = lower(v.Str)
	}
	if f := r.lookup("function:" + name); f.Kind == Code && c.Operator != "." {
		return r.invoke(f.Block, c.Args, c.Input)
	}
	c.Written = name
	c.Name = unalias(name)
	if c.Name == name {
		c.Name = baseName(name)
	}
	if v, ok := r.builtin(c); ok {
		return v
	}
	v, ok := r.world.Command(r, c)
	if !ok {
		r.world.Unclear(r, c.Pos, name)
	}
	return v
}

// invoke runs a block in a scope of its own.
func (r *Run) invoke(b *syntax.Block, args []CallArg, input Value) Value {
	if b == nil || r.cur == nil {
		return Value{}
	}
	if r.calls >= maxCalls {
		r.world.Unclear(r, b.First(script.Pos{Line: 1, Column: 1}), "")
		return Value{}
	}
	r.calls++
	defer func() { r.calls-- }()
	r.called[b] = true
	depth := len(r.cur.scopes)
	r.cur.scopes = append(r.cur.scopes, map[string]Value{})
	r.bind(b.Params, args)
	v, e := r.collect(func() exits {
		if !b.Process || input.Kind == Nothing {
			r.Assign("input", input)
			return r.block(b)
		}
		return r.perItem(input, b)
	})
	r.cur = join(r.cur, e.ret, splitOf(e.ret))
	for _, s := range []*snap{r.cur, e.exit, e.throw} {
		if s != nil && len(s.scopes) > depth {
			s.scopes = s.scopes[:depth]
		}
	}
	r.leave(e)
	return v
}

// leave keeps the ways on which an expression leaves the script, for the block
// that it stands in.
func (r *Run) leave(e exits) {
	r.pending.add(exits{exit: e.exit, throw: e.throw})
	if r.cur == nil {
		if s := join(e.exit, e.throw, script.Pos{}); s != nil {
			r.last = s
		}
	}
}

// bind sets the parameters of a function.
func (r *Run) bind(params []syntax.Param, args []CallArg) {
	names := Params{}
	for _, p := range params {
		if p.Switch {
			names.Switches = append(names.Switches, p.Name)
		} else {
			names.Positional = append(names.Positional, p.Name)
		}
	}
	b := (&Call{Args: args}).Bind(names)
	for _, p := range params {
		v, given := b.Values[p.Name]
		switch {
		case given:
		case b.Odd || r.mode == Uncalled || p.Needed:
			v = Value{}
		case p.Default != nil:
			v = r.eval(p.Default)
		case p.Switch:
			v = Truth(false)
		default:
			v = Value{Kind: Null}
		}
		r.Assign(p.Name, v)
	}
	if args != nil {
		r.Assign("args", listOf(b.Rest))
	}
}

// perItem runs a block once for each item of the input, which is $_ in it.
func (r *Run) perItem(input Value, b *syntax.Block) exits {
	if !input.Known() && input.Kind != Array || len(input.Each()) > maxTurns {
		return r.unknownTurns(b.First(script.Pos{Line: 1, Column: 1}), func() exits {
			r.Assign("_", Value{})
			r.Assign("psitem", Value{})
			return r.block(b)
		})
	}
	var all exits
	for _, item := range input.Each() {
		if r.cur == nil {
			break
		}
		r.Assign("_", item)
		r.Assign("psitem", item)
		e := r.block(b)
		r.cur = join(r.cur, e.ret, splitOf(e.ret)) // return ends one turn
		e.ret = nil
		all.add(e)
	}
	return all
}

// inline runs text as a script in the scope at hand.
func (r *Run) inline(text string, at script.Pos) Value {
	if r.calls >= maxCalls {
		r.world.Unclear(r, at, "")
		return Value{}
	}
	r.calls++
	defer func() { r.calls-- }()
	b := syntax.ParseInside(text, at)
	v, e := r.collect(func() exits { return r.block(b) })
	r.cur = join(r.cur, e.ret, splitOf(e.ret))
	r.leave(e)
	return v
}

// decodeCommand reads what follows -EncodedCommand: UTF-16 in base64.
func decodeCommand(s string) (string, bool) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(raw)%2 != 0 || len(raw) > script.MaxSize {
		return "", false
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i]) | uint16(raw[2*i+1])<<8
	}
	return string(utf16.Decode(units)), true
}
