package apply_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/winekit"
)

const (
	control  = `HKLM\SYSTEM\CurrentControlSet\Control\`
	schannel = control + `SecurityProviders\SCHANNEL`
	tls12    = schannel + `\Protocols\TLS 1.2\Client`
	net64    = `HKLM\SOFTWARE\Microsoft\.NETFramework`
	net32    = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`
	suites   = control + `Cryptography\Configuration\Local\SSL\00010002`
	shallow  = `HKLM\SOFTWARE\Microsoft\Internet Explorer` // its own values are read, and nothing below
)

// machine is a Wine prefix with the program of this test in it.
type machine struct {
	*winekit.Wine
	exe, dir string
}

func newMachine(t *testing.T) machine {
	w := winekit.Prefix(t)
	m := machine{w, w.Program(t, "tlsready/test/apply/machine"), t.TempDir()}
	m.clean(t)
	return m
}

// clean takes away what another test of the same prefix wrote.
func (m machine) clean(t *testing.T) {
	t.Helper()
	for _, key := range []string{schannel, control + `Cryptography\Configuration`, net64, net32} {
		m.Status(t, "reg", "delete", key, "/f") // may be missing
		m.Run(t, "reg", "add", key, "/f")
	}
}

func (m machine) file(name string) string { return filepath.Join(m.dir, name) }

// importReg has Wine's reg.exe write the text of a .reg file.
func (m machine) importReg(t *testing.T, text []byte) {
	t.Helper()
	if err := os.WriteFile(m.file("in.reg"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	m.Run(t, "reg", "import", m.Path(t, m.file("in.reg")))
}

func regFile(t *testing.T, changes ...host.Change) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := regtext.Write(&b, changes); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (m machine) snapshot(t *testing.T) *host.Snapshot {
	t.Helper()
	m.Run(t, m.exe, "snapshot", m.Path(t, m.file("snapshot.json")))
	text, err := os.ReadFile(m.file("snapshot.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := host.Decode(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Proves that the snapshot of a machine agrees with what another program wrote
// there: every type, both views, lists, what is absent, and what was not asked for.
func TestSnapshotIsWhatWasWritten(t *testing.T) {
	m := newMachine(t)
	m.Run(t, "winecfg", "-v", "win81")
	settings := sourcetest.Settings()
	var writes []host.Change
	for _, v := range settings {
		writes = append(writes, host.Change{Key: v.Key, Name: v.Name, Data: v.Data})
	}
	odd := []host.Value{
		{Key: net64 + `\odd`, Name: "none", Data: host.Data{Type: host.None, Bytes: []byte{1}}},
		{Key: net64 + `\odd`, Name: "qword", Data: host.Data{Type: host.QWORD, Number: 1 << 63}},
		{Key: net64 + `\odd`, Name: "big-endian", Data: host.Data{Type: "REG_DWORD_BIG_ENDIAN", Bytes: []byte{0, 0, 0, 1}}},
		{Key: net64 + `\odd`, Name: "unnamed", Data: host.Data{Type: "REG_0x00000012", Bytes: []byte{7, 8}}},
		{Key: net64 + `\odd`, Name: "表ソ 𠮷", Data: host.Multi()},
	}
	for _, v := range odd {
		if v.Name != "unnamed" {
			writes = append(writes, host.Change{Key: v.Key, Name: v.Name, Data: v.Data})
		}
	}
	m.importReg(t, regFile(t, writes...))
	m.importReg(t, []byte("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\odd]\r\n\"unnamed\"=hex(12):07,08\r\n"))
	m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727`, "/v", "SchUseStrongCrypto", "/t", "REG_DWORD", "/d", "1", "/f", "/reg:32")
	m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{A}`, "/v", "DisplayName", "/d", "Microsoft Azure Recovery Services Agent", "/f")
	m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\SystemCertificates\CA\Certificates\`+strings.Repeat("AB", 20), "/f")
	m.Run(t, "reg", "add", `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, "/v", "Hostname", "/d", "fs01", "/f")
	m.Run(t, "reg", "add", `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, "/v", "Domain", "/d", "example.com", "/f")
	m.Run(t, "reg", "add", shallow, "/v", "Own", "/d", "1", "/f")
	m.Run(t, "reg", "add", shallow+`\x`, "/v", "Deep", "/d", "1", "/f")

	s := m.snapshot(t)
	if s.Name != "fs01.example.com" || s.Source != "local:" || s.OS.Version != "6.3" || s.OS.Build != 9600 || s.OS.Architecture != "x64" {
		t.Errorf("%s %s %+v", s.Name, s.Source, s.OS)
	}
	view := host.NewView(s)
	for _, v := range slices.Concat(settings, odd, []host.Value{{Key: net32 + `\v2.0.50727`, Name: "SchUseStrongCrypto", Data: host.Dword(1)}}) {
		if d, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present || !d.Equal(v.Data) {
			t.Errorf("%s %q is %s %+v, want %+v", v.Key, v.Name, state, d, v.Data)
		}
	}
	for ref, want := range map[host.Ref]host.State{
		host.NewRef(net64+`\v2.0.50727`, "SchUseStrongCrypto"):       host.Absent, // written in the other view
		host.NewRef(schannel+`\Protocols\TLS 1.2\Server`, "Enabled"): host.Absent,
		host.NewRef(`HKLM\SOFTWARE\Vendor`, "x"):                     host.NotAsked,
		host.NewRef(shallow, "Own"):                                  host.Present,
		host.NewRef(shallow, "no such value"):                        host.Absent,
		host.NewRef(shallow+`\x`, "Deep"):                            host.NotAsked, // written, and below a shallow key
		host.NewRef(shallow+`\no such key`, "Deep"):                  host.NotAsked,
	} {
		if _, state := view.Lookup(ref); state != want {
			t.Errorf("%s %s is %s, want %s", ref.Key, ref.Name, state, want)
		}
	}
	if s.Programs == nil || !slices.ContainsFunc(*s.Programs, func(p host.Program) bool { return strings.HasPrefix(p.Name, "Microsoft Azure") }) {
		t.Errorf("programs %+v", s.Programs)
	}
	if s.Certificates == nil || !slices.Contains(s.Certificates.Intermediate, strings.Repeat("ab", 20)) {
		t.Errorf("certificates %+v", s.Certificates)
	}
	if s.Files["winhttp.dll"] == "" {
		t.Errorf("files %v", s.Files)
	}
}

// Proves that the version of Windows is recognised.
func TestVersions(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		name, version string
		build         int
	}{{"win7", "6.1", 7601}, {"win8", "6.2", 9200}, {"win81", "6.3", 9600}, {"win10", "10.0", 0}} {
		m.Run(t, "winecfg", "-v", c.name)
		if c.build == 0 { // the build of 10 is Wine's own choice
			m.Run(t, "reg", "add", `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "/v", "UBR", "/t", "REG_DWORD", "/d", "2114", "/f")
		}
		s := m.snapshot(t)
		if s.OS.Version != c.version || s.OS.Build != c.build && c.build > 0 || s.OS.Build < 7601 {
			t.Errorf("%s is %+v", c.name, s.OS)
		}
		if c.build == 0 && s.OS.Revision != 2114 || c.build == 7601 && s.OS.ServicePack != 1 {
			t.Errorf("%s is %+v", c.name, s.OS)
		}
	}
}

// state is the export of the keys that the changes touch, and of all below them.
func (m machine) state(t *testing.T) []byte {
	t.Helper()
	var all []byte
	for i, key := range []string{schannel, control + `Cryptography\Configuration`, net64, net32} {
		path := m.file(fmt.Sprintf("state%d.reg", i))
		m.Run(t, "reg", "export", key, m.Path(t, path), "/y")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// Proves that applying a fix does what it says as another program reads it, and
// that after the undo the registry is as before, byte for byte: created keys,
// overwritten and deleted values of several types, text without its NUL, both
// views.
func TestUndoGivesTheStateBefore(t *testing.T) {
	m := newMachine(t)
	before := []host.Change{
		{Key: net64 + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.String("1")},
		{Key: net32 + `\v4.0.30319`, Name: "schUSEstrongCrypto", Data: host.Dword(0)},
		{Key: suites, Name: "Functions", Data: host.Multi("TLS_A", "表")},
		{Key: net64 + `\v4.0.30319`, Name: "path", Data: host.Data{Type: host.ExpandSZ, Text: `%SystemRoot%\x`}},
		{Key: net64 + `\v4.0.30319`, Name: "bytes", Data: host.Data{Type: host.Binary, Bytes: bytes.Repeat([]byte{0, 0xff}, 300)}},
		{Key: net64 + `\v4.0.30319`, Name: "", Data: host.String("既定")},
	}
	m.importReg(t, regFile(t, before...))
	m.importReg(t, []byte("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\r\n\"odd\"=hex(1):61,00\r\n\"nul\"=hex(1):61,00,00,00,62,00,00,00\r\n\"short\"=hex(4):01\r\n"))
	first := m.state(t)

	changes := []host.Change{
		{Key: tls12, Name: "Enabled", Data: host.Dword(1)},
		{Key: tls12, Name: "DisabledByDefault", Data: host.Dword(0)},
		{Key: net64 + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)},
		{Key: net32 + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)},
		{Key: net32 + `\v2.0.50727\new\keys`, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)},
		{Key: suites, Name: "Functions", Data: host.Multi("TLS_B", "TLS_A")},
		{Key: net64 + `\v4.0.30319`, Name: "path", Delete: true},
		{Key: net64 + `\v4.0.30319`, Name: "bytes", Data: host.Dword(1)},
		{Key: net64 + `\v4.0.30319`, Name: "", Delete: true},
		{Key: net64 + `\v4.0.30319`, Name: "odd", Data: host.Dword(1)},
		{Key: net64 + `\v4.0.30319`, Name: "nul", Delete: true},
		{Key: net64 + `\v4.0.30319`, Name: "short", Data: host.String("long")},
	}
	if err := os.WriteFile(m.file("fix.reg"), regFile(t, changes...), 0o600); err != nil {
		t.Fatal(err)
	}
	undo := m.Path(t, m.file("undo.json"))
	if out := m.Run(t, m.exe, "apply", m.Path(t, m.file("fix.reg")), undo); !strings.Contains(out, "changed 12 unchanged 0 created") {
		t.Error(out)
	}
	changed := m.state(t)
	if bytes.Equal(first, changed) {
		t.Fatal("nothing was changed")
	}
	m.holds(t, changes)
	if out := m.Run(t, m.exe, "undo", undo); !strings.Contains(out, "restored 12") || !strings.Contains(out, "kept 0") {
		t.Error(out)
	}
	if last := m.state(t); !bytes.Equal(first, last) {
		t.Errorf("before\n%s\nafter\n%s", readable(first), readable(last))
	}
	if out := m.Run(t, m.exe, "undo", undo); !strings.Contains(out, "restored 0 removed 0") || !bytes.Equal(first, m.state(t)) {
		t.Errorf("the second undo: %s", out)
	}
	if code, out := m.Status(t, m.exe, "apply", m.Path(t, m.file("fix.reg")), undo); code != 1 || !strings.Contains(out, "undo file") || !bytes.Equal(first, m.state(t)) {
		t.Errorf("an undo file that is there already: exit status %d, %s", code, out)
	}
}

// holds asks Wine's reg.exe for each change.
func (m machine) holds(t *testing.T, changes []host.Change) {
	t.Helper()
	for _, c := range changes {
		name := []string{"/v", c.Name}
		if c.Name == "" {
			name = []string{"/ve"}
		}
		code, out := m.Status(t, append([]string{"reg", "query", c.Key}, name...)...)
		gone := code != 0 || strings.Contains(out, "(value not set)") // what is said of a default value
		if c.Delete != gone || !c.Delete && !strings.Contains(out, string(c.Type)) {
			t.Errorf("%s %q: exit status %d, %s", c.Key, c.Name, code, out)
		}
	}
}

// readable is UTF-16 as tests may show it.
func readable(text []byte) string { return string(bytes.ReplaceAll(text, []byte{0}, nil)) }
