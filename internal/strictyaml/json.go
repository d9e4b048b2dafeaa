package strictyaml

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// JSON gives a YAML file as JSON, which is the same format for those who read it.
// Days stay as they are written.
func JSON(data []byte) (json.RawMessage, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return nil, err
	}
	daysAsText(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func daysAsText(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, child := range n.Content {
		daysAsText(child)
	}
}
