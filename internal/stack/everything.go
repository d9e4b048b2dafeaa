package stack

import (
	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// ServeEverything predicts what a Windows system accepts as a server with everything switched
// on: no Schannel on that system can do more.
func (m *Model) ServeEverything(os host.OS) tlsready.Acceptance {
	v := host.NewView(&host.Snapshot{OS: os, Covered: []string{"HKLM", "HKCU"}}).AssumingUpdates()
	a, _ := m.Serve(v.With(everythingOn()...))
	a.Groups = tlsready.Only(append(a.Groups.List(), groupsBesideDefault(os)...)...)
	return a
}

// everythingOn are the settings with which Schannel as a server accepts all that it
// has: every version on, and a list of every suite there is, of which it takes what
// it knows.
func everythingOn() []host.Change {
	var list []host.Change
	for _, v := range tlsready.Versions() {
		key := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\` + v.String() + `\Server`
		list = append(list, host.Change{Key: key, Name: "Enabled", Data: host.Dword(1)}, host.Change{Key: key, Name: "DisabledByDefault", Data: host.Dword(0)})
	}
	var names []string
	for _, s := range tlsready.Suites() {
		name := s.String()
		names = append(names, name, name+"_P256", name+"_P384", name+"_P521") // Windows 8.1 and older write the curve behind
	}
	return append(list, host.Change{Key: `HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`, Name: "Functions", Data: host.Multi(names...)})
}

// groupsBesideDefault are the groups that Windows has and does not offer by default
// (Get-TlsEccCurve; the page on TLS supported groups of Windows 11 24H2).
func groupsBesideDefault(os host.OS) []tlsready.Group {
	list := []tlsready.Group{tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1}
	if os.Build >= winver.Windows10 {
		list = append(list, 26, 27, 28) // brainpool
	}
	if os.Build >= winver.Server2025 {
		list = append(list, tlsready.X25519MLKEM768, tlsready.SecP256r1MLKEM768, tlsready.SecP384r1MLKEM1024)
	}
	return list
}
