package verdict_test

import (
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
	"tlsready/internal/verdict"
)

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	client12 = schannel + `\Protocols\TLS 1.2\Client`
	net4     = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	net4wow  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	net2     = `HKLM\SOFTWARE\Microsoft\.NETFramework\v2.0.50727`
	winhttp  = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	inetPol  = `HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
	sslLocal = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`
	sslPol   = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
)

var (
	s2008   = host.OS{Version: "6.0", Build: 6002, ServicePack: 2, Type: "server", Architecture: "x64"}
	s2008r2 = host.OS{Version: "6.1", Build: 7601, ServicePack: 1, Type: "server", Architecture: "x64"}
	s2012   = host.OS{Version: "6.2", Build: 9200, Type: "server", Architecture: "x64"}
	s2012r2 = host.OS{Version: "6.3", Build: 9600, Type: "server", Architecture: "x64"}
	s2016   = host.OS{Version: "10.0", Build: 14393, Type: "server", Architecture: "x64"}
	s2019   = host.OS{Version: "10.0", Build: 17763, Type: "server", Architecture: "x64"}
	w22h2   = host.OS{Version: "10.0", Build: 19045, Type: "client", Architecture: "x64"}
	s2022   = host.OS{Version: "10.0", Build: 20348, Type: "server", Architecture: "x64"}
	s2025   = host.OS{Version: "10.0", Build: 26100, Type: "server", Architecture: "x64"}

	s2019lost = host.OS{Version: "10.0", Build: 17763, Revision: 5000, Type: "server", Architecture: "x64"}
)

func dw(key, name string, n uint32) host.Value {
	return host.Value{Key: key, Name: name, Data: host.Dword(n)}
}

func release(n uint32) host.Value {
	return dw(`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release", n)
}

func only(names ...tlsready.Version) tlsready.Acceptance {
	return tlsready.Acceptance{Versions: tlsready.Only(names...)}
}

func suites(t *testing.T, names ...string) tlsready.Acceptance {
	t.Helper()
	var list []tlsready.Suite
	for _, n := range names {
		s, err := tlsready.ParseSuite(n)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: tlsready.Only(list...)}
}

type scenario struct {
	name     string
	os       host.OS
	caller   string
	values   []host.Value
	updates  *host.Updates
	programs *[]host.Program
	accepts  tlsready.Acceptance
	want     verdict.Verdict
	cause    verdict.Cause
}

func program(name, version string) *[]host.Program {
	return &[]host.Program{{Name: name, Version: version}}
}

func complete(ids ...string) *host.Updates { return &host.Updates{Complete: true, IDs: ids} }
func partial(ids ...string) *host.Updates  { return &host.Updates{IDs: ids} }

// TestScenarios proves the rules of the stacks one by one, each on a host where
// nothing else is set.
func TestScenarios(t *testing.T) {
	tls12 := only(tlsready.TLS12)
	for _, s := range []scenario{
		// Schannel's three states.
		{"7: off by default", s2008r2, "schannel", nil, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"7: Enabled alone is unspecified", s2008r2, "schannel", []host.Value{dw(client12, "Enabled", 1)}, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"7: named although off by default", s2008r2, "schannel:tls1.2", nil, nil, nil, tls12, verdict.Connects, ""},
		{"any non-zero is on", s2008r2, "schannel", []host.Value{dw(client12, "Enabled", 0xffffffff), dw(client12, "DisabledByDefault", 0)}, nil, nil, tls12, verdict.Connects, ""},
		{"Enabled=0 beats a name", s2016, "schannel:tls1.2", []host.Value{dw(client12, "Enabled", 0)}, nil, nil, tls12, verdict.Fails, verdict.NothingToOffer},
		{"a text is no DWORD", s2016, "schannel", []host.Value{{Key: client12, Name: "Enabled", Data: host.String("0")}}, nil, nil, tls12, verdict.Connects, ""},
		{"2008 SP2 without the update", s2008, "schannel", nil, complete("KB948465"), nil, tls12, verdict.Fails, verdict.UpdateMissing},
		{"2008 SP2, update not asked", s2008, "schannel", []host.Value{dw(client12, "DisabledByDefault", 0)}, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"TLS 1.3 value on 2019 does not count", s2019, "schannel", []host.Value{dw(schannel+`\Protocols\TLS 1.3\Client`, "Enabled", 1)}, nil, nil, only(tlsready.TLS13), verdict.Fails, verdict.ProtocolVersion},
		{"TLS 1.3 on 2022", s2022, "schannel", nil, nil, nil, only(tlsready.TLS13), verdict.Connects, ""},
		// WinHTTP.
		{"2012: WinHTTP default", s2012, "winhttp-x64", nil, partial("KB3140245"), nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"2012: value and update", s2012, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0xaa0)}, partial("KB3140245"), nil, tls12, verdict.Connects, ""},
		{"2012: value without update", s2012, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0xaa0)}, complete("KB1"), nil, tls12, verdict.Fails, verdict.UpdateMissing},
		{"2012: value, update not asked", s2012, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0xaa0)}, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"7: value alone lacks Schannel", s2008r2, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0x800)}, partial("KB3140245"), nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"2012 R2: value takes 1.2 away", s2012r2, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0x80)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"2016: off by default does not bind WinHTTP", s2016, "winhttp-x64", []host.Value{dw(client12, "Enabled", 1), dw(client12, "DisabledByDefault", 1)}, nil, nil, tls12, verdict.Connects, ""},
		{"8 client was never offered the update", host.OS{Version: "6.2", Build: 9200, Type: "client", Architecture: "x64"}, "winhttp-x64", []host.Value{dw(winhttp, "DefaultSecureProtocols", 0xaa0)}, nil, nil, tls12, verdict.Fails, verdict.UpdateMissing},
		// WinINET.
		{"WinINET not collected", s2016, "wininet", nil, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"WinINET by policy", s2016, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0xa0)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"WinINET by good policy", s2016, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0x800)}, nil, nil, tls12, verdict.Connects, ""},
		// .NET Framework.
		{"4.5.2 default", s2016, "dotnet-4.5.2-x64", nil, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		// .NET Framework 4.0 and 4.5 do not read SystemDefaultTlsVersions, and no update teaches them
		{"4.5 in-box ignores the system's choice", s2012, "dotnet-4.5-x64", []host.Value{release(378389), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"4.5 in-box takes strong crypto", s2012, "dotnet-4.5-x64", []host.Value{release(378389), dw(net4, "SchUseStrongCrypto", 1)}, partial("KB2960358"), nil, tls12, verdict.Connects, ""},
		{"4.5.1 takes the system's choice", s2012, "dotnet-4.5-x64", []host.Value{release(378758), dw(net4, "SystemDefaultTlsVersions", 1)}, partial("KB3154521"), nil, tls12, verdict.Connects, ""},
		{"4.0 knows no value", s2008r2, "dotnet-4.0-x64", []host.Value{dw(net4, "SchUseStrongCrypto", 1)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"4.0 cannot name 1.2", s2008r2, "dotnet-4.0-x64:tls1.2", nil, nil, nil, tls12, verdict.Fails, verdict.NothingToOffer},
		{"4.7.2 on a runtime of 4.5.2", s2016, "dotnet-4.7.2-x64", []host.Value{release(379893)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"4.7.2 on its own runtime", s2016, "dotnet-4.7.2-x64", []host.Value{release(461814)}, nil, nil, tls12, verdict.Connects, ""},
		{"4.7.2 on 2012 R2, Release absent", s2012r2, "dotnet-4.7.2-x64", nil, nil, nil, tls12, verdict.Connects, ""},
		{"4.6 names 1.2 on 7", s2008r2, "dotnet-4.6-x64", []host.Value{release(394271)}, nil, nil, tls12, verdict.Connects, ""},
		{"4.7 leaves it to 7", s2008r2, "dotnet-4.7-x64", nil, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"4.7.2 opted out", s2016, "dotnet-4.7.2-x64", []host.Value{dw(net4, "SystemDefaultTlsVersions", 0), dw(net4, "SchUseStrongCrypto", 0)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"2 is not 1", s2016, "dotnet-4.5.2-x64", []host.Value{dw(net4, "SchUseStrongCrypto", 2)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"the other view does not count", s2016, "dotnet-4.5.2-x86", []host.Value{dw(net4, "SchUseStrongCrypto", 1)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"system default on 7 takes 1.2 away", s2008r2, "dotnet-4.5.2-x64", []host.Value{dw(net4, "SchUseStrongCrypto", 1), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"3.5 strong adds nothing", s2012r2, "dotnet-3.5-x64", []host.Value{dw(net2, "SchUseStrongCrypto", 1)}, partial("KB3154520"), nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"3.5 with value and update", s2012r2, "dotnet-3.5-x64", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, partial("KB3154520"), nil, tls12, verdict.Connects, ""},
		{"3.5 with value, update not asked", s2012r2, "dotnet-3.5-x64", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"3.5 with value, update missing", s2012r2, "dotnet-3.5-x64", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, complete("KB1"), nil, tls12, verdict.Fails, verdict.UpdateMissing},
		{"3.5 on 10 1511 is taken as patched", host.OS{Version: "10.0", Build: 10586, Type: "client", Architecture: "x64"}, "dotnet-3.5-x64", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Connects, ""},
		{"3.5 on 2016", s2016, "dotnet-3.5-x64", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Connects, ""},
		{"fixed in code", s2016, "dotnet-4.5.2-x64:tls1.0", []host.Value{dw(net4, "SystemDefaultTlsVersions", 1)}, nil, nil, tls12, verdict.Fails, verdict.Program},
		{"WCF fixed", s2019, "wcf-tcp-4.5.2", nil, nil, nil, tls12, verdict.Fails, verdict.Program},
		{"WCF 4.7", s2019, "wcf-tcp-4.7", nil, nil, nil, tls12, verdict.Connects, ""},
		{"PowerShell on 2019", s2019, "powershell-5.1-x64", nil, nil, nil, tls12, verdict.Connects, ""},
		{"PowerShell 2.0 on 7", s2008r2, "powershell-2.0-x64", nil, nil, nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"MARS on 2019", s2019, "mars", nil, nil, nil, tls12, verdict.Connects, ""},
		{"other", s2019, "other", nil, nil, nil, tls12, verdict.Unknown, verdict.OutOfScope},
		// Programs.
		{"WSUS sync without the rollup", s2012r2, "wsus-sync", nil, complete("KB2919355"), nil, tls12, verdict.Fails, verdict.UpdateMissing},
		{"WSUS sync with the rollup", s2012r2, "wsus-sync", nil, partial("KB4022720"), nil, tls12, verdict.Connects, ""},
		{"WSUS sync, rollup not asked", s2012r2, "wsus-sync", nil, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"WSUS sync, later rollup", s2012r2, "wsus-sync", nil, complete("KB4025336"), nil, tls12, verdict.Connects, ""},
		{"Entra Connect too old", s2016, "entra-connect", []host.Value{dw(net4, "SchUseStrongCrypto", 1)}, nil, &[]host.Program{{Name: "Microsoft Azure AD Connect", Version: "1.1.880.0"}}, tls12, verdict.Fails, verdict.Program},
		{"Entra Connect that asks for nothing", s2019, "entra-connect", nil, nil, &[]host.Program{{Name: "Microsoft Entra Connect Sync", Version: "2.4.131.0"}}, tls12, verdict.Connects, ""},
		{"Entra Connect's gate", s2019, "entra-connect", nil, nil, &[]host.Program{{Name: "Microsoft Entra Connect Sync", Version: "2.3.20.0"}}, tls12, verdict.Fails, verdict.InstallerGate},
		{"a server that takes nothing", s2019, "schannel", nil, nil, nil, only(), verdict.Fails, verdict.ServerCause},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// TestExactScenarios proves what takes a suite or a version away besides the usual settings:
// strong crypto, a stack of its own, an update, blanks in a policy, SSL 2.0.
func TestExactScenarios(t *testing.T) {
	tls12 := only(tlsready.TLS12)
	rc4 := suites(t, "TLS_RSA_WITH_RC4_128_SHA")
	dheCBC := suites(t, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA")
	chacha := suites(t, "TLS_CHACHA20_POLY1305_SHA256")
	chacha.Versions = tlsready.Only(tlsready.TLS13)
	rsa1024 := only(tlsready.TLS12)
	rsa1024.Certificate = tlsready.Certificate{KeyType: "rsa", KeyBits: 1024}
	for _, s := range []scenario{
		// strong crypto takes RC4 out wherever TLS is named
		{"4.7.2 names 1.2 without RC4", s2012r2, "dotnet-4.7.2-x64:tls1.2", []host.Value{release(461814)}, nil, nil, rc4, verdict.Fails, verdict.CipherSuite},
		{"4.5.2 names 1.2 with RC4", s2012r2, "dotnet-4.5.2-x64:tls1.2", []host.Value{release(461814)}, nil, nil, rc4, verdict.Connects, ""},
		// WinINET and RC4 before Windows 10 1607
		{"WinINET before KB3151631", s2012r2, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0xa80)}, complete("KB2919355"), nil, rc4, verdict.Unknown, verdict.NotAsked},
		{"WinINET with KB3151631", s2012r2, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0xa80)}, complete("KB2919355", "KB3161639", "KB3175443"), nil, rc4, verdict.Fails, verdict.CipherSuite},
		// what counts as on below Hashes and KeyExchangeAlgorithms
		{"a key exchange with 1", s2016, "schannel", []host.Value{dw(schannel+`\KeyExchangeAlgorithms\PKCS`, "Enabled", 1)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Unknown, verdict.NotAsked},
		{"a hash with 1", s2016, "schannel", []host.Value{dw(schannel+`\Hashes\SHA`, "Enabled", 1)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Unknown, verdict.NotAsked},
		{"a hash with 0xffffffff", s2016, "schannel", []host.Value{dw(schannel+`\Hashes\SHA`, "Enabled", 0xffffffff)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Connects, ""},
		// WinINET
		{"WinINET without RC4", s2016, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0xa80)}, nil, nil, rc4, verdict.Fails, verdict.CipherSuite},
		{"Schannel with RC4", s2016, "schannel", nil, nil, nil, rc4, verdict.Connects, ""},
		{"WinINET without DHE", s2019lost, "wininet", []host.Value{dw(inetPol, "SecureProtocols", 0xa80)}, nil, nil, suites(t, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"), verdict.Fails, verdict.CipherSuite},
		{"Schannel with DHE", s2019lost, "schannel", nil, nil, nil, suites(t, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"), verdict.Connects, ""},
		// suites
		{"8.1 without KB3161639", s2012r2, "schannel", nil, complete("KB2919355"), nil, dheCBC, verdict.Fails, verdict.UpdateMissing},
		{"8.1 with KB3161639", s2012r2, "schannel", nil, complete("KB2919355", "KB3161639"), nil, dheCBC, verdict.Connects, ""},
		{"8.1, nobody asked", s2012r2, "schannel", nil, nil, nil, dheCBC, verdict.Unknown, verdict.NotAsked},
		{"ChaCha20 is off", s2022, "schannel", nil, nil, nil, chacha, verdict.Fails, verdict.CipherSuite},
		{"ChaCha20 in the policy", s2022, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_CHACHA20_POLY1305_SHA256")}}, nil, nil, chacha, verdict.Connects, ""},
		{"ChaCha20 is not there", s2019lost, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_CHACHA20_POLY1305_SHA256")}}, nil, nil, chacha, verdict.Fails, verdict.NothingToOffer},
		{"blanks in the policy", s2016, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_256_CBC_SHA")}}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Unknown, verdict.NotAsked},
		{"no blanks in the policy", s2016, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA")}}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Connects, ""},
		{"a cipher with 1", s2016, "schannel", []host.Value{dw(schannel+`\Ciphers\AES 256/256`, "Enabled", 1)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Unknown, verdict.NotAsked},
		{"a cipher with 0xffffffff", s2016, "schannel", []host.Value{dw(schannel+`\Ciphers\AES 256/256`, "Enabled", 0xffffffff)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_256_CBC_SHA"), verdict.Connects, ""},
		// SSL 2.0 beside TLS 1.2
		{"SSL 2.0 beside 1.2", s2012r2, "schannel", []host.Value{dw(schannel+`\Protocols\SSL 2.0\Client`, "Enabled", 1), dw(schannel+`\Protocols\SSL 2.0\Client`, "DisabledByDefault", 0)}, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"SSL 2.0 off beside 1.2", s2012r2, "schannel", []host.Value{dw(schannel+`\Protocols\SSL 2.0\Client`, "Enabled", 0)}, nil, nil, tls12, verdict.Connects, ""},
		{"SSL 2.0 beside a named 1.2", s2012r2, "schannel:tls1.2", []host.Value{dw(schannel+`\Protocols\SSL 2.0\Client`, "Enabled", 1), dw(schannel+`\Protocols\SSL 2.0\Client`, "DisabledByDefault", 0)}, nil, nil, tls12, verdict.Connects, ""},
		// RSA keys
		{"1,024 bits on 2025", s2025, "schannel", nil, nil, nil, rsa1024, verdict.Fails, verdict.CertificateTrust},
		{"1,024 bits on 2022", s2022, "schannel", nil, nil, nil, rsa1024, verdict.Connects, ""},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// TestProgramScenarios proves what is known of single programs: which stack, from which
// build on, and where sources differ.
func TestProgramScenarios(t *testing.T) {
	tls12 := only(tlsready.TLS12)
	for _, s := range []scenario{
		{"WSUS sync without the rollup: .NET values do not stand in", s2012r2, "wsus-sync", []host.Value{release(379893), dw(net4, "SystemDefaultTlsVersions", 1), dw(net4, "SchUseStrongCrypto", 1)}, complete("KB2919355"), nil, tls12, verdict.Fails, verdict.UpdateMissing},
		{"WSUS 3.0 SP2 knows no TLS 1.2", s2008r2, "wsus-sync", []host.Value{dw(net2, "SystemDefaultTlsVersions", 1), dw(client12, "DisabledByDefault", 0)}, partial("KB3154518"), nil, tls12, verdict.Fails, verdict.Program},
		{"WSUS 3.0 SP2 over TLS 1.0", s2008r2, "wsus-sync", nil, nil, nil, only(tlsready.TLS10), verdict.Connects, ""},
		{"Entra Connect 2.3.6 is disputed", s2019, "entra-connect", []host.Value{release(528049)}, nil, program("Microsoft Entra Connect Sync", "2.3.6.0"), tls12, verdict.Unknown, verdict.NotAsked},
		{"Entra Connect 2.3.6 with the values", s2019, "entra-connect", []host.Value{release(528049), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, program("Microsoft Entra Connect Sync", "2.3.6.0"), tls12, verdict.Connects, ""},
		{"Exchange 2016 before CU8", s2016, "exchange", []host.Value{release(461814), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, program("Microsoft Exchange Server 2016 Cumulative Update 7", "15.1.1261.35"), tls12, verdict.Fails, verdict.Program},
		{"Exchange 2016 CU23", s2016, "exchange", []host.Value{release(461814), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, program("Microsoft Exchange Server 2016 Cumulative Update 23", "15.1.2507.6"), tls12, verdict.Connects, ""},
		{"Exchange 2016 CU23 without the values", s2016, "exchange", []host.Value{release(461814)}, nil, program("Microsoft Exchange Server 2016 Cumulative Update 23", "15.1.2507.6"), tls12, verdict.Fails, verdict.ProtocolVersion},
		{"Exchange 2013 before CU19", s2012r2, "exchange", []host.Value{release(461814), dw(net4, "SystemDefaultTlsVersions", 1)}, nil, program("Microsoft Exchange Server 2013 Cumulative Update 18", "15.0.1347.2"), tls12, verdict.Fails, verdict.Program},
		{"Exchange 2010 SP3 before RU19", s2008r2, "exchange", nil, nil, program("Microsoft Exchange Server 2010", "14.3.351.0"), tls12, verdict.Fails, verdict.Program},
		{"Exchange 2019", s2019, "exchange", []host.Value{release(528049)}, nil, program("Microsoft Exchange Server 2019 Cumulative Update 14", "15.2.1544.4"), tls12, verdict.Connects, ""},
		{"SQL Server 2014 SP1 CU4", s2012r2, "sql-server", nil, nil, program("SQL Server 2014 Database Engine Services", "12.1.4436.0"), tls12, verdict.Fails, verdict.Program},
		{"SQL Server 2014 SP1 CU5", s2012r2, "sql-server", nil, nil, program("SQL Server 2014 Database Engine Services", "12.1.4439.1"), tls12, verdict.Connects, ""},
		{"SQL Server 2014 SP1 GDR", s2012r2, "sql-server", nil, nil, program("SQL Server 2014 Database Engine Services", "12.0.4219.0"), tls12, verdict.Connects, ""},
		{"SQL Server 2012 SP2 CU9", s2012r2, "sql-server", nil, nil, program("SQL Server 2012 Database Engine Services", "11.0.5641.0"), tls12, verdict.Fails, verdict.Program},
		{"SQL Server 2012 SP4", s2012r2, "sql-server", nil, nil, program("SQL Server 2012 Database Engine Services", "11.4.7001.0"), tls12, verdict.Connects, ""},
		{"SQL Server 2008 R2 SP3", s2012r2, "sql-server", nil, nil, program("SQL Server 2008 R2 Database Engine Services", "10.53.6000.34"), tls12, verdict.Fails, verdict.Program},
		{"SQL Server 2016", s2016, "sql-server", nil, nil, program("SQL Server 2016 Database Engine Services", "13.0.1601.5"), tls12, verdict.Connects, ""},
		{"Native Client 11 as released", s2016, "sql-native-client", nil, nil, program("Microsoft SQL Server 2012 Native Client", "11.0.2100.60"), tls12, verdict.Fails, verdict.Program},
		{"Native Client 11 of SP4", s2016, "sql-native-client", nil, nil, program("Microsoft SQL Server 2012 Native Client", "11.4.7001.0"), tls12, verdict.Connects, ""},
		{"ODBC Driver 11 as released", s2016, "sql-client", nil, nil, program("Microsoft ODBC Driver 11 for SQL Server", "12.0.2000.8"), tls12, verdict.Fails, verdict.Program},
		{"ODBC Driver 17", s2016, "sql-client", nil, nil, program("Microsoft ODBC Driver 17 for SQL Server", "17.10.5.1"), tls12, verdict.Connects, ""},
		{"ODBC Driver 17 on 7", s2008r2, "sql-client", nil, nil, program("Microsoft ODBC Driver 17 for SQL Server", "17.10.5.1"), tls12, verdict.Fails, verdict.ProtocolVersion},
		{"SQLOLEDB", s2016, "sqloledb", nil, nil, nil, tls12, verdict.Fails, verdict.Program},
		{"SQLOLEDB on 2019 is disputed", s2019, "sqloledb", nil, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"SqlClient on 2016", s2016, "sql-dotnet", nil, nil, nil, tls12, verdict.Connects, ""},
		{"SqlClient on 2012 R2", s2012r2, "sql-dotnet", nil, nil, nil, tls12, verdict.Unknown, verdict.NotAsked},
		{"Outlook on 7", s2008r2, "outlook", nil, partial("KB3140245"), nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"Office on 10", w22h2, "office", nil, nil, program("Microsoft Office Professional Plus 2013", "15.0.4420.1017"), tls12, verdict.Connects, ""},
		{"ServerXMLHTTP on 2012", s2012, "serverxmlhttp", nil, partial("KB3140245"), nil, tls12, verdict.Fails, verdict.ProtocolVersion},
		{"ServerXMLHTTP on 2012 R2", s2012r2, "serverxmlhttp", nil, nil, nil, tls12, verdict.Connects, ""},
		{"XMLHTTP by policy", s2012r2, "xmlhttp", []host.Value{dw(inetPol, "SecureProtocols", 0x800)}, nil, nil, tls12, verdict.Connects, ""},
		{"Windows Update on 2012", s2012, "windows-update", nil, partial("KB3140245"), nil, tls12, verdict.Fails, verdict.ProtocolVersion},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

// TestSuiteScenarios proves the rules of suites, groups, signatures and key
// sizes.
func TestSuiteScenarios(t *testing.T) {
	gcm := suites(t, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	dhe := suites(t, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384")
	cbc := suites(t, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")
	for _, s := range []scenario{
		// Suites.
		{"2012 R2 has no ECDHE_RSA GCM", s2012r2, "schannel", nil, partial("KB2919355"), nil, gcm, verdict.Fails, verdict.CipherSuite},
		{"and no update brings it", s2012r2, "schannel", nil, complete("KB2919355"), nil, gcm, verdict.Fails, verdict.CipherSuite},
		{"2012 R2 has ECDHE CBC", s2012r2, "schannel", nil, nil, nil, cbc, verdict.Connects, ""},
		{"2012 R2 DHE GCM needs the update", s2012r2, "schannel", nil, complete("KB1"), nil, dhe, verdict.Fails, verdict.UpdateMissing},
		{"2016 has it", s2016, "schannel", nil, nil, nil, gcm, verdict.Connects, ""},
		{"22H2 has DHE GCM off", w22h2, "schannel", nil, nil, nil, dhe, verdict.Fails, verdict.CipherSuite},
		{"policy without curves on 2012 R2", s2012r2, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")}}, partial("KB2919355"), nil, cbc, verdict.Fails, verdict.NothingToOffer},
		{"the same policy on 2016", s2016, "schannel", []host.Value{{Key: sslPol, Name: "Functions", Data: host.String("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")}}, nil, nil, cbc, verdict.Connects, ""},
		{"AES 256 switched off", s2016, "schannel", []host.Value{dw(schannel+`\Ciphers\AES 256/256`, "Enabled", 0)}, nil, nil, dhe, verdict.Fails, verdict.CipherSuite},
		{"SHA256 as a MAC leaves GCM alone", s2016, "schannel", []host.Value{dw(schannel+`\Hashes\SHA256`, "Enabled", 0)}, nil, nil, suites(t, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), verdict.Connects, ""},
		{"SHA switched off takes CBC with SHA", s2016, "schannel", []host.Value{dw(schannel+`\Hashes\SHA`, "Enabled", 0)}, nil, nil, suites(t, "TLS_RSA_WITH_AES_128_CBC_SHA"), verdict.Fails, verdict.CipherSuite},
		{"Diffie-Hellman switched off", s2016, "schannel", []host.Value{dw(schannel+`\KeyExchangeAlgorithms\Diffie-Hellman`, "Enabled", 0)}, nil, nil, dhe, verdict.Fails, verdict.CipherSuite},
		{"a suite by hand that 2012 R2 lacks", s2012r2, "schannel", []host.Value{{Key: sslLocal, Name: "Functions", Data: host.Multi("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P256", "TLS_RSA_WITH_AES_128_CBC_SHA")}}, partial("KB2919355"), nil, gcm, verdict.Fails, verdict.CipherSuite},
		// Groups, signatures, sizes.
		{"P-521 only", s2016, "schannel", nil, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: gcm.Suites, Groups: tlsready.Only(tlsready.Secp521r1)}, verdict.Fails, verdict.Group},
		{"X25519 in FIPS mode", s2016, "schannel", []host.Value{dw(`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "Enabled", 1)}, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: gcm.Suites, Groups: tlsready.Only(tlsready.X25519)}, verdict.Fails, verdict.Group},
		{"RSA-PSS on 2019", s2019, "schannel", nil, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: gcm.Suites, SignatureAlgorithms: tlsready.Only(tlsready.RSAPSSRSAESHA256)}, verdict.Fails, verdict.SignatureAlgorithm},
		{"RSA-PSS on 2022", s2022, "schannel", nil, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: gcm.Suites, SignatureAlgorithms: tlsready.Only(tlsready.RSAPSSRSAESHA256)}, verdict.Connects, ""},
		{"SHA-512 chain without the update", s2012r2, "schannel", nil, complete("KB2919355"), nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Certificate: tlsready.Certificate{KeyType: "rsa", Signature: tlsready.RSAPKCS1SHA512}}, verdict.Fails, verdict.UpdateMissing},
		{"DH below the least", s2016, "schannel", []host.Value{dw(schannel+`\KeyExchangeAlgorithms\Diffie-Hellman`, "ClientMinKeyBitLength", 2048)}, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Suites: dhe.Suites, DHBits: 1024}, verdict.Fails, verdict.Group},
		{"RSA key below the least", s2016, "schannel", nil, nil, nil, tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12), Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 512}}, verdict.Fails, verdict.CertificateTrust},
	} {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

func (s scenario) run(t *testing.T) {
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	c, ok, err := caller.ByID(s.caller)
	if !ok || err != nil {
		t.Fatalf("caller %s: %v", s.caller, err)
	}
	snapshot := &host.Snapshot{Schema: host.Schema, OS: s.os, Covered: hostgen.Covered(), Registry: s.values, Updates: s.updates, Programs: s.programs}
	d := verdict.Demand{Service: "scenario", Phases: []verdict.Phase{{From: "2021-09-01", Accepts: s.accepts}}}
	out := (&verdict.Judge{Model: m}).Host(host.NewView(snapshot), []*caller.Caller{c}, d)
	if out.Verdict != s.want || out.Cause != s.cause {
		t.Errorf("%s %q, want %s %q", out.Verdict, out.Cause, s.want, s.cause)
		for _, r := range out.Rows {
			t.Logf("%s: %s %s, offer %v, missing %v", r.Stack, r.Verdict, r.Cause, r.Offer.Versions, r.Missing)
			for _, f := range r.Fired {
				t.Logf("  %s %v", f.Rule, f.Args)
			}
		}
	}
}

// TestRuntimeNotAsked proves that a verdict that depends on the installed .NET Framework is
// unknown if its Release was not asked for, and known if every possible one leads to it.
func TestRuntimeNotAsked(t *testing.T) {
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	system, strong := dw(net4, "SystemDefaultTlsVersions", 1), dw(net4, "SchUseStrongCrypto", 1)
	for _, c := range []struct {
		name, caller string
		os           host.OS
		values       []host.Value
		want         verdict.Verdict
	}{
		{"a target above what came with 2012 R2", "dotnet-4.7.2-x64", s2012r2, nil, verdict.Unknown},
		{"the same on 2016: 4.6.2 names TLS 1.2", "dotnet-4.7.2-x64", s2016, nil, verdict.Connects},
		{"4.5 on 2012 may not read the value", "dotnet-4.5-x64", s2012, []host.Value{system}, verdict.Unknown},
		{"4.5 on 2012 reads strong crypto", "dotnet-4.5-x64", s2012, []host.Value{strong}, verdict.Connects},
		{"4.5 on 2012 R2 reads it", "dotnet-4.5-x64", s2012r2, []host.Value{system}, verdict.Connects},
		{"7 may have 4.0", "dotnet-4.0-x64", s2008r2, []host.Value{strong}, verdict.Unknown},
		{"7 with nothing set fails on each", "dotnet-4.5.2-x64", s2008r2, nil, verdict.Fails},
		{"4.5.2 on 2016 fails on each", "dotnet-4.5.2-x64", s2016, nil, verdict.Fails},
		{"3.5 does not hang on it", "dotnet-3.5-x64", s2016, []host.Value{dw(net2, "SystemDefaultTlsVersions", 1)}, verdict.Connects},
		{"named on 7", "dotnet-4.0-x64:tls1.2", s2008r2, nil, verdict.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			who, _, err := caller.ByID(c.caller)
			if err != nil {
				t.Fatal(err)
			}
			covered := slices.DeleteFunc(hostgen.Covered(), func(k string) bool { return strings.Contains(k, "NET Framework Setup") })
			s := &host.Snapshot{Schema: host.Schema, OS: c.os, Covered: covered, Registry: c.values, Updates: partial("KB2960358", "KB3154521")}
			d := verdict.Demand{Service: "scenario", Phases: []verdict.Phase{{From: "2021-09-01", Accepts: only(tlsready.TLS12)}}}
			out := (&verdict.Judge{Model: m}).Host(host.NewView(s), []*caller.Caller{who}, d)
			if out.Verdict != c.want {
				t.Errorf("%s, want %s", out.Verdict, c.want)
			}
			names := slices.ContainsFunc(out.Rows[0].Missing, func(f stack.Missing) bool { return f.Ref.Name == "Release" })
			if names != (c.want == verdict.Unknown) {
				t.Errorf("the Release is named as missing: %v", names)
			}
		})
	}
}
