package host

import (
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves what each way of having looked for a value says of one that is not there:
// a covered key of all below it, a shallow one of its own values alone, an absent
// value of itself.
func TestCoverage(t *testing.T) {
	s, err := Decode([]byte(`{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"registry":[],
		"covered":["HKLM\\SOFTWARE\\Deep"],"shallow":["HKLM\\SOFTWARE\\Shallow"],"absent":[{"key":"HKLM\\SOFTWARE\\One","name":"asked"}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Decode(again, nil); err != nil {
		t.Fatal(err)
	}
	v := NewView(s)
	for _, c := range []struct {
		key, name string
		want      State
	}{
		{`hklm\software\DEEP`, "x", Absent},
		{`HKLM\SOFTWARE\Deep\Below`, "x", Absent},
		{`HKLM\SOFTWARE\Deeper`, "x", NotAsked},
		{`HKLM\SOFTWARE\shallow`, "x", Absent},
		{`HKLM\SOFTWARE\Shallow\Below`, "x", NotAsked},
		{`HKLM\SOFTWARE\One`, "ASKED", Absent},
		{`HKLM\SOFTWARE\One`, "other", NotAsked},
		{`HKLM\SOFTWARE\One\asked`, "", NotAsked},
		{`HKLM\SOFTWARE`, "x", NotAsked},
	} {
		if _, state := v.Lookup(NewRef(c.key, c.name)); state != c.want {
			t.Errorf("%s %s is %s, want %s", c.key, c.name, state, c.want)
		}
	}
}

// Proves that names are the same if Windows treats them as the same, and that letters that only
// look the same are not.
func TestFold(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Client", "CLIENT", true},
		{"Enabled", "enabled", true},
		{"ÄÖ", "äö", true},
		{"Ж", "ж", true},
		{"表示", "表示", true},
		{"Cl\u0130ent", "Client", false}, // I with a dot
		{"Cl\u0131ent", "CLIENT", false}, // i without one
		{"\u017fchannel", "schannel", false},
		{"\u212aey", "key", false},
		{"a", "b", false},
	} {
		if got := SameName(c.a, c.b); got != c.same {
			t.Errorf("%q and %q are the same: %v", c.a, c.b, got)
		}
	}
	if key := `HKLM\SOFTWARE`; !Under(`hklm\software\a`, key) || Under(`HKLM\SOFTWARES`, key) || Under(`HKLM`, key) || !Under(key, key) {
		t.Error("what lies below a key")
	}
	v := NewView(&Snapshot{Covered: []string{`HKLM\A`}, Registry: []Value{{Key: "HKLM\\A\\Cl\u0130ent", Name: "Enabled", Data: Dword(1)}}})
	if _, state := v.Lookup(NewRef(`HKLM\A\Client`, "Enabled")); state != Absent {
		t.Errorf("a value of another key is %s", state)
	}
}

// Proves that what a source said about its reading goes through a file and comes
// back as a text, and that texts within texts end.
func TestNotes(t *testing.T) {
	s := Snapshot{Schema: Schema, OS: OS{Version: "6.3", Build: 9600}, Notes: []message.Text{
		message.New("hives.note", message.Str("hive", "SYSTEM"), message.Sub("note", message.New("hive.warn-dirty-alone"))), message.Literal("as it was"),
	}}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, note := range back.Notes {
		if got, want := message.For("ja").Render(note), message.For("ja").Render(s.Notes[i]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	deep := strings.Repeat(`{"args":{"a":{"texts":[`, 5)
	if _, err := Decode([]byte(`{"schema":"tlsready.host/v1","notes":[`+deep), nil); err == nil || !strings.Contains(err.Error(), "more than 4 deep") {
		t.Errorf("error %v", err)
	}
}
