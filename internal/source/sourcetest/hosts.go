package sourcetest

import (
	"slices"

	"tlsready/internal/host"
	"tlsready/internal/source/gather"
)

const (
	soft      = `HKLM\SOFTWARE\`
	wow       = `HKLM\SOFTWARE\Wow6432Node\`
	ndp       = soft + `Microsoft\NET Framework Setup\NDP\`
	internet  = `Microsoft\Windows\CurrentVersion\Internet Settings`
	suites    = `Cryptography\Configuration\`
	packages  = soft + `Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\`
	uninstall = `Microsoft\Windows\CurrentVersion\Uninstall\`
	stores    = soft + `Microsoft\SystemCertificates\`
	rootG2    = "df3c24f9bfd666761b268073fe06d1cc8d4f82a4" // DigiCert Global Root G2
	rootCA    = "a8985d3a65e5e5c4b2d7d66d40c6dd2fb19c5436" // DigiCert Global Root CA
)

// Reference is a host that is put behind every source. What it is to read as is
// [Reference.Snapshot]; what its registry holds is [Reference.Machine].
type Reference struct {
	Name     string // computer name; its domain is example.com
	Version  string // as --os takes it: "6.3.9600"
	Settings []host.Value
	Files    map[string]string // by their path below the Windows folder

	os       host.OS
	identity []host.Value // which system it is
	lists    []host.Value // updates, programs and certificates as the registry holds them
	updates  []string
	programs []host.Program
	roots    []string
}

// References are the hosts of the contract. Their text is ASCII, since Wine's
// console has one code page; other text is in [Values].
func References() []Reference {
	return []Reference{brokenServer(), oldServer(), soundServer()}
}

// brokenServer is Windows Server 2012 R2 as it is often found: TLS 1.2 is there,
// but .NET Framework does not use it in one of its views.
func brokenServer() Reference {
	return Reference{
		Name: "FS01", Version: "6.3.9600",
		Settings: []host.Value{
			dword(schannel, "EventLogging", 1),
			dword(schannel+`\Protocols\SSL 3.0\Client`, "Enabled", 0),
			dword(schannel+`\Protocols\TLS 1.0\Client`, "Enabled", 0xffffffff),
			dword(schannel+`\Protocols\TLS 1.0\Client`, "DisabledByDefault", 0),
			dword(schannel+`\Ciphers\RC4 128/128`, "Enabled", 0),
			list(control+suites+`Local\SSL\00010002`, "Functions", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256", "TLS_RSA_WITH_AES_128_CBC_SHA"),
			dword(net64+`\v4.0.30319`, "AspNetEnforceViewStateMac", 1),
			dword(net32+`\v4.0.30319`, "SchUseStrongCrypto", 1),
			dword(ndp+`v4\Full`, "Release", 379893), dword(ndp+`v4\Full`, "Install", 1), text(ndp+`v4\Full`, "Version", "4.5.51650"),
			dword(soft+internet, "SecureProtocols", 0xa80),
			text(soft+`Microsoft\Internet Explorer`, "svcVersion", "11.0.9600.19867"),
			{Key: control[:len(control)-len(`Control\`)] + `Services\obengine`, Name: "ImagePath", Data: host.Data{Type: host.ExpandSZ, Text: `%ProgramFiles%\Microsoft Azure Recovery Services Agent\bin\cbengine.exe`}},
		},
		Files: map[string]string{`System32\winhttp.dll`: "6.3.9600.17415"},
		os:    host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Revision: 19913, Architecture: "x64", Type: "server"},
		identity: []host.Value{
			text(nt, "ProductName", "Windows Server 2012 R2 Standard"), text(nt, "CurrentVersion", "6.3"), text(nt, "CurrentBuild", "9600"),
			text(nt, "CurrentBuildNumber", "9600"), text(nt, "InstallationType", "Server"), text(nt, "BuildLabEx", "9600.19913.amd64fre.winblue_ltsb_escrow.201207-1920"),
		},
		lists: []host.Value{
			dword(packages+"Package_for_KB2919355~31bf3856ad364e35~amd64~~6.3.1.14", "CurrentState", 0x70),
			dword(packages+"Package_for_KB1111111~31bf3856ad364e35~amd64~~6.3.1.0", "CurrentState", 0x40), // staged only
		},
		updates: []string{"KB2919355"}, roots: []string{rootG2},
		programs: []host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}},
	}.complete()
}

// oldServer is Windows Server 2008 R2 on which somebody began: Schannel's values
// are there, one WinHTTP value, and two values that have the wrong type.
func oldServer() Reference {
	return Reference{
		Name: "DB02", Version: "6.1.7601",
		Settings: []host.Value{
			dword(schannel+`\Protocols\TLS 1.2\Client`, "Enabled", 1),
			dword(schannel+`\Protocols\TLS 1.2\Client`, "DisabledByDefault", 0),
			text(schannel+`\Protocols\TLS 1.1\Client`, "DisabledByDefault", "0"),
			dword(soft+internet+`\WinHttp`, "DefaultSecureProtocols", 0xa80),
			dword(net64+`\v2.0.50727`, "SystemDefaultTlsVersions", 1),
			text(net64+`\v4.0.30319`, "SchUseStrongCrypto", "1"),
			dword(net32+`\v4.0.30319`, "SchUseStrongCrypto", 1),
			dword(ndp+`v3.5`, "Install", 1), dword(ndp+`v3.5`, "SP", 1), text(ndp+`v3.5`, "Version", "3.5.30729.5420"),
			dword(ndp+`v4\Full`, "Release", 528049), dword(ndp+`v4\Full`, "Install", 1),
			{Key: soft + internet + `\Connections`, Name: "WinHttpSettings", Data: host.Data{Type: host.Binary, Bytes: []byte{0x18, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}}},
		},
		Files: map[string]string{`System32\winhttp.dll`: "6.1.7601.23451"},
		os:    host.OS{Name: "Windows Server 2008 R2 Enterprise", Version: "6.1", Build: 7601, Revision: 24566, ServicePack: 1, Architecture: "x64", Type: "server"},
		identity: []host.Value{
			text(nt, "ProductName", "Windows Server 2008 R2 Enterprise"), text(nt, "CurrentVersion", "6.1"), text(nt, "CurrentBuild", "7601"),
			text(nt, "CurrentBuildNumber", "7601"), text(nt, "CSDVersion", "Service Pack 1"), text(nt, "InstallationType", "Server"),
			text(nt, "BuildLabEx", "7601.24566.amd64fre.win7sp1_ldr_escrow.200922-1802"),
		},
		lists: []host.Value{
			dword(packages+"Package_for_KB3140245~31bf3856ad364e35~amd64~~6.1.1.0", "CurrentState", 0x70),
			dword(packages+"Package_2_for_KB3154518~31bf3856ad364e35~amd64~~6.1.1.1", "CurrentState", 0x70),
		},
		updates: []string{"KB3140245", "KB3154518"}, roots: []string{rootG2, rootCA},
		programs: []host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9083.0"}, {Name: "SQL Server 2008 R2"}},
	}.complete()
}

// soundServer is Windows Server 2016 that connects, with a policy on suites.
func soundServer() Reference {
	const policy = soft + `Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
	return Reference{
		Name: "WEB03", Version: "10.0.14393",
		Settings: []host.Value{
			text(policy, "Functions", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA"),
			dword(schannel+`\Protocols\TLS 1.0\Client`, "Enabled", 0),
			dword(schannel+`\Protocols\TLS 1.0\Client`, "DisabledByDefault", 1),
			dword(net64+`\v4.0.30319`, "SystemDefaultTlsVersions", 1),
			dword(net32+`\v4.0.30319`, "SystemDefaultTlsVersions", 1),
			dword(net32+`\v4.0.30319`, "SchUseStrongCrypto", 1),
			dword(ndp+`v4\Full`, "Release", 461814),
			dword(control+`Lsa\FIPSAlgorithmPolicy`, "Enabled", 0),
		},
		Files: map[string]string{`System32\schannel.dll`: "10.0.14393.4467"},
		os:    host.OS{Name: "Windows Server 2016 Standard", Version: "10.0", Build: 14393, Revision: 4467, Architecture: "x64", Type: "server"},
		identity: []host.Value{
			text(nt, "ProductName", "Windows Server 2016 Standard"), text(nt, "CurrentVersion", "6.3"), dword(nt, "CurrentMajorVersionNumber", 10),
			dword(nt, "CurrentMinorVersionNumber", 0), text(nt, "CurrentBuild", "14393"), text(nt, "CurrentBuildNumber", "14393"), dword(nt, "UBR", 4467),
			text(nt, "InstallationType", "Server"), text(nt, "BuildLabEx", "14393.4467.amd64fre.rs1_release.210604-1844"),
		},
		lists: []host.Value{
			dword(packages+"Package_for_RollupFix~31bf3856ad364e35~amd64~~14393.4467.1.6", "CurrentState", 0x70),
			text(packages+"Package_for_RollupFix~31bf3856ad364e35~amd64~~14393.4467.1.6", "InstallLocation", `\\?\C:\Windows\CbsTemp\1\Windows10.0-KB5003638-x64.cab\`),
			dword(packages+"Package_for_KB5001402~31bf3856ad364e35~amd64~~10.0.1.0", "CurrentState", 0x70),
		},
		updates: []string{"KB5001402", "KB5003638"}, roots: []string{rootG2},
		programs: []host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9249.0"}, {Name: "Web Platform", Version: "5.0"}},
	}.complete()
}

func dword(key, name string, n uint32) host.Value {
	return host.Value{Key: key, Name: name, Data: host.Dword(n)}
}

func text(key, name, s string) host.Value {
	return host.Value{Key: key, Name: name, Data: host.String(s)}
}

func list(key, name string, s ...string) host.Value {
	return host.Value{Key: key, Name: name, Data: host.Multi(s...)}
}

// complete adds what every host has, and writes programs and certificates as the
// registry holds them.
func (r Reference) complete() Reference {
	const tcpip = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	r.identity = append(
		r.identity, text(tcpip, "Hostname", r.Name), text(tcpip, "Domain", "example.com"), text(control+`ProductOptions`, "ProductType", "ServerNT"),
		text(control+`Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", "AMD64"),
	)
	const card, wireless = tcpip + `\Interfaces\{11111111-2222-3333-4444-555555555555}`, tcpip + `\Interfaces\{66666666-7777-8888-9999-aaaaaaaaaaaa}`
	r.lists = append(
		r.lists, dword(card, "EnableDHCP", 0), list(card, "IPAddress", "192.0.2.7", "192.0.2.8"), list(card, "SubnetMask", "255.255.255.0"),
		dword(wireless, "EnableDHCP", 1), text(wireless, "DhcpIPAddress", "198.51.100.7"), text(wireless+`\3656374727`, "DhcpIPAddress", "203.0.113.7"),
	)
	for i, p := range r.programs {
		key := []string{soft, wow}[i%2] + uninstall + p.Name
		r.lists = append(r.lists, text(key, "DisplayName", p.Name))
		if p.Version != "" {
			r.lists = append(r.lists, text(key, "DisplayVersion", p.Version))
		}
	}
	slices.Sort(r.roots)
	for _, thumbprint := range r.roots {
		r.lists = append(r.lists, host.Value{Key: stores + `ROOT\Certificates\` + thumbprint, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{1, 2, 3}}})
	}
	r.lists = append(r.lists, host.Value{Key: stores + `CA\Certificates\` + rootCA, Name: "Blob", Data: host.Data{Type: host.Binary, Bytes: []byte{4}}})
	// Every Windows has both views of the list of programs.
	r.lists = append(r.lists, text(wow+uninstall+"Hidden", "DisplayName", "Hidden"), dword(wow+uninstall+"Hidden", "SystemComponent", 1))
	return r
}

// Machine is the registry of the host as far as a source may look at it.
func (r Reference) Machine() []host.Value {
	all := slices.Concat(r.Settings, r.identity, r.lists)
	slices.SortStableFunc(all, host.CompareValues)
	return all
}

// System is what the host's registry says of its system.
func (r Reference) System() []host.Value { return slices.Clone(r.identity) }

// Snapshot is the host as a source that leaves nothing out reads it.
func (r Reference) Snapshot() *host.Snapshot {
	registry := slices.Clone(r.Settings)
	for _, v := range r.identity {
		if v.Key == nt {
			registry = append(registry, v)
		}
	}
	slices.SortStableFunc(registry, host.CompareValues)
	programs := slices.Clone(r.programs)
	files := map[string]string{}
	for path, version := range r.Files {
		files[fileName(path)] = version
	}
	covered, shallow := []string{}, []string{}
	for _, c := range gather.CoveredKeys() {
		if c.Shallow {
			shallow = append(shallow, c.Key)
		} else {
			covered = append(covered, c.Key)
		}
	}
	return &host.Snapshot{
		Schema: host.Schema, Name: fullName(r.Name), Addresses: []string{"192.0.2.7", "192.0.2.8", "198.51.100.7"}, OS: r.os, Covered: covered, Shallow: shallow, Registry: registry, Files: files,
		Updates:      &host.Updates{Complete: true, IDs: slices.Clone(r.updates)},
		Certificates: &host.Certificates{Root: slices.Clone(r.roots), Intermediate: []string{rootCA}},
		Programs:     &programs,
	}
}
