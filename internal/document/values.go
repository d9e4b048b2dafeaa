package document

import (
	"encoding/json"

	"tlsready/internal/host"
)

// ValueOf shows the data of a registry value. Strings and numbers always have a JSON
// form.
func ValueOf(d host.Data) json.RawMessage {
	raw, err := d.JSON()
	if err != nil {
		return nil
	}
	return raw
}

// ChangeOf shows a change, with the value before it if that is known.
func ChangeOf(c host.Change) Change {
	one := Change{Key: c.Key, Name: c.Name, Delete: c.Delete, WholeKey: c.Tree, Owner: c.Owner, Policy: c.Policy, Services: c.Services}
	if !c.Delete {
		one.Data = c.Data
	}
	if c.Before.State != "" {
		one.Before = &Before{State: c.Before.State}
		if c.Before.State == host.Present {
			one.Before.Data = c.Before.Data
		}
	}
	return one
}
