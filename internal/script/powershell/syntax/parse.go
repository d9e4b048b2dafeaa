package syntax

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsready/internal/script"
)

// Limits of the parser: people nest a dozen deep.
const (
	maxDepth    = 100
	maxBrackets = 4096 // bytes of a type or an attribute
	maxShown    = 120  // bytes of what could not be read, for a message
)

// Parse reads a script. It never fails: what it cannot read is an [Unparsed]
// statement.
func Parse(text string) *Block { return parse(text, nil) }

// ParseInside reads a script that stands as text in another one: every place is there.
func ParseInside(text string, at script.Pos) *Block { return parse(text, &at) }

func parse(text string, fixed *script.Pos) *Block {
	p := &parser{text: text, fixed: fixed, starts: []int{0}, pos: script.Pos{Line: 1, Column: 1}}
	for i := range len(text) {
		if text[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	if len(text) > script.MaxSize {
		return &Block{Statements: []Statement{&Unparsed{p.pos, p.show(0)}}}
	}
	b := &Block{}
	for {
		p.statements(b)
		if p.end() {
			b.Requires = p.requires
			return b
		}
		b.Statements = append(b.Statements, p.rest(p.i)) // a bracket that closes nothing
	}
}

// parser goes through the text once, from left to right.
type parser struct {
	text  string
	i     int
	depth int

	starts []int       // of the lines
	fixed  *script.Pos // the place of everything, for text inside a script

	requires []Literal

	seen int        // up to where pos has counted
	pos  script.Pos // of seen
}

func (p *parser) end() bool { return p.i >= len(p.text) }

// peek is the byte at an offset from here; 0 past the end.
func (p *parser) peek(offset int) byte {
	if p.i+offset >= len(p.text) {
		return 0
	}
	return p.text[p.i+offset]
}

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.text[p.i:], prefix) }

// at is the place of a byte. Going forward costs what lies between.
func (p *parser) at(i int) script.Pos {
	if p.fixed != nil {
		return *p.fixed
	}
	if i < p.seen {
		return p.before(i)
	}
	for p.seen < i {
		if c := p.text[p.seen]; c == '\n' {
			p.pos.Line++
			p.pos.Column = 1
		} else if utf8.RuneStart(c) {
			p.pos.Column++
		}
		p.seen++
	}
	return p.pos
}

// before is the place of any byte.
func (p *parser) before(i int) script.Pos {
	if p.fixed != nil {
		return *p.fixed
	}
	line := sort.SearchInts(p.starts, i+1)
	return script.Pos{Line: line, Column: 1 + utf8.RuneCountInString(p.text[p.starts[line-1]:i])}
}

// show is the beginning of the text from i, up to the end of its line.
func (p *parser) show(i int) string {
	text := p.text[i:]
	if n := strings.IndexByte(text, '\n'); n >= 0 {
		text = text[:n]
	}
	if len(text) > maxShown {
		text = text[:maxShown]
	}
	return strings.TrimSpace(strings.ToValidUTF8(text, ""))
}

// rest gives up on the line that holds what begins at from, and goes on after the
// line that the parser has reached.
func (p *parser) rest(from int) *Unparsed {
	u := &Unparsed{p.before(from), p.show(from)}
	if n := strings.IndexByte(p.text[p.i:], '\n'); n >= 0 {
		p.i += n + 1
	} else {
		p.i = len(p.text)
	}
	return u
}

// space passes over blanks, comments and continued lines.
func (p *parser) space() {
	for !p.end() {
		switch c := p.text[p.i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			p.i++
		case p.has("`\r\n"):
			p.i += 3
		case p.has("`\n"):
			p.i += 2
		case p.has("<#"):
			p.i += upTo(p.text[p.i:], "#>")
		case c == '#':
			n := strings.IndexByte(p.text[p.i:], '\n')
			if n < 0 {
				n = len(p.text) - p.i
			}
			p.requirement(p.text[p.i : p.i+n])
			p.i += n
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(p.text[p.i:])
			if !unicode.IsSpace(r) && r != '\u200b' && r != '\ufeff' {
				return
			}
			p.i += n
		default:
			return
		}
	}
}

// requirement keeps a #requires line, once.
func (p *parser) requirement(comment string) {
	const mark = "#requires"
	if len(comment) <= len(mark) || !strings.EqualFold(comment[:len(mark)], mark) {
		return
	}
	pos := p.before(p.i)
	for _, have := range p.requires {
		if have.Pos == pos {
			return
		}
	}
	p.requires = append(p.requires, Literal{pos, strings.TrimSpace(comment)})
}

// lines passes over line ends too.
func (p *parser) lines() {
	for p.space(); !p.end() && p.text[p.i] == '\n'; p.space() {
		p.i++
	}
}

// upTo is the length up to and including the end mark, or all of s if it is missing.
func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// statements reads up to a bracket that closes something else, or the end.
func (p *parser) statements(b *Block) {
	for {
		p.lines()
		switch {
		case p.end() || p.peek(0) == '}' || p.peek(0) == ')':
			return
		case p.peek(0) == ';':
			p.i++
			continue
		}
		start := p.i
		p.statement(b)
		if p.i == start { // nothing was taken: no statement begins so
			b.Statements = append(b.Statements, p.rest(start))
		}
	}
}

// statement reads one statement into the block. Named blocks and param belong to
// the block itself.
func (p *parser) statement(b *Block) {
	if p.depth > maxDepth {
		b.Statements = append(b.Statements, p.rest(p.i))
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	start, pos := p.i, p.at(p.i)
	p.attributes()
	word := p.word()
	if word != "" {
		switch word {
		case "param":
			p.i += len(word)
			params, ok := p.params()
			if b.Params = append(b.Params, params...); !ok {
				b.Statements = append(b.Statements, p.rest(start))
			}
			return
		case "begin", "process", "end", "dynamicparam", "clean":
			if p.namedBlock(b, word) {
				return
			}
		}
		if s := p.keyword(word, pos, start); s != nil {
			b.Statements = append(b.Statements, s)
			p.finish(b, start)
			return
		}
		p.i = start
	}
	b.Statements = append(b.Statements, p.pipelineOrAssign())
	p.finish(b, start)
}

// attributes passes over […] before param, which says how a script is called.
func (p *parser) attributes() {
	start := p.i
	for p.peek(0) == '[' {
		p.brackets()
		p.lines()
	}
	if p.word() != "param" {
		p.i = start
	}
}

// finish requires that a statement ends where the parser has stopped.
func (p *parser) finish(b *Block, start int) {
	closed := p.text[p.i-1] == '}'
	p.space()
	if p.end() || strings.IndexByte("\n;})", p.text[p.i]) >= 0 {
		return
	}
	if last, ok := b.Statements[len(b.Statements)-1].(*Unparsed); ok && last != nil {
		return
	}
	// Keywords end with a block, and a statement may follow that at once.
	if _, ok := b.Statements[len(b.Statements)-1].(*Pipeline); !ok && closed {
		return
	}
	if p.i > start {
		b.Statements = append(b.Statements, p.rest(start))
	}
}

// word is the bare word that comes next, in lower case, without taking it; "" if it
// does not have the form of a keyword.
func (p *parser) word() string {
	n := p.i
	for n < len(p.text) && isLetter(p.text[n]) {
		n++
	}
	if n == p.i || n < len(p.text) && (isName(p.text[n]) || strings.IndexByte("-.:\\", p.text[n]) >= 0) {
		return ""
	}
	return strings.ToLower(p.text[p.i:n])
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isName(c byte) bool { return c == '_' || isLetter(c) || isDigit(c) }

// namedBlock reads begin {…} and its like into the block: they run in order.
func (p *parser) namedBlock(b *Block, word string) bool {
	start := p.i
	p.i += len(word)
	p.lines()
	body := p.block()
	if body == nil {
		p.i = start
		return false
	}
	b.Process = b.Process || word == "process"
	b.Statements = append(b.Statements, body.Statements...)
	return true
}

// block reads {…}; nil if there is none.
func (p *parser) block() *Block {
	if p.peek(0) != '{' || p.depth > maxDepth {
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	start := p.i
	p.i++
	b := &Block{}
	for {
		p.statements(b)
		switch {
		case p.peek(0) == '}':
			p.i++
			return b
		case p.end():
			b.Statements = append(b.Statements, &Unparsed{p.before(start), p.show(start)}) // it is not closed
			return b
		}
		b.Statements = append(b.Statements, p.rest(p.i))
	}
}

// params reads (…) after param or a function's name.
func (p *parser) params() ([]Param, bool) {
	p.lines()
	if p.peek(0) != '(' {
		return nil, false
	}
	p.i++
	var list []Param
	for {
		p.lines()
		var one Param
		for p.peek(0) == '[' { // attributes and types
			text := strings.ToLower(p.brackets())
			one.Switch = one.Switch || strings.Trim(text, "[] ") == "switch"
			one.Needed = one.Needed || strings.Contains(text, "mandatory") && !strings.Contains(text, "mandatory=$false") && !strings.Contains(text, "mandatory = $false")
			p.lines()
		}
		switch p.peek(0) {
		case ')':
			p.i++
			return list, true
		case ',':
			p.i++
			continue
		case '$':
		default:
			return list, false
		}
		v, ok := p.variable().(*Variable)
		if !ok {
			return list, false
		}
		one.Name = v.Name
		if p.lines(); p.peek(0) == '=' {
			p.i++
			p.lines()
			if one.Default = p.binary(0, false); one.Default == nil {
				return list, false
			}
		}
		list = append(list, one)
	}
}

// brackets takes a balanced […] as text, strings in it as a whole.
func (p *parser) brackets() string {
	start, depth := p.i, 0
	for !p.end() && p.i-start < maxBrackets {
		switch c := p.text[p.i]; c {
		case '[', '(', '{':
			depth++
		case ']', ')', '}':
			depth--
		case '\'', '"':
			end := min(len(p.text), start+maxBrackets)
			n := strings.IndexByte(p.text[p.i+1:max(end, p.i+1)], c)
			if n < 0 {
				return p.text[start:p.i]
			}
			p.i += n + 1
		}
		p.i++
		if depth == 0 {
			break
		}
	}
	return p.text[start:p.i]
}
