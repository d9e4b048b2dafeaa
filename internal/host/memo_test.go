package host

import "testing"

// TestMemo proves that a result is found again on a snapshot that answers alike what was asked,
// whatever else it holds, and on no other: absent, not asked and present are three answers.
func TestMemo(t *testing.T) {
	key := `HKLM\SOFTWARE\Example`
	asked := NewRef(key, "Asked")
	value := func(name string, n uint32) Value { return Value{Key: key, Name: name, Data: Dword(n)} }
	covered := &Snapshot{Covered: []string{key}}
	memo := Memo[string]{Least: 4, Most: 4}
	note := func(s *Snapshot, result string) {
		v, trace := memo.Trace(NewView(s))
		if _, state := v.With(Change{Key: key, Name: "Other", Data: Dword(1)}).Lookup(asked); state == Present {
			v.HasUpdate("KB1")
		}
		memo.Keep(trace, result)
	}
	note(covered, "absent")
	note(&Snapshot{}, "not asked")
	note(&Snapshot{Registry: []Value{value("Asked", 1)}}, "one")
	for name, test := range map[string]struct {
		s    *Snapshot
		want string
	}{
		"the same":                    {&Snapshot{Covered: []string{key}}, "absent"},
		"a value that was not asked":  {&Snapshot{Covered: []string{key}, Registry: []Value{value("Else", 1)}}, "absent"},
		"an update that was not":      {&Snapshot{Covered: []string{key}, Updates: &Updates{IDs: []string{"KB1"}}}, "absent"},
		"not covered":                 {&Snapshot{Registry: []Value{value("Else", 1)}}, "not asked"},
		"the value":                   {&Snapshot{Registry: []Value{value("Asked", 1)}}, "one"},
		"another number":              {&Snapshot{Registry: []Value{value("Asked", 2)}}, ""},
		"another type":                {&Snapshot{Registry: []Value{{Key: key, Name: "Asked", Data: String("1")}}}, ""},
		"the value and an update":     {&Snapshot{Registry: []Value{value("Asked", 1)}, Updates: &Updates{IDs: []string{"KB1"}}}, ""},
		"the value, looked for whole": {&Snapshot{Covered: []string{key}, Registry: []Value{value("Asked", 1)}}, ""},
		"another system":              {&Snapshot{OS: OS{Build: 1}, Covered: []string{key}}, ""},
	} {
		if got, ok := memo.Find(NewView(test.s)); got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
