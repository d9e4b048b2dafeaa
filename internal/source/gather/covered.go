package gather

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"tlsready/internal/host"
)

// CoveredKey is a key that sources look through: with all keys below it, or, if
// Shallow, only its own values. What lies below a shallow key (the zones of
// Internet Settings, the add-ons of Internet Explorer) says nothing about TLS.
type CoveredKey struct {
	Key     string
	Shallow bool
}

// CoveredKeys is the one list of what a source looks through; the collector
// scripts ask for the same keys (held by a test).
func CoveredKeys() []CoveredKey {
	const (
		control  = `HKLM\SYSTEM\CurrentControlSet\Control\`
		services = `HKLM\SYSTEM\CurrentControlSet\Services\`
		soft     = `HKLM\SOFTWARE\`
		wow      = `HKLM\SOFTWARE\Wow6432Node\`
		internet = `Microsoft\Windows\CurrentVersion\Internet Settings`
	)
	deep := []string{
		control + `SecurityProviders\SCHANNEL`,
		control + `Cryptography\Configuration\Local\SSL`,
		soft + `Policies\Microsoft\Cryptography\Configuration\SSL`,
		control + `Lsa\FIPSAlgorithmPolicy`,
		soft + `Microsoft\.NETFramework`,
		wow + `Microsoft\.NETFramework`,
		soft + `Microsoft\NET Framework Setup\NDP`,
		wow + `Microsoft\NET Framework Setup\NDP`,
		soft + internet + `\WinHttp`,
		wow + internet + `\WinHttp`,
		soft + internet + `\Connections`,
		wow + internet + `\Connections`,
		soft + `Policies\` + internet,
		soft + `Policies\Microsoft\SystemCertificates\AuthRoot`,
		soft + `Microsoft\SystemCertificates\AuthRoot\AutoUpdate`,
		soft + `Microsoft\Update Services\Server\Setup`,
		soft + `Microsoft\Windows Azure Backup\Config`,
		soft + `Microsoft\ExchangeServer\v15\Setup`,
	}
	for _, name := range []string{"obengine", "ADSync", "FileSyncSvc", "CcmExec", "WsusService", "himds", "adfssrv", "HealthService", "SMS_EXECUTIVE"} {
		deep = append(deep, services+name)
	}
	list := []CoveredKey{{soft + internet, true}, {wow + internet, true}, {soft + `Microsoft\Internet Explorer`, true}}
	for _, key := range deep {
		list = append(list, CoveredKey{Key: key})
	}
	slices.SortFunc(list, func(a, b CoveredKey) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// Prefixes are the keys that a source of this program looks through when it may
// choose, and lists as covered.
func Prefixes() []string {
	var keys []string
	for _, c := range CoveredKeys() {
		keys = append(keys, c.Key)
	}
	return keys
}

// IsShallow says whether key is one of the covered keys of which the own values
// alone are read.
func IsShallow(key string) bool { return shallow()[host.Fold(key)] }

var shallow = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, c := range CoveredKeys() {
		if c.Shallow {
			m[host.Fold(c.Key)] = true
		}
	}
	return m
})

// The keys from which a source learns what the machine is. They are not covered
// keys: only the values below are kept of them.
const (
	CurrentVersionKey = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	ProductOptionsKey = `HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`
	EnvironmentKey    = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	computerNameKey   = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`
	tcpipKey          = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	WindowsKey        = `HKLM\SYSTEM\CurrentControlSet\Control\Windows`
)

// Identity are the values that say which system it is (Microsoft's
// documentation of the keys is scattered; see the format page).
type Identity struct {
	Key   string
	Names []string
}

func Identities() []Identity {
	return []Identity{
		{CurrentVersionKey, []string{
			"BuildLab", "BuildLabEx", "CSDVersion", "CurrentBuild", "CurrentBuildNumber", "CurrentMajorVersionNumber",
			"CurrentMinorVersionNumber", "CurrentVersion", "DisplayVersion", "EditionID", "InstallationType",
			"ProductName", "ReleaseId", "UBR",
		}},
		{ProductOptionsKey, []string{"ProductType"}},
		{EnvironmentKey, []string{"PROCESSOR_ARCHITECTURE"}},
		{computerNameKey, []string{"ComputerName"}},
		{tcpipKey, []string{"Hostname", "Domain", "NV Domain"}},
		{WindowsKey, []string{"CSDBuildNumber", "CSDVersion"}},
	}
}

// Keys of the lists that a snapshot keeps apart from the registry.
const (
	PackagesKey     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
	UninstallKey    = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	UninstallKey32  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall`
	CertificatesKey = `\Certificates`
)

// RootStores and IntermediateStores are the machine's stores in the registry:
// local, Microsoft's programme, group policy, enterprise.
func RootStores() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT`,
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot`,
		`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\Root`,
		`HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\Root`,
	}
}

func IntermediateStores() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\CA`,
		`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\CA`,
		`HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\CA`,
	}
}

// Under says whether key is prefix or lies below it.
func Under(key, prefix string) bool { return host.Under(key, prefix) }

// sortValues puts values in the order of snapshots, apart from case; equal ones
// keep theirs.
func sortValues(values []host.Value) {
	slices.SortStableFunc(values, func(a, b host.Value) int {
		return cmp.Or(cmp.Compare(host.Fold(a.Key), host.Fold(b.Key)), cmp.Compare(host.Fold(a.Name), host.Fold(b.Name)))
	})
}
