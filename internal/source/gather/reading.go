package source

import (
	"errors"
	"fmt"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// tree is a registry that is walked key by key: hives, or a running machine.
type tree interface {
	// open finds a key as snapshots spell it; false: there is none.
	open(key string) (node, bool, error)
}

// node is one key of a tree.
type node interface {
	name() string
	values(key string) ([]host.Value, error) // under the name of key
	value(name string) (host.Data, bool, error)
	subkeys() ([]node, error)
}

// The roots under which settings are looked for.
const (
	currentControlSet = `HKLM\SYSTEM\CurrentControlSet\`
	softwareRoot      = `HKLM\SOFTWARE\`
)

// maxKeys bounds the keys of one machine: the covered keys and the lists of a
// server that has been patched for ten years have some 30,000, an answer without
// an end has no bound.
const maxKeys = 1 << 18

// reading walks a tree into what was gathered.
type reading struct {
	*gathered
	tree    tree
	refused []string // keys below the one being read that could not be read
}

// settings reads the covered keys and the identity values below root.
func (r *reading) settings(root string) error {
	for _, c := range coveredKeys() {
		if !strings.HasPrefix(c.Key, root) {
			continue
		}
		if err := r.covers(c); err != nil {
			return err
		}
	}
	for _, id := range identities() {
		if !strings.HasPrefix(id.Key, root) {
			continue
		}
		if err := r.identity(id); err != nil {
			return err
		}
	}
	return nil
}

// covers reads one covered key. Where something below it could not be read, what
// was found is kept and the rest is not taken for absent.
func (r *reading) covers(c covered) error {
	r.refused = nil
	k, ok, err := r.tree.open(c.Key)
	switch {
	case err != nil:
		err = r.refuse(c.Key, err)
	case ok:
		err = r.walk(k, c.Key, !c.Shallow)
	}
	if err != nil {
		return err
	}
	if r.noteRefused() {
		r.partly = append(r.partly, c.Key)
	} else {
		r.covered = append(r.covered, c.Key)
	}
	return nil
}

// refuse notes a key that the account may not read, or that its parent lists but
// that cannot be opened; any other error ends the reading.
func (r *reading) refuse(key string, err error) error {
	if !errors.Is(err, registry.ErrDenied) && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	r.refused = append(r.refused, key)
	return nil
}

// noteRefused says whether keys were refused, and notes the first of them.
func (r *reading) noteRefused() bool {
	if len(r.refused) == 0 {
		return false
	}
	more := ""
	if n := len(r.refused) - 1; n > 0 {
		more = " and " + count(n, "more key")
	}
	r.notes = append(r.notes, r.refused[0]+more+" could not be read; run as an administrator to read all of it")
	return true
}

// walk takes the values of k, which is called key in the snapshot, and where
// deep of the keys below it.
func (r *reading) walk(k node, key string, deep bool) error {
	list, err := k.values(key)
	if err != nil {
		return r.refuse(key, err)
	}
	if len(r.keys) >= maxKeys {
		return fmt.Errorf("%s: there are more than %d keys", key, maxKeys)
	}
	r.keys = append(r.keys, key)
	r.values = append(r.values, list...)
	if !deep {
		return nil
	}
	below, err := k.subkeys()
	if err != nil {
		return r.refuse(key, err)
	}
	for _, sub := range below {
		if err := r.walk(sub, key+`\`+sub.name(), true); err != nil {
			return err
		}
	}
	return nil
}

// identity takes the values that say which system it is, where they may be read.
func (r *reading) identity(id identity) error {
	r.refused = nil
	k, ok, err := r.tree.open(id.Key)
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
func (r *reading) named(k node, key string, names []string) error {
	r.keys = append(r.keys, key)
	for _, name := range names {
		data, ok, err := k.value(name)
		if err != nil {
			return r.refuse(key, err)
		}
		if ok {
			r.values = append(r.values, host.Value{Key: key, Name: name, Data: data})
		}
	}
	return nil
}

// software reads settings, programs, updates and certificates.
func (r *reading) software() error {
	if err := r.settings(softwareRoot); err != nil {
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
	found := []listed{{packagesKey, isUpdate, []string{"CurrentState", "InstallLocation"}}}
	for _, key := range []string{uninstallKey, uninstallKey32} {
		found = append(found, listed{key, nil, []string{"DisplayName", "DisplayVersion", "SystemComponent", "ParentKeyName"}})
	}
	for _, store := range append(rootStores(), intermediateStores()...) {
		found = append(found, listed{key: store + certificatesKey})
	}
	return found
}

// list takes the named values of the keys directly below key. A list of which a
// part could not be read is none: it would prove nothing by what it lacks.
func (r *reading) list(key string, want func(name string) bool, names ...string) error {
	r.refused = nil
	k, ok, err := r.tree.open(key)
	switch {
	case err != nil:
		err = r.refuse(key, err)
	case ok:
		err = r.entries(k, key, want, names)
	}
	if err == nil && !r.noteRefused() {
		r.lists = append(r.lists, key)
	}
	return err
}

func (r *reading) entries(k node, key string, want func(name string) bool, names []string) error {
	below, err := k.subkeys()
	if err != nil {
		return r.refuse(key, err)
	}
	r.keys = append(r.keys, key)
	for _, sub := range below {
		if want != nil && !want(sub.name()) {
			continue
		}
		if err := r.named(sub, key+`\`+sub.name(), names); err != nil {
			return err
		}
	}
	return nil
}
