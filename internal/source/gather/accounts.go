package gather

import (
	"errors"
	"slices"
	"strings"

	"tlsready/internal/registry"
	"tlsready/internal/stack"
)

// AccountValues are the values that say which proxy an account's programs take:
// of the account that asks, and of those that services run as. They are asked one
// by one, and their keys are not covered: what else stands there is a person's
// own, and of whom is not known.
func AccountValues() []Identity {
	var list []Identity
	for _, root := range stack.ProxyAccounts() {
		for _, v := range stack.ProxyValues() {
			list = append(list, Identity{root + `\` + v.Key, v.Names})
		}
	}
	return list
}

// IsAccountValue says whether a value is one of AccountValues.
func IsAccountValue(key, name string) bool { return Names(AccountValues(), key, name) }

// Names says whether a list of values holds one.
func Names(list []Identity, key, name string) bool {
	return slices.ContainsFunc(list, func(id Identity) bool {
		return strings.EqualFold(id.Key, key) && slices.ContainsFunc(id.Names, func(n string) bool { return strings.EqualFold(n, name) })
	})
}

// accounts reads them. What the account may not read is left out: a proxy that is
// not seen is never taken for none.
func (r *Reading) accounts() error {
	for _, id := range AccountValues() {
		k, ok, err := r.Tree.Open(id.Key)
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
