package scripts

import (
	"regexp"
	"slices"
	"strings"

	"tlsready/internal/program/protocol"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// Files gives the text of a file by its path from the script's folder; ok is false
// if there is no such file.
type Files func(path string) (text string, ok bool)

// maxIncluded bounds how many other files one script takes in.
const maxIncluded = 50

// PowerShell reads a script as Windows PowerShell 5.1 would run it without arguments,
// or PowerShell 7 if it asks for that.
func PowerShell(text string, module bool, files Files) Reading {
	block := syntax.Parse(text)
	core := coreByHead(text, block)
	read := func(core Place) (Reading, Place) {
		var r Reading
		w := newWorld(&r, files)
		w.core, w.module = core.Text != "", module
		w.follow(block)
		r.Core = core
		return r, w.coreSeen
	}
	r, seen := read(core)
	if core.Text == "" && seen.Text != "" {
		r, _ = read(seen)
	}
	r.sort()
	return r
}

// coreByHead is what says at the head of a script that it is one for PowerShell 6 or
// later.
func coreByHead(text string, b *syntax.Block) Place {
	asks := regexp.MustCompile(`(?i)-(?:version\s+["']?([6-9]|\d\d)\b|psedition\s+["']?core\b)`)
	for _, one := range b.Requires {
		if asks.MatchString(one.Value) {
			return Place{Pos: one.Pos, Text: one.Value}
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(line, "#!") && strings.Contains(line, "pwsh") {
		return Place{Pos: script.Pos{Line: 1, Column: 1}, Text: strings.TrimSpace(line)}
	}
	return Place{}
}

// psWorld is what a PowerShell script acts on, as far as TLS is concerned.
type psWorld struct {
	out    *Reading
	files  Files
	core   bool
	module bool

	coreSeen Place    // what asks for PowerShell 6 or later
	usings   []string // namespaces
	included int
	requests []request // those that happen
	offered  []request // those in functions that nobody in the script calls
	sets     []setPlace
	retry    *Place // versions named only after an error
}

// request is a connection of the PowerShell's own stack.
type request struct {
	script.Pos
	to    string
	alts  []alternative
	doubt *Place
	core  bool // made by what takes no notice of ServicePointManager
}

// setPlace is a place that names versions for the whole process.
type setPlace struct {
	Place
	idle bool // it is not reached
}

func newWorld(out *Reading, files Files) *psWorld { return &psWorld{out: out, files: files} }

// follow goes through a script and adds what it says to the reading.
func (w *psWorld) follow(b *syntax.Block) {
	end := powershell.Follow(b, w, newState(), w.given()).(*state)
	if len(w.requests) == 0 && (w.module || onlyDefines(b)) {
		w.requests = w.offered
	}
	asked := map[script.Pos]bool{}
	for _, q := range w.requests {
		for _, a := range q.alts {
			asked[a.at] = true
		}
		w.settle(q)
	}
	set := slices.IndexFunc(end.alts, func(a alternative) bool { return a.at.Line > 0 })
	if len(w.requests) == 0 && set >= 0 { // it is set for whoever connects
		at := end.alts[set].at
		asked[at] = true
		w.settle(request{Pos: at, to: protocolProperty, alts: end.alts, doubt: end.doubt})
	}
	for _, s := range w.sets {
		if s.idle || !asked[s.Pos] && len(w.requests) > 0 && s.Code == "" {
			if s.Code == "" {
				s.Code = "after"
			}
			w.out.Idle = addPlace(w.out.Idle, s.Place)
		}
	}
}

// onlyDefines says whether a script is a collection of functions.
func onlyDefines(b *syntax.Block) bool {
	found := false
	for _, s := range b.Statements {
		switch s.(type) {
		case *syntax.Function:
			found = true
		case *syntax.Assign, *syntax.Definition:
		default:
			return false
		}
	}
	return found
}

// protocolProperty is what versions are given to for the whole process.
const protocolProperty = "ServicePointManager.SecurityProtocol"

// settle turns a request into the versions that it asks for.
func (w *psWorld) settle(q request) {
	if q.core {
		w.out.use(Use{Pos: q.Pos, Stack: Framework, To: q.to})
		return
	}
	if q.doubt != nil {
		w.out.unclear(*q.doubt)
	}
	var uses []Use
	for _, a := range q.alts {
		u, ok := Use{}, true // the default, whatever a condition says of it
		if a.at.Line > 0 {
			u, ok = a.use()
			u.Pos, u.To = a.at, protocolProperty
		} else {
			u.Pos, u.To = q.Pos, q.to
		}
		u.Stack = Framework
		if !ok {
			w.out.unclear(Place{Pos: u.Pos, Code: "taken", Text: protocolProperty})
			u = Use{Pos: u.Pos, Stack: Framework, To: u.To}
		}
		uses = append(uses, u)
	}
	if len(uses) > 1 && q.doubt == nil {
		for _, a := range q.alts {
			if a.at.Line > 0 {
				w.out.unclear(Place{Pos: a.at, Code: "condition", Text: protocolProperty})
			}
		}
	}
	for _, u := range uses {
		w.out.use(u)
	}
}

// given are the variables that PowerShell sets.
func (w *psWorld) given() map[string]powershell.Value {
	text, number := powershell.TextValue, powershell.NumberValue
	table := func(m map[string]powershell.Value) powershell.Value {
		return powershell.Value{Kind: powershell.Table, Table: m}
	}
	major, minor, edition, windows := int64(5), int64(1), "Desktop", powershell.Value{Kind: powershell.Null}
	if w.core {
		major, minor, edition, windows = 7, 4, "Core", powershell.Truth(true)
	}
	version := table(map[string]powershell.Value{"major": number(major), "minor": number(minor), "build": {}, "revision": {}})
	command := table(map[string]powershell.Value{"path": text(`.\script.ps1`), "definition": text(`.\script.ps1`), "source": text(`.\script.ps1`), "name": text("script.ps1")})
	return map[string]powershell.Value{
		"psversiontable": table(map[string]powershell.Value{
			"psversion": version, "psedition": text(edition), "clrversion": {}, "buildversion": {}, "os": {}, "platform": {}, "wsmanstackversion": {},
		}),
		"psedition": text(edition), "iswindows": windows, "iscoreclr": windows,
		"psscriptroot": text("."), "pscommandpath": text(`.\script.ps1`),
		"myinvocation": table(map[string]powershell.Value{"mycommand": command, "invocationname": text("script.ps1"), "line": {}, "boundparameters": {}, "scriptname": {}, "pscommandpath": {}}),
	}
}

// Enter begins another process, in which nothing is set yet; what it sets ends with it.
func (w *psWorld) Enter(powershell.State) powershell.State          { return newState() }
func (w *psWorld) Leave(outer, _ powershell.State) powershell.State { return outer }

func at(r *powershell.Run) *state { return r.State().(*state) }

// ask takes note of a connection of the PowerShell's own stack.
func (w *psWorld) ask(r *powershell.Run, pos script.Pos, to string, core bool) {
	if r.Rehearsing() || len(w.requests) > 20*maxPlaces {
		return
	}
	s := at(r).clone()
	q := request{Pos: pos, to: to, alts: s.alts, doubt: s.doubt, core: core && w.core}
	switch r.Mode() {
	case powershell.Live:
		if q.doubt == nil {
			q.doubt = w.retry
		}
		w.requests = append(w.requests, q)
	case powershell.Uncalled:
		w.offered = append(w.offered, q)
	case powershell.OnError:
		if len(s.alts) != 1 || s.alts[0].at.Line > 0 && !slices.ContainsFunc(w.requests, func(have request) bool { return slices.Equal(have.alts, s.alts) }) {
			w.out.unclear(Place{Pos: pos, Code: "on-error", Text: to})
		}
	}
}

// direct takes note of a connection that names its versions itself, or of another
// stack.
func (w *psWorld) direct(r *powershell.Run, u Use) {
	if !r.Rehearsing() && r.Mode() == powershell.Live || r.Mode() == powershell.Uncalled && w.module {
		w.out.use(u)
	}
}

// doubt says that what is in force is not known from here on.
func (w *psWorld) doubt(r *powershell.Run, p Place) {
	if !r.Rehearsing() {
		at(r).doubt = &p
	}
}

// unclear takes note of something that is not certain.
func (w *psWorld) unclear(r *powershell.Run, p Place) {
	if !r.Rehearsing() && (r.Mode() == powershell.Live || r.Mode() == powershell.Uncalled && w.module) {
		w.out.unclear(p)
	}
}

// set takes versions into force for the process.
func (w *psWorld) set(r *powershell.Run, pos script.Pos, v powershell.Value) {
	if r.Rehearsing() {
		return
	}
	c, ok, code := given(v)
	p := Place{Pos: pos, Text: protocolProperty}
	switch r.Mode() {
	case powershell.Unreached:
		p.Code = "unreached"
	case powershell.Uncalled:
		p.Code = "uncalled"
	case powershell.Elsewhere:
		p.Code = "elsewhere"
	case powershell.OnError:
		w.retry = &Place{Pos: pos, Code: "on-error", Text: protocolProperty}
	case powershell.Live:
		if r.Sure() {
			w.retry = nil
		}
	}
	w.sets = append(w.sets, setPlace{p, p.Code != ""})
	if !ok {
		s := at(r)
		s.set(choice{{base: true}}, pos)
		s.doubt = &Place{Pos: pos, Code: code, Text: protocolProperty}
		return
	}
	at(r).set(c, pos)
}

// given reads a value that is given to SecurityProtocol or SslProtocols. Code is why
// it cannot be told.
func given(v powershell.Value) (c choice, ok bool, code string) {
	if c, ok := chosen(v); ok {
		if len(c) == 1 && !c[0].base && c[0].on == 0x3000 {
			return nil, false, "tls13"
		}
		return c, true, ""
	}
	switch v.Kind {
	case powershell.String:
		if strings.Contains(strings.ToLower(v.Str), "tls13") {
			return nil, false, "tls13" // below .NET Framework 4.8 the whole text is refused
		}
		return nil, false, "value-bad"
	case powershell.Array:
		if !v.Known() {
			return nil, false, "value"
		}
		sum := constant(0)
		for _, item := range v.Items {
			one, ok, code := given(item)
			if !ok {
				return nil, false, code
			}
			if sum, ok = operate("bor", sum, one); !ok {
				return nil, false, "value"
			}
		}
		return sum, true, ""
	}
	return nil, false, "value"
}

// chosen is a value as settings: an object of ours, a number, or a text of names.
func chosen(v powershell.Value) (choice, bool) {
	if c, ok := v.Object.(choice); ok {
		return c, true
	}
	switch v.Kind {
	case powershell.Int:
		return constant(uint32(v.Int)), true
	case powershell.String:
		n, ok := protocol.Names(v.Str)
		return constant(n), ok && !strings.Contains(strings.ToLower(v.Str), "tls13")
	}
	return nil, false
}

// Unclear takes note of something that may do anything: only text that runs as a
// script can change what is in force.
func (w *psWorld) Unclear(r *powershell.Run, pos script.Pos, what string) {
	switch {
	case r.Tired():
		w.unclear(r, Place{Pos: pos, Code: "too-much"})
	case what == "invoke-expression":
		w.doubt(r, Place{Pos: pos, Code: "expression", Text: "Invoke-Expression"})
	}
}

// Unparsed takes note of a statement that nobody can read.
func (w *psWorld) Unparsed(r *powershell.Run, pos script.Pos, text string) {
	w.unclear(r, Place{Pos: pos, Code: "unparsed", Text: text})
}

// Assume keeps what a condition says about the versions in force.
func (w *psWorld) Assume(r *powershell.Run, c powershell.Cond, is bool) {
	if h, ok := c.Of.(holds); ok {
		at(r).assume(h.mask, is)
	}
}
