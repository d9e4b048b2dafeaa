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
