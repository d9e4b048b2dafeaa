package source

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/source/winver"
)

// system reads the operating system out of the registry. It is false where the
// build is not there.
func system(m values) (host.OS, bool) {
	os := host.OS{Architecture: architecture(m), Type: winver.TypeByProduct(m.text(productOptionsKey, "ProductType"))}
	text := func(name string) string { return m.text(currentVersionKey, name) }
	lab := cmp.Or(text("BuildLabEx"), text("BuildLab"))
	os.Build = winver.LeadingNumber(cmp.Or(text("CurrentBuildNumber"), text("CurrentBuild"), lab))
	if os.Build == 0 {
		return os, false
	}
	os.Version = text("CurrentVersion")
	if major, ok := m.number(currentVersionKey, "CurrentMajorVersionNumber"); ok {
		minor, _ := m.number(currentVersionKey, "CurrentMinorVersionNumber")
		os.Version = strconv.Itoa(major) + "." + strconv.Itoa(minor)
	}
	if os.Build >= winver.FirstTen {
		os.Version = "10.0"
	}
	if !isVersion(os.Version) {
		os.Version = winver.VersionOfBuild(os.Build)
	}
	if os.Version == "" {
		return os, false
	}
	os.Revision = winver.LabRevision(lab, os.Build)
	if n, ok := m.number(currentVersionKey, "UBR"); ok && n <= math.MaxInt32 {
		os.Revision = max(os.Revision, n)
	}
	os.ServicePack = winver.ServicePack(text("CSDVersion"))
	os.Name = winver.ProductName(text("ProductName"), os.Build)
	if os.Type == "" {
		os.Type = winver.TypeByName(cmp.Or(text("InstallationType"), os.Name))
	}
	return os, true
}

// isVersion says whether text is two short numbers with a dot between them.
func isVersion(text string) bool {
	major, minor, ok := strings.Cut(text, ".")
	digits := func(s string) bool { return len(s) > 0 && len(s) < 4 && strings.Trim(s, "0123456789") == "" }
	return ok && digits(major) && digits(minor)
}

// architecture is that of the system, by its environment or, without the SYSTEM
// hive, by the name of its build.
func architecture(m values) string {
	if known := winver.Architecture(m.text(environmentKey, "PROCESSOR_ARCHITECTURE")); known != "" {
		return known
	}
	return winver.LabArchitecture(m.text(currentVersionKey, "BuildLabEx"))
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
