package schema

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
)

// output is a command whose result is held against a schema.
type output struct {
	schema string
	args   []string
	lines  bool // of JSON Lines, each of which has to fit
	stderr bool // what it writes to standard error
	status int
}

// outputs are commands by which every kind of document is written.
func outputs(dir string) []output {
	fleet, day := "../../examples/fleet", []string{"--service", "azure-backup", "--on", "2021-09-01", "--today", "2021-06-15"}
	check := append([]string{"check", fleet}, day...)
	watched := []string{
		"../../internal/observe/capture/testdata", filepath.Join(dir, "access.log"),
		"--log-format", `$remote_addr [$time_local] "$request" $status $ssl_protocol $ssl_cipher "$http_user_agent"`,
	}
	return []output{
		{schema: "check", args: append(check[:len(check):len(check)], "-f", "json", "--store", filepath.Join(dir, "results.db")), status: 1},
		{schema: "check-line", args: append(check, "-f", "jsonl"), lines: true, status: 1},
		{schema: "check", args: append([]string{"fix", fleet, "--dir", filepath.Join(dir, "fixes"), "-f", "json"}, day...), status: 3},
		{schema: "host", args: []string{"collect", fleet + "/osaka/FS01.json"}},
		{schema: "diff", args: []string{"diff", fleet, fleet, "-f", "json"}},
		{schema: "diff-line", args: []string{"diff", fleet, fleet, "-f", "jsonl"}, lines: true},
		{schema: "services", args: []string{"services", "list", "--json"}},
		{schema: "service", args: []string{"services", "show", "azure-backup", "--json"}},
		{schema: "lint", args: []string{"services", "lint", filepath.Join(dir, "bad.yaml"), "--json"}, status: 1},
		{schema: "guide", args: []string{"services", "guide", "azure-backup", "--json"}},
		{schema: "guide", args: []string{"services", "guide", "tls12", "--json"}},
		{schema: "callers", args: []string{"callers", "list", "--json"}},
		{schema: "caller", args: []string{"callers", "show", "mars", "--json"}},
		{schema: "caller", args: []string{"callers", "show", "dotnet-4.5.2-x64:tls1.0", "--json"}},
		{schema: "caller", args: []string{"callers", "show", "other", "--json"}},
		{schema: "programs", args: []string{"callers", "of", dir, "-f", "json"}},
		{schema: "programs-line", args: []string{"callers", "of", dir, "-f", "jsonl"}, lines: true},
		{schema: "rule", args: []string{"explain", "dotnet4-legacy-default", "--json", "--lang", "ja"}},
		{schema: "rule", args: []string{"explain", "dotnet4-legacy-default", "--host", fleet + "/osaka/FS01.json", "--json"}},
		{schema: "explanation", args: []string{"explain", "0x80090331", "--json"}},
		{schema: "connection", args: append([]string{"watch", "-f", "jsonl"}, watched...), lines: true, status: 1},
		{schema: "watch", args: append([]string{"watch", "-f", "json", "--owner-by", "user-agent"}, watched...), status: 1},
		{schema: "watch", args: append([]string{"watch", "-f", "json", "--pseudonymise"}, watched...), status: 1},
		{schema: "fleet", args: []string{"report", filepath.Join(dir, "runs"), "-f", "json", "--today", "2021-06-20"}, status: 3},
		{schema: "settings", args: []string{"config", "show", "--json"}},
		{schema: "gate-replay", args: []string{"gate", "../../examples/gate.yaml", "--replay", filepath.Join(dir, "old.jsonl"), "--json"}},
		{schema: "gate-check", args: []string{"gate", "check", "../../examples/gate.yaml", "--json", "--today", "2026-11-20", "--replay", filepath.Join(dir, "old.jsonl")}},
		{schema: "gate-check", args: []string{"gate", "check", "../../examples/gate.yaml", "--json", "--today", "2026-11-20"}},
		{schema: "store", args: []string{"store", "info", "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "accounts", args: []string{"serve", "user", "add", "alice", "--role", "admin", "--all-tenants", "--password-file", filepath.Join(dir, "password.txt"), "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "accounts", args: []string{"serve", "token", "add", "nightly", "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "accounts", args: []string{"serve", "token", "list", "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "audit", args: []string{"store", "audit", "--store", filepath.Join(dir, "results.db"), "-f", "jsonl"}, lines: true},
		{schema: "store", args: []string{"store", "prune", "--store", filepath.Join(dir, "results.db"), "--people", "1", "--dry-run", "--json"}},
		{schema: "store", args: []string{"store", "backup", filepath.Join(dir, "results.backup"), "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "decided", args: []string{"store", "exempt", "osaka/FS01", "--until", "2099-12-31", "--for", "azure-backup", "--reason", "moves", "--owner", "Ada", "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "decided", args: []string{"store", "owner", "osaka/FS01", "Ada", "--mail", "ada@example.com", "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "history", args: []string{"store", "history", "osaka/FS01", "--dir", filepath.Join(dir, "settings"), "--store", filepath.Join(dir, "results.db"), "--json"}},
		{schema: "version", args: []string{"version", "--json"}},
		{schema: "error", args: []string{"check", "nowhere", "--json"}, stderr: true, status: 2},
		{schema: "warning", args: append([]string{"check", filepath.Join(dir, "mixed"), "-f", "json"}, day...), lines: true, stderr: true, status: 3},
	}
}

// write runs a command and gives what it wrote.
func (o output) write(t *testing.T) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), o.args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, []string{"LANG=C"})
	if status != o.status {
		t.Fatalf("%s ended with %d: %s", strings.Join(o.args, " "), status, errs.String())
	}
	if o.stderr {
		return errs.Bytes()
	}
	return out.Bytes()
}

// Every document that a command writes fits its schema. What has a member more, or
// lacks one that is required, does not.
func TestOutputsFit(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"password.txt": "correct horse battery\n",
		"bad.yaml":     "schema: tlsready.service/v1\nid: x\nphases: [{from: 2026-01-01, accepts: {}}]\ncallers: [nobody]\n",
		"a.ps1":        "[Net.ServicePointManager]::SecurityProtocol = 'Tls12'\nInvoke-WebRequest https://example.com\n",
		"old.jsonl":    `{"schema":"tlsready.connection/v1","time":"2026-09-01T01:10:00Z","client":"192.0.2.1:5000","offered":{"max":"TLS 1.0"},"owner":"tills"}` + "\ncut",
		"access.log": `192.0.2.7 [15/Jun/2021:05:00:00 +0000] "GET / HTTP/1.1" 200 TLSv1 ECDHE-RSA-AES128-SHA "Java/1.7.0_80"` + "\n" +
			`192.0.2.8 [15/Jun/2021:05:00:01 +0000] "GET / HTTP/1.1" 200 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "curl/8.0"` + "\nno such line\n",
		"runs/2021-06-14.jsonl": `{"schema":"tlsready.check/v1","kind":"host","host":"a","service":"x","verdict":"fails","cause":"protocol-version","fixable":true,"labels":{"owner":"o"},"os":{"version":"6.3","build":9600},"changes":[{"key":"HKLM\\SOFTWARE\\A","name":"B","type":"REG_DWORD","value":1}],"prerequisites":[{"kind":"update","id":"KB1"}],"restart":"service"}` + "\n" +
			`{"schema":"tlsready.check/v1","kind":"host","host":"b","service":"x","verdict":"unknown","error":"b.json: cut","changes":[],"prerequisites":[]}` + "\n" +
			`{"schema":"tlsready.check/v1","kind":"summary","on":"2021-09-01","today":"2021-06-14","hosts":2,"services":[{"id":"x","name":{"en":"X"},"from":"2021-09-01","daysLeft":79,"accepts":{"versions":["TLS 1.2"]}}]}` + "\ncut",
		"runs/2021-06-15.jsonl": `{"schema":"tlsready.check/v1","kind":"host","host":"a","service":"x","verdict":"connects","changes":[],"prerequisites":[]}` + "\n" +
			`{"schema":"tlsready.endpoint/v1","target":"mail.example.com:443","address":"192.0.2.1","versions":{"TLS 1.2":"yes"},"clients":[{"client":"x","connects":"yes"}]}` + "\n" +
			`{"schema":"tlsready.connection/v1","time":"2021-06-15T01:10:00Z","client":"192.0.2.1:5000","offered":{"max":"TLS 1.0"},"survives":"no","old":true,"owner":"tills","serverName":"mail.example.com","why":"x","remedy":"y"}` + "\n",
		"mixed/note.xyz": "no source knows this\n", "mixed/a.json": `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600}}`,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range outputs(dir) {
		t.Run(o.schema+" "+strings.Join(o.args[:2], " "), func(t *testing.T) {
			schema := schemaOf(t, o.schema)
			texts := [][]byte{o.write(t)}
			if o.lines {
				texts = bytes.Split(bytes.TrimSpace(texts[0]), []byte("\n"))
			}
			for _, text := range texts {
				if err := schema.Validate(decode(t, text)); err != nil {
					t.Errorf("%v\n%.400s", err, text)
				}
			}
			for name, broken := range breakages(t, texts[0]) {
				if schema.Validate(broken) == nil {
					t.Errorf("%s: accepted", name)
				}
			}
		})
	}
}

// breakages are documents that are not of the format any more.
func breakages(t *testing.T, text []byte) map[string]any {
	t.Helper()
	list := map[string]any{"a list": []any{}}
	with := func(name string, change func(map[string]any)) {
		object, ok := decode(t, text).(map[string]any)
		if !ok {
			t.Fatalf("no object: %.100s", text)
		}
		change(object)
		list[name] = object
	}
	with("one member more", func(o map[string]any) { o["odd"] = "x" })
	with("no members", func(o map[string]any) { clear(o) })
	if bytes.Contains(text, []byte(`"schema"`)) {
		with("another schema", func(o map[string]any) { o["schema"] = "tlsready.check/v9" })
	}
	return list
}

// Every format that the program names has a schema here, every schema is held
// against what the program writes, and none names a file that is not there.
func TestEveryFormatHasASchema(t *testing.T) {
	shown := map[string]bool{"endpoint": true, "undo": true, "applied": true, "policy": true, "gate": true, "capture": true, "store-backup": true, "notice": true, "schedules": true, "webhooks": true, "console": true} // in tests of their own, the last in that of console/api
	for _, o := range outputs("") {
		shown[o.schema] = true
	}
	files, err := filepath.Glob("*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".schema.json")
		if !shown[name] {
			t.Errorf("%s: no output is held against it", file)
		}
		if text, err := os.ReadFile(file); err != nil || bytes.Contains(text, []byte("://schemas.")) || bytes.Contains(text, []byte(`"$id"`)) {
			t.Errorf("%s: not to be read by itself (%v)", file, err)
		}
	}
	console, err := os.ReadFile("console.schema.json") // has those of pages and API
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range formatNames(t) {
		if !slices.Contains(files, name+".schema.json") && !bytes.Contains(console, []byte(`"tlsready.`+name+`/v1"`)) {
			t.Errorf("tlsready.%s/v1 has no schema", name)
		}
	}
}

// A caller that is spelled out, written as JSON, is a caller file that the program
// reads.
func TestGenericCallerReadsBack(t *testing.T) {
	o := output{args: []string{"callers", "show", "dotnet-4.5.2-x64:tls1.0,tls1.1", "--json"}}
	file := filepath.Join(t.TempDir(), "mine.json")
	if err := os.WriteFile(file, o.write(t), 0o600); err != nil {
		t.Fatal(err)
	}
	back := output{args: []string{"callers", "show", file, "--json"}}
	if text := back.write(t); !bytes.Contains(text, []byte(`"dotnet-4.5.2-x64:tls1.0,tls1.1"`)) {
		t.Errorf("read back as %s", text)
	}
}

// formatNames are the formats that the code of the program names as its own
// outputs or inputs in JSON.
func formatNames(t *testing.T) []string {
	t.Helper()
	form, notJSON := regexp.MustCompile(`"tlsready\.([a-z]+)/v1"`), []string{"collect", "fingerprint"} // the latter is built-in data alone
	var list []string
	err := filepath.WalkDir("../../internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range form.FindAllSubmatch(text, -1) {
			if name := string(found[1]); !slices.Contains(list, name) && !slices.Contains(notJSON, name) {
				list = append(list, name)
			}
		}
		return err
	})
	if err != nil || len(list) < 10 {
		t.Fatal(list, err)
	}
	return list
}
