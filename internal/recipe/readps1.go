package recipe

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// The marks in the PowerShell scripts of this package.
const (
	ps1Planned = "== changes =="
	ps1Earlier = "== state before =="
	ps1Done    = "== end of changes =="
)

// ps1Reader goes through the statements of a script.
type ps1Reader struct {
	*reader
	variables map[string]string
	own       bool   // a script of this package
	section   string // the mark that was met last
	wanted    string // the section that counts
	testPath  int    // the line of the last Test-Path
}

// ps1 reads a PowerShell script: our own rows, and in other scripts
// Set-ItemProperty, New-ItemProperty, Remove-ItemProperty and reg.exe.
func (r *reader) ps1(text string) {
	p := &ps1Reader{reader: r, variables: map[string]string{}, wanted: ps1Planned, testPath: -10}
	p.own = strings.Contains(text, "# "+ps1Planned) && strings.Contains(text, "# "+ps1Done)
	var statement []ps1Token
	depth := 0 // of ( and [, inside which a line end does not end a statement
	for _, t := range lexPS1(text) {
		switch {
		case t.kind == ps1Comment:
			if strings.HasPrefix(t.text, "== ") {
				p.section = t.text
			}
			continue
		case t.kind == ps1Word && strings.EqualFold(t.text, "Test-Path"):
			p.testPath = t.line
		case t.kind == ps1Mark && strings.Contains("([", t.text):
			depth++
		case t.kind == ps1Mark && strings.Contains(")]", t.text):
			depth = max(0, depth-1)
		case t.kind == ps1Mark && strings.Contains("{};|", t.text):
			p.statement(statement)
			statement, depth = statement[:0], 0
			continue
		case t.kind == ps1End:
			if depth == 0 || len(statement) > MaxFindings {
				p.statement(statement)
				statement, depth = statement[:0], 0
			}
			continue
		}
		statement = append(statement, t)
	}
	p.statement(statement)
}

func (p *ps1Reader) statement(tokens []ps1Token) {
	if len(tokens) == 0 {
		return
	}
	if p.own {
		p.ownStatement(tokens)
		return
	}
	p.assignment(tokens)
	for i, t := range tokens {
		if t.kind != ps1Word {
			continue
		}
		switch strings.ToLower(t.text) {
		case "set-itemproperty", "sp", "new-itemproperty":
			p.setProperty(t, p.arguments(tokens[i+1:]))
			return
		case "remove-itemproperty", "rp", "clear-itemproperty":
			p.removeProperty(t, p.arguments(tokens[i+1:]))
			return
		case "new-item", "ni", "md", "mkdir":
			p.newItem(t, p.arguments(tokens[i+1:]))
			return
		case "remove-item", "ri", "rd", "del", "rm":
			p.removeItem(t, p.arguments(tokens[i+1:]))
			return
		case "reg", "reg.exe":
			p.regArgs(p.plainArgs(tokens[i:]), t.line, t.column, false)
			return
		}
	}
}

// ownStatement reads `$purpose = 'undo'`, which says that the rows of the earlier
// state count, and `… New-Row 'set' KEY NAME TYPE DATA`.
func (p *ps1Reader) ownStatement(tokens []ps1Token) {
	if p.section == "" {
		p.assignment(tokens)
		if p.variables["purpose"] == "undo" {
			p.wanted = ps1Earlier
		}
		return
	}
	i := slices.IndexFunc(tokens, func(t ps1Token) bool { return t.text == "New-Row" }) + 1
	if p.section != p.wanted || i == 0 || len(tokens) < i+5 {
		return
	}
	at := tokens[i]
	c := host.Change{Key: tokens[i+1].text, Name: tokens[i+2].text, Delete: at.text == "delete"}
	if !c.Delete {
		value := ps1ValueOf(tokens[i+4:], nil)
		data, ok := value.data(host.Type(tokens[i+3].text))
		if !ok {
			p.find(at.line, at.column, Error, "ps1-not-understood", message.Str("what", c.Key+" "+c.Name))
			return
		}
		c.Data = data
	}
	p.change(c, at.line, at.column)
}

// assignment remembers `$name = 'text'`.
func (p *ps1Reader) assignment(tokens []ps1Token) {
	if len(tokens) != 3 || tokens[0].kind != ps1Var || tokens[1].text != "=" || len(p.variables) > 1000 {
		return
	}
	if text, ok := p.resolve(tokens[2]); ok && len(text) <= maxVariable {
		p.variables[strings.ToLower(tokens[0].text)] = text
	}
}

var ps1Variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// resolve is the text of a token with the variables that are known; false where
// one is not.
func (p *ps1Reader) resolve(t ps1Token) (string, bool) {
	switch t.kind {
	case ps1Var:
		text, ok := p.variables[strings.ToLower(t.text)]
		return text, ok
	case ps1Text, ps1Word:
	default:
		return "", false
	}
	if !t.expands && t.kind == ps1Text || !strings.Contains(t.text, "$") {
		return t.text, true
	}
	ok := true
	text := ps1Variable.ReplaceAllStringFunc(t.text, func(m string) string {
		value, known := p.variables[strings.ToLower(strings.Trim(m, "${}"))]
		ok = ok && known
		return value
	})
	return text, ok && !strings.Contains(text, "$(") && len(text) < maxCmdLine
}

// plainArgs are the tokens as the arguments of a program.
func (p *ps1Reader) plainArgs(tokens []ps1Token) []string {
	var args []string
	for _, t := range tokens {
		text, ok := p.resolve(t)
		if !ok {
			text = "%" + t.text + "%" // stands for what is not known
		}
		args = append(args, text)
	}
	return args
}

// ps1Args are the arguments of a cmdlet: by parameter name in lower case without
// the dash, and those without a name.
type ps1Args struct {
	named map[string][]ps1Token
	rest  [][]ps1Token
}

// takesNoValue are the switches that recipes use.
func takesNoValue(parameter string) bool {
	switch parameter {
	case "force", "confirm", "whatif", "verbose", "passthru", "recurse":
		return true
	}
	return false
}

func (p *ps1Reader) arguments(tokens []ps1Token) ps1Args {
	a := ps1Args{named: map[string][]ps1Token{}}
	for i := 0; i < len(tokens); {
		t := tokens[i]
		if t.kind == ps1Word && len(t.text) > 1 && t.text[0] == '-' && !isDigit(t.text[1]) {
			name, _, _ := strings.Cut(strings.ToLower(t.text[1:]), ":")
			i++
			if takesNoValue(name) {
				a.named[name] = nil
				continue
			}
			n := ps1ValueLen(tokens[i:])
			a.named[name] = tokens[i : i+n]
			i += n
			continue
		}
		n := max(1, ps1ValueLen(tokens[i:]))
		if t.kind != ps1Mark || t.text == "(" || t.text == "@" {
			a.rest = append(a.rest, tokens[i:i+n])
		}
		i += n
	}
	return a
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ps1ValueLen is how many tokens one argument has: one, a part in parentheses, or
// several with commas between.
func ps1ValueLen(tokens []ps1Token) int {
	n, depth := 0, 0
	for n < len(tokens) {
		t := tokens[n]
		open := t.kind == ps1Mark && strings.Contains("([", t.text)
		shut := t.kind == ps1Mark && strings.Contains(")]", t.text)
		if shut && depth == 0 {
			return n
		}
		n++
		switch {
		case open:
			depth++
			continue
		case shut:
			depth--
			if t.text == "]" && depth == 0 {
				continue // a type in front of its value
			}
		case t.kind == ps1Mark && (t.text == "@" || t.text == ","):
			continue
		}
		if depth == 0 && (n == len(tokens) || tokens[n].kind != ps1Mark || tokens[n].text != ",") {
			return n
		}
	}
	return n
}

// ps1Value is an argument: one scalar, or a list.
type ps1Value struct {
	items []string
	list  bool
	text  bool // an item was a string
	known bool
}

// ps1ValueOf reads 'a', 1, 0x800, ([int32]-1), @('a', 'b'), ([byte[]]@(1, 2)).
func ps1ValueOf(tokens []ps1Token, resolve func(ps1Token) (string, bool)) ps1Value {
	v := ps1Value{known: true}
	brackets := 0
	for _, t := range tokens {
		if t.kind == ps1Mark {
			switch t.text {
			case "[":
				brackets++
			case "]":
				brackets--
			case "@", ",":
				v.list = true
			}
			continue
		}
		if brackets > 0 {
			continue
		}
		item := t.text
		if resolve != nil {
			var ok bool
			if item, ok = resolve(t); !ok {
				v.known = false
			}
		}
		v.text = v.text || t.kind == ps1Text
		v.items = append(v.items, item)
	}
	return v
}

// data types the value; with no type as the registry provider does: numbers are
// DWORDs, lists MULTI_SZ, all else SZ.
func (v ps1Value) data(t host.Type) (host.Data, bool) {
	if !v.known || len(v.items) == 0 && !v.list {
		return host.Data{}, false
	}
	if t == "" {
		switch {
		case v.list:
			t = host.MultiSZ
		case v.text:
			t = host.SZ
		default:
			t = host.DWORD
		}
	}
	switch t {
	case host.MultiSZ:
		return host.Data{Type: t, Strings: v.items}, true
	case host.Binary:
		return v.bytes()
	}
	if len(v.items) != 1 {
		return host.Data{}, false
	}
	switch t {
	case host.SZ, host.ExpandSZ:
		return host.Data{Type: t, Text: v.items[0]}, true
	case host.DWORD:
		n, ok := parsePS1Number(v.items[0], 32)
		return host.Dword(uint32(n)), ok
	case host.QWORD:
		n, ok := parsePS1Number(v.items[0], 64)
		return host.Data{Type: t, Number: n}, ok
	}
	return host.Data{}, false
}

func (v ps1Value) bytes() (host.Data, bool) {
	d := host.Data{Type: host.Binary}
	for _, item := range v.items {
		n, ok := parsePS1Number(item, 64)
		if !ok || n > 255 {
			return d, false
		}
		d.Bytes = append(d.Bytes, byte(n))
	}
	return d, true
}

// parsePS1Number reads decimal, 0x and negative numbers; those are the two's
// complement of their width.
func parsePS1Number(text string, bits int) (uint64, bool) {
	low := strings.ToLower(text)
	if rest, ok := strings.CutPrefix(low, "0x"); ok {
		n, err := strconv.ParseUint(rest, 16, bits)
		return n, err == nil
	}
	if strings.HasPrefix(low, "-") {
		n, err := strconv.ParseInt(low, 10, bits)
		return uint64(n) & (1<<bits - 1), err == nil
	}
	n, err := strconv.ParseUint(low, 10, bits)
	return n, err == nil
}

// ps1Types are the names of -PropertyType.
func ps1Type(name string) (host.Type, bool) {
	switch strings.ToLower(name) {
	case "":
		return "", true
	case "dword":
		return host.DWORD, true
	case "qword":
		return host.QWORD, true
	case "string":
		return host.SZ, true
	case "expandstring":
		return host.ExpandSZ, true
	case "multistring":
		return host.MultiSZ, true
	case "binary":
		return host.Binary, true
	}
	return "", false
}

// get is an argument by one of its names, else by its position among those
// without a name; the position is -1 where it has none.
func (a ps1Args) get(position int, names ...string) []ps1Token {
	for _, n := range names {
		if tokens, ok := a.named[n]; ok {
			return tokens
		}
	}
	if position >= 0 && position < len(a.rest) {
		return a.rest[position]
	}
	return nil
}

// text is an argument that is one string.
func (p *ps1Reader) text(tokens []ps1Token) (string, bool) {
	v := ps1ValueOf(tokens, p.resolve)
	if !v.known || len(v.items) != 1 {
		return "", false
	}
	return v.items[0], true
}

var ps1Roots = regexp.MustCompile(`(?i)^(?:Microsoft\.PowerShell\.Core\\)?(?:Registry::)?(HKLM|HKCU|HKU|HKCR|HKEY_[A-Z_]+):?[\\/]*`)

// registryKey is the key that a path of the registry provider names. ok is false
// for paths elsewhere.
func registryKey(path string) (key string, ok bool) {
	m := ps1Roots.FindStringSubmatch(path)
	if m == nil {
		return "", false
	}
	rest := path[len(m[0]):]
	return host.NormalKey(strings.ToUpper(m[1]) + `\` + rest), true
}

// property reads what the three property cmdlets have in common. Named
// arguments move the others forward.
func (p *ps1Reader) property(at ps1Token, a ps1Args) (key, name string, next int, ok bool) {
	pathAt, nameAt := 0, 1
	if _, named := a.named["path"]; named {
		pathAt, nameAt = -1, 0
	} else if _, named := a.named["literalpath"]; named {
		pathAt, nameAt = -1, 0
	}
	next = nameAt + 1
	if _, named := a.named["name"]; named {
		nameAt, next = -1, next-1
	}
	where, okPath := p.text(a.get(pathAt, "path", "literalpath"))
	name, okName := p.text(a.get(nameAt, "name"))
	key, registry := registryKey(where)
	if okPath && !registry {
		return "", "", 0, false // another provider
	}
	if !okPath || !okName {
		p.find(at.line, at.column, Warning, "ps1-not-understood", message.Str("what", at.text))
		return "", "", 0, false
	}
	if strings.Contains(key, "/") {
		p.find(at.line, at.column, Error, "ps1-key-separator", message.Str("part", path.Base(strings.ReplaceAll(key[:strings.LastIndexByte(key, '/')], `\`, "/"))+key[strings.LastIndexByte(key, '/'):]))
	}
	return key, name, next, true
}

func (p *ps1Reader) setProperty(at ps1Token, a ps1Args) {
	key, name, next, ok := p.property(at, a)
	if !ok {
		return
	}
	typeName, _ := p.text(a.get(-1, "type", "propertytype"))
	t, okType := ps1Type(typeName)
	data, okData := ps1ValueOf(a.get(next, "value"), p.resolve).data(t)
	if !okType || !okData {
		p.find(at.line, at.column, Warning, "ps1-not-understood", message.Str("what", key+" "+name))
		return
	}
	p.change(host.Change{Key: key, Name: name, Data: data}, at.line, at.column)
}

func (p *ps1Reader) removeProperty(at ps1Token, a ps1Args) {
	if key, name, _, ok := p.property(at, a); ok {
		p.change(host.Change{Key: key, Name: name, Delete: true}, at.line, at.column)
	}
}

// guardLines is how far above New-Item a Test-Path counts as its guard.
const guardLines = 3

func (p *ps1Reader) newItem(at ps1Token, a ps1Args) {
	_, force := a.named["force"]
	where, ok := p.text(a.get(0, "path", "literalpath"))
	_, registry := registryKey(where)
	if force && (registry || !ok) && at.line-p.testPath > guardLines {
		p.find(at.line, at.column, Error, "ps1-new-item-force")
	}
}

func (p *ps1Reader) removeItem(at ps1Token, a ps1Args) {
	where, _ := p.text(a.get(0, "path", "literalpath"))
	if key, registry := registryKey(where); registry {
		p.find(at.line, at.column, Error, "ps1-deletes-key", message.Str("key", key))
	}
}
