package recipe

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// cmd reads a batch file: the reg add and reg delete commands, in the order of
// the text. Of a file that this package wrote, only what stands between its marks.
func (r *reader) cmd(text string) {
	own := strings.Contains(text, cmdBegin) && strings.Contains(text, cmdEnd)
	inside, number := !own, 0
	variables := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimRight(line, "\r")
		switch strings.TrimSpace(line) {
		case cmdBegin:
			inside = true
			continue
		case cmdEnd:
			inside = !own
			continue
		}
		if !inside || len(line) > 4*maxCmdLine { // no cmd runs a longer one
			continue
		}
		for _, c := range splitCmdLine(expandCmd(line, variables)) {
			args := splitCRT(c.text)
			noteSet(c.text, args, variables)
			r.regArgs(args, number, c.column, own)
		}
	}
}

// noteSet remembers `set NAME=value` and `set "NAME=value"`.
func noteSet(raw string, args []string, variables map[string]string) {
	if len(args) < 2 || !strings.EqualFold(strings.TrimLeft(args[0], "@"), "set") || strings.HasPrefix(args[1], "/") {
		return
	}
	_, rest, _ := strings.Cut(strings.TrimLeft(raw, " \t@"), " ")
	rest = strings.TrimSpace(rest)
	if strings.HasPrefix(rest, `"`) {
		rest = strings.TrimSuffix(rest[1:], `"`)
	}
	if name, value, ok := strings.Cut(rest, "="); ok && len(value) <= maxVariable && len(variables) < 1000 {
		variables[strings.ToLower(name)] = value
	}
}

// expandCmd does cmd's percent expansion with the variables that are known: %% is
// a percent sign, an unknown variable stays as it is. The result is bounded by
// the length that cmd itself takes.
func expandCmd(line string, variables map[string]string) string {
	if !strings.Contains(line, "%") {
		return line
	}
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] != '%' || b.Len() > maxCmdLine {
			b.WriteByte(line[i])
			continue
		}
		if i+1 < len(line) && line[i+1] == '%' {
			b.WriteByte('%')
			i++
			continue
		}
		name, _, closed := strings.Cut(line[i+1:], "%")
		value, known := variables[strings.ToLower(name)]
		if closed && known {
			b.WriteString(value)
			i += len(name) + 1
			continue
		}
		b.WriteByte('%')
	}
	return b.String()
}

// cmdPart is one command of a line.
type cmdPart struct {
	text   string
	column int // from 1, in characters
}

// splitCmdLine takes a line apart at & | ( ) outside quotes, leaves out
// redirections and resolves carets, as cmd does.
func splitCmdLine(line string) []cmdPart {
	var parts []cmdPart
	var b strings.Builder
	start, quoted := -1, false
	flush := func() {
		if start >= 0 && strings.TrimSpace(b.String()) != "" {
			parts = append(parts, cmdPart{b.String(), utf8.RuneCountInString(line[:start]) + 1})
		}
		b.Reset()
		start = -1
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '^' && i+1 < len(line):
			i++
			c = line[i]
		case strings.IndexByte("&|()", c) >= 0:
			flush()
			continue
		case c == '>' || c == '<':
			i = skipRedirection(line, i)
			trimHandle(&b)
			continue
		}
		if start < 0 && c != ' ' && c != '\t' {
			start = i
		}
		b.WriteByte(c)
	}
	flush()
	return parts
}

// trimHandle takes the 2 of "2>nul" back.
func trimHandle(b *strings.Builder) {
	text := b.String()
	n := len(text)
	if n > 1 && text[n-1] >= '0' && text[n-1] <= '9' && text[n-2] == ' ' {
		b.Reset()
		b.WriteString(text[:n-1])
	}
}

// skipRedirection is the position of the last byte of ">nul", ">> file", "2>&1".
func skipRedirection(line string, at int) int {
	at++
	for at < len(line) && strings.IndexByte("><& \t", line[at]) >= 0 {
		at++
	}
	for at < len(line) && strings.IndexByte(" \t&|()<>", line[at]) < 0 {
		at++
	}
	return at - 1
}

// splitCRT takes a command line apart as the C runtime does: blanks separate,
// quotes keep together, 2n backslashes and a quote are n backslashes and a quote
// mark, 2n+1 are n backslashes and a quote character.
// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
func splitCRT(s string) []string {
	var args []string
	var b strings.Builder
	quoted, any, slashes := false, false, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			slashes++
			any = true
			continue
		}
		if c == '"' {
			b.WriteString(strings.Repeat(`\`, slashes/2))
			if slashes%2 == 1 {
				b.WriteByte('"')
			} else {
				quoted = !quoted
			}
			slashes, any = 0, true
			continue
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		slashes = 0
		if (c == ' ' || c == '\t') && !quoted {
			if any {
				args = append(args, b.String())
			}
			b.Reset()
			any = false
			continue
		}
		any = true
		b.WriteByte(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	if any {
		args = append(args, b.String())
	}
	return args
}

// regArgs reads the arguments of one command, if it is reg add or reg delete;
// they may stand behind "if", "call" or "cmd /c".
func (r *reader) regArgs(args []string, line, column int, own bool) {
	if len(args) == 0 || args[0][:min(1, len(args[0]))] == ":" {
		return
	}
	switch strings.ToLower(strings.TrimLeft(args[0], "@")) {
	case "rem", "echo", "set", "title", "":
		return
	}
	for i := 0; i+2 < len(args); i++ {
		if !isReg(args[i]) {
			continue
		}
		switch strings.ToLower(args[i+1]) {
		case "add":
			r.regCommand(args[i+2:], false, line, column, own)
			return
		case "delete":
			r.regCommand(args[i+2:], true, line, column, own)
			return
		}
	}
}

func isReg(arg string) bool {
	arg = strings.ToLower(strings.TrimLeft(arg, "@"))
	arg = arg[strings.LastIndexByte(arg, '\\')+1:]
	return arg == "reg" || arg == "reg.exe"
}

// regOptions are the options of reg add and reg delete.
type regOptions struct {
	name, kind, data, separator, view string
	hasName, all, force               bool
}

func (r *reader) regCommand(args []string, isDelete bool, line, column int, own bool) {
	key := args[0]
	o, bad := readRegOptions(args[1:])
	switch {
	case bad != "" && !strings.HasPrefix(bad, "/"):
		r.find(line, column, Error, "cmd-key-unquoted")
		return
	case bad != "" || strings.ContainsAny(key+o.name+o.kind+o.data, "%!") && !own:
		r.find(line, column, Warning, "cmd-not-understood", message.Str("command", strings.Join(args, " ")))
		return
	case isDelete && (o.all || !o.hasName):
		r.find(line, column, Error, "cmd-deletes-key", message.Str("key", key))
		return
	case !o.hasName:
		return // makes the key alone
	}
	key = host.NormalKey(key)
	switch {
	case o.view == "32":
		key = wowKey(key)
	case o.view == "" && !own && strings.HasPrefix(strings.ToLower(key), `hklm\software\`):
		r.find(line, column, Note, "cmd-no-view")
	}
	if !o.force {
		r.find(line, column, Warning, "cmd-no-force")
	}
	c := host.Change{Key: key, Name: o.name, Delete: isDelete}
	if !isDelete {
		data, ok := parseRegData(o)
		if !ok {
			r.find(line, column, Error, "cmd-not-understood", message.Str("command", strings.Join(args, " ")))
			return
		}
		c.Data = data
	}
	r.change(c, line, column)
}

// readRegOptions gives the first argument that it cannot read as bad.
func readRegOptions(args []string) (o regOptions, bad string) {
	for i := 0; i < len(args); i++ {
		low := strings.ToLower(args[i])
		target := map[string]*string{"/v": &o.name, "/t": &o.kind, "/d": &o.data, "/s": &o.separator}[low]
		switch {
		case target != nil && i+1 < len(args):
			i++
			*target = args[i]
			o.hasName = o.hasName || low == "/v"
		case low == "/ve":
			o.hasName = true
		case low == "/va":
			o.all = true
		case low == "/f":
			o.force = true
		case low == "/reg:32" || low == "/reg:64":
			o.view = low[5:]
		default:
			return o, args[i]
		}
	}
	return o, ""
}

// wowKey is where the 32-bit view keeps a key of HKLM\SOFTWARE.
func wowKey(key string) string {
	const software = `HKLM\SOFTWARE\`
	if len(key) < len(software) || !strings.EqualFold(key[:len(software)], software) ||
		strings.HasPrefix(strings.ToLower(key[len(software):]), "wow6432node") {
		return key
	}
	return key[:len(software)] + `Wow6432Node\` + key[len(software):]
}

// parseRegData types the text behind /d; REG_SZ without /t.
func parseRegData(o regOptions) (host.Data, bool) {
	d := host.Data{Type: host.Type(strings.ToUpper(o.kind))}
	var err error
	switch d.Type {
	case host.DWORD:
		d.Number, err = parseRegNumber(o.data, 32)
	case host.QWORD:
		d.Number, err = parseRegNumber(o.data, 64)
	case "", host.SZ:
		d.Type, d.Text = host.SZ, o.data
	case host.ExpandSZ:
		d.Text = o.data
	case host.MultiSZ:
		separator := o.separator
		if separator == "" {
			separator = `\0`
		}
		for item := range strings.SplitSeq(o.data, separator) {
			if item != "" {
				d.Strings = append(d.Strings, item)
			}
		}
	case host.Binary:
		d.Bytes, err = hex.DecodeString(o.data)
	default:
		return d, false
	}
	return d, err == nil
}

// parseRegNumber reads decimal and 0x; no data at all are 0.
func parseRegNumber(text string, bits int) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	if low := strings.ToLower(text); strings.HasPrefix(low, "0x") {
		return strconv.ParseUint(low[2:], 16, bits)
	}
	return strconv.ParseUint(text, 10, bits)
}
