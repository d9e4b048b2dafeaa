package files_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regtext"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/golden"
	"tlsready/internal/testkit/hivegen"
)

const exported = "Windows Registry Editor Version 5.00\r\n\r\n" +
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n\"EventLogging\"=dword:00000001\r\n\r\n"

const (
	ntKey     = `Microsoft\Windows NT\CurrentVersion`
	cbs       = `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\`
	uninstall = `Microsoft\Windows\CurrentVersion\Uninstall\`
	rootG2    = "DF3C24F9BFD666761B268073FE06D1CC8D4F82A4"
	rootCA    = "A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436"
)

// software is a SOFTWARE hive's content below its root, and the keys without
// values: updates in every state, programs that are hidden and shown, and
// certificates in all stores.
func software() (values []host.Value, keys []string) {
	add := func(key, name string, d host.Data) {
		values = append(values, host.Value{Key: key, Name: name, Data: d})
	}
	for name, text := range map[string]string{
		"ProductName": "Windows 10 Enterprise LTSC 2019", "CurrentVersion": "6.3", "CurrentBuild": "17763", "CurrentBuildNumber": "17763",
		"BuildLabEx": "17763.1.amd64fre.rs5_release.180914-1434", "InstallationType": "Client", "ReleaseId": "1809", "ProductId": "00000-00000", "RegisteredOwner": "someone",
	} {
		add(ntKey, name, host.String(text))
	}
	add(ntKey, "UBR", host.Dword(3000))
	add(ntKey, "CurrentMajorVersionNumber", host.Dword(10))
	add(ntKey, "CurrentMinorVersionNumber", host.Dword(0))
	for name, state := range map[string]uint32{
		"Package_for_KB4470788~31bf3856ad364e35~amd64~~17763.164.1.1":   0x70,
		"Package_1_for_KB4480056~31bf3856ad364e35~amd64~~10.0.1.1":      0x50,
		"Package_for_KB5005112~31bf3856ad364e35~amd64~~17763.2111.1.0":  0x80,
		"Package_for_KB1111111~31bf3856ad364e35~amd64~~1.0":             0x40,       // staged
		"Package_for_KB2222222~31bf3856ad364e35~amd64~~1.0":             0x60,       // waits for a restart
		"Package_for_KB3333333~31bf3856ad364e35~amd64~~1.0":             0x65,       // in part
		"Package_for_KB4444444~31bf3856ad364e35~amd64~~1.0":             0xffffff90, // damaged
		"Package_for_KB5555555~31bf3856ad364e35~amd64~~1.0":             0x5,
		"Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.3406.1.5":  0x70,
		"Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.9999.1.5":  0x60,
		"Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.8000.1.5":  0x70, // of another build
		"Package_for_ServicingStack_3232~31bf3856ad364e35~amd64~~1.1.1": 0x70,
		"Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~": 0x70,
	} {
		add(cbs+name, "CurrentState", host.Dword(state))
	}
	add(cbs+"Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.3406.1.5", "InstallLocation", host.String(`\\?\C:\Windows\SoftwareDistribution\Download\Windows10.0-KB5017315-x64.cab`))
	for _, p := range []struct {
		key, name, version, parent string
		hidden                     uint32
	}{
		{uninstall + "{A}", "Microsoft Azure Recovery Services Agent", "2.0.9207.0", "", 0},
		{`Wow6432Node\` + uninstall + "b", "業務アプリ 表", "1.2", "", 0},
		{`Wow6432Node\` + uninstall + "{A}", "Microsoft Azure Recovery Services Agent", "2.0.9207.0", "", 0},
		{uninstall + "hidden", "Hidden Runtime", "1", "", 1},
		{uninstall + "update", "Security Update for X", "1", "X", 0},
		{uninstall + "nameless", "", "9", "", 0},
	} {
		if p.name != "" {
			add(p.key, "DisplayName", host.String(p.name))
		}
		add(p.key, "DisplayVersion", host.String(p.version))
		if p.hidden != 0 {
			add(p.key, "SystemComponent", host.Dword(p.hidden))
		}
		if p.parent != "" {
			add(p.key, "ParentKeyName", host.String(p.parent))
		}
	}
	add(`Microsoft\SystemCertificates\AuthRoot\Certificates\`+rootG2, "Blob", host.Data{Type: host.Binary, Bytes: []byte{1}})
	return values, []string{
		`Microsoft\SystemCertificates\ROOT\Certificates`, `Microsoft\SystemCertificates\CA\Certificates`,
		`Policies\Microsoft\SystemCertificates\Root\Certificates\` + strings.Repeat("0", 40), `Microsoft\EnterpriseCertificates\Root\Certificates\` + rootCA,
		`Microsoft\SystemCertificates\ROOT\Certificates\not-a-thumbprint`, `Microsoft\EnterpriseCertificates\CA\Certificates\` + rootCA,
	}
}

// TestSoftwareHive proves what is read out of a SOFTWARE hive: the system with
// its revision, updates by their state, programs of both views, certificates of
// all stores, and nothing personal.
func TestSoftwareHive(t *testing.T) {
	values, keys := software()
	s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "SOFTWARE", hivegen.Build(values, keys...)), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkSoftware(t, s)
	s.Source = "hive:SOFTWARE"
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/software.json", text)
}

func checkSoftware(t *testing.T, s *host.Snapshot) {
	t.Helper()
	if want := (host.OS{Name: "Windows 10 Enterprise LTSC 2019", Version: "10.0", Build: 17763, Revision: 3406, Architecture: "x64", Type: "client"}); s.OS != want {
		t.Errorf("system %+v", s.OS)
	}
	if s.Updates == nil || !s.Updates.Complete || !slices.Equal(s.Updates.IDs, []string{"KB4470788", "KB4480056", "KB5005112", "KB5017315"}) {
		t.Errorf("updates %+v", s.Updates)
	}
	if s.Programs == nil || !slices.Equal(*s.Programs, []host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}, {Name: "業務アプリ 表", Version: "1.2"}}) {
		t.Errorf("programs %+v", s.Programs)
	}
	if c := s.Certificates; c == nil || !slices.Equal(c.Root, []string{strings.Repeat("0", 40), strings.ToLower(rootCA), strings.ToLower(rootG2)}) || !slices.Equal(c.Intermediate, []string{strings.ToLower(rootCA)}) {
		t.Errorf("certificates %+v", c)
	}
}

// TestSoftwareExport proves that the same lists come out of a .reg export of the
// keys.
func TestSoftwareExport(t *testing.T) {
	values, keys := software()
	var changes []host.Change
	for _, v := range values {
		changes = append(changes, host.Change{Key: `HKLM\SOFTWARE\` + v.Key, Name: v.Name, Data: v.Data})
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, changes); err != nil {
		t.Fatal(err)
	}
	for _, key := range append(keys, "") {
		out.Write(sourcetest.UTF16LE("\r\n[" + strings.TrimSuffix(`HKEY_LOCAL_MACHINE\SOFTWARE\`+key, `\`) + "]\r\n"))
	}
	out.Write(sourcetest.UTF16LE("\r\n"))
	s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "x.reg", out.Bytes()), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkSoftware(t, s)
	if !slices.Equal(s.Covered, []string{`HKLM\SOFTWARE`}) {
		t.Errorf("covered %q", s.Covered)
	}
}

// TestMergedHive proves that hives that another program made, hivexregedit, read
// as what was put into them.
func TestMergedHive(t *testing.T) {
	minimal := beside(filepath.Join("shared", "hives", "hivex", "minimal.hive"))
	if minimal == "" {
		t.Log("not run: there is no ../shared/hives/hivex/minimal.hive")
		return
	}
	if _, err := exec.LookPath("hivexregedit"); err != nil {
		t.Log("not run: hivexregedit is not installed: apt-get install libwin-hivex-perl")
		return
	}
	data, err := os.ReadFile(minimal)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	hive := sourcetest.Write(t, dir, "SYSTEM", data)
	text := "Windows Registry Editor Version 5.00\n"
	for _, path := range []string{`Select`, `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, `ControlSet001\Control\ProductOptions`} {
		for i, part := range strings.Split(path, `\`) {
			text += "\n[\\" + strings.Join(append(strings.Split(path, `\`)[:i:i], part), `\`) + "]\n"
		}
		switch {
		case path == "Select":
			text += "\"Current\"=dword:00000001\n"
		case strings.HasSuffix(path, "Client"):
			text += "\"Enabled\"=dword:00000000\n"
		default:
			text += "\"ProductType\"=\"LanmanNT\"\n"
		}
	}
	out, err := exec.Command("hivexregedit", "--merge", hive, sourcetest.Write(t, t.TempDir(), "in.reg", []byte(text))).CombinedOutput()
	if err != nil {
		t.Fatalf("hivexregedit: %v\n%s", err, out)
	}
	s, err := sourcetest.ReadOne(t, dir, source.Options{OS: "Windows Server 2016"})
	if err != nil {
		t.Fatal(err)
	}
	d, state := host.NewView(s).Dword(host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled"))
	if d != 0 || state != host.Present || s.OS.Type != "domain-controller" || s.OS.Build != 14393 {
		t.Errorf("Enabled is %d (%s), system %+v", d, state, s.OS)
	}
}

// beside finds a file next to the project; "" if there is none.
func beside(path string) string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if found := filepath.Join(dir, "..", path); exists(found) {
			return found
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestExport proves what a .reg export says and does not say, and what is
// refused with its line.
func TestExport(t *testing.T) {
	const head = "Windows Registry Editor Version 5.00\r\n\r\n"
	const key = `[HKEY_LOCAL_MACHINE\SYSTEM\`
	for _, c := range []struct {
		name, text, os, want string // want: part of the error; "" for none
		covered              []string
	}{
		{"topmost", head + key + "CurrentControlSet\\A]\r\n" + key + "CurrentControlSet\\A\\B]\r\n" + key + "CurrentControlSet\\AB]\r\n", "6.3.9600", "", []string{`HKLM\SYSTEM\CurrentControlSet\A`, `HKLM\SYSTEM\CurrentControlSet\AB`}},
		{"one control set", head + key + "ControlSet002\\A]\r\n", "6.3.9600", "", []string{`HKLM\SYSTEM\CurrentControlSet\A`}},
		{"select", head + key + "Select]\r\n\"Current\"=dword:00000002\r\n" + key + "ControlSet001\\A]\r\n" + key + "ControlSet002\\B]\r\n", "6.3.9600", "", []string{`HKLM\SYSTEM\CurrentControlSet\B`, `HKLM\SYSTEM\Select`}},
		{"two control sets", head + key + "ControlSet001\\A]\r\n" + key + "ControlSet002\\B]\r\n", "6.3.9600", "", []string{}},
		{"current beside another", head + key + "CurrentControlSet\\A]\r\n" + key + "ControlSet002\\B]\r\n", "6.3.9600", "", []string{`HKLM\SYSTEM\CurrentControlSet\A`}},
		{"no system", exported, "", "the operating system is not in it", nil},
		{"bad --os", exported, "Windows 12 Server", "no Windows that tlsready knows", nil},
		{"deleted value", head + key + "A]\r\n\"x\"=-\r\n", "6.3.9600", "line 4, column", nil},
		{"deleted key", head + `[-HKEY_LOCAL_MACHINE\SYSTEM\A]` + "\r\n", "6.3.9600", "line 3: deletes the key", nil},
		{"syntax", head + key + "A]\r\n\"x\"=dword:zz\r\n", "6.3.9600", "line 4", nil},
		{"empty", "", "6.3.9600", "line 1", nil},
		{"half a section", head + key + "A", "6.3.9600", "line 3", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "fs01.reg", []byte(c.text+"\r\n")), source.Options{OS: c.os})
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			if err != nil || !slices.Equal(s.Covered, c.covered) {
				t.Errorf("%v, covered %q", err, s.Covered)
			}
		})
	}
}

// TestExportFolderDisagrees proves that the .reg files of two machines in one
// folder are not taken for one machine.
func TestExportFolderDisagrees(t *testing.T) {
	dir := t.TempDir()
	sourcetest.Write(t, dir, "both/a.reg", []byte(exported))
	sourcetest.Write(t, dir, "both/b.reg", []byte(strings.Replace(exported, "00000001", "00000007", 1)))
	hosts, _, _ := sourcetest.Read(t, source.Options{OS: "6.3.9600"}, dir)
	if err := hosts["both"].Err; err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("got %v", err)
	}
}

// TestCollectedStates proves that absent, unreadable and partly read stay
// apart, in a file of three encodings.
func TestCollectedStates(t *testing.T) {
	jp := func(s string) string { return string(sourcetest.CP932(t, s)) }
	text := "\xef\xbb\xbftlsready.collect/v1\r\n## host FS01\r\n## architecture AMD64\r\n" +
		"## value HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n" +
		"\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n    CurrentBuild    REG_SZ    7601\r\n    ProductId    REG_SZ    secret\r\n## present\r\n" +
		"## tree HKEY_LOCAL_MACHINE\\A\r\n" + jp("エラー: 指定されたレジストリ キーまたは値が見つかりませんでした") + "\r\n## absent\r\n" +
		"## tree HKEY_LOCAL_MACHINE\\B\r\n" + jp("エラー: アクセスが拒否されました。") + "\r\n## unreadable\r\n" +
		"## tree HKEY_LOCAL_MACHINE\\C\r\nHKEY_LOCAL_MACHINE\\C\r\n    " + jp("表示ソ") + "    REG_SZ    " + jp("能") + "\r\n" + jp("エラー: アクセスが拒否されました。") + "\r\n## present\r\n" +
		"## tree HKEY_LOCAL_MACHINE\\D\r\nHKEY_LOCAL_MACHINE\\D\\E\r\n    " + jp("(既定)    REG_SZ    (値の設定なし)") + "\r\n    Empty    REG_SZ\r\n    Q    REG_QWORD    0xffffffffffffffff\r\n" + jp("検索の完了: 2 個の一致") + "\r\n## present\r\n" +
		"## files\r\ntime 2021-06-15T05:00:00Z\r\n" + string(sourcetest.UTF16LE("file 6.1.7601.24000 System32\\winhttp.dll\r\n")) + "file 4.8.0.0 Microsoft.NET\\Framework64\\v4.0.30319\\System.dll\r\n## present\r\n" +
		"## end\r\n"
	hosts, ids, warnings := sourcetest.Read(t, source.Options{}, sourcetest.Write(t, "", "FS01.tlsready.txt", []byte(text)))
	s := hosts["FS01"].Snapshot
	if !slices.Equal(ids, []string{"FS01"}) || s == nil {
		t.Fatalf("hosts %q: %v", ids, hosts["FS01"].Err)
	}
	view := host.NewView(s)
	for key, want := range map[string]host.State{`HKLM\A`: host.Absent, `HKLM\B`: host.NotAsked, `HKLM\C`: host.NotAsked, `HKLM\D\E`: host.Absent} {
		if _, state := view.Lookup(host.NewRef(key, "x")); state != want {
			t.Errorf("%s is %s, want %s", key, state, want)
		}
	}
	if d, state := view.Lookup(host.NewRef(`HKLM\C`, "表示ソ")); state != host.Present || d.Text != "能" {
		t.Errorf("Japanese value: %q, %s", d.Text, state)
	}
	if d, state := view.Lookup(host.NewRef(`HKLM\D\E`, "Empty")); state != host.Present || d.Text != "" {
		t.Errorf("empty value: %q, %s", d.Text, state)
	}
	if _, state := view.Lookup(host.NewRef(`HKLM\D\E`, "")); state != host.Absent {
		t.Errorf("a default value that is not set is %s", state)
	}
	if s.Files["winhttp.dll"] != "6.1.7601.24000" || len(s.Files) != 2 || !s.CollectedAt.Equal(time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("files %v, time %v", s.Files, s.CollectedAt)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[0], "アクセスが拒否") {
		t.Errorf("warnings %q", warnings)
	}
	if out, err := s.Encode(); err != nil || bytes.Contains(out, []byte("secret")) {
		t.Errorf("a value that was not asked for is kept: %v", err)
	}
	if s.Updates != nil || s.Programs != nil || s.Certificates != nil || s.OS.Architecture != "x64" || s.OS.Version != "6.1" {
		t.Errorf("snapshot %+v", s)
	}
}

// TestCollectedRefuses proves that a file that is cut or foreign is an error
// with its line.
func TestCollectedRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"cut":         {"tlsready.collect/v1\n## host A\n## tree HKEY_LOCAL_MACHINE\\A\n", "line 3: the file is cut"},
		"empty":       {"", "the file is empty"},
		"version":     {"tlsready.collect/v9\n## end\n", `unknown format "tlsready.collect/v9"`},
		"open part":   {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\n## tree HKEY_LOCAL_MACHINE\\B\n## present\n## end\n", "line 2: the answer for HKLM\\A does not end"},
		"open at end": {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\n## end\n", "line 2: the answer"},
		"stray state": {"tlsready.collect/v1\n## absent\n## end\n", `line 2: "absent" answers nothing`},
		"mark":        {"tlsready.collect/v1\n## what\n## end\n", `line 2: "what" is no mark`},
		"number":      {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\nHKEY_LOCAL_MACHINE\\A\n    n    REG_DWORD    zz\n## present\n## end\n", `line 4: n: "zz" is not a REG_DWORD`},
		"bytes":       {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\nHKEY_LOCAL_MACHINE\\A\n    n    REG_BINARY    zz\n## present\n## end\n", "line 4"},
		"counted":     {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\nHKEY_LOCAL_MACHINE\\A\n## present 2\n## end\n", "line 4: the answer for HKLM\\A has 1 lines, where 2 were written"},
		"type":        {"tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\nHKEY_LOCAL_MACHINE\\A\n    n    REG_DW\n## present\n## end\n", "line 4: n: REG_DW is no type of the registry"},
		"version of":  {"tlsready.collect/v1\n## files\nfile x y\n## present\n## end\n", "line 3"},
		"time":        {"tlsready.collect/v1\n## files\ntime yesterday\n## present\n## end\n", "line 3"},
		"system":      {"tlsready.collect/v1\n## host A\n## end\n", "the operating system is not in it"},
	} {
		_, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "A.tlsready.txt", []byte(c.text)), source.Options{})
		var e *message.Problem
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "A.tlsready.txt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCollectorAsksForCovered proves that the script asks for every covered key,
// has the line ends that cmd.exe needs, and is plain ASCII, so that no code page
// changes it.
func TestCollectorAsksForCovered(t *testing.T) {
	script := string(files.CollectorCMD())
	if strings.Count(script, "\n") != strings.Count(script, "\r\n") || strings.ContainsFunc(script, func(r rune) bool { return r > 126 }) {
		t.Error("line ends or characters")
	}
	expand := strings.NewReplacer("%CONTROL%", `HKLM\SYSTEM\CurrentControlSet\Control`, "%SERVICES%", `HKLM\SYSTEM\CurrentControlSet\Services`,
		"%SOFT%", `HKLM\SOFTWARE`, "%SOFT32%", `HKLM\SOFTWARE\Wow6432Node`, "%INTERNET%", `Microsoft\Windows\CurrentVersion\Internet Settings`)
	plain := expand.Replace(script)
	for _, key := range gather.Prefixes() {
		if name, ok := strings.CutPrefix(key, `HKLM\SYSTEM\CurrentControlSet\Services\`); ok {
			if !strings.Contains(plain, " "+name) && !strings.Contains(plain, "("+name) {
				t.Errorf("the script does not ask for %s", key)
			}
		} else if !strings.Contains(plain, `"`+key+`"`) {
			t.Errorf("the script does not ask for %s", key)
		}
	}
}

// TestCollectedDamage proves that an answer that is empty, of another key, without a
// key line or with a part that is not understood proves nothing by what it lacks,
// while what is read stays; and that the same answer whole does.
func TestCollectedDamage(t *testing.T) {
	const (
		head = "tlsready.collect/v1\n## value HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\n    CurrentBuild    REG_SZ    9600\n## present\n"
		key  = "\nHKEY_LOCAL_MACHINE\\A\n"
		one  = "    One    REG_DWORD    0x1\n"
		sub  = "\nHKEY_LOCAL_MACHINE\\A\\B\n"
	)
	a, n := host.Absent, host.NotAsked
	for _, c := range []struct {
		name, parts string
		own, below  host.State // of a value that is not there in A, and in A\B
	}{
		{"whole", "## tree HKLM\\A" + key + one + sub + one + "## present\n", a, a},
		{"whole, closed", "## tree HKLM\\A" + key + one + "\nEnd of search: 1 match(es) found.\n## present\n", a, a},
		{"several lines of text", "## tree HKLM\\A" + key + "    Text    REG_SZ    first\nsecond\n\nthird\n## present\n", a, a},
		{"of the key alone", "## key HKLM\\A" + key + one + sub + "## present\n", a, n},
		{"counted", "## tree HKLM\\A" + key + one + "## present 2\n", a, a},
		{"absent", "## tree HKLM\\A\nFEHLER: Der Schl\u00fcssel wurde nicht gefunden.\n## absent\n", a, a},
		{"empty", "## tree HKLM\\A\n## present\n", n, n},
		{"blank", "## tree HKLM\\A\n\n\n## present\n", n, n},
		{"empty, but for the key", "## tree HKLM\\A" + key + "    (Default)    REG_SZ    (value not set)\n## present\n", a, a},
		{"of another key", "## tree HKLM\\A\nHKEY_LOCAL_MACHINE\\B\n" + one + "## present\n", n, n},
		{"another key behind", "## tree HKLM\\A" + key + one + "\nHKEY_LOCAL_MACHINE\\AB\n" + one + "## present\n", n, n},
		{"key line lost", "## tree HKLM\\A" + key + one + "\n" + one + "## present\n", n, n},
		{"first key line lost", "## tree HKLM\\A\n" + one + sub + one + "## present\n", n, n},
		{"value cut", "## tree HKLM\\A" + key + one + "    Enab\n## present\n", n, n},
		{"line that is none", "## tree HKLM\\A" + key + one + "garbage\n## present\n", n, n},
		{"lines behind the end", "## tree HKLM\\A" + key + "End of search: 1 match(es) found.\n" + sub + one + "## present\n", n, n},
		{"denied in it", "## tree HKLM\\A" + key + one + "ERROR: Access is denied.\n## present\n", n, n},
		{"denied", "## tree HKLM\\A\nERROR: Access is denied.\n## absent\n", n, n},
		{"absent with values", "## tree HKLM\\A" + key + one + "## absent\n", n, n},
		{"a key below unreadable", "## tree HKLM\\A" + key + one + "## present\n## tree HKLM\\A\\B\n## unreadable\n", a, n},
		{"unreadable, then read", "## tree HKLM\\A\n## unreadable\n## key HKLM\\A" + key + one + "## present\n", n, n},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "A.tlsready.txt", []byte(head+c.parts+"## end\n")), source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			view := host.NewView(s)
			for ref, want := range map[host.Ref]host.State{host.NewRef(`HKLM\A`, "x"): c.own, host.NewRef(`HKLM\A\B`, "x"): c.below} {
				if _, state := view.Lookup(ref); state != want {
					t.Errorf("%s is %s, want %s; notes %q", ref.Key, state, want, message.English(s.Notes...))
				}
			}
			if (c.own == n || c.below == n && !strings.Contains(c.parts, "## key")) != (len(s.Notes) > 0) {
				t.Errorf("notes %q", message.English(s.Notes...))
			}
		})
	}
}

// TestExportCut proves that wherever an export is cut, no value that it held counts
// as absent, and none as another one; and that whole it does say what is absent.
func TestExportCut(t *testing.T) {
	const client = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	const whole = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n\"EventLogging\"=dword:00000001\r\n\r\n" +
		"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client]\r\n\"DisabledByDefault\"=dword:00000001\r\n\"Enabled\"=dword:00000000\r\n\r\n"
	for cut := range len(whole) {
		text := whole[:cut]
		s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "fs01.reg", []byte(text)), source.Options{OS: "6.3.9600"})
		if err != nil {
			continue
		}
		view := host.NewView(s)
		for name, want := range map[string]uint32{"DisabledByDefault": 1, "Enabled": 0} {
			n, state := view.Dword(host.NewRef(client, name))
			if state == host.Absent || state == host.Present && n != want {
				// The blank line of the first section is where a whole export of that key alone ends.
				if !strings.HasSuffix(text, "\r\n\r\n") && !strings.HasSuffix(text, "\r\n\r") {
					t.Fatalf("cut at %d, %q: %s is %s, %d", cut, text[max(0, cut-20):], name, state, n)
				}
			}
		}
	}
	s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "fs01.reg", []byte(whole)), source.Options{OS: "6.3.9600"})
	if err != nil || len(s.Notes) != 0 {
		t.Fatal(err, s)
	}
	if _, state := host.NewView(s).Lookup(host.NewRef(client, "other")); state != host.Absent {
		t.Errorf("a value that the whole export lacks is %s", state)
	}
}
