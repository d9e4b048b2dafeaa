// Package regcmd reads and changes the registry of a Windows machine by running
// reg.exe there, whatever carries the commands.
package regcmd

import (
	"context"
	"errors"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regexe"
	"tlsready/internal/registry"
	"tlsready/internal/source/regquery"
)

// Registry is the registry of a machine through its reg.exe. Each question costs
// a process there, so keys that are walked are asked for with all below them. It
// is not safe for several goroutines.
type Registry struct {
	run   Runner
	shell Shell

	known  map[string]*branch                     // keys asked for, by lower-case path
	failed map[string]error                       // keys that are not there or may not be read
	walked map[string]bool                        // keys whose subkeys were listed: what is below may be asked for next
	trees  map[string]bool                        // whether reg query /s of a key succeeded
	lists  map[string]map[string][]registry.Value // by key and name: the answers of reg query /s /v

	ahead map[string]Answer // what commands printed that were run ahead, by command line, until it is asked for
	alone bool              // asking for several keys at once has failed
}

// branch is one key: its values and the names of the keys below it.
type branch struct {
	values  []registry.Value
	subkeys []string
}

// New gives the registry that a runner reaches. No command is run yet.
func New(run Runner, shell Shell) *Registry {
	r := &Registry{run: run, shell: shell}
	r.forget()
	return r
}

// forget drops what is known, as after a change.
func (r *Registry) forget() {
	r.known, r.failed, r.walked = map[string]*branch{}, map[string]error{}, map[string]bool{}
	r.trees, r.lists = map[string]bool{}, map[string]map[string][]registry.Value{}
	r.ahead = map[string]Answer{}
}

// Values lists the values of a key.
func (r *Registry) Values(ctx context.Context, key string) ([]registry.Value, error) {
	b, err := r.branch(ctx, key)
	if err != nil {
		return nil, err
	}
	return b.values, nil
}

// Subkeys lists the names of the keys directly below a key.
func (r *Registry) Subkeys(ctx context.Context, key string) ([]string, error) {
	b, err := r.branch(ctx, key)
	if err != nil {
		return nil, err
	}
	r.walked[strings.ToLower(key)] = true
	return b.subkeys, nil
}

// Value reads one value. If single values of many keys below one key are wanted,
// reg query gives them in one answer.
func (r *Registry) Value(ctx context.Context, key, name string) (registry.Value, error) {
	parent := strings.ToLower(registry.Parent(key))
	values := r.Values
	if _, have := r.known[strings.ToLower(key)]; !have && name != "" && r.walked[parent] && !r.trees[parent] {
		values = func(ctx context.Context, key string) ([]registry.Value, error) { return r.everyNamed(ctx, key, name) }
	}
	list, err := values(ctx, key)
	if err != nil {
		return registry.Value{}, err
	}
	for _, v := range list {
		if strings.EqualFold(v.Name, name) {
			return v, nil
		}
	}
	return registry.Value{}, message.Error("regcmd.value", message.Str("key", key), message.Quote("name", name), message.Cause("why", registry.ErrNotExist))
}

// everyNamed gives the values of one name of a key out of those of all its
// siblings. If some of them cannot be read, the key is asked by itself.
func (r *Registry) everyNamed(ctx context.Context, key, name string) ([]registry.Value, error) {
	parent := registry.Parent(key)
	id := strings.ToLower(parent + "\x00" + name)
	found, asked := r.lists[id]
	if !asked {
		a, err := r.reg(ctx, ofName(parent, name).words...)
		if err != nil {
			return nil, err
		}
		// The status is 1, without an error, if no key has such a value.
		if a.Errors == "" {
			if found, err = byKey(a.Out); err != nil {
				return nil, message.At(parent, err)
			}
		}
		r.lists[id] = found
	}
	if found == nil {
		return r.Values(ctx, key)
	}
	return found[strings.ToLower(key)], nil
}

// byKey reads values under their keys.
func byKey(out []byte) (map[string][]registry.Value, error) {
	found := map[string][]registry.Value{}
	err := eachLine(out, func(key string) { found[strings.ToLower(key)] = nil }, func(key string, v registry.Value) {
		found[strings.ToLower(key)] = append(found[strings.ToLower(key)], v)
	})
	return found, err
}

// eachLine reads the keys and values that reg query printed.
func eachLine(out []byte, onKey func(key string), onValue func(key string, v registry.Value)) error {
	at := ""
	for _, text := range regquery.Lines(out) {
		line := regquery.Parse(text)
		switch {
		case line.Key != "":
			at = normal(line.Key)
			onKey(at)
		case line.IsValue && at != "" && !line.NotSet:
			data, err := line.Data()
			if err != nil {
				return message.Error("regcmd.value", message.Str("key", at), message.Quote("name", line.Name), message.Cause("why", err))
			}
			v, err := registry.NewValue(line.Name, data)
			if err != nil {
				return message.Error("regcmd.value", message.Str("key", at), message.Quote("name", line.Name), message.Cause("why", err))
			}
			onValue(at, v)
		}
	}
	return nil
}

// normal spells a key that reg query printed as snapshots do.
func normal(printed string) string { return host.NormalKey(printed) }

// branch gives a key, from what is known or from the machine.
func (r *Registry) branch(ctx context.Context, key string) (*branch, error) {
	low, parent := strings.ToLower(key), registry.Parent(key)
	if b, ok := r.known[low]; ok {
		return b, nil
	}
	if err := r.failed[low]; err != nil {
		return nil, err
	}
	if r.walked[strings.ToLower(parent)] {
		if err := r.tree(ctx, parent); err != nil {
			return nil, err
		}
		if b, ok := r.known[low]; ok {
			return b, nil
		}
	}
	return r.single(ctx, key)
}

// tree asks for all keys below key, once. If a part of them cannot be read, the
// answer is not used: each key, asked by itself, then says why.
func (r *Registry) tree(ctx context.Context, key string) error {
	low := strings.ToLower(key)
	if _, asked := r.trees[low]; asked {
		return nil
	}
	a, err := r.reg(ctx, ofTree(key).words...)
	if err != nil {
		return err
	}
	r.trees[low] = a.Status == 0 && a.Errors == ""
	if !r.trees[low] {
		return nil
	}
	found := map[string]*branch{}
	err = eachLine(a.Out, func(k string) { grow(found, key, k) }, func(k string, v registry.Value) {
		b := grow(found, key, k)
		b.values = append(b.values, v)
	})
	if err != nil {
		return err
	}
	for k, b := range found {
		if k != low {
			r.known[k] = b
			r.walked[k] = true
			r.trees[k] = true
		}
	}
	return nil
}

// grow gives the branch of k, with those between it and root.
func grow(found map[string]*branch, root, k string) *branch {
	low := strings.ToLower(k)
	if b := found[low]; b != nil {
		return b
	}
	b := &branch{}
	found[low] = b
	if len(k) > len(root) && strings.EqualFold(k[:len(root)+1], root+`\`) {
		parent := registry.Parent(k)
		up := grow(found, root, parent)
		up.subkeys = append(up.subkeys, k[len(parent)+1:])
	}
	return b
}

// single asks for one key: its values, and the keys directly below it. A reg.exe that
// failed without a word has said nothing of the key, and is asked once more.
func (r *Registry) single(ctx context.Context, key string) (*branch, error) {
	a, err := r.reg(ctx, ofKey(key).words...)
	if err == nil && a.silent() {
		a, err = r.reg(ctx, ofKey(key).words...)
	}
	if err != nil {
		return nil, err
	}
	if a.Status != 0 {
		return nil, r.refused(ctx, key, a)
	}
	b, err := readKey(key, a.Out)
	if err != nil {
		return nil, err
	}
	r.known[strings.ToLower(key)] = b
	return b, nil
}

// readKey reads the answer to a question for one key.
func readKey(key string, out []byte) (*branch, error) {
	b := &branch{}
	err := eachLine(out, func(k string) {
		if strings.EqualFold(registry.Parent(k), key) {
			b.subkeys = append(b.subkeys, k[len(key)+1:])
		}
	}, func(k string, v registry.Value) {
		if strings.EqualFold(k, key) {
			b.values = append(b.values, v)
		}
	})
	return b, err
}

// refused tells a missing key from one that may not be read. The words of reg.exe
// are known in English and Japanese; in other languages the list of the parent
// decides, which names a key that may not be read. Of a key that is listed there reg.exe
// has to say something: silence is a failure of its own, and no refusal.
func (r *Registry) refused(ctx context.Context, key string, a Answer) error {
	parent := registry.Parent(key)
	words, why := a.said(), registry.ErrDenied
	switch {
	case regquery.IsMissing(words):
		why = registry.ErrNotExist
	case !regquery.IsDenied(words) && parent != "":
		b, err := r.branch(ctx, parent)
		if errors.Is(err, registry.ErrNotExist) || err == nil && !holds(b.subkeys, key[len(parent)+1:]) {
			why = registry.ErrNotExist
		} else if err != nil && !errors.Is(err, registry.ErrDenied) {
			return err
		}
	}
	if a.silent() && why != registry.ErrNotExist {
		return message.Error("regcmd.silent", message.Str("key", key), message.Int("status", a.Status))
	}
	err := message.At(key, why)
	r.failed[strings.ToLower(key)] = err
	return err
}

func holds(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// reg runs a command whose words after "@" are quoted.
func (r *Registry) reg(ctx context.Context, words ...string) (Answer, error) {
	line, err := r.shell.command(words...)
	if err != nil {
		return Answer{}, err
	}
	if a, known := r.ahead[line]; known {
		delete(r.ahead, line) // what it says is kept in another form now
		return a, nil
	}
	return r.run.Run(ctx, line)
}

// Set writes a value into a key that exists.
func (r *Registry) Set(ctx context.Context, key string, v registry.Value) error {
	r.forget()
	if _, err := r.single(ctx, key); err != nil {
		return err
	}
	line, err := r.shell.adding(key, v)
	if err != nil {
		return message.At(key, err)
	}
	return r.change(ctx, key, line)
}

// Delete removes a value that exists.
func (r *Registry) Delete(ctx context.Context, key, name string) error {
	r.forget()
	if _, err := r.Value(ctx, key, name); err != nil {
		return err
	}
	return r.changeBy(ctx, key, regexe.Delete(key, name, regexe.NoView))
}

// CreateKey makes one key below a key that exists.
func (r *Registry) CreateKey(ctx context.Context, key string) error {
	r.forget()
	parent := registry.Parent(key)
	b, err := r.single(ctx, parent)
	if err != nil {
		return err
	}
	if holds(b.subkeys, key[len(parent)+1:]) {
		return message.At(key, registry.ErrExist)
	}
	if err := r.changeBy(ctx, key, regexe.AddKey(key, regexe.NoView)); err != nil {
		return err
	}
	return r.bare(ctx, key)
}

// bare takes the empty default value out of a key that was just made, if reg add has
// put one there, as Wine's does: otherwise the key would not count as empty when it
// is to be removed again.
func (r *Registry) bare(ctx context.Context, key string) error {
	made, err := r.single(ctx, key)
	if err != nil || len(made.values) != 1 || made.values[0].Name != "" || !made.values[0].Data().Equal(host.String("")) {
		return err
	}
	return r.changeBy(ctx, key, regexe.Delete(key, "", regexe.NoView))
}

// DeleteKey removes a key without values and without keys below it. Reg.exe has no
// such check of its own, so the key is looked at right before.
func (r *Registry) DeleteKey(ctx context.Context, key string) error {
	r.forget()
	b, err := r.single(ctx, key)
	if err != nil {
		return err
	}
	if len(b.values)+len(b.subkeys) > 0 {
		return message.At(key, registry.ErrNotEmpty)
	}
	return r.changeBy(ctx, key, regexe.DeleteKey(key, regexe.NoView))
}

// changeBy runs a command that writes.
func (r *Registry) changeBy(ctx context.Context, key string, c regexe.Command) error {
	line, err := c.In(r.shell.line())
	if err != nil {
		return message.At(key, err)
	}
	return r.change(ctx, key, line)
}

// change runs a command line that writes.
func (r *Registry) change(ctx context.Context, key, line string) error {
	defer r.forget()
	a, err := r.run.Run(ctx, line)
	switch {
	case err != nil:
		return message.At(key, err)
	case a.Status == 0:
		return nil
	case regquery.IsMissing(a.Errors):
		return message.At(key, registry.ErrNotExist)
	case regquery.IsDenied(a.Errors):
		return message.At(key, registry.ErrDenied)
	}
	return message.Error("regcmd.status", message.Str("key", key), message.Int("status", a.Status), message.Str("said", a.Errors))
}
