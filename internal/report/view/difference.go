package view

import (
	"cmp"
	"encoding/json"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Difference is "key name: before → after". The type is given if it differs, or if only
// one side has the value.
func (w Words) Difference(d document.Difference) string {
	name := d.Name
	switch {
	case d.Area == document.RegistryArea:
		name = d.Key + " " + cmp.Or(name, w.Text("diff.default-value"))
	case d.Area == document.SystemArea:
		name = w.Text("diff.system." + d.Name)
	case d.Key != "":
		name = w.Text("diff.store."+d.Key) + " " + name
	}
	withType := d.Before.Type != d.After.Type
	return name + ": " + w.sideText(d.Before, withType) + " → " + w.sideText(d.After, withType)
}

func (w Words) sideText(s document.Side, withType bool) string {
	if s.Value == nil {
		return w.Or("state."+s.State, w.Text("diff.side."+s.State))
	}
	if data, err := host.ParseData(s.Type, s.Value); err == nil && s.Type != "" {
		if withType {
			return data.DisplayTyped()
		}
		return data.Display()
	}
	var plain string
	if json.Unmarshal(s.Value, &plain) == nil {
		return plain
	}
	return string(s.Value)
}
