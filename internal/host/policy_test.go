package host

import "testing"

// TestPolicy proves which changes a group policy undoes: one that writes another value, or
// deletes it or all of its key, and none that writes the same or is about another value.
func TestPolicy(t *testing.T) {
	key := `HKLM\SOFTWARE\Example`
	set := Change{Key: key, Name: "Value", Data: Dword(1)}
	remove := Change{Key: key, Name: "Value", Delete: true}
	policy := func(name string, data Data) []PolicyValue {
		return []PolicyValue{{Key: key, Name: name, Data: data, GPO: "Baseline"}}
	}
	for name, test := range map[string]struct {
		policies []PolicyValue
		change   Change
		undoes   bool
	}{
		"another number":        {policy("value", Dword(0)), set, true},
		"the same number":       {policy("VALUE", Dword(1)), set, false},
		"another type":          {policy("Value", String("1")), set, true},
		"nobody knows what":     {policy("Value", Data{}), set, true},
		"a deletion":            {policy("**del.Value", Data{}), set, true},
		"a deletion of all":     {policy("**DelVals.", Data{}), set, true},
		"a deletion of another": {policy("**del.Other", Data{}), set, false},
		"another value":         {policy("Other", Dword(0)), set, false},
		"what is to be removed": {policy("Value", Dword(1)), remove, true},
		"no policies":           {nil, set, false},
	} {
		v := NewView(&Snapshot{Policies: test.policies})
		gpo, undoes := v.Policy(NewRef(test.change.Key, test.change.Name), test.change)
		if undoes != test.undoes || undoes != (gpo == "Baseline") {
			t.Errorf("%s: %q %v", name, gpo, undoes)
		}
	}
}
