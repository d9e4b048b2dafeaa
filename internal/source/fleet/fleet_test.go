package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kindOf finds the one kind that recognises a file.
func kindOf(t testing.TB, data []byte) source.Kind {
	t.Helper()
	var found []source.Kind
	for _, k := range Kinds() {
		if k.Sniff(data[:min(len(data), 4096)], "f") {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d kinds recognise the file: %v", len(found), found)
	}
	return found[0]
}

// readKind lets a kind read a file.
func readKind(k source.Kind, path string, data []byte, opt source.Options) ([]source.Host, error) {
	return k.Read(source.Input{Path: path, Files: []source.File{{Path: path, Data: data}}}, opt)
}

// option2012 is what --os "Windows Server 2012 R2" gives.
func option2012() source.Options {
	return source.Options{OS: "6.3.9600"}
}

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	net4     = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
)

// same is the registry that every fixture holds.
func same() []host.Value {
	list := []host.Value{
		{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(1)},
		{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "DisabledByDefault", Data: host.Dword(0)},
		{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "メモ", Data: host.String("営業部の申請")},
		{Key: schannel + `\Ciphers\AES 128/128`, Name: "Enabled", Data: host.Dword(0xffffffff)},
		{Key: net4, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)},
	}
	slices.SortStableFunc(list, host.CompareValues)
	return list
}

// The same settings in every format give the same registry, the same system, and
// what the format can say about what was asked for.
func TestSameSettings(t *testing.T) {
	server, strong := host.NewRef(schannel+`\Protocols\TLS 1.2\Server`, "Enabled"), host.NewRef(net4, "SchUseStrongCrypto")
	both, one := []host.Ref{server, strong}, []host.Ref{strong}
	tests := []struct {
		file, kind string
		name       string     // "" if the format does not name the machine
		absent     []host.Ref // known to be absent; nil: the format cannot tell of any
		system     bool       // the system is in the export
		update     bool
	}{
		{"osquery-fleetctl.json", "osquery", "FS01", both, true, true},
		{"osquery-report.json", "osquery", "FS01", both, true, false},
		{"osquery-tables.json", "osquery", "FS01", both, true, true},
		{"osquery-log.json", "osquery", "FS01", both, true, false},
		{"velociraptor.jsonl", "velociraptor", "FS01", both, true, false},
		{"powershell.json", "powershell", "FS01", both, true, true},
		{"itemproperty.json", "powershell", "", nil, false, false},
		{"itemproperty.clixml", "clixml", "", nil, false, false},
		{"snippet.clixml", "clixml", "FS01", both, true, false},
		{"ansible-cache.json", "ansible", "FS01", both, true, false},
		{"ansible-play.json", "ansible", "FS01", both, true, false},
		{"cmpivot.csv", "cmpivot", "FS01", nil, false, false},
		{"intune.csv", "intune", "FS01", both, true, false},
		{"azure.json", "azure", "FS01", one, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			data := read(t, tt.file)
			k := kindOf(t, data)
			hosts, err := readKind(k, tt.file, data, option2012())
			if err != nil {
				t.Fatal(err)
			}
			if hosts[0].Err != nil {
				t.Fatal(hosts[0].Err)
			}
			s := hosts[0].Snapshot
			if k.Name != tt.kind || s.Name != tt.name || s.Source != tt.kind+":"+tt.file {
				t.Errorf("kind %s, name %q, source %q", k.Name, s.Name, s.Source)
			}
			checkRegistry(t, s.Registry)
			view := host.NewView(s)
			for _, ref := range both {
				want := host.NotAsked
				if slices.Contains(tt.absent, ref) {
					want = host.Absent
				}
				if _, state := view.Lookup(ref); state != want {
					t.Errorf("%s %s is %s, want %s", ref.Key, ref.Name, state, want)
				}
			}
			if noted := strings.Contains(message.English(s.Notes...), "--covered"); noted != (tt.absent == nil) {
				t.Errorf("notes %q", message.English(s.Notes...))
			}
			if s.OS.Version != "6.3" || s.OS.Build != 9600 {
				t.Errorf("system %+v", s.OS)
			}
			if tt.system && (s.OS.Architecture != "x64" || s.OS.Type != "server" && tt.kind != "intune") {
				t.Errorf("system %+v, want an x64 server", s.OS)
			}
			if (s.Updates != nil) != tt.update || tt.update && (s.Updates.Complete || !slices.Equal(s.Updates.IDs, []string{"KB3140245"})) {
				t.Errorf("updates %+v", s.Updates)
			}
			if told := tt.file == "ansible-cache.json"; told != slices.Equal(s.Addresses, []string{"192.0.2.7"}) {
				t.Errorf("addresses %q", s.Addresses)
			}
			if !tt.system {
				if again, err := readKind(k, tt.file, data, source.Options{}); err != nil || again[0].Err == nil || !strings.Contains(message.English(message.HintOf(again[0].Err)), "--os") {
					t.Errorf("without --os: %v", again[0].Err)
				}
			}
		})
	}
}

func checkRegistry(t *testing.T, got []host.Value) {
	t.Helper()
	want := same()
	if !slices.EqualFunc(got, want, func(a, b host.Value) bool { return a.Key == b.Key && a.Name == b.Name && a.Equal(b.Data) }) {
		t.Errorf("registry\n got %v\nwant %v", got, want)
	}
}

// Of an export of several machines one that failed is a row with its reason, and
// costs the others nothing.
func TestSeveralMachines(t *testing.T) {
	for file, want := range map[string]string{
		"osquery-fleetctl.json": "timed out", "ansible-play.json": "connection refused", "intune.csv": "has not run the script",
	} {
		data := read(t, file)
		hosts, err := readKind(kindOf(t, data), file, data, source.Options{})
		if err != nil || len(hosts) != 2 {
			t.Fatalf("%s: %d hosts, %v", file, len(hosts), err)
		}
		if h := hosts[1]; h.ID != "FS02" || h.Err == nil || !strings.Contains(h.Err.Error(), want) || !strings.HasPrefix(h.Err.Error(), file) {
			t.Errorf("%s: host %q, error %v; want one with %q", file, h.ID, h.Err, want)
		}
	}
}

// Keys that the user names with --covered count as asked for.
func TestCoveredByOption(t *testing.T) {
	data := read(t, "cmpivot.csv")
	opt := option2012()
	opt.Covered = []string{`HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\Schannel`}
	hosts, err := readCMPivot("c.csv", data, opt)
	if err != nil || len(hosts) != 2 || !slices.Equal(hosts[1].Snapshot.Covered, []string{schannel}) {
		t.Errorf("%v, %v", hosts, err)
	}
}

// A registry type that does not fit stays as it is: a REG_SZ "1" is no DWORD.
func TestTypesKept(t *testing.T) {
	tests := []struct {
		kind, data string
		want       host.Data
	}{
		{"osquery", `[{"key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"n","type":"REG_SZ","data":"1"}]`, host.String("1")},
		{"osquery", `[{"key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"n","type":"REG_MULTI_SZ","data":"A,B"}]`, host.Multi("A", "B")},
		{"osquery", `[{"key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"n","type":"REG_BINARY","data":"00FF"}]`, host.Data{Type: host.Binary, Bytes: []byte{0, 255}}},
		{"velociraptor", `{"OSPath":"HKLM\\SOFTWARE\\X\\n","Data":{"type":"MULTI_SZ","value":["A","B"]}}`, host.Multi("A", "B")},
		{"velociraptor", `{"OSPath":"HKLM\\SOFTWARE\\X\\n","Data":{"type":"QWORD","value":18446744073709551615}}`, host.Data{Type: host.QWORD, Number: 1<<64 - 1}},
		{"velociraptor", `{"FullPath":"/HKEY_LOCAL_MACHINE/SOFTWARE/X/n","Data":{"type":"BINARY","value":"AP8="}}`, host.Data{Type: host.Binary, Bytes: []byte{0, 255}}},
		{"powershell", `{"n":"1","PSPath":"Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}`, host.String("1")},
		{"powershell", `{"n":["A"],"PSPath":"Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}`, host.Multi("A")},
		{"powershell", `{"n":[0,255],"PSPath":"Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}`, host.Data{Type: host.Binary, Bytes: []byte{0, 255}}},
		{"powershell", `{"n":4294967296,"PSPath":"Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}`, host.Data{Type: host.QWORD, Number: 1 << 32}},
		{"powershell", `{"tlsready":"powershell/v1","values":{"key":"HKLM\\SOFTWARE\\X","name":"n","type":"MultiString","value":"A"}}`, host.Multi("A")},
		{"clixml", `<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><MS><BA N="n">AP8=</BA><S N="PSPath">Registry::HKEY_LOCAL_MACHINE\SOFTWARE\X</S></MS></Obj></Objs>`, host.Data{Type: host.Binary, Bytes: []byte{0, 255}}},
		{"clixml", `<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><MS><Obj N="n"><LST><S>A</S><S>B_x000A_</S></LST></Obj><S N="PSPath">Registry::HKEY_LOCAL_MACHINE\SOFTWARE\X</S></MS></Obj></Objs>`, host.Multi("A", "B\n")},
		{"ansible", `{"exists":true,"properties":{"n":{"type":"REG_EXPAND_SZ","raw_value":"%windir%","value":"C:\\Windows"}},"sub_keys":[],"item":"HKLM:\\SOFTWARE\\X"}`, host.Data{Type: host.ExpandSZ, Text: "%windir%"}},
		{"ansible", `{"exists":true,"type":"REG_MULTI_SZ","raw_value":["A","B"],"value":["A","B"],"invocation":{"module_args":{"path":"HKLM:\\SOFTWARE\\X","name":"n"}}}`, host.Multi("A", "B")},
		{"cmpivot", "Device,Key,Property,Value\nA,HKLM:\\SOFTWARE\\X,n,1\n", host.String("1")},
		{"cmpivot", "Device\tKey\tProperty\tValue\nA\tHKLM:\\SOFTWARE\\X\tFunctions\tA, B\n", host.Multi("A", "B")},
		{"azure", `{"id":"/machines/A/Microsoft.GuestConfiguration/x","properties":{"resources":[{"properties":{"Key":"HKLM:\\SOFTWARE\\X","ValueName":"n","ValueType":"MultiString","ValueData":["A","B"]}}]}}`, host.Multi("A", "B")},
	}
	for _, tt := range tests {
		k := kindOf(t, []byte(tt.data))
		hosts, err := readKind(k, "f", []byte(tt.data), option2012())
		if err != nil || hosts[0].Err != nil || len(hosts[0].Snapshot.Registry) != 1 || k.Name != tt.kind {
			t.Errorf("%s: %s %v %v", tt.data, k.Name, err, hosts)
			continue
		}
		if v := hosts[0].Snapshot.Registry[0]; v.Key != `HKLM\SOFTWARE\X` || !v.Equal(tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.data, v, tt.want)
		}
	}
}

// What win_reg_stat looked at says what is there and what is below, and nothing of
// what was not asked for or failed.
func TestAnsibleCovered(t *testing.T) {
	stat := func(key, rest string) string {
		return `{"item":"` + strings.ReplaceAll(key, `\`, `\\`) + `",` + rest + `}`
	}
	one := func(key, name string) string {
		return `{"exists":false,"invocation":{"module_args":{"path":"` + strings.ReplaceAll(key, `\`, `\\`) + `","name":"` + name + `"}}}`
	}
	const client = schannel + `\Protocols\TLS 1.2\Client`
	const program = net4 + `\System.Net.ServicePointManager.SecurityProtocol`
	a, n := host.Absent, host.NotAsked
	tests := []struct {
		name    string
		results []string
		key     string
		want    [3]host.State // of Enabled and DisabledByDefault of TLS 1.2, and of a value of key
	}{
		{"absent key", []string{stat(schannel, `"exists":false`)}, schannel, [3]host.State{a, a, a}},
		{"without what is below", []string{stat(schannel, `"exists":true,"sub_keys":["Protocols"],"properties":{}`)}, schannel + `\Ciphers\NULL`, [3]host.State{n, n, a}},
		{"with it, absent by now", []string{stat(schannel, `"exists":true,"sub_keys":["Protocols"],"properties":{}`), stat(schannel+`\Protocols`, `"exists":false`)}, schannel, [3]host.State{a, a, a}},
		{"subkeys without meaning", []string{stat(net4, `"exists":true,"sub_keys":["SKUs"],"properties":{}`)}, net4, [3]host.State{n, n, a}},
		{"subkeys of programs", []string{stat(net4, `"exists":true,"sub_keys":["System.Net.ServicePointManager.SecurityProtocol"],"properties":{}`)}, program, [3]host.State{n, n, n}},
		{"one value of two", []string{one(client, "Enabled")}, client, [3]host.State{a, n, n}},
		{"both values", []string{one(client, "Enabled"), one(client, "DisabledByDefault")}, client, [3]host.State{a, a, n}},
		{"no list of subkeys", []string{stat(schannel, `"exists":true,"properties":{}`)}, schannel, [3]host.State{n, n, a}},
		{"null list of subkeys", []string{stat(schannel, `"exists":true,"sub_keys":null,"properties":{}`)}, schannel, [3]host.State{n, n, a}},
		{"no values", []string{stat(client, `"exists":true,"sub_keys":[]`)}, client, [3]host.State{n, n, n}},
		{"null values", []string{stat(client, `"exists":true,"sub_keys":[],"properties":null`)}, client, [3]host.State{n, n, n}},
		{"exists is null", []string{stat(client, `"exists":null`)}, client, [3]host.State{n, n, n}},
		{"failed", []string{stat(client, `"failed":true,"msg":"Access denied","exists":false`)}, client, [3]host.State{n, n, n}},
		{"failed below", []string{stat(schannel, `"exists":true,"sub_keys":["Protocols"],"properties":{}`), stat(schannel+`\Protocols`, `"failed":true`)}, schannel + `\Hashes\MD5`, [3]host.State{n, n, a}},
		{"asked again", []string{stat(client, `"failed":true`), stat(client, `"exists":false`)}, client, [3]host.State{a, a, a}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := `{"ansible_distribution_version":"6.3.9600.0","tlsready_registry":[` + strings.Join(tt.results, ",") + `]}`
			hosts, err := readAnsible("f", []byte(data), source.Options{})
			if err != nil || hosts[0].Err != nil {
				t.Fatal(err, hosts)
			}
			view := host.NewView(hosts[0].Snapshot)
			for i, ref := range []host.Ref{host.NewRef(client, "Enabled"), host.NewRef(client, "DisabledByDefault"), host.NewRef(tt.key, "no such value")} {
				if _, state := view.Lookup(ref); state != tt.want[i] {
					t.Errorf("%s %s is %s, want %s", ref.Key, ref.Name, state, tt.want[i])
				}
			}
		})
	}
}

// Old keys of control sets, short and long roots and drive spellings read alike.
func TestNormalKey(t *testing.T) {
	for _, key := range []string{
		`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`, `hklm:\system\currentcontrolset\control\securityproviders\schannel\`,
		`Computer\HKEY_LOCAL_MACHINE\System\ControlSet001\Control\SecurityProviders\SCHANNEL`, `HKLM:SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`,
		`Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`, schannel + `\*`,
	} {
		if got := spelled(host.CurrentControlSet(normalKey(key))); got != schannel {
			t.Errorf("%s: %s", key, got)
		}
	}
}

// What is no export, cut off or of another form is said with its place.
func TestDamaged(t *testing.T) {
	for _, k := range Kinds() {
		for _, data := range []string{"", "{", "[", "<Objs", "Device", `{"schema":"tlsready.host/v1"}`, "\x00\x01\xff"} {
			if hosts, err := readKind(k, "f.x", []byte(data), source.Options{}); err == nil && len(hosts) > 0 && hosts[0].Err == nil {
				t.Errorf("%s takes %q for a host", k.Name, data)
			} else if err != nil && !strings.HasPrefix(err.Error(), "f.x: ") {
				t.Errorf("%s on %q: the error %q does not name the file", k.Name, data, err)
			}
		}
	}
	tests := []struct{ file, old, new, want string }{
		{"osquery-fleetctl.json", `"type":"REG_DWORD","data":"1"`, `"type":"REG_DWORD","data":"yes"`, "record 1"},
		{"velociraptor.jsonl", `"type":"DWORD","value":1}`, `"type":"DWORD","value":"x"}`, "row 3"},
		{"powershell.json", "powershell/v1", "powershell/v2", "is not known"},
		{"itemproperty.clixml", "</MS>\n  </Obj>\n  <Obj RefId=\"3\">", "</Obj>", "line 12"},
		{"cmpivot.csv", "Key", "Path", "2107"},
		{"intune.csv", `""a"":""SF""`, `""a"":""SZ""`, "letter"},
		{"intune.csv", `}}"`, `"`, "no JSON"},
	}
	for _, tt := range tests {
		data := strings.Replace(string(read(t, tt.file)), tt.old, tt.new, 1)
		k := kindOf(t, []byte(data))
		hosts, err := readKind(k, tt.file, []byte(data), option2012())
		if err == nil {
			err = hosts[0].Err
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s with %q: %v, want an error with %q", tt.file, tt.new, err, tt.want)
		}
	}
}

// A snapshot, an inventory and other files are none of these kinds.
func TestNotRecognised(t *testing.T) {
	for _, data := range []string{
		`{"schema": "tlsready.host/v1", "name": "fs01", "os": {"version": "6.3", "build": 9600}, "registry": []}`,
		"Name,OperatingSystem,OperatingSystemVersion\nFS01,Windows Server 2012 R2,6.3 (9600)\n",
		"Windows Registry Editor Version 5.00\r\n", `{"verdicts": []}`, "<html>", "",
	} {
		for _, k := range Kinds() {
			if k.Sniff([]byte(data), "f") {
				t.Errorf("%s takes %q", k.Name, data)
			}
		}
	}
}
