package stack

import (
	"strings"

	"tlsready"
	"tlsready/internal/host"
)

// SchannelKey is the key of Schannel's settings.
const SchannelKey = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`

// InternetKey is where WinINET and WinHTTP have their settings, below HKCU\Software, below
// HKLM\SOFTWARE and below its policies.
const InternetKey = `Microsoft\Windows\CurrentVersion\Internet Settings`

// Registry keys that the stacks read (Microsoft's "TLS registry settings",
// WinHTTP's option flags, and the published source of .NET Framework).
const (
	protocolsKey = SchannelKey + `\Protocols\`
	exchangeKey  = SchannelKey + `\KeyExchangeAlgorithms\`
	localSSLKey  = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\`
	policySSLKey = `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`
	fipsKey      = `HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy`
	rootsKey     = `HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot`
)

// KeptBySystem says whether a key holds lists that Windows' own setup writes, and
// writes anew with an upgrade.
func KeptBySystem(key string) bool {
	return len(key) >= len(localSSLKey) && strings.EqualFold(key[:len(localSSLKey)], localSSLKey)
}

// FIPSMode says whether a key holds the switch of FIPS mode, which is a decision
// about compliance before it is one about connections.
func FIPSMode(key string) bool { return strings.EqualFold(key, fipsKey) }

// software is HKLM\SOFTWARE as a 64-bit or a 32-bit program sees it.
func software(wow bool) string {
	if wow {
		return `HKLM\SOFTWARE\Wow6432Node\`
	}
	return `HKLM\SOFTWARE\`
}

// switchedOff is a value that removes suites where it is a DWORD of 0.
type switchedOff struct {
	ref  host.Ref
	hits func(tlsready.SuiteInfo) bool
}

// refs are the values to look up, folded once.
type refs struct {
	enabled, byDefault [6][2]host.Ref // by version and role
	suitesPolicy       host.Ref
	suitesLocal        host.Ref
	curvesPolicy       host.Ref
	curvesLocal        host.Ref
	signaturesLocal    host.Ref
	fips               host.Ref
	winhttp            [2]host.Ref // 64-bit view, 32-bit view
	dotnet             [2]dotnetRefs
	appContext         [2]appContextRefs
	wininet            []host.Ref // in the order in which they count
	ieVersion          host.Ref
	minDH, maxDH       host.Ref
	minRSA, maxRSA     host.Ref
	serverMinDH        host.Ref
	rootUpdateOff      host.Ref
	release            host.Ref
	removers           []switchedOff
	removerKeys        []host.Ref // the keys below which the removers stand
	proxy              proxyRefs
}

type dotnetRefs struct{ strong4, system4, system2 host.Ref }

type appContextRefs struct{ strongOff, systemOff, wcfOff host.Ref }

func newRefs() refs {
	r := refs{
		suitesPolicy:    host.NewRef(policySSLKey, "Functions"),
		suitesLocal:     host.NewRef(localSSLKey+"00010002", "Functions"),
		curvesPolicy:    host.NewRef(policySSLKey, "EccCurves"),
		curvesLocal:     host.NewRef(localSSLKey+"00010002", "EccCurves"),
		signaturesLocal: host.NewRef(localSSLKey+"00010003", "Functions"),
		fips:            host.NewRef(fipsKey, "Enabled"),
		ieVersion:       host.NewRef(`HKLM\SOFTWARE\Microsoft\Internet Explorer`, "svcVersion"),
		minDH:           host.NewRef(exchangeKey+"Diffie-Hellman", "ClientMinKeyBitLength"),
		maxDH:           host.NewRef(exchangeKey+"Diffie-Hellman", "ClientMaxKeyBitLength"),
		minRSA:          host.NewRef(exchangeKey+"PKCS", "ClientMinKeyBitLength"),
		maxRSA:          host.NewRef(exchangeKey+"PKCS", "ClientMaxKeyBitLength"),
		serverMinDH:     host.NewRef(exchangeKey+"Diffie-Hellman", "ServerMinKeyBitLength"),
		rootUpdateOff:   host.NewRef(rootsKey, "DisableRootAutoUpdate"),
		release:         host.NewRef(`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release"),
		wininet: []host.Ref{
			host.NewRef(`HKLM\SOFTWARE\Policies\`+InternetKey, "SecureProtocols"),
			host.NewRef(`HKCU\Software\Policies\`+InternetKey, "SecureProtocols"),
			host.NewRef(`HKCU\Software\`+InternetKey, "SecureProtocols"),
			host.NewRef(`HKLM\SOFTWARE\`+InternetKey, "SecureProtocols"),
		},
		removers: newRemovers(),
		proxy:    newProxyRefs(),
		removerKeys: []host.Ref{
			host.NewRef(SchannelKey+`\Ciphers`, ""), host.NewRef(SchannelKey+`\Hashes`, ""), host.NewRef(SchannelKey+`\KeyExchangeAlgorithms`, ""),
		},
	}
	for i, v := range tlsready.Versions() {
		for _, role := range []Role{Client, Server} {
			key := protocolsKey + v.String() + `\` + role.String()
			r.enabled[i][role] = host.NewRef(key, "Enabled")
			r.byDefault[i][role] = host.NewRef(key, "DisabledByDefault")
		}
	}
	for i, wow := range []bool{false, true} {
		sw := software(wow)
		r.winhttp[i] = host.NewRef(sw+InternetKey+`\WinHttp`, "DefaultSecureProtocols")
		four, two := sw+`Microsoft\.NETFramework\v4.0.30319`, sw+`Microsoft\.NETFramework\v2.0.50727`
		r.dotnet[i] = dotnetRefs{
			strong4: host.NewRef(four, "SchUseStrongCrypto"), system4: host.NewRef(four, "SystemDefaultTlsVersions"),
			system2: host.NewRef(two, "SystemDefaultTlsVersions"),
		}
		context := sw + `Microsoft\.NETFramework\AppContext`
		r.appContext[i] = appContextRefs{
			strongOff: host.NewRef(context, "Switch.System.Net.DontEnableSchUseStrongCrypto"),
			systemOff: host.NewRef(context, "Switch.System.Net.DontEnableSystemDefaultTlsVersions"),
			wcfOff:    host.NewRef(context, "Switch.System.ServiceModel.DontEnableSystemDefaultTlsVersions"),
		}
	}
	return r
}

// Reads lists the values that the model looks up to judge what a host offers and
// accepts, proxies apart.
func Reads() []host.Ref {
	r := newRefs()
	list := []host.Ref{r.release, r.ieVersion}
	for _, s := range r.settings() {
		list = append(list, s.Ref)
	}
	return list
}

// newRemovers lists the keys below Ciphers, Hashes and KeyExchangeAlgorithms
// (KB245030 and the TLS registry settings page).
func newRemovers() []switchedOff {
	at := func(sub, name string, hits func(tlsready.SuiteInfo) bool) switchedOff {
		return switchedOff{host.NewRef(SchannelKey+`\`+sub+`\`+name, "Enabled"), hits}
	}
	cipher := func(name string, c tlsready.Cipher) switchedOff {
		return at("Ciphers", name, func(i tlsready.SuiteInfo) bool { return i.Cipher == c })
	}
	hash := func(name string, h tlsready.Hash) switchedOff {
		// an AEAD suite has no MAC; its hash is that of the key derivation
		return at("Hashes", name, func(i tlsready.SuiteInfo) bool { return i.Hash == h && !i.AEAD })
	}
	exchange := func(name string, k tlsready.KeyExchange) switchedOff {
		return at("KeyExchangeAlgorithms", name, func(i tlsready.SuiteInfo) bool { return i.KeyExchange == k })
	}
	return []switchedOff{
		cipher("AES 128/128", tlsready.AES128), cipher("AES 256/256", tlsready.AES256),
		cipher("Triple DES 168", tlsready.TripleDES), cipher("Triple DES 168/168", tlsready.TripleDES),
		cipher("RC4 128/128", tlsready.RC4_128), cipher("DES 56/56", tlsready.DES),
		hash("MD5", tlsready.MD5), hash("SHA", tlsready.SHA1), hash("SHA256", tlsready.SHA256), hash("SHA384", tlsready.SHA384),
		exchange("PKCS", tlsready.RSA), exchange("Diffie-Hellman", tlsready.DHE), exchange("ECDH", tlsready.ECDHE),
	}
}

// view picks the registry view of a stack: 1 for a 32-bit program on 64-bit
// Windows.
func view(os host.OS, wow bool) int {
	if wow && !os.X86() {
		return 1
	}
	return 0
}
