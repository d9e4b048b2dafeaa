package service

import (
	"embed"

	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

//go:embed data/*.yaml
var builtin embed.FS

func folder() strictyaml.Folder { return strictyaml.Folder{FS: builtin} }

// IDs lists the ids of the built-in profiles, sorted.
func IDs() []string { return folder().IDs() }

// parsed are the built-in profiles by id.
var parsed = strictyaml.Once(folder(), Parse)

// ByID gives a built-in profile; false if there is none with that id. All who ask get the
// same one, which is not to be changed.
func ByID(id string) (*Profile, bool, error) {
	read, ok := parsed[id]
	if !ok {
		return nil, false, nil
	}
	p, err := read()
	if err != nil {
		return nil, true, message.Error("service.built-in", message.Str("id", id), message.Cause("why", err))
	}
	return p, true, nil
}

// Data is the file of a built-in profile as it is written, in YAML; false if there is none with
// that id.
func Data(id string) ([]byte, bool) { return folder().Data(id) }
