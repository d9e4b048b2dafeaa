package view

import (
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/reporttest"
)

// Proves that the two registry views of a value are shown as one, and nothing else is.
func TestMerge(t *testing.T) {
	list := ChangeSettings([]document.Change{reporttest.Set(reporttest.NetKey, "A", 1), reporttest.Set(reporttest.NetKey6, "A", 1), reporttest.Set(reporttest.NetKey, "B", 1), reporttest.Set(reporttest.NetKey6, "B", 2), reporttest.Set(reporttest.NetKey6, "C", 1), reporttest.Set(reporttest.Tls12, "D", 0), reporttest.Set(reporttest.Tls12, "D", 0)})
	var got []string
	for _, s := range list {
		text := s.Name + "=" + s.Value
		if s.Both {
			text += " both"
		}
		if strings.Contains(s.Key, "Wow6432Node") {
			text += " wow"
		}
		got = append(got, text)
	}
	if want := "A=1 both|B=1|B=2 wow|C=1 wow|D=0"; strings.Join(got, "|") != want {
		t.Errorf("got %v", got)
	}
}

// Proves that the next commands keep what was typed except for where the output went, and
// that commands which change something do not claim otherwise.
func TestNextCommands(t *testing.T) {
	w := NewWords("en")
	fixed := &document.Check{Hosts: []document.Host{{Changes: []document.Change{{}}, Documented: &document.Documented{}}}}
	if got := NextCommands("tlsready check hosts", w, &document.Check{}); len(got) != 1 || got[0].ID != "next.html" {
		t.Errorf("with nothing to fix: %q", got)
	}
	got := NextCommands(`tlsready check "my hosts" --service azure-backup -f json -o html=a.html --output=b --json`, w, fixed)
	if len(got) != 3 || got[0].Command != `tlsready fix "my hosts" --service azure-backup --as ps1 --dir fixes` ||
		got[2].Command != `tlsready check "my hosts" --service azure-backup -o html=report.html` {
		t.Errorf("got %q", got)
	}
	if list := NextCommands("tlsready fix hosts", w, fixed); list != nil {
		t.Errorf("after fix: %q", list)
	}
	if ChangedNothing("tlsready fix hosts --apply") || ChangedNothing("tlsready fix --undo x") || !ChangedNothing("tlsready check hosts") {
		t.Error("changedNothing is wrong")
	}
}

// Proves when a row is said to fail, as seen from today.
func TestWhen(t *testing.T) {
	w := NewWords("en")
	for _, test := range []struct{ verdict, from, today, want string }{
		{document.Fails, "2021-09-01", "2021-06-20", "connects until 2021-08-31, fails from 2021-09-01"},
		{document.Fails, "2021-03-01", "2021-06-20", "fails since 2021-03-01"},
		{document.Connects, "2027-01-01", "2021-06-20", "connects; fails from 2027-01-01"},
		{document.Fails, "", "2021-06-20", ""},
		{document.Fails, "soon", "2021-06-20", "fails since soon"},
	} {
		if got := w.When(&document.Service{From: "2021-03-01", Status: "announced"}, test.verdict, &test.from, test.today); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	from, days := "2021-03-01", 7
	if got := w.When(&document.Service{From: from}, document.Fails, &from, "2021-06-20"); got != "" {
		t.Errorf("a yardstick without a deadline: %q", got)
	}
	if got := w.When(&document.Service{From: from, DaysLeft: &days}, document.Fails, &from, "2021-06-20"); got == "" {
		t.Error("a profile whose day has no status: nothing")
	}
}
