package queries_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/document"
	"tlsready/internal/testkit/parts"
)

// modules gives the folder with DuckDB and with Kusto's parser.
func modules(t *testing.T) string {
	t.Helper()
	return parts.Modules(t, "@kusto", "language-service-next")
}

// tlsready runs a command and gives what it writes.
func tlsready(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, []string{"LANG=C", "TLSREADY_EXIT_ZERO=1"}); status != 0 {
		t.Fatalf("%q ended with %d: %s", args, status, errs.String())
	}
	return out.Bytes()
}

// node runs a script of this folder over a file.
func node(t *testing.T, script, dir, file string) []string {
	t.Helper()
	cmd := exec.Command("node", script, dir, file)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// accessLog writes connections of many clients, of which one has come with enough since.
func accessLog(t *testing.T, log string) {
	t.Helper()
	var text strings.Builder
	for i := range 300 {
		version, address := "TLSv1.2", "192.0.2."+strconv.Itoa(i%30)
		if i%7 == 0 || i < 100 && i%30 == 1 { // 192.0.2.1 has come with enough since
			version = "TLSv1"
		}
		if i%30 == 2 {
			address = "2001:db8::5"
		}
		if i >= 100 && i%30 == 1 {
			version = "TLSv1.2"
		}
		fmt.Fprintf(&text, "%s [15/Jun/2021:%02d:%02d:00 +0000] %s \"curl/7\" \"key%d\"\n", address, 5+i/60, i%60, version, i%30%4)
	}
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// watched is a run of watch over captures and a log, told apart by owners, with more
// arguments.
func watched(t *testing.T, log string, more ...string) []byte {
	t.Helper()
	format := `$remote_addr [$time_local] $ssl_protocol "$http_user_agent" "$http_x_key"`
	captures := filepath.Join("..", "..", "internal", "observe", "capture", "testdata")
	return tlsready(t, append([]string{"watch", captures, log, "--owner-by", "http_x_key", "--log-format", format}, more...)...)
}

// duck puts statements to DuckDB and gives the rows of each.
func duck(t *testing.T, dir, statements string) [][]map[string]string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(script, []byte(statements), 0o600); err != nil {
		t.Fatal(err)
	}
	var all [][]map[string]string
	for _, line := range node(t, "duckdb.mjs", dir, script) {
		var rows []map[string]string
		if err := json.Unmarshal([]byte(line), &rows); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, rows)
	}
	return all
}

// Proves that DuckDB, asked with what "queries" writes, comes to what watch says itself,
// as numbers and as the table that people read: of owners with old clients, of servers
// that keep clients down, of clients that could do better, and of who is proven. It does
// over lines of JSON and over Parquet.
func TestDuckDBAnswersAsWatch(t *testing.T) {
	dir, work := modules(t), t.TempDir()
	log := filepath.Join(work, "access.log")
	accessLog(t, log)
	var sum document.Watch
	if err := json.Unmarshal(watched(t, log, "-f", "json"), &sum); err != nil {
		t.Fatal(err)
	}
	table := string(watched(t, log, "-f", "table"))
	lines, rows := filepath.Join(work, "it's.jsonl"), filepath.Join(work, "it's.parquet")
	watched(t, log, "-o", lines, "-o", rows)
	for _, file := range []string{lines, rows} {
		t.Run(filepath.Ext(file), func(t *testing.T) {
			answers := duck(t, dir, string(tlsready(t, "queries", "--for", "duckdb", file)))
			if len(answers) != 6 { // the view, and five questions
				t.Fatalf("%d answers: %q", len(answers), answers)
			}
			sameAsWatch(t, answers, &sum, table)
			old := 0
			for _, row := range answers[2] {
				if strings.Contains(row["client"], "db8") && row["client"] != "2001:db8::5" {
					t.Errorf("an address was cut: %q", row["client"])
				}
				old += number(t, row["connections"])
			}
			if want := strings.Count(string(mustRead(t, lines)), `"old":true`); old != want {
				t.Errorf("DuckDB counts %d old connections, there are %d", old, want)
			}
		})
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sameAsWatch holds what DuckDB answered against what watch says.
func sameAsWatch(t *testing.T, answers [][]map[string]string, sum *document.Watch, table string) {
	t.Helper()
	owners := map[string]int{}
	for _, row := range answers[1] {
		owners[row["owner"]] = number(t, row["connections"])
	}
	for _, o := range sum.Owners {
		if owners[o.Owner] != o.Old {
			t.Errorf("%q: DuckDB counts %d old connections, watch %d", o.Owner, owners[o.Owner], o.Old)
		}
		row := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(cmp.Or(o.Owner, "(no owner known)")) + ` .*? \d+ +(\d+) `).FindStringSubmatch(table)
		if row == nil || number(t, row[1]) != owners[o.Owner] {
			t.Errorf("%q: DuckDB counts %d old connections, the table shows %q", o.Owner, owners[o.Owner], row)
		}
	}
	found := map[string]int{}
	for _, c := range sum.Clients {
		for _, s := range c.Servers {
			if s.Finding != "" {
				found[s.Finding] += s.Connections
			}
		}
	}
	for n, finding := range map[int]string{3: document.FindingKeptDown, 4: document.FindingBetter} {
		total := 0
		for _, row := range answers[n] {
			total += number(t, row["connections"])
		}
		if total != found[finding] {
			t.Errorf("%s: DuckDB counts %d, watch %d", finding, total, found[finding])
		}
	}
	proven := 0
	for _, c := range sum.Clients {
		if c.Class == document.ClassProven && c.Stack != "" {
			proven++
		}
	}
	if got := len(answers[5]); got != proven || proven == 0 {
		t.Errorf("DuckDB finds %d proven, watch %d", got, proven)
	}
}

// Proves that the Parquet files of all parts of a run together have the rows of the whole
// run, and that DuckDB sees times and lists as what they are.
func TestParquetOfShards(t *testing.T) {
	dir, work := modules(t), t.TempDir()
	log := filepath.Join(work, "access.log")
	accessLog(t, log)
	whole := filepath.Join(work, "whole.parquet")
	watched(t, log, "-o", whole)
	for _, shard := range []string{"1", "2", "3"} {
		watched(t, log, "--shard", shard+"/3", "-o", filepath.Join(work, "part-"+shard+".parquet"))
	}
	answers := duck(t, dir, strings.NewReplacer("WHOLE", "read_parquet('"+whole+"')", "PARTS", "read_parquet('"+filepath.Join(work, "part-*.parquet")+"')").Replace(
		`SELECT count(*) AS n FROM WHOLE;
SELECT count(*) AS n FROM (FROM WHOLE EXCEPT ALL FROM PARTS);
SELECT count(*) AS n FROM (FROM PARTS EXCEPT ALL FROM WHOLE);
SELECT count(DISTINCT filename) AS n FROM read_parquet('`+filepath.Join(work, "part-*.parquet")+`', filename = true);
SELECT any_value(typeof("time")) AS "time", any_value(typeof(offered.suites)) AS suites, any_value(typeof(old)) AS old FROM WHOLE;
`))
	for i, want := range []string{"309", "0", "0", "3"} {
		if got := answers[i][0]["n"]; got != want {
			t.Errorf("question %d: %s, want %s", i, got, want)
		}
	}
	if got := answers[4][0]; got["time"] != "TIMESTAMP WITH TIME ZONE" || got["suites"] != "VARCHAR[]" || got["old"] != "BOOLEAN" {
		t.Errorf("types: %v", got)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Proves that the Kusto queries are ones by Kusto's own parser, in both languages, and
// that the parser sees a mistake.
func TestKustoParses(t *testing.T) {
	dir, work := modules(t), t.TempDir()
	good := tlsready(t, "queries", "--for", "kql", "--lang", "ja")
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{"good.kql": {string(good), true}, "bad.kql": {strings.Replace(string(good), "| summarize", "| summarise ,", 1), false}} {
		path := filepath.Join(work, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := node(t, "kusto.cjs", dir, path); (len(found) == 1) != c.ok || found[len(found)-1] != "checked" {
			t.Errorf("%s: %q", name, found)
		}
	}
}
