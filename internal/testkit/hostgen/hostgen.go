// Package hostgen makes hosts for property tests and benchmarks: any mixture of
// settings that a Windows machine can have, the same for the same seed.
package hostgen

import (
	"fmt"
	"math/rand/v2"

	"tlsready/internal/host"
)

// Builds are the builds that hosts are made of.
func Builds() []host.OS {
	return []host.OS{
		{Name: "Windows Server 2008", Version: "6.0", Build: 6002, ServicePack: 2, Type: "server"},
		{Name: "Windows 7", Version: "6.1", Build: 7601, ServicePack: 1, Type: "client"},
		{Name: "Windows Server 2008 R2", Version: "6.1", Build: 7601, ServicePack: 1, Type: "server"},
		{Name: "Windows Server 2012", Version: "6.2", Build: 9200, Type: "server"},
		{Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Revision: 20000, Type: "server"},
		{Name: "Windows 10 1511", Version: "10.0", Build: 10586, Type: "client"},
		{Name: "Windows Server 2016", Version: "10.0", Build: 14393, Revision: 4583, Type: "server"},
		{Name: "Windows 10 1803", Version: "10.0", Build: 17134, Type: "client"},
		{Name: "Windows Server 2019", Version: "10.0", Build: 17763, Revision: 2114, Type: "server"},
		{Name: "Windows 10 22H2", Version: "10.0", Build: 19045, Revision: 2965, Type: "client"},
		{Name: "Windows Server 2022", Version: "10.0", Build: 20348, Revision: 1970, Type: "server"},
		{Name: "Windows 11 23H2", Version: "10.0", Build: 22631, Type: "client"},
		{Name: "Windows Server 2025", Version: "10.0", Build: 26100, Type: "server"},
	}
}

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	local    = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL`
	policy   = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL`
	inet     = `Microsoft\Windows\CurrentVersion\Internet Settings`
)

// Covered are the keys that a made host was asked for.
func Covered() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\.NETFramework`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework`,
		`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP`,
		`HKLM\SOFTWARE\` + inet, `HKLM\SOFTWARE\Wow6432Node\` + inet, `HKLM\SOFTWARE\Policies\` + inet,
		schannel, local, policy, `HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`,
	}
}

// choices are the values that a made host may have, each with its chance.
type choice struct {
	key, name string
	chance    float64
	values    []host.Data
}

func dwords(list ...uint32) []host.Data {
	data := make([]host.Data, len(list))
	for i, n := range list {
		data[i] = host.Dword(n)
	}
	return data
}

func choices() []choice {
	list := []choice{
		{`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release", 0.9, dwords(378389, 378675, 379893, 394802, 461814, 528049, 533320)},
		{schannel + `\Ciphers\AES 256/256`, "Enabled", 0.07, dwords(0, 1, 0xffffffff)},
		{schannel + `\Ciphers\RC4 128/128`, "Enabled", 0.2, dwords(0)},
		{schannel + `\Hashes\SHA`, "Enabled", 0.03, dwords(0)},
		{schannel + `\KeyExchangeAlgorithms\PKCS`, "Enabled", 0.04, dwords(0, 1)},
		{schannel + `\Protocols\SSL 2.0\Client`, "Enabled", 0.05, dwords(0, 1)},
		{schannel + `\Protocols\SSL 2.0\Client`, "DisabledByDefault", 0.05, dwords(0, 1)},
		{schannel + `\KeyExchangeAlgorithms\Diffie-Hellman`, "ClientMinKeyBitLength", 0.05, dwords(2048, 4096)},
		{`HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`, "Enabled", 0.05, dwords(0, 1)},
		{local + `\00010002`, "Functions", 0.1, []host.Data{
			host.Multi("TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"),
			host.Multi("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
		}},
		{policy + `\00010002`, "Functions", 0.1, []host.Data{
			host.String("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
			host.String("TLS_RSA_WITH_AES_256_CBC_SHA,TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
			host.String("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), // blanks
		}},
		{`HKLM\SOFTWARE\Policies\` + inet, "SecureProtocols", 0.2, dwords(0xa0, 0xa00, 0x800, 0x2800)},
	}
	for _, v := range []string{"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"} {
		key := schannel + `\Protocols\` + v + `\Client`
		list = append(list,
			choice{key, "Enabled", 0.25, []host.Data{host.Dword(0), host.Dword(1), host.Dword(0xffffffff), host.String("1")}},
			choice{key, "DisabledByDefault", 0.25, dwords(0, 1)})
	}
	for _, view := range []string{"", `Wow6432Node\`} {
		list = append(list, choice{`HKLM\SOFTWARE\` + view + inet + `\WinHttp`, "DefaultSecureProtocols", 0.25, dwords(0x80, 0xa0, 0xa00, 0xaa0, 0x800)})
		for _, clr := range []string{"v2.0.50727", "v4.0.30319"} {
			key := `HKLM\SOFTWARE\` + view + `Microsoft\.NETFramework\` + clr
			values := []host.Data{host.Dword(0), host.Dword(1), host.Dword(1), host.Dword(2), host.String("1")}
			list = append(list, choice{key, "SystemDefaultTlsVersions", 0.3, values}, choice{key, "SchUseStrongCrypto", 0.3, values})
		}
	}
	return list
}

// Generator makes hosts.
type Generator struct {
	random  *rand.Rand
	choices []choice
	n       int
}

// New makes a generator; the same seed makes the same hosts.
func New(seed uint64) *Generator {
	return &Generator{random: rand.New(rand.NewPCG(seed, 1)), choices: choices()}
}

// Next makes the next host.
func (g *Generator) Next() *host.Snapshot {
	g.n++
	os := Builds()[g.random.IntN(len(Builds()))]
	os.Architecture = "x64"
	if os.Type == "client" && g.random.IntN(4) == 0 {
		os.Architecture = "x86"
	}
	s := &host.Snapshot{Schema: host.Schema, Name: fmt.Sprintf("host%05d.example.com", g.n), OS: os}
	for _, c := range Covered() {
		if g.random.Float64() < 0.95 {
			s.Covered = append(s.Covered, c)
		}
	}
	view := host.NewView(s)
	for _, c := range g.choices {
		wow := len(c.key) > 25 && c.key[14:25] == "Wow6432Node"
		if g.random.Float64() >= c.chance || !view.Covers(host.NewRef(c.key, c.name)) || (wow && os.X86()) {
			continue
		}
		s.Registry = append(s.Registry, host.Value{Key: c.key, Name: c.name, Data: c.values[g.random.IntN(len(c.values))]})
	}
	g.updates(s)
	return s
}

func (g *Generator) updates(s *host.Snapshot) {
	if g.random.IntN(3) == 0 {
		return
	}
	s.Updates = &host.Updates{Complete: g.random.IntN(2) == 0, IDs: []string{"KB976902"}}
	for _, id := range []string{"KB4019276", "KB4467770", "KB3140245", "KB3042058", "KB2919355", "KB2973337", "KB3154517", "KB3154518", "KB3154519", "KB3154520", "KB3154521", "KB2960358", "KB3161639", "KB3151631", "KB4022720", "KB4022721"} {
		if g.random.IntN(2) == 0 {
			s.Updates.IDs = append(s.Updates.IDs, id)
		}
	}
}
