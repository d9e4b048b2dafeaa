// Package jsonscan walks JSON objects without building them: encoding/json would be the
// slowest part of reading a log by far.
package jsonscan

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Scanner walks objects, one after the other. Tests hold it to encoding/json.
type Scanner struct {
	path  []byte // of the value: keys with dots between them
	texts []byte // of strings with escapes
}

// MaxDepth bounds how deep objects and lists may lie in one another.
const MaxDepth = 64

// Visit is given each value of an object that is none itself, by its path: a string
// without its quotes and escapes, a number, true, false, null, or a list as it was
// written. Both slices hold until the next record.
type Visit func(path, value []byte)

// Object walks the one object that is in data; false if it is not one.
func (s *Scanner) Object(data []byte, v Visit) bool {
	s.path, s.texts = s.path[:0], s.texts[:0]
	i := skipSpace(data, 0)
	end, ok := s.members(data, i, 0, v)
	return ok && skipSpace(data, end) == len(data)
}

// members walks the object that begins at i and gives where it ends.
func (s *Scanner) members(data []byte, i, depth int, v Visit) (int, bool) {
	if i >= len(data) || data[i] != '{' || depth > MaxDepth {
		return i, false
	}
	if i = skipSpace(data, i+1); i < len(data) && data[i] == '}' {
		return i + 1, true
	}
	outer := len(s.path)
	for {
		key, end, ok := s.text(data, skipSpace(data, i))
		if !ok {
			return end, false
		}
		if i = skipSpace(data, end); i >= len(data) || data[i] != ':' {
			return i, false
		}
		if outer > 0 {
			s.path = append(s.path, '.')
		}
		s.path = append(s.path, key...)
		if i, ok = s.value(data, skipSpace(data, i+1), depth, v); !ok {
			return i, false
		}
		s.path = s.path[:outer]
		if i = skipSpace(data, i); i >= len(data) {
			return i, false
		}
		switch data[i] {
		case ',':
			i++
		case '}':
			return i + 1, true
		default:
			return i, false
		}
	}
}

// value visits the value that begins at i and gives where it ends.
func (s *Scanner) value(data []byte, i, depth int, v Visit) (int, bool) {
	if i >= len(data) {
		return i, false
	}
	switch data[i] {
	case '{':
		return s.members(data, i, depth+1, v)
	case '"':
		text, end, ok := s.text(data, i)
		if ok {
			v(s.path, text)
		}
		return end, ok
	}
	end, ok := skipValue(data, i, depth)
	if ok {
		v(s.path, data[i:end])
	}
	return end, ok
}

// text reads the string that begins at i.
func (s *Scanner) text(data []byte, i int) (text []byte, end int, ok bool) {
	end, escaped, ok := skipText(data, i)
	if !ok {
		return nil, end, false
	}
	if text = data[i+1 : end-1]; !escaped {
		return text, end, true
	}
	from := len(s.texts)
	s.texts, ok = unescape(s.texts, text)
	return s.texts[from:len(s.texts):len(s.texts)], end, ok
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// skipText gives where the string that begins at i ends.
func skipText(data []byte, i int) (end int, escaped, ok bool) {
	if i >= len(data) || data[i] != '"' {
		return i, false, false
	}
	for i++; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i + 1, escaped, true
		case '\\':
			escaped = true
			i++
		}
	}
	return len(data), escaped, false
}

// skipValue gives where the value that begins at i ends.
func skipValue(data []byte, i, depth int) (int, bool) {
	if i >= len(data) || depth > MaxDepth {
		return i, false
	}
	switch c := data[i]; {
	case c == '"':
		end, _, ok := skipText(data, i)
		return end, ok
	case c == '[':
		return skipList(data, i, depth)
	case c == '{':
		return (&Scanner{}).members(data, i, depth+1, func(_, _ []byte) {})
	case c == '-' || c >= '0' && c <= '9':
		end := i + 1
		for end < len(data) && bytes.IndexByte([]byte("0123456789.eE+-"), data[end]) >= 0 {
			end++
		}
		return end, true
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(data[i:], []byte(word)) {
			return i + len(word), true
		}
	}
	return i, false
}

func skipList(data []byte, i, depth int) (int, bool) {
	if i = skipSpace(data, i+1); i < len(data) && data[i] == ']' {
		return i + 1, true
	}
	for {
		end, ok := skipValue(data, skipSpace(data, i), depth+1)
		if !ok {
			return end, false
		}
		if i = skipSpace(data, end); i >= len(data) {
			return i, false
		}
		switch data[i] {
		case ',':
			i++
		case ']':
			return i + 1, true
		default:
			return i, false
		}
	}
}

// Elements calls f for each value of a list as [Visit] gives it; the rest of a list that
// is broken is left out.
func Elements(list []byte, f func(value []byte)) {
	if len(list) < 2 || list[0] != '[' {
		return
	}
	for i := skipSpace(list, 1); i < len(list) && list[i] != ']'; {
		end, ok := skipValue(list, i, 0)
		if !ok {
			return
		}
		f(list[i:end])
		if i = skipSpace(list, end); i < len(list) && list[i] == ',' {
			i = skipSpace(list, i+1)
		}
	}
}

// Unquote takes the quotes of a string off; other values are as they are.
func Unquote(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return value
	}
	if value = value[1 : len(value)-1]; bytes.IndexByte(value, '\\') < 0 {
		return value
	}
	plain, _ := unescape(nil, value)
	return plain
}

// unescape appends text with its escapes read (RFC 8259 section 7).
func unescape(to, text []byte) ([]byte, bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			to = append(to, text[i])
			continue
		}
		if i++; i >= len(text) {
			return to, false
		}
		switch c := text[i]; c {
		case '"', '\\', '/':
			to = append(to, c)
		case 'b', 'f', 'n', 'r', 't':
			to = append(to, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)])
		case 'u':
			r, n, ok := escapedRune(text[i+1:])
			if !ok {
				return to, false
			}
			to = utf8.AppendRune(to, r)
			i += n
		default:
			return to, false
		}
	}
	return to, true
}

// escapedRune reads what follows \u: four digits, or two surrogates.
func escapedRune(text []byte) (r rune, length int, ok bool) {
	high, ok := hex4(text)
	if !ok || !utf16.IsSurrogate(high) {
		return high, 4, ok
	}
	if len(text) >= 10 && text[4] == '\\' && text[5] == 'u' {
		if low, ok := hex4(text[6:]); ok {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r, 10, true
			}
		}
	}
	return utf8.RuneError, 4, true
}

func hex4(text []byte) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[:4]), 16, 16)
	return rune(n), err == nil
}
