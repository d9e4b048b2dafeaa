// Package winver says what a Windows release is: what it is called, its build and
// its service packs, and how Windows, its tools and inventories state a system.
// It is the one table of releases.
package winver

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

// Builds at which something changed that more than one room has to know.
const (
	// Windows10 is the build of Windows 10 1507: from it on CurrentVersion in the
	// registry stays at 6.3 while the version is 10.0.
	Windows10 = 10240
	// Cumulative is the build of 1607 and Server 2016, from which on every update is
	// cumulative.
	Cumulative = 14393
	// Server2019 is the build of Windows 10 1809 and Server 2019.
	Server2019 = 17763
	// Windows11 is the build of Windows 11 21H2, whose ProductName still says 10.
	Windows11 = 22000
	// Server2025 is the build of Windows 11 24H2 and Server 2025.
	Server2025 = 26100
)

// Release is one row of the table.
type Release struct {
	Build       int         `yaml:"build"`
	Version     string      `yaml:"version"`     // "6.3"
	Client      Edition     `yaml:"client"`      // zero where there is none
	Server      Edition     `yaml:"server"`      // zero where there is none
	Also        []string    `yaml:"also"`        // other words that name it
	ServicePack int         `yaml:"servicePack"` // the last one; 0: there are none
	Packs       map[int]int `yaml:"packs"`       // service pack by the build that stands for it
	Enablement  int         `yaml:"enablement"`  // the build whose updates it keeps; 0: its own
}

// Edition is a release as a client, or as a server.
type Edition struct {
	ID      string `yaml:"id"`      // "windows-10-1809"
	Product string `yaml:"product"` // "Windows 10"
	Version string `yaml:"release"` // "1809"; "" where the product's name is enough
}

// Name is the edition's name in full: "Windows 10 1809".
func (e Edition) Name() string { return strings.TrimSpace(e.Product + " " + e.Version) }

//go:embed releases.yaml
var file []byte

// table is read once: lists of 100,000 machines ask for it at every row.
var table = sync.OnceValue(func() []Release {
	var f struct {
		Citations []string  `yaml:"citations"`
		Releases  []Release `yaml:"releases"`
	}
	if err := strictyaml.Decode(file, &f); err != nil {
		panic("releases.yaml: " + err.Error()) // a defect of the program, which a test holds
	}
	return f.Releases
})

// Releases lists the releases, oldest first.
func Releases() []Release { return slices.Clone(table()) }

// ByBuild finds the release of a build.
func ByBuild(build int) (Release, bool) {
	for _, r := range table() {
		if _, packed := r.Packs[build]; packed || r.Build == build {
			return r, true
		}
	}
	return Release{}, false
}

// ByID finds a release by the id of its client or server.
func ByID(id string) (Release, bool) {
	for _, r := range table() {
		if id != "" && (r.Client.ID == id || r.Server.ID == id) {
			return r, true
		}
	}
	return Release{}, false
}

// PackedBuild is the build with the last service pack, which is Build itself if service packs
// do not change it.
func (r Release) PackedBuild() int {
	packed := r.Build
	for build, pack := range r.Packs {
		if pack == r.ServicePack && (packed == r.Build || build < packed) {
			packed = build
		}
	}
	return packed
}

// System is the release as a system of a type, "client" or "server", with its last
// service pack.
func (r Release) System(kind string) host.OS {
	edition := r.Client
	if kind == "server" {
		edition = r.Server
	}
	return host.OS{Name: edition.Name(), Version: r.Version, Build: r.PackedBuild(), ServicePack: r.ServicePack, Type: kind}
}

// VersionOfBuild is the version of a build, or "" if the build is not known.
func VersionOfBuild(build int) string {
	if build >= Windows10 {
		return "10.0"
	}
	r, _ := ByBuild(build)
	return r.Version
}

// PackOfBuild is the service pack that a build stands for.
func PackOfBuild(build int) int {
	r, _ := ByBuild(build)
	return r.Packs[build]
}

// SameServicing says whether the cumulative updates of a package's build are those
// of build: a release that came as an enablement package keeps the older number.
func SameServicing(packageBuild, build int) bool {
	r, _ := ByBuild(build)
	return packageBuild == build || r.Enablement != 0 && r.Enablement == packageBuild
}

// Called is what people call a version, "6.1", or a version with its build, "10.0.17763":
// "Windows 7 / Server 2008 R2"; "" if it is not known.
func Called(version string) string {
	client, server := "", ""
	for _, r := range table() {
		switch {
		case version == r.Version:
			if client == "" {
				client = r.Client.Product
			}
			if server == "" {
				server = r.Server.Product
			}
		case version == r.Version+"."+digits(r.Build):
			client, server = r.Client.Name(), r.Server.Name()
		}
	}
	if client == "" {
		return server
	}
	if server == "" {
		return client
	}
	return client + " / " + strings.TrimPrefix(server, "Windows ")
}

// Contradict says why no Windows has this version together with this build; nil if one may.
// Builds between two releases are previews of either.
func Contradict(version string, build int) error {
	var fits []string
	for _, r := range table() {
		if r.Build <= build {
			fits = []string{r.Version}
		}
		if r.Build > build {
			fits = append(fits, r.Version)
			break
		}
	}
	if known := VersionOfBuild(build); known != "" {
		fits = []string{known}
	}
	older := build < table()[0].Build && !slices.ContainsFunc(table(), func(r Release) bool { return r.Version == version })
	if older || slices.Contains(fits, version) {
		return nil
	}
	return &message.Problem{What: message.New("winver.contradiction", message.Str("version", version), message.Int("build", build), message.Str("known", fits[0]))}
}
