package host

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// scanner reads JSON from the front, strictly, and knows where it stands. The
// standard decoder is not enough: it matches keys without case, lets a key appear
// twice, and gives no position for most mistakes.
type scanner struct {
	text []byte
	at   int
	path []string // where in the document: "registry", "[3]", "value"
}

// fail makes an error for the place at offset.
func (s *scanner) fail(offset int, format string, args ...any) error {
	e := &DecodeError{Path: strings.ReplaceAll(strings.Join(s.path, "."), ".[", "["), Msg: fmt.Sprintf(format, args...)}
	e.Line, e.Column = position(s.text, offset)
	return e
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
		return s.fail(s.at, "the file ends where %s is expected", want)
	}
	return s.fail(s.at, "expected %s, found %s", want, s.found())
}

// found names what stands at the current place.
func (s *scanner) found() string {
	switch c := s.text[s.at]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "a string"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	case c == 't' || c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return fmt.Sprintf("%q", r)
}

// object calls member for every key; member reads the value, or returns
// errUnknown.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for first := true; ; first = false {
		if s.peek() == '}' {
			s.at++
			return nil
		}
		if !first {
			if err := s.expect(',', "a comma or }"); err != nil {
				return err
			}
		}
		s.peek()
		start := s.at
		key, err := s.str("a key")
		if err != nil {
			return err
		}
		if seen[key] {
			return s.fail(start, "the key %q stands here twice", key)
		}
		seen[key] = true
		if err := s.expect(':', "a colon"); err != nil {
			return err
		}
		s.peek()
		s.path = append(s.path, key)
		if err := member(key); err == errUnknown {
			s.path = s.path[:len(s.path)-1]
			return s.fail(start, "unknown key %q", key)
		} else if err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
	}
}

// array calls item for every item.
func (s *scanner) array(item func() error) error {
	if err := s.expect('[', "a list"); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if s.peek() == ']' {
			s.at++
			return nil
		}
		if n > 0 {
			if err := s.expect(',', "a comma or ]"); err != nil {
				return err
			}
		}
		s.peek()
		s.path = append(s.path, fmt.Sprintf("[%d]", n))
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
	if body := raw[1 : len(raw)-1]; plain(body) {
		return string(body), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", s.fail(s.at-len(raw), "this string has a wrong escape or a control character")
	}
	return text, nil
}

// plain says that the text between quotes means itself.
func plain(body []byte) bool {
	for _, c := range body {
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
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
	return nil, s.fail(start, "this string does not end")
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
				return s.fail(s.at, "a list within a list is no registry value")
			}
			_, err := s.raw()
			return err
		}); err != nil {
			return nil, err
		}
	case '{', '}', ']', ',', ':', 0:
		return nil, s.expect('"', "a value")
	default:
		for s.at < len(s.text) && !strings.ContainsRune(" \t\r\n,]}:\"[{", rune(s.text[s.at])) {
			s.at++
		}
		if !json.Valid(s.text[start:s.at]) {
			return nil, s.fail(start, "this is neither a number nor true, false or null")
		}
	}
	return s.text[start:s.at], nil
}

// number reads a whole number from 0 to limit.
func (s *scanner) number(limit int) (int, error) {
	start := s.at
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		return 0, s.expect('0', "a number")
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
		return 0, s.fail(start, "%s is not a whole number from 0 to %d", shorten(string(raw)), limit)
	}
	return n, nil
}

func (s *scanner) boolean() (bool, error) {
	start := s.at
	raw, err := s.raw()
	if err == nil && string(raw) != "true" && string(raw) != "false" {
		err = s.fail(start, "expected true or false, found %s", shorten(string(raw)))
	}
	return string(raw) == "true", err
}

// list reads a list of strings; it is never nil.
func (s *scanner) list(each func(text string, offset int) (string, error)) ([]string, error) {
	found := []string{}
	err := s.array(func() error {
		start := s.at
		text, err := s.str("a string")
		if err == nil {
			text, err = each(text, start)
		}
		found = append(found, text)
		return err
	})
	return found, err
}
