//go:build linux

package guard

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/testkit/golden"
)

// The flags that test/guard/compare uses. Go wants them declared before main runs.
var (
	recordTo = flag.String("record", "", "write the whole result of every run below this `folder` and compare nothing")
	tested   = flag.String("program", "", "run this built `program` instead of the code beside the test")
)

// TestGuard proves that every run says and writes what it did when its line was
// written: a change that is meant shows in the same commit's golden files.
func TestGuard(t *testing.T) {
	golds, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	dir := workFolder(t)
	servers, rules := lab(t), ruleIDs(t)
	t.Chdir(dir)
	runs := allRuns(learn(t, dir, rules), servers)
	results := runAll(t, dir, runs)
	if *recordTo != "" {
		record(t, *recordTo, runs, results)
		return
	}
	compareLines(t, filepath.Join(golds, "runs"), runs, results)
	for _, r := range runs {
		if slices.Contains(readable(), r.name) {
			golden.Equal(t, filepath.Join(golds, "whole", strings.ReplaceAll(r.name, "/", "-")+".txt"), results[r.name].whole(r.args))
		}
	}
}

// readable are the runs that are kept whole, so that a reviewer sees what a change
// looks like.
func readable() []string {
	return []string{
		"check/fleet/table/en", "check/fleet/table/ja", "check/one/json/en", "check/tokyo/csv/ja", "fix/dir-one-cmd/en", "fix/dir-one-ps1/ja", "fix/dir-one-reg/en",
		"fix/osaka/table/en", "diff/folders/table/en", "diff/hosts/table/ja", "probe/all/table/en", "probe/accepting/table/ja", "probe/failing/jsonl/en",
		"explain/code/table/ja", "services/guide-own/table/ja", "misuse/check_nowhere/en", "misuse/check_nowhere/ja",
	}
}

func runAll(t *testing.T, dir string, runs []run) map[string]*result {
	start := program(inProcess)
	if *tested != "" {
		start = binary(*tested)
	}
	results, err := all(t.Context(), start, dir, runs)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(runs) || len(runs) < 1000 {
		t.Fatalf("%d runs with %d names: a name stands twice, or runs are lost", len(runs), len(results))
	}
	return results
}

// workFolder holds what the runs read: the examples, the acceptance cases and the
// files of testdata/data.
func workFolder(t *testing.T) string {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"../../examples/fleet": "fleet", "testdata/data": "data"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("../../internal/*/testdata/cases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no acceptance cases below internal/*/testdata/cases (%v)", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "cases", strings.TrimSuffix(filepath.Base(file), ".json"), "case.json"), data)
	}
	return dir
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// learn asks the program what it knows, and takes the acceptance cases apart.
func learn(t *testing.T, dir string, rules []string) known {
	k := known{cases: unpackCases(t, dir), rules: rules}
	for command, ids := range map[string]*[]string{"services": &k.services, "callers": &k.callers} {
		_, out, errs, err := inProcess(t.Context(), dir, run{args: []string{command, "list", "-f", "json"}})
		var answer map[string]json.RawMessage
		var entries []struct{ ID string }
		if err == nil {
			err = json.Unmarshal(out, &answer)
		}
		if err == nil {
			err = json.Unmarshal(answer[command], &entries)
		}
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s list: %v %s", command, err, errs)
		}
		for _, e := range entries {
			*ids = append(*ids, e.ID)
		}
	}
	return k
}

// ruleIDs are the ids of the rules, of which each has a text "rule.<id>".
func ruleIDs(t *testing.T) []string {
	var list []string
	files, _ := filepath.Glob("../../internal/message/en/*.json")
	for _, file := range files {
		var texts map[string]json.RawMessage
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &texts)
		}
		if err != nil {
			t.Fatal(err)
		}
		for key := range texts {
			if id, ok := strings.CutPrefix(key, "rule."); ok {
				list = append(list, id)
			}
		}
	}
	if len(list) == 0 {
		t.Fatal("no texts of rules in internal/message/en")
	}
	return list
}

func unpackCases(t *testing.T, dir string) []acceptance {
	var list []acceptance
	files, _ := filepath.Glob(filepath.Join(dir, "cases", "*", "case.json"))
	for _, file := range files {
		var c struct {
			On            string
			Callers       []string
			Host, Service json.RawMessage
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &c)
		}
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(file)
		writeFile(t, filepath.Join(folder, "host.json"), c.Host)
		writeFile(t, filepath.Join(folder, "service.json"), c.Service)
		list = append(list, acceptance{filepath.Base(folder), c.On, c.Callers})
	}
	return list
}

// compareLines holds the golden file of each command to its runs.
func compareLines(t *testing.T, dir string, runs []run, results map[string]*result) {
	lines := make(map[string][]string)
	for _, r := range runs {
		lines[r.command()] = append(lines[r.command()], results[r.name].line(r.name))
	}
	for _, command := range slices.Sorted(maps.Keys(lines)) {
		slices.Sort(lines[command])
		file := filepath.Join(dir, command+".txt")
		got := []byte(strings.Join(lines[command], "\n") + "\n")
		if golden.Updating() {
			writeFile(t, file, got)
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v (go test ./test/guard -update writes it)", err)
		}
		for _, difference := range changed(want, got) {
			t.Errorf("%s", difference)
		}
	}
	if t.Failed() {
		t.Log("test/guard/compare shows what differs; go test ./test/guard -update writes the lines anew")
	}
}

// changed names the runs that differ, and in what.
func changed(want, got []byte) []string {
	before, after := fields(want), fields(got)
	var list []string
	if n := bytes.Count(want, []byte("\n")); n != len(before) {
		list = append(list, fmt.Sprintf("%d lines name a run for the second time, as a merge of two changes leaves them", n-len(before)))
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[name]; !ok {
			list = append(list, name+": is new")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		switch a, ok := after[name]; {
		case !ok:
			list = append(list, name+": is gone")
		case !slices.Equal(a, before[name]):
			var parts []string
			for i := range a {
				if i < len(before[name]) && a[i] != before[name][i] {
					parts = append(parts, before[name][i]+" is now "+a[i])
				}
			}
			list = append(list, name+": "+strings.Join(parts, ", "))
		}
	}
	return list
}

// fields are the lines of a golden file by the name of the run.
func fields(text []byte) map[string][]string {
	lines := make(map[string][]string)
	for line := range bytes.Lines(text) {
		if words := strings.Fields(string(line)); len(words) > 0 {
			lines[words[0]] = words[1:]
		}
	}
	return lines
}

// record writes everything of every run below dir, to be compared with diff.
func record(t *testing.T, dir string, runs []run, results map[string]*result) {
	for _, r := range runs {
		writeFile(t, filepath.Join(dir, r.name+".txt"), results[r.name].whole(r.args))
	}
}

// Proves that each kind of difference is named.
func TestDifferencesAreNamed(t *testing.T) {
	was := &result{status: 0, out: []byte("a"), files: map[string][]byte{"x": nil}}
	for _, c := range []struct {
		name string
		now  result
		want string
	}{
		{"same", *was, ""},
		{"status", result{1, was.out, nil, was.files}, "r: status=0 is now status=1"},
		{"output", result{0, []byte("b"), nil, was.files}, "r: out="},
		{"errors", result{0, was.out, []byte("b"), was.files}, "r: err=- is now err="},
		{"a file's name", result{0, was.out, nil, map[string][]byte{"y": nil}}, "r: files=1:"},
		{"one more file", result{0, was.out, nil, map[string][]byte{"x": nil, "y": nil}}, "is now files=2:"},
	} {
		got := strings.Join(changed([]byte(was.line("r")+"\n"), []byte(c.now.line("r")+"\n")), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := fmt.Sprint(changed([]byte("a x\na y\n"), []byte("a y\n"))); !strings.Contains(got, "1 lines name a run for the second time") {
		t.Error(got)
	}
	if got := fmt.Sprint(changed([]byte("a x\n"), []byte("b x\n"))); got != "[b: is new a: is gone]" {
		t.Error(got)
	}
}

// Proves that what varies is made the same, and nothing else is.
func TestNormaliser(t *testing.T) {
	same := normaliser("/w/fleets", "out/check-x")
	for in, want := range map[string]string{
		"/w/fleets/fleet/a.json out/check-x/b":                          "WORK/fleet/a.json OUT/b",
		"127.0.7.3:43210 127.0.7.9:1 127.0.0.1:43210":                   "127.0.7.3:50000 127.0.7.9:1 127.0.0.1:43210",
		"tlsready v1.2.3 (0123456789ab, modified) go1.26.1 linux/amd64": "tlsready VERSION",
		"{\n  \"version\": \"development\",\n  \"go\": \"go1.26\"\n}":   "{\n}",
		"{\n  \"schema\": \"x\",\n  \"version\": \"1\"\n}":              "{\n  \"schema\": \"x\",\n  \"version\": \"1\"\n}",
	} {
		if got := string(same([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
