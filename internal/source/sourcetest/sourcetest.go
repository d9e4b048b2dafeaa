// Package sourcetest is the contract of every source: the same machine gives
// the same snapshot, whatever form it comes in.
package sourcetest

import (
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
)

const (
	control  = `HKLM\SYSTEM\CurrentControlSet\Control\`
	schannel = control + `SecurityProviders\SCHANNEL`
	nt       = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	net64    = `HKLM\SOFTWARE\Microsoft\.NETFramework`
	net32    = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`
	winhttp  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
)

// Covered are the keys that the machine of the suite was asked for. All but the
// policy key exist.
func Covered() []string {
	return []string{
		schannel, control + `Cryptography\Configuration\Local\SSL`, net64, net32, winhttp,
		`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL`,
	}
}

// Values are the settings of the machine, one of each type that sources meet,
// with the values that say which Windows it is.
func Values() []host.Value {
	list := append(Settings(),
		host.Value{Key: nt, Name: "ProductName", Data: host.String("Windows Server 2012 R2 Standard")},
		host.Value{Key: nt, Name: "CurrentVersion", Data: host.String("6.3")},
		host.Value{Key: nt, Name: "CurrentBuild", Data: host.String("9600")},
		host.Value{Key: nt, Name: "CurrentBuildNumber", Data: host.String("9600")},
		host.Value{Key: nt, Name: "InstallationType", Data: host.String("Server")},
		host.Value{Key: nt, Name: "BuildLabEx", Data: host.String("9600.19913.amd64fre.winblue_ltsb_escrow.201207-1920")},
	)
	slices.SortFunc(list, host.CompareValues)
	return list
}

// Settings are the values without those.
func Settings() []host.Value {
	return []host.Value{
		{Key: schannel, Name: "EventLogging", Data: host.Dword(1)},
		{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(0xffffffff)},
		{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "DisabledByDefault", Data: host.Dword(0)},
		{Key: schannel + `\Ciphers\RC4 128/128`, Name: "Enabled", Data: host.Dword(0)},
		{Key: control + `Cryptography\Configuration\Local\SSL\00010002`, Name: "Functions", Data: host.Multi("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA")},
		{Key: net64 + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.String("1")},
		{Key: net32 + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)},
		{Key: net64, Name: "InstallRoot", Data: host.Data{Type: host.ExpandSZ, Text: `%SystemRoot%\表示 ソ\`}},
		{Key: winhttp, Name: "DefaultSecureProtocols", Data: host.Dword(0xaa0)},
		{Key: net64, Name: "", Data: host.String("既定の値")},
		{Key: winhttp, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: []byte{0x18, 0, 0, 0, 0xff}}},
	}
}

// Run writes the machine in one form with write, reads it back, and holds it
// against the contract.
func Run(t *testing.T, opt source.Options, write func(t testing.TB) (path string)) {
	s, err := ReadOne(t, write(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	if s.OS.Version != "6.3" || s.OS.Build != 9600 || s.OS.Revision != 19913 || s.OS.Type != "server" || s.OS.Architecture != "x64" || !strings.Contains(s.OS.Name, "2012 R2") {
		t.Errorf("system %+v", s.OS)
	}
	compare(t, s.Registry, Values())
	view := host.NewView(s)
	for _, c := range []struct {
		key, name string
		want      host.State
	}{
		{schannel + `\Protocols\TLS 1.2\Client`, "Enabled", host.Present},
		{schannel + `\PROTOCOLS\tls 1.2\client`, "ENABLED", host.Present},
		{schannel + `\Protocols\TLS 1.2\Server`, "Enabled", host.Absent},
		{`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions", host.Absent},
		{`HKLM\SOFTWARE\Vendor\Program`, "Mode", host.NotAsked},
	} {
		if _, state := view.Lookup(host.NewRef(c.key, c.name)); state != c.want {
			t.Errorf("%s %s is %s, want %s", c.key, c.name, state, c.want)
		}
	}
	if _, state := view.Dword(host.NewRef(net64+`\v4.0.30319`, "SchUseStrongCrypto")); state != host.WrongType {
		t.Errorf("a REG_SZ is read as a REG_DWORD: %s", state)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.Decode(text, nil); err != nil {
		t.Errorf("the snapshot does not read back: %v", err)
	}
}

// compare holds the registry against what was written.
func compare(t *testing.T, got, want []host.Value) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s %q is missing", want[i].Key, want[i].Name)
		case i >= len(want):
			t.Errorf("%s %q is too much", got[i].Key, got[i].Name)
		case got[i].Key != want[i].Key || got[i].Name != want[i].Name || !got[i].Equal(want[i].Data):
			t.Fatalf("value %d\ngot  %+v\nwant %+v", i, got[i], want[i])
		}
	}
}
