package strictyaml

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
)

// Citation is a source and what it says there, as files of knowledge write it.
type Citation struct {
	URL  string `yaml:"url"`
	Says Words  `yaml:"says"`
}

// Words is a text by language; plain text is English.
type Words map[string]string

// UnmarshalYAML reads a text, or texts by language.
func (w *Words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = Words{"en": n.Value}
		return nil
	}
	var list map[string]string
	if err := n.Decode(&list); err != nil {
		return message.OnLine(n.Line, message.Error("yaml.words"))
	}
	*w = list
	return nil
}

// In is the text in a language, else in English.
func (w Words) In(lang string) string { return cmp.Or(w[lang], w["en"]) }
