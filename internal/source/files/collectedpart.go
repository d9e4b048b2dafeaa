package files

import (
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/regquery"
)

// part is one question of the collector with its answer.
type part struct {
	kind  string   // tree, key, list, value, files, config; "" between parts
	key   string   // what was asked
	at    string   // the key whose values are being listed
	first int      // line where the part begins
	fresh bool     // no value of at was seen yet
	err   string   // an error line of reg.exe
	lines []string // of a config: its element <defaultProxy>

	keyed  bool // a key line was seen
	valued bool // a value line was seen
	other  bool // a key line of another key was seen
	stray  bool // the values that come have lost their key line
	odd    bool // a line was not understood, or stood where it cannot stand
	text   bool // the line before belongs to a text, which may have several lines
	closed bool // the closing line was seen ("End of search: 12 match(es) found.")
}

// Why an answer proves nothing, as ids of messages.
const (
	saidUnreadable = "collected.said-unreadable"
	saidError      = "collected.said-error"
	answerEmpty    = "collected.answer-empty"
	answerOther    = "collected.answer-other"
	answerDamaged  = "collected.answer-damaged"
)

// own says whether the key whose values are being listed was asked for.
func (p *part) own() bool { return gather.Under(p.at, p.key) }

// take looks at the form of a line. reg.exe puts a blank line before every key
// line, and lists nothing else but values, the rest of a text with several lines
// and, at the end, what it found.
func (p *part) take(line string, l regquery.Line) {
	blank := strings.TrimSpace(line) == ""
	if p.closed && !blank && !l.IsError {
		p.odd = true
	}
	switch {
	case blank:
		p.stray, p.text = true, p.text && p.keyed
		return
	case l.IsError:
		p.err = line
	case l.Key != "":
		key := host.CurrentControlSet(host.NormalKey(l.Key))
		p.keyed, p.stray = true, false
		p.other = p.other || !gather.Under(key, p.key)
	case l.IsValue:
		p.valued = true
		p.odd = p.odd || p.stray || !p.keyed
	case p.text && !strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "! REG.EXE"):
		return // what is indented may be half a value just as well
	case !strings.HasPrefix(line, " ") && strings.ContainsAny(line, "0123456789"):
		p.closed = true
	case p.kind != "list": // of a list only the lines with certain words were kept
		p.odd = true
	}
	p.text = l.IsValue && (l.Type == host.SZ || l.Type == host.ExpandSZ || l.Type == host.MultiSZ)
}

// doubt says why the answer, which ended with a state, proves nothing by what it
// lacks; "" if it does prove something. A key without a line for itself may be empty,
// or its answer may be lost: one cannot see which.
func (p *part) doubt(state string) string {
	listed := p.keyed || p.valued
	switch {
	case state == "unreadable" && p.err == "":
		return saidUnreadable
	case state == "unreadable" || state == "present" && p.err != "" || state == "absent" && regquery.IsDenied(p.err):
		return saidError
	case p.other:
		return answerOther
	case state == "absent" && listed, state == "present" && p.odd:
		return answerDamaged
	case state == "present" && !p.keyed:
		return answerEmpty
	}
	return ""
}
