package stack_test

import (
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\`
	net4      = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	winhttp   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
)

// TestNearMisses proves for each kind of slip that it is found with what was meant,
// and that what is right, or a right neighbour, is not.
func TestNearMisses(t *testing.T) {
	m := newModel(t)
	for _, c := range []struct {
		key, name string
		data      host.Data
		want      string // "slip meantKey meantName", "" for none
	}{
		{winhttp, "DefaultSecureProtocol", host.Dword(0x800), "name " + winhttp + " DefaultSecureProtocols"},
		{net4, "SystemDefaultTlsVersion", host.Dword(1), "name " + net4 + " SystemDefaultTlsVersions"},
		{net4, "StrongCrypto", host.Dword(1), ""},
		{net4, "SchUseStrongCrpyto", host.Dword(1), "name " + net4 + " SchUseStrongCrypto"},
		{protocols + `TLS1.2\Client`, "Enabled", host.Dword(1), "key " + protocols + `TLS 1.2\Client Enabled`},
		{protocols + `TLS 1.2\Client `, "DisabledByDefault", host.Dword(0), "key " + protocols + `TLS 1.2\Client DisabledByDefault`},
		{protocols + `TLS 1.2\Clients`, "Enabled", host.Dword(1), "key " + protocols + `TLS 1.2\Client Enabled`},
		{protocols + `TLS 1.2`, "Enabled", host.Dword(1), "level " + protocols + `TLS 1.2\Client Enabled`},
		{`HKLM\SOFTWARE\Microsoft.NETFramework\v4.0.30319`, "SchUseStrongCrypto", host.Dword(1), "key " + net4 + " SchUseStrongCrypto"},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.3019`, "SchUseStrongCrypto", host.Dword(1), "key " + net4 + " SchUseStrongCrypto"},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework`, "SystemDefaultTlsVersions", host.Dword(1), "level"},
		{winhttp, "DefaultSecureProtocols", host.Dword(800), "decimal " + winhttp + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecureProtocols", host.Dword(0x2048), "decimal " + winhttp + " DefaultSecureProtocols"},
		{net4, "SchUseStrongCrypto", host.String("1"), "type " + net4 + " SchUseStrongCrypto"},

		{winhttp, "DefaultSecureProtocols", host.Dword(0xa00), ""},
		{winhttp, "DefaultSecureProtocols", host.Dword(0x2820), ""},
		{net4, "SchUseStrongCrypto", host.Dword(1), ""},
		{protocols + `DTLS 1.2\Client`, "Enabled", host.Dword(1), ""},
		{protocols + `TLS 1.1\Client`, "Enabled", host.Dword(0), ""},
		{protocols + `PCT 1.0\Client`, "Enabled", host.Dword(0), ""},
		{strings.TrimSuffix(protocols, `Protocols\`) + `Ciphers\RC4 40/128`, "Enabled", host.Dword(0), ""},
		{strings.TrimSuffix(protocols, `Protocols\`) + `Hashes\SHA512`, "Enabled", host.Dword(0xffffffff), ""},
		{`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "MDMEnabled", host.Dword(0), ""},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727`, "SchUseStrongCrypto", host.Dword(1), ""},
		{`HKLM\SYSTEM\CurrentControlSet\Services\W32Time\TimeProviders\NtpClient`, "Enabled", host.Dword(1), ""},
		{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "EnableLUA", host.Dword(1), ""},
	} {
		v := host.NewView(&host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Registry: []host.Value{{Key: c.key, Name: c.name, Data: c.data}}})
		got := ""
		for _, miss := range m.NearMisses(v) {
			got = string(miss.Slip) + " " + miss.Meant.Key + " " + miss.Meant.Name
		}
		if got != c.want && (c.want != "level" || !strings.HasPrefix(got, "level ")) {
			t.Errorf("%s %s: got %q, want %q", c.key, c.name, got, c.want)
		}
	}
}

// TestNoFalseNearMiss proves that nothing that generated hosts have set rightly is
// taken for a slip.
func TestNoFalseNearMiss(t *testing.T) {
	m := newModel(t)
	g := hostgen.New(2026)
	for range 10_000 {
		for _, miss := range m.NearMisses(host.NewView(g.Next())) {
			if miss.Slip != stack.SlipType { // texts are among what is generated, and are slips
				t.Fatalf("%s %s is taken for %s %s (%s)", miss.Key, miss.Name, miss.Meant.Key, miss.Meant.Name, miss.Slip)
			}
		}
	}
}

// BenchmarkNearMisses looks through a host with forty values.
func BenchmarkNearMisses(b *testing.B) {
	m, err := stack.New()
	if err != nil {
		b.Fatal(err)
	}
	v := host.NewView(hostgen.New(1).Next())
	b.ReportAllocs()
	for b.Loop() {
		m.NearMisses(v)
	}
}
