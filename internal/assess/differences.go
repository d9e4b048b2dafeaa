package assess

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// differences compares what two snapshots of one host state.
func differences(before, after *host.Snapshot) []document.Difference {
	return append([]document.Difference{}, slices.Concat(
		systemDiffs(before, after), coverageDiffs(before, after), registryDiffs(before, after),
		updateDiffs(before.Updates, after.Updates), fileDiffs(before.Files, after.Files),
		certificateDiffs(before.Certificates, after.Certificates), programDiffs(before.Programs, after.Programs),
	)...)
}

func same(a, b document.Side) bool {
	return a.State == b.State && a.Type == b.Type && string(a.Value) == string(b.Value)
}

func state(s host.State) document.Side { return document.Side{State: string(s)} }

// stated is a text or a number that a side states.
func stated(v any) document.Side {
	raw, err := json.Marshal(v)
	if err != nil { // strings and numbers always have a JSON form
		return state(host.Present)
	}
	return document.Side{State: string(host.Present), Value: raw}
}

func systemDiffs(before, after *host.Snapshot) []document.Difference {
	b, a := systemFacts(before), systemFacts(after)
	var list []document.Difference
	for i := range b {
		if !strings.EqualFold(string(b[i].Before.Value), string(a[i].Before.Value)) {
			list = append(list, document.Difference{Area: document.SystemArea, Name: b[i].Name, Before: b[i].Before, After: a[i].Before})
		}
	}
	return list
}

// systemFacts are what a snapshot states of the system, each in Before.
func systemFacts(s *host.Snapshot) []document.Difference {
	text := func(name, v string) document.Difference {
		if v == "" {
			return document.Difference{Name: name, Before: state(host.NotAsked)}
		}
		return document.Difference{Name: name, Before: stated(v)}
	}
	revision := document.Difference{Name: "revision", Before: state(host.NotAsked)}
	if s.OS.Revision > 0 {
		revision.Before = stated(s.OS.Revision)
	}
	return []document.Difference{
		text("hostName", s.Name), text("name", s.OS.Name), text("version", s.OS.Version),
		{Name: "build", Before: stated(s.OS.Build)},
		revision,
		{Name: "servicePack", Before: stated(s.OS.ServicePack)},
		text("architecture", s.OS.Architecture), text("type", s.OS.Type),
	}
}

// registryDiffs compares values by their state and data, in the order of
// snapshots.
func registryDiffs(before, after *host.Snapshot) []document.Difference {
	b, a := host.NewView(before), host.NewView(after)
	values := slices.Concat(after.Registry, before.Registry)
	slices.SortStableFunc(values, func(x, y host.Value) int {
		return cmp.Or(cmp.Compare(strings.ToLower(x.Key), strings.ToLower(y.Key)), cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)))
	})
	values = slices.CompactFunc(values, func(x, y host.Value) bool {
		return strings.EqualFold(x.Key, y.Key) && strings.EqualFold(x.Name, y.Name)
	})
	var list []document.Difference
	for _, v := range values {
		ref := host.NewRef(v.Key, v.Name)
		d := document.Difference{Area: document.RegistryArea, Key: v.Key, Name: v.Name, Before: valueSide(b.Lookup(ref)), After: valueSide(a.Lookup(ref))}
		if !same(d.Before, d.After) {
			list = append(list, d)
		}
	}
	return list
}

func valueSide(d host.Data, s host.State) document.Side {
	if s != host.Present {
		return state(s)
	}
	return document.Side{State: string(s), Type: d.Type, Value: document.ValueOf(d)}
}

// itemDiffs compares lists of items by name, in the order of the names. An item
// that a side does not list is what none says for that side.
func itemDiffs(area, key string, before, after map[string]document.Side, noneBefore, noneAfter document.Side) []document.Difference {
	var list []document.Difference
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		d := document.Difference{Area: area, Key: key, Name: name, Before: noneBefore, After: noneAfter}
		if s, ok := before[name]; ok {
			d.Before = s
		}
		if s, ok := after[name]; ok {
			d.After = s
		}
		if !same(d.Before, d.After) {
			list = append(list, d)
		}
	}
	return list
}

// updateDiffs compares lists that both sides have. An update that is missing
// from a list that is not whole is not absent.
func updateDiffs(before, after *host.Updates) []document.Difference {
	if before == nil || after == nil {
		return nil
	}
	missing := func(u *host.Updates) document.Side {
		if u.Complete {
			return state(host.Absent)
		}
		return state(host.NotAsked)
	}
	return itemDiffs(document.UpdateArea, "", updateSides(before), updateSides(after), missing(before), missing(after))
}

func updateSides(u *host.Updates) map[string]document.Side {
	m := map[string]document.Side{}
	for _, id := range u.IDs {
		m[strings.ToUpper(id)] = state(host.Present)
	}
	return m
}

func fileDiffs(before, after map[string]string) []document.Difference {
	if before == nil || after == nil {
		return nil
	}
	sides := func(files map[string]string) map[string]document.Side {
		m := map[string]document.Side{}
		for name, version := range files {
			m[strings.ToLower(name)] = stated(version)
		}
		return m
	}
	return itemDiffs(document.FileArea, "", sides(before), sides(after), state(host.Absent), state(host.Absent))
}

func certificateDiffs(before, after *host.Certificates) []document.Difference {
	b, a := stores(before), stores(after)
	var list []document.Difference
	for _, store := range storeNames() {
		if b[store] != nil && a[store] != nil {
			list = append(list, itemDiffs(document.CertificateArea, store, thumbprintSides(b[store]), thumbprintSides(a[store]), state(host.Absent), state(host.Absent))...)
		}
	}
	return list
}

func storeNames() []string { return []string{"root", "intermediate"} }

func stores(c *host.Certificates) map[string][]string {
	if c == nil {
		return nil
	}
	return map[string][]string{"root": c.Root, "intermediate": c.Intermediate}
}

func thumbprintSides(list []string) map[string]document.Side {
	m := map[string]document.Side{}
	for _, t := range list {
		m[strings.ToLower(t)] = state(host.Present)
	}
	return m
}

// programDiffs compares programs by name; several versions of one stand together.
func programDiffs(before, after *[]host.Program) []document.Difference {
	if before == nil || after == nil {
		return nil
	}
	sides := func(list []host.Program) map[string]document.Side {
		versions := map[string][]string{}
		for _, p := range list {
			versions[p.Name] = append(versions[p.Name], p.Version)
		}
		m := map[string]document.Side{}
		for name, v := range versions {
			slices.SortFunc(v, host.CompareVersions)
			m[name] = stated(strings.Join(slices.Compact(v), ", "))
		}
		return m
	}
	return itemDiffs(document.ProgramArea, "", sides(*before), sides(*after), state(host.Absent), state(host.Absent))
}

// coverageDiffs compares what the sides looked through: registry keys, and the
// lists by their names in a snapshot.
func coverageDiffs(before, after *host.Snapshot) []document.Difference {
	list := itemDiffs(document.CoverageArea, "", coveredSides(before, after), coveredSides(after, before),
		state(host.NotAsked), state(host.NotAsked))
	asked := func(name string, b, a document.Side) {
		if !same(b, a) {
			list = append(list, document.Difference{Area: document.CoverageArea, Name: name, Before: b, After: a})
		}
	}
	asked("updates", updatesAsked(before.Updates), updatesAsked(after.Updates))
	asked("files", askedIf(before.Files != nil), askedIf(after.Files != nil))
	for _, store := range storeNames() {
		asked("certificates."+store, askedIf(stores(before.Certificates)[store] != nil), askedIf(stores(after.Certificates)[store] != nil))
	}
	asked("programs", askedIf(before.Programs != nil), askedIf(after.Programs != nil))
	return list
}

func askedIf(yes bool) document.Side {
	if yes {
		return document.Side{State: document.Asked}
	}
	return state(host.NotAsked)
}

func updatesAsked(u *host.Updates) document.Side {
	if u != nil && !u.Complete {
		return document.Side{State: document.InPart}
	}
	return askedIf(u != nil)
}

// coveredSides says of each prefix of either side how far the first one looked
// through it.
func coveredSides(own, other *host.Snapshot) map[string]document.Side {
	m := map[string]document.Side{}
	for _, key := range slices.Concat(own.Covered, own.Shallow, other.Covered, other.Shallow) {
		below := func(read string) bool { return host.Under(read, key) }
		switch {
		case slices.ContainsFunc(own.Covered, func(prefix string) bool { return host.Under(key, prefix) }):
			m[key] = document.Side{State: document.Asked}
		case slices.ContainsFunc(own.Covered, below) || slices.ContainsFunc(own.Shallow, below):
			m[key] = document.Side{State: document.InPart}
		}
	}
	return m
}
