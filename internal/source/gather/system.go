package gather

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// system reads the operating system out of the registry. It is false if the build
// is not there.
func system(m Lookup) (host.OS, bool) {
	os := host.OS{Architecture: architecture(m), Type: winver.TypeByProduct(m.Text(ProductOptionsKey, "ProductType"))}
	text := func(name string) string { return m.Text(CurrentVersionKey, name) }
	lab := cmp.Or(text("BuildLabEx"), text("BuildLab"))
	os.Build = winver.LeadingNumber(cmp.Or(text("CurrentBuildNumber"), text("CurrentBuild"), lab))
	if os.Build == 0 {
		return os, false
	}
	os.Version = text("CurrentVersion")
	if major, ok := m.Number(CurrentVersionKey, "CurrentMajorVersionNumber"); ok {
		minor, _ := m.Number(CurrentVersionKey, "CurrentMinorVersionNumber")
		os.Version = strconv.Itoa(major) + "." + strconv.Itoa(minor)
	}
	if os.Build >= winver.Windows10 {
		os.Version = "10.0"
	}
	if !isVersion(os.Version) {
		os.Version = winver.VersionOfBuild(os.Build)
	}
	if os.Version == "" {
		return os, false
	}
	os.Revision = winver.LabRevision(lab, os.Build)
	if n, ok := m.Number(CurrentVersionKey, "UBR"); ok && n <= math.MaxInt32 {
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
func architecture(m Lookup) string {
	if known := winver.Architecture(m.Text(EnvironmentKey, "PROCESSOR_ARCHITECTURE")); known != "" {
		return known
	}
	return winver.LabArchitecture(m.Text(CurrentVersionKey, "BuildLabEx"))
}

// ArchitectureWord is %PROCESSOR_ARCHITECTURE% in the words of snapshots.
func ArchitectureWord(word string) string {
	return architecture(Lookup{host.ValueID(EnvironmentKey, "PROCESSOR_ARCHITECTURE"): host.String(word)})
}

// HostName is the full name, else the computer name, else "".
func HostName(m Lookup) string {
	name := cmp.Or(m.Text(tcpipKey, "Hostname"), m.Text(computerNameKey, "ComputerName"))
	if domain := cmp.Or(m.Text(tcpipKey, "Domain"), m.Text(tcpipKey, "NV Domain")); name != "" && domain != "" {
		return strings.ToLower(name + "." + domain)
	}
	return name
}

// complete fills in what the registry did not say from --os, and fails if the build
// is still not known then.
func complete(o source.Options, path string, os host.OS, known bool) (host.OS, error) {
	if known {
		return os, nil
	}
	if o.OS == "" {
		return os, message.Error("gather.no-system").At(path).Hinted("gather.hint.os", message.Str("example", `"Windows Server 2012 R2"`))
	}
	given, err := winver.ParseOS(o.OS)
	if err != nil {
		return os, err
	}
	given.Architecture = cmp.Or(given.Architecture, os.Architecture)
	given.Type = cmp.Or(os.Type, given.Type)
	return given, nil
}
