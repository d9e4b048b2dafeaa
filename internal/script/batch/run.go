package batch

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/script"
)

// Limits of following a script.
const (
	maxSteps  = 100_000 // commands, all ways taken together
	maxWays   = 2000    // different states at the beginnings of lines
	maxCalls  = 20
	maxTurns  = 1000 // turns of one for loop
	maxValue  = 8191
	maxStates = 64 // ways that are followed at once through one line
)

// Mode says whether what is looked at would happen.
type Mode int

// The modes.
const (
	Live      Mode = iota
	Unreached      // after goto or exit, or under a condition that is false
	OnError        // only if something before it fails
)

// World is what a script acts on.
type World interface {
	// Command runs a command that is not one of cmd.exe's own. It gives the exit status,
	// and whether that is known.
	Command(r *Run, c *Command) (status int, known bool)
	// Unclear takes note of something that may do anything.
	Unclear(r *Run, at script.Pos, what string)
}

// State is what a world remembers along a way through the script.
type State interface {
	Clone() State
	// Join is what is known at a point that the script reached by one of two ways, which
	// part at a condition.
	Join(other State, at script.Pos) State
	// Same says whether two ways came to the same.
	Same(other State) bool
}

// Command is a command with its words.
type Command struct {
	script.Pos
	Text  string // with its quotes; Unknown stands for what is not known
	Words []string
}

// way is one way through the script, up to a point.
type way struct {
	vars    map[string]string // by name in lower case; the value may hold Unknown
	status  int
	known   bool // the status is
	state   State
	locals  []local
	delayed bool
	split   script.Pos // the condition at which it parted from others
	args    []string   // of the script or of a call
}

// local is what setlocal keeps.
type local struct {
	vars    map[string]string
	delayed bool
}

func (w *way) clone() *way {
	c := *w
	c.vars, c.state = maps.Clone(w.vars), w.state.Clone()
	c.locals = slices.Clip(w.locals)
	return &c
}

func (w *way) same(o *way) bool {
	return w.status == o.status && w.known == o.known && w.delayed == o.delayed && len(w.locals) == len(o.locals) &&
		maps.Equal(w.vars, o.vars) && slices.Equal(w.args, o.args) && w.state.Same(o.state)
}

// join makes one way of two that go on together.
func join(a, b *way, at script.Pos) *way {
	out := a.clone()
	out.state = a.state.Join(b.state, at)
	for name, v := range b.vars {
		if have, ok := out.vars[name]; !ok || have != v {
			out.vars[name] = Unknown
		}
	}
	for name := range out.vars {
		if _, ok := b.vars[name]; !ok {
			out.vars[name] = Unknown
		}
	}
	if a.status != b.status || !b.known {
		out.known = false
	}
	out.delayed = a.delayed && b.delayed
	return out
}

// jump says where a way goes from a command.
type jump struct {
	kind  jumpKind
	label string
}

type jumpKind int

const (
	onward jumpKind = iota
	toLabel
	leave // exit /b, goto :eof: the end of the call
	quit  // exit: the end of the script
)

type outcome struct {
	*way
	jump
}

// Run follows one script.
type Run struct {
	world   World
	text    string
	lines   *lines
	labels  map[string]int // by name in lower case: the line after it
	visited map[int][]*way
	reached map[int]bool
	now     *way
	mode    Mode
	steps   int
	ways    int
	calls   int
	tired   bool
	batch   bool
	letters map[string]string // variables of for
	ended   []*way
}

// Follow goes through a batch file, started without arguments, and gives the state
// at its end.
func Follow(text string, w World, start State) State {
	r := &Run{world: w, text: text, lines: newLines(text), visited: map[int][]*way{}, reached: map[int]bool{}, batch: true, labels: map[string]int{}, letters: map[string]string{}}
	if len(text) > script.MaxSize {
		w.Unclear(r, script.Pos{Line: 1, Column: 1}, "")
		return start
	}
	r.findLabels()
	first := &way{vars: map[string]string{}, state: start, known: true}
	r.now = first
	ends := append(r.from(0, first), r.ended...)
	r.remarkUnreached(first)
	return sum(ends, start)
}

// Line runs one command line, as cmd /c does.
func Line(text string, at script.Pos, w World, start State) State {
	l := newLines(text)
	l.fixed = &at
	r := &Run{world: w, text: text, lines: l, visited: map[int][]*way{}, reached: map[int]bool{}, labels: map[string]int{}, letters: map[string]string{}}
	first := &way{vars: map[string]string{}, state: start, known: true}
	r.now = first
	return sum(append(r.from(0, first), r.ended...), start)
}

// sum is what is known when the script may have ended in several ways.
func sum(ends []*way, start State) State {
	if len(ends) == 0 {
		return start
	}
	state := ends[0].state
	for _, e := range ends[1:] {
		if !state.Same(e.state) {
			state = state.Join(e.state, e.split)
		}
	}
	return state
}

func (r *Run) findLabels() {
	for n, start := range r.lines.starts {
		line := r.text[start:]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		line = strings.TrimLeft(line, " \t,;=@")
		if !strings.HasPrefix(line, ":") || strings.HasPrefix(line, "::") {
			continue
		}
		name := labelName(line[1:])
		if _, there := r.labels[name]; name != "" && !there { // the first one below goto is taken; usually there is only one
			r.labels[name] = n + 1
		}
	}
}

// labelName is a label without what may follow it.
func labelName(s string) string {
	s = strings.TrimLeft(s, " \t:")
	if i := strings.IndexAny(s, " \t\r:+,;=&|<>"); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(s)
}

// State is what the world remembers at this point.
func (r *Run) State() State { return r.now.state }

// Mode says whether what is being looked at would happen.
func (r *Run) Mode() Mode { return r.mode }

// Batch says whether the commands stand in a batch file.
func (r *Run) Batch() bool { return r.batch }

func (r *Run) step(at script.Pos) bool {
	r.steps++
	if r.steps <= maxSteps {
		return true
	}
	r.tire(at)
	return false
}

// tire takes note that there is too much to follow.
func (r *Run) tire(at script.Pos) {
	if !r.tired {
		r.tired = true
		r.mode = Live
		r.world.Unclear(r, at, "")
	}
}

type point struct {
	line int
	*way
}

// from follows the script from a line and gives the ways at the end of this call.
func (r *Run) from(line int, w *way) (ends []*way) {
	ahead := []point{{line, w}}
	for len(ahead) > 0 {
		p := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		if p.line >= len(r.lines.starts) || r.lines.starts[p.line] >= len(r.text) {
			ends = append(ends, p.way)
			continue
		}
		if r.seen(p) {
			continue
		}
		if r.ways++; r.ways > maxWays {
			r.now = p.way
			r.tire(r.lines.at(r.lines.starts[p.line]))
			ends = append(ends, p.way)
			continue
		}
		n, next := r.read(p.line, p.way)
		for _, o := range r.exec(n, p.way) {
			switch o.kind {
			case onward:
				ahead = append(ahead, point{next, o.way})
			case leave:
				ends = append(ends, o.way)
			case quit:
				r.ended = append(r.ended, o.way)
			default:
				target, ok := r.labels[o.label]
				if !ok || strings.Contains(o.label, Unknown) {
					r.now = o.way
					if strings.Contains(o.label, Unknown) {
						r.world.Unclear(r, r.lines.at(r.lines.starts[p.line]), "goto")
					}
					r.ended = append(r.ended, o.way) // cmd.exe ends with an error
					continue
				}
				ahead = append(ahead, point{target, o.way})
			}
		}
	}
	return ends
}

// seen says whether a way like this one was at the line before.
func (r *Run) seen(p point) bool {
	key := p.line*(maxCalls+1) + r.calls
	for _, w := range r.visited[key] {
		if w.same(p.way) {
			return true
		}
	}
	if len(r.visited[key]) < maxStates {
		r.visited[key] = append(r.visited[key], p.way.clone())
	}
	return false
}

// read parses the command that begins at a line, with the variables as they are,
// and gives the line after it.
func (r *Run) read(line int, w *way) (node, int) {
	start := r.lines.starts[line]
	p := &parser{
		text: r.text, i: start, lines: r.lines, batch: r.batch,
		expand: func(name string) (string, bool) { return expandName(name, w.vars, w) },
		arg:    func(name string) (string, bool) { return argument(name, w.args) },
	}
	n := p.sequence()
	if !p.end() && p.text[p.i] != '\n' { // a bracket too many
		p.toLineEnd()
	}
	end := r.lines.line(min(p.i, len(r.text)))
	for l := line; l <= end; l++ {
		r.reached[l] = true
	}
	return n, end + 1
}

// remarkUnreached looks at the lines that no way came to.
func (r *Run) remarkUnreached(w *way) {
	if r.tired {
		return
	}
	r.mode = Unreached
	for line := 0; line < len(r.lines.starts); line++ {
		if r.reached[line] || r.lines.starts[line] >= len(r.text) {
			continue
		}
		n, next := r.read(line, w)
		r.exec(n, w.clone())
		line = max(line, next-1)
		if r.steps > maxSteps {
			return
		}
	}
	r.mode = Live
}

// argument is %1, %* or %~dp0 of a call.
func argument(name string, args []string) (string, bool) {
	if name == "*" {
		return strings.Join(args, " "), true
	}
	if strings.EqualFold(name, "~dp0") {
		return Folder, true
	}
	n, err := strconv.Atoi(name[len(name)-1:])
	if err != nil || n == 0 {
		return "", false // the script itself: its path is not known
	}
	value := ""
	if n <= len(args) {
		value = args[n-1]
	}
	switch mod := strings.TrimPrefix(name[:len(name)-1], "~"); {
	case name[0] != '~':
		return value, true
	case mod == "":
		return strings.Trim(value, `"`), true
	}
	return "", value == ""
}

// expandName is the value of what stands between percent signs: a variable, a part
// of one, or one with something replaced.
func expandName(name string, vars map[string]string, w *way) (string, bool) {
	base, mod, hasMod := strings.Cut(name, ":")
	value, set := vars[strings.ToLower(base)]
	if !set {
		switch strings.ToLower(base) {
		case "errorlevel":
			return strconv.Itoa(w.status), w.known
		case "systemroot", "windir":
			value = `C:\Windows`
		default:
			return "", false
		}
	}
	if strings.Contains(value, Unknown) {
		return "", false
	}
	if !hasMod {
		return value, true
	}
	if rest, ok := strings.CutPrefix(mod, "~"); ok {
		return substring(value, rest)
	}
	old, with, ok := strings.Cut(mod, "=")
	if !ok || old == "" || old[0] == '*' {
		return "", false
	}
	return replaceFold(value, old, with), true
}

func replaceFold(s, old, with string) string {
	var b strings.Builder
	low, what := strings.ToLower(s), strings.ToLower(old)
	if len(low) != len(s) {
		return strings.ReplaceAll(s, old, with)
	}
	for {
		i := strings.Index(low, what)
		if i < 0 || b.Len() > maxValue {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i] + with)
		s, low = s[i+len(old):], low[i+len(old):]
	}
}

// substring is %x:~start,length%.
func substring(s, spec string) (string, bool) {
	first, second, two := strings.Cut(spec, ",")
	start, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return "", false
	}
	if start < 0 {
		start = max(0, len(s)+start)
	}
	start = min(start, len(s))
	end := len(s)
	if two {
		n, err := strconv.Atoi(strings.TrimSpace(second))
		if err != nil {
			return "", false
		}
		if end = start + n; n < 0 {
			end = len(s) + n
		}
	}
	return s[start:min(max(end, start), len(s))], true
}
