package runs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
	"tlsready/internal/survey"
)

// Lines of check, as the program writes them and as others write them again.
func host(name, verdict string) string {
	return fmt.Sprintf(`{"schema":"tlsready.check/v1","kind":"host","host":%q,"service":"x","verdict":%q,"changes":[],"prerequisites":[]}`, name, verdict) + "\n"
}

func summary(today string, n int) string {
	return fmt.Sprintf(`{"schema":"tlsready.check/v1","kind":"summary","on":"2026-06-01","today":%q,"hosts":%d,"services":[{"id":"x","name":{},"from":"2026-06-01"}]}`, today, n) + "\n"
}

const row = `{"schema":"tlsready.check/v1","kind":"verdict","host":"a","service":"x","warnings":[]}` + "\n"

// read reads files that it lays into a folder.
func read(t *testing.T, files map[string]string) (*document.Fleet, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 1, 20, 12, 0, 0, 0, time.Local)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	r := Reading{Words: []string{dir}, Today: fleet.ParseDay("2026-02-01")}
	return r.Read(context.Background())
}

func packed(t *testing.T, text string) (gz, zst string) {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	z, err := zstd.NewWriter(nil)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), string(z.EncodeAll([]byte(text), nil))
}

// Proves that every way in which a run may lie in a folder is read as the same: alone or
// appended, packed, in UTF-16, with a mark at its beginning, with Windows' line ends, spelled
// by another program, and as one JSON document.
func TestForms(t *testing.T) {
	run := row + host("a", "fails") + host("b", "connects") + summary("2026-01-05", 2)
	gz, zst := packed(t, run)
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(run, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": run, "gzip": gz, "zstd": zst, "UTF-16": wide, "mark": "\ufeff" + run, "line ends": strings.ReplaceAll(run, "\n", "\r\n"), "no last end": strings.TrimSuffix(run, "\n"),
		"empty lines": "\n\n" + strings.ReplaceAll(run, "\n", "\n\n"), "spaces": strings.ReplaceAll(strings.ReplaceAll(run, `":`, `": `), `,"`, `, "`),
		"other order": strings.ReplaceAll(run, `{"schema":"tlsready.check/v1","kind":"host",`, `{"kind":"host","schema":"tlsready.check/v1",`),
		"document":    "{\n" + `"schema":"tlsready.check/v1","today":"2026-01-05","services":[{"id":"x","name":{},"from":"2026-06-01"}],"hosts":[{"host":"a","service":"x","verdict":"fails"},{"host":"b","service":"x","verdict":"connects"}]}`,
	} {
		doc, err := read(t, map[string]string{"run": text})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(doc.Days) != 1 || doc.Days[0].Date != "2026-01-05" || doc.Days[0].Cut || doc.Days[0].Summary != (document.Summary{Hosts: 2, Connects: 1, Fails: 1}) || len(doc.Sources.Losses) > 0 || doc.Sources.Files[0].DatedBy != document.DatedByLines {
			t.Errorf("%s: %+v, %+v", name, doc.Days, doc.Sources)
		}
	}
	doc, err := read(t, map[string]string{"all.jsonl": run + host("a", "connects") + summary("2026-01-06", 1)})
	if err != nil || len(doc.Days) != 2 || doc.Hosts[0].Services[0].Turn != document.TurnMended {
		t.Errorf("appended: %+v, %v", doc, err)
	}
}

// Proves of which day a file is that does not say it.
func TestDays(t *testing.T) {
	for name, want := range map[string]string{
		"check-2026-01-02.jsonl": "2026-01-02", "check_2026_01_02.jsonl": "2026-01-02", "2026.01.02.jsonl": "2026-01-02", "20260102.jsonl": "2026-01-02", "check-20260102-0130.jsonl": "2026-01-02",
		"check-202601020130.jsonl": "2026-01-02", "check-20260102013059.jsonl": "2026-01-02", "2026-01-02/check.jsonl": "2026-01-02", "2026-01-03/check-2026-01-02.jsonl": "2026-01-02",
		"2026-01-02/site-a/check.jsonl": "2026-01-02", "check.jsonl": "2026-01-20", "check-2026-13-02.jsonl": "2026-01-20", "check-2026-02-30.jsonl": "2026-01-20",
		"check-2026-01_02.jsonl": "2026-01-20", "id120260102.jsonl": "2026-01-20", "1999-01-02.jsonl": "2026-01-20",
	} {
		doc, err := read(t, map[string]string{name: host("a", "fails")})
		if err != nil || len(doc.Days) != 1 || doc.Days[0].Date != want {
			t.Errorf("%s: %+v, %v, want %s", name, doc, err, want)
			continue
		}
		by := document.DatedByName
		if want == "2026-01-20" {
			by = document.DatedByFile
		}
		if doc.Sources.Files[0].DatedBy != by || !doc.Days[0].Cut || !doc.Sources.Files[0].Cut {
			t.Errorf("%s: %+v", name, doc.Sources.Files[0])
		}
	}
}

// Proves that what is damaged costs its line, or its file, and is named with its place;
// that the rest is there; and that a day on which there can be no result is left out.
func TestDamage(t *testing.T) {
	good := host("a", "fails") + summary("2026-01-05", 1)
	gz, zst := packed(t, strings.Repeat(row, 200)+good)
	for name, c := range map[string]struct {
		text  string
		what  string // id of the first loss
		line  int
		lines int // that are good
	}{
		"cut in a line":            {good + `{"schema":"tlsready.check/v1","kind":"host","hos`, "runs.loss.cut", 3, 2},
		"cut in a row":             {good + `{"schema":"tlsready.check/v1","kind":"verdict","host":"a"`, "runs.loss.cut", 3, 2},
		"a line of something else": {"hello\n" + good, "runs.loss.json", 1, 2},
		"a wrong type":             {strings.Replace(good, `"verdict":"fails"`, `"verdict":7`, 1), "runs.loss.json", 1, 1},
		"a verdict nobody knows":   {host("b", "perhaps") + good, "runs.loss.host", 1, 2},
		"no host":                  {host("", "fails") + good, "runs.loss.host", 1, 2},
		"another schema":           {`{"schema":"tlsready.check/v9","kind":"host"}` + "\n" + good, "runs.loss.schema", 1, 2},
		"an endless line":          {`{"x":"` + strings.Repeat("x", maxLine+buffer) + "\n" + good, "runs.loss.long", 1, 2},
		"deep":                     {strings.Repeat(`{"schema":`, 20000) + "\n" + good, "runs.loss.json", 1, 2},
		"a host lost":              {host("a", "fails") + summary("2026-01-05", 2), "runs.loss.count", 2, 2},
		"a clock at its beginning": {good + host("a", "fails") + summary("1970-01-01", 1), "runs.loss.day", 0, 4},
		"a clock ahead":            {good + host("a", "fails") + summary("2026-02-03", 1), "runs.loss.day", 0, 4},
		"a clock far ahead":        {good + host("a", "fails") + summary("9999-12-31", 1), "runs.loss.day", 0, 4},
		"a recipe taken as run":    {good + host("a", "connects") + strings.Replace(summary("2026-01-07", 1), `"services"`, `"assumed":{"recipe":"fix.ps1"},"services"`, 1), "runs.loss.assumed", 4, 4},
		"a gzip cut short":         {gz[:len(gz)-9], "", 0, -1},
		"a zstd cut short":         {zst[:len(zst)-6], "", 0, -1},
	} {
		doc, err := read(t, map[string]string{"bad.jsonl": c.text, "good.jsonl": host("z", "connects") + summary("2026-01-06", 1)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := doc.Sources
		if len(s.Losses) == 0 || !strings.HasSuffix(s.Losses[0].File, "bad.jsonl") || c.what != "" && (s.Losses[0].What.ID != c.what || s.Losses[0].Line != c.line) {
			t.Errorf("%s: %+v", name, s.Losses)
		}
		if c.lines >= 0 && s.Files[0].Lines != c.lines {
			t.Errorf("%s: %d good lines, want %d", name, s.Files[0].Lines, c.lines)
		}
		if last := doc.Days[len(doc.Days)-1]; last.Date != "2026-01-06" || last.Summary.Hosts != 1 {
			t.Errorf("%s: the other file: %+v", name, doc.Days)
		}
	}
}

// Proves that of many damaged lines all are counted and the first named, and that files of
// a folder that are something else, hidden ones, and pages of a site are passed over.
func TestOtherFiles(t *testing.T) {
	doc, err := read(t, map[string]string{
		"a.jsonl": strings.Repeat("no\n", 30) + host("a", "fails") + summary("2026-01-05", 1), "notes.txt": "hello\n", "site/en/index.html": "<!doctype html>\n", "cap.pcap": "\xd4\xc3\xb2\xa1\x00\x00",
		".tmp.jsonl": host("b", "fails"), "empty.jsonl": "", "inventory.csv": "host,os\n",
	})
	if err != nil || doc.Sources.Damaged != 30 || doc.Sources.Files[0].Damaged != 30 || len(doc.Hosts) != 1 {
		t.Fatalf("%+v, %v", doc, err)
	}
	named := 0
	for _, l := range doc.Sources.Losses {
		if strings.HasSuffix(l.File, "a.jsonl") {
			named++
		}
	}
	if named != ofOneFile || doc.Sources.PassedOver < 4 {
		t.Errorf("%d named, %d passed over", named, doc.Sources.PassedOver)
	}
}

// Proves that without a single line there is an error, which names the first file, and none
// where the context ends.
func TestNothing(t *testing.T) {
	_, err := read(t, map[string]string{"a.jsonl": "{}\n"})
	if wrong := (*survey.Mistake)(nil); !errors.As(err, &wrong) {
		t.Errorf("%v is no mistake", err)
	}
	var p *message.Problem
	if !errors.As(err, &p) || p.Hint.ID != "runs.hint.none" {
		t.Errorf("%+v", p)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.jsonl"), []byte(strings.Repeat(row, 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&Reading{Words: []string{dir}, Today: 20000}).Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Proves that a line is kept from nobody: lines of probe and watch go where those of check
// go, dated by the file and by themselves.
func TestKinds(t *testing.T) {
	doc, err := read(t, map[string]string{
		"2026-01-07.jsonl": `{"schema":"tlsready.endpoint/v1","target":"a.example.com:443","versions":{"TLS 1.2":"yes"}}` + "\n" +
			`{"schema":"tlsready.connection/v1","time":"2026-01-03T00:00:00Z","client":"192.0.2.1:5","survives":"no","old":true}` + "\n" + host("a", "fails") + summary("2026-01-07", 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := doc.Sources.Files[0]
	if len(doc.Endpoints) != 1 || doc.Endpoints[0].LastSeen != "2026-01-07" || len(doc.Clients) != 1 || doc.Clients[0].Class != document.ClassCannot || strings.Join(f.Kinds, " ") != "check probe watch" || strings.Join(f.Days, " ") != "2026-01-03 2026-01-07" {
		t.Errorf("%+v %+v %+v", doc.Endpoints, doc.Clients, f)
	}
}

// FuzzFile proves that no file stops the reading, and that what is counted as read and as
// damaged are all its lines.
func FuzzFile(f *testing.F) {
	f.Add([]byte(row + host("a", "fails") + summary("2026-01-05", 1) + "x"))
	f.Add([]byte("{\n\"schema\":\"tlsready.check/v1\"}"))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	path := filepath.Join(f.TempDir(), "x.jsonl")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		doc, err := (&Reading{Words: []string{path}, Today: 30000, Workers: 1}).Read(context.Background())
		if wrong := (*survey.Mistake)(nil); err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if err == nil && len(doc.Sources.Files) != 1 {
			t.Fatalf("%+v", doc.Sources)
		}
	})
}
