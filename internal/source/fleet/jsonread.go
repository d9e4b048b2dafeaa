package fleet

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// object is a JSON object whose keys are looked up without case, since the same
// tool spells them in several ways.
type object map[string]any

func asObject(v any) object {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// get finds a member by any of its names.
func (o object) get(names ...string) any {
	for _, name := range names {
		if v, ok := o[name]; ok {
			return v
		}
	}
	for _, key := range o.keys() {
		for _, name := range names {
			if strings.EqualFold(key, name) {
				return o[key]
			}
		}
	}
	return nil
}

// keys are the members' names, sorted.
func (o object) keys() []string {
	list := make([]string, 0, len(o))
	for key := range o {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// text is a member as text; a number is spelled out.
func (o object) text(names ...string) string {
	switch x := o.get(names...).(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	}
	return ""
}

func (o object) has(name string) bool {
	_, ok := o[name]
	return ok
}

// decodeJSON reads one JSON value, or several behind each other: lines of JSON.
func decodeJSON(path string, data []byte) ([]any, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var list []any
	for {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, jsonError(path, text, dec.InputOffset(), err)
		}
		list = append(list, v)
	}
}

// jsonError names the line in which reading ended.
func jsonError(path, text string, offset int64, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	at := int(min(max(offset, 0), int64(len(text))))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		at, err = len(text), errors.New("the file ends within a value; it was cut off")
	}
	line := 1 + strings.Count(text[:at], "\n")
	return fmt.Errorf("%s: line %d: %w", path, line, err)
}

// decodeText reads UTF-16 and UTF-8 by their marks, else UTF-8, else code page
// 932.
func decodeText(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return utf16Text(data[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return utf16Text(data[2:], binary.BigEndian), nil
	}
	data = bytes.TrimPrefix(data, []byte{0xef, 0xbb, 0xbf})
	if utf8.Valid(data) {
		return string(data), nil
	}
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("the text is neither UTF-8, UTF-16 nor Shift_JIS")
	}
	return string(text), nil
}

func utf16Text(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}
