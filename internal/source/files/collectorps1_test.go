package files_test

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/golden"
)

// The little that the collector may use. A new entry is a review of what it can
// do: nothing here writes to the registry, starts anything but the 64-bit
// PowerShell, or opens a connection.
var (
	ps1Cmdlets = []string{"New-Object", "Write-Output"}
	ps1Types   = []string{
		"bool", "byte[]", "char", "int", "long", "string", "string[]", "void", "BitConverter", "DateTime", "Diagnostics.FileVersionInfo",
		"Guid", "IntPtr", "IO.Directory", "IO.File", "IO.Path", "Microsoft.Win32.Registry", "Microsoft.Win32.RegistryValueOptions",
		"Net.NetworkInformation.NetworkInterface", // its names and addresses alone
	}
	ps1Methods = []string{
		"Append", "Close", "Combine", "Contains", "Delete", "Exists", "GetAllNetworkInterfaces", "GetBytes", "GetDirectoryName", "GetIPProperties", "GetSubKeyNames", "GetUnresolvedProviderPathFromPSPath",
		"GetValue", "GetValueKind", "GetValueNames", "GetVersionInfo", "IndexOf", "IsPathRooted", "Join", "LastIndexOf", "LoadXml", "Move", "NewGuid",
		"OpenSubKey", "ReadAllText", "Replace", "SelectSingleNode", "Substring", "ToString", "TrimEnd", "WriteAllText",
	}
	ps1Newer = regexp.MustCompile(`(?i)\[ordered\]|\[pscustomobject\]|\s-(in|notin|shl|shr)\s|::new\(|\$PSItem|\$PSCommandPath|\$PSScriptRoot|` +
		`\$using:|\bclass\s|\?\?|&&|\|\||\.(Where|ForEach)\(|RegistryView|#requires`)
	ps1Comment = regexp.MustCompile(`(?m)^\s*#.*$`)
	ps1String  = regexp.MustCompile(`'[^'\r\n]*'`)
)

// more is what a script may use beyond the lists: one that reports to a console.
type more struct{ types, methods, objects []string }

func reporting() more {
	return more{
		types:   []string{"Enum", "Environment", "Net.SecurityProtocolType", "Net.ServicePointManager", "Net.WebException", "Text.Encoding"},
		methods: []string{"Add", "AppendAllText", "CreateDirectory", "GetResponseStream", "GetString", "ReadAllBytes", "ReadAllLines", "ReadToEnd", "Split", "ToObject", "UploadData"},
		objects: []string{"IO.StreamReader", "Net.WebClient"},
	}
}

// ps1Faults names what a script uses beyond the lists.
func ps1Faults(script string, also more) (faults []string) {
	code := ps1String.ReplaceAllString(ps1Comment.ReplaceAllString(script, ""), "''")
	allowed := func(what string, list []string, found [][]string) {
		for _, m := range found {
			if !slices.Contains(list, m[1]) {
				faults = append(faults, what+" "+m[1])
			}
		}
	}
	own, made := slices.Clone(ps1Cmdlets), regexp.MustCompile(`New-Object ([\w.]+)`)
	for _, m := range regexp.MustCompile(`function ([\w-]+)`).FindAllStringSubmatch(code, -1) {
		own = append(own, m[1])
	}
	allowed("cmdlet", own, regexp.MustCompile(`\b([A-Z][a-z]+-[A-Z]\w*)`).FindAllStringSubmatch(code, -1))
	allowed("type", slices.Concat(ps1Types, also.types), regexp.MustCompile(`\[([A-Za-z][\w.]*(?:\[\])?)\]`).FindAllStringSubmatch(code, -1))
	allowed("method", slices.Concat(ps1Methods, also.methods), regexp.MustCompile(`(?:\.|::)(\w+)\(`).FindAllStringSubmatch(made.ReplaceAllString(code, ""), -1))
	allowed("program", []string{"$shell"}, regexp.MustCompile(`&\s*(\S+)`).FindAllStringSubmatch(code, -1))
	allowed("object", slices.Concat([]string{"Text.StringBuilder", "Text.UTF8Encoding", "Xml.XmlDocument"}, also.objects), made.FindAllStringSubmatch(code, -1))
	for _, m := range ps1Newer.FindAllString(code, -1) {
		faults = append(faults, "newer than PowerShell 2.0: "+m)
	}
	return faults
}

// reportsTo is a script that reports to a console.
func reportsTo(url string) string { return string(files.Collector{Report: url}.PS1()) }

// TestCollectorPS1KeepsToItsLists proves that the script, with and without a console to
// report to, keeps to PowerShell 2.0
// and to a short list of cmdlets, types and methods, has the line ends of Windows
// and is plain ASCII, so that no code page changes it; and that the check sees.
func TestCollectorPS1KeepsToItsLists(t *testing.T) {
	script := string(files.Collector{}.PS1())
	for text, also := range map[string]more{script: {}, reportsTo("https://console.example.com/api/v1/hosts"): reporting()} {
		if strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.ContainsFunc(text, func(r rune) bool { return r > 126 }) {
			t.Error("line ends or characters")
		}
		for _, fault := range ps1Faults(text, also) {
			t.Error(fault)
		}
	}
	for _, bad := range []string{
		"Remove-Item $x", "$k.SetValue('a', 1)", "[Net.WebClient]", "& cmd.exe /c x", "New-Object Net.WebClient", "if (1 -in $x) { }", "[Text.StringBuilder]::new()",
	} {
		if len(ps1Faults(script+"\r\n"+bad, more{})) == 0 {
			t.Errorf("%q passes", bad)
		}
	}
}

// Proves that a script that reports to nobody has nothing of it, that one that does is the
// same script and more, names the URL once, and asks for TLS 1.2 before it connects.
func TestCollectorPS1Report(t *testing.T) {
	const url = "https://console.example.com/api/v1/hosts"
	plain, text := string(files.Collector{}.PS1()), reportsTo(url)
	for _, word := range []string{"TLSREADY_TOKEN", "WebClient", "== report", "== call", "@URL@"} {
		if strings.Contains(plain, word) {
			t.Errorf("a collector that reports to nobody has %q", word)
		}
	}
	left := text
	for line := range strings.Lines(plain) {
		_, rest, found := strings.Cut(left, line)
		if !found {
			t.Fatalf("the script that reports lacks %q", line)
		}
		left = rest
	}
	if strings.Count(text, url) != 1 || strings.Contains(text, "@URL@") || strings.Contains(text, "# == ") {
		t.Error("the URL does not stand in the script once, or a mark does")
	}
	if tls, connects := strings.Index(text, "3072)"), strings.Index(text, "UploadData("); tls < 0 || connects < tls {
		t.Error("TLS 1.2 is not asked for before the connection")
	}
}

// question is one line of the script that reads something.
type question struct {
	word, key, match string
	names            []string
}

// questions are what a collector script asks for, in its order.
func questions(t testing.TB, script string) (list []question) {
	t.Helper()
	line := regexp.MustCompile(`^    Read-(Values|Key|Tree|List|Files|Account|Configs) (?:'([^']*)')? ?(?:'([^']*)')? ?(?:@\((.*)\))?\r$`)
	for text := range strings.SplitSeq(script, "\n") {
		m := line.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		q := question{word: m[1], key: `HKLM\` + m[2], match: m[3]}
		if q.word == "Account" {
			q.key, q.match = m[2]+`\`+m[3], ""
		}
		for _, s := range ps1String.FindAllString(m[4], -1) {
			q.names = append(q.names, strings.Trim(s, "'"))
		}
		list = append(list, q)
	}
	if len(list) < 20 {
		t.Fatalf("only %d questions found", len(list))
	}
	return list
}

// TestCollectorPS1AsksForCovered proves that the script asks for every covered
// key and no other, for the versioned files, and once for what a list may hold.
func TestCollectorPS1AsksForCovered(t *testing.T) {
	var keys, versioned []string
	for _, q := range questions(t, string(files.Collector{}.PS1())) {
		switch q.word {
		case "Key", "Tree":
			keys = append(keys, q.key)
		case "Files":
			versioned = append(versioned, q.names...)
		}
	}
	slices.Sort(keys)
	if want := slices.Sorted(slices.Values(gather.Prefixes())); !slices.Equal(keys, want) {
		t.Errorf("got  %q\nwant %q", keys, want)
	}
	if !slices.Equal(versioned, gather.VersionedFiles()) {
		t.Errorf("files %q", versioned)
	}
}

// ps1Words are what the script's own text must hold for the answers below to be
// the ones that it gives: without a PowerShell to run it, this is what ties them.
func ps1Words() []string {
	return []string{
		"Add-Line 'tlsready.collect/v1'", "'## host ' + $env:COMPUTERNAME", "'## architecture ' + $env:PROCESSOR_ARCHITECTURE", "'## ' + $kind + ' ' + $full",
		"$root = 'HKEY_LOCAL_MACHINE'", "$full = $root + '\\' + $path", "$script:root = 'HKEY_CURRENT_USER'", "$script:root = 'HKEY_USERS'", "'## config ' + $name", "$found.OuterXml -replace '\\s+', ' '",
		"'## ' + $state", "'    ' + (Format-Text $name) + '    ' + $type + '    ' + $shown", "$name = '(Default)'",
		"'0x' + $data.ToString('x')", "[string]::Join('\\0'", "ToString($data).Replace('-', '')", "Add-Line '## files'", "'time ' + [DateTime]::UtcNow.ToString('s') + 'Z'",
		"'file ' + $v.FileMajorPart + '.'", "Add-Line '## end'", "Read-Part 'value'", "Read-Part 'key'", "Read-Part 'tree'", "Read-Part 'list'", "'present'", "'absent'", "'unreadable'",
	}
}

// ps1Answer is what the script writes on a machine with these values, certain
// keys of which it may not open.
func ps1Answer(t testing.TB, values []host.Value, denied ...string) []byte {
	t.Helper()
	script := string(files.Collector{}.PS1())
	for _, word := range ps1Words() {
		if !strings.Contains(script, word) {
			t.Errorf("the script does not write %s", word)
		}
	}
	a := answers{values: values, denied: denied}
	a.line("tlsready.collect/v1")
	a.line("## host FS01")
	a.line("## architecture AMD64")
	for _, q := range questions(t, script) {
		a.ask(q)
	}
	a.line("## end")
	return []byte(a.String())
}

type answers struct {
	strings.Builder
	values []host.Value
	denied []string
	missed bool
	lines  int // since the last question
}

func (a *answers) line(text string) {
	a.WriteString(text + "\r\n")
	a.lines++
}

func long(key string) string {
	return strings.NewReplacer(`HKLM\`, `HKEY_LOCAL_MACHINE\`, `HKCU\`, `HKEY_CURRENT_USER\`, `HKU\`, `HKEY_USERS\`).Replace(key)
}

func (a *answers) ask(q question) {
	word := map[string]string{"Values": "value", "Key": "key", "Tree": "tree", "List": "list", "Account": "value"}[q.word]
	if q.word == "Configs" {
		for _, name := range q.names {
			a.line("## config " + name)
			if strings.Contains(name, `Framework64\v4`) {
				a.line(`<defaultProxy> <proxy proxyaddress="http://proxy.example.com:8080" /> </defaultProxy>`)
				a.line("## present")
			} else {
				a.line("## absent")
			}
		}
		return
	}
	if q.word == "Files" {
		a.line("## files")
		a.line("time 2021-06-15T05:00:00Z")
		a.line(`file 6.3.9600.17415 System32\winhttp.dll`)
		a.line(`file 4.7.3190.0 Microsoft.NET\Framework64\v4.0.30319\System.dll`)
		a.line("## present")
		return
	}
	a.line("## " + word + " " + long(q.key))
	a.missed, a.lines = false, 0
	state := "present"
	switch {
	case !a.there(q.key):
		state = "absent"
	case slices.Contains(a.denied, q.key):
		a.missed = true
	case q.word == "Values" || q.word == "Account":
		a.key(q.key, q.names)
	case q.word == "List":
		a.list(q)
	default:
		a.tree(q.key, q.word == "Tree")
	}
	if a.missed {
		state = "unreadable"
	}
	a.line(fmt.Sprintf("## %s %d", state, a.lines))
}

func (a *answers) there(key string) bool {
	return slices.ContainsFunc(a.values, func(v host.Value) bool { return v.Key == key || strings.HasPrefix(v.Key, key+`\`) })
}

// below are the names of the keys directly below one, in the order of the values.
func (a *answers) below(key string) (names []string) {
	for _, v := range a.values {
		if rest, ok := strings.CutPrefix(v.Key, key+`\`); ok {
			if name, _, _ := strings.Cut(rest, `\`); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// key writes a key with the named values, or all without names.
func (a *answers) key(key string, names []string) {
	a.line(long(key))
	for _, v := range a.values {
		if v.Key == key && v.Type != "" && (names == nil || slices.Contains(names, v.Name)) {
			a.line(ps1Line(v))
		}
	}
}

func (a *answers) tree(key string, deep bool) {
	a.key(key, nil)
	for _, name := range a.below(key) {
		switch {
		case !deep:
		case slices.Contains(a.denied, key+`\`+name):
			a.missed = true
		default:
			a.tree(key+`\`+name, true)
		}
	}
}

func (a *answers) list(q question) {
	a.line(long(q.key))
	match := regexp.MustCompile("(?i)" + q.match)
	for _, name := range a.below(q.key) {
		switch {
		case !match.MatchString(name):
		case q.names == nil:
			a.line(long(q.key + `\` + name))
		default:
			a.key(q.key+`\`+name, q.names)
		}
	}
}

// ps1Line is a value as the script writes it.
func ps1Line(v host.Value) string {
	name, data := v.Name, v.Text
	if name == "" {
		name = "(Default)"
	}
	switch v.Type {
	case host.DWORD, host.QWORD:
		data = fmt.Sprintf("0x%x", v.Number)
	case host.MultiSZ:
		data = strings.Join(v.Strings, `\0`)
	case host.Binary, host.None:
		data = strings.ToUpper(hex.EncodeToString(v.Bytes))
	}
	return fmt.Sprintf("    %s    %s    %s", name, v.Type, data)
}

// ps1Machine is the machine of the contract with updates, programs, certificates
// and keys without values.
func ps1Machine() []host.Value {
	const soft, packages = `HKLM\SOFTWARE\`, `HKLM\SOFTWARE\` + cbs
	list := slices.DeleteFunc(sourcetest.Values(), func(v host.Value) bool { return v.Name == "BuildLabEx" })
	return append(
		list,
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`, Name: "ProductType", Data: host.String("ServerNT")},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, Name: "PROCESSOR_ARCHITECTURE", Data: host.String("AMD64")},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "Hostname", Data: host.String("FS01")},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "Domain", Data: host.String("example.com")},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "DhcpServer", Data: host.String("192.0.2.1")},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\obengine`, Name: "Q", Data: host.Data{Type: host.QWORD, Number: 1 << 40}},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\obengine`, Name: "N", Data: host.Data{Type: host.None}},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\obengine\Security`},
		host.Value{Key: packages + "Package_for_KB2919355~31bf3856ad364e35~amd64~~6.3.1.14", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: packages + "Package_for_KB1111111~31bf3856ad364e35~amd64~~6.3.1.0", Name: "CurrentState", Data: host.Dword(0x40)},
		host.Value{Key: packages + "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.19994.1.5", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: packages + "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.19994.1.5", Name: "InstallLocation", Data: host.String(`\\?\C:\Windows\CbsTemp\1\Windows8.1-KB5001382-x64.cab\`)},
		host.Value{Key: packages + "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "AutoConfigURL", Data: host.String("http://192.0.2.1/proxy.pac")},
		host.Value{Key: `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "SecureProtocols", Data: host.Dword(0xa80)},
		host.Value{Key: soft + uninstall + "{A}", Name: "DisplayName", Data: host.String("Microsoft Azure Recovery Services Agent")},
		host.Value{Key: soft + uninstall + "{A}", Name: "DisplayVersion", Data: host.String("2.0.9207.0")},
		host.Value{Key: soft + uninstall + "{A}", Name: "UninstallString", Data: host.String("setup.exe")},
		host.Value{Key: soft + `Wow6432Node\` + uninstall + "B", Name: "DisplayName", Data: host.String("帳票ツール")},
		host.Value{Key: soft + `Microsoft\SystemCertificates\ROOT\Certificates\` + rootG2, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
		host.Value{Key: soft + `Microsoft\SystemCertificates\CA\Certificates\` + rootCA, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
	)
}

// TestCollectorPS1Answer proves that what the script writes, as far as its own
// text shows it, is the golden file, and that this reads as the machine.
func TestCollectorPS1Answer(t *testing.T) {
	text := ps1Answer(t, ps1Machine())
	golden.Equal(t, filepath.Join("testdata", "collected-ps1.txt"), text)
	s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", text), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "fs01.example.com" || s.OS.Build != 9600 || s.OS.Revision != 19994 || s.OS.Type != "server" || s.OS.Architecture != "x64" || s.CollectedAt.IsZero() {
		t.Errorf("%q %+v %s", s.Name, s.OS, s.CollectedAt)
	}
	if s.Updates == nil || !s.Updates.Complete || !slices.Equal(s.Updates.IDs, []string{"KB2919355", "KB5001382"}) {
		t.Errorf("updates %+v", s.Updates)
	}
	if s.Programs == nil || !slices.Equal(*s.Programs, []host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}, {Name: "帳票ツール"}}) {
		t.Errorf("programs %+v", s.Programs)
	}
	if s.Certificates == nil || !slices.Equal(s.Certificates.Root, []string{strings.ToLower(rootG2)}) || !slices.Equal(s.Certificates.Intermediate, []string{strings.ToLower(rootCA)}) {
		t.Errorf("certificates %+v", s.Certificates)
	}
	if s.Files["winhttp.dll"] != "6.3.9600.17415" || len(s.Files) != 2 {
		t.Errorf("files %v", s.Files)
	}
	view := host.NewView(s)
	account := `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	if d, _ := view.Lookup(host.NewRef(account, "AutoConfigURL")); d.Text != "http://192.0.2.1/proxy.pac" {
		t.Errorf("a service's proxy: %+v", d)
	}
	if _, state := view.Lookup(host.NewRef(account, "SecureProtocols")); state != host.NotAsked {
		t.Errorf("a value of an account that was not asked for is %s", state)
	}
	if s.Proxy == nil || len(s.Proxy.MachineConfig) != 1 || s.Proxy.MachineConfig[`microsoft.net\framework64\v4.0.30319\config\machine.config`] != "http://proxy.example.com:8080" {
		t.Errorf("proxy %+v", s.Proxy)
	}
	if want := slices.Sorted(slices.Values(gather.Prefixes())); len(s.Covered) == 0 || len(s.Notes) > 0 || !slices.Contains(s.Covered, want[0]) {
		t.Errorf("covered %q, notes %q", s.Covered, message.English(s.Notes...))
	}
}

// TestCollectorPS1AndHives proves that a machine is the same from this script as
// from its hives: system, settings, updates, programs and certificates. (That the
// script for cmd gives the same is proved under Wine, by test/collector.)
func TestCollectorPS1AndHives(t *testing.T) {
	machine := slices.DeleteFunc(ps1Machine(), func(v host.Value) bool { return v.Type == "" || strings.HasPrefix(v.Key, "HKU") })
	script, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", ps1Answer(t, machine)), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hives, err := sourcetest.ReadOne(t, sourcetest.Hives(t, machine), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if script.OS != hives.OS || script.Name != hives.Name || !reflect.DeepEqual(script.Covered, hives.Covered) || len(script.Registry) == 0 {
		t.Errorf("%+v %q\n%+v %q", script.OS, script.Covered, hives.OS, hives.Covered)
	}
	for what, pair := range map[string][2]any{
		"settings": {script.Registry, hives.Registry}, "updates": {script.Updates, hives.Updates},
		"programs": {script.Programs, hives.Programs}, "certificates": {script.Certificates, hives.Certificates},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s\nscript %+v\nhives  %+v", what, pair[0], pair[1])
		}
	}
}

// TestCollectedUpdates proves that a list of updates is not taken for whole if a
// part of it could not be read, or if an old collector did not ask what the rollups
// are called.
func TestCollectedUpdates(t *testing.T) {
	text := string(ps1Answer(t, ps1Machine()))
	const part = "## list HKEY_LOCAL_MACHINE\\SOFTWARE\\" + cbs + "\r\n"
	mark := strings.TrimSuffix(part, "\\\r\n") + "\r\n"
	first := strings.Index(text, mark)
	second := first + 1 + strings.Index(text[first+1:], mark)
	if first < 0 || second <= first {
		t.Fatal("the packages are not asked for twice")
	}
	end := second + strings.Index(text[second:], "## present\r\n") + len("## present\r\n")
	for name, c := range map[string]struct {
		text  string
		known bool
		whole bool
	}{
		"whole":              {text, true, true},
		"old, with a rollup": {text[:second] + text[end:], true, false},
		"old, without":       {strings.ReplaceAll(text[:second]+text[end:], "for_RollupFix", "for_other"), true, true},
		"second part unread": {text[:second] + strings.Replace(text[second:], "## present", "## unreadable", 1), false, false},
		"first part unread":  {text[:first] + strings.Replace(text[first:], "## present", "## unreadable", 1), false, false},
	} {
		s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", []byte(c.text)), source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if (s.Updates != nil) != c.known || c.known && s.Updates.Complete != c.whole {
			t.Errorf("%s: %+v", name, s.Updates)
		}
	}
}

// TestCollectedConfig proves that what the collector says of a machine.config that
// is damaged is an error with its line, and that one that could not be read, or
// says nothing, is not one without a proxy.
func TestCollectedConfig(t *testing.T) {
	const head = "tlsready.collect/v1\n## value HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\n    CurrentBuild    REG_SZ    7601\n## present\n"
	read := func(text string) (*host.Snapshot, error) {
		return sourcetest.ReadOne(t, sourcetest.Write(t, "", "A.tlsready.txt", []byte(head+text+"## end\n")), source.Options{})
	}
	if _, err := read("## config a\\machine.config\n<defaultProxy><proxy\n## present\n"); err == nil || !strings.Contains(err.Error(), `line 6: a\machine.config`) {
		t.Errorf("damaged: %v", err)
	}
	s, err := read("## config a\n## unreadable\n## config b\n## absent\n## config c\n## present\n")
	if err != nil || s.Proxy == nil || len(s.Proxy.MachineConfig) != 1 || s.Proxy.MachineConfig["c"] != "system" || len(s.Notes) != 1 {
		t.Errorf("%v: %+v", err, s)
	}
	if s, err := read(""); err != nil || s.Proxy != nil {
		t.Errorf("a file of before: %v, %+v", err, s.Proxy)
	}
}

// TestCollectorPS1Contract proves that the machine of the contract comes out the
// same from this script as from every other source.
func TestCollectorPS1Contract(t *testing.T) {
	sourcetest.Run(t, source.Options{}, func(t testing.TB) string {
		return sourcetest.Write(t, "", "FS01.tlsready.txt", ps1Answer(t, sourcetest.Values()))
	})
}

// TestCollectorPS1Denied proves that a key that may not be opened leaves what
// stands at and below its part as not asked, while what was read is kept.
func TestCollectorPS1Denied(t *testing.T) {
	const schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	const net = `HKLM\SOFTWARE\Microsoft\.NETFramework`
	text := ps1Answer(t, ps1Machine(), schannel, net+`\v4.0.30319`)
	s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "FS01.tlsready.txt", text), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(s)
	for _, c := range []struct {
		key, name string
		want      host.State
	}{
		{schannel + `\Protocols\TLS 1.2\Client`, "Enabled", host.NotAsked},
		{net, "InstallRoot", host.Present},
		{net + `\v4.0.30319`, "SchUseStrongCrypto", host.NotAsked},
		{`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "Enabled", host.Absent},
	} {
		if _, state := view.Lookup(host.NewRef(c.key, c.name)); state != c.want {
			t.Errorf("%s %s is %s, want %s", c.key, c.name, state, c.want)
		}
	}
	if len(s.Notes) != 2 {
		t.Errorf("notes %q", message.English(s.Notes...))
	}
}
