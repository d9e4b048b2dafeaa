// Package batch parses batch files of cmd.exe and follows them without running
// them.
//
// cmd.exe reads a line, replaces %NAME% in it, and only then takes it apart; a
// block in parentheses is read, and its variables replaced, as a whole. So lines
// are parsed when the walk comes to them, with the variables of that moment.
// https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
package batch

import (
	"strings"
	"unicode/utf8"

	"tlsready/internal/script"
)

// Unknown stands in a text for what the script does not say: an environment
// variable, a token of another command's output. It is a character for private
// use, which no script needs.
const Unknown = "\ue000"

// Folder stands for the folder of the script, %~dp0. It is not known, and yet the same.
const Folder = Unknown + "\ue001"

// Limits of the parser.
const (
	maxDepth = 50
	maxText  = 4 * 8191 // bytes of one command: cmd.exe takes 8191 characters
)

// node is a command or what joins commands.
type node interface{}

type (
	// simple is one command with its text, its variables replaced.
	simple struct {
		script.Pos
		text string
	}
	// sequence runs its parts in order; ops[i] stands before parts[i+1]: & && || |.
	sequence struct {
		parts []node
		ops   []string
	}
	// condition is if.
	condition struct {
		script.Pos
		not, fold   bool
		kind        string // "==", "exist", "defined", "errorlevel", "cmdextversion", or EQU and its like
		left, right string
		then, other node // other may be nil
	}
	// loop is for.
	loop struct {
		script.Pos
		option   string // "", "/l", "/f", "/d", "/r"
		options  string // of /f, without quotes
		variable string // a letter
		set      string
		body     node
	}
	// broken is what cannot be taken apart.
	broken struct {
		script.Pos
		text string
	}
)

// parser takes one command with all lines that belong to it from a text.
type parser struct {
	text   string
	i      int
	lines  *lines
	depth  int // of parentheses
	nested int
	expand func(name string) (string, bool) // the value of what stands between percent signs
	arg    func(name string) (string, bool) // of an argument: 1, *, ~dp0
	batch  bool                             // percent signs are doubled
}

// lines gives the place of a byte.
type lines struct {
	text   string
	starts []int
	fixed  *script.Pos
	last   int // the byte that was asked for last: the next one is near, and counted from it
	column int // of it
}

func newLines(text string) *lines {
	l := &lines{text: text, starts: []int{0}, column: 1}
	for i := range len(text) {
		if text[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// at is the line and the column of a byte.
func (l *lines) at(i int) script.Pos {
	if l.fixed != nil {
		return *l.fixed
	}
	n := l.line(i)
	start := l.starts[n]
	end := min(i, start+maxText)
	if l.last < start || l.last > end {
		l.last, l.column = start, 1
	}
	l.column += utf8.RuneCountInString(l.text[l.last:end])
	l.last = end
	return script.Pos{Line: n + 1, Column: l.column}
}

// line is the number of the line of a byte, from 0.
func (l *lines) line(i int) int {
	low, high := 0, len(l.starts)
	for high-low > 1 {
		if mid := (low + high) / 2; l.starts[mid] <= i {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

func (p *parser) end() bool { return p.i >= len(p.text) }

func (p *parser) peek(n int) byte {
	if p.i+n >= len(p.text) {
		return 0
	}
	return p.text[p.i+n]
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=' || c == '\r'
}

func (p *parser) blanks() {
	for !p.end() && (isBlank(p.text[p.i]) || p.text[p.i] == '^' && p.continued()) {
		if p.text[p.i] == '^' {
			p.i += strings.IndexByte(p.text[p.i:], '\n')
		}
		p.i++
	}
}

// continued says whether the caret at hand joins the next line.
func (p *parser) continued() bool {
	return p.peek(1) == '\n' || p.peek(1) == '\r' && p.peek(2) == '\n'
}

// sequence reads commands up to the end of the line, or of the block.
func (p *parser) sequence() node {
	if p.nested > maxDepth {
		return p.giveUp(p.i)
	}
	p.nested++
	defer func() { p.nested-- }()
	s := &sequence{}
	for {
		p.blanks()
		one := p.command()
		if one != nil {
			s.parts = append(s.parts, one)
		}
		p.blanks()
		c := p.peek(0)
		if c != '&' && c != '|' {
			break
		}
		op := string(c)
		p.i++
		if p.peek(0) == c {
			op += op
			p.i++
		}
		if len(s.parts) > 0 && len(s.ops) < len(s.parts) {
			s.ops = append(s.ops, op)
		}
	}
	if len(s.parts) == 1 {
		return s.parts[0]
	}
	return s
}

// giveUp takes the rest of the line for something that is not understood.
func (p *parser) giveUp(from int) node {
	at := p.lines.at(from)
	if n := strings.IndexByte(p.text[p.i:], '\n'); n >= 0 {
		p.i += n
	} else {
		p.i = len(p.text)
	}
	return &broken{at, strings.TrimSpace(p.text[from:min(p.i, from+200)])}
}

// command reads one command; nil if there is none.
func (p *parser) command() node {
	for p.peek(0) == '@' || isBlank(p.peek(0)) && !p.end() {
		p.i++
	}
	switch c := p.peek(0); {
	case p.end() || c == '\n' || c == '&' || c == '|' || c == ')' && p.depth > 0:
		return nil
	case c == '(':
		return p.block()
	case c == ':' || c == ')': // a label, a remark, or a bracket that closes nothing
		p.toLineEnd()
		return nil
	}
	start := p.i
	switch word := p.word(); word {
	case "rem":
		p.i += len(word)
		for p.peek(0) == ' ' || p.peek(0) == '\t' {
			p.i++
		}
		if p.peek(0) != '&' {
			p.toLineEnd()
		}
		return nil
	case "if":
		p.i += len(word)
		if n := p.condition(start); n != nil {
			return n
		}
		return p.giveUp(start)
	case "for":
		p.i += len(word)
		if n := p.loop(start); n != nil {
			return n
		}
		return p.giveUp(start)
	}
	text := p.leaf()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return &simple{p.lines.at(start), text}
}

func (p *parser) toLineEnd() {
	for !p.end() && p.text[p.i] != '\n' {
		p.i++
	}
}

// word is the bare word at hand in lower case, without taking it.
func (p *parser) word() string {
	n := p.i
	for n < len(p.text) && (p.text[n]|0x20 >= 'a' && p.text[n]|0x20 <= 'z') {
		n++
	}
	if n < len(p.text) && !isBlank(p.text[n]) && strings.IndexByte("\n&|()<>/:\"^%!@.", p.text[n]) < 0 {
		return ""
	}
	if n < len(p.text) && strings.IndexByte("/:.", p.text[n]) >= 0 && strings.ToLower(p.text[p.i:n]) != "rem" {
		return ""
	}
	return strings.ToLower(p.text[p.i:n])
}

// block reads ( … ), which may go over many lines.
func (p *parser) block() node {
	start := p.i
	p.i++
	p.depth++
	s := &sequence{}
	for {
		for !p.end() && (isBlank(p.text[p.i]) || p.text[p.i] == '\n') {
			p.i++
		}
		if p.end() {
			p.depth--
			return &broken{p.lines.at(start), "("}
		}
		if p.peek(0) == ')' {
			p.i++
			p.depth--
			p.redirections()
			return s
		}
		before := p.i
		if one := p.sequence(); one != nil {
			if len(s.parts) > 0 {
				s.ops = append(s.ops, "&")
			}
			s.parts = append(s.parts, one)
		}
		if p.i == before {
			p.i++
		}
	}
}

// redirections takes > file and its like.
func (p *parser) redirections() {
	for {
		for p.peek(0) == ' ' || p.peek(0) == '\t' {
			p.i++
		}
		n := 0
		if c := p.peek(0); c >= '0' && c <= '9' {
			n = 1
		}
		if c := p.peek(n); c != '>' && c != '<' {
			return
		}
		p.i += n
		p.redirection()
	}
}

// redirection takes one, from its sign on.
func (p *parser) redirection() {
	for p.peek(0) == '>' || p.peek(0) == '<' || p.peek(0) == '&' {
		p.i++
	}
	for p.peek(0) == ' ' || p.peek(0) == '\t' {
		p.i++
	}
	quoted := false
	for !p.end() {
		c := p.text[p.i]
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' || !quoted && (strings.IndexByte(" \t\r&|<>", c) >= 0 || c == ')' && p.depth > 0) {
			return
		}
		p.i++
	}
}

// leaf reads the text of a command up to what ends it.
func (p *parser) leaf() string {
	var b strings.Builder
	quoted := false
	for !p.end() && b.Len() < maxText {
		c := p.text[p.i]
		switch {
		case c == '\n':
			return b.String()
		case c == '%':
			b.WriteString(p.percent())
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '^':
			if p.continued() {
				p.i += strings.IndexByte(p.text[p.i:], '\n') + 1
				continue
			}
			if p.i++; p.end() {
				return b.String()
			}
			c = p.text[p.i]
		case c == '&' || c == '|' || c == ')' && p.depth > 0:
			return b.String()
		case c == '>' || c == '<':
			trimHandle(&b)
			p.redirection()
			continue
		}
		b.WriteByte(c)
		p.i++
	}
	if b.Len() >= maxText {
		p.toLineEnd()
		return b.String() + Unknown
	}
	return b.String()
}

// trimHandle takes the 2 of "2>nul" back.
func trimHandle(b *strings.Builder) {
	text := b.String()
	n := len(text)
	if n > 1 && text[n-1] >= '0' && text[n-1] <= '9' && (text[n-2] == ' ' || text[n-2] == '\t') {
		b.Reset()
		b.WriteString(text[:n-1])
	}
}

// percent replaces what begins with a percent sign. What a variable brings that
// cmd.exe would take for syntax is not followed.
func (p *parser) percent() string {
	if p.peek(1) == '%' && p.batch {
		p.i += 2
		return "%"
	}
	if p.batch {
		if c := p.peek(1); c == '*' || c >= '0' && c <= '9' {
			p.i += 2
			return p.given(p.arg(string(c)))
		}
		if p.peek(1) == '~' {
			n := 2
			for c := p.peek(n) | 0x20; c >= 'a' && c <= 'z'; c = p.peek(n) | 0x20 {
				n++
			}
			if c := p.peek(n); c >= '0' && c <= '9' {
				name := strings.ToLower(p.text[p.i+1 : p.i+n+1])
				p.i += n + 1
				return p.given(p.arg(name))
			}
		}
	}
	rest := p.text[p.i+1:]
	if line := strings.IndexByte(rest, '\n'); line >= 0 {
		rest = rest[:line]
	}
	name, _, closed := strings.Cut(rest, "%")
	if !closed || name == "" || len(name) > 300 {
		p.i++
		if p.batch {
			return ""
		}
		return "%"
	}
	p.i += len(name) + 2
	return p.given(p.expand(name))
}

func (p *parser) given(value string, known bool) string {
	if !known || strings.ContainsAny(value, "&|<>^\n") && !strings.Contains(value, `"`) {
		return Unknown
	}
	return value
}

// token reads one word of a condition.
func (p *parser) token() string {
	p.blanksOnly()
	var b strings.Builder
	quoted := false
	for !p.end() {
		c := p.text[p.i]
		switch {
		case c == '%':
			b.WriteString(p.percent())
			continue
		case c == '"':
			quoted = !quoted
		case c == '\n':
			return b.String()
		case quoted:
		case c == '^' && p.i+1 < len(p.text) && !p.continued():
			p.i++
			c = p.text[p.i]
		case c == ' ' || c == '\t' || c == '\r' || c == ',' || c == ';' || c == '=' || strings.IndexByte("&|<>()", c) >= 0:
			return b.String()
		}
		b.WriteByte(c)
		p.i++
	}
	return b.String()
}

func (p *parser) blanksOnly() {
	for c := p.peek(0); c == ' ' || c == '\t' || c == '\r' || c == ',' || c == ';'; c = p.peek(0) {
		p.i++
	}
}
