package fleet

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// wide is text in UTF-16 with its mark.
func wide(text []byte, order binary.AppendByteOrder) []byte {
	out := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(strings.TrimPrefix(string(text), "\ufeff"))) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// Proves that every export is known by its content and read alike whatever its
// encoding and line ends: PowerShell writes UTF-16, portals a mark, editors CRLF.
func TestEncodings(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		plain := read(t, f.Name())
		want, err := readKind(kindOf(t, plain), "f", plain, option2012())
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{
			"UTF-16LE": wide(plain, binary.LittleEndian), "UTF-16BE": wide(plain, binary.BigEndian),
			"mark":           append([]byte("\xef\xbb\xbf"), bytes.TrimPrefix(plain, []byte("\xef\xbb\xbf"))...),
			"CRLF":           bytes.ReplaceAll(bytes.ReplaceAll(plain, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")),
			"lines in front": append([]byte("\r\n\r\n"), bytes.TrimPrefix(plain, []byte("\xef\xbb\xbf"))...),
		} {
			got, err := readKind(kindOf(t, data), "f", data, option2012())
			if err != nil || len(got) != len(want) {
				t.Errorf("%s in %s: %d hosts, %v", f.Name(), name, len(got), err)
				continue
			}
			for i := range got {
				if (got[i].Err == nil) != (want[i].Err == nil) || got[i].ID != want[i].ID || got[i].Err == nil && !sameSnapshot(got[i].Snapshot, want[i].Snapshot) {
					t.Errorf("%s in %s: host %d differs: %v", f.Name(), name, i, got[i].Err)
				}
			}
		}
	}
}

func sameSnapshot(a, b *host.Snapshot) bool {
	return a.Name == b.Name && a.OS == b.OS && slices.Equal(a.Covered, b.Covered) &&
		slices.EqualFunc(a.Registry, b.Registry, func(x, y host.Value) bool { return x.Key == y.Key && x.Name == y.Name && x.Equal(y.Data) })
}

// Proves for each kind that if "absent" cannot be told from "not asked for", nothing
// counts as looked through, and that a note says so and what to do.
func TestAbsenceUnknown(t *testing.T) {
	const clixml = `<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><MS><I32 N="Enabled">1</I32><S N="PSPath">Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client</S></MS></Obj></Objs>`
	const client = `HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client`
	tests := []struct{ kind, data, note string }{
		{"osquery", `[{"key":"` + client + `","name":"Enabled","type":"REG_DWORD","data":"1"}]`, "--covered"},
		{"velociraptor", `{"OSPath":"` + client + `\\Enabled","Data":{"type":"DWORD","value":1}}`, "--covered"},
		{"powershell", `{"Enabled":1,"PSPath":"Registry::` + client + `"}`, "--covered"},
		{"clixml", clixml, "--covered"},
		{"ansible", `{"ansible_distribution_version":"6.3.9600.0","ansible_os_family":"Windows"}`, "--covered"},
		{"ansible", `{"exists":true,"sub_keys":["Protocols"],"properties":{},"item":"HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"}`, "without all that matters"},
		{"azure", `{"id":"/machines/A/Microsoft.GuestConfiguration/x","properties":{"resources":[{"properties":{"Key":"` + client + `","ValueName":"Enabled","ValueType":"Dword","ValueData":["1"]}}]}}`, "--covered"},
		{"listing", listedKey("Enabled           : 1\r\n"), "--covered"},
		{"entra", entraTable("1"), "--covered"},
		{"healthchecker", health("1"), "--covered"},
		{"cmpivot", "Device,Key,Property,Value\nA,HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client,Enabled,1\n", "--covered"},
		{"intune", "DeviceName,OSVersion,PreRemediationDetectionScriptOutput\nA,6.3.9600.0,\"{\"\"t\"\":1,\"\"b\"\":\"\"6.3.9600.\"\",\"\"a\"\":\"\"\"\",\"\"v\"\":{}}\"\n", "--covered"},
	}
	kinds := map[string]bool{}
	for _, tt := range tests {
		k := kindOf(t, []byte(tt.data))
		kinds[k.Name] = true
		hosts, err := readKind(k, "f", []byte(tt.data), option2012())
		if err != nil || hosts[0].Err != nil || k.Name != tt.kind {
			t.Errorf("%s: %s %v %v", tt.kind, k.Name, err, hosts)
			continue
		}
		s := hosts[0].Snapshot
		if !slices.ContainsFunc(s.Notes, func(n message.Text) bool {
			return strings.Contains(message.English(n), tt.note) && strings.Contains(message.English(n), "not asked")
		}) {
			t.Errorf("%s: covered %q, notes %q", tt.kind, s.Covered, message.English(s.Notes...))
		}
		if _, state := host.NewView(s).Lookup(host.NewRef(schannel+`\Protocols\TLS 1.2\Client`, "DisabledByDefault")); state != host.NotAsked {
			t.Errorf("%s: a value that is missing is %s", tt.kind, state)
		}
	}
	if len(kinds) != len(Kinds()) {
		t.Errorf("%d of %d kinds were tried", len(kinds), len(Kinds()))
	}
}

// Proves that a machine that stands in an export twice is one host, whose later
// answer takes the place of the earlier one: a value that is gone is gone.
func TestMachineTwice(t *testing.T) {
	const net = `HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319`
	const other = `{"key":"` + net + `","name":"Other","type":"DWord","value":1}`
	snippet := func(name, at, values string) string {
		return `{"tlsready":"powershell/v1","computer":"` + name + `","collectedAt":"` + at + `","asked":"HKLM:\\SOFTWARE\\Microsoft\\.NETFramework","os":{"Version":"6.3.9600"},"values":[` + strings.TrimSuffix(other+`,`+values, ",") + `]}`
	}
	value := `{"key":"` + net + `","name":"SchUseStrongCrypto","type":"DWord","value":1}`
	log := func(values string) string {
		return `{"name":"tls","hostIdentifier":"fs01","calendarTime":"x","snapshot":[{"what":"os_version","data":"6.3.9600"},{"what":"registry","key":"` + net + `","name":"Other","type":"REG_DWORD","data":"1"}` + values + `,{"what":"asked","key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework"}]}`
	}
	line := func(v string) string {
		return `FS01,6.3.9600.0,"` + strings.ReplaceAll(`{"t":1,"b":"6.3.9600.","a":"F","v":{`+strings.TrimSuffix(`"F\\\\Other":1,`+v, ",")+`}}`, `"`, `""`) + "\"\n"
	}
	const head = "DeviceName,OSVersion,PreRemediationDetectionScriptOutput\n"
	tests := []struct {
		name, data string
		want       host.State
	}{
		{"powershell", "[" + snippet("FS01", "2021-06-01T00:00:00Z", value) + "," + snippet("fs01", "2021-06-02T00:00:00Z", "") + "]", host.Absent},
		{"powershell, newer first", "[" + snippet("FS01", "2021-06-02T00:00:00Z", "") + "," + snippet("fs01", "2021-06-01T00:00:00Z", value) + "]", host.Absent},
		{"powershell, there again", "[" + snippet("FS01", "2021-06-01T00:00:00Z", "") + "," + snippet("fs01", "2021-06-02T00:00:00Z", value) + "]", host.Present},
		{"osquery", log(`,{"what":"registry","key":"`+net+`","name":"SchUseStrongCrypto","type":"REG_DWORD","data":"1"}`) + "\n" + log(""), host.Absent},
		{"intune", head + line(`"F\\SchUseStrongCrypto":1`) + line(""), host.Absent},
		{"intune, there again", head + line("") + line(`"F\\SchUseStrongCrypto":1`), host.Present},
	}
	for _, tt := range tests {
		hosts, err := readKind(kindOf(t, []byte(tt.data)), "f", []byte(tt.data), option2012())
		if err != nil || len(hosts) != 1 || hosts[0].Err != nil {
			t.Errorf("%s: %+v, %v", tt.name, hosts, err)
			continue
		}
		if _, state := host.NewView(hosts[0].Snapshot).Lookup(host.NewRef(net4, "SchUseStrongCrypto")); state != tt.want {
			t.Errorf("%s: the value is %s, want %s", tt.name, state, tt.want)
		}
	}
}

// Proves what odd but real exports read as: names of other languages, separators
// of other countries, members in any order, facts without a prefix, -1.
func TestOddInput(t *testing.T) {
	const x = `HKLM:\SOFTWARE\X`
	const xj = `HKLM:\\SOFTWARE\\X`
	tests := []struct {
		kind, data, name string
		want             host.Data
	}{
		{"cmpivot", "デバイス;キー;プロパティ;値\r\nA;" + x + ";(既定);表\r\n", "", host.String("表")},
		{"cmpivot", "\"Device\",\"Key\",\"Property\",\"Value\"\r\n\"A\",\"" + x + "\",\"Enabled\",\"-1\"\r\n", "Enabled", host.Dword(0xffffffff)},
		{"cmpivot", "Device,Key,Property,Value\nA,HKLM:\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002,Functions,\"A,B\"\n", "Functions", host.String("A,B")},
		{"powershell", `{"asked":["` + xj + `"],"values":[{"value":-1,"type":"DWord","name":"n","key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}],"tlsready":"powershell/v1"}`, "n", host.Dword(0xffffffff)},
		{"powershell", `{"values":[{"value":"v","type":"String","name":"n","key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X"}],"tlsready":"powershell/v1"}`, "n", host.String("v")},
		{"powershell", `{"n":-1,"(既定)":null,"PSPath":"Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X","PSDrive":{"Name":"HKLM"},"RunspaceId":"1"}`, "n", host.Dword(0xffffffff)},
		{"clixml", `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><MS><I32 N="n">-1</I32><S N="PSPath">Registry::HKEY_LOCAL_MACHINE\SOFTWARE\X</S><B N="PSShowComputerName">true</B><G N="RunspaceId">00000000-0000-0000-0000-000000000000</G><Obj N="PSDrive" RefId="1"><Props><Obj N="Provider" RefId="2"><ToString>x</ToString></Obj></Props></Obj></MS></Obj></Objs>`, "n", host.Dword(0xffffffff)},
		{"ansible", `{"architecture":"64 ビット","distribution":"Microsoft Windows Server 2012 R2 Standard","distribution_version":"6.3.9600.0","tlsready_registry":[{"exists":true,"item":"` + xj + `","properties":{"n":{"type":"REG_DWORD","raw_value":4294967295,"value":4294967295}},"sub_keys":[]}]}`, "n", host.Dword(0xffffffff)},
		{"ansible", `{"ansible_facts":{"ansible_distribution_version":"6.3.9600.0"},"tls":{"results":[{"exists":true,"item":{"path":"` + xj + `"},"properties":{"n":{"type":"REG_DWORD","raw_value":-1,"value":-1}},"sub_keys":[]}]}}`, "n", host.Dword(0xffffffff)},
		{"azure", `[{"id":"/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/A/providers/Microsoft.GuestConfiguration/x","properties":{"latestAssignmentReport":{"resources":[{"properties":{"Key":"` + xj + `","ValueName":"n","ValueType":"Dword","ValueData":["-1"],"Ensure":"Present"}}]}}}]`, "n", host.Dword(0xffffffff)},
		{"intune", "デバイス名;OS のバージョン;修復前の検出出力\r\nA;6.3.9600.0;\"{\"\"t\"\":1,\"\"b\"\":\"\"6.3.9600.\"\",\"\"a\"\":\"\"S\"\",\"\"v\"\":{\"\"S\\\\n\"\":-1}}\"\r\n", "n", host.Dword(0xffffffff)},
		{"velociraptor", `[{"Fqdn":"A","OSPath":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X\\@","Data":{"type":"SZ","value":"表"}}]`, "", host.String("表")},
		{"osquery", `{"host":"A","rows":[{"what":"registry","key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"(Default)","type":"REG_SZ","data":"表"}]}` + "\n" + `{"host":"B","rows":[]}`, "", host.String("表")},
	}
	for _, tt := range tests {
		k := kindOf(t, []byte(tt.data))
		hosts, err := readKind(k, "f", []byte(tt.data), option2012())
		if err != nil || k.Name != tt.kind || hosts[0].Err != nil || len(hosts[0].Snapshot.Registry) != 1 {
			t.Errorf("%s\n%s %v %+v", tt.data, k.Name, err, hosts)
			continue
		}
		if v := hosts[0].Snapshot.Registry[0]; v.Name != tt.name || !v.Equal(tt.want) {
			t.Errorf("%s\n%+v, want %q %+v", tt.data, v, tt.name, tt.want)
		}
	}
}

// Proves for an export that shows numbered control sets that the one in use counts,
// by Select or because it is the only one, and that none does if there are several
// and it is not known which is in use.
func TestControlSets(t *testing.T) {
	row := func(key, name, data string) string {
		return `{"what":"registry","key":"HKEY_LOCAL_MACHINE\\SYSTEM\\` + key + `","name":"` + name + `","type":"REG_DWORD","data":"` + data + `"}`
	}
	const client = `\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client`
	one, two := row("ControlSet001"+client, "Enabled", "1"), row("ControlSet002"+client, "Enabled", "0")
	now := row("CurrentControlSet"+client, "Enabled", "0")
	for name, c := range map[string]struct {
		rows []string
		want *host.Data // nil: not asked
	}{
		"one":                  {[]string{one}, new(host.Dword(1))},
		"two":                  {[]string{one, two}, nil},
		"two, Select":          {[]string{one, two, row("Select", "Current", "2")}, new(host.Dword(0))},
		"two, the current one": {[]string{one, two, now}, new(host.Dword(0))},
		"one against another":  {[]string{one, now, row("Select", "Current", "1")}, nil},
	} {
		data := []byte(`{"host":"A","rows":[{"what":"os_version","data":"6.3.9600"},` + strings.Join(c.rows, ",") + `]}`)
		hosts, err := readKind(kindOf(t, data), "f", data, option2012())
		if err != nil || hosts[0].Err != nil {
			t.Fatal(err, hosts)
		}
		got, state := host.NewView(hosts[0].Snapshot).Lookup(host.NewRef(schannel+`\Protocols\TLS 1.2\Client`, "Enabled"))
		if c.want == nil && state != host.NotAsked || c.want != nil && (state != host.Present || !got.Equal(*c.want)) {
			t.Errorf("%s: %s %+v", name, state, got)
		}
	}
}
