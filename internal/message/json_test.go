package message

import (
	"encoding/json"
	"testing"
)

// Proves that a text in JSON has its English words, that no text is an empty string,
// and that what was read keeps its words in every language.
func TestTextInJSON(t *testing.T) {
	type doc struct {
		Why  Text
		Also *Text
	}
	why := New("problem.at", Str("where", "a"), Sub("what", Literal("b")))
	data, err := json.Marshal([]doc{{Why: why, Also: &why}, {}})
	if err != nil || string(data) != `[{"Why":"a: b","Also":"a: b"},{"Why":"","Also":null}]` {
		t.Fatalf("%v %s", err, data)
	}
	var back []doc
	if err := json.Unmarshal(data, &back); err != nil || For("ja").Render(back[0].Why) != "a: b" || !back[1].Why.IsZero() || back[1].Also != nil {
		t.Errorf("%v %+v", err, back)
	}
}
