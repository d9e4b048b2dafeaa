// Package cmdfile prints decisions as a part of a batch file: what cmd.exe, reg.exe
// and findstr.exe of every Windows can follow.
package cmdfile

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/decide"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

//go:embed verdict.cmd
var parts string

// Head is what the verdict is about.
type Head struct {
	Name    func(lang string) string // of the service
	Service string                   // as the user names it on a command line
	On      string                   // the day that is judged
}

// Verdict is the part of a batch file that gives the verdict, beginning with the label
// "verdict". Its lines end with LF; the Japanese sentences are in code page 932. It
// fails for what cannot stand in a batch file.
func Verdict(d *decide.Decision, m *stack.Model, h Head) ([]byte, error) {
	w := &writer{decision: d, model: m, head: h, nodes: map[*decide.Node]int{}, values: map[string]int{}, changes: map[string]int{}, needs: map[string]int{}}
	w.buf.WriteString(parts)
	w.systems()
	w.installed()
	for i, part := range d.Parts {
		w.part(i, part)
	}
	for len(w.queue) > 0 {
		n := w.queue[0]
		w.queue = w.queue[1:]
		w.node(n)
	}
	w.roots()
	for _, lang := range message.Languages() {
		w.heading(lang)
		w.tellRow(lang)
		w.tell(lang)
	}
	return w.buf.Bytes(), w.err
}

// writer collects the text.
type writer struct {
	decision *decide.Decision
	model    *stack.Model
	head     Head
	buf      bytes.Buffer
	err      error
	nodes    map[*decide.Node]int // their numbers, in the order in which they are met
	queue    []*decide.Node
	values   map[string]int // their numbers
	changes  map[string]int // commands, by their number
	needs    map[string]int // prerequisites
	commands []string
	required []string
	labels   int
	names    []string // how names of programs are compared
}

func (w *writer) add(format string, args ...any) { fmt.Fprintf(&w.buf, format+"\n", args...) }

// sentence is one line of output. What cmd would act on cannot stand in it, also not
// as the second byte of a Japanese character, which a console with another code page
// would take for a character of its own.
func (w *writer) sentence(lang, text string) {
	w.buf.WriteString("echo ")
	w.buf.Write(printed(lang, text))
	w.buf.WriteByte('\n')
}

// say is a sentence of ours in a language.
func (w *writer) say(lang, id string, args ...message.Arg) {
	w.sentence(lang, message.For(lang).Render(message.New("spot."+id, args...)))
}

func printed(lang, text string) (raw []byte) {
	encoder := japanese.ShiftJIS.NewEncoder()
	for _, r := range text {
		one, err := encoder.Bytes([]byte(string(r)))
		if err != nil || lang != "ja" && r > 0x7e || bytes.ContainsAny(one, "|&<>%!\r\n") || r == '^' {
			one = []byte("?")
		}
		raw = append(raw, one...)
	}
	if bytes.HasSuffix(raw, []byte("^")) { // would join the next line on another console
		raw = append(raw, ' ')
	}
	return raw
}

// systems chooses the part of the decisions.
func (w *writer) systems() {
	w.add("\n:system")
	for _, s := range w.decision.Systems {
		bits := "64"
		if s.OS.X86() {
			bits = "32"
		}
		kind := ""
		if s.OS.Type != "" {
			kind = ` if "%TYPE%"=="` + s.OS.Type + `"`
		}
		w.add(`if "%%BUILD%%-%%BITS%%"=="%d-%s"%s set "PART=%d"`, s.OS.Build, bits, kind, slices.Index(w.decision.Parts, s.Part))
	}
	w.add("exit /b 0")
}

// installed finds out which of the programs are here.
func (w *writer) installed() {
	w.add("\n:installed\ncall :names")
	for i, p := range w.decision.Programs {
		switch {
		case w.decision.Explicit || !p.Caller.Recognisable():
			w.add(`set "HERE%d=1"`, i)
			continue
		}
		w.add(`set "HERE%d="`, i)
		for _, ref := range p.Presence {
			w.add(`set "SEEN=" & call :one SEEN "%s" %s`, long(ref.Key), ref.Name)
			w.add(`if defined SEEN set "HERE%d=1"`, i)
		}
		for _, name := range p.Caller.Programs {
			w.program(i, name)
		}
		w.add(`if not exist "%%ANSWER%%.names" set "HERE%d=1"`, i)
	}
	for _, l := range w.decision.Left {
		w.add(`call :doubt %s "%s"`, l.Why, l.Caller.ID)
	}
	w.add("exit /b 0")
	for i, line := range w.names {
		w.add(":name%d\n%s\nexit /b 0", i+1, line)
	}
}

// program looks for a name among the uninstall entries. A name that goes on after a
// blank is the program too; of a pattern with * it is enough to hold its words, and what
// a pattern with ! leaves out is judged all the same.
func (w *writer) program(i int, name string) {
	words := strings.Trim(name, "*")
	if strings.HasPrefix(name, "!") {
		return
	}
	w.add(`call :program "%s"`, words)
	if words != name {
		w.add(`for %%%%F in ("%%ANSWER%%") do if not "%%%%~zF"=="0" set "HERE%d=1"`, i)
		return
	}
	w.names = append(w.names, fmt.Sprintf(`if /i "%%NAME:~0,%d%%"=="%s " set "HERE%d=1"`, len(name)+1, name, i))
	w.add(`for /f "usebackq tokens=1,2,*" %%%%A in ("%%ANSWER%%") do set "NAME=%%%%C " & call :name%d`, len(w.names))
}

// long spells a key as reg.exe prints it.
func long(key string) string {
	if rest, ok := strings.CutPrefix(key, `HKLM\`); ok {
		return `HKEY_LOCAL_MACHINE\` + rest
	}
	return key
}

// part reads what a part asks for, and judges by it.
func (w *writer) part(i int, p *decide.Part) {
	values, updates := p.Asked()
	w.add("\n:part%d", i)
	w.updates(p, updates)
	w.read(values)
	for _, g := range p.Guards {
		w.add(`call :guard %d "%s" "%s %s"`, w.number(g.Ref), allowed(g), long(g.Ref.Key), g.Ref.Name)
	}
	if len(p.Rows) == 0 {
		w.add(`call :doubt system "%%BUILD%%"`)
	}
	for _, r := range p.Rows {
		w.add(`call :row %d "%s" %d`, r.Program, r.Stack, w.label(r.Root))
	}
	w.add("exit /b 0")
}

func allowed(g decide.Guard) string {
	text := ","
	for k, ok := range g.Allowed {
		if ok {
			text += fmt.Sprint(k) + ","
		}
	}
	return text
}

func (w *writer) number(r host.Ref) int {
	if _, ok := w.values[r.Folded()]; !ok {
		w.values[r.Folded()] = len(w.values)
	}
	return w.values[r.Folded()]
}

func (w *writer) label(n *decide.Node) int {
	if _, ok := w.nodes[n]; !ok {
		w.nodes[n] = len(w.nodes)
		w.queue = append(w.queue, n)
	}
	return w.nodes[n]
}

// read takes the values key by key and puts each into its class.
func (w *writer) read(values []decide.Value) {
	for len(values) > 0 {
		key := values[0].Ref.Key
		line := `call :take "` + long(key) + `"`
		var classes []string
		for len(values) > 0 && host.SameName(values[0].Ref.Key, key) {
			n := w.number(values[0].Ref)
			line += fmt.Sprintf(" %d %s", n, values[0].Ref.Name)
			classes = append(classes, classOf(n, values[0].Domain))
			values = values[1:]
		}
		w.add("%s", line)
		for _, c := range classes {
			w.add("%s", c)
		}
	}
}

// classOf is the command that finds the class of a value.
func classOf(n int, d decide.Domain) string {
	var words, steps, bits []string
	exact, mask := 0, uint32(0)
	for _, c := range d {
		switch {
		case c.Kind == decide.Text:
			return fmt.Sprintf("call :word %d", n)
		case c.Kind == decide.List:
			words = append(words, c.Words...)
		case c.Kind == decide.Number && c.Mask != 0:
			mask = c.Mask
			bits = append(bits, fmt.Sprint(c.Bits))
		case c.Kind == decide.Number && c.Min == c.Max:
			exact++
		case c.Kind == decide.Number && c.Min > 2:
			steps = append(steps, fmt.Sprint(c.Min))
		}
	}
	switch {
	case len(words) > 0:
		return fmt.Sprintf("call :list %d %s", n, strings.Join(words, " "))
	case len(bits) > 0:
		return fmt.Sprintf("call :bits %d %d %s", n, mask, strings.Join(bits, " "))
	case len(steps) > 0:
		return fmt.Sprintf("call :steps %d %s", n, strings.Join(steps, " "))
	case exact > 0:
		return fmt.Sprintf("call :number %d %d", n, exact)
	}
	return fmt.Sprintf("call :there %d", n)
}

// updates finds out which of the updates are there.
func (w *writer) updates(p *decide.Part, ids []string) {
	if len(ids) == 0 {
		return
	}
	seen := []string{}
	var lines []string
	for _, id := range ids {
		u, _ := w.model.UpdateInfo(id)
		proofs := append([]string{id}, u.AlsoProvedBy...)
		for _, proof := range proofs {
			if text := "for_" + proof; !slices.Contains(seen, text) {
				seen = append(seen, text)
			}
		}
		builds := []int{}
		for _, s := range w.decision.Systems {
			if s.Part != p || slices.Contains(builds, s.OS.Build) {
				continue
			}
			builds = append(builds, s.OS.Build)
			var files []string
			for _, name := range slices.Sorted(maps.Keys(u.Files)) {
				if least := u.Files[name][s.OS.Version]; least != "" {
					files = append(files, name+"/"+least)
				}
			}
			if len(files) < len(u.Files) {
				files = nil
			}
			lines = append(lines, fmt.Sprintf(`if "%%BUILD%%"=="%d" call :update %s %d "%s" "%s"`,
				s.OS.Build, id, u.Revision[s.OS.Build], strings.Join(files, " "), strings.Join(proofs, " ")))
		}
	}
	w.add(`set "IDS=%s"`, strings.Join(seen, " "))
	w.add("call :packages\ncall :fileversions")
	for _, line := range lines {
		w.add("%s", line)
	}
}

// node is a question, or an answer.
func (w *writer) node(n *decide.Node) {
	w.add("\n:n%d", w.nodes[n])
	switch {
	case n.Answer != nil:
		w.answer(n.Answer)
	case n.Update != "":
		w.add(`if "%%U_%s%%"=="yes" goto n%d`, n.Update, w.label(n.Yes))
		w.add(`if "%%U_%s%%"=="no" goto n%d`, n.Update, w.label(n.No))
		w.add("goto notknown")
	default:
		number := w.number(*n.Value)
		for k, next := range n.Next {
			w.add(`if "%%C%d%%"=="%d" goto n%d`, number, k, w.label(next))
		}
		w.add("goto notread")
	}
}

func (w *writer) answer(a *decide.Answer) {
	w.add(`set "V=%s"`, a.Verdict)
	if a.Cause != "" {
		w.add(`set "CAUSE=%s"`, a.Cause)
	}
	if a.Verdict == verdict.Unknown {
		w.add("call :doubt %s", a.Why)
	}
	if a.Verdict == verdict.Fails && len(a.Changes) == 0 {
		w.add(`set "UNSURE=1"`)
	}
	for _, p := range a.Prerequisites {
		text := string(p.Kind) + " " + p.ID
		if _, ok := w.needs[text]; !ok {
			w.needs[text] = len(w.needs)
			w.required = append(w.required, text)
		}
		w.add(`set "N%d=1"`, w.needs[text])
	}
	for _, c := range a.Changes {
		w.add(`set "S%d=1"`, w.command(c))
	}
	for _, g := range a.Holds {
		w.add(`call :holds %d "%s"`, w.number(g.Ref), allowed(g))
	}
	if a.Restart > 0 {
		w.add(`if %%WHEN%% lss %d set "WHEN=%d"`, a.Restart, a.Restart)
	}
	w.add("exit /b 0")
}
