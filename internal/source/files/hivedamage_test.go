package files_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

// systemHive is a SYSTEM hive in which a client's TLS 1.2 is off.
func systemHive() []byte {
	return hivegen.Build([]host.Value{
		{Key: "Select", Name: "Current", Data: host.Dword(1)},
		{Key: `ControlSet001\Control\ProductOptions`, Name: "ProductType", Data: host.String("ServerNT")},
		{Key: `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(0)},
		{Key: `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "DisabledByDefault", Data: host.Dword(1)},
	})
}

// patched changes the record of the key with this name, by offset in it.
func patched(t *testing.T, hive []byte, name string, change func(nk []byte)) []byte {
	t.Helper()
	const nameAt = 76
	for at := 0; ; at++ {
		next := bytes.Index(hive[at:], []byte("nk"))
		if next < 0 {
			t.Fatalf("there is no key %s", name)
		}
		at += next
		if bytes.HasPrefix(hive[min(len(hive), at+nameAt):], []byte(name)) && int(binary.LittleEndian.Uint16(hive[at+72:])) == len(name) {
			change(hive[at:])
			return hive
		}
	}
}

// Proves that neither a count that was lost while its list was not, nor a symbolic
// link, makes a value absent that is there; and that the same hive, undamaged, says
// what it holds.
func TestHiveDamage(t *testing.T) {
	count := func(offset int) func([]byte) {
		return func(nk []byte) { binary.LittleEndian.PutUint32(nk[offset:], 0) }
	}
	link := func(nk []byte) { nk[2] |= 0x10 }
	const subkeys, values = 20, 36
	for name, c := range map[string]struct {
		key    string
		change func([]byte)
		state  host.State // of the value; "" is an error
	}{
		"whole":                {"Client", func([]byte) {}, host.Present},
		"no values counted":    {"Client", count(values), ""},
		"no keys counted":      {"TLS 1.2", count(subkeys), ""},
		"no keys, further up":  {"SCHANNEL", count(subkeys), ""},
		"a link":               {"Client", link, host.NotAsked},
		"a link further up":    {"SCHANNEL", link, host.NotAsked},
		"a link above the key": {"SecurityProviders", link, host.NotAsked},
		"no Control":           {"ControlSet001", count(subkeys), ""},
	} {
		t.Run(name, func(t *testing.T) {
			hive := patched(t, systemHive(), c.key, c.change)
			s, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", "SYSTEM", hive), source.Options{OS: "6.3.9600"})
			if c.state == "" {
				if err == nil || !strings.Contains(err.Error(), "damaged") {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			ref := host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled")
			if _, state := host.NewView(s).Lookup(ref); state != c.state {
				t.Errorf("the value is %s, want %s", state, c.state)
			}
			if (c.state == host.NotAsked) != (len(s.Notes) > 0) {
				t.Errorf("%d notes", len(s.Notes))
			}
		})
	}
}

// Proves that the settings of a dirty hive without its logs count as not asked, those
// that it shows too, and that the other hive of the machine still counts.
func TestDirtyHive(t *testing.T) {
	const client, net = `Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, `Microsoft\.NETFramework\v4.0.30319`
	system := []host.Value{
		{Key: "Select", Name: "Current", Data: host.Dword(1)},
		{Key: `ControlSet001\` + client, Name: "Enabled", Data: host.Dword(1)},
		{Key: `ControlSet001\Control\ProductOptions`, Name: "ProductType", Data: host.String("ServerNT")},
	}
	software := []host.Value{
		{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "CurrentBuild", Data: host.String("9600")},
		{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "CurrentVersion", Data: host.String("6.3")},
		{Key: net, Name: "SchUseStrongCrypto", Data: host.Dword(1)},
	}
	for _, dirty := range []string{"SYSTEM", "SOFTWARE"} {
		dir := t.TempDir()
		for name, values := range map[string][]host.Value{"SYSTEM": system, "SOFTWARE": software} {
			spec := hivegen.Spec{Values: values}
			if name == dirty {
				spec.Sequence = [2]uint32{3, 2}
			}
			sourcetest.Write(t, dir, name, spec.Build())
		}
		s, err := sourcetest.ReadOne(t, dir, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		view := host.NewView(s)
		for name, ref := range map[string]host.Ref{
			"SYSTEM": host.NewRef(`HKLM\SYSTEM\CurrentControlSet\`+client, "Enabled"), "SOFTWARE": host.NewRef(`HKLM\SOFTWARE\`+net, "SchUseStrongCrypto"),
		} {
			want := map[bool]host.State{true: host.NotAsked, false: host.Present}[name == dirty]
			if _, state := view.Lookup(ref); state != want {
				t.Errorf("%s is dirty: %s of %s is %s, want %s", dirty, ref.Name, name, state, want)
			}
		}
		if s.OS.Build != 9600 || s.OS.Type != "server" || !strings.Contains(message.English(s.Notes...), "count as not asked") {
			t.Errorf("%+v, notes %q", s.OS, message.English(s.Notes...))
		}
	}
}

// Proves that a user's Software branch, and a part of a hive, are not judged as
// hives of a machine, though they have the same keys at their root.
func TestHiveOfAUser(t *testing.T) {
	branch := []string{`Microsoft\Windows NT\CurrentVersion\Winlogon`, `Microsoft\.NETFramework`, "Policies", `Wow6432Node\Microsoft`}
	for name, hive := range map[string][]byte{
		"SOFTWARE":      hivegen.Build(nil, branch...),
		"software.hive": hivegen.Build([]host.Value{{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "Device", Data: host.String("printer")}}, branch...),
		"part.hive":     hivegen.Build(nil, `SCHANNEL\Protocols`),
		"empty.hive":    hivegen.Build(nil),
	} {
		_, err := sourcetest.ReadOne(t, sourcetest.Write(t, "", name, hive), source.Options{OS: "6.3.9600"})
		if err == nil || !strings.Contains(err.Error(), "neither") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
