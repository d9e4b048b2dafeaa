package gather

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source"
)

// Machine is a running machine to be read: its registry, and what its source
// learned of it otherwise.
type Machine struct {
	URL         string // as the user gave it; never with a password
	Name        string // for a machine that does not say its name
	Registry    registry.Reader
	OS          host.OS           // what the system itself says: Version and Build; may be empty
	Files       map[string]string // versions by the path below the Windows folder; nil: not asked
	Addresses   []string          // what the system says of its interfaces; may be empty
	CollectedAt time.Time
	Accounts    bool        // Registry holds the accounts' hives as well
	Proxy       *host.Proxy // nil: not asked
}

// FromMachine reads a running machine. What the account may not read is named in
// the notes and counts as not asked; any other failure is an error.
func FromMachine(ctx context.Context, m Machine, opt source.Options) (*host.Snapshot, error) {
	g := Facts{Addresses: m.Addresses, At: m.CollectedAt}
	r := Reading{Facts: &g, Tree: machineTree{ctx, m.Registry}}
	ahead := func() error { return registry.Prefetch(ctx, m.Registry, wanted()) }
	steps := []func() error{ahead, r.System, r.Software}
	if m.Accounts {
		steps = append(steps, r.accounts)
	}
	for _, read := range steps {
		if err := read(); err != nil {
			return nil, message.At(m.URL, err)
		}
	}
	if m.Files != nil {
		g.Files = map[string]string{}
		for path, version := range m.Files {
			g.Files[FileName(path)] = version
		}
	}
	if opt.OS == "" && m.OS.Build > 0 {
		opt.OS = fmt.Sprintf("%s.%d", m.OS.Version, m.OS.Build)
	}
	s, err := g.Snapshot("machine", source.Input{Path: m.URL, ID: m.Name}, opt)
	if err != nil {
		return nil, err
	}
	s.Source, s.CollectedAt, s.Proxy = m.URL, m.CollectedAt, m.Proxy
	preferReportedOS(s, m.OS)
	return s, nil
}

// wanted are the keys that every machine is asked for. Those of the accounts are
// found on the way, and asked for on this machine alone.
func wanted() []registry.Wanted {
	var keys []registry.Wanted
	for _, c := range CoveredKeys() {
		keys = append(keys, registry.Wanted{Key: c.Key, Deep: !c.Shallow})
	}
	for _, id := range Identities() {
		keys = append(keys, registry.Wanted{Key: id.Key})
	}
	for _, l := range lists() {
		keys = append(keys, registry.Wanted{Key: l.key, Names: l.names})
	}
	return append(keys, registry.Wanted{Key: InterfacesKey, Names: InterfaceNames()})
}

// preferReportedOS takes the version that the system itself gives if the registry has
// a different one: somebody may have written there.
func preferReportedOS(s *host.Snapshot, os host.OS) {
	if os.Build == 0 || os.Build == s.OS.Build {
		return
	}
	s.Notes = append(s.Notes, message.New("gather.other-build", message.Int("registry", s.OS.Build), message.Int("system", os.Build)))
	s.OS.Version, s.OS.Build, s.OS.Revision, s.OS.Name = os.Version, os.Build, 0, ""
}

// VersionedFiles are the files whose versions a source asks for, below the
// Windows folder; the collector scripts ask for the same (held by a test).
func VersionedFiles() []string {
	return []string{
		`System32\schannel.dll`, `System32\winhttp.dll`, `System32\webio.dll`,
		`Microsoft.NET\Framework64\v4.0.30319\System.dll`, `Microsoft.NET\Framework\v4.0.30319\System.dll`,
		`Microsoft.NET\Framework64\v2.0.50727\System.dll`, `Microsoft.NET\Framework\v2.0.50727\System.dll`,
	}
}

// FileName is how a snapshot names a file: System32 files by their name alone,
// others by their path below the Windows folder.
func FileName(path string) string {
	low := strings.ToLower(path)
	if name, ok := strings.CutPrefix(low, `system32\`); ok {
		return name
	}
	return low
}

// machineTree is the registry of a running machine as a tree.
type machineTree struct {
	ctx context.Context
	registry.Reader
}

func (t machineTree) Open(key string) (Node, bool, error) {
	list, err := t.Values(t.ctx, key)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, false, nil
	}
	return machineNode{t, key, list, true}, err == nil, err
}

// machineNode is one key. The values of a key that was opened are known.
type machineNode struct {
	tree  machineTree
	path  string
	list  []registry.Value
	known bool
}

func (n machineNode) Name() string { return n.path[strings.LastIndexByte(n.path, '\\')+1:] }

func (n machineNode) Values(key string) ([]host.Value, error) {
	list := n.list
	if !n.known {
		var err error
		if list, err = n.tree.Values(n.tree.ctx, n.path); err != nil {
			return nil, err
		}
	}
	found := make([]host.Value, len(list))
	for i, v := range list {
		found[i] = host.Value{Key: key, Name: v.Name, Data: v.Data()}
	}
	return found, nil
}

func (n machineNode) Value(name string) (host.Data, bool, error) {
	v, err := n.tree.Value(n.tree.ctx, n.path, name)
	if errors.Is(err, registry.ErrNotExist) {
		return host.Data{}, false, nil
	}
	return v.Data(), err == nil, err
}

func (n machineNode) Subkeys() ([]Node, error) {
	names, err := n.tree.Subkeys(n.tree.ctx, n.path)
	found := make([]Node, len(names))
	for i, name := range names {
		found[i] = machineNode{tree: n.tree, path: n.path + `\` + name}
	}
	return found, err
}
