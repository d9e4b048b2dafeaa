package hive_test

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
)

// realHive unpacks a hive of a real machine; nil, with a line in the log, if
// there are none next to the project.
func realHive(t testing.TB, name string) []byte {
	t.Helper()
	path := shared(t, filepath.Join("hives", "regipy", name+".xz"))
	if path == "" {
		return nil
	}
	data, err := exec.Command("xz", "-dkc", path).Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Log("not run: xz is not installed (apt-get install xz-utils)")
		return nil
	}
	if err != nil {
		t.Fatalf("unpack %s: %v", name, err)
	}
	return data
}

// shared finds a file of the shared test material next to the project; "", with a
// line in the log, if it is not there.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if path := filepath.Join(dir, "shared", name); fileExists(path) {
			return path
		}
	}
	t.Logf("not run: no shared/%s beside the project", name)
	return ""
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

const (
	schannel = `ControlSet001\Control\SecurityProviders\SCHANNEL`
	ssl      = `ControlSet001\Control\Cryptography\Configuration\Local\SSL\`
)

// Real SYSTEM hives give the values that other readers find in them.
func TestRealHives(t *testing.T) {
	clientOff := []hive.Value{{Name: "DisabledByDefault", Data: host.Dword(1)}}
	sha256First := []string{"RSA/SHA256", "RSA/SHA384", "RSA/SHA1", "ECDSA/SHA256", "ECDSA/SHA384", "ECDSA/SHA1", "DSA/SHA1"}
	withSHA512 := append(slices.Clone(sha256First), "RSA/SHA512", "ECDSA/SHA512")
	for _, c := range []struct {
		file, computer string
		build          uint32
		protocols      []string
		suites         string
		count          int
		signatures     []string
		dirty          bool
		keys           int
	}{
		{"SYSTEM_win7sp1_x86", "WKS-WIN732BITA", 17514, []string{"SSL 2.0"}, "win7sp1_default_suites.txt", 30, sha256First, false, 30756},
		{"SYSTEM_win10_1709_x64_dirty", "DESKTOP-2KGM189", 720, nil, "win10_1709_default_suites.txt", 31, withSHA512, true, 0},
		{"SYSTEM_B_win10_x64_dirty", "DESKTOP-PM6C56D", 15, nil, "win10_1709_default_suites.txt", 31, withSHA512, true, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			data := realHive(t, c.file)
			if data == nil {
				return
			}
			h, err := hive.Open(data)
			if err != nil {
				t.Fatal(err)
			}
			if h.Dirty() != c.dirty || (len(h.Warnings()) > 0) != c.dirty {
				t.Errorf("dirty %v, warnings %q", h.Dirty(), english(h))
			}
			wantValue(t, h, "Select", "Current", host.Dword(1))
			wantValue(t, h, `ControlSet001\Control\ComputerName\ComputerName`, "ComputerName", host.String(c.computer))
			wantValue(t, h, `ControlSet001\Control\ProductOptions`, "ProductType", host.String("WinNT"))
			wantValue(t, h, `ControlSet001\Control\Windows`, "CSDBuildNumber", host.Dword(c.build))
			wantValue(t, h, schannel, "EventLogging", host.Dword(1))
			wantValue(t, h, ssl+"00010003", "Functions", host.Multi(c.signatures...))

			if got := subkeyNames(t, h, schannel+`\Protocols`); !slices.Equal(got, c.protocols) {
				t.Errorf("Protocols has %q, want %q", got, c.protocols)
			}
			if c.protocols != nil {
				if got := values(t, h, schannel+`\Protocols\SSL 2.0\Client`); len(got) != 1 || got[0].Name != clientOff[0].Name || !got[0].Data.Equal(clientOff[0].Data) {
					t.Errorf("SSL 2.0 client: %+v", got)
				}
			}
			for _, empty := range []string{"CipherSuites", "Ciphers", "Hashes", "KeyExchangeAlgorithms"} {
				if v, k := values(t, h, schannel+`\`+empty), subkeyNames(t, h, schannel+`\`+empty); len(v)+len(k) != 0 {
					t.Errorf("%s has %v and %q, want nothing", empty, v, k)
				}
			}
			list, err := os.ReadFile(shared(t, "hives/regipy/"+c.suites))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(string(list))
			if len(want) != c.count {
				t.Fatalf("%s has %d suites, want %d", c.suites, len(want), c.count)
			}
			wantValue(t, h, ssl+"00010002", "Functions", host.Multi(want...))
			if _, ok, err := h.Key(schannel + `\Protocols\TLS 1.2`); ok || err != nil {
				t.Errorf("TLS 1.2: present %v, error %v, want absent", ok, err)
			}
			keys, vals, err := walk(h)
			t.Logf("%d keys, %d values", keys, vals)
			if !c.dirty && (err != nil || keys != c.keys) {
				t.Errorf("a clean hive walks to %d keys, error %v, want %d", keys, err, c.keys)
			}
			if err != nil {
				t.Logf("walk of a dirty hive without its logs: %v", err)
			}
		})
	}
}

// The dirty hive with its two logs is read as Windows would load it, in either
// order of the logs.
func TestReplayOfRealLogs(t *testing.T) {
	data, log1, log2 := realHive(t, "SYSTEM_B_win10_x64_dirty"), realHive(t, "SYSTEM_B_win10_x64_dirty.LOG1"), realHive(t, "SYSTEM_B_win10_x64_dirty.LOG2")
	if data == nil || log1 == nil || log2 == nil {
		return
	}
	before := slices.Clone(data)
	for _, logs := range [][][]byte{{log1, log2}, {log2, log1}, {nil, log2, log1}} {
		h, err := hive.Open(data, logs...)
		if err != nil {
			t.Fatal(err)
		}
		r := h.Replay()
		if r.First != 2107 || r.Last != 2130 || r.Entries != 24 {
			t.Errorf("replayed %+v, want the 24 entries 2107 to 2130", r)
		}
		if !h.Dirty() || len(h.Warnings()) != 0 {
			t.Errorf("dirty %v, warnings %q", h.Dirty(), english(h))
		}
		keys, vals, err := walk(h)
		if err != nil || keys != 35595 || vals != 78901 || r.Pages != 315 {
			t.Errorf("after the replay of %d pages: %d keys, %d values, error %v", r.Pages, keys, vals, err)
		}
		wantValue(t, h, `ControlSet001\Control\ComputerName\ComputerName`, "ComputerName", host.String("DESKTOP-PM6C56D"))
	}
	if !slices.Equal(before, data) {
		t.Error("the replay wrote into the primary file's bytes")
	}

	// The second log is taken by itself; nothing after a damaged entry is, with a
	// warning; a clean hive ignores logs.
	h, err := hive.Open(data, log2)
	if err != nil || h.Replay().First != 2111 || h.Replay().Last != 2130 {
		t.Errorf("LOG2 alone: %v, %+v", err, h.Replay())
	}
	flipped := slices.Clone(log1)
	flipped[512+600] ^= 1
	if h, err = hive.Open(data, flipped, log2); err != nil || h.Replay().Entries != 0 || !strings.Contains(english(h), "not whole") {
		t.Errorf("LOG1 with its first entry damaged: %v, %+v, %q", err, h.Replay(), english(h))
	}
	flipped = slices.Clone(log1)
	flipped[28672+600] ^= 1 // in entry 2109
	if h, err = hive.Open(data, flipped, log2); err != nil || h.Replay().Last != 2108 || len(h.Warnings()) != 1 {
		t.Errorf("LOG1 with its third entry damaged: %v, %+v, %q", err, h.Replay(), english(h))
	}
	clean := realHive(t, "SYSTEM_win7sp1_x86")
	if h, err = hive.Open(clean, log1, log2); err != nil || h.Dirty() || h.Replay().Entries != 0 {
		t.Errorf("a clean hive with logs: %v, %+v", err, h.Replay())
	}
}

// A hive cut short is damaged at the place where it ends, not a hive with fewer
// keys.
func TestCutRealHive(t *testing.T) {
	data := realHive(t, "SYSTEM_win7sp1_x86")
	for _, at := range []int{0, 3, 100, 4095, 4096, 2 << 20, 6 << 20, 11 << 20} {
		if data == nil {
			return
		}
		var d *hive.DamageError
		if _, err := hive.Open(data[:at]); !errors.As(err, &d) {
			t.Errorf("cut to %d bytes: %v, want a DamageError", at, err)
		} else if at > 4 && d.Offset != int64(at) {
			t.Errorf("cut to %d bytes: offset %d", at, d.Offset)
		}
	}
}

// A hive that was damaged on purpose gives errors that name the offset.
func TestCorruptedRealHive(t *testing.T) {
	data := realHive(t, "SYSTEM_corrupted_2008era")
	if data == nil {
		return
	}
	h, err := hive.Open(data)
	if err == nil {
		_, _, err = walk(h)
	}
	var d *hive.DamageError
	if !errors.As(err, &d) {
		t.Errorf("the walk ends with %v, want a DamageError", err)
	}
	t.Log(err)
}

func wantValue(t *testing.T, h *hive.Hive, key, name string, want host.Data) {
	t.Helper()
	k, ok, err := h.Key(key)
	if err != nil || !ok {
		t.Errorf("%s: present %v, error %v", key, ok, err)
		return
	}
	got, ok, err := k.Value(name)
	if err != nil || !ok || !got.Equal(want) {
		t.Errorf("%s %s = %+v (present %v, error %v), want %+v", key, name, got, ok, err, want)
	}
}

func subkeyNames(t *testing.T, h *hive.Hive, key string) (names []string) {
	t.Helper()
	k, ok, err := h.Key(key)
	if err != nil || !ok {
		t.Fatalf("%s: present %v, error %v", key, ok, err)
	}
	subs, err := k.Subkeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range subs {
		names = append(names, s.Name())
	}
	return names
}

func values(t *testing.T, h *hive.Hive, key string) []hive.Value {
	t.Helper()
	k, ok, err := h.Key(key)
	if err != nil || !ok {
		t.Fatalf("%s: present %v, error %v", key, ok, err)
	}
	v, err := k.Values()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// walk reads everything; the counts are what it met before the first error.
func walk(h *hive.Hive) (keys, vals int, err error) {
	root, _, err := h.Key("")
	if err != nil {
		return 0, 0, err
	}
	var visit func(k *hive.Key) error
	visit = func(k *hive.Key) error {
		keys++
		v, err := k.Values()
		if err != nil {
			return err
		}
		vals += len(v)
		subs, err := k.Subkeys()
		if err != nil {
			return err
		}
		for _, s := range subs {
			if err := visit(s); err != nil {
				return err
			}
		}
		return nil
	}
	err = visit(root)
	return keys, vals, err
}
