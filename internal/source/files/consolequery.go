package files

import (
	"regexp"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/script"
	"tlsready/internal/source/regquery"
)

// query is one question to reg.exe with its answer. Without its command line only
// the answer is known.
type query struct {
	key     string // HKLM\…, as the command line has it; "": not known
	machine string // of \\MACHINE\HKLM\…
	deep    bool   // /s
	names   []string
	search  bool // /f, or the answer says that it was one: it shows what was found alone
	partial bool // errors are not in the text, or lines of it were filtered
	narrow  bool // /reg:32
	line    int

	sections []*section
	open     *section // the section that values belong to; nil after a blank line
	blank    bool     // the line before was blank, or the command line
	followed bool     // the next command line follows it, so nothing of it is cut off
	missing  bool     // there is no such key or value
	failed   string   // another error, as printed
	odd      bool     // lines that belong nowhere
	text     bool     // the line before belongs to a text, which may have several lines
}

// section is a key line with the values below it.
type section struct {
	key     string
	values  []host.Value
	framed  bool // blank lines, or the command line, stand before and after it
	damaged bool // a line was not understood, or values have lost their place
}

func (q *query) known() bool { return q.key != "" }

// promptForm is the prompt of cmd.exe or PowerShell, with what was typed.
var promptForm = regexp.MustCompile(`^(?:PS )?(?:[A-Za-z]:\\[^<>|"*?]*|\\\\[^<>|"*?]+)>\s*(.*)$`)

// prompt gives the command of a line that begins with a prompt.
func prompt(line string) (command string, ok bool) {
	if !strings.Contains(line, ">") {
		return "", false
	}
	m := promptForm.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// parseRegQuery reads "reg query KEY /s …"; nil: it is another command, or one with
// parts that are not known. What is piped or redirected does not show all.
func parseRegQuery(command string) *query {
	q := &query{blank: true}
	if at := strings.IndexAny(command, "|&"); at >= 0 && !strings.HasSuffix(command[:at], ">") && !strings.HasSuffix(strings.TrimSpace(command[:at]), "2>") {
		q.partial, command = true, command[:at]
	}
	if at := strings.IndexByte(command, '>'); at >= 0 {
		merged := strings.Contains(command, "2>&1")
		q.partial = q.partial || !merged
		command = strings.TrimRight(command[:at], " 12")
	}
	words := script.Words(command)
	if len(words) < 3 || !isReg(words[0]) || !strings.EqualFold(words[1], "query") {
		return nil
	}
	q.setKey(words[2])
	for i := 3; i < len(words); i++ {
		switch word := strings.ToLower(words[i]); {
		case word == "/s":
			q.deep = true
		case word == "/reg:32":
			q.narrow = true
		case word == "/reg:64" || word == "/z":
		case word == "/ve":
			q.names = append(q.names, "")
		case word == "/v" && i+1 < len(words):
			i++
			q.names = append(q.names, words[i])
		default: // /f, /t, /k, /d, /c, /e, /se: the answer shows a part, or is written otherwise
			q.search = true
		}
	}
	if q.key == "" {
		return nil
	}
	return q
}

func isReg(word string) bool {
	word = strings.ToLower(word[strings.LastIndexAny(word, `\/`)+1:])
	return word == "reg" || word == "reg.exe"
}

// setKey takes the key of the command line, which may name a machine.
func (q *query) setKey(word string) {
	if rest, ok := strings.CutPrefix(word, `\\`); ok {
		q.machine, word, _ = strings.Cut(rest, `\`)
		if q.machine == "." {
			q.machine = ""
		}
	}
	root, rest, _ := strings.Cut(word, `\`)
	key := host.NormalKey(strings.TrimRight(strings.ToUpper(root)+`\`+rest, `\`))
	if strings.HasPrefix(key, "HK") {
		q.key = q.view(key)
	}
}

// view is where the 32-bit view, which reg.exe does not show in its answer, keeps a
// key. The policies, the certificates and Windows NT are in both.
// https://learn.microsoft.com/windows/win32/winprog64/shared-registry-keys
func (q *query) view(key string) string {
	const software = `HKLM\SOFTWARE`
	if !q.narrow || !host.Under(key, software) || host.Under(key, software+`\Wow6432Node`) {
		return key
	}
	for _, shared := range []string{`\Policies`, `\Microsoft\SystemCertificates`, `\Microsoft\EnterpriseCertificates`, `\Microsoft\Windows NT\CurrentVersion`} {
		if host.Under(key, software+shared) {
			return key
		}
	}
	return software + `\Wow6432Node` + key[len(software):]
}

// take takes a line of the answer. False: it ends a search whose command line is
// not there, so what follows answers something else.
func (q *query) take(line string, l regquery.Line, number int) bool {
	if q.line == 0 {
		q.line = number
	}
	switch {
	case strings.TrimSpace(line) == "":
		q.close()
		q.blank = true
		return true
	case l.IsError || strings.HasPrefix(line, "reg : "):
		q.fault(line)
	case isKeyLine(l):
		q.head(l)
		return true
	case l.IsValue:
		q.value(l)
		return true
	case q.text && q.open != nil:
		v := &q.open.values[len(q.open.values)-1]
		v.Text += "\n" + line
		return true
	default:
		return q.stray(line)
	}
	q.blank, q.text = false, false
	return true
}

func (q *query) fault(line string) {
	if regquery.IsMissing(line) {
		q.missing = true
		return
	}
	q.failed = line
}

// head takes a key line.
func (q *query) head(l regquery.Line) {
	s := &section{key: q.view(host.NormalKey(l.Key)), framed: q.blank || len(q.sections) == 0}
	if q.open != nil {
		q.open.framed = false
	}
	q.sections, q.open, q.blank, q.text = append(q.sections, s), s, false, false
}

func (q *query) value(l regquery.Line) {
	q.blank, q.text = false, false
	if q.open == nil {
		q.loosen()
		return
	}
	if l.NotSet {
		return
	}
	data, err := l.Data()
	if err != nil {
		q.open.damaged = true
		return
	}
	q.open.values = append(q.open.values, host.Value{Key: q.open.key, Name: l.Name, Data: data})
	q.text = data.Type == host.SZ || data.Type == host.ExpandSZ || data.Type == host.MultiSZ
}

// loosen notes values that have lost their key line, such as those after a text
// with a blank line in it.
func (q *query) loosen() {
	if len(q.sections) > 0 {
		q.sections[len(q.sections)-1].damaged = true
	}
	q.odd = true
}

// stray takes a line that is neither a key nor a value. Reg.exe itself prints one such
// line: what a search found, with a number, in any language.
func (q *query) stray(line string) bool {
	if q.open != nil || strings.HasPrefix(line, " ") {
		q.loosen()
	}
	q.open, q.blank, q.text = nil, false, false
	if !q.known() && len(q.sections) > 0 && !strings.HasPrefix(line, " ") {
		q.search = q.search || strings.ContainsAny(line, "0123456789")
		return false
	}
	q.odd = q.odd || q.known()
	return true
}

// close ends the section that is open, at a blank line.
func (q *query) close() { q.open, q.text = nil, false }

// end ends the answer. A section that no blank line closes may be cut.
func (q *query) end() {
	if q.open != nil {
		q.open.framed = false
		q.odd = true
	}
	q.close()
}
