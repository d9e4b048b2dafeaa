package fleet

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tlsready/internal/message"

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

// isPlain says whether a member is a text or a number, not null and nothing that holds
// more.
func isPlain(v any) bool {
	switch v.(type) {
	case string, json.Number:
		return true
	}
	return false
}

// yes says whether a member is true, in any spelling of the tools.
func (o object) yes(name string) bool {
	if b, ok := o.get(name).(bool); ok {
		return b
	}
	text := strings.ToLower(o.text(name))
	return text == "true" || text == "yes" || text == "1"
}

// failure is what an object says of its own failure, "" if it mentions none: an
// error, a question that failed or was cut off. Its answer then proves nothing.
func (o object) failure() string {
	why := cmp.Or(o.text("msg", "message", "reason", "stderr"))
	for _, name := range []string{"failed", "truncated", "clipped", "report_clipped", "incomplete", "partial", "timedOut", "timed_out", "unreachable"} {
		if o.yes(name) {
			return cmp.Or(why, name)
		}
	}
	for _, name := range []string{"error", "errors", "_error", "exception", "errorMessage", "error_message"} {
		if text := spoken(o.get(name)); text != "" {
			return text
		}
	}
	for _, name := range []string{"status", "state"} {
		switch text := strings.ToLower(o.text(name)); text {
		case "failed", "failure", "error", "timeout", "timed out", "timed_out", "cancelled", "canceled", "aborted":
			return cmp.Or(why, text)
		}
	}
	return ""
}

// spoken is a member that says something: not null, false, 0, empty or "none".
func spoken(v any) string {
	switch x := v.(type) {
	case string:
		switch text := strings.TrimSpace(x); strings.ToLower(text) {
		case "", "0", "false", "none", "null", "ok", "no", "n/a", "-":
			return ""
		default:
			return text
		}
	case json.Number:
		return strings.TrimPrefix(x.String(), "0")
	case bool:
		if x {
			return "true"
		}
	case []any:
		for _, one := range x {
			if text := spoken(one); text != "" {
				return text
			}
		}
	case map[string]any:
		if o := object(x); len(o) > 0 {
			return cmp.Or(o.text("message", "msg", "code", "text"), "an error")
		}
	}
	return ""
}

func (o object) has(name string) bool {
	_, ok := o[name]
	return ok
}

// decodeJSON reads one JSON value, or several in a row: lines of JSON.
func decodeJSON(path string, data []byte) ([]any, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
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
		at, err = len(text), message.Error("fleet.json-cut")
	}
	line := 1 + strings.Count(text[:at], "\n")
	return message.At(path, message.OnLine(line, err))
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
		return "", message.Error("fleet.encoding")
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
