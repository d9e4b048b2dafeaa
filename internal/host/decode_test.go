package host

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

const whole = `{
  "schema": "tlsready.host/v1",
  "name": "fs01.example.com",
  "labels": {"site": "大阪"},
  "collectedAt": "2021-06-15T05:00:00Z",
  "source": "hive:SYSTEM",
  "os": {"name": "Windows Server 2012 R2", "version": "6.3", "build": 9600, "revision": 20000, "servicePack": 0, "architecture": "x64", "type": "server"},
  "covered": ["HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\"],
  "registry": [
    {"key": "HKLM\\SYSTEM\\ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client", "name": "Enabled", "type": "REG_DWORD", "value": -1},
    {"key": "HKLM\\X", "name": "q", "type": "REG_QWORD", "value": "18446744073709551615"},
    {"key": "HKLM\\X", "name": "m", "type": "REG_MULTI_SZ", "value": ["a", "b"]},
    {"key": "HKLM\\X", "name": "", "type": "REG_SZ", "value": "値\n"},
    {"key": "HKLM\\X", "name": "b", "type": "REG_BINARY", "value": "00ff"}
  ],
  "updates": {"complete": true, "ids": ["kb3140245"]},
  "files": {"WinHTTP.dll": "6.3.9600.17415"},
  "certificates": {"root": ["DF3C24F9BFD666761B268073FE06D1CC8D4F82A4"], "intermediate": []},
  "programs": [],
  "policies": [{"key": "HKLM\\SYSTEM\\ControlSet001\\Z", "name": "Enabled", "gpo": "Baseline", "type": "REG_DWORD", "value": 0}, {"key": "HKLM\\X", "name": "**delvals.", "gpo": "基準"}],
  "proxy": {"machineConfig": {"Microsoft.NET\\Framework64\\v4.0.30319\\Config\\machine.config": "http://proxy.example.com:8080"}}
}`

// TestDecode proves that every field of the format is read, and that keys,
// thumbprints and numbers are spelled in one way afterwards.
func TestDecode(t *testing.T) {
	s, err := Decode([]byte(whole), nil)
	if err != nil {
		t.Fatal(err)
	}
	schannel := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	if len(s.Covered) != 1 || s.Covered[0] != schannel {
		t.Errorf("covered %q", s.Covered)
	}
	if v := s.Registry[0]; v.Key != schannel+`\Protocols\TLS 1.2\Client` || v.Number != 4294967295 {
		t.Errorf("value %+v", v)
	}
	if s.Registry[1].Number != 1<<64-1 || len(s.Registry[2].Strings) != 2 || s.Registry[3].Text != "値\n" || !bytes.Equal(s.Registry[4].Bytes, []byte{0, 255}) {
		t.Errorf("values %+v", s.Registry)
	}
	if s.Labels["site"] != "大阪" || !s.CollectedAt.Equal(time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)) || s.OS.Build != 9600 || s.OS.Type != "server" {
		t.Errorf("snapshot %+v", s)
	}
	if !s.Updates.Complete || s.Updates.IDs[0] != "KB3140245" || s.Files["winhttp.dll"] == "" {
		t.Errorf("updates %+v, files %v", s.Updates, s.Files)
	}
	if s.Certificates.Root[0] != "df3c24f9bfd666761b268073fe06d1cc8d4f82a4" || s.Certificates.Intermediate == nil || s.Programs == nil {
		t.Errorf("certificates %+v", s.Certificates)
	}
	if p := s.Policies; len(p) != 2 || p[0].Key != `HKLM\SYSTEM\CurrentControlSet\Z` || p[0].Type != DWORD || p[1].GPO != "基準" || p[1].Type != "" {
		t.Errorf("policies %+v", p)
	}
	if s.Proxy == nil || s.Proxy.MachineConfig[`microsoft.net\framework64\v4.0.30319\config\machine.config`] != "http://proxy.example.com:8080" {
		t.Errorf("proxy %+v", s.Proxy)
	}
}

// TestEncode proves that what was written reads back as the same bytes, and that
// "asked, and nothing" stays apart from "not asked".
func TestEncode(t *testing.T) {
	s, err := Decode([]byte(whole), nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Encode()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the second writing differs: %v\n%s\n%s", err, first, second)
	}
	if !bytes.Contains(first, []byte(`"intermediate": []`)) || !bytes.Contains(first, []byte(`"programs": []`)) {
		t.Errorf("an empty list is lost:\n%s", first)
	}
	bare, err := (&Snapshot{OS: OS{Version: "6.1", Build: 7601}}).Encode()
	if err != nil || bytes.Contains(bare, []byte("programs")) || bytes.Contains(bare, []byte("updates")) || bytes.Contains(bare, []byte("files")) || bytes.Contains(bare, []byte("certificates")) {
		t.Errorf("something that was not asked is written: %v\n%s", err, bare)
	}
	if at, from := bytes.Index(first, []byte("ControlSet\\\\Control")), bytes.Index(first, []byte(`HKLM\\X`)); at < 0 || from < at {
		t.Errorf("not sorted:\n%s", first)
	}
}

// TestDecodeRefuses proves that every kind of mistake is an error that names
// place and cause.
func TestDecodeRefuses(t *testing.T) {
	value := func(body string) string {
		return `{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600},"registry":[` + body + `]}`
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "line 1, column 1: the file ends where an object is expected"},
		{"list", "[]", "line 1, column 1: expected an object, found a list"},
		{"cut", whole[:400], "line 8, column 15: covered[0]: this string does not end"},
		{"after", whole + "x", "line 22, column 2: something follows the snapshot"},
		{"unknown key", "{\n  \"schema\": \"tlsready.host/v1\",\n  \"os\": {\"version\": \"6.3\", \"bild\": 1}}", `line 3, column 28: os: unknown key "bild"`},
		{"case of key", `{"Schema": "tlsready.host/v1"}`, `unknown key "Schema"`},
		{"schema", `{"schema": "tlsready.host/v2"}`, `line 1, column 12: schema: unknown schema "tlsready.host/v2"`},
		{"no schema", `{"os": {"version": "6.3", "build": 1}}`, `"schema" is missing`},
		{"no os", `{"schema": "tlsready.host/v1"}`, `"os" is missing`},
		{"no build", `{"schema": "tlsready.host/v1", "os": {"version": "6.3"}}`, `column 38: the key "os.build" is missing`},
		{"no version", `{"schema": "tlsready.host/v1", "os": {"build": 1}}`, `"os.version" is missing`},
		{"version", `{"schema": "tlsready.host/v1", "os": {"version": "2012"}}`, `os.version: "2012" is no version`},
		{"build text", `{"schema": "tlsready.host/v1", "os": {"build": "9600"}}`, "os.build: expected a number, found a string"},
		{"build fraction", `{"schema": "tlsready.host/v1", "os": {"build": 9600.5}}`, "9600.5 is not a whole number"},
		{"build large", `{"schema": "tlsready.host/v1", "os": {"build": 99999999999999999999}}`, "is not a whole number"},
		{"architecture", `{"schema": "tlsready.host/v1", "os": {"architecture": "AMD64"}}`, `"AMD64" is none of x86, x64, arm64`},
		{"time", `{"schema": "tlsready.host/v1", "collectedAt": "15.6.2021"}`, `collectedAt: "15.6.2021" is no time`},
		{"null", `{"schema": "tlsready.host/v1", "registry": null}`, "registry: expected a list, found null"},
		{"twice", `{"schema": "tlsready.host/v1", "name": "a", "name": "b"}`, `the key "name" stands here twice`},
		{"covered number", `{"schema": "tlsready.host/v1", "covered": ["HKLM\\A", 1]}`, "covered[1]: expected a string, found a number"},
		{"covered empty", `{"schema": "tlsready.host/v1", "covered": [""]}`, `covered[0]: "" is no registry key`},
		{"drive", `{"schema": "tlsready.host/v1", "covered": ["HKLM:\\SOFTWARE"]}`, `column 44: covered[0]: "HKLM:\\SOFTWARE" is no registry key`},
		{"slash", `{"schema": "tlsready.host/v1", "covered": ["HKLM/SOFTWARE"]}`, `is no registry key`},
		{"provider", `{"schema": "tlsready.host/v1", "covered": ["Registry::HKEY_LOCAL_MACHINE\\SOFTWARE"]}`, `is no registry key`},
		{"root", `{"schema": "tlsready.host/v1", "shallow": ["HKEY_LOCAL_MASCHINE\\SOFTWARE"]}`, `shallow[0]: "HKEY_LOCAL_MASCHINE`},
		{"doubled", value(`{"key":"HKLM\\\\A","name":"n","type":"REG_DWORD","value":1}`), `registry[0].key: "HKLM\\\\A" is no registry key`},
		{"lost registry", `{"schema": "tlsready.host/v1", "os": {"version": "6.3", "build": 9600}, "covered": ["HKLM\\A"]}`, `column 84: the key "registry" is missing`},
		{"lost registry, shallow", `{"schema": "tlsready.host/v1", "os": {"version": "6.3", "build": 9600}, "shallow": ["HKLM\\A"], "covered": []}`, `column 84: the key "registry" is missing`},
		{"absent", `{"schema": "tlsready.host/v1", "absent": [{"key": "HKLM\\A"}]}`, `absent[0]: the keys "key" and "name" are needed`},
		{"absent value", `{"schema": "tlsready.host/v1", "absent": [{"key": "HKLM\\A", "value": 1}]}`, `unknown key "value"`},
		{"dword text", value(`{"key":"HKLM\\A","name":"n","type":"REG_DWORD","value":"1"}`), `registry[0]: "1" is not a REG_DWORD`},
		{"dword large", value(`{"key":"HKLM\\A","name":"n","type":"REG_DWORD","value":4294967296}`), "4294967296 is not a REG_DWORD"},
		{"dword null", value(`{"key":"HKLM\\A","name":"n","type":"REG_DWORD","value":null}`), "null is not a REG_DWORD"},
		{"text null", value(`{"key":"HKLM\\A","name":"n","type":"REG_SZ","value":null}`), "null is not a REG_SZ"},
		{"text number", value(`{"key":"HKLM\\A","name":"n","type":"REG_SZ","value":1}`), "1 is not a REG_SZ"},
		{"list in list", value(`{"key":"HKLM\\A","name":"n","type":"REG_MULTI_SZ","value":[["a"]]}`), "a list within a list"},
		{"object", value(`{"key":"HKLM\\A","name":"n","type":"REG_SZ","value":{}}`), "expected a value, found an object"},
		{"no type", value(`{"key":"HKLM\\A","name":"n","value":1}`), `the key "type" is missing`},
		{"type", value(`{"key":"HKLM\\A","name":"n","type":"DWORD","value":1}`), `"DWORD" is no registry type`},
		{"hex", value(`{"key":"HKLM\\A","name":"n","type":"REG_BINARY","value":"0"}`), `is not a REG_BINARY`},
		{"value twice", value(`{"key":"HKLM\\A","name":"n","type":"REG_SZ","value":"x"},{"key":"hklm\\a","name":"N","type":"REG_SZ","value":"y"}`), `stands in the snapshot twice`},
		{"control set twice", value(`{"key":"HKLM\\SYSTEM\\ControlSet001\\A","name":"n","type":"REG_SZ","value":"x"},{"key":"HKLM\\SYSTEM\\CurrentControlSet\\A","name":"n","type":"REG_SZ","value":"y"}`), `twice`},
		{"thumbprint", `{"schema": "tlsready.host/v1", "certificates": {"root": ["xyz"]}}`, `certificates.root[0]: "xyz" is no SHA-1 thumbprint`},
		{"proxy", `{"schema": "tlsready.host/v1", "proxy": {"server": "p:1"}}`, `unknown key`},
		{"policy", `{"schema": "tlsready.host/v1", "policies": [{"key": "HKLM\\A", "name": "n"}]}`, `policies[0]: the keys "key", "name" and "gpo" are needed`},
		{"policy type", `{"schema": "tlsready.host/v1", "policies": [{"key": "HKLM\\A", "name": "n", "gpo": "g", "type": "REG_SZ"}]}`, `policies[0]: the key "value" is missing`},
		{"policy value", `{"schema": "tlsready.host/v1", "policies": [{"key": "HKLM\\A", "name": "n", "gpo": "g", "value": 1}]}`, `policies[0]: the key "type" is missing`},
		{"program", `{"schema": "tlsready.host/v1", "programs": [{"version": "1"}]}`, `programs[0]: the key "name" is missing`},
		{"complete", `{"schema": "tlsready.host/v1", "updates": {"complete": 1}}`, "expected true or false, found 1"},
		{"bytes", "{\"schema\": \"\xff\"}", "line 1, column 13: this is not UTF-8"},
		{"control", "{\"schema\": \"a\nb\"}", "control character"},
		{"open string", `{"schema": "tls`, "this string does not end"},
		{"comma", `{"schema": "tlsready.host/v1" "name": "a"}`, "expected a comma or closing brace, found a string"},
		{"deep", strings.Repeat(`{"os":`, 100000), `unknown key "os"`},
		{"column in characters", `{"name": "機器", "x": 1}`, "column 16: unknown key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode([]byte(c.text), nil)
			var e *DecodeError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestDecodeLimit proves that a huge file is refused before it is read.
func TestDecodeLimit(t *testing.T) {
	if _, err := Decode(make([]byte, MaxSnapshot+1), nil); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode proves that no bytes make the reader panic, and that what it reads
// it writes in a form that reads back alike.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"schema":"tlsready.host/v1","os":{"version":"6.3","build":9600}}`))
	f.Add([]byte(`{"schema":"tlsready.host/v1","registry":[{"value":[1,"\ud800"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data, nil)
		if err != nil {
			return
		}
		first, err := s.Encode()
		if err != nil {
			t.Fatalf("write what was read: %v", err)
		}
		again, err := Decode(first, nil)
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, first)
		}
		if second, err := again.Encode(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("the second writing differs: %v\n%s\n%s", err, first, second)
		}
	})
}

// BenchmarkDecode reads a snapshot of the usual size.
func BenchmarkDecode(b *testing.B) {
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		if _, err := Decode([]byte(whole), nil); err != nil {
			b.Fatal(err)
		}
	}
}
