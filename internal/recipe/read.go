package recipe

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
	"tlsready/internal/regtext"
)

// Severity is how bad a finding is.
type Severity string

// The severities: an Error does not do what it says or destroys something, a
// Warning has no effect or harms another caller, a Note is worth knowing.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Finding is something to say about one place of a recipe.
type Finding struct {
	File         string
	Line, Column int    // from 1; columns in characters
	Rule         string // "cmd-key-unquoted"; does not change with the language
	Severity     Severity
	Args         []message.Arg // of its text
}

// Text says what is wrong.
func (f Finding) Text() message.Text { return message.New("recipe.finding."+f.Rule, f.Args...) }

const (
	// MaxFile is the largest .cmd or .ps1 file that is read: recipes have some
	// kilobytes, and a PowerShell token takes some 70 times the memory of its text.
	MaxFile = 1 << 20
	// MaxFindings bounds what one file can have to say for itself.
	MaxFindings = 1000
	// maxVariable bounds what is remembered of a script's variable: keys and names
	// have at most 255 characters a part.
	maxVariable = 1024
)

// Parse reads a recipe by its extension (.reg, .cmd, .bat, .ps1): the changes
// that it would make, as far as they can be told, and what is wrong with it. The
// files that this package writes are read for what they are for: undo.cmd gives
// the changes of the undo, not those of its own rollback. The error is for files
// that are no recipe at all.
func Parse(name string, data []byte) ([]host.Change, []Finding, error) {
	r := &reader{file: name, at: map[string]int{}}
	ext := strings.ToLower(path.Ext(name))
	if ext != ".reg" && len(data) > MaxFile {
		return nil, nil, fmt.Errorf("%s: %d bytes, the limit is %d", name, len(data), MaxFile)
	}
	switch ext {
	case ".reg":
		if err := r.reg(data); err != nil {
			return nil, nil, err
		}
	case ".cmd", ".bat":
		r.cmd(decodeScript(data))
	case ".ps1":
		r.ps1(decodeScript(data))
	default:
		return nil, nil, fmt.Errorf("%s: not a recipe that can be read (.reg, .cmd, .bat, .ps1)", name)
	}
	return r.changes, r.findings, nil
}

// decodeScript reads UTF-16 and UTF-8 by their marks, then UTF-8, then code page
// 932; what fits none of them keeps its ASCII.
func decodeScript(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return regdata.Text(data[2:])
	case bytes.HasPrefix(data, []byte("\ufeff")):
		data = data[3:]
	}
	if utf8.Valid(data) {
		return string(data)
	}
	if text, err := japanese.ShiftJIS.NewDecoder().Bytes(data); err == nil {
		return string(text)
	}
	return strings.ToValidUTF8(string(data), "\ufffd")
}

// reader collects what a recipe does and what is wrong with it.
type reader struct {
	file     string
	changes  []host.Change
	at       map[string]int // folded key and name → position in changes
	findings []Finding
}

func (r *reader) find(line, column int, severity Severity, rule string, args ...message.Arg) {
	if len(r.findings) < MaxFindings {
		r.findings = append(r.findings, Finding{r.file, line, column, rule, severity, args})
	}
}

var (
	controlSet = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\(ControlSet\d{3})(\\|$)`)
	glued      = regexp.MustCompile(`(?i)(SOFTWAREMicrosoft|Microsoft\.NETFramework|NETFrameworkv[24]|SCHANNELProtocols|Wow6432NodeMicrosoft)`)
)

// change notes a change; the last one to a value counts.
func (r *reader) change(c host.Change, line, column int) {
	c.Key = host.NormalKey(c.Key)
	if m := controlSet.FindStringSubmatch(c.Key); m != nil {
		r.find(line, column, Warning, "key-control-set", message.Str("set", m[1]))
	}
	if m := glued.FindString(c.Key); m != "" {
		r.find(line, column, Error, "key-backslash-lost", message.Str("part", m))
	}
	folded := strings.ToLower(c.Key) + "\x00" + strings.ToLower(c.Name)
	i, twice := r.at[folded]
	if !twice {
		r.at[folded] = len(r.changes)
		r.changes = append(r.changes, c)
		return
	}
	if old := r.changes[i]; old.Delete != c.Delete || !old.Equal(c.Data) {
		r.find(line, column, Warning, "value-twice", message.Str("value", c.Key+" "+c.Name))
	}
	r.changes[i] = c
}

func (r *reader) reg(data []byte) error {
	file, mistakes := regtext.ParseAll(data)
	for _, m := range mistakes {
		switch m.Code {
		case regtext.BadFile, regtext.BadHeader:
			return message.At(r.file, m)
		case regtext.BadSpace:
			r.find(m.Line, m.Column, Error, "reg-spaces")
		default:
			r.find(m.Line, m.Column, Error, "reg-syntax", message.Sub("what", m.What))
		}
	}
	for _, s := range file.Keys {
		if s.Delete {
			r.find(s.Line, 1, Error, "reg-deletes-key", message.Str("key", s.Key))
		}
	}
	for _, op := range file.Ops {
		if op.Digits != 0 && op.Digits != 8 {
			r.find(op.Line, op.Column, Warning, "reg-dword-digits", message.Int("n", op.Digits))
		}
		r.change(host.Change{Key: op.Key, Name: op.Name, Data: op.Data, Delete: op.Delete}, op.Line, op.Column)
	}
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return nil
}

// What the readers know of the files that this room's formats write.
const (
	cmdBegin   = "rem == changes =="
	cmdEnd     = "rem == end of changes =="
	maxCmdLine = 8191
)

func isPS1Quote(r rune) bool { return r == '\'' || (r >= '\u2018' && r <= '\u201B') }
