package fleet

import (
	"cmp"
	"strconv"
	"strings"

	"tlsready/internal/host"
)

// Builds at which names and numbers of Windows part: 10 keeps 6.3 in the
// registry, 11 keeps the product name of 10.
const (
	firstTen    = 10240
	firstEleven = 22000
)

const currentVersion = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`

func (m *machine) text(key, name string) string {
	if i, ok := m.at[strings.ToLower(key)+"\x00"+strings.ToLower(name)]; ok {
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
func (m *machine) system(opt Options) (host.OS, bool) {
	os := m.os
	os.Build = cmp.Or(os.Build, number(m.text(currentVersion, "CurrentBuildNumber")), number(m.text(currentVersion, "CurrentBuild")))
	os.Revision = max(os.Revision, number(m.text(currentVersion, "UBR")))
	os.Name = productName(cmp.Or(os.Name, m.text(currentVersion, "ProductName")), os.Build)
	os.ServicePack = cmp.Or(os.ServicePack, servicePack(m.text(currentVersion, "CSDVersion")), packOfBuild(os.Build))
	os.Architecture = cmp.Or(architecture(os.Architecture), architecture(m.text(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE")))
	os.Type = cmp.Or(os.Type, typeByProduct(m.text(`HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`, "ProductType")), typeByTitle(cmp.Or(m.text(currentVersion, "InstallationType"), os.Name)))
	os.Version = cmp.Or(versionOfBuild(os.Build), os.Version, m.text(currentVersion, "CurrentVersion"))
	if os.Build == 0 || os.Version == "" {
		if opt.OS.Build == 0 {
			return os, false
		}
		given := opt.OS
		given.Architecture, given.Type = cmp.Or(os.Architecture, given.Architecture), cmp.Or(os.Type, given.Type)
		return given, true
	}
	return os, true
}

// stated reads "10.0.17763.4010", "6.3.9600" or "10.0.17763".
func (m *machine) stated(version string) {
	p := strings.Split(strings.TrimSpace(version), ".")
	if len(p) < 3 || number(p[2]) < 1000 {
		return
	}
	m.os.Version, m.os.Build = p[0]+"."+p[1], number(p[2])
	if len(p) > 3 {
		m.os.Revision = number(p[3])
	}
}

// number is the number at the start of a text, 0 where there is none.
func number(text string) int {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

func servicePack(text string) int {
	_, after, _ := strings.Cut(strings.ToLower(text), "service pack")
	return number(strings.TrimSpace(after))
}

func packOfBuild(build int) int {
	switch build {
	case 6001, 7601:
		return 1
	case 6002, 6003:
		return 2
	}
	return 0
}

func versionOfBuild(build int) string {
	switch {
	case build >= firstTen:
		return "10.0"
	case build == 9600:
		return "6.3"
	case build == 9200:
		return "6.2"
	case build == 7600 || build == 7601:
		return "6.1"
	case build >= 6000 && build <= 6003:
		return "6.0"
	}
	return ""
}

func productName(name string, build int) string {
	name = strings.TrimSpace(strings.TrimPrefix(strings.NewReplacer("(R)", "", "®", "", "™", "").Replace(name), "Microsoft "))
	if rest, ok := strings.CutPrefix(name, "Windows 10"); ok && build >= firstEleven {
		return "Windows 11" + rest
	}
	return name
}

// architecture takes the spellings of WMI, osquery, Ansible and the environment.
func architecture(text string) string {
	switch low := strings.ToLower(strings.TrimSpace(text)); {
	case low == "arm64" || strings.HasPrefix(low, "arm 64") || low == "aarch64":
		return "arm64"
	case low == "amd64" || low == "x64" || low == "x86_64" || strings.HasPrefix(low, "64"):
		return "x64"
	case low == "x86" || low == "i386" || low == "i686" || strings.HasPrefix(low, "32"):
		return "x86"
	}
	return ""
}

// typeByProduct reads ProductOptions and Win32_OperatingSystem.ProductType.
func typeByProduct(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "winnt", "workstation":
		return "client"
	case "2", "lanmannt", "domain_controller":
		return "domain-controller"
	case "3", "servernt", "server":
		return "server"
	}
	return ""
}

func typeByTitle(text string) string {
	switch low := strings.ToLower(text); {
	case strings.Contains(low, "server"):
		return "server"
	case low == "":
		return ""
	}
	return "client"
}
