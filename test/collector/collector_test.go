package collector

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/list"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

const (
	quoted    = "usb stick (1)" // a folder whose name needs quoting
	soft      = `HKLM\SOFTWARE\Microsoft\`
	cbs       = soft + `Windows\CurrentVersion\Component Based Servicing\Packages\`
	uninstall = `Microsoft\Windows\CurrentVersion\Uninstall\`
	rollup    = "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.19994.1.5"
	internet  = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	rootG2    = "DF3C24F9BFD666761B268073FE06D1CC8D4F82A4"
	net64     = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework`
	net32     = `HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`
	schannel  = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	card      = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{11111111-2222-3333-4444-555555555555}`
	late      = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\Certificates`
	shallow   = soft + `Internet Explorer` // its own values are read, and nothing below
)

// machine is what the registry of the prefix is set to: the machine of the
// contract in ASCII, since Wine's console has another code page, with updates,
// programs and certificates.
func machine() []host.Value {
	list := slices.DeleteFunc(sourcetest.Values(), func(v host.Value) bool { return strings.ContainsFunc(v.Text, func(r rune) bool { return r > 126 }) })
	return append(
		list,
		host.Value{Key: cbs + "Package_for_KB3140245~31bf3856ad364e35~amd64~~6.1.1.0", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: cbs + "Package_for_KB1111111~31bf3856ad364e35~amd64~~6.1.1.0", Name: "CurrentState", Data: host.Dword(0x40)},
		host.Value{Key: cbs + "Package_for_KB3140245~31bf3856ad364e35~amd64~~6.1.1.0", Name: "InstallLocation", Data: host.String(`\\?\C:\Windows\CbsTemp\1\Windows8.1-KB9999999-x64.cab\`)},
		host.Value{Key: cbs + rollup, Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: cbs + rollup, Name: "InstallLocation", Data: host.String(`\\?\C:\Windows\CbsTemp\2\Windows8.1-KB5001382-x64.cab\`)},
		host.Value{Key: cbs + "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: `HKLM\SOFTWARE\` + uninstall + "{A}", Name: "DisplayName", Data: host.String("Microsoft Azure Recovery Services Agent")},
		host.Value{Key: `HKLM\SOFTWARE\` + uninstall + "{A}", Name: "DisplayVersion", Data: host.String("2.0.9207.0")},
		host.Value{Key: `HKLM\SOFTWARE\Wow6432Node\` + uninstall + "B", Name: "DisplayName", Data: host.String("Thirty-two bit program")},
		host.Value{Key: soft + `SystemCertificates\ROOT\Certificates\` + rootG2, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
		host.Value{Key: soft + `SystemCertificates\AuthRoot\Certificates\` + rootG2, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "Domain", Data: host.String("example.com")},
		host.Value{Key: card, Name: "EnableDHCP", Data: host.Dword(1)},
		host.Value{Key: card, Name: "DhcpIPAddress", Data: host.String("192.0.2.7")},
		host.Value{Key: card, Name: "IPAddress", Data: host.Multi("198.51.100.7")},
		host.Value{Key: card + `\3656374727`, Name: "DhcpIPAddress", Data: host.String("203.0.113.7")},
		host.Value{Key: soft + `Windows\CurrentVersion\Internet Settings\Connections`, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: []byte("\x28\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x03\x00\x00\x00p:1\x00\x00\x00\x00")}},
		host.Value{Key: `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: []byte("\x18\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")}},
		host.Value{Key: `HKCU\` + internet, Name: "ProxyServer", Data: host.String("u.example.com:1")},
		host.Value{Key: `HKU\S-1-5-18\` + internet, Name: "AutoConfigURL", Data: host.String("http://192.0.2.1/proxy.pac")},
		host.Value{Key: shallow + `\Main`, Name: "Deep", Data: host.Dword(1)},
	)
}

// configured is a machine.config with more in it than a collector may take.
const configured = `<?xml version="1.0"?>
<configuration>
  <!-- <defaultProxy><proxy proxyaddress="http://old.example.com:1"/></defaultProxy> -->
  <system.net><defaultProxy>
    <proxy proxyaddress="http://proxy.example.com:8080"/>
  </defaultProxy></system.net>
  <system.web><machineKey decryptionKey="topsecret"/></system.web>
</configuration>
`

// prepare makes the prefix such a machine.
func prepare(t *testing.T) *winekit.Wine {
	t.Helper()
	wine := winekit.Prefix(t)
	var changes []host.Change
	for _, v := range machine() {
		changes = append(changes, host.Change{Key: v.Key, Name: v.Name, Data: v.Data})
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, changes); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "machine.reg")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	wine.Run(t, "reg", "import", wine.Path(t, file))
	config := filepath.Join(wine.DriveC(), "windows", "Microsoft.NET", "Framework64", "v4.0.30319", "Config", "machine.config")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(configured), 0o600); err != nil {
		t.Fatal(err)
	}
	return wine
}

// script writes the collector into a folder.
func script(t *testing.T, folder string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), folder, "collect.cmd")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// collected is the one file that the script has left in a folder.
func collected(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.tlsready.txt"))
	if err != nil || len(found) != 1 {
		t.Fatalf("files %q, %v", found, err)
	}
	return found[0]
}

// TestCollectorUnderWine proves that the script runs, says so in its last line,
// leaves nothing behind, and that its file reads back as the machine.
func TestCollectorUnderWine(t *testing.T) {
	wine := prepare(t)
	path := script(t, quoted, files.CollectorCMD())
	code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path))
	if code != 0 || !strings.Contains(lastLine(out), "state=collected unreadable=0") || !strings.HasPrefix(lastLine(out), "TLSREADY host=") {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	file := collected(t, filepath.Dir(path))
	if left, _ := filepath.Glob(filepath.Join(wine.DriveC(), "users", "*", "Temp", "tlsready-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	s, err := source.ReadOne(t.Context(), file, source.Options{Kinds: list.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(s)
	for _, v := range machine() {
		if strings.HasPrefix(v.Key, "HKU") || strings.Contains(v.Key, "Uninstall") || strings.Contains(v.Key, "Packages") || strings.Contains(v.Key, "Certificates") || strings.Contains(v.Key, "Tcpip") { // see checkLists, checkProxies
			continue
		}
		if v.Key == shallow+`\Main` {
			continue // see checkShallow
		}
		if d, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present || !d.Equal(v.Data) {
			t.Errorf("%s %q is %s: %+v, want %+v", v.Key, v.Name, state, d, v.Data)
		}
	}
	if _, state := view.Lookup(host.NewRef(`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions")); state != host.Absent {
		t.Errorf("a policy that is not there is %s", state)
	}
	checkLists(t, s)
	checkShallow(t, s)
	checkHives(t, s)
	checkProxies(t, s, file)
}

// checkShallow proves that of a key that is read shallowly the own values are
// known, and that nothing is said of what lies below.
func checkShallow(t *testing.T, s *host.Snapshot) {
	t.Helper()
	view := host.NewView(s)
	for ref, want := range map[host.Ref]host.State{
		host.NewRef(shallow, "svcVersion"):    host.Present,
		host.NewRef(shallow, "no such value"): host.Absent,
		host.NewRef(shallow+`\Main`, "Deep"):  host.NotAsked,
	} {
		if _, state := view.Lookup(ref); state != want {
			t.Errorf("%s %s is %s, want %s", ref.Key, ref.Name, state, want)
		}
	}
	if !slices.Contains(s.Shallow, shallow) {
		t.Errorf("read shallowly %q, without %s", s.Shallow, shallow)
	}
}

// checkHives holds what the script found out against the hives of the same
// machine: system, updates, and the keys that were read, whole and shallowly.
func checkHives(t *testing.T, s *host.Snapshot) {
	t.Helper()
	system, software := []host.Value{{Key: "Select", Name: "Current", Data: host.Dword(1)}}, []host.Value(nil)
	for _, v := range machine() {
		if key, ok := strings.CutPrefix(v.Key, `HKLM\SYSTEM\CurrentControlSet\`); ok {
			system = append(system, host.Value{Key: `ControlSet001\` + key, Name: v.Name, Data: v.Data})
		} else if key, ok := strings.CutPrefix(v.Key, `HKLM\SOFTWARE\`); ok {
			software = append(software, host.Value{Key: key, Name: v.Name, Data: v.Data})
		}
	}
	dir := t.TempDir()
	for name, values := range map[string][]host.Value{"SYSTEM": system, "SOFTWARE": software} {
		if err := os.WriteFile(filepath.Join(dir, name), hivegen.Build(values), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hives, err := source.ReadOne(t.Context(), dir, source.Options{Kinds: list.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Updates, hives.Updates) || s.OS.Revision != hives.OS.Revision || s.OS.Build != hives.OS.Build || s.OS.Version != hives.OS.Version {
		t.Errorf("script %+v %+v\nhives  %+v %+v", s.OS, s.Updates, hives.OS, hives.Updates)
	}
	if !slices.Equal(s.Covered, hives.Covered) {
		t.Errorf("covered:\nscript %q\nhives  %q", s.Covered, hives.Covered)
	}
	if !slices.Equal(s.Shallow, hives.Shallow) {
		t.Errorf("shallow:\nscript %q\nhives  %q", s.Shallow, hives.Shallow)
	}
}

// checkProxies holds what the file says about proxies and addresses against what was set,
// and proves that nothing else of a machine.config, an account or the wireless networks
// that were visited is in it.
func checkProxies(t *testing.T, s *host.Snapshot, file string) {
	t.Helper()
	view := host.NewView(s)
	if d, _ := view.Lookup(host.NewRef(`HKCU\`+internet, "ProxyServer")); d.Text != "u.example.com:1" {
		t.Errorf("the account's proxy is %+v", d)
	}
	if d, _ := view.Lookup(host.NewRef(`HKU\S-1-5-18\`+internet, "AutoConfigURL")); d.Text != "http://192.0.2.1/proxy.pac" {
		t.Errorf("the system account's proxy is %+v", d)
	}
	if _, state := view.Lookup(host.NewRef(`HKCU\`+internet, "SecureProtocols")); state != host.NotAsked {
		t.Errorf("another value of the account is %s", state)
	}
	if s.Proxy == nil || len(s.Proxy.MachineConfig) != 1 || s.Proxy.MachineConfig[`microsoft.net\framework64\v4.0.30319\config\machine.config`] != "http://proxy.example.com:8080" {
		t.Errorf("machine.config says %+v", s.Proxy)
	}
	if !slices.Equal(s.Addresses, []string{"192.0.2.7"}) {
		t.Errorf("addresses %q", s.Addresses)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "topsecret") || strings.Contains(string(text), "3656374727") {
		t.Errorf("more than the proxy was taken, %v", err)
	}
}

func checkLists(t *testing.T, s *host.Snapshot) {
	t.Helper()
	if s.OS.Build != 9600 || s.OS.Version != "6.3" || s.OS.Architecture != "x64" || s.OS.Type == "" || !strings.HasSuffix(s.Name, ".example.com") {
		t.Errorf("%q, %+v", s.Name, s.OS)
	}
	if s.Updates == nil || !slices.Equal(s.Updates.IDs, []string{"KB3140245", "KB5001382"}) || !s.Updates.Complete {
		t.Errorf("updates %+v", s.Updates)
	}
	if s.Programs == nil || !slices.Contains(*s.Programs, host.Program{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}) || !slices.Contains(*s.Programs, host.Program{Name: "Thirty-two bit program"}) {
		t.Errorf("programs %+v", s.Programs)
	}
	if s.Certificates == nil || !slices.Contains(s.Certificates.Root, strings.ToLower(rootG2)) {
		t.Errorf("certificates %+v", s.Certificates)
	}
	if s.Files["winhttp.dll"] == "" || s.Files["schannel.dll"] == "" {
		t.Errorf("files %v", s.Files)
	}
}

// TestCollectorOtherFolder proves that the first argument is the folder for the
// file, here by its device path as a share would be, from a current folder that
// does not matter; that an earlier file is replaced and nothing else is left there;
// and that a folder that is not there, or is a file, is a failure that is told
// before anything is collected.
func TestCollectorOtherFolder(t *testing.T) {
	wine := prepare(t)
	path, dir := script(t, quoted, files.CollectorCMD()), t.TempDir()
	for _, folder := range []string{"gone", "file"} {
		if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path), wine.Path(t, filepath.Join(dir, folder)))
		if code != 1 || !strings.Contains(lastLine(out), "state=failed reason=cannot-write file=") {
			t.Errorf("%s: exit status %d\n%s", folder, code, out)
		}
	}
	if code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path), wine.Path(t, dir)); code != 0 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	earlier := collected(t, dir)
	if err := os.WriteFile(earlier, []byte("an earlier file"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Z: is the root folder of this machine: a path with the prefix of devices.
	if code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path), `\\?\`+wine.Path(t, dir)); code != 0 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	if _, err := source.ReadOne(t.Context(), collected(t, dir), source.Options{Kinds: list.Kinds()}); err != nil {
		t.Errorf("the earlier file is still there: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 { // the result, and the file that is no folder
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// TestCollectorDenied proves that a key that its parent lists but that cannot be queried
// is unreadable, whatever reg.exe says and in whatever language, even if only something
// below the key is denied, and that the exit code says so; and that one which came between
// the two questions is read. Wine cannot deny access, so a reg that refuses some keys, one of
// them once, stands in for it.
func TestCollectorDenied(t *testing.T) {
	wine := prepare(t)
	refuse := "@echo off\r\nif /i \"%~2\"==\"" + late + "\" if not exist \"%TEMP%\\came\" goto late\r\nif /i \"%~2\"==\"" + schannel + "\" goto denied\r\n" +
		"if /i \"%~2\"==\"" + net64 + "\" goto partly\r\nif /i \"%~2\"==\"" + net32 + "\" goto below\r\n" +
		"reg.exe %*\r\nexit /b %errorlevel%\r\n:denied\r\necho verweigert 1>&2\r\nexit /b 1\r\n" +
		":below\r\nif \"%~3\"==\"/s\" goto denied\r\nreg.exe %*\r\nexit /b %errorlevel%\r\n" +
		":partly\r\nreg.exe %*\r\necho verweigert 1>&2\r\nexit /b 0\r\n" +
		":late\r\n>\"%TEMP%\\came\" echo 1\r\ngoto denied\r\n"
	fake := filepath.Join(t.TempDir(), "refuse.cmd")
	if err := os.WriteFile(fake, []byte(refuse), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(files.CollectorCMD()), `"%SYS%\reg.exe" query`, `call `+wine.Path(t, fake)+` query`)
	path := script(t, "plain", []byte(text))
	code, out := wine.Status(t, "cmd", "/c", wine.Path(t, path)) // Wine loses the exit code of a script behind "call"
	if code != 3 || !strings.Contains(lastLine(out), "unreadable=3") {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	s, err := source.ReadOne(t.Context(), collected(t, filepath.Dir(path)), source.Options{Kinds: list.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(s)
	if _, state := view.Lookup(host.NewRef(host.NormalKey(schannel)+`\Protocols\TLS 1.2\Client`, "Enabled")); state != host.NotAsked {
		t.Errorf("a value that could not be read is %s", state)
	}
	for _, key := range []string{net64, net32} {
		if _, state := view.Lookup(host.NewRef(host.NormalKey(key)+`\v2.0.50727`, "SchUseStrongCrypto")); state != host.NotAsked {
			t.Errorf("what may stand below %s is %s", key, state)
		}
	}
	if _, state := view.Lookup(host.NewRef(host.NormalKey(net64)+`\v4.0.30319`, "SchUseStrongCrypto")); state != host.Present {
		t.Errorf("what could be read is %s", state)
	}
	if s.Certificates == nil || !slices.Contains(s.Certificates.Root, strings.ToLower(rootG2)) {
		t.Errorf("the roots that came meanwhile: %v", s.Certificates)
	}
	if _, state := view.Lookup(host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "Enabled")); state != host.Absent {
		t.Errorf("a key that is not there is %s", state)
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	return lines[len(lines)-1]
}
