package winver

import (
	"strconv"
	"strings"
)

// ServicePack reads "Service Pack 1", as CSDVersion has it.
func ServicePack(text string) int {
	_, after, _ := strings.Cut(strings.ToLower(text), "service pack")
	return LeadingNumber(strings.TrimSpace(after))
}

// ProductName is ProductName, or Caption of Win32_OperatingSystem, without the
// maker's name and marks, and with the mistake for Windows 11 put right.
func ProductName(name string, build int) string {
	name = strings.TrimSpace(strings.TrimPrefix(strings.NewReplacer("(R)", "", "®", "", "™", "").Replace(name), "Microsoft "))
	if rest, ok := strings.CutPrefix(name, "Windows 10"); ok && build >= Windows11 {
		return "Windows 11" + rest
	}
	return name
}

// TypeByName is the type of a snapshot by a product's name or InstallationType.
func TypeByName(text string) string {
	switch low := strings.ToLower(text); {
	case strings.Contains(low, "server"):
		return "server"
	case low == "":
		return ""
	}
	return "client"
}

// TypeByProduct reads ProductOptions in the registry, and the ProductType of
// Win32_OperatingSystem by number or word; "" if it is neither.
func TypeByProduct(text string) string {
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

// Architecture takes the spellings of the environment, WMI in any language
// ("64 ビット"), osquery and Ansible.
func Architecture(text string) string {
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

// LeadingNumber is the number at the start of a text, or 0 if there is none or it is out of
// range.
func LeadingNumber(text string) int {
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

// LabRevision is the revision in BuildLabEx, "9600.19913.amd64fre.…", of a build; 0 if the text
// belongs to another build. Before Windows 10 the registry has no UBR.
func LabRevision(lab string, build int) int {
	first, rest, _ := strings.Cut(lab, ".")
	if LeadingNumber(first) != build {
		return 0
	}
	return LeadingNumber(rest)
}

// LabArchitecture is the architecture in BuildLabEx, "9600.19913.amd64fre.…".
func LabArchitecture(lab string) string {
	for part := range strings.SplitSeq(lab, ".") {
		for word, architecture := range map[string]string{"amd64": "x64", "x86": "x86", "arm64": "arm64"} {
			if strings.HasPrefix(part, word) {
				return architecture
			}
		}
	}
	return ""
}

func digits(n int) string { return strconv.Itoa(n) }
