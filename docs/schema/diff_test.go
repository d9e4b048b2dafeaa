package schema

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
)

// sides are two folders that have a host of every state, and differences of every
// area.
func sides(t *testing.T) (before, after string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const old = `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600}}`
	write("before/same.json", old)
	write("after/same.json", old)
	write("before/changed.json", `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"covered":["HKLM\\SOFTWARE\\A"],
		"registry":[{"key":"HKLM\\SOFTWARE\\A","name":"list","type":"REG_MULTI_SZ","value":["x"]}],"updates":{"complete":true,"ids":["KB1"]},
		"files":{"winhttp.dll":"1.0"},"certificates":{"root":[],"intermediate":[]},"programs":[]}`)
	write("after/changed.json", `{"schema":"tlsready.host/v1","os":{"version":"10.0","build":17763},"covered":["HKLM\\SOFTWARE\\A"],
		"registry":[{"key":"HKLM\\SOFTWARE\\A","name":"big","type":"REG_QWORD","value":"18446744073709551615"}],"updates":{"complete":false,"ids":["KB2"]},
		"files":{"winhttp.dll":"2.0"},"certificates":{"root":["df3c24f9bfd666761b268073fe06d1cc8d4f82a4"],"intermediate":[]},"programs":[{"name":"Agent","version":"1"}]}`)
	write("before/removed.json", old)
	write("after/added.json", old)
	write("before/unreadable.json", old)
	write("after/unreadable.json", `{"schema":"tlsready.host/v1","os":4}`)
	return filepath.Join(dir, "before"), filepath.Join(dir, "after")
}

// What diff writes of hosts of every state, with differences of every area, fits
// the schema, as one document and as lines.
func TestDiffFits(t *testing.T) {
	before, after := sides(t)
	write := func(format string) []byte {
		var out, errs bytes.Buffer
		args := []string{"diff", before, after, "--on", "2021-09-01", "--today", "2021-06-15", "-f", format}
		if status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil); status == frame.ExitUsage {
			t.Fatalf("diff ended with %d: %s", status, errs.String())
		}
		return out.Bytes()
	}
	whole := write("json")
	if err := schemaOf(t, "diff").Validate(decode(t, whole)); err != nil {
		t.Error(err)
	}
	for _, word := range []string{
		`"same"`, `"changed"`, `"added"`, `"removed"`, `"unreadable"`, `"errorAfter"`,
		`"system"`, `"coverage"`, `"registry"`, `"update"`, `"file"`, `"certificate"`, `"program"`,
	} {
		if !bytes.Contains(whole, []byte(word)) {
			t.Errorf("the document holds no %s", word)
		}
	}
	line := schemaOf(t, "diff-line")
	lines := strings.Split(strings.TrimSpace(string(write("jsonl"))), "\n")
	if len(lines) != 6 {
		t.Errorf("%d lines, want five hosts and the summary", len(lines))
	}
	for _, text := range lines {
		if err := line.Validate(decode(t, []byte(text))); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The schema of diff refuses what is not of this form.
func TestDiffRefused(t *testing.T) {
	const sum = `"summary":{"hosts":0,"same":0,"changed":0,"added":0,"removed":0,"unreadable":0,"worse":0,"better":0,"unknown":0,"known":0,"fails":0}`
	document := func(hosts string) string {
		return `{"schema":"tlsready.diff/v1","on":"2026-01-01","today":"2026-01-01","hosts":[` + hosts + `],` + sum + `}`
	}
	schema := schemaOf(t, "diff")
	if err := schema.Validate(decode(t, []byte(document(`{"host":"a","state":"same","verdicts":[],"differences":[]}`)))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"other schema":       strings.Replace(document(""), "diff/v1", "diff/v2", 1),
		"no count":           strings.Replace(document(""), `,"fails":0`, "", 1),
		"no such state":      document(`{"host":"a","state":"odd","verdicts":[],"differences":[]}`),
		"null list":          document(`{"host":"a","state":"same","verdicts":null,"differences":[]}`),
		"unreadable, no why": document(`{"host":"a","state":"unreadable","verdicts":[],"differences":[]}`),
		"unknown key":        document(`{"host":"a","state":"same","verdicts":[],"differences":[],"kind":"host"}`),
		"no such effect": document(`{"host":"a","state":"changed","differences":[],"verdicts":[
			{"service":"s","caller":"c","stack":"x","before":"","after":"fails","causeBefore":null,"causeAfter":"group","effect":"bad"}]}`),
	} {
		if err := schema.Validate(decode(t, []byte(text))); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
