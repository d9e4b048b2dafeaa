package hives

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
)

// realHives unpacks the hives next to the project into a scratch folder; it is "" if they
// or xz are not available.
func realHives(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		packed, _ := filepath.Glob(filepath.Join(dir, "..", "shared", "hives", "regipy", "*.xz"))
		if len(packed) > 0 {
			return unpack(t, packed)
		}
		if dir == filepath.Dir(dir) {
			t.Log("not run: there are no real hives in ../shared/hives")
			return ""
		}
	}
}

func unpack(t *testing.T, packed []string) string {
	t.Helper()
	if _, err := exec.LookPath("xz"); err != nil {
		t.Log("not run: xz is not installed: apt-get install xz-utils")
		return ""
	}
	dir := t.TempDir()
	for _, p := range packed {
		out, err := exec.Command("xz", "-dkc", p).Output()
		if err != nil {
			t.Fatalf("unpack %s: %v", p, err)
		}
		if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(filepath.Base(p), ".xz")), out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRealSystemHives proves that SYSTEM hives of real machines become
// snapshots: name, type, architecture, addresses, covered keys, and what stands
// under SCHANNEL.
func TestRealSystemHives(t *testing.T) {
	dir := realHives(t)
	if dir == "" {
		return
	}
	for _, c := range []struct {
		file, os, name, version, architecture string
		build, suites, notes                  int
		ssl2                                  host.State
		addresses                             []string
	}{
		{"SYSTEM_win7sp1_x86", "", "WKS-WIN732BITA", "6.1", "x86", 7601, 30, 1, host.Present, []string{"10.3.58.5", "192.168.1.123"}},
		{"SYSTEM_win10_1709_x64_dirty", "Windows 10 1709", "DESKTOP-2KGM189", "10.0", "x64", 16299, 31, 1, host.NotAsked, []string{"192.168.146.128"}},
		{"SYSTEM_B_win10_x64_dirty", "10.0.16299", "DESKTOP-PM6C56D", "10.0", "x64", 16299, 31, 0, host.Absent, []string{"192.168.0.7"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			s, err := source.ReadOne(t.Context(), filepath.Join(dir, c.file), source.Options{Kinds: list.Kinds(), OS: c.os})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(strings.ToUpper(s.Name), c.name) || s.OS.Version != c.version || s.OS.Build != c.build || s.OS.Architecture != c.architecture || s.OS.Type != "client" {
				t.Errorf("got %q, %+v", s.Name, s.OS)
			}
			if len(s.Notes) != c.notes {
				t.Errorf("notes: %q", message.English(s.Notes...))
			}
			if !slices.Equal(s.Addresses, c.addresses) {
				t.Errorf("addresses %q", s.Addresses)
			}
			view := host.NewView(s)
			d, state := view.Lookup(host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`, "Functions"))
			if c.ssl2 == host.NotAsked { // dirty, without logs that fit
				if state != host.NotAsked {
					t.Errorf("suites of a dirty hive: %s", state)
				}
				return
			}
			if state != host.Present || len(d.Strings) != c.suites {
				t.Errorf("suites: %s, %d", state, len(d.Strings))
			}
			schannel := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
			if d, state := view.Dword(host.NewRef(schannel, "EventLogging")); d != 1 || state != host.Present {
				t.Errorf("EventLogging: %d, %s", d, state)
			}
			if d, state := view.Dword(host.NewRef(schannel+`\Protocols\SSL 2.0\Client`, "DisabledByDefault")); state != c.ssl2 || state == host.Present && d != 1 {
				t.Errorf("SSL 2.0 client: %d, %s", d, state)
			}
			if _, state := view.Lookup(host.NewRef(`HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, "SchUseStrongCrypto")); state != host.NotAsked {
				t.Errorf("a value of SOFTWARE is %s without that hive", state)
			}
			if s.Updates != nil || s.Programs != nil || s.Certificates != nil {
				t.Error("lists of SOFTWARE are given without that hive")
			}
		})
	}
}

// TestCutHive proves that a hive that is cut short, or damaged, is an error that
// names the offset, never a host without settings.
func TestCutHive(t *testing.T) {
	dir := realHives(t)
	if dir == "" {
		return
	}
	whole, err := os.ReadFile(filepath.Join(dir, "SYSTEM_win7sp1_x86"))
	if err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(dir, "SYSTEM_corrupted_2008era")}
	for _, size := range []int{0, 100, 4096, 2 << 20, 6 << 20, 11 << 20, len(whole) - 4096} {
		cut := filepath.Join(t.TempDir(), "SYSTEM")
		if err := os.WriteFile(cut, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Dir(cut))
	}
	for _, path := range files {
		_, err := source.ReadOne(t.Context(), path, source.Options{Kinds: list.Kinds(), OS: "Windows 7"})
		var damage *hive.DamageError
		if !errors.As(err, &damage) || !strings.Contains(err.Error(), "offset 0x") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestHiveWithoutSystem proves that a SYSTEM hive that does not say which
// Windows it is asks for --os.
func TestHiveWithoutSystem(t *testing.T) {
	dir := realHives(t)
	if dir == "" {
		return
	}
	_, err := source.ReadOne(t.Context(), filepath.Join(dir, "SYSTEM_B_win10_x64_dirty"), source.Options{Kinds: list.Kinds()})
	if !strings.Contains(message.English(message.HintOf(err)), "--os") {
		t.Errorf("got %v", err)
	}
}

// TestFolderOfRealHives proves that each file is a host of its own, that logs
// are none, and that the damaged one costs only itself.
func TestFolderOfRealHives(t *testing.T) {
	dir := realHives(t)
	if dir == "" {
		return
	}
	var ids, unreadable []string
	for h, err := range source.Read(t.Context(), []string{dir}, source.Options{Kinds: list.Kinds(), OS: "10.0.16299"}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
		if h.Err != nil {
			unreadable = append(unreadable, h.ID)
		}
	}
	if want := []string{"SYSTEM_B_win10_x64_dirty", "SYSTEM_corrupted_2008era", "SYSTEM_win10_1709_x64_dirty", "SYSTEM_win7sp1_x86"}; !slices.Equal(ids, want) {
		t.Errorf("hosts %q", ids)
	}
	if !slices.Equal(unreadable, []string{"SYSTEM_corrupted_2008era"}) {
		t.Errorf("unreadable %q", unreadable)
	}
}
