// Package schema tests the JSON Schemas of the formats against what the program
// reads and writes.
package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
)

// schemaOf compiles a schema as any validator would: from the files as they lie,
// without a network.
func schemaOf(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	s, err := compiler.Compile(name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// schemas compiles those of what people write themselves, and of check.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	for _, kind := range []string{"host", "service", "caller", "policy", "check"} {
		all[kind] = schemaOf(t, kind)
	}
	return all
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fromYAML gives the document as JSON would have it.
func fromYAML(t *testing.T, data []byte) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	plainDates(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, text)
}

// plainDates makes strings of what YAML takes for times.
func plainDates(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		plainDates(c)
	}
}

// Every built-in service and caller, and every example, fits its schema.
func TestBuiltinsFit(t *testing.T) {
	all, counted := schemas(t), 0
	for pattern, kind := range map[string]string{
		"../../internal/service/data/*.yaml": "service", "../../internal/caller/data/*.yaml": "caller", "../../internal/policy/data/*.yaml": "policy",
		"../../examples/*.service.yaml": "service", "../../examples/*.caller.yaml": "caller",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			counted++
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := all[kind].Validate(fromYAML(t, data)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if counted < 45 {
		t.Errorf("%d files were held against a schema, want at least 45", counted)
	}
}

// Every example that is a snapshot fits the schema of snapshots.
func TestExampleHostsFit(t *testing.T) {
	hosts := schemas(t)["host"]
	err := filepath.WalkDir("../../examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte("tlsready.host/v1")) {
			if err := hosts.Validate(decode(t, data)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// The host and the service of every acceptance case fit their schemas, and so
// does what check writes about them.
func TestCasesFit(t *testing.T) {
	all, files := schemas(t), caseFiles(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c struct {
				Host, Service json.RawMessage
				Callers       []string
				On            string
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			if err := all["host"].Validate(decode(t, c.Host)); err != nil {
				t.Errorf("host: %v", err)
			}
			if err := all["service"].Validate(decode(t, c.Service)); err != nil {
				t.Errorf("service: %v", err)
			}
			if err := all["check"].Validate(decode(t, check(t, c.Host, c.Service, c.Callers, c.On))); err != nil {
				t.Errorf("what check writes: %v", err)
			}
		})
	}
}

// check runs the command on one case.
func check(t *testing.T, host, service []byte, callers []string, on string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"host.json": host, "service.json": service} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"check", filepath.Join(dir, "host.json"), "--service", filepath.Join(dir, "service.json"), "--on", on, "--today", on, "-f", "json"}
	for _, id := range callers {
		args = append(args, "--caller", id)
	}
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	if status == frame.ExitUsage || out.Len() == 0 {
		t.Fatalf("check ended with %d: %s", status, errs.String())
	}
	return out.Bytes()
}

// caseFiles are the project's own cases and, where they are at hand, those
// beside the project.
func caseFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"../../internal/assess/testdata/cases/*.json", "../../../shared/cases/*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Logf("%s: no cases there, not run", pattern)
		}
		files = append(files, found...)
	}
	return files
}

// The schemas refuse what the program refuses.
func TestRefused(t *testing.T) {
	all := schemas(t)
	tests := []struct{ name, kind, text string }{
		{"other schema", "host", `{"schema":"tlsready.host/v2","os":{"version":"6.3","build":9600}}`},
		{"no system", "host", `{"schema":"tlsready.host/v1"}`},
		{"no build", "host", `{"schema":"tlsready.host/v1","os":{"version":"6.3"}}`},
		{"build 0", "host", `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":0}}`},
		{"unknown key", "host", `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"patches":[]}`},
		{"DWORD as text", "host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_DWORD","value":"1"}`)},
		{"DWORD too large", "host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_DWORD","value":4294967296}`)},
		{"text as number", "host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_SZ","value":1}`)},
		{"odd hex", "host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_BINARY","value":"abc"}`)},
		{"no type", "host", hostWith(`{"key":"HKLM\\A","name":"B","value":1}`)},
		{"short thumbprint", "host", `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"certificates":{"root":["df3c"]}}`},
		{"no phases", "service", `{"schema":"tlsready.service/v1","id":"a","phases":[]}`},
		{"phase without a day", "service", `{"schema":"tlsready.service/v1","id":"a","phases":[{"accepts":{}}]}`},
		{"no such day", "service", `{"schema":"tlsready.service/v1","id":"a","phases":[{"from":"2026-02-30","accepts":{}}]}`},
		{"no such version", "service", `{"schema":"tlsready.service/v1","id":"a","phases":[{"from":"2026-01-01","accepts":{"versions":["TLS 4.2"]}}]}`},
		{"no such status", "service", `{"schema":"tlsready.service/v1","id":"a","phases":[{"from":"2026-01-01","status":"sure","accepts":{}}]}`},
		{"id in capitals", "service", `{"schema":"tlsready.service/v1","id":"Own","phases":[{"from":"2026-01-01","accepts":{}}]}`},
		{"no stack", "caller", `{"schema":"tlsready.caller/v1","id":"a"}`},
		{"stack without bits", "caller", `{"schema":"tlsready.caller/v1","id":"a","stacks":[{"stack":"winhttp"}]}`},
		{"update alone", "caller", `{"schema":"tlsready.caller/v1","id":"a","stacks":[{"stack":"schannel","update":"KB4022721"}]}`},
		{"policy without an id", "policy", `{"schema":"tlsready.policy/v1"}`},
		{"no such key type", "policy", `{"schema":"tlsready.policy/v1","id":"a","certificate":{"keyTypes":["dsa"]}}`},
		{"connects with a cause", "check", checkWith(`"verdict":"connects","cause":"cipher-suite","fixable":null`)},
		{"fails without a cause", "check", checkWith(`"verdict":"fails","cause":null,"fixable":true`)},
		{"no such verdict", "check", checkWith(`"verdict":"maybe","cause":null,"fixable":null`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := all[tt.kind].Validate(decode(t, []byte(tt.text))); err == nil {
				t.Errorf("accepted: %s", tt.text)
			}
		})
	}
}

// The rows that TestRefused breaks are fit where they are whole.
func TestAccepted(t *testing.T) {
	all := schemas(t)
	tests := []struct{ kind, text string }{
		{"host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_DWORD","value":-1}`)},
		{"host", hostWith(`{"key":"HKLM\\A","name":"","type":"REG_QWORD","value":"18446744073709551615"}`)},
		{"host", hostWith(`{"key":"HKLM\\A","name":"B","type":"REG_MULTI_SZ","value":[]}`)},
		{"check", checkWith(`"verdict":"connects","cause":null,"fixable":null`)},
		{"check", checkWith(`"verdict":"fails","cause":"cipher-suite","fixable":false`)},
		{"check", checkWith(`"verdict":"unknown","cause":"not-asked","fixable":null`)},
	}
	for _, tt := range tests {
		if err := all[tt.kind].Validate(decode(t, []byte(tt.text))); err != nil {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
}

func hostWith(value string) string {
	return `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"registry":[` + value + `]}`
}

func checkWith(verdict string) string {
	return fmt.Sprintf(`{"schema":"tlsready.check/v1","on":"2026-01-01","hosts":[],
		"verdicts":[{"host":"fs01","service":"tls12","caller":"schannel","stack":"schannel",%s,"failsFrom":null,"offer":null,"accepts":null,"reasons":[]}],
		"summary":{"hosts":1,"connects":0,"fails":0,"unknown":0,"notInstalled":0,"unreadable":0}}`, verdict)
}
