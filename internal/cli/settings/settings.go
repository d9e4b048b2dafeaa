// Package settings reads a configuration file: flag names and their values.
package settings

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

// File holds the settings of one file: flag names and their values.
type File struct {
	Path   string
	Values map[string]Value
	Order  []string // names as they stand in the file
}

// Value is what a setting is set to, once or as a list, and in which line.
type Value struct {
	List []string
	Line int
}

// Position is a line of the file as errors name it.
func (f *File) Position(line int) string { return fmt.Sprintf("%s:%d", f.Path, line) }

// Parse reads a file of flag names and values: "lang: ja", or a list
// if the flag may repeat. Problems are at FILE:LINE.
func Parse(path string, data []byte) (*File, *message.Problem) {
	file := &File{Path: path, Values: make(map[string]Value)}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, yamlError(path, err)
	}
	if doc.Kind == 0 { // empty, or comments alone
		return file, nil
	}
	top := doc.Content[0]
	if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
		return file, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, message.Error("cli.error.config-shape").At(file.Position(top.Line))
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if err := file.add(top.Content[i], top.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return file, nil
}

// add takes one setting over.
func (f *File) add(key, value *yaml.Node) *message.Problem {
	if first, twice := f.Values[key.Value]; twice {
		return message.Error("cli.error.config-twice", message.Str("name", key.Value), message.Int("line", first.Line)).At(f.Position(key.Line))
	}
	list, err := scalars(key.Value, value)
	if err != nil {
		return err.At(f.Position(value.Line))
	}
	f.Values[key.Value] = Value{list, key.Line}
	f.Order = append(f.Order, key.Value)
	return nil
}

// scalars are the values of a scalar or of a list of scalars. Anchors are
// refused with everything else: nothing here is long enough to need them.
func scalars(name string, node *yaml.Node) ([]string, *message.Problem) {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag != "!!null":
		return []string{node.Value}, nil
	case node.Kind == yaml.ScalarNode:
		return nil, message.Error("cli.error.config-empty", message.Str("name", name))
	case node.Kind != yaml.SequenceNode:
		return nil, message.Error("cli.error.config-list", message.Str("name", name))
	}
	list := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode {
			return nil, message.Error("cli.error.config-item", message.Str("name", name), message.Int("line", item.Line))
		}
		list = append(list, item.Value)
	}
	return list, nil
}

// yamlError gives words to an error of the YAML library, and its line to the place.
func yamlError(path string, err error) *message.Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		path = fmt.Sprintf("%s:%d", path, line)
	}
	return &message.Problem{Where: path, What: message.CauseOf(strictyaml.Problem(errors.New("yaml: " + text))), Err: err}
}
