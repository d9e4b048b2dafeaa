package view

import (
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/regexe"
	"tlsready/internal/report/reporttest"
)

// Proves that the fix and its undo stand ready to be copied, and that an undo
// restores what stood there.
func TestRegCommands(t *testing.T) {
	h := &reporttest.Fleet("en").Hosts[4] // bk01
	apply, ok := RegCommands(h, false)
	undo, exact := RegCommands(h, true)
	if !ok || !exact || len(apply) != 5 || len(undo) != 5 {
		t.Fatalf("%v %v, %d and %d lines", ok, exact, len(apply), len(undo))
	}
	for _, test := range []struct{ got, want string }{
		{apply[0], `reg add "` + reporttest.Tls12 + `" /v DisabledByDefault /t REG_DWORD /d 0 /f /reg:64`},
		{undo[4], `reg delete "` + reporttest.Tls12 + `" /v DisabledByDefault /f /reg:64`},
		{undo[3], `reg add "` + reporttest.NetKey + `" /v SystemDefaultTlsVersions /t REG_DWORD /d 0 /f /reg:64`},
		{apply[2], `reg add "` + reporttest.NetKey6 + `" /v SystemDefaultTlsVersions /t REG_DWORD /d 1 /f /reg:64`},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

// Proves which values are written as commands and which are not.
func TestRegCommandData(t *testing.T) {
	for _, test := range []struct {
		name, typ, raw, want string
	}{
		{"Functions", "REG_MULTI_SZ", `["TLS_A","TLS_B"]`, `/v Functions /t REG_MULTI_SZ /d "TLS_A\0TLS_B"`},
		{"Path", "REG_SZ", `"C:\\a b\\"`, `/v Path /t REG_SZ /d "C:\a b\\"`},
		{"", "REG_SZ", `"x"`, `/ve /t REG_SZ /d "x"`},
		{"a b", "REG_BINARY", `"00ff"`, `/v "a b" /t REG_BINARY /d 00FF`},
		{"Path", "REG_EXPAND_SZ", `"%SystemRoot%"`, ""},
		{"Quote", "REG_SZ", `"a\"b"`, ""},
		{"Line", "REG_SZ", `"a\nb"`, ""},
		{"Empty", "REG_MULTI_SZ", `[""]`, ""},
	} {
		data, err := host.ParseData(host.Type(test.typ), []byte(test.raw))
		if err != nil {
			t.Fatal(err)
		}
		c := document.Change{Key: `HKLM\SOFTWARE\X`, Name: test.name, Data: data}
		line, ok := regCommand(&c, false, regexe.NoView)
		if ok != (test.want != "") || ok && line != `reg add "HKLM\SOFTWARE\X" `+test.want+" /f" {
			t.Errorf("%s %s: %q, %v", test.name, test.raw, line, ok)
		}
	}
}

// Proves that a service of the user's own is named by its file, a built-in one by its id.
func TestServiceNamed(t *testing.T) {
	for command, want := range map[string]string{
		"tlsready check a --service api.yaml":                          "api.yaml",
		`tlsready check a --service "C:\our files\api.yaml"`:           `"C:\our files\api.yaml"`,
		"tlsready check a --service=dir/other.yaml":                    "dir/other.yaml",
		"tlsready check a --service api":                               "api",
		"tlsready check a --service x.yaml --service y/api.yml":        "y/api.yml",
		"tlsready check a --service x.yaml --service y.yaml":           "api",
		"tlsready check a --service host:wsus.json":                    "api",
		"tlsready check a --service api --service another/profile.yml": "api",
		"": "api",
	} {
		if got := ServiceNamed(command, "api"); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
}
