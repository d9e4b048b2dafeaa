package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/list"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/verdict"
)

// damage is one spoilt export, and what was done to it.
type damage struct {
	how  string
	data []byte
}

// Proves for every export of fleet tools, whatever part of it is damaged, that nothing
// that the undamaged export holds counts as absent or as something else. The damage is an
// error, a failure, a member that is missing, null or empty, rows cut off at the end,
// rows that contradict each other, a reference to nothing, or a file cut anywhere. It
// also proves that no caller gets a verdict of connects or fails that it does not get from
// the undamaged export. Damage that cannot be seen at all (a row lost in the middle) is not included.
func TestFleetDamage(t *testing.T) {
	r := sourcetest.References()[1]
	for _, f := range fleetForms() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			whole := f.open(t)(t, r)
			data, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			held := readWith(t, whole, r.Version)
			if held == nil || len(held.Registry) < 5 {
				t.Fatalf("the whole export holds %+v", held)
			}
			judged := newJudged(t)
			want := judged.of(held)
			if !slices.ContainsFunc(want, func(v string) bool { return v != string(verdict.Unknown) }) {
				t.Error("nothing is certain of the whole: the law of verdicts is held against nothing")
			}
			n := 0
			for _, d := range damages(f.name, filepath.Base(whole), data) {
				n++
				path := filepath.Join(t.TempDir(), filepath.Base(whole))
				if err := os.WriteFile(path, d.data, 0o600); err != nil {
					t.Fatal(err)
				}
				if s := readWith(t, path, r.Version); s != nil {
					holdDamaged(t, d.how, s, held)
					judged.hold(t, d.how, s, want)
				}
			}
			if n < 50 {
				t.Errorf("%d ways of damage are few", n)
			}
		})
	}
}

// readWith reads the one host of an export, without any --covered; nil if it cannot be
// judged.
func readWith(t *testing.T, path, system string) *host.Snapshot {
	t.Helper()
	var found *host.Snapshot
	for h, err := range source.Read(t.Context(), []string{path}, source.Options{Kinds: list.Kinds(), OS: system}) {
		if err != nil {
			return nil
		}
		if h.Snapshot != nil {
			if found != nil && len(h.Snapshot.Registry) == 0 && len(h.Snapshot.Covered)+len(h.Snapshot.Shallow)+len(h.Snapshot.Absent) == 0 {
				continue // a host of a row that has lost its name, of which nothing is known
			}
			found = h.Snapshot
		}
	}
	return found
}

// holdDamaged holds what was read of a damaged export against the whole one.
func holdDamaged(t *testing.T, how string, got, whole *host.Snapshot) {
	t.Helper()
	view := host.NewView(got)
	for _, v := range whole.Registry {
		data, state := view.Lookup(host.NewRef(v.Key, v.Name))
		if state == host.Absent || state == host.Present && !data.Equal(v.Data) {
			t.Errorf("%s: %s %s is %s %s, where it was %s", how, v.Key, v.Name, state, data.Display(), v.Display())
		}
	}
	truth := host.NewView(whole)
	for _, ref := range gather.Reads() {
		if _, state := view.Lookup(ref); state != host.Present {
			continue
		}
		if _, state := truth.Lookup(ref); state != host.Present {
			t.Errorf("%s: %s %s is there, where it was %s", how, ref.Key, ref.Name, state)
		}
	}
}

// damages are the ways to spoil an export.
func damages(kind, name string, data []byte) []damage {
	var all []damage
	switch {
	case strings.HasSuffix(name, ".clixml"):
		all = clixmlDamages(string(sourceText(data)))
	case strings.HasSuffix(name, ".csv"):
		all = csvDamages(string(sourceText(data)))
	default:
		all = jsonDamages(kind, data)
	}
	for n := range 64 {
		all = append(all, damage{fmt.Sprintf("cut at %d/64", n), data[:len(data)*n/64]})
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for n := range min(len(lines)-1, 300) {
		all = append(all, damage{fmt.Sprintf("cut behind line %d", n), bytes.Join(lines[:n], nil)})
	}
	return all
}

func sourceText(data []byte) []byte {
	text, err := source.Text(data)
	if err != nil {
		panic(err)
	}
	return []byte(text)
}

// spots are the places of a list that are spoilt: its ends and its middle.
func spots(n int) []int {
	all := []int{0, 2, n / 3, n / 2, n - 2, n - 1}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(i int) bool { return i < 0 || i >= n })
}

// jsonDamages spoils JSON, one document or one a line.
func jsonDamages(kind string, data []byte) (all []damage) {
	decode := func() (docs []any) {
		dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		dec.UseNumber()
		for {
			var v any
			if dec.Decode(&v) != nil {
				return docs
			}
			docs = append(docs, v)
		}
	}
	lines := len(decode()) > 1
	add := func(how string, spoil func(root *[]any)) {
		docs := decode()
		spoil(&docs)
		var out bytes.Buffer
		for _, d := range docs {
			text, err := json.Marshal(d)
			if err != nil {
				panic(err)
			}
			out.Write(append(text, '\n'))
		}
		all = append(all, damage{how, out.Bytes()})
	}
	var walk func(path []any, v any)
	walk = func(path []any, v any) {
		switch x := v.(type) {
		case map[string]any:
			for _, w := range []struct {
				name  string
				value any
			}{{"error", "Access is denied."}, {"failed", true}, {"truncated", true}} {
				if _, has := x[w.name]; !has && !namesValues(path) {
					add(fmt.Sprintf("%v says %s", path, w.name), func(root *[]any) { at(root, path).(map[string]any)[w.name] = w.value })
				}
			}
			for _, name := range slices.Sorted(maps.Keys(x)) {
				if !namesValues(path) && !optional(name) {
					add(fmt.Sprintf("%v lacks %s", path, name), func(root *[]any) { delete(at(root, path).(map[string]any), name) })
				}
				for what, value := range map[string]any{"null": nil, "empty": "", "an empty list": []any{}, "an empty object": map[string]any{}} {
					if x[name] != nil && !optional(name) && fmt.Sprint(x[name]) != fmt.Sprint(value) && !likely(kind, path, x, name, value) {
						add(fmt.Sprintf("%v has %s %s", path, name, what), func(root *[]any) { at(root, path).(map[string]any)[name] = value })
					}
				}
				walk(append(slices.Clone(path), name), x[name])
			}
		case []any:
			listDamages(kind, lines && len(path) == 0, path, x, add)
			for _, i := range spots(len(x)) {
				walk(append(slices.Clone(path), i), x[i])
			}
		}
	}
	docs := decode()
	walk(nil, any(docs))
	return all
}

// at is the value at a path below the documents.
func at(root *[]any, path []any) any {
	v := any(*root)
	for _, step := range path {
		switch s := step.(type) {
		case int:
			v = v.([]any)[s]
		case string:
			v = v.(map[string]any)[s]
		}
	}
	return v
}

// put replaces the value at a path.
func put(root *[]any, path []any, value any) {
	if len(path) == 0 {
		*root = value.([]any)
		return
	}
	parent := at(root, path[:len(path)-1])
	switch s := path[len(path)-1].(type) {
	case int:
		parent.([]any)[s] = value
	case string:
		parent.(map[string]any)[s] = value
	}
}

// listDamages cut a list of rows, make a row null, and repeat one with other data.
func listDamages(kind string, lines bool, path []any, x []any, add func(string, func(*[]any))) {
	rows := isRows(path, x) || lines
	for _, i := range spots(len(x)) {
		if rows {
			add(fmt.Sprintf("%v cut at %d", path, i), func(root *[]any) { put(root, path, slices.Clone(x[:i])) })
		}
		if _, isObject := x[i].(map[string]any); !isObject {
			continue
		}
		add(fmt.Sprintf("%v null at %d", path, i), func(root *[]any) {
			list := slices.Clone(at(root, path).([]any))
			list[i] = nil
			put(root, path, list)
		})
		if kind == "ansible" || kind == "powershell, Get-ItemProperty" {
			continue // the same key asked again later is a later answer
		}
		add(fmt.Sprintf("%v twice at %d, otherwise", path, i), func(root *[]any) {
			list := at(root, path).([]any)
			other := otherwise(list[i])
			if other == nil {
				return
			}
			put(root, path, slices.Insert(slices.Clone(list), i, other))
		})
	}
}

// isRows says whether a list is a list of rows as a tool hands them out one after the
// other, and not a part of one answer, which is complete once it closes.
func isRows(path []any, x []any) bool {
	if len(path) == 0 || len(x) == 0 {
		return false
	}
	_, objects := x[0].(map[string]any)
	last, _ := path[len(path)-1].(string)
	return objects && (last == "rows" || last == "results" || last == "tlsready_registry" || last == "resources")
}

// likely says whether a member may well hold this empty value: a text without
// characters, a key without values, the default value's name for PowerShell, what
// Get-ItemProperty shows of an empty text or list.
func likely(kind string, path []any, x map[string]any, name string, value any) bool {
	switch value.(type) {
	case string:
		if _, text := x[name].(string); text && slices.Contains([]string{"data", "value", "raw_value"}, name) {
			return true
		}
		if _, list := x[name].([]any); list && name == "ValueData" && kind == "azure" && !strings.Contains(strings.ToUpper(fmt.Sprint(x["ValueType"])), "DWORD") {
			return true // an empty text
		}
		return name == "name" && kind == "powershell" || kind == "powershell, Get-ItemProperty"
	case []any:
		return kind == "powershell, Get-ItemProperty"
	case map[string]any:
		return name == "properties" && kind == "ansible"
	}
	return false
}

// optional are members that say nothing of settings.
func optional(name string) bool {
	return slices.Contains([]string{"collectedAt", "hotfixes", "Mtime", "host_display_name", "PSParentPath", "PSChildName", "PSDrive", "PSProvider", "PSComputerName", "asked"}, name)
}

// namesValues says whether an object's members are the values of a key: that one of
// them is missing cannot be seen.
func namesValues(path []any) bool {
	last := ""
	if len(path) > 0 {
		last, _ = path[len(path)-1].(string)
	}
	return last == "properties" || last == "v"
}

// otherwise is a copy of a row with other data; nil if it has none.
func otherwise(row any) any {
	text, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	var o map[string]any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&o) != nil {
		return nil
	}
	changed := false
	change := func(m map[string]any, name string) {
		switch m[name].(type) {
		case json.Number:
			m[name], changed = json.Number("77"), true
		case string:
			if m["type"] == "REG_DWORD" || m["what"] == "registry" && m["type"] == "REG_SZ" {
				m[name], changed = "77", true
			}
		}
	}
	for _, name := range []string{"data", "value", "Value"} {
		change(o, name)
	}
	for _, name := range []string{"Data", "properties"} {
		if inner, ok := o[name].(map[string]any); ok {
			change(inner, "value")
			if list, ok := inner["ValueData"].([]any); ok && len(list) == 1 {
				inner["ValueData"], changed = []any{"77"}, true
			}
		}
	}
	if !changed {
		return nil
	}
	return o
}

// csvDamages cut rows, empty cells, say errors and repeat rows with other data.
func csvDamages(text string) (all []damage) {
	lines := strings.SplitAfter(text, "\n")
	for _, i := range spots(len(lines) - 1) {
		line := strings.TrimRight(lines[i], "\r\n")
		put := func(how, other string) {
			next := slices.Clone(lines)
			next[i] = other
			all = append(all, damage{fmt.Sprintf("line %d %s", i+1, how), []byte(strings.Join(next, ""))})
		}
		if i > 0 {
			put("has lost its last cell", line[:max(0, strings.LastIndexByte(line, ','))]+"\n")
			for _, at := range regexp.MustCompile(`[^",]+`).FindAllStringIndex(line, 12) {
				put(fmt.Sprintf("lacks what stands at %d", at[0]), line[:at[0]]+line[at[1]:]+"\n")
				put(fmt.Sprintf("is cut at %d", at[1]), line[:at[1]]+"\n")
			}
			if number := regexp.MustCompile(`\d+"?$`); number.MatchString(line) {
				put("twice, otherwise", lines[i]+number.ReplaceAllString(line, "77")+"\n")
			}
			put("with a stray quote", line+`"`+"\n")
		}
	}
	header := strings.TrimRight(lines[0], "\r\n")
	for _, column := range []string{"Error", "PreRemediationDetectionScriptError", "エラー"} {
		next := []string{header + "," + column + "\n"}
		for _, line := range lines[1:] {
			if line = strings.TrimRight(line, "\r\n"); line != "" {
				next = append(next, line+",Access is denied.\n")
			}
		}
		all = append(all, damage{"a column " + column, []byte(strings.Join(next, ""))})
	}
	return all
}

// clixmlDamages takes elements out, makes them nil, and lets them refer to nothing.
func clixmlDamages(text string) (all []damage) {
	element := regexp.MustCompile(`<(S|I32|BA)( N="[^"]*")?>[^<]*</(?:S|I32|BA)>`)
	found := element.FindAllStringSubmatchIndex(text, -1)
	for _, i := range spots(len(found)) {
		for near := max(0, i-2); near < min(len(found), i+3); near++ {
			m := found[near]
			name := ""
			if m[4] >= 0 {
				name = text[m[4]:m[5]]
			}
			plain := strings.Trim(strings.TrimPrefix(name, " N="), `"`)
			put := func(how, other string) {
				all = append(all, damage{fmt.Sprintf("element %d (%s) %s", near, text[m[0]:m[1]], how), []byte(text[:m[0]] + other + text[m[1]:])})
			}
			if name != "" && !optional(plain) {
				put("missing", "")
				put("nil", "<Nil"+name+"/>")
			}
			put("refers to nothing", "<Ref"+name+` RefId="999999"/>`)
			put("is an error", `<S S="Error">denied</S>`)
		}
	}
	return all
}
