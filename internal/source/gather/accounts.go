package source

import (
	"errors"
	"slices"
	"strings"

	"tlsready/internal/registry"
	"tlsready/internal/stack"
)

// accountValues are the values that say which proxy an account's programs take:
// of the account that asks, and of those that services run as. They are asked one
// by one, and their keys are not covered: what else stands there is a person's
// own, and of whom is not known.
func accountValues() []identity {
	var list []identity
	for _, root := range stack.ProxyAccounts() {
		for _, v := range stack.ProxyValues() {
			list = append(list, identity{root + `\` + v.Key, v.Names})
		}
	}
	return list
}

func isAccountValue(key, name string) bool { return names(accountValues(), key, name) }

// names says whether a list of values holds one.
func names(list []identity, key, name string) bool {
	return slices.ContainsFunc(list, func(id identity) bool {
		return strings.EqualFold(id.Key, key) && slices.ContainsFunc(id.Names, func(n string) bool { return strings.EqualFold(n, name) })
	})
}

// accounts reads them. What the account may not read is left out: a proxy that is
// not seen is never taken for none.
func (r *reading) accounts() error {
	for _, id := range accountValues() {
		r.refused = nil
		k, ok, err := r.tree.open(id.Key)
		switch {
		case errors.Is(err, registry.ErrDenied):
		case err != nil:
			return err
		case ok:
			if err := r.named(k, id.Key, id.Names); err != nil {
				return err
			}
		}
	}
	return nil
}
