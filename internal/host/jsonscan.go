package host

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/message"
)

// maxKeys bounds the keys of one object, which are compared each with each:
// labels and files have a few dozen.
const maxKeys = 1000

// scanner reads JSON from the front, strictly, and knows where it stands. The
// standard decoder is not enough: it matches keys without case, lets a key appear
// twice, and gives no position for most mistakes.
type scanner struct {
	text []byte
	at   int
	path []step // where in the document
}

// step is a key or, if the key is empty, an index.
type step struct {
	key   string
	index int
}

// fail makes an error for the place at offset.
func (s *scanner) fail(offset int, id string, args ...message.Arg) error {
	e := &DecodeError{Path: s.where(), What: message.New(id, args...)}
	e.Line, e.Column = position(s.text, offset)
	return e
}

// where writes the path as registry[3].value.
func (s *scanner) where() string {
	var b strings.Builder
	for i, p := range s.path {
		switch {
		case p.key == "":
			fmt.Fprintf(&b, "[%d]", p.index)
		case i > 0:
			b.WriteString("." + p.key)
		default:
			b.WriteString(p.key)
		}
	}
	return b.String()
}

// position counts lines and, in characters, columns from 1.
func position(text []byte, offset int) (line, column int) {
	before := string(text[:min(offset, len(text))])
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// peek skips blanks and returns the next byte; 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// expect takes the byte c or fails; want says what was expected.
func (s *scanner) expect(c byte, want string) error {
	got := s.peek()
	if got == c {
		s.at++
		return nil
	}
	if s.at >= len(s.text) {
		return s.fail(s.at, "host.ends", message.Sub("want", noun(want)))
	}
	return s.fail(s.at, "host.expected", message.Sub("want", noun(want)), message.Sub("found", s.found()))
}

// noun is the text of a kind of JSON: object, list, key, colon and so on.
func noun(kind string) message.Text { return message.New("host.json-" + kind) }

// found names what stands at the current place.
func (s *scanner) found() message.Text {
	switch c := s.text[s.at]; {
	case c == '{':
		return noun("object")
	case c == '[':
		return noun("list")
	case c == '"':
		return noun("string")
	case c == '-' || c >= '0' && c <= '9':
		return noun("number")
	case c == 't' || c == 'f':
		return noun("boolean")
	case c == 'n':
		return message.Literal("null")
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return message.Literal(strconv.QuoteRune(r))
}

// object calls member for every key; member reads the value, or returns
// errUnknown.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{', "object"); err != nil {
		return err
	}
	var few [8]string // most objects have no more keys
	seen := few[:0]
	for first := true; ; first = false {
		if s.peek() == '}' {
			s.at++
			return nil
		}
		if !first {
			if err := s.expect(',', "comma-brace"); err != nil {
				return err
			}
		}
		s.peek()
		start := s.at
		key, err := s.str("key")
		if err != nil {
			return err
		}
		if slices.Contains(seen, key) {
			return s.fail(start, "host.key-twice", message.Quote("key", key))
		}
		if seen = append(seen, key); len(seen) > maxKeys {
			return s.fail(start, "host.many-keys", message.Int("limit", maxKeys))
		}
		if err := s.expect(':', "colon"); err != nil {
			return err
		}
		s.peek()
		s.path = append(s.path, step{key: key})
		if err := member(key); err == errUnknown {
			s.path = s.path[:len(s.path)-1]
			return s.fail(start, "host.key-unknown", message.Quote("key", key))
		} else if err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
	}
}

// array calls item for every item.
func (s *scanner) array(item func() error) error {
	if err := s.expect('[', "list"); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if s.peek() == ']' {
			s.at++
			return nil
		}
		if n > 0 {
			if err := s.expect(',', "comma-bracket"); err != nil {
				return err
			}
		}
		s.peek()
		s.path = append(s.path, step{index: n})
		if err := item(); err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
	}
}

// str reads a string; want says what is expected there.
func (s *scanner) str(want string) (string, error) {
	if s.peek() != '"' {
		return "", s.expect('"', want)
	}
	raw, err := s.rawString()
	if err != nil {
		return "", err
	}
	body := raw[1 : len(raw)-1]
	if text, ok := simple(body); ok {
		return text, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", s.fail(s.at-len(raw), "host.string-escape")
	}
	return text, nil
}

// simple decodes ASCII whose only escapes are doubled backslashes, as registry
// keys are; the standard decoder does the rest.
func simple(body []byte) (string, bool) {
	escapes := 0
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c < 0x20 || c >= utf8.RuneSelf:
			return "", false
		case c == '\\':
			if i++; i == len(body) || body[i] != '\\' {
				return "", false
			}
			escapes++
		}
	}
	if escapes == 0 {
		return string(body), true
	}
	return strings.ReplaceAll(string(body), `\\`, `\`), true
}

// rawString takes a string with its quotes.
func (s *scanner) rawString() ([]byte, error) {
	start := s.at
	for i := start + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			s.at = i + 1
			return s.text[start:s.at], nil
		}
	}
	return nil, s.fail(start, "host.string-open")
}

// raw takes a string, number, boolean, null or a list of these, as it is written.
func (s *scanner) raw() (json.RawMessage, error) {
	start := s.at
	switch s.peek() {
	case '"':
		if _, err := s.rawString(); err != nil {
			return nil, err
		}
	case '[':
		if err := s.array(func() error {
			if s.peek() == '[' {
				return s.fail(s.at, "host.nested-list")
			}
			_, err := s.raw()
			return err
		}); err != nil {
			return nil, err
		}
	case '{', '}', ']', ',', ':', 0:
		return nil, s.expect('"', "value")
	default:
		for s.at < len(s.text) && strings.IndexByte(" \t\r\n,]}:\"[{", s.text[s.at]) < 0 {
			s.at++
		}
		if word := s.text[start:s.at]; !isDigits(word) && !json.Valid(word) {
			return nil, s.fail(start, "host.no-value")
		}
	}
	return s.text[start:s.at], nil
}

// isDigits says whether word is a number without sign, fraction or exponent.
func isDigits(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) == 1 || len(word) > 1 && word[0] != '0'
}

// number reads a whole number from 0 to limit.
func (s *scanner) number(limit int) (int, error) {
	start := s.at
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		return 0, s.expect('0', "number")
	}
	raw, err := s.raw()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range raw {
		if c < '0' || c > '9' || n > limit {
			n = limit + 1
			break
		}
		n = 10*n + int(c-'0')
	}
	if n > limit {
		return 0, s.fail(start, "host.whole-number", message.Str("text", shorten(string(raw))), message.Int("limit", limit))
	}
	return n, nil
}

func (s *scanner) boolean() (bool, error) {
	start := s.at
	raw, err := s.raw()
	if err == nil && string(raw) != "true" && string(raw) != "false" {
		err = s.fail(start, "host.boolean", message.Str("text", shorten(string(raw))))
	}
	return string(raw) == "true", err
}

// list reads a list of strings; it is never nil.
func (s *scanner) list(each func(text string, offset int) (string, error)) ([]string, error) {
	found := []string{}
	err := s.array(func() error {
		start := s.at
		text, err := s.str("string")
		if err == nil {
			text, err = each(text, start)
		}
		found = append(found, text)
		return err
	})
	return found, err
}
