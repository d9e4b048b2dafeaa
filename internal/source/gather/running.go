package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// Scheme is a way to a running machine: local:, or a URL that names one.
type Scheme struct {
	Name string // without the colon, lower-case
	// ID is the id of the host that the URL names. An error is a wrong URL, or a
	// way that this system does not have, and ends the run.
	ID func(url string) (string, error)
	// Expect is told of every machine that is going to be read, before the first
	// one is, so that they can be read ahead; may be nil.
	Expect func(url string)
	// Read reads the machine. An error costs that host.
	Read func(ctx context.Context, url string, opt Options) (*host.Snapshot, error)
	// Left gives, after the context of Read has ended, the snapshot of a machine
	// that was read ahead and that nobody took; may be nil.
	Left func(url string) (*host.Snapshot, bool)
}

// scheme finds the scheme of an argument.
func (o Options) scheme(arg string) (Scheme, bool) {
	name, _, ok := strings.Cut(arg, ":")
	for _, s := range o.Schemes {
		if ok && strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Scheme{}, false
}

// Machine is a running machine to be read: its registry, and what its source
// learned of it otherwise.
type Machine struct {
	URL         string // as the user gave it; never with a password
	Name        string // for a machine that does not say its name
	Registry    registry.Reader
	OS          host.OS           // what the system itself says: Version and Build; may be empty
	Files       map[string]string // versions by the path below the Windows folder; nil: not asked
	CollectedAt time.Time
	Accounts    bool        // Registry holds the accounts' hives as well
	Proxy       *host.Proxy // nil: not asked
}

// FromMachine reads a running machine. What the account may not read is named in
// the notes and counts as not asked; any other failure is an error.
func FromMachine(ctx context.Context, m Machine, opt Options) (*host.Snapshot, error) {
	g := gathered{}
	r := reading{gathered: &g, tree: machineTree{ctx, m.Registry}}
	ahead := func() error { return registry.Prefetch(ctx, m.Registry, wanted()) }
	steps := []func() error{ahead, func() error { return r.settings(currentControlSet) }, r.software}
	if m.Accounts {
		steps = append(steps, r.accounts)
	}
	for _, read := range steps {
		if err := read(); err != nil {
			return nil, problem(m.URL, err, "")
		}
	}
	if m.Files != nil {
		g.files = map[string]string{}
		for path, version := range m.Files {
			g.files[fileName(path)] = version
		}
	}
	if opt.OS == "" && m.OS.Build > 0 {
		opt.OS = fmt.Sprintf("%s.%d", m.OS.Version, m.OS.Build)
	}
	s, err := g.snapshot("machine", Input{Path: m.URL, ID: m.Name}, opt)
	if err != nil {
		return nil, err
	}
	s.Source, s.CollectedAt, s.Proxy = m.URL, m.CollectedAt, m.Proxy
	believe(s, m.OS)
	return s, nil
}

// wanted are the keys that every machine is asked for. Those of the accounts are
// found on the way, and asked for on this machine alone.
func wanted() []registry.Wanted {
	var keys []registry.Wanted
	for _, c := range coveredKeys() {
		keys = append(keys, registry.Wanted{Key: c.Key, Deep: !c.Shallow})
	}
	for _, id := range identities() {
		keys = append(keys, registry.Wanted{Key: id.Key})
	}
	for _, l := range lists() {
		keys = append(keys, registry.Wanted{Key: l.key, Names: l.names})
	}
	return keys
}

// believe takes the version that the system itself gives where the registry says
// another: somebody may have written there.
func believe(s *host.Snapshot, os host.OS) {
	if os.Build == 0 || os.Build == s.OS.Build {
		return
	}
	s.Notes = append(s.Notes, fmt.Sprintf("the registry says build %d, the system itself %d, which counts", s.OS.Build, os.Build))
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

// machineTree is the registry of a running machine as a tree.
type machineTree struct {
	ctx context.Context
	registry.Reader
}

func (t machineTree) open(key string) (node, bool, error) {
	list, err := t.Values(t.ctx, key)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, false, nil
	}
	return machineNode{t, key, list, true}, err == nil, err
}

// machineNode is one key. The values of a key that was opened are known.
type machineNode struct {
	machineTree
	key   string
	list  []registry.Value
	known bool
}

func (n machineNode) name() string { return n.key[strings.LastIndexByte(n.key, '\\')+1:] }

func (n machineNode) values(key string) ([]host.Value, error) {
	list := n.list
	if !n.known {
		var err error
		if list, err = n.Values(n.ctx, n.key); err != nil {
			return nil, err
		}
	}
	found := make([]host.Value, len(list))
	for i, v := range list {
		found[i] = host.Value{Key: key, Name: v.Name, Data: v.Data()}
	}
	return found, nil
}

func (n machineNode) value(name string) (host.Data, bool, error) {
	v, err := n.Value(n.ctx, n.key, name)
	if errors.Is(err, registry.ErrNotExist) {
		return host.Data{}, false, nil
	}
	return v.Data(), err == nil, err
}

func (n machineNode) subkeys() ([]node, error) {
	names, err := n.Subkeys(n.ctx, n.key)
	found := make([]node, len(names))
	for i, name := range names {
		found[i] = machineNode{machineTree: n.machineTree, key: n.key + `\` + name}
	}
	return found, err
}
