package survey

import (
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/assess"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
	"tlsready/internal/verdict"
)

// Proves what becomes of each host since an earlier run: lines and documents are read,
// the worst of several services counts, ids compare without case, and a cut or foreign
// file is told.
func TestSince(t *testing.T) {
	line := func(id, verdict string) string {
		return `{"schema":"tlsready.check/v1","kind":"host","host":"` + id + `","service":"x","verdict":"` + verdict + `"}` + "\n"
	}
	path := filepath.Join(t.TempDir(), "last.jsonl")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	warned := 0
	warn := func(message.Text) { warned++ }
	write(line("A", "fails") + line("a", "connects") + line("b", "connects") + line("c", "unknown") + line("d", "fails") + line("e", "fails") + line("g", "fails") +
		`{"schema":"tlsready.check/v1","kind":"summary","hosts":6}` + "\n")
	last, err := ReadLast(path, warn)
	if err != nil || warned != 0 {
		t.Fatal(err, warned)
	}
	took := func(id string, v verdict.Verdict, changes ...host.Change) {
		last.Take(judge.Judged{Host: source.Host{ID: id}, Services: []*assess.Judged{{Judgement: verdict.Judgement{Verdict: v}, Plan: fix.Plan{Changes: changes}}}})
	}
	took("a", verdict.Connects)
	took("b", verdict.Fails, host.Change{Name: "Functions", Owner: host.GroupPolicy}, host.Change{Name: "Enabled"})
	took("c", verdict.Fails)
	took("d", verdict.Unknown)
	took("e", verdict.Fails)
	took("f", verdict.Fails)
	s := last.Since()
	for what, got := range map[string]string{
		"a": s.Mended[0].Host, "b": s.FellBack[0].Host, "c": s.Judged[0].Host, "d": s.Unjudged[0].Host, "f": s.New[0].Host, "g": s.Gone[0].Host,
	} {
		if got != what {
			t.Errorf("%s: %q", what, got)
		}
	}
	if n := len(s.Mended) + len(s.FellBack) + len(s.Judged) + len(s.Unjudged) + len(s.New) + len(s.Gone); n != 6 || len(s.FellBack[0].Policy) != 1 {
		t.Errorf("%d changes, policy %q", n, s.FellBack[0].Policy)
	}
	write(`{"schema": "tlsready.check/v1", "hosts": [{"host": "a", "verdict": "fails"}]}`)
	if last, err = ReadLast(path, warn); err != nil || len(last.before) != 1 || warned != 0 {
		t.Errorf("a document: %v", err)
	}
	write(line("a", "fails") + line("b", "fails")[:40])
	if last, err = ReadLast(path, warn); err != nil || len(last.before) != 1 || warned != 1 {
		t.Errorf("a cut file: %v, %d warnings", err, warned)
	}
	for _, bad := range []string{"", "{}", "[]", `{"schema": "tlsready.host/v1"}`, `{"schema": "tlsready.check/v1", "hosts": 3}`, "\x00"} {
		write(bad)
		if _, err := ReadLast(path, warn); err == nil {
			t.Errorf("%q is taken for a run", bad)
		}
	}
	var none *Last
	none.Take(judge.Judged{})
	if none.Since() != nil {
		t.Error("without an earlier run there is a comparison")
	}
}
