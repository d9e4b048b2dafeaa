package gather

import (
	"errors"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Tree is a registry that is walked key by key: hives, or a running machine.
type Tree interface {
	// Open finds a key as snapshots spell it; false if there is no such key.
	Open(key string) (Node, bool, error)
}

// Node is one key of a tree.
type Node interface {
	Name() string
	Values(key string) ([]host.Value, error) // under the name of key
	Value(name string) (host.Data, bool, error)
	Subkeys() ([]Node, error)
}

// The roots under which settings are looked for.
const (
	CurrentControlSet = `HKLM\SYSTEM\CurrentControlSet\`
	SoftwareRoot      = `HKLM\SOFTWARE\`
)

// maxKeys bounds the keys of one machine: the covered keys and the lists of a
// server that has been patched for ten years have some 30,000, an answer without
// an end has no bound.
const maxKeys = 1 << 18

// Reading walks a tree into what was gathered.
type Reading struct {
	*Facts
	Tree    Tree
	refused []string // keys that could not be read, since the last note
}

// Settings reads the covered keys and the identity values below root.
func (r *Reading) Settings(root string) error {
	for _, c := range CoveredKeys() {
		if !strings.HasPrefix(c.Key, root) {
			continue
		}
		if err := r.covers(c); err != nil {
			return err
		}
	}
	for _, id := range Identities() {
		if !strings.HasPrefix(id.Key, root) {
			continue
		}
		if err := r.identity(id); err != nil {
			return err
		}
	}
	return nil
}

// covers reads one covered key. What of it could not be read is kept apart; the
// rest counts.
func (r *Reading) covers(c CoveredKey) error {
	r.Ask(c.Key)
	k, ok, err := r.Tree.Open(c.Key)
	switch {
	case err != nil:
		err = r.refuse(c.Key, err)
	case ok:
		err = r.walk(k, c.Key, !c.Shallow)
	default:
		r.Gone(c.Key)
	}
	r.noteRefused()
	return err
}

// refuse notes a key that the account may not read, or that its parent lists but
// that cannot be opened; any other error ends the reading.
func (r *Reading) refuse(key string, err error) error {
	if !errors.Is(err, registry.ErrDenied) && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	r.Lost(key)
	r.refused = append(r.refused, key)
	return nil
}

// noteRefused says whether keys were refused, and notes the first of them.
func (r *Reading) noteRefused() bool {
	n := len(r.refused)
	if n == 0 {
		return false
	}
	if n == 1 {
		r.Note("gather.refused", message.Str("key", r.refused[0]))
	} else {
		r.Note("gather.refused-more", message.Str("key", r.refused[0]), message.Int("more", n-1))
	}
	r.refused = nil
	return true
}

// walk takes the values of k, which is called key in the snapshot, and if deep
// those of the keys below it.
func (r *Reading) walk(k Node, key string, deep bool) error {
	list, err := k.Values(key)
	if err != nil {
		return r.refuse(key, err)
	}
	if len(r.Keys) >= maxKeys {
		return message.Error("gather.many-keys", message.Str("key", key), message.Int("limit", maxKeys))
	}
	r.Keys = append(r.Keys, key)
	r.Values = append(r.Values, list...)
	r.Own(key)
	if !deep {
		return nil
	}
	below, err := k.Subkeys()
	if err != nil {
		return r.unlisted(key, err)
	}
	names := make([]string, len(below))
	for i, sub := range below {
		names[i] = sub.Name()
	}
	r.Subkeys(key, names)
	for _, sub := range below {
		if err := r.walk(sub, key+`\`+sub.Name(), true); err != nil {
			return err
		}
	}
	return nil
}

// unlisted notes a key whose values were read, but not which keys are below it.
func (r *Reading) unlisted(key string, err error) error {
	if !errors.Is(err, registry.ErrDenied) && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	r.refused = append(r.refused, key)
	return nil
}

// identity takes the values that say which system it is, if it may read them.
func (r *Reading) identity(id Identity) error {
	k, ok, err := r.Tree.Open(id.Key)
	switch {
	case err != nil:
		err = r.refuse(id.Key, err)
	case ok:
		err = r.named(k, id.Key, id.Names)
	}
	r.noteRefused()
	return err
}

// named takes the named values of one key.
func (r *Reading) named(k Node, key string, names []string) error {
	r.Keys = append(r.Keys, key)
	for _, name := range names {
		data, ok, err := k.Value(name)
		if err != nil {
			return r.refuse(key, err)
		}
		if ok {
			r.Values = append(r.Values, host.Value{Key: key, Name: name, Data: data})
		}
	}
	return nil
}

// System reads the settings of the control set in use, and the interfaces.
func (r *Reading) System() error {
	if err := r.Settings(CurrentControlSet); err != nil {
		return err
	}
	r.interfaces()
	return nil
}

// Software reads settings, programs, updates and certificates.
func (r *Reading) Software() error {
	if err := r.Settings(SoftwareRoot); err != nil {
		return err
	}
	for _, l := range lists() {
		if err := r.list(l.key, l.want, l.names...); err != nil {
			return err
		}
	}
	return nil
}

// listed is a key that is read for the keys directly below it.
type listed struct {
	key   string
	want  func(name string) bool // which of them; nil: all
	names []string               // of the values that are taken of them
}

// lists are the programs, the updates and the certificates.
func lists() []listed {
	isUpdate := func(name string) bool {
		low := strings.ToLower(name)
		return strings.HasPrefix(low, "package_") && strings.Contains(low, "for_")
	}
	found := []listed{{PackagesKey, isUpdate, []string{"CurrentState", "InstallLocation"}}}
	for _, key := range []string{UninstallKey, UninstallKey32} {
		found = append(found, listed{key, nil, []string{"DisplayName", "DisplayVersion", "SystemComponent", "ParentKeyName"}})
	}
	for _, store := range append(RootStores(), IntermediateStores()...) {
		found = append(found, listed{key: store + CertificatesKey})
	}
	return found
}

// list takes the named values of the keys directly below key. A list of which a
// part could not be read counts for nothing: what it lacks would prove nothing.
func (r *Reading) list(key string, want func(name string) bool, names ...string) error {
	k, ok, err := r.Tree.Open(key)
	switch {
	case err != nil:
		err = r.refuse(key, err)
	case ok:
		err = r.entries(k, key, want, names)
	}
	if err == nil && !r.noteRefused() {
		r.Lists = append(r.Lists, key)
	}
	return err
}

func (r *Reading) entries(k Node, key string, want func(name string) bool, names []string) error {
	below, err := k.Subkeys()
	if err != nil {
		return r.refuse(key, err)
	}
	r.Keys = append(r.Keys, key)
	for _, sub := range below {
		if want != nil && !want(sub.Name()) {
			continue
		}
		if err := r.named(sub, key+`\`+sub.Name(), names); err != nil {
			return err
		}
	}
	return nil
}
