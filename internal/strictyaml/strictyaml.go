// Package strictyaml reads YAML (and so JSON) into a struct and refuses what
// the struct does not know, with the place in the file.
package strictyaml

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
)

// MaxSize bounds a profile or caller file: the largest of ours has 10 KiB, and
// a file a hundred times larger is not one of these.
const MaxSize = 1 << 20

// Decode reads one document into out. The error names the line.
func Decode(data []byte, out any) error {
	if len(data) > MaxSize {
		return message.Error("yaml.size", message.Int("size", len(data)), message.Int("limit", MaxSize))
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(out); err != nil {
		if errors.Is(err, io.EOF) {
			return message.Error("yaml.empty")
		}
		return Problem(err)
	}
	var rest yaml.Node
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return message.Error("yaml.documents")
	}
	return nil
}
