package source

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/host"
)

// covered is a key that sources look through: with all keys below it, or, where
// Shallow, its own values alone. What lies below a shallow key (the zones of
// Internet Settings, the add-ons of Internet Explorer) says nothing about TLS.
type covered struct {
	Key     string
	Shallow bool
}

// coveredKeys is the one list of what a source looks through; the collector
// scripts ask for the same keys (held by a test).
func coveredKeys() []covered {
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
	list := []covered{{soft + internet, true}, {wow + internet, true}, {soft + `Microsoft\Internet Explorer`, true}}
	for _, key := range deep {
		list = append(list, covered{Key: key})
	}
	slices.SortFunc(list, func(a, b covered) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// Prefixes are the keys that a source of this program looks through when it may
// choose, and lists as covered.
func Prefixes() []string {
	var keys []string
	for _, c := range coveredKeys() {
		keys = append(keys, c.Key)
	}
	return keys
}

// The keys from which a source learns what the machine is. They are not covered
// keys: only the values below are kept of them.
const (
	currentVersionKey = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	productOptionsKey = `HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`
	environmentKey    = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
	computerNameKey   = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`
	tcpipKey          = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	windowsKey        = `HKLM\SYSTEM\CurrentControlSet\Control\Windows`
)

// identity are the values that say which system it is (Microsoft's
// documentation of the keys is scattered; see the format page).
type identity struct {
	Key   string
	Names []string
}

func identities() []identity {
	return []identity{
		{currentVersionKey, []string{
			"BuildLab", "BuildLabEx", "CSDVersion", "CurrentBuild", "CurrentBuildNumber", "CurrentMajorVersionNumber",
			"CurrentMinorVersionNumber", "CurrentVersion", "DisplayVersion", "EditionID", "InstallationType",
			"ProductName", "ReleaseId", "UBR",
		}},
		{productOptionsKey, []string{"ProductType"}},
		{environmentKey, []string{"PROCESSOR_ARCHITECTURE"}},
		{computerNameKey, []string{"ComputerName"}},
		{tcpipKey, []string{"Hostname", "Domain", "NV Domain"}},
		{windowsKey, []string{"CSDBuildNumber", "CSDVersion"}},
	}
}

// Keys of the lists that a snapshot keeps apart from the registry.
const (
	packagesKey     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
	uninstallKey    = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	uninstallKey32  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall`
	certificatesKey = `\Certificates`
)

// rootStores and intermediateStores are the machine's stores in the registry:
// local, Microsoft's programme, group policy, enterprise.
func rootStores() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT`,
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot`,
		`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\Root`,
		`HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\Root`,
	}
}

func intermediateStores() []string {
	return []string{
		`HKLM\SOFTWARE\Microsoft\SystemCertificates\CA`,
		`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\CA`,
		`HKLM\SOFTWARE\Microsoft\EnterpriseCertificates\CA`,
	}
}

// under says whether key is prefix or lies below it, without case.
func under(key, prefix string) bool {
	return len(key) >= len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) && (len(key) == len(prefix) || key[len(prefix)] == '\\')
}

// sortValues puts values in the order of snapshots, apart from case; equal ones
// keep theirs.
func sortValues(values []host.Value) {
	slices.SortStableFunc(values, func(a, b host.Value) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
}
