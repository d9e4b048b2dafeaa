package page

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ask gives a message to a session and reads its answer.
func ask(t *testing.T, s *Session, a Ask) (Answer, []byte) {
	t.Helper()
	if a.Lang == "" {
		a.Lang = "en"
	}
	a.Question.Today = "2021-06-15"
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	said, data := s.Answer(t.Context(), text)
	var answer Answer
	if err := json.Unmarshal(said, &answer); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return answer, data
}

// fleet is the example fleet, checked.
func fleet(t *testing.T) *Session {
	t.Helper()
	t.Chdir(filepath.Join("..", "..", "examples"))
	s := &Session{}
	said, _ := ask(t, s, Ask{Do: "check", Question: Question{Sources: []string{"fleet"}, Services: []string{"azure-backup"}, On: "2021-09-01", Label: "my fleet"}})
	if said.Problem != nil {
		t.Fatal(said.Problem.What)
	}
	r := said.Result
	if r.State != "fails" || !r.Fixes || r.Summary.Fails == 0 || r.On != "2021-09-01" || !strings.Contains(r.Report, "my fleet") || !strings.Contains(r.Report, r.Headline) {
		t.Errorf("%+v", *r)
	}
	return s
}

// Proves what the first screen offers: every service with its days, and versions of
// Windows that --os takes.
func TestStart(t *testing.T) {
	said, _ := ask(t, &Session{}, Ask{Do: "start", Lang: "ja"})
	if said.Start == nil || len(said.Start.Services) < 5 || len(said.Start.Systems) < 20 || said.Start.AsOf < "2026" {
		t.Fatalf("%+v", said)
	}
	first := said.Start.Services[0]
	if first.Day < "2021-06-15" || !strings.Contains(first.Days, "日") {
		t.Errorf("the nearest deadline is %+v", first)
	}
	for _, name := range said.Start.Systems {
		s := &Session{}
		dir := t.TempDir()
		export := "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n"
		if err := os.WriteFile(filepath.Join(dir, "a.reg"), []byte(export), 0o600); err != nil {
			t.Fatal(err)
		}
		said, _ := ask(t, s, Ask{Do: "check", Question: Question{Sources: []string{filepath.Join(dir, "a.reg")}, Services: []string{"tls12"}, OS: name}})
		if said.Problem != nil || said.Result.Summary.Unreadable > 0 {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

// Proves that making ready leaves nothing behind: no result, and the same answer as
// without.
func TestPrepare(t *testing.T) {
	s := &Session{}
	ask(t, s, Ask{Do: "prepare", Lang: "ja"})
	if s.last != nil || s.other != nil {
		t.Errorf("%+v", s)
	}
	q := Question{Sources: []string{filepath.Join("..", "..", "examples", "fleet")}, Services: []string{"azure-backup"}, On: "2021-09-01", Today: "2021-06-15"}
	got, err := s.Check(t.Context(), q, "en")
	if err != nil {
		t.Fatal(err)
	}
	want, err := (&Session{}).Check(t.Context(), q, "en")
	if err != nil || got.Report != want.Report {
		t.Errorf("%d and %d bytes, %v", len(got.Report), len(want.Report), err)
	}
}

// Proves that another day, another service and a recipe say who gains and who loses, and
// that the answer can be made the result.
func TestWhatIf(t *testing.T) {
	s := fleet(t)
	early, _ := ask(t, s, Ask{Do: "whatif", Question: Question{Services: []string{"azure-backup"}, On: "2021-01-01"}})
	if w := early.WhatIf; w == nil || len(w.Gain) == 0 || len(w.Lose) > 0 || w.Gain[0].Before != "fails" || w.Gain[0].After != "connects" {
		t.Fatalf("before the deadline: %+v", early)
	}
	off := filepath.Join(t.TempDir(), "off.reg")
	text := "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client]\r\n\"Enabled\"=dword:00000000\r\n"
	if err := os.WriteFile(off, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	broken, _ := ask(t, s, Ask{Do: "whatif", Question: Question{Services: []string{"azure-backup"}, On: "2021-09-01", With: off}})
	if w := broken.WhatIf; w == nil || len(w.Lose) == 0 || w.Lose[0].Why == "" || len(w.Assumed) == 0 || !strings.Contains(w.Assumed[0], " off.reg ") {
		t.Fatalf("without TLS 1.2: %+v", broken)
	}
	taken, _ := ask(t, s, Ask{Do: "take"})
	if taken.Result == nil || taken.Result.Summary.Connects != 0 {
		t.Errorf("taken: %+v", taken)
	}
}

// Proves that an error text is explained in the language, with what was found on the
// hosts that were checked, and that nonsense is told from it.
func TestExplain(t *testing.T) {
	const text = "The request was aborted: Could not create SSL/TLS secure channel."
	alone, _ := ask(t, &Session{}, Ask{Do: "explain", Text: text})
	if m := alone.Meaning; m == nil || len(m.Causes) == 0 || len(m.Sources) == 0 || len(m.Here) != 0 {
		t.Errorf("without hosts: %+v", alone)
	}
	here, _ := ask(t, fleet(t), Ask{Do: "explain", Text: text, Lang: "ja"})
	if m := here.Meaning; m == nil || len(m.Here) == 0 || m.Here[0].Verdict != "fails" || m.Here[0].Set == "" {
		t.Errorf("with hosts: %+v", here)
	}
	for _, text := range []string{"qqq", strings.Repeat("x", maxPasted+1)} {
		if said, _ := ask(t, &Session{}, Ask{Do: "explain", Text: text}); said.Problem == nil || said.Problem.What == "" {
			t.Errorf("%.9q: %+v", text, said)
		}
	}
}

// Proves that every format can be downloaded, and that none can before a check, after
// clearing, or under another name.
func TestDownload(t *testing.T) {
	s := fleet(t)
	for format, begins := range map[string]string{"json": "{", "csv": "\ufeff", "html": "<!doctype html>", "zip": "PK"} {
		said, data := ask(t, s, Ask{Do: "download", Format: format, As: []string{"ps1"}})
		if said.File == nil || !bytes.HasPrefix(data, []byte(begins)) {
			t.Errorf("%s: %+v, %.20q", format, said, data)
		}
	}
	if said, _ := ask(t, s, Ask{Do: "download", Format: "exe"}); said.Problem == nil {
		t.Error("exe can be downloaded")
	}
	ask(t, s, Ask{Do: "clear"})
	for _, do := range []string{"download", "again", "whatif", "take"} {
		if said, data := ask(t, s, Ask{Do: do, Format: "json"}); said.Problem == nil || data != nil {
			t.Errorf("%s after clearing: %+v", do, said)
		}
	}
}

// Proves that what cannot be read is said with the page's own hints, and not with flags.
func TestProblems(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"photo.jpg": "\xff\xd8\xff\xe0",
		"bare.reg":  "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	photo, _ := ask(t, &Session{}, Ask{Do: "check", Question: Question{Sources: []string{filepath.Join(dir, "photo.jpg")}}})
	if photo.Problem == nil || !strings.Contains(photo.Problem.Hint, "drop a collector file") {
		t.Errorf("a picture: %+v", photo)
	}
	bare, _ := ask(t, &Session{}, Ask{Do: "check", Question: Question{Sources: []string{filepath.Join(dir, "bare.reg")}}})
	if bare.Result == nil || !bare.Result.System {
		t.Errorf("an export without a system: %+v", bare)
	}
	for name, a := range map[string]Ask{
		"no word": {Do: "nothing"}, "a date": {Do: "check", Question: Question{Sources: []string{dir}, On: "tomorrow"}},
		"a service": {Do: "check", Question: Question{Sources: []string{dir}, Services: []string{"none-such"}}},
	} {
		if said, _ := ask(t, &Session{}, a); said.Problem == nil {
			t.Errorf("%s: %+v", name, said)
		}
	}
	if said, _ := (&Session{}).Answer(t.Context(), []byte("{")); !bytes.Contains(said, []byte("problem")) {
		t.Errorf("half a message: %s", said)
	}
}
