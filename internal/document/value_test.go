package document

import (
	"encoding/json"
	"reflect"
	"testing"

	"tlsready/internal/host"
)

// Proves that changes and evidence go to JSON in the form of the contract and
// come back the same, whatever the type of their data.
func TestTypedData(t *testing.T) {
	for text, want := range map[string]Change{
		`{"key":"HKLM\\A","name":"n","type":"REG_DWORD","value":1,"before":{"state":"absent"}}`:                              {Key: `HKLM\A`, Name: "n", Data: host.Dword(1), Before: &Before{State: host.Absent}},
		`{"key":"HKLM\\A","name":"n","type":"REG_MULTI_SZ","value":["a,b"],"owner":"group-policy","services":["s"]}`:         {Key: `HKLM\A`, Name: "n", Data: host.Multi("a,b"), Owner: host.GroupPolicy, Services: []string{"s"}},
		`{"key":"HKLM\\A","name":"<&>","delete":true,"before":{"state":"present","type":"REG_SZ","value":"x"}}`:              {Key: `HKLM\A`, Name: "<&>", Delete: true, Before: &Before{State: host.Present, Data: host.String("x")}},
		`{"key":"HKLM\\A","name":"n","type":"REG_QWORD","value":"18446744073709551615","citation":"https://example.com/kb"}`: {Key: `HKLM\A`, Name: "n", Data: host.Data{Type: host.QWORD, Number: 1<<64 - 1}, Citation: "https://example.com/kb"},
	} {
		got, err := marshal(want)
		if err != nil || string(got) != text {
			t.Errorf("%s, %v; want %s", got, err, text)
		}
		var back Change
		if err := json.Unmarshal([]byte(text), &back); err != nil || !reflect.DeepEqual(back, want) {
			t.Errorf("%s came back as %+v, %v", text, back, err)
		}
	}
	const text = `{"key":"HKLM\\A","name":"n","state":"wrong-type","type":"REG_SZ","value":"1"}`
	var e Evidence
	if err := json.Unmarshal([]byte(text), &e); err != nil || !e.Equal(host.String("1")) {
		t.Errorf("%+v, %v", e, err)
	}
	if got, err := marshal(e); err != nil || string(got) != text {
		t.Errorf("%s, %v", got, err)
	}
}
