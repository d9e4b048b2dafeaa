// Package formats lists the formats of change sets. A new one takes a package next to
// this one and a line here.
package formats

import (
	"path"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/cmd"
	"tlsready/internal/recipe/ps1"
	"tlsready/internal/recipe/reg"
	"tlsready/internal/stack/nearmiss"
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

// ByFile finds the format of a file by its extension.
func ByFile(name string) (recipe.Format, bool) {
	ext := strings.ToLower(path.Ext(name))
	list := All()
	if i := slices.IndexFunc(list, func(f recipe.Format) bool { return slices.Contains(f.Extensions, ext) }); i >= 0 {
		return list[i], true
	}
	return recipe.Format{}, false
}

// Read says what a recipe would do, by the format of its extension.
func Read(file string, data []byte) (recipe.Reading, error) {
	return ReadBeside(file, data, nil)
}

// ReadBeside is Read, with the files that lie beside the recipe.
func ReadBeside(file string, data []byte, beside recipe.Beside) (recipe.Reading, error) {
	f, ok := ByFile(file)
	if !ok {
		return recipe.Reading{}, unknown(file)
	}
	read := f.Read
	if f.ReadBeside != nil {
		read = func(file string, data []byte) (recipe.Reading, error) { return f.ReadBeside(file, data, beside) }
	}
	r, err := read(file, data)
	if err != nil {
		return recipe.Reading{}, err
	}
	recipe.Hazards(file, &r)
	return r, nil
}

// Lint says everything that there is to say about a recipe. The finder finds keys
// and values that almost are ones that Windows reads.
func Lint(file string, data []byte, finder *nearmiss.Finder) (recipe.Reading, error) {
	r, err := Read(file, data)
	if err != nil {
		return r, err
	}
	f, _ := ByFile(file)
	f.Lint(file, data, &r)
	recipe.NearMisses(file, &r, finder)
	return r, nil
}

func unknown(file string) error {
	var extensions []string
	for _, f := range All() {
		extensions = append(extensions, f.Extensions...)
	}
	return &message.Problem{Where: file, What: message.New("recipe.no-format", message.List("known", extensions))}
}
