package collector

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/source"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

const (
	quoted    = "usb stick (1)" // a folder whose name needs quoting
	soft      = `HKLM\SOFTWARE\Microsoft\`
	cbs       = soft + `Windows\CurrentVersion\Component Based Servicing\Packages\`
	uninstall = `Microsoft\Windows\CurrentVersion\Uninstall\`
	rootG2    = "DF3C24F9BFD666761B268073FE06D1CC8D4F82A4"
	schannel  = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
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
		host.Value{Key: cbs + "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~", Name: "CurrentState", Data: host.Dword(0x70)},
		host.Value{Key: `HKLM\SOFTWARE\` + uninstall + "{A}", Name: "DisplayName", Data: host.String("Microsoft Azure Recovery Services Agent")},
		host.Value{Key: `HKLM\SOFTWARE\` + uninstall + "{A}", Name: "DisplayVersion", Data: host.String("2.0.9207.0")},
		host.Value{Key: `HKLM\SOFTWARE\Wow6432Node\` + uninstall + "B", Name: "DisplayName", Data: host.String("Thirty-two bit program")},
		host.Value{Key: soft + `SystemCertificates\ROOT\Certificates\` + rootG2, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
		host.Value{Key: soft + `SystemCertificates\AuthRoot\Certificates\` + rootG2, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
		host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "Domain", Data: host.String("example.com")},
	)
}

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
	path := script(t, quoted, source.CollectorCMD())
	code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path))
	if code != 0 || !strings.Contains(lastLine(out), "state=collected unreadable=0") || !strings.HasPrefix(lastLine(out), "TLSREADY host=") {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	file := collected(t, filepath.Dir(path))
	if left, _ := filepath.Glob(filepath.Join(wine.DriveC(), "users", "*", "Temp", "tlsready-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	s, err := source.ReadOne(t.Context(), file, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(s)
	for _, v := range machine() {
		if strings.Contains(v.Key, "Uninstall") || strings.Contains(v.Key, "Packages") || strings.Contains(v.Key, "Certificates") || strings.Contains(v.Key, "Tcpip") {
			continue
		}
		if d, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present || !d.Equal(v.Data) {
			t.Errorf("%s %q is %s: %+v, want %+v", v.Key, v.Name, state, d, v.Data)
		}
	}
	if _, state := view.Lookup(host.NewRef(`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions")); state != host.Absent {
		t.Errorf("a policy that is not there is %s", state)
	}
	checkLists(t, s)
}

func checkLists(t *testing.T, s *host.Snapshot) {
	t.Helper()
	if s.OS.Build != 9600 || s.OS.Version != "6.3" || s.OS.Architecture != "x64" || s.OS.Type == "" || !strings.HasSuffix(s.Name, ".example.com") {
		t.Errorf("%q, %+v", s.Name, s.OS)
	}
	if s.Updates == nil || !slices.Equal(s.Updates.IDs, []string{"KB3140245"}) || !s.Updates.Complete {
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
// file, and that a folder that is not there is a failure that is told.
func TestCollectorOtherFolder(t *testing.T) {
	wine := prepare(t)
	path, dir := script(t, quoted, source.CollectorCMD()), t.TempDir()
	if code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path), wine.Path(t, dir)); code != 0 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	collected(t, dir)
	code, out := wine.Status(t, "cmd", "/c", "call", wine.Path(t, path), wine.Path(t, filepath.Join(dir, "gone")))
	if code != 1 || !strings.Contains(lastLine(out), "state=failed reason=cannot-write") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}

// TestCollectorDenied proves that a key that its parent lists but that cannot be
// queried is unreadable, whatever reg.exe says, and that the exit code tells it.
// Wine knows no denial, so a reg that refuses one key stands in for it.
func TestCollectorDenied(t *testing.T) {
	wine := prepare(t)
	refuse := "@echo off\r\nif /i \"%~2\"==\"" + schannel + "\" goto denied\r\nreg.exe %*\r\nexit /b %errorlevel%\r\n:denied\r\necho verweigert 1>&2\r\nexit /b 1\r\n"
	fake := filepath.Join(t.TempDir(), "refuse.cmd")
	if err := os.WriteFile(fake, []byte(refuse), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(source.CollectorCMD()), `"%SYS%\reg.exe" query`, `call `+wine.Path(t, fake)+` query`)
	path := script(t, "plain", []byte(text))
	code, out := wine.Status(t, "cmd", "/c", wine.Path(t, path)) // Wine loses the exit code of a script behind "call"
	if code != 3 || !strings.Contains(lastLine(out), "unreadable=1") {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	s, err := source.ReadOne(t.Context(), collected(t, filepath.Dir(path)), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	view := host.NewView(s)
	if _, state := view.Lookup(host.NewRef(host.NormalKey(schannel)+`\Protocols\TLS 1.2\Client`, "Enabled")); state != host.NotAsked {
		t.Errorf("a value that could not be read is %s", state)
	}
	if _, state := view.Lookup(host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "Enabled")); state != host.Absent {
		t.Errorf("a key that is not there is %s", state)
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	return lines[len(lines)-1]
}
