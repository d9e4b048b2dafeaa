package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
)

// flat gives the strings, numbers and words of an object as encoding/json reads them, by
// their paths; of lists only that they are there.
func flat(path string, value any, to map[string]any) {
	object, ok := value.(map[string]any)
	if !ok {
		to[path] = value
		return
	}
	for k, v := range object {
		if path != "" {
			k = path + "." + k
		}
		flat(k, v, to)
	}
}

func compare(t *testing.T, text []byte) {
	t.Helper()
	got := make(map[string]string)
	var s Scanner
	ok := s.Object(text, func(path, value []byte) { got[string(path)] = string(value) })
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return // it may let through what encoding/json does not
	}
	if strings.Count(string(text), "{")+strings.Count(string(text), "[") > MaxDepth {
		return
	}
	if !ok {
		t.Fatalf("%q is an object", text)
	}
	want := make(map[string]any)
	flat("", object, want)
	delete(want, "")
	for path, value := range want {
		text, isText := value.(string)
		if found, there := got[path]; !there || isText && found != text && !strings.Contains(path, "\ufffd") && !strings.Contains(text, "\ufffd") {
			t.Fatalf("%q: %q is %q, want %q", object, path, found, value)
		}
	}
}

// Proves that objects of every kind are walked as encoding/json reads them.
func TestObject(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":"b"}`, `{"a":{"b":{"c":"d"}},"e":[1,{"f":"]"}],"g":-1.5e3,"h":true,"i":null}`,
		`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d"}`, "{\n\t\"a\" : [ ] , \"b\" : [ [ ] , { } ]\r\n}", `{"":""}`, `{"a":"日本"}`,
	} {
		compare(t, []byte(text))
	}
	for _, text := range []string{``, `{`, `{"a"`, `{"a":`, `{"a":}`, `{"a":1,}`, `{"a":"b}`, `[1]`, `{"a":1}x`, `{"a":[1,]}`, `{"a":\u}`, `{"a":"\x"}`, strings.Repeat(`{"a":`, 1000)} {
		var s Scanner
		if s.Object([]byte(text), func(_, _ []byte) {}) {
			t.Errorf("%q is no object", text)
		}
	}
}

// Proves that the elements of lists are found, those with brackets in them too.
func TestElements(t *testing.T) {
	var got []string
	Elements([]byte(`[ 1, "a,]", {"b":[2]} , [3] ]`), func(v []byte) { got = append(got, string(Unquote(v))) })
	if strings.Join(got, "|") != `1|a,]|{"b":[2]}|[3]` {
		t.Errorf("%q", got)
	}
}

// Proves that whatever encoding/json reads is walked in the same way.
func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"a":{"b":"c\u00e9"},"d":[1,"x"],"e":1.5}`))
	f.Fuzz(compare)
}
