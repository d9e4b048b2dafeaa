package caller_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/host"
)

const minimal = `schema: tlsready.caller/v1
id: own
stacks: [{stack: dotnet-4.5.2-x64}]
`

// What is wrong in a caller file is refused with the word that is wrong.
func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "empty"},
		{"other schema", strings.Replace(minimal, "caller", "service", 1), "tlsready.service/v1"},
		{"unknown key", minimal + "stack: schannel\n", "line 4: unknown key stack"},
		{"no stacks", "schema: tlsready.caller/v1\nid: own\n", "no stack"},
		{"bad id", strings.Replace(minimal, "id: own", "id: Own", 1), "Own"},
		{"bad stack", strings.Replace(minimal, "dotnet-4.5.2-x64", "dotnet-4.5.2", 1), "dotnet-4.5.2"},
		{"bad protocol", strings.Replace(minimal, "dotnet-4.5.2-x64", "'schannel:tls1.9'", 1), "tls1.9"},
		{"update without a without", strings.Replace(minimal, "-x64}", "-x64, update: KB4022721}", 1), "`without`"},
		{"stack with its line", minimal + "basis: guessed\n", "guessed"},
		{"systems in which nothing lies", "schema: tlsready.caller/v1\nid: own\nstacks:\n  - {stack: schannel}\n  - {stack: schannel, osFrom: \"10.0\", osBelow: \"6.3\"}\n", "line 5: own: from 10.0 up to below 6.3"},
		{"versions in which nothing lies", "schema: tlsready.caller/v1\nid: own\nstacks:\n  - {stack: schannel, programFrom: 2.0, programBelow: 2.0}\n", "line 4"},
		{"a version that is none", "schema: tlsready.caller/v1\nid: own\nstacks:\n  - {stack: schannel, osBelow: \"Windows 8\"}\n", "Windows 8"},
		{"an unknown stack with its line", "schema: tlsready.caller/v1\nid: own\nstacks:\n  - {stack: schannel}\n  - {stack: winhttp}\n", "line 5"},
		{"lines of versions that overlap", minimal + "minimums:\n  - {below: \"12.0\", version: 11.5}\n  - {from: \"11.0\", version: 12.1}\n", "line 6: own: two lines"},
		{"a least version outside its line", minimal + "minimums: [{from: \"12.0\", version: 11.5}]\n", "11.5"},
		{"gate of a wrong type", minimal + "gates: [{settings: [{key: 'HKLM\\A', name: B, type: REG_DWORD, value: x}]}]\n", "REG_DWORD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := caller.Parse([]byte(tt.text))
			if err == nil {
				t.Fatalf("accepted: %+v", c)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

// FuzzParse: no input makes the parser panic, and what it accepts can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(`{"schema":"tlsready.caller/v1","id":"a","outOfScope":true,"programs":["*"]}`))
	for _, id := range caller.Programs() {
		if data, err := os.ReadFile(filepath.Join("data", id+".yaml")); err == nil {
			f.Add(data)
		}
	}
	view := host.NewView(&host.Snapshot{Programs: &[]host.Program{{Name: "Contoso Agent 2", Version: "2.0"}}})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := caller.Parse(data)
		if err != nil {
			return
		}
		if c.NameIn("ja") == "" {
			t.Error("a caller that was accepted has no name to show")
		}
		c.Installed(view)
		for _, u := range c.Stacks {
			u.AppliesTo(host.OS{Version: "6.3", Build: 9600}, "2.0")
		}
		for _, g := range c.Gates {
			g.Changes(host.OS{Version: "6.3", Build: 9600})
		}
	})
}
