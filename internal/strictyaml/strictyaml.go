// Package strictyaml reads YAML (and so JSON) into a struct and refuses what
// the struct does not know, with the place in the file.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxSize bounds a profile or caller file: the largest of ours has 10 KiB, and
// a file a hundred times larger is not one of these.
const MaxSize = 1 << 20

// Decode reads one document into out. The error names the line.
func Decode(data []byte, out any) error {
	if len(data) > MaxSize {
		return fmt.Errorf("the file has %d bytes, more than %d", len(data), MaxSize)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(out); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the file is empty")
		}
		return plain(err)
	}
	var rest yaml.Node
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return errors.New("the file holds more than one document")
	}
	return nil
}

// plain takes Go's type names out of the library's messages, which say nothing
// to a reader of YAML.
func plain(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	lines := make([]string, len(te.Errors))
	for i, e := range te.Errors {
		if at := strings.Index(e, " not found in type "); at >= 0 {
			e = strings.Replace(e[:at], "field ", "unknown key ", 1)
		}
		if at := strings.Index(e, " into "); at >= 0 && strings.Contains(e, "cannot unmarshal") {
			e = strings.Replace(e[:at], "cannot unmarshal ", "not what belongs here: ", 1)
		}
		lines[i] = e
	}
	return errors.New(strings.Join(lines, "; "))
}
