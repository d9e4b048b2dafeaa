// Package host holds what is known of one machine: its settings, what was
// absent and what was not asked, with every registry type kept.
package host

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/message"
)

// Schema is the name of the snapshot format (docs/formats.md).
const Schema = "tlsready.host/v1"

// Snapshot is the state of one host as a source saw it. A nil pointer or map
// means "not asked"; an empty one means "asked, and there was nothing".
type Snapshot struct {
	Schema       string            `json:"schema"`
	Name         string            `json:"name"`
	Labels       map[string]string `json:"labels,omitempty"`
	Addresses    []string          `json:"addresses,omitempty"` // IP addresses, without zones
	CollectedAt  time.Time         `json:"collectedAt,omitzero"`
	Source       string            `json:"source,omitempty"`
	OS           OS                `json:"os"`
	Covered      []string          `json:"covered,omitempty"` // keys of which every value and every key below was read
	Shallow      []string          `json:"shallow,omitempty"` // keys of which every value was read, and nothing below
	Absent       []ValueName       `json:"absent,omitempty"`  // values that were asked for by name and are not there
	Registry     []Value           `json:"registry,omitempty"`
	Updates      *Updates          `json:"updates,omitempty"`
	Files        map[string]string `json:"files,omitempty"`
	Certificates *Certificates     `json:"certificates,omitempty"`
	Programs     *[]Program        `json:"programs,omitempty"`
	Proxy        *Proxy            `json:"proxy,omitempty"`
	Policies     []PolicyValue     `json:"policies,omitempty"` // what group policies write, as a report of them says

	// Notes are what the source had to say about its own reading, such as a
	// dirty hive without its logs.
	Notes []message.Text `json:"notes,omitempty"`
}

// ValueName names one registry value.
type ValueName struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// OS names the system. Version ("6.3", "10.0") and Build are required.
type OS struct {
	Name         string `json:"name,omitempty"`
	Version      string `json:"version"`
	Build        int    `json:"build"`
	Revision     int    `json:"revision,omitempty"`
	ServicePack  int    `json:"servicePack,omitempty"`
	Architecture string `json:"architecture,omitempty"` // x86, x64, arm64
	Type         string `json:"type,omitempty"`         // client, server, domain-controller
}

// Updates lists installed updates by KB number. Complete says that the list is
// whole; a KB missing from a list that is not whole proves nothing.
type Updates struct {
	Complete bool     `json:"complete"`
	IDs      []string `json:"ids"`
}

// Certificates lists the SHA-1 thumbprints in the machine's stores. A nil list
// was not asked for.
type Certificates struct {
	Root         []string `json:"root,omitempty"`
	Intermediate []string `json:"intermediate,omitempty"`
}

// Program is an installed program as its uninstall entry names it.
type Program struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Proxy is what files of the host say about a proxy; what the registry says
// stands among its values.
type Proxy struct {
	// MachineConfig is what the machine.config of each .NET Framework says, by its
	// path below the Windows folder in lower case: an address, "pac:" and the
	// address of a script, "none", "detect", or "system" for the account's settings
	// in Windows. A file that was not there is left out.
	MachineConfig map[string]string `json:"machineConfig"`
}

// X86 says that the system is a 32-bit one, which has no second registry view.
func (o OS) X86() bool { return o.Architecture == "x86" }

// Server says that the system is a server edition.
func (o OS) Server() bool { return o.Type == "server" || o.Type == "domain-controller" }

// Below compares the system with "version" or "version.build" ("6.3",
// "10.0.17763"); a part that is not given is not compared.
func (o OS) Below(limit string) bool {
	parts := strings.SplitN(limit, ".", 3)
	version := strings.Join(parts[:min(2, len(parts))], ".")
	if c := compareNumbers(o.Version, version); c != 0 || len(parts) < 3 {
		return c < 0
	}
	build, _ := strconv.Atoi(parts[2])
	return o.Build < build
}

// compareNumbers compares dotted numbers: "6.10" is above "6.9".
func compareNumbers(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < max(len(as), len(bs)); i++ {
		if c := cmp.Compare(numberAt(as, i), numberAt(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func numberAt(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}

// CompareVersions compares dotted version numbers part by part as numbers:
// "2.0.9207.0" is above "2.0.987.0".
func CompareVersions(a, b string) int { return compareNumbers(a, b) }
