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

// ByID reads a built-in profile; false if there is none with that id.
func ByID(id string) (*Profile, bool, error) {
	data, ok := Data(id)
	if !ok {
		return nil, false, nil
	}
	p, err := Parse(data)
	if err != nil {
		return nil, true, message.Error("service.built-in", message.Str("id", id), message.Cause("why", err))
	}
	return p, true, nil
}

// Data is the file of a built-in profile as it is written, in YAML; false if there is none with
// that id.
func Data(id string) ([]byte, bool) { return folder().Data(id) }
