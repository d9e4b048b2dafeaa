package nearmiss_test

import (
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/stack/nearmiss"
	"tlsready/internal/testkit/hostgen"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\`
	net4      = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	winhttp   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
)

// TestIn proves for each kind of slip that it is found with what was meant,
// and that what is right, or a right neighbour, is not.
func TestIn(t *testing.T) {
	m := nearmiss.New()
	for _, c := range []struct {
		key, name string
		data      host.Data
		want      string // "slip meantKey meantName", "" for none
	}{
		{winhttp, "DefaultSecureProtocol", host.Dword(0x800), "name " + winhttp + " DefaultSecureProtocols"},
		{net4, "SystemDefaultTlsVersion", host.Dword(1), "name " + net4 + " SystemDefaultTlsVersions"},
		{net4, "SchUseStrongCrpyto", host.Dword(1), "name " + net4 + " SchUseStrongCrypto"},
		{protocols + `TLS1.2\Client`, "Enabled", host.Dword(1), "blank " + protocols + `TLS 1.2\Client Enabled`},
		{protocols + `TLS 1.2\Client `, "DisabledByDefault", host.Dword(0), "blank " + protocols + `TLS 1.2\Client DisabledByDefault`},
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
		for _, miss := range m.In(v) {
			got = string(miss.Slip) + " " + miss.Meant.Key + " " + miss.Meant.Name
		}
		if got != c.want && (c.want != "level" || !strings.HasPrefix(got, "level ")) {
			t.Errorf("%s %s: got %q, want %q", c.key, c.name, got, c.want)
		}
	}
}

const (
	nearSchannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	nearClient   = protocols + `TLS 1.2\Client`
	nearSuites   = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
	appContext   = `HKLM\SOFTWARE\Microsoft\.NETFramework\AppContext`
	strongOff    = "Switch.System.Net.DontEnableSchUseStrongCrypto"
	net4wow      = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	winhttpWow   = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
)

// slip is a value and the near miss that it is: "slip meantKey meantName", or "" for none.
type slip struct {
	key, name string
	data      host.Data
	want      string
}

func (c slip) hold(t *testing.T, m *nearmiss.Finder) {
	t.Helper()
	v := host.NewView(&host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Registry: []host.Value{{Key: c.key, Name: c.name, Data: c.data}}})
	got := ""
	for _, miss := range m.In(v) {
		got = string(miss.Slip) + " " + miss.Meant.Key + " " + miss.Meant.Name
	}
	if got != c.want {
		t.Errorf("%s %q: got %q, want %q", c.key, c.name, got, c.want)
	}
}

// TestSlipsOfPlace proves the slips other than spelling that people make in the keys of
// Schannel and WinHTTP: another place, another name, another type, or no place at all.
func TestSlipsOfPlace(t *testing.T) {
	m := nearmiss.New()
	for _, c := range []slip{
		// blanks and full-width characters
		{protocols + "TLS\u30001.2\\Client", "Enabled", host.Dword(1), "blank " + nearClient + " Enabled"},
		{protocols + "TLS\u00a01.2\\Client", "Enabled", host.Dword(1), "blank " + nearClient + " Enabled"},
		{protocols + "ＴＬＳ 1.2\\Client", "Enabled", host.Dword(1), "blank " + nearClient + " Enabled"},
		{nearClient, "Disabled By Default", host.Dword(0), "blank " + nearClient + " DisabledByDefault"},
		{winhttp, "DefaultSecureProtocols ", host.Dword(0x800), "blank " + winhttp + " DefaultSecureProtocols"},
		{`HKLM\SOFTWARE\Microsoft\.NET Framework\v4.0.30319`, "SchUseStrongCrypto", host.Dword(1), "blank " + net4 + " SchUseStrongCrypto"},
		// protocols
		{protocols + `TLS 1_2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{protocols + `TLSv1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{protocols + `TLS 1.2\クライアント`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{protocols + `TLS 1.2\Sever`, "Enabled", host.Dword(1), "key " + protocols + `TLS 1.2\Server Enabled`},
		{nearSchannel + `\TLS 1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{nearSchannel + `\Protocol\TLS 1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{protocols + `SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{`HKLM\SYSTEM\CurrentControlSet\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{`HKCU\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled", host.Dword(1), "key " + nearClient + " Enabled"},
		{`HKLM\SYSTEM\ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, "Enabled", host.Dword(1), "control-set " + nearClient + " Enabled"},
		{nearClient, "Disabled", host.Dword(0), "name " + nearClient + " DisabledByDefault"},
		{nearClient, "DisabledbyDefaults", host.Dword(0), "name " + nearClient + " DisabledByDefault"},
		{nearClient, "EnabledByDefault", host.Dword(1), "name " + nearClient + " DisabledByDefault"},
		{nearClient, "", host.Dword(1), "default " + nearClient + " Enabled"},
		{nearClient + `\Enabled`, "", host.Dword(1), "default " + nearClient + " Enabled"},
		{nearClient, "Enabled", host.Data{Type: host.QWORD, Number: 1}, "type " + nearClient + " Enabled"},
		// WinHTTP
		{winhttp, "SecureProtocols", host.Dword(0x800), "name " + winhttp + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecurityProtocols", host.Dword(0x800), "name " + winhttp + " DefaultSecureProtocols"},
		{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WinHttp`, "DefaultSecureProtocols", host.Dword(0xa00), "key " + winhttp + " DefaultSecureProtocols"},
		{`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`, "DefaultSecureProtocols", host.Dword(0xa00), "key " + winhttp + " DefaultSecureProtocols"},
		{`HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`, "DefaultSecureProtocols", host.Dword(0xa00), "key " + winhttp + " DefaultSecureProtocols"},
		{`HKLM\SOFTWARE\WOW64Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`, "DefaultSecureProtocols", host.Dword(0xa00), "key " + winhttpWow + " DefaultSecureProtocols"},
		{`HKLM\SOFTWARE\Wow6432\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`, "DefaultSecureProtocols", host.Dword(0xa00), "key " + winhttpWow + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecureProtocols", host.Dword(0x2560), "decimal " + winhttp + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecureProtocols", host.Dword(0xaa), "bits " + winhttp + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecureProtocols", host.Dword(1), "bits " + winhttp + " DefaultSecureProtocols"},
		{winhttp, "DefaultSecureProtocols", host.String("00000a00"), "type " + winhttp + " DefaultSecureProtocols"},
	} {
		c.hold(t, m)
	}
}

// TestSlipsOfDotNetAndSuites proves the same for .NET Framework, suites and algorithms.
func TestSlipsOfDotNetAndSuites(t *testing.T) {
	m := nearmiss.New()
	for _, c := range []slip{
		// .NET Framework
		{net4, "UseStrongCrypto", host.Dword(1), "name " + net4 + " SchUseStrongCrypto"},
		{net4, "StrongCrypto", host.Dword(1), "name " + net4 + " SchUseStrongCrypto"},
		{net4, "SchUseStrongCryptography", host.Dword(1), "name " + net4 + " SchUseStrongCrypto"},
		{net4, "SystemDefaultTls", host.Dword(1), "name " + net4 + " SystemDefaultTlsVersions"},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v4.5`, "SchUseStrongCrypto", host.Dword(1), "key " + net4 + " SchUseStrongCrypto"},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v3.5`, "SystemDefaultTlsVersions", host.Dword(1), `key HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727 SystemDefaultTlsVersions`},
		{`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "SchUseStrongCrypto", host.Dword(1), "key " + net4 + " SchUseStrongCrypto"},
		{net4 + `\Wow6432Node`, "SchUseStrongCrypto", host.Dword(1), "key " + net4wow + " SchUseStrongCrypto"},
		{appContext, strongOff, host.Dword(0), "text " + appContext + " " + strongOff},
		{appContext, "DontEnableSchUseStrongCrypto", host.String("false"), "name " + appContext + " " + strongOff},
		{net4, strongOff, host.String("false"), "key " + appContext + " " + strongOff},
		// suites and algorithms
		{nearSchannel + `\Ciphers\AES256`, "Enabled", host.Dword(0), "key " + nearSchannel + `\Ciphers\AES 256/256 Enabled`},
		{nearSchannel + `\Ciphers\RC4 128\128`, "Enabled", host.Dword(0), "key " + nearSchannel + `\Ciphers\RC4 128/128 Enabled`},
		{nearSchannel + `\Ciphers\3DES`, "Enabled", host.Dword(0), "key " + nearSchannel + `\Ciphers\Triple DES 168 Enabled`},
		{nearSchannel + `\Hashes\SHA1`, "Enabled", host.Dword(0), "key " + nearSchannel + `\Hashes\SHA Enabled`},
		{nearSchannel + `\KeyExchangeAlgorithms\DH`, "Enabled", host.Dword(0), "key " + nearSchannel + `\KeyExchangeAlgorithms\Diffie-Hellman Enabled`},
		{`HKLM\SOFTWARE\Microsoft\Cryptography\Configuration\SSL\00010002`, "Functions", host.String("TLS_RSA_WITH_AES_128_CBC_SHA"), "key " + nearSuites + " Functions"},
	} {
		c.hold(t, m)
	}
}

// TestNoSlip proves that what is right, or not ours, is left alone.
func TestNoSlip(t *testing.T) {
	m := nearmiss.New()
	for _, c := range []slip{
		// right as they are, or not ours
		{net4, "SchUseStrongcrypto", host.Dword(1), ""},
		{`HKLM\SOFTWARE\Microsoft\.NetFramework\V4.0.30319`, "systemdefaulttlsversions", host.Dword(1), ""},
		{winhttp, "DefaultSecureProtocols", host.Dword(0xa0), ""},
		{winhttp, "DefaultSecureProtocols", host.Dword(0xffffffff), ""},
		{net4, "SchSendAuxRecord", host.Dword(0), ""},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v3.5`, "SchUseStrongCrypto", host.Dword(1), ""},
		{`HKLM\SOFTWARE\Microsoft\.NETFramework\v1.1.4322`, "SchUseStrongCrypto", host.Dword(1), ""},
		{`HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010003`, "Functions", host.String("RSA/SHA256,RSA/SHA384"), ""},
		{`HKLM\SOFTWARE\Example\TLS 1.2\Client`, "Enabled", host.Dword(1), ""},
		{`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, "ProxyEnable", host.Dword(1), ""},
		{`HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings`, "SecureProtocols", host.Dword(0xa80), ""},
		{nearSchannel, "EventLogging", host.Dword(7), ""},
		{nearSchannel + `\KeyExchangeAlgorithms\ECDH`, "EphemKeyReuseTime", host.Dword(0), ""},
		{`HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, "SecureProtocols", host.Dword(0xa80), ""},
	} {
		c.hold(t, m)
	}
}

// TestCopyIsNoNearMiss proves that a value in a wrong place is not reported if the right place
// has it too: control sets are copies of each other, and a policy is in both registry views.
func TestCopyIsNoNearMiss(t *testing.T) {
	m := nearmiss.New()
	copied := `HKLM\SYSTEM\ControlSet002\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	for data, want := range map[uint32]int{1: 0, 0: 1} {
		v := host.NewView(&host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Registry: []host.Value{
			{Key: protocols + `TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(1)}, {Key: copied, Name: "Enabled", Data: host.Dword(data)},
		}})
		if got := len(m.In(v)); got != want {
			t.Errorf("beside 1, a copy of %d gives %d near misses, want %d", data, got, want)
		}
	}
}

// TestUnnamedBesideNamed proves that an unnamed value is not reported if the value that is read
// is there too.
func TestUnnamedBesideNamed(t *testing.T) {
	m := nearmiss.New()
	v := host.NewView(&host.Snapshot{OS: host.OS{Version: "6.3", Build: 9600}, Registry: []host.Value{
		{Key: nearClient, Name: "Enabled", Data: host.Dword(1)}, {Key: nearClient, Name: "", Data: host.Dword(1)},
	}})
	if found := m.In(v); len(found) > 0 {
		t.Errorf("%v", found)
	}
}

// TestMeantValue proves that what was typed as a text, or in the other base, is read as
// what was meant.
func TestMeantValue(t *testing.T) {
	m := nearmiss.New()
	for _, c := range []struct {
		data host.Data
		want uint64
	}{
		{host.String("0x00000800"), 0x800},
		{host.String("800"), 0x800},
		{host.String("2048"), 0x800},
		{host.String("00000a00"), 0xa00},
		{host.String("A00"), 0xa00},
		{host.Data{Type: host.QWORD, Number: 0xa00}, 0xa00},
		{host.Data{Type: host.Binary, Bytes: []byte{0, 8, 0, 0}}, 0x800},
		{host.Dword(800), 0x800},
		{host.Dword(0x2560), 0xa00},
	} {
		found := m.In(host.NewView(&host.Snapshot{Registry: []host.Value{{Key: winhttp, Name: "DefaultSecureProtocols", Data: c.data}}}))
		if len(found) != 1 || found[0].Value.Number != c.want {
			t.Errorf("%v: %v, want the value %#x", c.data, found, c.want)
		}
	}
}

// TestNoFalseNearMiss proves that no correct setting of a generated host is mistaken for a
// slip.
func TestNoFalseNearMiss(t *testing.T) {
	m := nearmiss.New()
	g := hostgen.New(2026)
	for range 10_000 {
		for _, miss := range m.In(host.NewView(g.Next())) {
			if miss.Slip != nearmiss.SlipType { // texts are among what is generated, and are slips
				t.Fatalf("%s %s is taken for %s %s (%s)", miss.Key, miss.Name, miss.Meant.Key, miss.Meant.Name, miss.Slip)
			}
		}
	}
}

// BenchmarkIn looks through a host with forty values.
func BenchmarkIn(b *testing.B) {
	m := nearmiss.New()
	v := host.NewView(hostgen.New(1).Next())
	b.ReportAllocs()
	for b.Loop() {
		m.In(v)
	}
}
