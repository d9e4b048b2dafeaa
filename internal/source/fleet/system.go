package fleet

import (
	"cmp"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

const currentVersion = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`

func (m *machine) text(key, name string) string {
	if i, ok := m.at[host.ValueID(key, name)]; ok {
		d := m.values[i].Data
		if d.Type == host.DWORD {
			return strconv.FormatUint(d.Number, 10)
		}
		return strings.TrimSpace(d.Text)
	}
	return ""
}

// system is the machine's operating system: as the export states it, completed
// from CurrentVersion in the registry, else as the command line gives it.
func (m *machine) system(opt source.Options) (host.OS, bool) {
	os := m.os
	os.Build = cmp.Or(os.Build, winver.LeadingNumber(m.text(currentVersion, "CurrentBuildNumber")), winver.LeadingNumber(m.text(currentVersion, "CurrentBuild")))
	os.Revision = max(os.Revision, winver.LeadingNumber(m.text(currentVersion, "UBR")), winver.LabRevision(m.text(currentVersion, "BuildLabEx"), os.Build))
	os.Name = winver.ProductName(cmp.Or(os.Name, m.text(currentVersion, "ProductName")), os.Build)
	os.ServicePack = cmp.Or(os.ServicePack, winver.ServicePack(m.text(currentVersion, "CSDVersion")), winver.PackOfBuild(os.Build))
	os.Architecture = cmp.Or(winver.Architecture(os.Architecture), winver.Architecture(m.text(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE")), winver.LabArchitecture(m.text(currentVersion, "BuildLabEx")))
	os.Type = cmp.Or(os.Type, winver.TypeByProduct(m.text(`HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`, "ProductType")), winver.TypeByName(cmp.Or(m.text(currentVersion, "InstallationType"), os.Name)))
	os.Version = cmp.Or(winver.VersionOfBuild(os.Build), os.Version, m.text(currentVersion, "CurrentVersion"))
	if os.Build == 0 || os.Version == "" {
		given, err := winver.ParseOS(opt.OS)
		if err != nil {
			return os, false
		}
		given.Architecture, given.Type = cmp.Or(os.Architecture, given.Architecture), cmp.Or(os.Type, given.Type)
		return given, true
	}
	return os, true
}

// stated reads "10.0.17763.4010", "6.3.9600" or "10.0.17763".
func (m *machine) stated(version string) {
	p := strings.Split(strings.TrimSpace(version), ".")
	if len(p) < 3 || winver.LeadingNumber(p[2]) < 1000 {
		return
	}
	m.os.Version, m.os.Build = p[0]+"."+p[1], winver.LeadingNumber(p[2])
	if len(p) > 3 {
		m.os.Revision = winver.LeadingNumber(p[3])
	}
}
