// Package formats lists the formats of change sets. A new one is a package beside
// this one and a line here.
package formats

import (
	"slices"

	"tlsready/internal/recipe"
	"tlsready/internal/recipe/cmd"
	"tlsready/internal/recipe/ps1"
	"tlsready/internal/recipe/reg"
)

// All lists the formats, those that administrators ask for most first.
func All() []recipe.Format {
	return []recipe.Format{ps1.Format(), reg.Format(), cmd.Format()}
}

// Names are the names of all formats.
func Names() []string {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// ByName finds a format.
func ByName(name string) (recipe.Format, bool) {
	list := All()
	if i := slices.IndexFunc(list, func(f recipe.Format) bool { return f.Name == name }); i >= 0 {
		return list[i], true
	}
	return recipe.Format{}, false
}
