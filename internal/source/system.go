package source

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"tlsready/internal/host"
)

// firstTen is the build of Windows 10 1507, from which on CurrentVersion stays
// at 6.3 while the version is 10.0; firstEleven that of Windows 11 21H2, whose
// ProductName still says 10.
const (
	firstTen    = 10240
	firstEleven = 22000
)

// system reads the operating system out of the registry. It is false where the
// build is not there.
func system(m values) (host.OS, bool) {
	os := host.OS{Architecture: architecture(m), Type: productType(m)}
	text := func(name string) string { return m.text(currentVersionKey, name) }
	lab := strings.Split(cmp.Or(text("BuildLabEx"), text("BuildLab")), ".")
	os.Build = leadingNumber(cmp.Or(text("CurrentBuildNumber"), text("CurrentBuild"), lab[0]))
	if os.Build == 0 {
		return os, false
	}
	os.Version = text("CurrentVersion")
	if major, ok := m.number(currentVersionKey, "CurrentMajorVersionNumber"); ok {
		minor, _ := m.number(currentVersionKey, "CurrentMinorVersionNumber")
		os.Version = strconv.Itoa(major) + "." + strconv.Itoa(minor)
	}
	if os.Build >= firstTen {
		os.Version = "10.0"
	}
	if !isVersion(os.Version) {
		os.Version = versionOfBuild(os.Build)
	}
	if os.Version == "" {
		return os, false
	}
	if len(lab) > 1 && leadingNumber(lab[0]) == os.Build {
		os.Revision = leadingNumber(lab[1])
	}
	if n, ok := m.number(currentVersionKey, "UBR"); ok && n <= math.MaxInt32 {
		os.Revision = max(os.Revision, n)
	}
	os.ServicePack = servicePack(text("CSDVersion"))
	os.Name = productName(text("ProductName"), os.Build)
	if os.Type == "" {
		os.Type = typeByName(cmp.Or(text("InstallationType"), os.Name))
	}
	return os, true
}

// isVersion says whether text is two short numbers with a dot between them.
func isVersion(text string) bool {
	major, minor, ok := strings.Cut(text, ".")
	digits := func(s string) bool { return len(s) > 0 && len(s) < 4 && strings.Trim(s, "0123456789") == "" }
	return ok && digits(major) && digits(minor)
}

// leadingNumber is the number at the start of text, 0 where there is none or it
// is out of range.
func leadingNumber(text string) int {
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

// servicePack reads "Service Pack 1".
func servicePack(text string) int {
	_, number, _ := strings.Cut(strings.ToLower(text), "service pack")
	return leadingNumber(strings.TrimSpace(number))
}

// productName is ProductName with the mistake for Windows 11 put right.
func productName(name string, build int) string {
	name = strings.TrimSpace(strings.TrimPrefix(strings.NewReplacer("(R)", "", "®", "", "™", "").Replace(name), "Microsoft "))
	if rest, ok := strings.CutPrefix(name, "Windows 10"); ok && build >= firstEleven {
		return "Windows 11" + rest
	}
	return name
}

// productType reads ProductOptions, where a domain controller says so.
func productType(m values) string {
	switch strings.ToLower(m.text(productOptionsKey, "ProductType")) {
	case "winnt":
		return "client"
	case "servernt":
		return "server"
	case "lanmannt":
		return "domain-controller"
	}
	return ""
}

func typeByName(text string) string {
	switch low := strings.ToLower(text); {
	case strings.Contains(low, "server"):
		return "server"
	case low == "":
		return ""
	}
	return "client"
}

// architecture is that of the system, by its environment or, without the SYSTEM
// hive, by the name of its build.
func architecture(m values) string {
	switch strings.ToLower(m.text(environmentKey, "PROCESSOR_ARCHITECTURE")) {
	case "amd64":
		return "x64"
	case "x86":
		return "x86"
	case "arm64":
		return "arm64"
	}
	for _, part := range strings.Split(m.text(currentVersionKey, "BuildLabEx"), ".") {
		switch {
		case strings.HasPrefix(part, "amd64"):
			return "x64"
		case strings.HasPrefix(part, "x86"):
			return "x86"
		case strings.HasPrefix(part, "arm64"):
			return "arm64"
		}
	}
	return ""
}

// hostName is the full name, else the computer name, else "".
func hostName(m values) string {
	name := cmp.Or(m.text(tcpipKey, "Hostname"), m.text(computerNameKey, "ComputerName"))
	if domain := cmp.Or(m.text(tcpipKey, "Domain"), m.text(tcpipKey, "NV Domain")); name != "" && domain != "" {
		return strings.ToLower(name + "." + domain)
	}
	return name
}

// complete fills in what the registry did not say from --os, and fails where the
// build is not known then.
func (o Options) complete(path string, os host.OS, known bool) (host.OS, error) {
	if known {
		return os, nil
	}
	if o.OS == "" {
		return os, &Error{
			Path: path, Msg: `the operating system is not in it (no build under Windows NT\CurrentVersion)`,
			Hint: `give it with --os "Windows Server 2012 R2" or --os 6.3.9600`,
		}
	}
	given, err := ParseOS(o.OS)
	if err != nil {
		return os, err
	}
	given.Architecture = cmp.Or(given.Architecture, os.Architecture)
	given.Type = cmp.Or(os.Type, given.Type)
	return given, nil
}
