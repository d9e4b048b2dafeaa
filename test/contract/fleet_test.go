package contract

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsready/internal/host"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
)

// fleetForms are the exports of fleet tools, each as the query of its page under
// docs/sources gives it.
func fleetForms() []form {
	noFiles := sourcetest.Loss{What: "files", Why: "the query does not ask for the versions of files", Drop: func(s *host.Snapshot) { s.Files = nil }}
	noStores := sourcetest.Loss{What: "certificates", Why: "the query does not ask for certificates", Drop: func(s *host.Snapshot) { s.Certificates = nil }}
	noAddresses := sourcetest.Loss{What: "addresses", Why: "the query does not ask for the network's interfaces", Drop: func(s *host.Snapshot) { s.Addresses = nil }}
	noPrograms := sourcetest.Loss{What: "programs", Why: "the query does not ask for programs", Drop: func(s *host.Snapshot) { s.Programs = nil }}
	partly := sourcetest.Loss{What: "the whole list of updates", Why: "Win32_QuickFixEngineering leaves updates out", Drop: func(s *host.Snapshot) { s.Updates.Complete = false }}
	noUpdates := sourcetest.Loss{What: "updates", Why: "the query does not ask for updates", Drop: func(s *host.Snapshot) { s.Updates = nil }}
	few := func(more ...sourcetest.Loss) []sourcetest.Loss {
		return append([]sourcetest.Loss{noFiles, noStores, noPrograms, noAddresses}, more...)
	}
	return []form{
		{name: "osquery", losses: few(partly), open: each(asOsquery)},
		{name: "velociraptor", losses: few(partly), open: each(asVelociraptor)},
		{name: "powershell", losses: few(partly), open: each(asPowerShell)},
		{name: "clixml", losses: few(partly), open: each(asClixml)},
		{name: "powershell, Get-ItemProperty", losses: few(noUpdates, noExpand()), flags: covered, open: each(asItemProperties)},
		{name: "ansible", losses: few(noUpdates), open: each(asAnsible)},
		{name: "cmpivot", losses: few(noUpdates, noTypes()), flags: covered, open: each(asCMPivot)},
		{name: "intune", losses: few(noUpdates, intuneKeys(), intuneSystem()), open: each(asIntune)},
		{name: "azure", losses: few(noUpdates, azureKeys(), noSystem()), flags: system, open: each(asAzure)},
	}
}

func system(r sourcetest.Reference) []string { return []string{"--os", r.Version} }

// covered names all keys, for tools that do not say what was asked for.
func covered(sourcetest.Reference) []string {
	var flags []string
	for _, key := range gather.Prefixes() {
		flags = append(flags, "--covered", key)
	}
	return flags
}

// exported are the values that a query for all keys gives: the settings and what
// says which system it is.
func exported(r sourcetest.Reference) []host.Value {
	values := slices.Clone(r.Settings)
	for _, v := range r.System() {
		if strings.HasSuffix(v.Key, `\Windows NT\CurrentVersion`) {
			values = append(values, v)
		}
	}
	return values
}

func fqdn(r sourcetest.Reference) string { return r.Snapshot().Name }

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type object = map[string]any

// asOsquery is what fleetctl writes: one line for the host, all columns as text.
func asOsquery(t *testing.T, r sourcetest.Reference) string {
	row := func(what, key, name, typ, data string) object {
		return object{"what": what, "key": key, "name": name, "type": typ, "data": data, "host_display_name": r.Name}
	}
	var rows []object
	for _, v := range exported(r) {
		data := v.Text
		switch v.Type {
		case host.DWORD:
			data = strconv.FormatUint(v.Number, 10)
		case host.MultiSZ:
			data = strings.Join(v.Strings, ",")
		case host.Binary:
			data = strings.ToUpper(hex.EncodeToString(v.Bytes))
		}
		rows = append(rows, row("registry", long(v.Key), v.Name, string(v.Type), data))
	}
	s := r.Snapshot()
	rows = append(rows, row("os_version", "", "Microsoft "+s.OS.Name, "64-bit", r.Version))
	for _, id := range s.Updates.IDs {
		rows = append(rows, row("patches", "", id, "", ""))
	}
	for _, key := range gather.Prefixes() { // last, so that rows which are cut off are seen
		rows = append(rows, row("asked", long(key), "", "", ""))
	}
	return write(t, "fleet.json", encoded(t, object{"host": fqdn(r), "rows": rows}))
}

// plain is a value as JSON of PowerShell and Velociraptor holds it. .NET has
// signed numbers alone.
func plain(v host.Value) any {
	switch v.Type {
	case host.DWORD:
		return int32(v.Number)
	case host.MultiSZ:
		return v.Strings
	case host.Binary:
		list := []int{}
		for _, b := range v.Bytes {
			list = append(list, int(b))
		}
		return list
	}
	return v.Text
}

func wmi(r sourcetest.Reference) object {
	return object{
		"Caption": "Microsoft " + r.Snapshot().OS.Name, "Version": r.Version, "BuildNumber": strconv.Itoa(r.Snapshot().OS.Build),
		"OSArchitecture": "64 ビット", "ProductType": 3, "CSName": fqdn(r),
	}
}

// asVelociraptor is a JSONL export of a hunt.
func asVelociraptor(t *testing.T, r sourcetest.Reference) string {
	var out bytes.Buffer
	line := func(o object) {
		o["Fqdn"] = fqdn(r)
		out.Write(append(encoded(t, o), '\n'))
	}
	line(wmi(r))
	for _, v := range exported(r) {
		data := object{"type": strings.TrimPrefix(string(v.Type), "REG_"), "value": plain(v)}
		if v.Type == host.DWORD {
			data["value"] = v.Number
		}
		if v.Type == host.Binary {
			data["value"] = base64.StdEncoding.EncodeToString(v.Bytes)
		}
		var path []string
		for _, part := range strings.Split(long(v.Key), `\`) {
			if strings.ContainsAny(part, "/") {
				part = `"` + part + `"`
			}
			path = append(path, part)
		}
		line(object{"OSPath": strings.Join(append(path, v.Name), `\`), "Data": data, "Mtime": "2021-06-15T05:00:00Z"})
	}
	for _, id := range r.Snapshot().Updates.IDs {
		line(object{"HotFixID": id})
	}
	for _, key := range gather.Prefixes() { // last, so that rows which are cut off are seen
		line(object{"Asked": long(key)})
	}
	return write(t, "hunt.jsonl", out.Bytes())
}

// kinds are .NET's names of the registry types.
func kind(t host.Type) string {
	return map[host.Type]string{host.DWORD: "DWord", host.SZ: "String", host.ExpandSZ: "ExpandString", host.MultiSZ: "MultiString", host.Binary: "Binary"}[t]
}

func drive(key string) string { return strings.Replace(key, `HKLM\`, `HKLM:\`, 1) }

func snippet(r sourcetest.Reference) object {
	var asked []string
	for _, key := range gather.Prefixes() {
		asked = append(asked, drive(key))
	}
	var values []object
	for _, v := range exported(r) {
		value := plain(v)
		if v.Type == host.MultiSZ && len(v.Strings) == 1 {
			value = v.Strings[0]
		}
		values = append(values, object{"key": long(v.Key), "name": v.Name, "type": kind(v.Type), "value": value})
	}
	return object{
		"tlsready": "powershell/v1", "computer": fqdn(r), "asked": asked, "values": values, "os": wmi(r), "hotfixes": r.Snapshot().Updates.IDs,
		"collectedAt": "2021-06-15T05:00:00Z",
	}
}

// asPowerShell is what the snippet writes: UTF-8 with a mark.
func asPowerShell(t *testing.T, r sourcetest.Reference) string {
	return write(t, r.Name+".json", append([]byte("\xef\xbb\xbf"), encoded(t, snippet(r))...))
}

// asClixml is what Export-Clixml makes of the same object, in UTF-16.
func asClixml(t *testing.T, r sourcetest.Reference) string {
	var out strings.Builder
	out.WriteString(`<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">` + "\n")
	clixml(&out, "", snippet(r))
	out.WriteString("</Objs>")
	data := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(out.String())) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return write(t, r.Name+".clixml", data)
}

// clixml writes a value ([MS-PSRP] section 2.2.5), an object's members sorted.
func clixml(out *strings.Builder, name string, v any) {
	attribute := ""
	if name != "" {
		attribute = fmt.Sprintf(" N=%q", name)
	}
	escaped := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s)) // a builder takes all
		return b.String()
	}
	switch x := v.(type) {
	case object:
		fmt.Fprintf(out, "<Obj%s><MS>", attribute)
		names := make([]string, 0, len(x))
		for n := range x {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			clixml(out, n, x[n])
		}
		out.WriteString("</MS></Obj>")
	case []object:
		fmt.Fprintf(out, "<Obj%s><LST>", attribute)
		for _, one := range x {
			clixml(out, "", one)
		}
		out.WriteString("</LST></Obj>")
	case []string:
		fmt.Fprintf(out, "<Obj%s><LST>", attribute)
		for _, one := range x {
			clixml(out, "", one)
		}
		out.WriteString("</LST></Obj>")
	case []int: // bytes
		var b []byte
		for _, one := range x {
			b = append(b, byte(one))
		}
		fmt.Fprintf(out, "<BA%s>%s</BA>", attribute, base64.StdEncoding.EncodeToString(b))
	case int, int32:
		fmt.Fprintf(out, "<I32%s>%d</I32>", attribute, x)
	default:
		fmt.Fprintf(out, "<S%s>%s</S>", attribute, escaped(fmt.Sprint(x)))
	}
}

// asItemProperties is Get-ItemProperty of each key, with what PowerShell adds.
func asItemProperties(t *testing.T, r sourcetest.Reference) string {
	var list []object
	at := map[string]object{}
	for _, v := range exported(r) {
		o := at[v.Key]
		if o == nil {
			parent, child := filepath.Split(strings.ReplaceAll(long(v.Key), `\`, "/"))
			o = object{
				"PSPath": `Microsoft.PowerShell.Core\Registry::` + long(v.Key), "PSParentPath": `Microsoft.PowerShell.Core\Registry::` + parent, "PSChildName": child,
				"PSDrive": object{"Name": "HKLM"}, "PSProvider": `Microsoft.PowerShell.Core\Registry`, "PSComputerName": fqdn(r),
			}
			at[v.Key] = o
			list = append(list, o)
		}
		o[v.Name] = plain(v)
	}
	list = append(list, object{"PSComputerName": fqdn(r), "CSName": fqdn(r), "OSArchitecture": "64-bit", "ProductType": 3, "BuildNumber": strconv.Itoa(r.Snapshot().OS.Build), "Version": r.Version})
	return write(t, r.Name+".json", encoded(t, list))
}

// noExpand: Get-ItemProperty shows types as .NET holds them.
func noExpand() sourcetest.Loss {
	return sourcetest.Loss{What: "REG_EXPAND_SZ", Why: "Get-ItemProperty shows a text without its type", Drop: func(s *host.Snapshot) {
		for i, v := range s.Registry {
			if v.Type == host.ExpandSZ {
				s.Registry[i].Data = host.String(v.Text)
			}
		}
	}}
}

// only keeps what a query looks at that names its keys one by one.
func only(s *host.Snapshot, covered []string, keep func(host.Value) bool) {
	s.Covered, s.Shallow = covered, nil
	s.Registry = slices.DeleteFunc(s.Registry, func(v host.Value) bool { return !keep(v) })
}

// playbookKeys are the keys that the playbook of the page asks for.
func playbookKeys() []string {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "sources", "ansible.md"))
	if err != nil {
		return nil // asAnsible says so
	}
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^ *- '(HKLM:\\[^']*)'`).FindAllStringSubmatch(string(data), -1) {
		keys = append(keys, strings.Replace(m[1], `HKLM:\`, `HKLM\`, 1))
	}
	return keys
}

func hasFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, text) })
}

// below are the names of the keys directly below one.
func below(values []host.Value, key string) []string {
	names := []string{}
	for _, v := range values {
		if rest, ok := strings.CutPrefix(v.Key, key+`\`); ok {
			if name, _, _ := strings.Cut(rest, `\`); !hasFold(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// asAnsible is the file that the playbook of the page writes for a host.
func asAnsible(t *testing.T, r sourcetest.Reference) string {
	keys := playbookKeys()
	if len(keys) < 20 {
		t.Fatalf("the playbook asks for %d keys", len(keys))
	}
	values := exported(r)
	var results []object
	for _, key := range keys {
		properties := object{}
		exists := len(below(values, key)) > 0
		for _, v := range values {
			if !strings.EqualFold(v.Key, key) {
				continue
			}
			exists = true
			raw := plain(v)
			if v.Type == host.DWORD {
				raw = v.Number
			}
			value := raw
			if v.Type == host.ExpandSZ {
				value = strings.Replace(v.Text, "%ProgramFiles%", `C:\Program Files`, 1)
			}
			properties[v.Name] = object{"type": string(v.Type), "raw_value": raw, "value": value}
		}
		one := object{"changed": false, "exists": exists, "failed": false, "item": drive(key), "invocation": object{"module_args": object{"path": drive(key), "name": nil}}}
		if exists {
			one["properties"], one["sub_keys"] = properties, below(values, key)
		}
		results = append(results, one)
	}
	facts := object{
		"ansible_distribution": "Microsoft " + r.Snapshot().OS.Name, "ansible_distribution_version": r.Version + ".0", "ansible_os_family": "Windows",
		"ansible_os_product_type": "server", "ansible_architecture": "64 ビット", "ansible_architecture2": "x86_64", "ansible_hostname": r.Name, "ansible_fqdn": fqdn(r),
		"module_setup": true, "inventory_hostname": r.Name, "tlsready_registry": results,
	}
	return write(t, r.Name+".json", encoded(t, facts))
}

// noTypes: CMPivot gives text alone; by their names some values are read as what
// they usually are. A wrong type cannot be seen, and may turn the verdict.
func noTypes() sourcetest.Loss {
	numbers := []string{
		"Enabled", "DisabledByDefault", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "DefaultSecureProtocols", "SecureProtocols", "Release", "Install", "EventLogging",
	}
	return sourcetest.Loss{What: "types", Why: "all values of CMPivot are text", Turns: true, Drop: func(s *host.Snapshot) {
		for i, v := range s.Registry {
			n, err := strconv.ParseUint(v.Text, 0, 32)
			switch known := slices.Contains(numbers, v.Name); {
			case v.Type == host.SZ && known && err == nil:
				s.Registry[i].Data = host.Dword(uint32(n))
			case v.Type == host.DWORD && !known:
				s.Registry[i].Data = host.String(strconv.Itoa(int(int32(v.Number))))
			case v.Type == host.ExpandSZ:
				s.Registry[i].Data = host.String(v.Text)
			case v.Type == host.Binary:
				s.Registry[i].Data = host.String(cellText(v))
			}
		}
	}}
}

// cellText is a value as CMPivot shows it.
func cellText(v host.Value) string {
	switch v.Type {
	case host.DWORD:
		return strconv.Itoa(int(int32(v.Number)))
	case host.MultiSZ:
		return strings.Join(v.Strings, ", ")
	case host.Binary:
		var list []string
		for _, b := range v.Bytes {
			list = append(list, strconv.Itoa(int(b)))
		}
		return strings.Join(list, ", ")
	}
	return v.Text
}

func table(t *testing.T, rows [][]string) []byte {
	t.Helper()
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asCMPivot is the CSV of the queries of the page, on Japanese Windows.
func asCMPivot(t *testing.T, r sourcetest.Reference) string {
	rows := [][]string{{"デバイス", "キー", "プロパティ", "値"}}
	for _, v := range exported(r) {
		rows = append(rows, []string{fqdn(r), drive(v.Key), v.Name, cellText(v)})
	}
	return write(t, "pivot.csv", table(t, rows))
}

// intuneLetters are the keys of the script's letters.
func intuneLetters() map[string]string {
	const soft, wow = `HKLM\SOFTWARE\Microsoft\`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\`
	const http = `Windows\CurrentVersion\Internet Settings\WinHttp`
	return map[string]string{
		"S": `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`, "F": soft + `.NETFramework\v4.0.30319`, "H": wow + `.NETFramework\v4.0.30319`,
		"G": soft + `.NETFramework\v2.0.50727`, "I": wow + `.NETFramework\v2.0.50727`, "W": soft + http, "X": wow + http, "N": soft + `NET Framework Setup\NDP\v4\Full`,
	}
}

func letterOf(key string) (letter, rest string) {
	for letter, prefix := range intuneLetters() {
		if rest, ok := strings.CutPrefix(key, prefix); ok && (rest == "" || rest[0] == '\\') {
			return letter, rest
		}
	}
	return "", ""
}

func intuneKeys() sourcetest.Loss {
	return sourcetest.Loss{What: "some keys", Why: "2,048 characters hold the keys of the script's letters", Drop: func(s *host.Snapshot) {
		var keys []string
		for _, key := range intuneLetters() {
			keys = append(keys, key)
		}
		only(s, keys, func(v host.Value) bool { letter, _ := letterOf(v.Key); return letter != "" })
	}}
}

func intuneSystem() sourcetest.Loss {
	return sourcetest.Loss{What: "name of the system", Why: "the script gives its number alone", Drop: func(s *host.Snapshot) {
		s.OS.Name = ""
		if s.OS.Version != "10.0" {
			s.OS.Revision = 0 // there is no UBR before Windows 10
		}
	}}
}

// asIntune is the CSV of the device status, with the line of the script.
func asIntune(t *testing.T, r sourcetest.Reference) string {
	values := object{}
	for _, v := range r.Settings {
		if letter, rest := letterOf(v.Key); letter != "" {
			values[letter+rest+`\`+v.Name] = plain(v)
		}
	}
	build := r.Version + "."
	if r.Snapshot().OS.Version == "10.0" {
		build += strconv.Itoa(r.Snapshot().OS.Revision)
	}
	line := string(encoded(t, object{"t": 1, "b": build, "r": "AMD64", "p": 3, "a": "SFGHIWXN", "v": values}))
	if len(line) > 2048 {
		t.Fatalf("the line has %d characters", len(line))
	}
	return write(t, "remediation.csv", table(t, [][]string{
		{"DeviceName", "OSVersion", "DetectionStatus", "PreRemediationDetectionScriptOutput"}, {fqdn(r), r.Version + ".0", "With issues", line},
	}))
}

// azureNames are the values that the configuration of the page names.
func azureNames() map[string][]string {
	names := map[string][]string{}
	for _, protocol := range []string{"SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"} {
		names[`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\`+protocol+`\Client`] = []string{"Enabled", "DisabledByDefault"}
	}
	for letter, key := range intuneLetters() {
		switch letter {
		case "F", "G", "H", "I":
			names[key] = []string{"SchUseStrongCrypto", "SystemDefaultTlsVersions"}
		case "W", "X":
			names[key] = []string{"DefaultSecureProtocols"}
		}
	}
	return names
}

func azureKeys() sourcetest.Loss {
	return sourcetest.Loss{What: "most values", Why: "a report holds the values that the configuration names; which .NET Framework is installed is not among them", Turns: true, Drop: func(s *host.Snapshot) {
		names := azureNames()
		only(s, nil, func(v host.Value) bool { return slices.Contains(names[v.Key], v.Name) })
		for key, list := range names {
			for _, name := range list {
				s.Absent = append(s.Absent, host.ValueName{Key: key, Name: name})
			}
		}
	}}
}

func noSystem() sourcetest.Loss {
	return sourcetest.Loss{What: "system", Why: "the system is not in the report; --os gives version and build", Drop: func(s *host.Snapshot) {
		s.OS.Name, s.OS.Revision, s.OS.Architecture, s.OS.Type = "", 0, "", ""
	}}
}

// asAzure is a report of Machine Configuration for a machine of Azure Arc.
func asAzure(t *testing.T, r sourcetest.Reference) string {
	var resources []object
	for key, names := range azureNames() {
		for _, name := range names {
			p := object{"Key": long(key), "ValueName": name, "Ensure": "Absent"}
			for _, v := range r.Settings {
				if strings.EqualFold(v.Key, key) && v.Name == name {
					p = object{"Key": long(key), "ValueName": name, "ValueType": kind(v.Type), "Ensure": "Present", "ValueData": []string{cellText(v)}}
					if v.Type == host.DWORD {
						p["ValueData"] = []string{strconv.FormatUint(v.Number, 10)}
					}
				}
			}
			resources = append(resources, object{"complianceStatus": "Compliant", "resourceId": "[Registry]" + name, "properties": p})
		}
	}
	id := "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/" + fqdn(r) +
		"/providers/Microsoft.GuestConfiguration/guestConfigurationAssignments/Tls/reports/1"
	return write(t, "report.json", encoded(t, object{"value": []object{{
		"id": id, "properties": object{"complianceStatus": "NonCompliant", "details": object{"resources": resources}},
	}}}))
}
