package winver_test

import (
	"testing"

	"tlsready/internal/winver"
)

// Proves that every way in which Windows, WMI, osquery and Ansible state a system is turned
// into the words of snapshots, and that anything else stays empty.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"AMD64": "x64", "64-bit": "x64", "64 ビット": "x64", "64-Bit": "x64", "x86_64": "x64", "X86": "x86", "32 ビット": "x86", "i686": "x86",
		"ARM64": "arm64", "ARM 64-bit Processor": "arm64", "": "", "ia64": "", "PowerPC": "",
	} {
		if got := winver.Architecture(text); got != want {
			t.Errorf("architecture %q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"WinNT": "client", "ServerNT": "server", "LanmanNT": "domain-controller", "3": "server", " 2 ": "domain-controller", "1": "client", "4": "", "": ""} {
		if got := winver.TypeByProduct(text); got != want {
			t.Errorf("product type %q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"Server Core": "server", "Windows Server 2016": "server", "Client": "client", "Windows 10 Pro": "client", "": ""} {
		if got := winver.TypeByName(text); got != want {
			t.Errorf("type of %q is %q, want %q", text, got, want)
		}
	}
}

// Proves the version and service pack of builds, and that a product name keeps
// nothing but the name.
func TestBuilds(t *testing.T) {
	for build, want := range map[int]string{2600: "5.1", 3790: "5.2", 6003: "6.0", 7601: "6.1", 9200: "6.2", 9600: "6.3", 10240: "10.0", 26100: "10.0", 8000: "", 0: ""} {
		if got := winver.VersionOfBuild(build); got != want {
			t.Errorf("build %d is %q, want %q", build, got, want)
		}
	}
	for build, want := range map[int]int{6001: 1, 6002: 2, 7600: 0, 7601: 1, 9600: 0} {
		if got := winver.PackOfBuild(build); got != want {
			t.Errorf("build %d has service pack %d, want %d", build, got, want)
		}
	}
	for text, want := range map[string]int{"Service Pack 2": 2, "service pack 1, v.3": 1, "": 0, "Pack 1": 0} {
		if got := winver.ServicePack(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	for _, c := range []struct {
		name  string
		build int
		want  string
	}{
		{"Microsoft® Windows Server® 2008 Standard", 6002, "Windows Server 2008 Standard"}, {"Windows 10 Pro", 22631, "Windows 11 Pro"}, {"Windows 10 Pro", 19045, "Windows 10 Pro"},
	} {
		if got := winver.ProductName(c.name, c.build); got != c.want {
			t.Errorf("%q of build %d is %q, want %q", c.name, c.build, got, c.want)
		}
	}
	for lab, want := range map[string]int{"9600.19913.amd64fre.winblue": 19913, "7601.18409.x86fre": 0, "": 0, "9600": 0} {
		if got := winver.LabRevision(lab, 9600); got != want {
			t.Errorf("revision of %q is %d, want %d", lab, got, want)
		}
	}
	for lab, want := range map[string]string{"9600.19913.amd64fre.winblue": "x64", "7601.18409.x86fre.win7": "x86", "26100.1.arm64fre.ge": "arm64", "": ""} {
		if got := winver.LabArchitecture(lab); got != want {
			t.Errorf("architecture of %q is %q, want %q", lab, got, want)
		}
	}
	for text, want := range map[string]int{"9600.19913": 9600, "x": 0, "": 0, "99999999999": 0} {
		if got := winver.LeadingNumber(text); got != want {
			t.Errorf("%q begins with %d, want %d", text, got, want)
		}
	}
}

// Proves that the table is in order, that each release is found by its ids and its
// builds, and that the name of each reads as it.
func TestReleases(t *testing.T) {
	last := 0
	for _, r := range winver.Releases() {
		if r.Build <= last || r.Version == "" || r.Client == r.Server {
			t.Errorf("row %+v", r)
		}
		last = r.Build
		for kind, e := range map[string]winver.Edition{"client": r.Client, "server": r.Server} {
			if e.Product == "" {
				continue
			}
			if found, ok := winver.ByID(e.ID); !ok || found.Build != r.Build {
				t.Errorf("%q is %+v", e.ID, found)
			}
			if os, err := winver.ParseOS(e.Name()); err != nil || os != r.System(kind) {
				t.Errorf("%q reads as %+v, %v; want %+v", e.Name(), os, err, r.System(kind))
			}
		}
		for build := range r.Packs {
			if found, ok := winver.ByBuild(build); !ok || found.Build != r.Build {
				t.Errorf("build %d is of %+v", build, found)
			}
		}
		if _, ok := winver.ByBuild(r.Enablement); r.Enablement != 0 && !ok {
			t.Errorf("build %d came over %d, which is not known", r.Build, r.Enablement)
		}
	}
	if _, ok := winver.ByID(""); ok {
		t.Error("no id is a release")
	}
	if winver.SameServicing(19041, 20348) || !winver.SameServicing(19041, 19045) || !winver.SameServicing(9600, 9600) {
		t.Error("which builds share their updates")
	}
}

// Proves what a version is called, with and without its build.
func TestCalled(t *testing.T) {
	for version, want := range map[string]string{
		"5.1": "Windows XP", "5.2": "Windows Server 2003", "6.1": "Windows 7 / Server 2008 R2", "10.0": "Windows 10 / Server 2016",
		"10.0.17763": "Windows 10 1809 / Server 2019", "10.0.20348": "Windows Server 2022", "10.0.22631": "Windows 11 23H2", "7.0": "", "": "",
	} {
		if got := winver.Called(version); got != want {
			t.Errorf("%q is called %q, want %q", version, got, want)
		}
	}
}

// Proves that a version beside a build of another one is seen, and that builds
// between releases may be of either.
func TestContradict(t *testing.T) {
	for _, c := range []struct {
		version string
		build   int
		fits    bool
	}{
		{"6.3", 9600, true},
		{"10.0", 17763, true},
		{"6.3", 17763, false},
		{"10.0", 9600, false},
		{"6.1", 7601, true},
		{"6.1", 9200, false},
		{"6.0", 6003, true},
		{"6.2", 8400, true},
		{"6.1", 8400, true},
		{"6.0", 8400, false},
		{"10.0", 30000, true},
		{"6.3", 30000, false},
		{"5.1", 2600, true},
		{"5.0", 2195, true},
		{"10.0", 7000, false},
	} {
		if err := winver.Contradict(c.version, c.build); (err == nil) != c.fits {
			t.Errorf("%s with build %d: %v", c.version, c.build, err)
		}
	}
}
