package program

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/program/protocol"
)

// suffix spells versions as ids do: "tls1.0,tls1.2".
func suffix(list []tlsready.Version) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = strings.ToLower(strings.ReplaceAll(v.String(), " ", ""))
	}
	return strings.Join(names, ",")
}

// title spells versions as people read them.
func title(list []tlsready.Version) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

// named is one place where TLS versions are named.
type named struct {
	versions []tlsready.Version // empty: the system's choice
	adds     bool               // they are added to what is in force
	without  []tlsready.Version // with adds: these are taken away from it first
	unknown  bool               // what is named cannot be told
	where    string             // method, or "line 12"
	line     int                // 0 if it is a method
	to       string             // what they are given to
	file     string             // the library, or "" for the program itself
	quoted   bool               // it stands in a text of the program
}

// places turns a hit into what it names.
func (h hit) places(file string) []named {
	base := named{where: h.where, to: h.to, file: file}
	var list []named
	for _, n := range h.value.consts {
		one := base
		versions, ok := protocol.Framework(n)
		one.versions, one.unknown, one.adds = versions, !ok, h.value.base
		if h.value.base && n == 0 {
			continue // the setting in force, set again
		}
		list = append(list, one)
	}
	if h.value.other {
		base.unknown = true
		list = append(list, base)
	}
	return list
}

// defaults are the versions that a program has in force by default, to which it
// adds: those of the target framework (Microsoft's ServicePointManager source).
func defaults(target string) []tlsready.Version {
	switch {
	case target == "" || below(target, "4.6"):
		return []tlsready.Version{tlsready.SSL30, tlsready.TLS10}
	case below(target, "4.7"):
		return []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12}
	}
	return nil // the system's choice is 0; adding to it leaves what was added
}

// inForce is what the place leaves in force.
func (n named) inForce(target string) []tlsready.Version {
	if !n.adds {
		return n.versions
	}
	kept := slices.DeleteFunc(defaults(target), func(v tlsready.Version) bool { return slices.Contains(n.without, v) })
	all := slices.Concat(kept, n.versions)
	slices.SortFunc(all, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	return slices.Compact(all)
}
