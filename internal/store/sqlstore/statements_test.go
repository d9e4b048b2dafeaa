package sqlstore

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// withoutTenant are the statements that are about no tenant, each with its reason.
func withoutTenant() map[string]string {
	return map[string]string{
		"SELECT version FROM ":    "the version of the tables",
		"INSERT INTO ":            "rows of a Table, whose first column is the tenant (TestTables), or the version",
		"UPDATE ":                 "the version of the tables",
		"SELECT ":                 "a backup of a Table, all tenants",
		") DO UPDATE SET ":        "of a Table",
		") ON COMMIT DELETE ROWS": "the stage of a Table",
		") SELECT ":               "from the stage of a Table",
		"DELETE FROM stage_%s_%d": "the same",
		"PRAGMA optimize = 0x10012; DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < 1000":                                      "how selective the indexes of the file are",
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1":                                                           "whether a table is there",
		"SELECT COUNT(*), COUNT(CASE WHEN name = $1 THEN 1 END) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'": "whether a file is another program's",
		"SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = $1":                          "the same",
		"SELECT pg_advisory_xact_lock($1)":                                  "the lock of writers",
		"IN (SELECT value FROM json_each(@))":                               "a list of texts",
		"= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(@ AS jsonb))))": "the same",
	}
}

// sqlIn are the texts of a file that hold SQL; those that are joined by + are one.
func sqlIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE)\b`)
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && verbs.MatchString(text) {
				list = append(list, text)
			}
		}
		return true
	})
	return list
}

// Proves of every statement of the store that it names the tenant, and every table of it
// besides: a join names it once for each.
func TestEveryStatementNamesTheTenant(t *testing.T) {
	var files []string
	for _, dir := range []string{".", "../sqlite", "../postgres", "../open", ".."} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	used, seen := map[string]bool{}, 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, text := range sqlIn(t, file) {
			if _, excepted := withoutTenant()[text]; excepted {
				used[text] = true
				continue
			}
			seen++
			if why := unscoped(text); why != "" {
				t.Errorf("%s: %s: %s", file, why, text)
			}
		}
	}
	if seen < 35 {
		t.Errorf("only %d statements were found", seen)
	}
	for text := range withoutTenant() {
		if !used[text] {
			t.Errorf("the exception %q is not needed any more", text)
		}
	}
}

// unscoped says why a statement could reach other tenants; "" if it could not.
func unscoped(text string) string {
	tables := regexp.MustCompile(`(?:FROM|JOIN|INTO|UPDATE) ([a-z]\w*)`).FindAllStringSubmatch(text, -1)
	scoped := regexp.MustCompile(`\btenant = |\(tenant\b|SELECT tenant\b|MAX\(tenant\)`).FindAllString(text, -1)
	for _, m := range tables {
		if m[1] == "tenants" {
			return ""
		}
	}
	switch {
	case len(tables) > 0 && !slices.ContainsFunc(tables, func(m []string) bool { return !ofServer(m[1]) && m[1] != "SET" }):
		return ""
	case strings.HasPrefix(text, "SELECT") && !strings.Contains(text, "WHERE"): // a list of columns, to which the rest is added
		return ""
	case len(scoped) < max(len(tables), 1) && !strings.HasPrefix(text, " AND "):
		return fmt.Sprintf("%d tables, and the tenant %d times", len(tables), len(scoped))
	}
	return ""
}

// ofServer are the tables that belong to no tenant: they are read and written through
// store.Accounts alone, see TestAccountsKeepToTheirTables.
func ofServer(table string) bool {
	return slices.Contains([]string{users, tokens, audit, "sessions"}, table)
}

// Proves that no statement of accounts reaches a table of tenants, and that no other file
// but that of backups names theirs.
func TestAccountsKeepToTheirTables(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, text := range sqlIn(t, file) {
			for _, m := range regexp.MustCompile(`(?:FROM|JOIN|INTO|UPDATE) ([a-z]\w*)`).FindAllStringSubmatch(text, -1) {
				if m[1] != "excluded" && m[1] != "SET" && ofServer(m[1]) != (file == "accounts.go") && file != "backup.go" {
					t.Errorf("%s: %s", file, text)
				}
			}
		}
	}
}

// Proves that the check above can fail.
func TestUnscopedStatementsAreSeen(t *testing.T) {
	for text, bad := range map[string]bool{
		"SELECT host FROM hosts WHERE host = $1":                                                  true,
		"DELETE FROM hosts WHERE tenant = $1 AND host NOT IN (SELECT host FROM tags WHERE x = 1)": true,
		"DELETE FROM hosts":                   true,
		"DELETE FROM hosts WHERE tenant = $1": false,
	} {
		if (unscoped(text) != "") != bad {
			t.Errorf("%q: %q", text, unscoped(text))
		}
	}
}

// Proves that the tenant is the first column of every table and part of its key, and that
// the list of tables is that of the migrations.
func TestTables(t *testing.T) {
	made := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)`)
	have := map[string][]string{}
	added := regexp.MustCompile(`ALTER TABLE (\w+) ADD COLUMN (\w+)`)
	dropped := regexp.MustCompile(`ALTER TABLE (\w+) DROP COLUMN (\w+)`)
	for _, step := range migrations() {
		for _, m := range added.FindAllStringSubmatch(step, -1) {
			have[m[1]] = append(have[m[1]], m[2])
		}
		for _, m := range dropped.FindAllStringSubmatch(step, -1) {
			have[m[1]] = slices.DeleteFunc(have[m[1]], func(name string) bool { return name == m[2] })
		}
		for _, m := range made.FindAllStringSubmatch(step, -1) {
			for line := range strings.Lines(m[2]) {
				if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name != "PRIMARY" {
					have[m[1]] = append(have[m[1]], name)
				}
			}
		}
	}
	for _, table := range tables() {
		if table.columns[0].name != "tenant" && !ofServer(table.Name) || !slices.Equal(have[table.Name], table.Columns()) {
			t.Errorf("%s: %v, the migrations make %v", table.Name, table.Columns(), have[table.Name])
		}
		delete(have, table.Name)
	}
	delete(have, "sessions") // who is signed in signs in again
	for name := range have {
		t.Errorf("%s is not in the list, so that no backup has it", name)
	}
}

// Proves that no migration was changed after it was given out.
func TestMigrationsStayTheSame(t *testing.T) {
	given := []string{
		"ca7cec1d2196835a29bcbda743257b0532c42fdb35cf39813b2ac7deaef47562",
		"4274624bd6b83978a1bfe2c3efb897d51034d26da75b2a9e848c09cef3f32b7e",
		"d5f7835c8748d5be74a71337ac6e3e41abbcdd52478316f2ba4b1bd1c143cb88",
		"53da3214a1488ace6a1a344a619083b835addd37797098e41298a7b76b3c8fab",
	}
	steps, err := fs.Glob(os.DirFS("."), "migrations/*.sql")
	if err != nil || len(steps) != len(given) {
		t.Fatalf("%v, %v", steps, err)
	}
	for i, name := range steps {
		text, err := os.ReadFile(name)
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); err != nil || got != given[i] {
			t.Errorf("%s is %s: add a file, and leave this one as it is", name, got)
		}
	}
}
