package envoy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unfolded are the keys whose objects and lists are written over several lines; all else
// stands in one, as JSON, which is YAML too.
func unfolded() []string {
	return []string{"resources", "static_resources", "dynamic_resources", "filter_chain_matcher", "matcher_list", "clusters", "listeners", "listener_filters", "matchers", "filter_chains"}
}

// marshal writes an object as YAML, its keys in their order.
func marshal(o object, indent string) (string, error) {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(o)) {
		fmt.Fprintf(&b, "%s%s:", indent, quoted(key))
		text, err := value(key, o[key], indent)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func quoted(key string) string {
	if strings.HasPrefix(key, "@") {
		return `"` + key + `"`
	}
	return key
}

func value(key string, v any, indent string) (string, error) {
	if !slices.Contains(unfolded(), key) {
		text, err := line(v)
		return " " + text + "\n", err
	}
	switch v := v.(type) {
	case object:
		text, err := marshal(v, indent+"  ")
		return "\n" + text, err
	case []any:
		var b strings.Builder
		for _, item := range v {
			text, err := element(key, item, indent)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		}
		return "\n" + b.String(), nil
	}
	return "", fmt.Errorf("envoy: %s is a %T", key, v)
}

func element(key string, item any, indent string) (string, error) {
	if o, ok := item.(object); ok && key == "resources" {
		text, err := marshal(o, indent+"  ")
		return indent + "- " + strings.TrimPrefix(text, indent+"  "), err
	}
	text, err := line(item)
	return indent + "- " + text + "\n", err
}

// line writes a value as JSON.
func line(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
