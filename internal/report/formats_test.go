package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/report/reporttest"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/table"
	"tlsready/internal/report/view"
	"tlsready/internal/testkit/golden"
)

// Proves the formats for programs against files that were read by eye.
func TestFormatsGolden(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		golden.Equal(t, filepath.Join("testdata", "csv-"+lang+".csv"), reporttest.Render(t, sheet.Check, reporttest.TwoServices(lang), view.Options{Lang: lang, Rows: true}))
		golden.Equal(t, filepath.Join("testdata", "csv-hosts-"+lang+".csv"), reporttest.Render(t, sheet.Check, reporttest.TwoServices(lang), view.Options{Lang: lang}))
	}
	golden.Equal(t, filepath.Join("testdata", "check.sarif"), reporttest.Render(t, SARIF, reporttest.TwoServices("en"), view.Options{Lang: "ja"}))
	golden.Equal(t, filepath.Join("testdata", "check.json"), reporttest.Render(t, view.JSON, reporttest.Fleet("en"), view.Options{}))
	golden.Equal(t, filepath.Join("testdata", "check.jsonl"), reporttest.Render(t, JSONL, reporttest.Fleet("en"), view.Options{}))
}

// Proves that every format gives the same bytes twice, survives an empty
// document, and reports a writer that fails.
func TestFormatsAreSteady(t *testing.T) {
	for _, f := range Formats().With(func(f view.Format) bool { return f.Check != nil }) {
		one, two := reporttest.Render(t, f.Check, reporttest.TwoServices("ja"), view.Options{Lang: "ja"}), reporttest.Render(t, f.Check, reporttest.TwoServices("ja"), view.Options{Lang: "ja"})
		if !bytes.Equal(one, two) {
			t.Errorf("%s: %s", f.Name, golden.Diff(one, two))
		}
		reporttest.Render(t, f.Check, &document.Check{}, view.Options{By: view.ByCause})
		if err := f.Check(full{}, reporttest.TwoServices("en"), view.Options{}); err == nil {
			t.Errorf("%s: no error from a full disk", f.Name)
		}
	}
	if _, ok := Formats().ByName("xml"); ok {
		t.Error("xml is taken for a format")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Proves that JSON does not depend on the language of the words around it and
// reads back.
func TestJSONIsTheDocument(t *testing.T) {
	text := reporttest.Render(t, view.JSON, reporttest.Fleet("en"), view.Options{Lang: "ja"})
	if !bytes.Equal(text, reporttest.Render(t, view.JSON, reporttest.Fleet("en"), view.Options{Lang: "en"})) {
		t.Error("the language changes the JSON")
	}
	var back document.Check
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Verdicts) != len(reporttest.Fleet("en").Verdicts) || back.Summary != reporttest.Fleet("en").Summary {
		t.Error("the JSON does not read back")
	}
}

// Proves that every JSONL line is an object with schema and kind, and has the
// members that the same thing has in the document.
func TestJSONLLines(t *testing.T) {
	c := reporttest.Fleet("en")
	kinds := map[string]int{}
	summary := struct {
		On    string `json:"on"`
		Today string `json:"today"`
		document.Summary
		Services []document.Service `json:"services"`
	}{c.On, c.Today, c.Summary, c.Services}
	for line := range bytes.Lines(reporttest.Render(t, JSONL, c, view.Options{})) {
		var got map[string]json.RawMessage
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if string(got["schema"]) != `"tlsready.check/v1"` {
			t.Errorf("schema is %s", got["schema"])
		}
		kind := strings.Trim(string(got["kind"]), `"`)
		if kinds[kind]++; kinds[kind] > 1 {
			continue
		}
		delete(got, "schema")
		delete(got, "kind")
		sameMembers(t, got, map[string]any{"verdict": c.Verdicts[0], "host": c.Hosts[0], "summary": summary}[kind])
	}
	if kinds["verdict"] != len(c.Verdicts) || kinds["host"] != len(c.Hosts) || kinds["summary"] != 1 || len(kinds) != 3 {
		t.Errorf("lines by kind: %v", kinds)
	}
}

func sameMembers(t *testing.T, got map[string]json.RawMessage, thing any) {
	t.Helper()
	text, err := json.Marshal(thing)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if !bytes.Equal(got[name], value) {
			t.Errorf("%s is %s, want %s", name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d members, want %d", len(got), len(want))
	}
}

// Proves that docs/csv.md names the columns, all of them, in their order.
func TestCSVColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "csv.md"))
	if err != nil {
		t.Fatal(err)
	}
	check, diff, _ := strings.Cut(string(text), "\n## diff\n")
	check, watch, _ := strings.Cut(check, "\n## watch\n")
	check, rows, _ := strings.Cut(check, "\n## check --rows\n")
	for _, c := range []struct {
		text    string
		columns []string
	}{{check, sheet.Columns(false)}, {rows, sheet.Columns(true)}, {watch, WatchCSVColumns()}, {diff, DiffCSVColumns()}} {
		var documented []string
		for _, m := range regexp.MustCompile("(?m)^\\| `([A-Za-z0-9]+)` \\|").FindAllStringSubmatch(c.text, -1) {
			documented = append(documented, m[1])
		}
		if !slices.Equal(documented, c.columns) {
			t.Errorf("documented %v\nwritten    %v", documented, c.columns)
		}
	}
}

// Proves that the CSV has its BOM, CRLF at every end, with --rows one line for each row
// and for each host without rows, else one for each host, and no cell that a spreadsheet would calculate.
func TestCSV(t *testing.T) {
	c := reporttest.Fleet("en")
	c.Hosts[0].Host, c.Hosts[0].Program, c.Hosts[1].Error, c.Hosts[2].Source = "=1+1", "@SUM(A1)", "-5", "\tx"
	c.Verdicts[0].Host, c.Verdicts[1].Host = "=1+1", "=1+1"
	if byHost := reporttest.Render(t, sheet.Check, c, view.Options{}); bytes.Count(byHost, []byte("\r\n")) != 1+len(c.Hosts) {
		t.Errorf("%d lines for %d hosts", bytes.Count(byHost, []byte("\r\n")), len(c.Hosts))
	}
	text := string(reporttest.Render(t, sheet.Check, c, view.Options{Rows: true}))
	body, ok := strings.CutPrefix(text, "\ufeff")
	if !ok || strings.Count(body, "\r\n") != strings.Count(body, "\n") || !strings.HasSuffix(body, "\r\n") {
		t.Error("no BOM, or a line without CRLF")
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bare := 1 + 23 + 1 // inv01, not installed, unreadable
	if want := 1 + len(c.Verdicts) + bare; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines {
		for i, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("%s: %q is a formula", lines[0][i], cell)
			}
		}
	}
	if lines[1][0] != "'=1+1" {
		t.Errorf("host is %q", lines[1][0])
	}
}

// Proves the parts of SARIF 2.1.0 that its schema demands: version, runs, tool
// name, messages; and that rule indexes, levels and locations are right.
func TestSARIF(t *testing.T) {
	var log sarifLog
	decoder := json.NewDecoder(bytes.NewReader(reporttest.Render(t, SARIF, reporttest.TwoServices("en"), view.Options{})))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("version %s, %d runs", log.Version, len(log.Runs))
	}
	run := log.Runs[0]
	levels, seen := map[string]int{}, map[string]bool{}
	for _, r := range run.Results {
		levels[r.Level]++
		if r.Message.Text == "" || r.RuleIndex < 0 || r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %+v", r)
		}
		if seen[r.Fingerprints["hostService/v1"]] {
			t.Errorf("%s: the fingerprint is not its own", r.Message.Text)
		}
		seen[r.Fingerprints["hostService/v1"]] = true
		if p := r.Locations[0].Physical; p != nil && (strings.HasPrefix(p.Artifact.URI, "/") || strings.Contains(p.Artifact.URI, ":")) {
			t.Errorf("%s is not relative", p.Artifact.URI)
		}
	}
	if levels["error"] != 9 || levels["warning"] != 3 || len(levels) != 2 {
		t.Errorf("levels %v", levels)
	}
	empty := string(reporttest.Render(t, SARIF, &document.Check{}, view.Options{}))
	for _, want := range []string{`"results": []`, `"rules": []`} {
		if !strings.Contains(empty, want) {
			t.Errorf("an empty run has no %s", want)
		}
	}
}

// Proves how files become relative URI references.
func TestRelativeURI(t *testing.T) {
	for source, want := range map[string]string{
		"acme/fs01.reg":           "acme/fs01.reg",
		"/evidence/fs01/SYSTEM":   "evidence/fs01/SYSTEM",
		`C:\evidence\fs01\SYSTEM`: "evidence/fs01/SYSTEM",
		"../../etc/x y.json":      "etc/x%20y.json",
		"":                        "",
		"経理/a#b:c.json":           "%E7%B5%8C%E7%90%86/a%23b:c.json",
	} {
		if got := relativeURI(source); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

// Measures the lines of a run on 10,000 hosts.
func BenchmarkJSONL10000(b *testing.B) {
	c := reporttest.BigFleet(10_000, false)
	for b.Loop() {
		if err := JSONL(io.Discard, c, view.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(c.Verdicts)), "rows")
}

// Measures a table on 10,000 hosts of which no two are alike.
func BenchmarkTable10000(b *testing.B) {
	c := reporttest.BigFleet(10_000, true)
	for b.Loop() {
		if err := table.Check(io.Discard, c, view.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Proves that a stream holds nothing but its buffer: the memory of a line does
// not grow with the lines before it.
func TestStreamMemory(t *testing.T) {
	s := NewStream(io.Discard, view.Options{})
	v := reporttest.Fleet("en").Verdicts[0]
	per := testing.AllocsPerRun(2000, func() {
		if err := s.Verdict(v); err != nil {
			t.Error(err)
		}
	})
	if per > 60 {
		t.Errorf("%.0f allocations for a line", per)
	}
}

// Proves which format a file's name asks for, and that an extension that nobody
// writes is told from a name that has none.
func TestByPath(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "json", "dir.csv/A.JSONL": "jsonl", "a.ndjson": "jsonl", "a.CSV": "csv", "a.b.htm": "html", "a.txt": "table",
		"a.sarif.json": "sarif", "a.sarif": "sarif", "報告.html": "html", "-": "", "a": "", "report.2021-09-01": "", "v1.2": "",
		".json": "json", "a.": "", "a.averylongend": "", "/dev/stdout": "",
		"a.pdf": "?", "a.xlsx": "?", "a.jsonx": "?", "a.b.c": "?", "x/y.z.PDF": "?",
	} {
		f, found, known := Formats().ByPath(path)
		if got := f.Name; got != strings.TrimSuffix(want, "?") || found != (got != "") || known != (want != "?") {
			t.Errorf("%s: %q, found %v, known %v; want %q", path, got, found, known, want)
		}
	}
}

// Proves that every format has a name and an extension of its own, and that each
// writes some kind of document.
func TestFormatsAreTold(t *testing.T) {
	seen := map[string]string{}
	for _, f := range Formats() {
		if len(f.Extensions) == 0 || f.Check == nil && f.Diff == nil && f.Feed == nil && f.Watch == nil {
			t.Errorf("%s: no extension or no writer", f.Name)
		}
		for _, key := range append([]string{f.Name}, f.Extensions...) {
			if seen[key] != "" {
				t.Errorf("%s and %s both have %q", seen[key], f.Name, key)
			}
			seen[key] = f.Name
		}
	}
}
