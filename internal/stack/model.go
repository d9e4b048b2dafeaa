// Package stack turns the settings of a host into the Offer of each TLS stack
// on it, and into the Acceptance of the host as a server.
package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// Model is the compiled knowledge. It is immutable and safe for concurrent use.
type Model struct {
	systems []system
	updates map[string]Update
	rules   map[string]Rule
	refs    refs
}

// system is one row of windows.yaml, made ready.
type system struct {
	systemData
	release    winver.Release
	protocols  [6]protocol                   // by versionIndex
	defaults   [3][3][]tlsready.OfferedSuite // by the answers on the two updates of suites, see gates
	supported  map[tlsready.Suite]bool
	needs      map[string]suiteUpdate // names that need an update
	tied       bool                   // suites carry their curve (Windows 8.1 and older)
	groups     []tlsready.OfferedGroup
	signatures signatureData
	schemes    []tlsready.OfferedScheme // the default list where no step asks for it
}

type protocol struct {
	supported bool
	on        [2]bool // default, by role
	update    string
}

// Role is the side of a connection.
type Role int

// The roles.
const (
	Client Role = iota
	Server
)

func (r Role) String() string { return [...]string{"Client", "Server"}[r] }

// New gives the model, which never changes, so that all share one. An error is a defect of
// the embedded data.
func New() (*Model, error) { return compiled() }

var compiled = sync.OnceValues(compileAll)

// compileAll compiles the embedded data.
func compileAll() (*Model, error) {
	var win windowsFile
	var suites suitesFile
	var updates updatesFile
	for name, into := range map[string]any{"windows.yaml": &win, "suites.yaml": &suites, "updates.yaml": &updates} {
		if err := load(name, into); err != nil {
			return nil, err
		}
	}
	rules, err := Rules()
	if err != nil {
		return nil, err
	}
	m := &Model{updates: map[string]Update{}, rules: map[string]Rule{}, refs: newRefs()}
	for _, u := range updates.Updates {
		m.updates[u.ID] = u
	}
	for _, r := range rules {
		m.rules[r.ID] = r
	}
	for _, d := range win.Systems {
		s, err := compile(d, suites.Lists[d.Suites], win.Signatures)
		if err != nil {
			return nil, fmt.Errorf("build %d: %w", d.Build, err)
		}
		m.systems = append(m.systems, s)
	}
	return m, nil
}

func compile(d systemData, list suiteList, signatures map[string]signatureData) (system, error) {
	s := system{systemData: d, supported: map[tlsready.Suite]bool{}, tied: d.Build < winver.Windows10}
	var known bool
	if s.release, known = winver.ByBuild(d.Build); !known {
		return s, errors.New("winver does not know it")
	}
	for name, p := range d.Protocols {
		v, err := tlsready.ParseVersion(name)
		if err != nil {
			return s, err
		}
		s.protocols[versionIndex(v)] = protocol{supported: true, on: [2]bool{p.Client == "on", p.Server == "on"}, update: p.Update}
	}
	if err := s.compileSuites(list); err != nil {
		return s, err
	}
	for _, suite := range list.Supported {
		s.supported[suite] = true
	}
	for _, g := range d.Groups {
		s.groups = append(s.groups, tlsready.OfferedGroup{Group: g})
	}
	var ok bool
	if s.signatures, ok = signatures[d.Signatures]; !ok {
		return s, fmt.Errorf("no signature list %q", d.Signatures)
	}
	standard := s.signatures.Patched
	if len(standard) == 0 {
		standard = s.signatures.Default
	}
	for _, scheme := range standard {
		s.schemes = append(s.schemes, tlsready.OfferedScheme{Scheme: scheme})
	}
	return s, nil
}

// parseSuiteName reads a suite as Windows lists it, with an optional curve:
// TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256.
func parseSuiteName(name string) (tlsready.OfferedSuite, error) {
	base, group := name, tlsready.Group(0)
	for suffix, g := range map[string]tlsready.Group{"_P256": tlsready.Secp256r1, "_P384": tlsready.Secp384r1, "_P521": tlsready.Secp521r1} {
		if cut, ok := strings.CutSuffix(name, suffix); ok {
			base, group = cut, g
		}
	}
	suite, err := tlsready.ParseSuite(base)
	return tlsready.OfferedSuite{Suite: suite, Group: group}, err
}

func versionIndex(v tlsready.Version) int { return slices.Index(tlsready.Versions(), v) }

// systemOf finds the row of a build: the highest that is not above it.
func (m *Model) systemOf(os host.OS) *system {
	at := 0
	for i := range m.systems {
		if m.systems[i].Build <= os.Build {
			at = i
		}
	}
	return &m.systems[at]
}

// Rule finds a rule by its id.
func (m *Model) Rule(id string) (Rule, bool) {
	r, ok := m.rules[id]
	return r, ok
}

// UpdateInfo finds an update by its KB number.
func (m *Model) UpdateInfo(id string) (Update, bool) {
	u, ok := m.updates[id]
	return u, ok
}

// UpdateIDs lists the updates on which a rule depends, sorted.
func (m *Model) UpdateIDs() []string { return slices.Sorted(maps.Keys(m.updates)) }

// NeedsServicePack is the service pack that all of the system's updates need, if the host is
// known to lack it; otherwise 0.
func (m *Model) NeedsServicePack(os host.OS) int {
	if r := m.systemOf(os).release; os.Build < r.PackedBuild() {
		return r.ServicePack
	}
	return 0
}

// LacksTLS12ForGood says that no update brings TLS 1.2 to the system.
func (m *Model) LacksTLS12ForGood(os host.OS) bool { return m.systemOf(os).Upgrade }
