package formats

import (
	"bytes"
	"strings"

	"tlsready/internal/message"
)

// dialect is how a server writes its log's format in its configuration.
type dialect struct {
	format string
	fields table
	// variable reads the variable that begins at s, "" if none does.
	variable func(s string) (name string, length int)
	// unquote takes away what the configuration puts around the format.
	unquote func(s string) string
	// versions are the variables that hold a version.
	versions []string
	missing  message.Text
	check    func(d *draft) Outcome
	// strip takes off what a logger puts before each line.
	strip bool
}

// template is a log's format taken apart: text, variable, text, variable, text.
type template struct {
	parts []part
	tail  []byte
	check func(d *draft) Outcome
	strip bool
}

// part is a variable with the text before it.
type part struct {
	before []byte
	set    setter
	name   string
}

// compile takes a format apart; nil if it is not of this dialect, or if it has two
// variables with nothing between them, which no line could be told apart by.
func (c *Config) compile(k *dialect, text string) *Layout {
	text = k.unquote(strings.TrimSpace(text))
	t := &template{check: k.check, strip: k.strip}
	version := false
	var literal []byte
	for len(text) > 0 {
		name, length := k.variable(text)
		if length == 0 {
			literal = append(literal, text[0])
			text = text[1:]
			continue
		}
		text = text[length:]
		if name == "" { // an escape, or something that prints nothing
			continue
		}
		if name == "%" {
			literal = append(literal, '%')
			continue
		}
		if len(literal) == 0 && len(t.parts) > 0 {
			return nil
		}
		for _, v := range k.versions {
			version = version || v == name
		}
		t.parts = append(t.parts, part{before: literal, set: c.resolve(k.fields, name), name: name})
		literal = nil
	}
	if len(t.parts) == 0 {
		return nil
	}
	t.tail = literal
	l := &Layout{Format: k.format, parse: t.parse, Named: true}
	if !version {
		l.Missing = k.missing
	}
	return l
}

// parse reads a line that must have all the texts of the format.
func (t *template) parse(d *draft, line []byte) Outcome {
	if t.strip {
		line = d.stripped(line)
	}
	for i := range t.parts {
		p := &t.parts[i]
		rest, found := bytes.CutPrefix(line, p.before)
		if !found {
			return Foreign
		}
		next := t.tail
		if i+1 < len(t.parts) {
			next = t.parts[i+1].before
		}
		end := valueEnd(rest, next)
		if end < 0 {
			return Foreign
		}
		d.set(p.set, plainWord(rest[:end]))
		line = rest[end:]
	}
	if !bytes.Equal(bytes.TrimRight(line, " "), bytes.TrimRight(t.tail, " ")) {
		return Foreign
	}
	return d.checked(t.check)
}

// valueEnd gives where a value ends that is followed by next. What begins with a quote
// or a bracket, and a time with its zone, holds together.
func valueEnd(s, next []byte) int {
	from := 0
	if len(s) > 0 && len(next) > 0 && next[0] == ' ' {
		switch {
		case s[0] == '"' || s[0] == '[':
			from = wordEnd(s, 0)
		case len(s) > 25 && s[2] == '/' && s[6] == '/' && s[20] == ' ' && (s[21] == '+' || s[21] == '-'):
			from = len("28/Nov/2026:10:00:00 +0900")
		}
	}
	if len(next) == 0 {
		return len(s)
	}
	for from <= len(s) {
		i := bytes.Index(s[from:], next)
		if i < 0 {
			// The last text may have been cut off at the end of the line.
			if trimmed := bytes.TrimRight(next, " "); len(trimmed) == 0 {
				return len(s)
			}
			return -1
		}
		at := from + i
		// A quote that the value holds is escaped.
		if next[0] != '"' || at == 0 || s[at-1] != '\\' || escapedTwice(s[:at]) {
			return at
		}
		from = at + 1
	}
	return -1
}

// escapedTwice says whether s ends in an even number of backslashes.
func escapedTwice(s []byte) bool { return (len(s)-len(bytes.TrimRight(s, `\`)))%2 == 0 }

// fits gives the layout of the user's own format, if one of the first lines fits it.
func (c *Config) fits(k *dialect, s *sample) *Layout {
	if c.LogFormat == "" {
		return nil
	}
	l := c.compile(k, c.LogFormat)
	if l == nil {
		return nil
	}
	d := newDraft(c)
	head := s.head
	for range maxHeadLines {
		n := LineEnd(head, ByLine)
		if n == 0 {
			break
		}
		d.reset()
		if out := l.parse(d, bytes.TrimRight(head[:n], "\r\n")); out != Foreign && out != Broken {
			return l
		}
		head = head[n:]
	}
	return nil
}

// Check refuses options that cannot be: a format that is not known, and a --log-format
// that none of the servers could have.
func Check(o Options) error {
	if _, known := find(o.Format); o.Format != "" && !known {
		return message.Error("logs.format", message.Quote("format", o.Format))
	}
	if o.LogFormat == "" {
		return nil
	}
	c := NewConfig(o)
	for _, k := range []*dialect{nginxDialect(), haproxyDialect(), apacheDialect(), envoyDialect()} {
		if (o.Format == "" || o.Format == k.format) && c.compile(k, o.LogFormat) != nil {
			return nil
		}
	}
	return &message.Problem{What: message.New("logs.log-format", message.Quote("text", o.LogFormat)), Hint: message.New("logs.log-format-hint")}
}

// identifier gives how many letters, digits and low lines s begins with.
func identifier(s string) int {
	return len(s) - len(strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
}
