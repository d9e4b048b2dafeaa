package service

import (
	"embed"
	"path"
	"slices"
	"strings"

	"tlsready/internal/message"
)

//go:embed data/*.yaml
var builtin embed.FS

// IDs lists the ids of the built-in profiles, sorted.
func IDs() []string {
	entries, err := builtin.ReadDir("data")
	if err != nil {
		return nil // an embedded folder can always be read
	}
	ids := make([]string, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(ids)
	return ids
}

// ByID reads a built-in profile; false where there is none of that id.
func ByID(id string) (*Profile, bool, error) {
	data, err := builtin.ReadFile(path.Join("data", id+".yaml"))
	if err != nil {
		return nil, false, nil
	}
	p, err := Parse(data)
	if err != nil {
		return nil, true, message.Error("service.built-in", message.Str("id", id), message.Cause("why", err))
	}
	return p, true, nil
}

// Data is the file of a built-in profile as it is written, in YAML; false where
// there is none of that id.
func Data(id string) ([]byte, bool) {
	data, err := builtin.ReadFile(path.Join("data", id+".yaml"))
	return data, err == nil
}
