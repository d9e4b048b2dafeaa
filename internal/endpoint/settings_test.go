package endpoint

import "testing"

// Proves that of several servers each is held against the endpoint of its name alone.
func TestSettingsByName(t *testing.T) {
	a, b := &Settings{name: "WSUS01"}, &Settings{name: "web.example.com"}
	for target, want := range map[string][2]bool{"wsus01.example.com:8531": {true, false}, "web:443": {false, true}, "other:443": {false, false}} {
		if got := [2]bool{a.about(target), b.about(target)}; got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
	a.Everywhere = true
	if !a.about("192.0.2.1:443") {
		t.Error("the only server is held against every endpoint")
	}
}
